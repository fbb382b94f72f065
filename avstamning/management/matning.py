"""What `manage.py bench` measures, each as a function that returns a figure."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import IO, Any, cast

import msgspec
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from avstamning.management import belastning
from ersattning import kedja
from ersattning.ersmo.core import klassning
from gvr.core.demokontakter import HUSLAKARE, Planerad, as_json, generate
from gvr.core.demonycklar import derive
from gvr.core.vardkontakt import Placering
from gvr.queries import demo, kontakter
from gvr.queries.behorighet import databaskontext

BATCH = 5000
INTAG = ("gvr_leverans", "gvr_vardkontakt", "gvr_vardkontaktversion", "gvr_arende", "gvr_kvittens")
RESULTAT = ("hej_beslut", "hej_post", "hej_kontaktlage", "gvr_kvittens")


@contextmanager
def stopwatch() -> Iterator[Callable[[], float]]:
    """Yield a function that tells the seconds since the block began."""
    begin = time.perf_counter()
    yield lambda: time.perf_counter() - begin


def contacts(antal: int, *, seed: int) -> list[Planerad]:
    """Return contacts of the primary care provider of the fictional region, last month's days."""
    igar = timezone.localdate() - timedelta(days=1)
    alla = generate(
        seed=seed,
        antal=antal * 3,
        fr_o_m=igar - timedelta(days=29),
        t_o_m=igar,
        patienter=demo.test_patients(),
    )
    return list(islice((r for r in alla if r.innehall.enhet in HUSLAKARE), antal))


def bodies(planerade: Sequence[Planerad], size: int = BATCH) -> list[bytes]:
    """Return the batches as NDJSON, as they come over the wire."""
    return [
        b"\n".join(
            msgspec.json.encode(as_json(rad.vardhandelse_id, rad.innehall))
            for rad in planerade[start : start + size]
        )
        for start in range(0, len(planerade), size)
    ]


def post_batch(klient: Client, kropp: bytes, nyckel: str) -> None:
    """Send one batch through the whole web stack; raise when it was not accepted."""
    _post(klient, "/api/v1/vardkontakter/batch", kropp, "application/x-ndjson", nyckel)


def post_one(klient: Client, kropp: bytes, nyckel: str) -> None:
    """Send one contact through the whole web stack; raise when it was not accepted."""
    _post(klient, "/api/v1/vardkontakter", kropp, "application/json", nyckel)


def _post(klient: Client, adress: str, kropp: bytes, mediatyp: str, nyckel: str) -> None:
    svar = klient.post(
        adress,
        data=kropp,
        content_type=mediatyp,
        headers={
            "Authorization": f"Bearer {derive(settings.SECRET_KEY, 'sysA', 40)}",
            "Idempotency-Key": nyckel,
            "Host": settings.ALLOWED_HOSTS[0],
        },
    )
    if svar.status_code >= 300:
        raise RuntimeError(f"Begäran besvarades med {svar.status_code}: {svar.content[:500]!r}")


