"""The register's events in the order they were registered: what others take over from it.

An event is a vårdkontakt or another event of ERSMOIndata (Vårdansvar and so on). Of several
versions within a period the last one counts; one that is registered after the period is not known
to it, so the same period always gives the same answer.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from django.db import connection

from gvr.core.ersmoindata import VARDKONTAKT, Handelse
from gvr.core.ersmoindata_ut import VERKSAMHET
from gvr.queries.kontakter import INNEHALL, as_content

_KONTAKT: Final = 1
_ANNAN: Final = 2


class Lage(msgspec.Struct, frozen=True, order=True):
    """A place in the flow: when, which kind, which row. The next page begins after it."""

    registrerad: datetime
    slag: int
    id: int

    @classmethod
    def parse(cls, text: str) -> "Lage | None":
        """Read a place as it was given out; None when it is none."""
        tid, _, rest = text.partition("~")
        slag, _, id_ = rest.partition("~")
        whole = all(del_.isascii() and del_.isdigit() and len(del_) < 19 for del_ in (slag, id_))
        try:
            registrerad = datetime.fromisoformat(tid)
        except ValueError:
            return None
        if not whole or registrerad.tzinfo is None:
            return None
        return cls(registrerad, int(slag), int(id_))

    def __str__(self) -> str:
        return f"{self.registrerad.isoformat()}~{self.slag}~{self.id}"


class Post(msgspec.Struct, frozen=True, kw_only=True):
    """One event with what the register knows of it besides."""

    lage: Lage
    handelse: Handelse
    kallsystem: str
    version: int | None
    vardgivare_id: int | None
    enhet_id: int | None
    dagar: tuple[Any, ...] = ()


class Sida(msgspec.Struct, frozen=True, kw_only=True):
    """Part of a flow; `fler` says that it goes on after the last event."""

    poster: tuple[Post, ...]
    fler: bool


def between(
    fran: datetime,
    till: datetime,
    *,
    efter: Lage | None = None,
    antal: int,
    hela: bool = False,
    kontakter: bool = False,
) -> Sida:
    """Return events registered from `fran` to `till`, both inclusive, in the order it happened.

    At most `antal`. With `hela` those of one instant are not parted, as long as they are not more
    than fit: who goes on from the last instant then misses nothing. With `kontakter` vårdkontakter
    only. Row level security says whose events they are.
    """
    lagen = places(fran, till, efter=efter, antal=antal + 1, kontakter=kontakter)
    fler = len(lagen) > antal
    if fler:
        nasta = lagen[antal].registrerad
        lagen = lagen[:antal]
        if hela and lagen[-1].registrerad == nasta != lagen[0].registrerad:
            lagen = [lage for lage in lagen if lage.registrerad != nasta]
    return Sida(poster=tuple(load(lagen)), fler=fler)


def places(
    fran: datetime,
    till: datetime,
    *,
    efter: Lage | None = None,
    antal: int,
    kontakter: bool = False,
    vardgivare_id: int | None = None,
) -> list[Lage]:
    """Return where the events of a period stand, in the order it happened; at most `antal`.

    With `vardgivare_id` those whose newest version in the period is of that provider's care.
    """
    start = efter or Lage(fran, 0, 0)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            select registrerad, slag, id from (
                select v.registrerad, 1 as slag, v.id from gvr_vardkontaktversion v
                where v.registrerad between %(fran)s and %(till)s
                    and not exists (
                        select 1 from gvr_vardkontaktversion n
                        where n.vardkontakt_id = v.vardkontakt_id and n.version > v.version
                            and n.registrerad <= %(till)s
                    )
                    and (%(vardgivare)s::bigint is null or v.vardgivare_id = %(vardgivare)s)
                union all
                select h.registrerad, 2, h.id from gvr_ersattningshandelse h
                where not %(kontakter)s and h.registrerad between %(fran)s and %(till)s
                    and not exists (
                        select 1 from gvr_ersattningshandelse n
                        where n.kallsystem = h.kallsystem and n.handelse_id = h.handelse_id
                            and n.id > h.id and n.registrerad <= %(till)s
                    )
                    and (%(vardgivare)s::bigint is null or h.vardgivare_id = %(vardgivare)s)
            ) flode
            where (registrerad, slag, id) > (%(efter)s, %(slag)s, %(id)s)
            order by registrerad, slag, id limit %(antal)s
            """,
            {
                "fran": max(fran, start.registrerad),
                "till": till,
                "efter": start.registrerad,
                "slag": start.slag,
                "id": start.id,
                "antal": antal,
                "kontakter": kontakter,
                "vardgivare": vardgivare_id,
            },
        )
        return [Lage(*row) for row in cursor.fetchall()]


