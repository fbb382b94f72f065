"""Clients that are wrong on purpose, each in one way; run as `python felklient.py <the flaw>`.

They do the kit's tasks over plain HTTP. What is not their flaw they do as well as they can.
"""

import json
import os
import sys
import time
import uuid
from pathlib import Path

import httpx

FLAWS = ("utan-omforsok", "samma-nyckel", "fel-ordning")
TRIES = 8


def tasks():
    """Return the requests of the task: method, path, body, one after the other."""
    steg = json.loads(Path(os.environ["GVR_UPPDRAG"]).read_text())["steg"]
    versioner = {}
    for ett in steg:
        if ett["gor"] == "kvittenser":
            continue
        namn = ett.get("vardhandelseId") or ett["vardkontakt"]["vardhandelseId"]
        versioner[namn] = versioner.get(namn, 0) + 1
        if ett["gor"] == "makulera":
            yield "DELETE", f"vardkontakter/{namn}?version={versioner[namn]}", None
        else:
            metod, vag = ("POST", "vardkontakter")
            if ett["gor"] == "ratta":
                metod, vag = "PUT", f"vardkontakter/{namn}"
            yield metod, vag, {**ett["vardkontakt"], "version": versioner[namn]}


def send(klient, metod, vag, kropp, nyckel, tries):
    """Send until it is answered, at most so many times."""
    for forsok in range(tries):
        try:
            svar = klient.request(
                metod,
                f"{os.environ['GVR_URL']}/{vag}",
                content=None if kropp is None else json.dumps(kropp).encode(),
                headers={"Idempotency-Key": nyckel, "Content-Type": "application/json"},
            )
        except httpx.HTTPError:
            time.sleep(0.3 * (forsok + 1))
            continue
        vantan = svar.headers.get("Retry-After")
        if vantan is None:
            return
        time.sleep(float(vantan) + 0.1)


def main(flaw):
    """Do the task, wrongly."""
    att_gora = list(tasks())
    if flaw == "fel-ordning":
        att_gora.reverse()
    with httpx.Client(
        headers={"Authorization": f"Bearer {os.environ['GVR_TOKEN']}"}, timeout=20
    ) as klient:
        for metod, vag, kropp in att_gora:
            nyckel = "alltid-samma" if flaw == "samma-nyckel" else str(uuid.uuid4())
            tries = 1 if flaw == "utan-omforsok" else TRIES
            send(klient, metod, vag, kropp, nyckel, tries)


if __name__ == "__main__":
    main(sys.argv[1])
