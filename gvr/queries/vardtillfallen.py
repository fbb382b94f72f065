"""The parts of in-patient episodes as they are registered, and the episodes they make."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, time
from typing import Any, Final

import msgspec
from django.db import connection
from django.db.models import QuerySet

from gvr.core.helhet import Hel
from gvr.core.vardtillfalle import Del, Slag, Vardtillfalle, merge
from gvr.models import Vardkontakt, Vardtillfallesdel
from gvr.queries.behorighet import databaskontext
from gvr.queries.kontakter import INNEHALL, as_content

MANY: Final = 10  # episodes of one patient, moment and unit that are told apart before giving up


class Tillfalle(msgspec.Struct, frozen=True, kw_only=True):
    """An episode: every part in its newest version, and what they come to."""

    kallsystem: str
    vardtillfalle_id: str
    delar: tuple[Vardtillfallesdel, ...]
    vardtillfalle: Vardtillfalle
    vardkontakt: Vardkontakt | None


def as_part(rad: Vardtillfallesdel) -> Del:
    """Return a row's content as the core takes it."""
    part: Del = msgspec.convert(rad.innehall, Del)
    return part


def rows(kallsystem: str, vardtillfalle_id: str) -> list[Vardtillfallesdel]:
    """Return every version of every part of an episode, in a context that shows them."""
    return list(
        Vardtillfallesdel.objects.filter(
            kallsystem=kallsystem, vardtillfalle_id=vardtillfalle_id
        ).order_by("slag", "extern_id", "version")
    )


def whole(kontakt_id: int, version: int) -> Hel | None:
    """Return the content of one version of a contact, in a context that shows it."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"select v.detaljer, {INNEHALL} from gvr_vardkontaktversion v"  # noqa: S608 - our columns
            " where v.vardkontakt_id = %s and v.version = %s",
            [kontakt_id, version],
        )
        rad = cursor.fetchone()
    if rad is None:
        return None
    detaljer = msgspec.json.decode(rad[0], type=dict[str, Any]) if rad[0] else {}
    return Hel(innehall=as_content(rad[1:]), detaljer=detaljer)


def newest_of_each(rader: Iterable[Vardtillfallesdel]) -> list[Vardtillfallesdel]:
    """Return the newest version of each part; the rows may come in any order."""
    senaste: dict[tuple[str, str], Vardtillfallesdel] = {}
    for rad in rader:
        nyckel = (rad.slag, rad.extern_id)
        if nyckel not in senaste or senaste[nyckel].version < rad.version:
            senaste[nyckel] = rad
    return [senaste[nyckel] for nyckel in sorted(senaste)]


def newest(kallsystem: str, slag: Slag, extern_id: str) -> Vardtillfallesdel | None:
    """Return the newest version of one part, in a context that shows it."""
    return (
        Vardtillfallesdel.objects.filter(kallsystem=kallsystem, slag=slag, extern_id=extern_id)
        .order_by("-version")
        .first()
    )


def merged(rader: Iterable[Vardtillfallesdel]) -> Vardtillfalle:
    """Return the episode of the newest versions, cancelled parts left out."""
    return merge(as_part(rad) for rad in rader if not rad.makulerad)


def read(
    kallsystem: str,
    vardtillfalle_id: str,
    *,
    vardgivare: Collection[int],
    enheter: Collection[int] = (),
) -> Tillfalle | None:
    """Return an episode that the system has sent, when some part of it is the reader's to see.

    A part whose unit nobody knows yet belongs to nobody; its own sender may read it all the same.
    """
    alla = Vardtillfallesdel.objects.filter(
        kallsystem=kallsystem, vardtillfalle_id=vardtillfalle_id
    )
    with databaskontext(vardgivare=vardgivare, enheter=enheter):
        synlig = alla.exists()
    with databaskontext(alla=True):
        if not synlig and not alla.filter(vardgivare=None).exists():
            return None
        return _episode(kallsystem, vardtillfalle_id, list(alla))


def _episode(
    kallsystem: str, vardtillfalle_id: str, rader: Sequence[Vardtillfallesdel]
) -> Tillfalle:
    delar = newest_of_each(rader)
    bildad = any(rad.kontaktversion is not None for rad in rader)
    return Tillfalle(
        kallsystem=kallsystem,
        vardtillfalle_id=vardtillfalle_id,
        delar=tuple(delar),
        vardtillfalle=merged(delar),
        vardkontakt=Vardkontakt.objects.filter(
            kallsystem=kallsystem, vardhandelse_id=vardtillfalle_id
        ).first()
        if bildad
        else None,
    )


def find(
    *,
    kallsystem: str,
    vardgivare: Collection[int],
    enheter: Collection[int],
    patient_id: str,
    dag: date,
    tid: time | None,
    enhet: str,
) -> list[str]:
    """Return the ids of episodes by the patient, day, time and unit of their inskrivning.

    Only inskrivningar in their newest version that are not cancelled.
    """
    with databaskontext(vardgivare=vardgivare, enheter=enheter):
        funna = _by_key(kallsystem, patient_id, dag, tid, enhet)
    if funna:
        return funna
    with databaskontext(alla=True):
        return _by_key(kallsystem, patient_id, dag, tid, enhet, vardgivare=None)


def _by_key(
    kallsystem: str, patient_id: str, dag: date, tid: time | None, enhet: str, **villkor: Any
) -> list[str]:
    rader: QuerySet[Vardtillfallesdel] = Vardtillfallesdel.objects.filter(
        kallsystem=kallsystem,
        slag=Slag.INSKRIVNING,
        patient_id=patient_id,
        dag=dag,
        enhet_ref=enhet,
        makulerad=False,
        **villkor,
    )
    if tid is not None:
        rader = rader.filter(tid=tid)
    traffar = list(rader.values_list("vardtillfalle_id", "version")[: MANY * 10])
    ids = {vid for vid, _ in traffar}
    senaste: dict[str, int] = {}
    for vid, version in Vardtillfallesdel.objects.filter(
        kallsystem=kallsystem, slag=Slag.INSKRIVNING, vardtillfalle_id__in=ids
    ).values_list("vardtillfalle_id", "version"):
        senaste[vid] = max(version, senaste.get(vid, 0))
    return sorted({vid for vid, version in traffar if senaste[vid] == version})[:MANY]