def newest(vardhandelse_id: str, *, kallsystem: str | None = None) -> list[Lage]:
    """Return where the newest version of the contact with this id stands, in each system."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select v.registrerad, 1, v.id from gvr_vardkontakt k"
            " join gvr_vardkontaktversion v"
            " on v.vardkontakt_id = k.id and v.version = k.senaste_version"
            " where k.vardhandelse_id = %s and (%s::text is null or k.kallsystem = %s)"
            " order by k.kallsystem",
            [vardhandelse_id, kallsystem, kallsystem],
        )
        return [Lage(*row) for row in cursor.fetchall()]


def load(lagen: Sequence[Lage]) -> list[Post]:
    """Return the events at these places, in their order; constant SQL."""
    kontakter = {lage.id: lage for lage in lagen if lage.slag == _KONTAKT}
    andra = {lage.id: lage for lage in lagen if lage.slag == _ANNAN}
    poster = {
        **_contacts(kontakter),
        **_others(andra),
    }
    return [poster[lage] for lage in lagen]


def _contacts(lagen: dict[int, Lage]) -> dict[Lage, Post]:
    poster = {}
    for row in _rows(
        f"""
        select v.id, v.version, k.kallsystem, k.vardhandelse_id, v.makulerad, v.vardgivare_id,
            v.enhet_id, e.kombika, v.detaljer, {INNEHALL}
        from gvr_vardkontaktversion v
        join gvr_vardkontakt k on k.id = v.vardkontakt_id
        left join gvr_enhet e on e.id = v.enhet_id
        where v.id = any(%s::bigint[])
        """,  # noqa: S608 - our own list of columns
        lagen,
    ):
        pk, version, kallsystem, id_, makulerad, vardgivare_id, enhet_id, kombika, detaljer = row[
            :9
        ]
        innehall = as_content(row[9:])
        detaljer = _details(detaljer)
        poster[lagen[pk]] = Post(
            lage=lagen[pk],
            kallsystem=kallsystem,
            version=version,
            vardgivare_id=vardgivare_id,
            enhet_id=enhet_id,
            handelse=Handelse(
                plats=0,
                rad=0,
                id=id_,
                klass=VARDKONTAKT,
                makulerad=makulerad,
                enhet=_unit(innehall.enhet, kombika),
                patient_id=innehall.patient_id,
                dag=innehall.dag,
                slutdag=innehall.slutdag,
                innehall=innehall,
                detaljer=detaljer,
            ),
        )
    return poster


def _others(lagen: dict[int, Lage]) -> dict[Lage, Post]:
    poster = {}
    for row in _rows(
        """
        select h.id, h.kallsystem, h.handelse_id, h.klass, h.makulerad, h.vardgivare_id,
            h.enhet_id, h.enhet_ref, e.kombika, h.patient_id, h.dag, h.slutdag, h.innehall
        from gvr_ersattningshandelse h
        left join gvr_enhet e on e.id = h.enhet_id
        where h.id = any(%s::bigint[])
        """,
        lagen,
    ):
        (pk, kallsystem, id_, klass, makulerad, vardgivare_id, enhet_id, ref, kombika) = row[:9]
        patient_id, dag, slutdag, innehall = row[9:]
        poster[lagen[pk]] = Post(
            lage=lagen[pk],
            kallsystem=kallsystem,
            version=None,
            vardgivare_id=vardgivare_id,
            enhet_id=enhet_id,
            handelse=Handelse(
                plats=0,
                rad=0,
                id=id_,
                klass=klass,
                makulerad=makulerad,
                enhet=_unit(ref, kombika),
                patient_id=patient_id,
                dag=dag,
                slutdag=slutdag,
                innehall=None,
                detaljer=_details(innehall),
            ),
        )
    return poster


def _rows(query: str, ids: Collection[int]) -> list[Any]:
    if not ids:
        return []
    with connection.cursor() as cursor:
        cursor.execute(query, [list(ids)])
        return list(cursor.fetchall())


def _details(text: str | None) -> dict[str, Any]:
    """Return the details; a raw cursor gives jsonb as text."""
    return msgspec.json.decode(text, type=dict[str, Any]) if text else {}


def _unit(ref: str, kombika: str | None) -> str:
    """Return the unit as it was reported, or its kombika when the format has no room for that."""
    return ref if kombika is None or VERKSAMHET.fullmatch(ref) else kombika
