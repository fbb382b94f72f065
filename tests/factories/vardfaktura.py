"""Posts and invoices for tests: ordinary values where the test says nothing."""

from datetime import date
from decimal import Decimal

import msgspec

from ersattning.vardfaktura.core.fakturering import (
    Fakturapost,
    Fakturareferens,
    Fakturaunderlag,
    Part,
    group,
    invoice_type,
    total,
    vat_compensation,
)
from gvr.core.period import Manad

OKTOBER, NOVEMBER = Manad(2026, 10), Manad(2026, 11)

KLINIK = Part(
    namn="Exempelkliniken AB",
    orgnr="5560360793",
    f_skatt=True,
    adress="Storgatan 1",
    postnummer="111 22",
    ort="Exempelstad",
    epost="faktura@exempelkliniken.example",
)
REGION = Part(
    namn="Region Exempel",
    orgnr="2321000016",
    momsregnr="SE232100001601",
    adress="Landstingsvägen 2",
    postnummer="111 33",
    ort="Exempelstad",
)


def post(produktkod="BESOK", antal=1, apris="100.00", typ="GRUND", **andrat):
    """A post of November, or several equal ones."""
    falt = {"vardmanad": NOVEMBER} | andrat
    return Fakturapost(
        produktkod=produktkod,
        typ=typ,
        antal=antal,
        apris=Decimal(apris),
        belopp=antal * Decimal(apris),
        **falt,
    )


def underlag(*poster, momskompensation=False, texter=None, **andrat):
    """An invoice of November, not approved yet."""
    if momskompensation:
        poster = (*poster, *vat_compensation(poster, manad=NOVEMBER))
    rader = group(poster, manad=NOVEMBER, texter=texter)
    summa = total(rader)
    falt = {
        "typ": invoice_type(summa),
        "manad": NOVEMBER,
        "saljare": KLINIK,
        "kopare": REGION,
        "avtalsnummer": "ADA-2026-0042",
        "avtalsnamn": "Husläkarverksamhet",
        "er_referens": "HSF-4711",
        "bankgiro": "58056201",
        "rader": rader,
        "summa": summa,
    }
    return Fakturaunderlag(**falt | andrat)


def approved(faktura):
    """The invoice with a number and its dates."""
    return faktura.approved(
        nummer="100042", fakturadatum=date(2026, 12, 3), forfallodatum=date(2027, 1, 2)
    )


def mixed_month(**andrat):
    """An approved invoice with something in every section."""
    return approved(
        underlag(
            post("2UL01", 3, "2093.00"),
            post("AVG-ENHET", 2, "-275.00", "AVDRAG"),
            post("PROV", 1, "0.33", "TILLAGG"),
            post("2UL04", 1, "930.00", vardmanad=OKTOBER),
            post("2UL01", -2, "2093.00", vardmanad=OKTOBER, aterforing=True),
            post("AVG-ENHET", -1, "-275.00", "AVDRAG", vardmanad=OKTOBER, aterforing=True),
            momskompensation=True,
            texter={"2UL01": "Läkare, mottagningsbesök", "AVG-ENHET": "Patientavgift"},
            krediterar=(Fakturareferens(nummer="100007", datum=date(2026, 11, 4)),),
            **andrat,
        )
    )


def only_credits(**andrat):
    """An approved credit note: more is taken back than the month has produced."""
    return approved(
        underlag(
            post("2UL04", 1, "930.00"),
            post("2UL01", -2, "2093.00", vardmanad=OKTOBER, aterforing=True),
            post("AVG-ENHET", -1, "-275.00", "AVDRAG", vardmanad=OKTOBER, aterforing=True),
            momskompensation=True,
            krediterar=(
                Fakturareferens(nummer="100007", datum=date(2026, 11, 4)),
                Fakturareferens(nummer="100009"),
            ),
            **andrat,
        )
    )


def changed(value, **andrat):
    """A copy of a core value with other fields."""
    return msgspec.structs.replace(value, **andrat)
