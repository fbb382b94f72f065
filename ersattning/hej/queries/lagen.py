"""Where contacts stand, for lists, sums and charts: reads Kontaktlage, and Beslut and Post by key.

Lists go backwards in time: newest day of care first, then highest id. A page is found by keyset,
so the thousandth costs what the first does, and nothing is ever counted beyond a limit.
"""

from collections.abc import Collection, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec
from django.db import connection
from django.db.models import Case, Count, F, Max, Min, OuterRef, Q, QuerySet, Subquery, Sum, When
from django.db.models.functions import TruncMonth

from ersattning.hej.models import Beslut, Kontaktlage, Post
from gvr.core.period import Manad, Period
from gvr.queries import behorighet, portal
from gvr.queries.portal import Synfalt

_NOLL = Decimal("0.00")
_OLOSTA = ("FEL", "VANTAR")  # outcomes that a correction or an arrival may still turn into money


class Lagesurval(msgspec.Struct, frozen=True, kw_only=True):
    """Which contacts: days of care half-open, and what else is asked for. Empty asks nothing."""

    period: Period
    enheter: frozenset[int] | None = None
    utfall: str = ""
    orsak: str = ""
    vantar_pa: str = ""
    produktkod: str = ""
    kontakter: tuple[int, ...] | None = None


class Plats(msgspec.Struct, frozen=True):
    """A place in a list: the day and id of a contact."""

    dag: date
    kontakt_id: int


class Lagesrad(msgspec.Struct, frozen=True, kw_only=True):
    """A contact as a list shows it. `summa` is kronor.

    `tidigare` is what the contact was worth in its last decision that gave money, for a contact
    that now needs correction or waits; None when it has never been valued.
    """

    kontakt_id: int
    version: int
    dag: date
    utfall: str
    orsak: str
    vantar_pa: str
    summa: Decimal
    enhet_id: int | None
    avtal_id: int | None
    produkter: tuple[str, ...]
    exempel: bool
    tidigare: Decimal | None = None

    @property
    def plats(self) -> Plats:
        """The place of the row in its list."""
        return Plats(self.dag, self.kontakt_id)


class Sida(msgspec.Struct, frozen=True):
    """One page, with the places to go on from; None where the list ends."""

    rader: tuple[Lagesrad, ...]
    nyare: Plats | None
    aldre: Plats | None


class Summering(msgspec.Struct, frozen=True, kw_only=True):
    """How many contacts and how much money. `fler`: there are more than the limit, sums unknown.

    `riskbelopp` is the sum of `tidigare` over the contacts that have one, `riskantal` how many
    they are: what unsolved contacts were worth before they became unsolved.
    """

    antal: int
    summa: Decimal
    riskantal: int = 0
    riskbelopp: Decimal = _NOLL
    fler: bool = False


class Utfallssumma(msgspec.Struct, frozen=True):
    """Contacts and kronor of one outcome."""

    utfall: str
    antal: int
    summa: Decimal
    riskantal: int
    riskbelopp: Decimal


class Orsaksgrupp(msgspec.Struct, frozen=True, kw_only=True):
    """Contacts with the same outcome, reason and thing waited for."""

    utfall: str
    orsak: str
    vantar_pa: str
    antal: int
    riskantal: int
    riskbelopp: Decimal
    aldsta: date
    senaste: date


class Manadssumma(msgspec.Struct, frozen=True):
    """Contacts and kronor of one outcome and reason in one month of care."""

    manad: Manad
    utfall: str
    orsak: str
    antal: int
    summa: Decimal


class Beslutsrad(msgspec.Struct, frozen=True, kw_only=True):
    """One row of a decision. Kronor."""

    regel: str
    produktkod: str
    typ: str
    antal: int
    apris: Decimal
    belopp: Decimal
    exempel: bool
    prislista: int | None = None
    not_: str = ""


class Beslutet(msgspec.Struct, frozen=True, kw_only=True):
    """A decision as it is shown."""

    id: int
    version: int
    tid: datetime
    utfall: str
    orsak: str
    vantar_pa: str
    summa: Decimal
    rader: tuple[Beslutsrad, ...]
    regelpaket: tuple[str, ...]
    prislistor: tuple[str, ...]
    avtal_id: int | None
    uppdragstyp: str


