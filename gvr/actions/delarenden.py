"""Deltaganden that wait to be decided, and which of them a change touches.

How a part stands to its contact depends on the contact, on the other parts and on what else its
party has reported that day. So a change of any of these asks for a new decision of every part that
it may have changed; deciding one that did not change writes nothing.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from django.db import connection

MAX_ATTEMPTS: Final = 3

#: From occasions on (patient, day) to the parts in them, however those point out their contact.
#: `offset 0` makes PostgreSQL look each row up: it believes that row level security leaves few
#: rows, and would read whole tables.
_BERORDA: Final = """
namngivna as (
    select distinct t.id from dagar
    cross join lateral (
        select vardkontakt_id from gvr_vardkontaktversion
        where patient_id = dagar.patient_id and dag = dagar.dag offset 0
    ) v
    cross join lateral (
        select kallsystem, vardhandelse_id from gvr_vardkontakt
        where id = v.vardkontakt_id offset 0
    ) k
    cross join lateral (
        select id from gvr_samverkanstillfalle
        where huvud_kallsystem = k.kallsystem and huvud_vardhandelse_id = k.vardhandelse_id
        offset 0
    ) t
),
berorda as (
    select d.uuid from dagar
    cross join lateral (
        select uuid from gvr_deltagande
        where patient_id = dagar.patient_id and dag = dagar.dag offset 0
    ) d
    union
    select d.uuid from namngivna
    cross join lateral (
        select uuid from gvr_deltagande where tillfalle_id = namngivna.id offset 0
    ) d
)
"""


class Arbete(msgspec.Struct, frozen=True):
    """A deltagande to decide, and since when that has been asked for."""

    uuid: UUID
    skapad: datetime


def enqueue(uuids: Sequence[UUID], *, at: datetime) -> None:
    """Ask for a new decision of these; for one that a worker holds this waits, and adds it anew."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into gvr_deltagandearende (uuid, skapad, forsok, parkerad, fel)"
            " select uuid, %s, 0, false, '' from unnest(%s::uuid[]) as uuid order by uuid"
            " on conflict (uuid) do update set forsok = 0, parkerad = false, fel = ''",
            [at, list(uuids)],
        )


def offer_of_contacts(kontakter: Sequence[tuple[int, datetime]]) -> None:
    """Ask for a new decision of every part that a change of these contacts may have changed.

    `kontakter` are (contact, when its own work was asked for): the part is booked by the same day.
    Do it before the contacts are decided, while nothing is held that another worker waits for.
    """
    with connection.cursor() as cursor:
        cursor.execute("select exists (select from gvr_deltagande)")
        if not cursor.fetchone()[0]:
            return
        cursor.execute(
            f"""
            with andrade as materialized (
                select * from unnest(%s::bigint[], %s::timestamptz[]) as t(id, skapad)
            ),
            dagar as materialized (
                select distinct v.patient_id, v.dag from andrade a
                cross join lateral (
                    select patient_id, dag from gvr_vardkontaktversion
                    where vardkontakt_id = a.id offset 0
                ) v
            ),
            {_BERORDA}
            insert into gvr_deltagandearende (uuid, skapad, forsok, parkerad, fel)
            select uuid, (select min(skapad) from andrade), 0, false, '' from berorda order by uuid
            on conflict (uuid) do update set forsok = 0, parkerad = false, fel = ''
            """,  # noqa: S608 - our own text
            [[pk for pk, _ in kontakter], [skapad for _, skapad in kontakter]],
        )


def offer_neighbours(uuids: Sequence[UUID], *, at: datetime) -> None:
    """Ask for a new decision of the other parts of the occasions that these are or were in."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            with egna as materialized (
                select d.patient_id, d.dag, d.tillfalle_id from gvr_deltagande d
                where d.uuid = any(%s::uuid[])
            ),
            dagar as materialized (
                select patient_id, dag from egna where patient_id is not null
                union
                select v.patient_id, v.dag from egna
                join gvr_samverkanstillfalle t on t.id = egna.tillfalle_id
                join gvr_vardkontakt k
                    on k.kallsystem = t.huvud_kallsystem
                    and k.vardhandelse_id = t.huvud_vardhandelse_id
                join gvr_vardkontaktversion v on v.vardkontakt_id = k.id
            ),
            {_BERORDA},
            alla as (
                select uuid from berorda
                union
                select d.uuid from gvr_deltagande d
                where d.tillfalle_id in (select tillfalle_id from egna)
            )
            insert into gvr_deltagandearende (uuid, skapad, forsok, parkerad, fel)
            select uuid, %s, 0, false, '' from alla where uuid <> all(%s::uuid[]) order by uuid
            on conflict (uuid) do update set forsok = 0, parkerad = false, fel = ''
            """,  # noqa: S608 - our own text
            [list(uuids), at, list(uuids)],
        )


def claim(*, size: int) -> list[Arbete]:
    """Take up to `size` that nobody else has, and hold them until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select uuid, skapad from gvr_deltagandearende where not parkerad"
            " order by skapad, uuid limit %s for update skip locked",
            [size],
        )
        return [Arbete(*rad) for rad in cursor.fetchall()]


def finish(arbeten: Sequence[Arbete]) -> None:
    """Take away what is decided in this transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "delete from gvr_deltagandearende where uuid = any(%s::uuid[])",
            [[arbete.uuid for arbete in arbeten]],
        )


def give_back(uuid: UUID, *, fel: str) -> None:
    """Say that one could not be decided; after three attempts it is parked with the reason."""
    with connection.cursor() as cursor:
        cursor.execute(
            "update gvr_deltagandearende set forsok = forsok + 1, fel = %s,"
            " parkerad = forsok + 1 >= %s where uuid = %s",
            [fel[:2000], MAX_ATTEMPTS, uuid],
        )
