"""What the portal reads of the register: providers, units, versions, refusals, receipts, the log.

Every function takes a `Synfalt`, the rows a page is about, and filters by it. Row level security
stands under the filter and hides the same rows from a query that forgets it.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from django.db import connection
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils.timezone import localdate

from gvr.core.period import Period
from gvr.core.rapp import system_of
from gvr.models import (
    Arende,
    Avtal,
    Avvisning,
    Enhet,
    Kvittens,
    Leverans,
    Loggpost,
    Maskinkonto,
    Vardgivare,
    Vardkontakt,
    Vardkontaktversion,
)
from gvr.queries import ombud
from gvr.queries.behorighet import Omfang, as_region
from gvr.queries.register import period

Rader = TypeVar("Rader", bound=QuerySet[Any])


class Synfalt(msgspec.Struct, frozen=True, kw_only=True):
    """The rows a page shows: one provider's, or (`enheter`) only those of some of its units."""

    vardgivare_id: int
    enheter: frozenset[int] | None = None


def visible(rader: Rader, synfalt: Synfalt) -> Rader:
    """Keep the rows of the provider, and of the chosen units where the view is that narrow."""
    rader = rader.filter(vardgivare_id=synfalt.vardgivare_id)
    if synfalt.enheter is not None:
        rader = rader.filter(enhet_id__in=synfalt.enheter)
    return rader


class Enhetsval(msgspec.Struct, frozen=True, kw_only=True):
    """A unit to choose: one kombika, with the ids of all its dated rows and its newest name."""

    kombika: str
    namn: str
    ids: frozenset[int]


class Vardgivarval(msgspec.Struct, frozen=True, kw_only=True):
    """A provider that a user may open, with the units in reach.

    `hela` is False when only some of its units are in reach: then nothing that belongs to the
    provider as a whole, such as an invoice, is shown.
    """

    id: int
    namn: str
    orgnr: str
    hela: bool
    enheter: tuple[Enhetsval, ...] = ()


def providers(omfang: Omfang, *, sok: str = "", limit: int = 100) -> tuple[Vardgivarval, ...]:
    """Return the providers in reach in order of name, at most `limit`, without their units."""
    rader = Vardgivare.objects.order_by("namn", "pk")
    if not omfang.alla:
        rader = rader.filter(
            Q(pk__in=omfang.vardgivare) | Q(enhet__pk__in=omfang.enheter)
        ).distinct()
    if sok:
        rader = rader.filter(Q(namn__icontains=sok) | Q(orgnr=sok.replace("-", "")))
    return tuple(
        Vardgivarval(
            id=rad.pk,
            namn=rad.namn,
            orgnr=rad.orgnr,
            hela=omfang.alla or rad.pk in omfang.vardgivare,
        )
        for rad in rader[:limit]
    )


def provider(omfang: Omfang, pk: int) -> Vardgivarval | None:
    """Return one provider with its units in reach, None when it is out of reach or absent."""
    rad = Vardgivare.objects.filter(pk=pk).first()
    if rad is None:
        return None
    hela = omfang.alla or pk in omfang.vardgivare
    enheter = Enhet.objects.filter(vardgivare_id=pk)
    if not hela:
        enheter = enheter.filter(pk__in=omfang.enheter)
    per_kombika: dict[str, list[Enhet]] = {}
    for enhet in enheter.order_by("giltig"):
        per_kombika.setdefault(enhet.kombika, []).append(enhet)
    if not hela and not per_kombika:
        return None
    return Vardgivarval(
        id=rad.pk,
        namn=rad.namn,
        orgnr=rad.orgnr,
        hela=hela,
        enheter=tuple(
            sorted(
                (
                    Enhetsval(
                        kombika=kombika,
                        namn=rader[-1].namn,
                        ids=frozenset(enhet.pk for enhet in rader),
                    )
                    for kombika, rader in per_kombika.items()
                ),
                key=lambda val: (val.namn, val.kombika),
            )
        ),
    )


def of_shown_contacts(rader: Rader, synfalt: Synfalt, kontakt_ids: Collection[int]) -> Rader:
    """Keep the rows of contacts already shown that are the provider's or were nobody's yet.

    What is written about a contact whose unit the register does not know has no provider, and is
    never changed. When the unit has come, the contact is the provider's and its history with it.
    Rows without a provider are hidden by row level security, so they are read `as_region`, and only
    for ids that were read without it.
    """
    return rader.filter(
        Q(vardgivare_id=synfalt.vardgivare_id) | Q(vardgivare_id=None),
        vardkontakt_id__in=list(kontakt_ids),
    )