class Postrad(msgspec.Struct, frozen=True, kw_only=True):
    """A money row as it is shown. Kronor."""

    id: int
    kalla: str
    produktkod: str
    typ: str
    antal: int
    apris: Decimal
    belopp: Decimal
    vardmanad: Manad
    bokforingsmanad: Manad
    aterfor: int | None
    aterford_av: int | None
    skapad: datetime
    regel: str = ""


def page(
    synfalt: Synfalt,
    urval: Lagesurval,
    *,
    efter: Plats | None = None,
    fore: Plats | None = None,
    size: int = 25,
) -> Sida:
    """Return the page of older contacts after a place, or of newer ones before it.

    One row more than the page is read to know whether the list goes on; the other direction goes
    on if the page was asked for from somewhere.
    """
    rader = _valued(_chosen(synfalt, urval))
    if fore is not None:
        rader = rader.filter(
            Q(dag__gt=fore.dag) | Q(dag=fore.dag, vardkontakt_id__gt=fore.kontakt_id),
            dag__gte=fore.dag,
        ).order_by("dag", "vardkontakt_id")
    else:
        if efter is not None:
            rader = rader.filter(
                Q(dag__lt=efter.dag) | Q(dag=efter.dag, vardkontakt_id__lt=efter.kontakt_id),
                dag__lte=efter.dag,
            )
        rader = rader.order_by("-dag", "-vardkontakt_id")
    funna = [_row(rad) for rad in rader[: size + 1]]
    fler, funna = len(funna) > size, funna[:size]
    if fore is not None:
        funna.reverse()
    if not funna:
        return Sida((), None, None)
    has_newer = fler if fore is not None else efter is not None
    has_older = True if fore is not None else fler
    return Sida(
        tuple(funna),
        funna[0].plats if has_newer else None,
        funna[-1].plats if has_older else None,
    )


def total(synfalt: Synfalt, urval: Lagesurval, *, tak: int | None = None) -> Summering:
    """Return the number and the sums of the whole selection, or only that it passes the limit."""
    rader = _valued(_chosen(synfalt, urval)).values("summa", "tidigare")
    if tak is not None:
        rader = rader[: tak + 1]
    svar = rader.aggregate(
        antal=Count("*"),
        belopp=Sum("summa"),
        riskantal=Count("tidigare"),
        riskbelopp=Sum("tidigare"),
    )
    if tak is not None and svar["antal"] > tak:
        return Summering(antal=tak, summa=_NOLL, fler=True)
    return Summering(
        antal=svar["antal"],
        summa=svar["belopp"] or _NOLL,
        riskantal=svar["riskantal"],
        riskbelopp=svar["riskbelopp"] or _NOLL,
    )


def stream(synfalt: Synfalt, urval: Lagesurval, *, size: int) -> Iterator[list[Lagesrad]]:
    """Go through the whole selection, newest first, in chunks: one statement, little memory."""
    rader = _valued(_chosen(synfalt, urval)).order_by("-dag", "-vardkontakt_id")
    chunk: list[Lagesrad] = []
    for rad in rader.iterator(chunk_size=size):
        chunk.append(_row(rad))
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def outcomes(synfalt: Synfalt, period: Period) -> tuple[Utfallssumma, ...]:
    """Return contacts and kronor per outcome."""
    rader = _valued(_chosen(synfalt, Lagesurval(period=period)))
    return tuple(
        Utfallssumma(
            rad["utfall"],
            rad["antal"],
            rad["belopp"] or _NOLL,
            rad["riskantal"],
            rad["riskbelopp"] or _NOLL,
        )
        for rad in rader.order_by()
        .values("utfall")
        .annotate(
            antal=Count("*"),
            belopp=Sum("summa"),
            riskantal=Count("tidigare"),
            riskbelopp=Sum("tidigare"),
        )
    )


