"""Who pays for contacts, by the entries of the code server; the rule is gvr.core.betalare."""

from collections.abc import Sequence
from datetime import date

import msgspec

from gvr.core.avvikelse import Avvikelse
from gvr.core.betalare import REMITTENTEN, Betalare, Kandidat, payer
from gvr.core.kodserver import AVD, Post
from gvr.core.register import Register
from gvr.core.vardkontakt import Form
from gvr.queries import kodserver


class Fraga(msgspec.Struct, frozen=True, kw_only=True):
    """A contact to find the payer of: its unit, its day there, and who referred (an HSA-id)."""

    kombika: str
    dag: date
    form: Form
    remittent: str | None


def of_contacts(fragor: Sequence[Fraga], bild: Register) -> list[Betalare | Avvikelse | None]:
    """Return who pays for each, or why it cannot be said; constant SQL.

    None for a unit that the code server has no entry of on the day: it says nothing of it.
    """
    egna = kodserver.versions(AVD, {fraga.kombika for fraga in fragor})
    poster = [_on(egna.get(fraga.kombika, ()), fraga.dag) for fraga in fragor]
    uppdrag = {
        kod
        for fraga, post in zip(fragor, poster, strict=True)
        if post is not None and REMITTENTEN in post.linked_on("KUND", fraga.dag)
        for kod in post.linked_on("SAMVERKS", fraga.dag)
    }
    grannar = (
        kodserver.versions(AVD, kodserver.units_linked_to("SAMVERKS", uppdrag)) if (uppdrag) else {}
    )
    return [
        None
        if post is None
        else payer(
            post,
            dag=fraga.dag,
            form=fraga.form,
            grannar=_neighbours(post, fraga.dag, grannar, bild),
            remittent=fraga.remittent,
        )
        for fraga, post in zip(fragor, poster, strict=True)
    ]


def _on(poster: Sequence[Post], dag: date) -> Post | None:
    return next((post for post in poster if post.giltig.contains(dag)), None)


def _neighbours(
    post: Post, dag: date, grannar: dict[str, list[Post]], bild: Register
) -> list[Kandidat]:
    """Return the units that share a commission with this one on the day."""
    egna = set(post.linked_on("SAMVERKS", dag))
    return [
        Kandidat(post=granne, hsa_id=_hsa_id(granne.kod, dag, bild))
        for rader in grannar.values()
        if (granne := _on(rader, dag)) is not None and egna & set(granne.linked_on("SAMVERKS", dag))
    ]


def _hsa_id(kombika: str, dag: date, bild: Register) -> str:
    enhet = bild.unit(kombika, dag)
    return "" if isinstance(enhet, Avvikelse) else enhet[0].hsa_id
