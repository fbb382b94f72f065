"""Contacts that are registered under another id: same patient, day, time and unit."""

from collections.abc import Sequence
from datetime import date, time

import msgspec

from gvr.queries import forberett
from gvr.queries.forberett import INT, TEXT, Rader, Sats

#: The index of patient and day finds the few versions to look at, key by key. `offset 0` keeps it
#: so: left to choose, PostgreSQL believes that row level security hides nearly every contact, and
#: goes through the whole register once for each delivery.
_LIKA = """
    select n.plats, k.kallsystem, k.vardhandelse_id
    from unnest($2::text[], $3::text[], $4::date[], $5::time[], $6::bigint[])
        with ordinality as n(vardhandelse_id, patient_id, dag, tid, enhet_id, plats)
    cross join lateral (
        select vardkontakt_id, version from gvr_vardkontaktversion
        where patient_id = n.patient_id and dag = n.dag and tid = n.tid and enhet_id = n.enhet_id
            and not makulerad
        offset 0
    ) v
    cross join lateral (
        select id, kallsystem, vardhandelse_id from gvr_vardkontakt
        where id = v.vardkontakt_id and senaste_version = v.version
        offset 0
    ) k
    where (k.kallsystem, k.vardhandelse_id) <> ($1::text, n.vardhandelse_id)
    order by n.plats, k.id
"""


class Nyckel(msgspec.Struct, frozen=True, gc=False):
    """What tells one contact from another whoever reports it; compared without the id."""

    vardhandelse_id: str
    patient_id: str
    dag: date
    tid: time
    enhet_id: int


def question(kallsystem: str, nycklar: Sequence[Nyckel]) -> Sats:
    """Return what is asked to find the others; one statement whatever the number of keys."""
    return forberett.sats(
        _LIKA,
        [
            kallsystem,
            forberett.array([n.vardhandelse_id for n in nycklar]),
            forberett.array([n.patient_id for n in nycklar]),
            forberett.array([n.dag.isoformat() for n in nycklar]),
            forberett.array([n.tid.isoformat() for n in nycklar]),
            forberett.array([n.enhet_id for n in nycklar]),
        ],
        (INT, TEXT, TEXT),
    )


def answer(rader: Rader) -> dict[int, tuple[str, str]]:
    """Return another registered contact of each key that has one, by the key's place from 0.

    The other is given as (kallsystem, vardhandelse_id); the oldest, when there are several.
    """
    svar: dict[int, tuple[str, str]] = {}
    for plats, system, handelse in rader:
        svar.setdefault(plats - 1, (system, handelse))
    return svar


def find(kallsystem: str, nycklar: Sequence[Nyckel]) -> dict[int, tuple[str, str]]:
    """Ask and answer. Needs a context that shows all contacts."""
    if not nycklar:
        return {}
    (rader,) = forberett.together(question(kallsystem, nycklar))
    return answer(rader)