def reasons(
    synfalt: Synfalt, period: Period, utfall: Collection[str] = _OLOSTA
) -> tuple[Orsaksgrupp, ...]:
    """Return the groups of contacts with these outcomes, the largest first."""
    rader = _valued(_chosen(synfalt, Lagesurval(period=period))).filter(utfall__in=utfall)
    return tuple(
        Orsaksgrupp(
            utfall=rad["utfall"],
            orsak=rad["orsak"],
            vantar_pa=rad["vantar_pa"],
            antal=rad["antal"],
            riskantal=rad["riskantal"],
            riskbelopp=rad["riskbelopp"] or _NOLL,
            aldsta=rad["aldsta"],
            senaste=rad["senaste"],
        )
        for rad in rader.order_by()
        .values("utfall", "orsak", "vantar_pa")
        .annotate(
            antal=Count("*"),
            riskantal=Count("tidigare"),
            riskbelopp=Sum("tidigare"),
            aldsta=Min("dag"),
            senaste=Max("dag"),
        )
        .order_by("-antal", "orsak", "vantar_pa")
    )


def unsolved_by_system(synfalt: Synfalt, period: Period) -> dict[str, dict[str, int]]:
    """Return, by sending system, how many contacts each unsolved outcome has (FEL, VANTAR)."""
    svar: dict[str, dict[str, int]] = {}
    for system, utfall, antal in (
        _chosen(synfalt, Lagesurval(period=period))
        .filter(utfall__in=_OLOSTA)
        .order_by()
        .values_list("vardkontakt__kallsystem", "utfall")
        .annotate(antal=Count("*"))
    ):
        svar.setdefault(system, {})[utfall] = antal
    return svar


def per_month(synfalt: Synfalt, period: Period) -> tuple[Manadssumma, ...]:
    """Return contacts and kronor per month of care, outcome and reason, oldest month first."""
    rader = _chosen(synfalt, Lagesurval(period=period))
    return tuple(
        Manadssumma(
            Manad.of(rad["manad"]), rad["utfall"], rad["orsak"], rad["antal"], rad["belopp"]
        )
        for rad in rader.annotate(manad=TruncMonth("dag"))
        .order_by()
        .values("manad", "utfall", "orsak")
        .annotate(antal=Count("*"), belopp=Sum("summa"))
        .order_by("manad", "utfall", "orsak")
    )


def booked_per_month(synfalt: Synfalt, period: Period) -> tuple[tuple[Manad, Decimal], ...]:
    """Return the money posted in each month, reversals included, oldest first."""
    rader = portal.visible(Post.objects.all(), synfalt).filter(
        bokforingsmanad__gte=period.start, bokforingsmanad__lt=period.slut
    )
    return tuple(
        (Manad.of(rad["bokforingsmanad"]), rad["belopp_"])
        for rad in rader.order_by()
        .values("bokforingsmanad")
        .annotate(belopp_=Sum("belopp"))
        .order_by("bokforingsmanad")
    )