class Kontaktuppgift(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a list shows of one version of a contact beside its decision."""

    kontakt_id: int
    uuid: UUID
    kallsystem: str
    vardhandelse_id: str
    patient_id: str
    tid: time | None
    form: str
    btyp: str | None
    vktyp: str | None
    taxa: str | None
    yrkeskategorier: tuple[str, ...]
    diagnoser: tuple[str, ...]
    registrerad: datetime


def wide_rows(synfalt: Synfalt, nycklar: Collection[tuple[int, int]]) -> dict[int, Kontaktuppgift]:
    """Return the wide row of each shown (contact, version), by contact: one statement for all."""
    versioner = dict(nycklar)
    with as_region():
        rader = list(
            of_shown_contacts(Vardkontaktversion.objects.all(), synfalt, versioner).values_list(
                "vardkontakt_id",
                "version",
                "vardkontakt__uuid",
                "vardkontakt__kallsystem",
                "vardkontakt__vardhandelse_id",
                "patient_id",
                "tid",
                "form",
                "btyp",
                "vktyp",
                "taxa",
                "yrkeskategorier",
                "diagnoser",
                "registrerad",
            )
        )
    return {
        rad[0]: Kontaktuppgift(
            kontakt_id=rad[0],
            uuid=rad[2],
            kallsystem=rad[3],
            vardhandelse_id=rad[4],
            patient_id=rad[5],
            tid=rad[6],
            form=rad[7],
            btyp=rad[8],
            vktyp=rad[9],
            taxa=rad[10],
            yrkeskategorier=tuple(rad[11]),
            diagnoser=tuple(rad[12]),
            registrerad=rad[13],
        )
        for rad in rader
        if rad[1] == versioner[rad[0]]
    }


class Kontakthuvud(msgspec.Struct, frozen=True, kw_only=True):
    """A contact's identity."""

    id: int
    uuid: UUID
    kallsystem: str
    vardhandelse_id: str
    senaste_version: int
    enhet_id: int | None
    vantar_pa_beslut: bool


def contact(synfalt: Synfalt, uuid: UUID) -> Kontakthuvud | None:
    """Return a contact by the id shown outward, None when it is not in view."""
    return _head(visible(Vardkontakt.objects.filter(uuid=uuid), synfalt))


def owner_of_contact(uuid: UUID) -> int | None:
    """Return the provider of a contact that row level security shows."""
    return Vardkontakt.objects.filter(uuid=uuid).values_list("vardgivare_id", flat=True).first()


def find_contacts(synfalt: Synfalt, vardhandelse_id: str) -> tuple[Kontakthuvud, ...]:
    """Return the contacts that any sender calls by this id (the senders are few)."""
    rader = visible(
        Vardkontakt.objects.filter(
            kallsystem__in=_systems(synfalt),
            vardhandelse_id=vardhandelse_id,
        ),
        synfalt,
    )
    return tuple(_head_of(rad) for rad in rader.annotate(_arende=_HAS_WORK).order_by("pk")[:20])


def _systems(synfalt: Synfalt) -> list[str]:
    """Return every series of ids that the provider's contacts may be in."""
    system = Maskinkonto.objects.values_list("kallsystem", flat=True).distinct()
    return [*system, system_of(synfalt.vardgivare_id)]


_HAS_WORK = Exists(Arende.objects.filter(vardkontakt_id=OuterRef("pk")))


def _head(rader: "QuerySet[Vardkontakt]") -> Kontakthuvud | None:
    rad = rader.annotate(_arende=_HAS_WORK).first()
    return None if rad is None else _head_of(rad)


def _head_of(rad: Any) -> Kontakthuvud:
    return Kontakthuvud(
        id=rad.pk,
        uuid=rad.uuid,
        kallsystem=rad.kallsystem,
        vardhandelse_id=rad.vardhandelse_id,
        senaste_version=rad.senaste_version,
        enhet_id=rad.enhet_id,
        vantar_pa_beslut=rad._arende,
    )


class Versionen(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a contact with its content by field name, as sent."""

    version: int
    leverans_id: int | None
    makulerad: bool
    registrerad: datetime
    registrerad_av: str
    orsak: str
    patient_id: str
    dag: date
    slutdag: date | None
    tid: time | None
    innehall: dict[str, Any]
    anmarkningar: tuple[dict[str, Any], ...]


#: The fields of a version that a person compares, in the order they are shown.
INNEHALLSFALT = (
    "enhet_ref",
    "dag",
    "tid",
    "slutdag",
    "form",
    "btyp",
    "vktyp",
    "taxa",
    "akut",
    "yrkeskategorier",
    "diagnoser",
    "atgarder",
    "lakemedel",
    "tillstand",
    "produkter",
    "ikod",
    "ukod",
    "vplan",
    "remiss_fore",
    "remiss_efter",
    "lkf",
    "basomrade",
    "kon",
    "ers_uppdrag",
    "tillhor_vardkontakt",
    "tillhor_vardansvar",
    "lma_nummer",
)


def versions(synfalt: Synfalt, kontakt_id: int) -> tuple[Versionen, ...]:
    """Return every version of a contact already shown, newest first."""
    with as_region():
        rader = list(
            of_shown_contacts(Vardkontaktversion.objects.all(), synfalt, [kontakt_id])
            .select_related("registrerad_av")
            .order_by("-version")
        )
    return tuple(
        Versionen(
            version=rad.version,
            leverans_id=rad.leverans_id,
            makulerad=rad.makulerad,
            registrerad=rad.registrerad,
            registrerad_av=(
                rad.registrerad_av.get_full_name() or rad.registrerad_av.get_username()
                if rad.registrerad_av
                else ""
            ),
            orsak=rad.orsak,
            patient_id=rad.patient_id,
            dag=rad.dag,
            slutdag=rad.slutdag,
            tid=rad.tid,
            innehall={falt: getattr(rad, falt) for falt in INNEHALLSFALT},
            anmarkningar=tuple(rad.anmarkningar or ()),
        )
        for rad in rader
    )


class Kvittensrad(msgspec.Struct, frozen=True, kw_only=True):
    """A receipt that a sender may read."""

    sekvens: int
    version: int
    niva: str
    utfall: str
    kod: str
    belopp: Any
    tid: datetime


def receipts(synfalt: Synfalt, kontakt_id: int, *, limit: int = 200) -> tuple[Kvittensrad, ...]:
    """Return the receipts of a contact already shown, newest first."""
    with as_region():
        rader = list(
            of_shown_contacts(Kvittens.objects.all(), synfalt, [kontakt_id]).order_by("-pk")[:limit]
        )
    return tuple(
        Kvittensrad(
            sekvens=rad.pk,
            version=rad.version,
            niva=rad.niva,
            utfall=rad.utfall,
            kod=rad.kod,
            belopp=rad.belopp,
            tid=rad.tid,
        )
        for rad in rader
    )


class Meddelande(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery as it came. `kropp` may hold other contacts than the one asked about."""

    uuid: UUID
    mottagen: datetime
    metod: str
    resurs: str
    mediatyp: str
    antal: int
    kropp: bytes


def delivery_of(version: Versionen) -> Meddelande | None:
    """Return the delivery that brought a version already shown; never show its body whole."""
    if version.leverans_id is None:
        return None
    with as_region():
        rad = Leverans.objects.filter(pk=version.leverans_id).first()
    if rad is None:
        return None
    return Meddelande(
        uuid=rad.uuid,
        mottagen=rad.mottagen,
        metod=rad.metod,
        resurs=rad.resurs,
        mediatyp=rad.mediatyp,
        antal=rad.antal,
        kropp=bytes(rad.kropp),
    )


# What was refused -------------------------------------------------------------------------------


class Avvisad(msgspec.Struct, frozen=True, kw_only=True):
    """A refused contact with its findings."""

    id: int
    tid: datetime
    dag: date | None
    vardhandelse_id: str
    enhet_id: int | None
    avvikelser: tuple[dict[str, Any], ...]
    lost: bool


class Avvisadsida(msgspec.Struct, frozen=True):
    """One page of refused contacts; the ids to go on from, None where the list ends."""

    rader: tuple[Avvisad, ...]
    nyare: int | None
    aldre: int | None


def refused(
    synfalt: Synfalt,
    *,
    fran: datetime,
    till: datetime,
    kod: str = "",
    efter: int | None = None,
    fore: int | None = None,
    size: int = 25,
) -> Avvisadsida:
    """Return a page of refusals in [fran, till), newest first, of one code if asked for."""
    rader = _refusals(synfalt, fran, till)
    if kod:
        rader = rader.filter(avvikelser__contains=[{"kod": kod}])
    if fore is not None:
        rader = rader.filter(pk__gt=fore).order_by("pk")
    else:
        rader = rader.filter(pk__lt=efter) if efter is not None else rader
        rader = rader.order_by("-pk")
    funna = [
        Avvisad(
            id=rad.pk,
            tid=rad.tid,
            dag=rad.dag,
            vardhandelse_id=rad.vardhandelse_id,
            enhet_id=rad.enhet_id,
            avvikelser=tuple(rad.avvikelser),
            lost=rad.lost,
        )
        for rad in rader[: size + 1]
    ]
    fler, funna = len(funna) > size, funna[:size]
    if fore is not None:
        funna.reverse()
    if not funna:
        return Avvisadsida((), None, None)
    return Avvisadsida(
        tuple(funna),
        funna[0].id if (fler if fore is not None else efter is not None) else None,
        funna[-1].id if (fore is not None or fler) else None,
    )


def count_refused(synfalt: Synfalt, *, fran: datetime, till: datetime, limit: int) -> int:
    """Return how many refusals no later accepted version has mended, at most `limit`."""
    rader = _refusals(synfalt, fran, till).filter(lost=False)
    return int(rader.order_by()[:limit].count())


def refused_by_code(
    synfalt: Synfalt, *, fran: datetime, till: datetime, limit: int = 20_000
) -> dict[str, tuple[int, datetime]]:
    """Return, per code, how many unmended refusals have it and when the oldest came."""
    svar: dict[str, tuple[int, datetime]] = {}
    rader = _refusals(synfalt, fran, till).filter(lost=False).order_by("-pk")
    for avvikelser, tid in rader.values_list("avvikelser", "tid")[:limit]:
        for kod in {avvikelse["kod"] for avvikelse in avvikelser}:
            antal, aldsta = svar.get(kod, (0, tid))
            svar[kod] = (antal + 1, min(aldsta, tid))
    return svar


def _refusals(synfalt: Synfalt, fran: datetime, till: datetime) -> Any:
    """Return refusals with `lost`: a later version of the same contact has been accepted."""
    senare = Vardkontaktversion.objects.filter(
        vardkontakt__kallsystem__in=_systems(synfalt),
        vardkontakt__vardhandelse_id=OuterRef("vardhandelse_id"),
        registrerad__gt=OuterRef("tid"),
    )
    return (
        visible(Avvisning.objects.all(), synfalt)
        .filter(tid__gte=fran, tid__lt=till)
        .annotate(lost=Exists(senare))
    )


# Senders ----------------------------------------------------------------------------------------


class Avsandare(msgspec.Struct, frozen=True, kw_only=True):
    """A sending system as one provider sees it. `tider` are its newest deliveries, newest first.

    `oppna` of the refused contacts have not come again and been accepted.
    """

    konto_id: int
    namn: str
    kallsystem: str
    tider: tuple[datetime, ...]
    stoppad: date | None
    registrerade: int
    avvisade: int
    oppna: int


def senders(
    synfalt: Synfalt, *, fran: datetime, at: datetime, limit: int = 50
) -> tuple[Avsandare, ...]:
    """Return the systems that have reported the provider's contacts since `fran`, or may do so.

    Versions are counted by the time they were registered, among days of care from ninety days
    before `fran`: what comes later than that is counted nowhere here.
    """
    volym = {
        rad["vardkontakt__kallsystem"]: rad["antal"]
        for rad in visible(Vardkontaktversion.objects.all(), synfalt)
        .filter(dag__gte=fran.date() - timedelta(days=90), registrerad__gte=fran)
        .values("vardkontakt__kallsystem")
        .annotate(antal=Count("*"))
        .order_by()
    }
    with as_region():
        avvisade = {
            rad["leverans__maskinkonto__kallsystem"]: (rad["antal"], rad["oppna"])
            for rad in _refusals(synfalt, fran, at)
            .values("leverans__maskinkonto__kallsystem")
            .annotate(antal=Count("*"), oppna=Count("pk", filter=Q(lost=False)))
            .order_by()
        }
        far_rapportera = ombud.accounts_for(
            synfalt.vardgivare_id, synfalt.enheter, day=localdate(at)
        )
        konton = list(
            Maskinkonto.objects.filter(
                Q(kallsystem__in={*volym, *avvisade} - {None})
                | Q(pk__in=far_rapportera, stoppdatum=None)
            ).order_by("namn")
        )
        tider = _newest_deliveries([konto.pk for konto in konton], limit=limit)
    return tuple(
        Avsandare(
            konto_id=konto.pk,
            namn=konto.namn,
            kallsystem=konto.kallsystem,
            tider=tider.get(konto.pk, ()),
            stoppad=konto.stoppdatum,
            registrerade=volym.get(konto.kallsystem, 0),
            avvisade=avvisade.get(konto.kallsystem, (0, 0))[0],
            oppna=avvisade.get(konto.kallsystem, (0, 0))[1],
        )
        for konto in konton
    )


def delivery_times(
    synfalt: Synfalt, *, fran: date, limit: int = 50
) -> Mapping[int, tuple[datetime, ...]]:
    """Return the times of the newest deliveries of each account that sends the provider's contacts.

    The accounts are those of the systems of the newest contacts with days of care from `fran`.
    """
    nya = list(
        visible(Vardkontaktversion.objects.filter(dag__gte=fran), synfalt)
        .order_by("-dag")
        .values_list("vardkontakt_id", flat=True)[:500]
    )
    system = Vardkontakt.objects.filter(pk__in=nya).values_list("kallsystem", flat=True).distinct()
    with as_region():
        konton = Maskinkonto.objects.filter(kallsystem__in=list(system)).values_list(
            "pk", flat=True
        )
        return _newest_deliveries(list(konton), limit=limit)


def _newest_deliveries(konto_ids: Sequence[int], *, limit: int) -> dict[int, tuple[datetime, ...]]:
    """Return the times of each account's newest deliveries, newest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select m.id, l.mottagen from unnest(%s::bigint[]) as m(id)"
            " cross join lateral (select mottagen from gvr_leverans"
            " where maskinkonto_id = m.id order by mottagen desc limit %s) l",
            [list(konto_ids), limit],
        )
        svar: dict[int, tuple[datetime, ...]] = {}
        for pk, mottagen in cursor.fetchall():
            svar[pk] = (*svar.get(pk, ()), mottagen)
    return svar


# Contracts --------------------------------------------------------------------------------------


class Avtalsrad(msgspec.Struct, frozen=True, kw_only=True):
    """A contract of the provider."""

    id: int
    ada_nummer: str
    omrade: str
    omradesnamn: str
    giltig: Period
    momskompensation: bool
    avgiftsavdrag: bool
    egenskaper: tuple[tuple[str, str], ...]


def contracts(vardgivare_id: int) -> tuple[Avtalsrad, ...]:
    """Return the provider's contracts, newest first."""
    return tuple(
        Avtalsrad(
            id=rad.pk,
            ada_nummer=rad.ada_nummer,
            omrade=rad.avtalsomrade.kod,
            omradesnamn=rad.avtalsomrade.namn,
            giltig=period(rad.giltig),
            momskompensation=rad.momskompensation,
            avgiftsavdrag=rad.avgiftsavdrag,
            egenskaper=tuple(sorted((k, str(v)) for k, v in rad.egenskaper.items())),
        )
        for rad in Avtal.objects.filter(vardgivare_id=vardgivare_id)
        .select_related("avtalsomrade")
        .order_by("-giltig", "ada_nummer")
    )


# The access log ---------------------------------------------------------------------------------


class Loggrad(msgspec.Struct, frozen=True, kw_only=True):
    """An act on patient data, without the patients' identities."""

    id: int
    tid: datetime
    anvandare: str
    handelse: str
    objekt: str
    enhet: str
    antal_patienter: int
    skal: str


def log(
    synfalt: Synfalt,
    *,
    fran: datetime,
    till: datetime,
    anvandare: str = "",
    patient: str = "",
    efter: int | None = None,
    size: int = 50,
) -> tuple[tuple[Loggrad, ...], bool]:
    """Return acts on the provider's patients in [fran, till), newest first; True: more follow."""
    rader = Loggpost.objects.filter(
        vardgivare_id=synfalt.vardgivare_id, tid__gte=fran, tid__lt=till
    )
    if anvandare:
        rader = rader.filter(anvandare=anvandare)
    if patient:
        rader = rader.filter(patienter__contains=[patient])
    if efter is not None:
        rader = rader.filter(pk__lt=efter)
    funna = [
        Loggrad(
            id=rad.pk,
            tid=rad.tid,
            anvandare=rad.anvandare,
            handelse=rad.handelse,
            objekt=rad.objekt,
            enhet=rad.enhet,
            antal_patienter=len(rad.patienter),
            skal=rad.skal,
        )
        for rad in rader.order_by("-pk")[: size + 1]
    ]
    return tuple(funna[:size]), len(funna) > size


def patients_of(synfalt: Synfalt, kontakt_ids: Collection[int]) -> tuple[str, ...]:
    """Return whose contacts these are that have been shown, for the access log."""
    with as_region():
        return tuple(
            of_shown_contacts(Vardkontaktversion.objects.all(), synfalt, kontakt_ids)
            .filter(version=F("vardkontakt__senaste_version"))
            .values_list("patient_id", flat=True)
        )
