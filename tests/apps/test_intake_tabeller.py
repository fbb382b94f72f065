"""What is written in binary has the very types of the tables, and every column gets a value."""

import datetime
import uuid
from decimal import Decimal

import pytest
from django.db import connection

from ersattning.hej.actions import beslut
from gvr.actions import (
    ersmofiler,
    koder,
    kodserver,
    kopiering,
    leveranser,
    samverkan,
    skrivning,
    vardkontakter,
)
from gvr.actions.kopiering import Tabell, column

TABELLER = [
    varde
    for modul in (leveranser, vardkontakter, ersmofiler, samverkan, koder, kodserver, beslut)
    for varde in vars(modul).values()
    if isinstance(varde, Tabell)
]


def catalog(tabell):
    with connection.cursor() as cursor:
        cursor.execute(
            "select column_name, udt_name, is_nullable = 'NO' and column_default is null"
            " and is_identity = 'NO' from information_schema.columns where table_name = %s",
            [tabell],
        )
        return {namn: (typ, kravs) for namn, typ, kravs in cursor}


AS_UDT = {"text[]": "_text", "text": "varchar"}


@pytest.mark.parametrize("tabell", TABELLER, ids=lambda tabell: tabell.namn)
def test_the_types_are_those_of_the_table(db, tabell):
    finns = catalog(tabell.namn)

    for kolumn in tabell.kolumner:
        typ = finns[kolumn.namn][0]
        assert typ in {kolumn.typ, AS_UDT.get(kolumn.typ)}, kolumn.namn
    ges = {kolumn.namn for kolumn in tabell.kolumner}
    assert {namn for namn, (_, kravs) in finns.items() if kravs} <= ges


ALLT = Tabell(
    "alla_typer",
    tuple(
        column(f"k{n}", typ)
        for n, typ in enumerate(
            (
                "int2", "int4", "int8", "bool", "text", "text[]", "bytea", "uuid", "jsonb",
                "date", "time", "timestamptz", "numeric", "daterange",
            )
        )
    ),
)  # fmt: skip
VARDEN = [
    (
        7,
        -8,
        2**40,
        True,
        "åäö\n\t\\",
        ("a", "å,{}", ""),
        b"\x00\xff",
        uuid.UUID(int=5).bytes,
        b'{"a": [1, null]}',
        datetime.date(1912, 12, 12),
        datetime.time(23, 59, 59, 999999),
        datetime.datetime(1999, 12, 31, 23, 59, 59, 123456, tzinfo=datetime.UTC),
        Decimal("-10000200.0300"),
        (datetime.date(2026, 1, 1), datetime.date(2027, 1, 1)),
    ),
    (None,) * 14,
    (
        0,
        0,
        0,
        False,
        "",
        (),
        b"",
        uuid.UUID(int=2**128 - 1).bytes,
        b"[]",
        datetime.date(9999, 12, 31),
        datetime.time(0, 0),
        datetime.datetime(2026, 7, 1, 12, tzinfo=datetime.timezone(datetime.timedelta(hours=2))),
        Decimal("0.00"),
        (datetime.date(2026, 1, 1), None),
    ),
]


@pytest.mark.parametrize("antal", [1, 20])
def test_few_rows_and_many_are_written_alike(db, monkeypatch, antal):
    kolumner = ", ".join(f"{k.namn} {k.typ}" for k in ALLT.kolumner)
    with connection.cursor() as cursor:
        cursor.execute(f"create temporary table alla_typer ({kolumner}) on commit drop")
        cursor.execute("grant insert on alla_typer to gvr_skriv")

        skrivning.write([(ALLT, VARDEN * antal)])

        cursor.execute("select distinct * from alla_typer")
        rader = sorted(cursor.fetchall(), key=lambda rad: (rad[0] is None, rad[0]))
    nollor, full, tom = rader
    assert tom == (None,) * 14
    assert full[:7] == (7, -8, 2**40, True, "åäö\n\t\\", ["a", "å,{}", ""], b"\x00\xff")
    assert (str(full[7]), full[8]) == (str(uuid.UUID(int=5)), '{"a": [1, null]}')
    assert full[9:13] == VARDEN[0][9:13]
    assert str(full[12]) == "-10000200.0300"
    assert (full[13].lower, full[13].upper) == VARDEN[0][13]
    assert nollor[5] == []
    assert nollor[9:13] == VARDEN[2][9:13]
    assert (nollor[13].lower, nollor[13].upper) == (datetime.date(2026, 1, 1), None)


def test_a_row_with_too_few_values_is_refused(db):
    for antal in (1, 20):
        with pytest.raises(ValueError, match="shorter"):
            skrivning.write([(ALLT, [(1,)] * antal)])


@pytest.mark.parametrize(
    "text",
    ["0", "0.01", "1", "-1.50", "9999", "10000", "99999999.99", "1E+8", "-0.00", "0.000012", "1.0"],
)
def test_an_amount_is_read_as_it_was_written(db, text):
    with connection.cursor() as cursor:
        cursor.execute("create temporary table belopp (tal numeric) on commit drop")
        kopiering.copy(Tabell("belopp", (column("tal", "numeric"),)), [(Decimal(text),)])

        cursor.execute("select tal::text from belopp")
        assert cursor.fetchone()[0] == format(
            abs(Decimal(text)) if not Decimal(text) else Decimal(text), "f"
        )


def test_no_number_is_no_amount(db):
    with pytest.raises(ValueError, match="finite"):
        kopiering.copy(Tabell("belopp", (column("tal", "numeric"),)), [(Decimal("NaN"),)])