def undecided(synfalt: Synfalt, period: Period, *, limit: int) -> int:
    """Return how many registered contacts have no decision yet, at most `limit`."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*) from (select 1 from gvr_arende a"
            " join gvr_vardkontakt k on k.id = a.vardkontakt_id"
            " join gvr_vardkontaktversion v"
            " on v.vardkontakt_id = k.id and v.version = k.senaste_version"
            " where k.vardgivare_id = %s and (%s::bigint[] is null or k.enhet_id = any(%s))"
            " and v.dag >= %s and (%s::date is null or v.dag < %s) and not exists"
            " (select from hej_kontaktlage l where l.vardkontakt_id = k.id) limit %s) nya",
            [
                synfalt.vardgivare_id,
                None if synfalt.enheter is None else sorted(synfalt.enheter),
                None if synfalt.enheter is None else sorted(synfalt.enheter),
                period.start,
                period.slut,
                period.slut,
                limit,
            ],
        )
        row = cursor.fetchone()
    return int(row[0])


def decisions(synfalt: Synfalt, kontakt_id: int) -> tuple[Beslutet, ...]:
    """Return every decision on a contact already shown, newest first."""
    with behorighet.as_region():
        beslut = list(
            portal.of_shown_contacts(Beslut.objects.all(), synfalt, [kontakt_id]).order_by("-pk")
        )
    return tuple(_decision(rad) for rad in beslut)


def posts_of_contact(synfalt: Synfalt, kontakt_id: int) -> tuple[Postrad, ...]:
    """Return every money row of a contact in the order they were made."""
    return tuple(
        _post(post)
        for post in portal.visible(Post.objects.all(), synfalt)
        .filter(vardkontakt_id=kontakt_id)
        .order_by("pk")
        .annotate(aterford=F("aterford_av__pk"))
    )


def standing(synfalt: Synfalt, kontakt_ids: Collection[int]) -> dict[int, Lagesrad]:
    """Return where each of these contacts stands; one that is not decided yet is absent."""
    rader = portal.visible(Kontaktlage.objects.filter(vardkontakt_id__in=kontakt_ids), synfalt)
    return {rad.kontakt_id: rad for rad in map(_row, _valued(rader))}


def _chosen(synfalt: Synfalt, urval: Lagesurval) -> "QuerySet[Kontaktlage]":
    rader = portal.visible(Kontaktlage.objects.all(), synfalt).filter(dag__gte=urval.period.start)
    if urval.period.slut is not None:
        rader = rader.filter(dag__lt=urval.period.slut)
    if urval.enheter is not None:
        rader = rader.filter(enhet_id__in=urval.enheter)
    if urval.utfall:
        rader = rader.filter(utfall=urval.utfall)
    if urval.orsak:
        rader = rader.filter(orsak=urval.orsak)
    if urval.vantar_pa:
        rader = rader.filter(vantar_pa=urval.vantar_pa)
    if urval.produktkod:
        rader = rader.filter(beslut__rader__contains=[{"produktkod": urval.produktkod}])
    if urval.kontakter is not None:
        rader = rader.filter(vardkontakt_id__in=urval.kontakter)
    return rader


def _valued(rader: "QuerySet[Kontaktlage]") -> Any:
    """Add what each unsolved contact was worth in its last decision that gave money."""
    senaste = (
        Beslut.objects.filter(vardkontakt_id=OuterRef("vardkontakt_id"), utfall="ERSATTS")
        .order_by("-pk")
        .values("summa")[:1]
    )
    return rader.annotate(
        tidigare=Case(When(utfall__in=_OLOSTA, then=Subquery(senaste)), default=None),
        beslutsrader=F("beslut__rader"),
    )


def _row(rad: Any) -> Lagesrad:
    return Lagesrad(
        kontakt_id=rad.vardkontakt_id,
        version=rad.version,
        dag=rad.dag,
        utfall=rad.utfall,
        orsak=rad.orsak,
        vantar_pa=rad.vantar_pa,
        summa=rad.summa,
        enhet_id=rad.enhet_id,
        avtal_id=rad.avtal_id,
        produkter=tuple(dict.fromkeys(r["produktkod"] for r in rad.beslutsrader)),
        exempel=any(r.get("exempel") for r in rad.beslutsrader),
        tidigare=rad.tidigare,
    )


def _decision(beslut: Beslut) -> Beslutet:
    return Beslutet(
        id=beslut.pk,
        version=beslut.version,
        tid=beslut.tid,
        utfall=beslut.utfall,
        orsak=beslut.orsak,
        vantar_pa=beslut.vantar_pa,
        summa=beslut.summa,
        rader=tuple(
            Beslutsrad(
                regel=rad["regel"],
                produktkod=rad["produktkod"],
                typ=rad["typ"],
                antal=rad["antal"],
                apris=Decimal(rad["apris"]),
                belopp=Decimal(rad["belopp"]),
                exempel=bool(rad.get("exempel")),
                prislista=rad.get("prislista"),
                not_=rad.get("not") or "",
            )
            for rad in beslut.rader
        ),
        regelpaket=tuple(beslut.regelpaket),
        prislistor=tuple(beslut.prislistor),
        avtal_id=beslut.avtal_id,
        uppdragstyp=beslut.uppdragstyp,
    )


def _post(post: Any) -> Postrad:
    return Postrad(
        id=post.pk,
        kalla=post.kalla,
        produktkod=post.produktkod,
        typ=post.typ,
        antal=post.antal,
        apris=post.apris,
        belopp=post.belopp,
        vardmanad=Manad.of(post.vardmanad),
        bokforingsmanad=Manad.of(post.bokforingsmanad),
        aterfor=post.aterfor_id,
        aterford_av=post.aterford,
        skapad=post.skapad,
        regel=post.regel,
    )