def on_both_cores(vad: str, mapp: Path) -> float:
    """Run this part of the work in two processes that start together; return the seconds.

    Each process makes itself ready first, and the clock runs from when both are.
    """
    barn = [
        subprocess.Popen(
            [
                sys.executable,
                settings.ROOT / "manage.py",
                "bench",
                "--del",
                vad,
                str(nr),
                str(mapp),
            ],
            env=os.environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for nr in (0, 1)
    ]
    for process in barn:
        if cast(IO[bytes], process.stdout).readline() != b"redo\n":
            raise RuntimeError(f"Mätprocessen {vad} kom aldrig igång.")
    with stopwatch() as seconds:
        for process in barn:
            start = cast(IO[bytes], process.stdin)
            start.write(b"\n")
            start.close()
        koder = [process.wait() for process in barn]
        svar = seconds()
    if any(koder):
        raise RuntimeError(f"Mätprocessen {vad} slutade med {koder}.")
    return svar


def run_part(vad: str, nr: int, mapp: Path) -> None:
    """Be one of the two processes of `on_both_cores`."""
    with databaskontext(alla=True):
        kedja.snapshot()
    klient = Client()
    kroppar = sorted(mapp.glob("sats-*"))[nr::2] if vad == "intag" else []
    lasta = [(fil.name, fil.read_bytes()) for fil in kroppar]
    sys.stdout.write("redo\n")
    sys.stdout.flush()
    sys.stdin.readline()
    if vad == "intag":
        for namn, kropp in lasta:
            post_batch(klient, kropp, namn)
    else:
        while kedja.decide_next(at=timezone.now(), size=2000):
            pass


class Enskilda(msgspec.Struct, frozen=True):
    """Single requests a second, each as a share of an empty view's; medians of the rounds.

    `post` are reports of a contact, `rad` a view that keeps one row and does nothing more.
    """

    post: float
    rad: float


def single_shares(port: int, *, rounds: int = 5, posts: int = 400, empties: int = 1500) -> Enskilda:
    """Measure single reports, one durable row and nothing at all.

    The three are measured in turn, so that what else the machine does falls on all of them.
    """
    planerade = contacts(posts * (rounds + 1), seed=11)
    requests = [
        belastning.report_request(
            msgspec.json.encode(as_json(rad.vardhandelse_id, rad.innehall)), f"singel-{nr}"
        )
        for nr, rad in enumerate(planerade)
    ]
    kropp = msgspec.json.encode(as_json("rad", planerade[0].innehall))
    belastning.requests_per_second(port, requests[:posts])  # each process warms up
    post, en_rad = [], []
    for varv in range(1, rounds + 1):
        tom = belastning.requests_per_second(port, [belastning.empty_request()] * empties)
        takt = belastning.requests_per_second(port, requests[posts * varv : posts * (varv + 1)])
        post.append(takt / tom)
        takt = belastning.requests_per_second(port, [belastning.durable_request(kropp)] * posts)
        en_rad.append(takt / tom)
    return Enskilda(post=sorted(post)[rounds // 2], rad=sorted(en_rad)[rounds // 2])


def batches_per_second(mapp: Path, antal: int, *, seed: int) -> float:
    """Register new contacts in batches on both cores; return contacts per second."""
    for fil in mapp.glob("sats-*"):
        fil.unlink()
    for nr, kropp in enumerate(bodies(contacts(antal, seed=seed))):
        (mapp / f"sats-{seed}-{nr:04d}").write_bytes(kropp)
    return antal / on_both_cores("intag", mapp)


def statements(work: Callable[[], Any]) -> int:
    """Return how many SQL statements a piece of work takes, the rows of a COPY not counted."""
    antal = 0

    def count(execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        nonlocal antal
        antal += 1
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        work()
    return antal


def matches_per_second(paket: klassning.Kompilerat, kontakt_ids: Sequence[int]) -> float:
    """Return how many registered contacts one core classifies in a second."""
    with databaskontext(alla=True):
        bild = kedja.snapshot()
        lasta = kontakter.newest(kontakt_ids)
    varden = []
    for reg in lasta:
        plats = bild.register.place(reg.innehall.enhet, reg.innehall.dag)
        if isinstance(plats, Placering):
            varden.append(kedja.as_kontakt(reg, plats))
    bast = 0.0
    for _ in range(3):
        with stopwatch() as seconds:
            for varde in varden:
                klassning.classify(varde, paket)
            bast = max(bast, len(varden) / seconds())
    return bast


def median_ms(query: Callable[[], Any], *, times: int = 15) -> float:
    """Return the median milliseconds of a read."""
    tider = []
    for _ in range(times):
        with stopwatch() as seconds:
            query()
            tider.append(seconds() * 1000)
    return sorted(tider)[times // 2]


def many_rules(document: Mapping[str, Any], antal: int) -> dict[str, Any]:
    """Return the pack with made-up rules added until it has `antal`.

    They ask for what real rules ask for – kind of visit, profession, diagnosis, procedure – so that
    a contact meets a few of them.
    """
    slump = random.Random(antal)  # noqa: S311 - made-up rules
    extra = []
    for nr in range(antal - len(document["regler"])):
        villkor: dict[str, Any] = {
            "besokstyp": slump.sample(["0", "1", "2", "8", "9", "A", "H"], 2),
            "yrkeskategori": {"forsta": [slump.choice(["01-69", "70", "74", "77"])]},
            "diagnos": {"huvud": [f"{slump.choice('EFIJLMNRZ')}{slump.randint(0, 9)}*"]},
        }
        if nr % 3 == 0:
            villkor["atgard"] = {"nagon": [slump.choice(["XS012", "UX007", "XV016", "AU002"])]}
        if nr % 4 == 0:
            villkor["alder"] = {"fran": slump.choice([0, 18, 65])}
        extra.append(
            {
                "id": f"M-{nr:04d}",
                "titel": f"Mätregel {nr}",
                "typ": "grund",
                "produktkod": f"M-{nr:04d}",
                "kalla": "Mätning",
                "villkor": villkor,
            }
        )
    return {**document, "regler": [*document["regler"], *extra]}
