"""Contacts as values: what the money engine reads."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import msgspec
from django.db import connection

from gvr.core.vardkontakt import Form, Innehall, product_counts

_FORM = {form.value: form for form in Form}
#: The columns of a version `v` that are its content, in the order of `as_content`.
INNEHALL = """
    v.enhet_ref, v.patient_id, v.dag, v.form, v.slutdag, v.tid, v.btyp, v.vktyp, v.taxa, v.akut,
    v.yrkeskategorier, v.diagnoser, v.atgarder, v.lakemedel, v.tillstand, v.produkter,
    v.ikod, v.ukod, v.vplan, v.remiss_fore, v.remiss_efter, v.lkf, v.basomrade, v.fodd, v.kon,
    v.ers_uppdrag, v.tillhor_vardkontakt, v.tillhor_vardansvar, v.lma_nummer,
    v.detaljer -> 'atgardsdagar', (v.registrerad at time zone 'Europe/Stockholm')::date,
    v.anmarkningar, v.detaljer -> 'produkter'
"""


class Registrerad(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One version of a contact as it is registered.

    `vardgivare_id` and `enhet_id` are those of the contact and may be unknown. `dagar` are the
    days its unit is looked for on when it did not exist on the day of care. `registrerad` is the
    Swedish day the version arrived; None when it has not. `anmarkningar` are the codes and
    severities of the findings it was registered with. `produktantal` is as in Kontakt.
    """

    kontakt_id: int
    version: int
    nyckel: tuple[str, str]
    innehall: Innehall
    makulerad: bool
    vardgivare_id: int | None
    enhet_id: int | None
    dagar: tuple[date, ...] = ()
    registrerad: date | None = None
    anmarkningar: tuple[tuple[str, str], ...] = ()
    produktantal: tuple[int, ...] = ()


def newest(kontakt_ids: Sequence[int]) -> list[Registrerad]:
    """Return the newest version of each contact, in the order of the natural key."""
    return _read(
        f"""
        select k.id, v.version, k.kallsystem, k.vardhandelse_id, v.makulerad,
            k.vardgivare_id, k.enhet_id, {INNEHALL}
        from gvr_vardkontakt k
        join gvr_vardkontaktversion v
            on v.vardkontakt_id = k.id and v.version = k.senaste_version
        where k.id = any(%s::bigint[])
        order by k.kallsystem, k.vardhandelse_id
        """,  # noqa: S608 - our own list of columns
        [list(kontakt_ids)],
    )


def version(kontakt_id: int, nr: int) -> Registrerad | None:
    """Return one version of one contact."""
    rows = _read(
        f"""
        select k.id, v.version, k.kallsystem, k.vardhandelse_id, v.makulerad,
            k.vardgivare_id, k.enhet_id, {INNEHALL}
        from gvr_vardkontakt k
        join gvr_vardkontaktversion v on v.vardkontakt_id = k.id
        where k.id = %s and v.version = %s
        """,  # noqa: S608 - our own list of columns
        [kontakt_id, nr],
    )
    return rows[0] if rows else None


def ids_between(fr_o_m: date, till: date, *, after: int, size: int) -> list[int]:
    """Return the next contacts whose newest version's day of care is in [fr_o_m, till)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select k.id from gvr_vardkontakt k join gvr_vardkontaktversion v"
            " on v.vardkontakt_id = k.id and v.version = k.senaste_version"
            " where k.id > %s and v.dag >= %s and v.dag < %s order by k.id limit %s",
            [after, fr_o_m, till, size],
        )
        return [pk for (pk,) in cursor.fetchall()]


def _read(query: str, params: Sequence[Any]) -> list[Registrerad]:
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        return list(_translate(cursor.fetchall()))


def _translate(rows: Sequence[Sequence[Any]]) -> Iterator[Registrerad]:
    for row in rows:
        (kontakt_id, nr, kallsystem, handelse, makulerad, vardgivare_id, enhet_id) = row[:7]
        c = row[7:]
        slutdag = c[4]
        # A raw cursor gives jsonb as text.
        atgardsdagar = msgspec.json.decode(c[29], type=list[date]) if c[29] else []
        yield Registrerad(
            kontakt_id=kontakt_id,
            version=nr,
            nyckel=(kallsystem, handelse),
            makulerad=makulerad,
            vardgivare_id=vardgivare_id,
            enhet_id=enhet_id,
            dagar=fallback_days(c[2], slutdag, atgardsdagar),
            registrerad=c[30],
            anmarkningar=_findings(c[31]) if c[31] else (),
            innehall=as_content(c),
            produktantal=product_counts(tuple(c[15]), msgspec.json.decode(c[32])) if c[32] else (),
        )


def as_content(c: Sequence[Any]) -> Innehall:
    """Return the content of a row that was asked for by the columns of INNEHALL."""
    return Innehall(
        enhet=c[0],
        patient_id=c[1],
        dag=c[2],
        form=_FORM[c[3]],
        slutdag=c[4],
        tid=c[5],
        btyp=c[6],
        vktyp=c[7],
        taxa=c[8],
        akut=c[9],
        yrkeskategorier=tuple(c[10]),
        diagnoser=tuple(c[11]),
        atgarder=tuple(c[12]),
        lakemedel=tuple(c[13]),
        tillstand=tuple(c[14]),
        produkter=tuple(c[15]),
        ikod=c[16],
        ukod=c[17],
        vplan=c[18],
        remiss_fore=c[19],
        remiss_efter=c[20],
        lkf=c[21],
        basomrade=c[22],
        fodd=c[23],
        kon=c[24],
        ers_uppdrag=c[25],
        tillhor_vardkontakt=c[26],
        tillhor_vardansvar=c[27],
        lma_nummer=c[28],
    )


class _Anmarkning(msgspec.Struct, frozen=True, gc=False):
    kod: str
    allvar: str


def _findings(text: str) -> tuple[tuple[str, str], ...]:
    return tuple((a.kod, a.allvar) for a in msgspec.json.decode(text, type=list[_Anmarkning]))


def fallback_days(
    dag: date, slutdag: date | None, atgardsdagar: Sequence[date]
) -> tuple[date, ...]:
    """Return the other days a unit may be looked for on: each åtgärd's, then the last day."""
    if not atgardsdagar and (slutdag is None or slutdag == dag):
        return ()
    dagar = list(atgardsdagar)
    if slutdag is not None:
        dagar.append(slutdag)
    return tuple(dict.fromkeys(d for d in dagar if d != dag))
