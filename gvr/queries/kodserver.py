"""Stored entries of the code server, as values."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import date

import msgspec
from django.db import connection

from gvr.core.enhetsbild import Mappning
from gvr.core.kodserver import AVD, BASOMRNY, Lank, Post
from gvr.core.kodserverdiff import Registrerad
from gvr.core.kodserverindex import Enhetsrad, Uppdragslank
from gvr.core.period import Period
from gvr.models import Enhet, Enhetsuppdrag, Hsamappning, Kodserverpost
from gvr.queries.register import period

#: The role of the link from a base area to its service area.
BETJANINGSOMRADE = ("OMRKODNY", "BASOMRomrkod")


class Innehall(msgspec.Struct, frozen=True):
    """How an entry is stored beside its code and period."""

    texter: dict[str, str]
    lankar: tuple[Lank, ...]


def as_document(post: Post) -> str:
    """Return what is stored of an entry beside its code and period, as JSON."""
    return msgspec.json.encode(Innehall(post.texter, post.lankar)).decode()


def stored(tabell: str, koder: Collection[str] | None = None) -> Iterator[Registrerad]:
    """Yield the entries of a table that are known now; all of them, or those of some codes."""
    rader = Kodserverpost.objects.filter(tabell=tabell)
    if koder is not None:
        rader = rader.filter(kod__in=list(koder))
    for pk, kod, giltig, innehall in rader.values_list(
        "pk", "kod", "giltig", "innehall"
    ).iterator():
        yield Registrerad(id=pk, post=_as_post(kod, period(giltig), innehall))


def versions(tabell: str, koder: Collection[str]) -> dict[str, list[Post]]:
    """Return the entries of some codes of a table, by code."""
    svar: defaultdict[str, list[Post]] = defaultdict(list)
    for rad in stored(tabell, koder):
        svar[rad.post.kod].append(rad.post)
    return svar


def _as_post(kod: str, giltig: Period, innehall: object) -> Post:
    delar = msgspec.convert(innehall, Innehall)
    return Post(kod=kod, giltig=giltig, texter=delar.texter, lankar=delar.lankar)


def units_linked_to(system: str, koder: Collection[str]) -> frozenset[str]:
    """Return the kombikor whose entries link to any of these codes of another table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select distinct kod from gvr_kodserverpost where tabell = %s and exists ("
            " select from jsonb_array_elements(innehall -> 'lankar') l"
            " where l ->> 'system' = %s and l ->> 'kod' = any(%s::text[]))",
            [AVD, system, list(koder)],
        )
        return frozenset(kod for (kod,) in cursor.fetchall())


def mappings(kombikor: Collection[str]) -> dict[str, list[Mappning]]:
    """Return the HSA-ids of these kombikor as MEK has them."""
    svar: defaultdict[str, list[Mappning]] = defaultdict(list)
    for kombika, hsa_id, giltig in Hsamappning.objects.filter(
        kombika__in=list(kombikor)
    ).values_list("kombika", "hsa_id", "giltig"):
        svar[kombika].append(Mappning(hsa_id, period(giltig)))
    return svar


def units(kombikor: Collection[str]) -> list[Enhetsrad]:
    """Return the registered units of these kombikor as an index would give them."""
    lankar: defaultdict[int, list[Uppdragslank]] = defaultdict(list)
    for enhet_id, samverks_id, giltig in Enhetsuppdrag.objects.filter(
        enhet__kombika__in=list(kombikor)
    ).values_list("enhet_id", "uppdrag__samverks_id", "giltig"):
        lankar[enhet_id].append(Uppdragslank(samverks_id, period(giltig)))
    return [
        Enhetsrad(
            kombika=rad.kombika,
            hsa_id=rad.hsa_id,
            giltig=period(rad.giltig),
            uppdrag=tuple(lankar[rad.pk]),
            orgnr=rad.vardgivare.orgnr,
            namn=rad.namn,
        )
        for rad in Enhet.objects.filter(kombika__in=list(kombikor))
        .select_related("vardgivare")
        .order_by("kombika", "giltig")
    ]


def first_days(kombikor: Collection[str]) -> dict[str, list[date]]:
    """Return the first days of the registered units of these kombikor."""
    svar: defaultdict[str, list[date]] = defaultdict(list)
    for kombika, giltig in Enhet.objects.filter(kombika__in=list(kombikor)).values_list(
        "kombika", "giltig"
    ):
        svar[kombika].append(giltig.lower)
    return svar


def service_areas(basomraden: Collection[tuple[str, date]]) -> dict[tuple[str, date], str]:
    """Return the betjäningsområde of each (base area, day) that has exactly one.

    A base area that is unknown, that has none on the day or that has two is missing from the
    answer: there is no default, the caller says what it means.
    """
    poster = versions(BASOMRNY, {kod for kod, _ in basomraden})
    system, roll = BETJANINGSOMRADE
    svar = {}
    for kod, dag in basomraden:
        omraden = {
            lank.kod
            for post in poster.get(kod, ())
            if post.giltig.contains(dag)
            for lank in post.links(system)
            if lank.roll == roll and lank.giltig.contains(dag)
        }
        if len(omraden) == 1:
            svar[kod, dag] = omraden.pop()
    return svar
