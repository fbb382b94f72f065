"""
Räkna om varje krona ur det som kom in och det som publicerats, och jämför med det som bokförts.

    python -m tests.granskare.omrakning postgresql://granskare@värd/gvr

This program shares no code with the system it checks: it uses Python's own library and psycopg, and
reads the auditor's views (docs/granskning.md) and nothing else. The rules are read as
docs/regelsprak.md describes them, the prices as docs/prissattning.md does.

1. Read the views, as one picture.
2. Read every message, and compare it with what was registered.
3. Find each contact's unit, commission and contract on the day of care.
4. Ask the rule pack that was published when the contact was decided.
5. Price the products by the lists published then, and apply the yearly ceilings.
6. Compare with decisions, posts, invoice lines and ledger.

Exit code 0 when nothing differs, 1 when something does, 2 when the views could not be read.
"""

import sys
from collections import defaultdict
from datetime import time

import psycopg

from tests.granskare.differenser import Differenser
from tests.granskare.jamforelse import check_contacts, check_invoices, check_ledger, check_reversals
from tests.granskare.meddelanden import contents
from tests.granskare.plats import IngenErsattning, Vantar, place
from tests.granskare.priser import apply_ceilings, as_rows, pack_for, price
from tests.granskare.regler import Regelpaket
from tests.granskare.vyer import read_views

MEST = 200  # differences shown; all are counted


class Fall:
    """A contact that has its products and prices, before any ceiling."""

    def __init__(self, kontakt, innehall, plats, paket, prissatta):
        self.kontakt = kontakt["kontakt"]
        self.ada_nummer = plats["ada_nummer"]
        self.ar = innehall["dag"].year
        self.paket = paket
        self.prissatta = prissatta
        self.ordning = (
            innehall["dag"],
            innehall["tid"] or time.min,
            (kontakt["kallsystem"], kontakt["vardhandelse_id"]),
        )


def recompute(data, differenser):
    """Return {contact: (rows or None while it waits, contract, pack)} of decided contacts."""
    innehallen = contents(data, differenser)
    uppdrag = defaultdict(list)
    for rad in data["granska_uppdrag"]:
        uppdrag[rad["kombika"]].append(rad)
        if rad["hsa_id"]:
            uppdrag[rad["hsa_id"]].append(rad)
    med_tak = {p["avtalsomrade"] for p in data["granska_pris"] if p["tak1"] is not None}
    svar, under_tak = {}, defaultdict(list)
    for kontakt in data["granska_kontakt"]:
        if kontakt["beslut_id"] is None or kontakt["ska_provas"]:
            continue
        innehall = innehallen.get((kontakt["kontakt"], kontakt["version"]))
        if innehall is None:  # cancelled
            svar[kontakt["kontakt"]] = ([], None, None)
            continue
        dag = innehall["dag"]
        plats = paket = None
        try:
            plats = place(innehall, uppdrag)
            paket = pack_for(kontakt, plats, dag, data["granska_regelpaket"])
            rader = Regelpaket(paket["innehall"], innehall, plats).rows()
            prissatta = price(kontakt, plats, rader, dag, data["granska_pris"])
        except Vantar:
            svar[kontakt["kontakt"]] = (None, plats, paket)
        except IngenErsattning:
            svar[kontakt["kontakt"]] = ([], plats, paket)
        else:
            svar[kontakt["kontakt"]] = (as_rows(prissatta), plats, paket)
            if plats["avtalsomrade"] in med_tak:
                fall = Fall(kontakt, innehall, plats, paket, prissatta)
                under_tak[fall.ada_nummer, fall.ar].append(fall)
    for grupp in under_tak.values():
        for pk, rader in apply_ceilings(grupp).items():
            svar[pk] = (rader, *svar[pk][1:])
    return svar


def check(data):
    """Compute everything again and return what differs, with a count of what was computed."""
    differenser = Differenser()
    omraknat = recompute(data, differenser)
    check_contacts(data, omraknat, differenser)
    check_reversals(data, differenser)
    fakturor = check_invoices(data, differenser)
    check_ledger(data, fakturor, differenser)
    antal = {
        "meddelanden": len(data["granska_meddelande"]),
        "vårdkontakter omräknade": len(omraknat),
        "som ger ersättning": sum(1 for rader, _, _ in omraknat.values() if rader),
        "som väntar": sum(1 for rader, _, _ in omraknat.values() if rader is None),
        "poster": len(data["granska_prissatt"]),
        "fakturor": len(fakturor),
        "bokföringsrader": len(data["granska_huvudbok"]),
    }
    return differenser.rader, antal


def main(argv):
    """Check the database named on the command line."""
    if len(argv) != 2:
        sys.stderr.write(__doc__)
        return 2
    try:
        data = read_views(argv[1])
    except psycopg.Error as fel:
        sys.stderr.write(f"Vyerna går inte att läsa: {fel}\n")
        return 2
    differenser, antal = check(data)
    for namn, varde in antal.items():
        sys.stdout.write(f"{varde:>9} {namn}\n")
    for slag, var, vantat, funnet in differenser[:MEST]:
        sys.stdout.write(f"SKILLNAD {slag} {var}: väntat {vantat}, funnet {funnet}\n")
    sys.stdout.write(f"{len(differenser)} skillnader\n")
    return 1 if differenser else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
