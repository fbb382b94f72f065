"""Registered contacts for follow-up, in the fields of GetAdministrativeCareEvent 1.0.

The region's own systems see every provider's contacts, a provider's system its own. Every contact
that is shown is logged.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from io import BytesIO
from typing import Any, Final, Literal

import msgspec
from django.http import HttpResponse
from django.urls import path
from django.utils.timezone import localtime
from drf_spectacular.types import OpenApiTypes
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.request import Request

from gvr.actions import ersmofiler, logg, utleveranser
from gvr.api import schema
from gvr.api.anrop import Anrop, Forhandling, Vy, read
from gvr.api.kontrakt import Utgaende
from gvr.api.problem import BEGARAN_ID, Avvisat, respond
from gvr.core.ersmoindata_ut import FLEST_HANDELSER
from gvr.core.felkatalog import FELKATALOG
from gvr.core.varduppgift import CareEvent, as_event
from gvr.queries import behorighet, handelseflode, varduppgifter
from gvr.queries.behorighet import databaskontext
from gvr.queries.handelseflode import Lage, Post

AVDELNING: Final = "Uppföljning"
PERIOD: Final = ("uppdateradFrom", "uppdateradTill", "efter", "antal")
_NYA_RADEN: Final = str.maketrans({" ": "+"})  # a plus sign in an address reads as a space


class Tidsperiod(Utgaende):
    """From and to, both inclusive."""

    start: str
    end: str


class Vardhandelsesvar(msgspec.Struct, kw_only=True, omit_defaults=True, rename="camel"):
    """The events of a period.

    OK: all of them. INFO: all of them, and something that `comment` tells. TRUNCATED: ask again
    from responseTimePeriod.end, or with `efter` for exactly what is left. A request that cannot be
    answered is answered by its HTTP status.
    """

    result_code: Literal["OK", "INFO", "ERROR", "TRUNCATED"]
    response_time_period: Tidsperiod
    care_event: Sequence[CareEvent]
    comment: str | None = None
    efter: str | None = None


class EnVardhandelse(msgspec.Struct, kw_only=True, omit_defaults=True, rename="camel"):
    """One event, and what there is to say of it."""

    care_event: CareEvent
    comment: str | None = None


class Vardhandelser(Vy):
    """The contacts that were registered or changed during a period."""

    @schema.beskriv(
        "lasVardhandelser",
        "Läs vårdhändelser för uppföljning",
        "De vårdkontakter som registrerats, rättats eller makulerats från uppdateradFrom till "
        "uppdateradTill, båda inräknade, i sin sista version under tiden och i den ordning det "
        "hände. Högst 5 000: vid TRUNCATED fortsätter du från responseTimePeriod.end eller, utan "
        "upprepning, med efter. Varje läsning loggas.",
        avdelning=AVDELNING,
        svar={200: Vardhandelsesvar},
        parametrar=schema.UPPDATERAD,
    )
    def get(self, request: Request) -> HttpResponse:
        """Return the events of a period."""
        anrop = read(request, PERIOD)
        fran, till, efter, antal = _period(anrop)
        with _reach(anrop):
            sida = handelseflode.between(
                fran, till, efter=efter, antal=antal, hela=True, kontakter=True
            )
            handelser, betalarfel = _events(sida.poster)
        _log(anrop, sida.poster)
        slut = sida.poster[-1].lage if sida.fler else None
        okanda = sum(1 for handelse in handelser if handelse.care_unit.care_unit_id is None)
        body = Vardhandelsesvar(
            result_code="TRUNCATED" if slut else "INFO" if okanda or betalarfel else "OK",
            comment=_comment(cut=slut is not None, unknown=okanda, payers=betalarfel),
            response_time_period=Tidsperiod(
                start=_iso(fran), end=_iso(slut.registrerad if slut else till)
            ),
            care_event=handelser,
            efter=str(slut) if slut else None,
        )
        return respond(200, msgspec.json.encode(body), begaran_id=str(anrop.id))


class Vardhandelse(Vy):
    """One contact for follow-up."""

    @schema.beskriv(
        "lasVardhandelse",
        "Läs en vårdhändelse för uppföljning",
        "Den senaste versionen. En vårdgivares system läser sina egna. Läsningen loggas.",
        avdelning=AVDELNING,
        svar={200: EnVardhandelse},
        problem=(*schema.LASER, 409),
        vag="vardhandelse_id",
    )
    def get(self, request: Request, vardhandelse_id: str) -> HttpResponse:
        """Return one event."""
        anrop = read(request, ())
        if "\x00" in vardhandelse_id:
            raise NotFound
        with _reach(anrop) as alla:
            kallsystem = None if alla else anrop.avsandare.kallsystem
            poster = handelseflode.load(
                handelseflode.newest(vardhandelse_id, kallsystem=kallsystem)
            )
            if not poster:
                raise NotFound
            if len(poster) > 1:
                raise Avvisat("FLERA_TRAFFAR")
            (handelse,), betalarfel = _events(poster)
        _log(anrop, poster)
        body = EnVardhandelse(
            care_event=handelse, comment=_comment(cut=False, unknown=0, payers=betalarfel)
        )
        return respond(200, msgspec.json.encode(body), begaran_id=str(anrop.id))


class _Filer(Forhandling):
    """A file is a file, whatever the client says that it accepts."""

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        """Return the renderer of problem documents."""
        return renderers[0], "application/json"


class Utleverans(Vy):
    """The region's events as a file."""

    content_negotiation_class = _Filer

    @schema.beskriv(
        "hamtaErsmoindata",
        "Hämta händelser som ERSMOIndata",
        "Det som registrerats från uppdateradFrom till uppdateradTill, båda inräknade, som en fil "
        "i formatet ERSMOIndata 2.2. Bara för regionens egna system. Ryms inte allt är "
        "Resultatkod TRUNCATED: hämta nästa fil med efter från Fortsatt-Efter. Utan händelser är "
        "svaret 204. Utelamnade är hur många händelser formatet inte kan bära.",
        avdelning=AVDELNING,
        svar={200: OpenApiTypes.BINARY, 204: None},
        parametrar=schema.UPPDATERAD,
        mediatyp="application/xml",
    )
    def get(self, request: Request) -> HttpResponse:
        """Return a file, or nothing."""
        anrop = read(request, PERIOD)
        if not behorighet.is_region_system(request.user):
            raise PermissionDenied
        fran, till, efter, antal = _period(anrop)
        kropp = BytesIO()
        fil = utleveranser.write(
            kropp,
            fran=fran,
            till=till,
            efter=efter,
            flest=antal,
            schema=ersmofiler.schema(),
            by=request.user,
            at=anrop.at,
        )
        headers = {
            BEGARAN_ID: str(anrop.id),
            "Cache-Control": "no-store",
            "Resultatkod": "TRUNCATED" if fil.fler else "OK",
            "Utelamnade": str(len(fil.utelamnade)),
        }
        if fil.fler:
            headers["Fortsatt-Efter"] = str(fil.efter)
        if not fil.antal:
            return HttpResponse(status=204, headers=headers)
        headers["Content-Disposition"] = f'attachment; filename="{fil.namn}"'
        return HttpResponse(kropp.getvalue(), content_type="application/xml", headers=headers)


ADRESSER: Final = (
    path("vardhandelser", Vardhandelser.as_view(), name="vardhandelser"),
    path("vardhandelser/<str:vardhandelse_id>", Vardhandelse.as_view(), name="vardhandelse"),
    path("utleveranser/ersmoindata", Utleverans.as_view(), name="utleverans"),
)


def _reach(anrop: Anrop) -> Any:
    """Open a transaction that shows everything to the region's systems, to others their own."""
    if behorighet.is_region_system(anrop.request.user):
        return _Reach(databaskontext(alla=True), alla=True)
    return _Reach(
        databaskontext(vardgivare=anrop.avsandare.synliga, enheter=anrop.avsandare.enheter),
        alla=False,
    )


class _Reach:
    """A database context that says whether it shows everything."""

    def __init__(self, kontext: Any, *, alla: bool) -> None:
        self._kontext = kontext
        self._alla = alla

    def __enter__(self) -> bool:
        self._kontext.__enter__()
        return self._alla

    def __exit__(self, *fel: Any) -> Any:
        return self._kontext.__exit__(*fel)


def _period(anrop: Anrop) -> tuple[datetime, datetime, Lage | None, int]:
    fran, till = _instant(anrop, "uppdateradFrom"), _instant(anrop, "uppdateradTill")
    if till < fran:
        raise Avvisat("OGILTIG_PARAMETER", text="uppdateradTill är före uppdateradFrom.")
    efter = None
    if "efter" in anrop.parametrar:
        efter = Lage.parse(anrop.parametrar["efter"].translate(_NYA_RADEN))
        if efter is None or not fran <= efter.registrerad <= till:
            raise Avvisat("OGILTIG_PARAMETER", text="efter är inget som vi har lämnat ut.")
    antal = anrop.number("antal", fran=1, till=FLEST_HANDELSER) or FLEST_HANDELSER
    return fran, till, efter, antal


def _instant(anrop: Anrop, namn: str) -> datetime:
    """Return an instant with its zone. Raises Avvisat for another text, or none."""
    text = anrop.parametrar.get(namn, "").translate(_NYA_RADEN)
    try:
        tid = datetime.fromisoformat(text)
    except ValueError:
        tid = None
    if tid is None or tid.tzinfo is None or not 1900 <= tid.year <= 2999:
        raise Avvisat(
            "OGILTIG_PARAMETER",
            text=f"{namn} ska vara en tidpunkt med tidszon, som 2026-11-01T00:00:00+01:00.",
        )
    return tid


def _events(poster: Sequence[Post]) -> tuple[list[CareEvent], Mapping[str, int]]:
    """Return the events, and how many of them nobody knows the payer of, by code."""
    uppgifter = varduppgifter.of_events([post.handelse for post in poster])
    betalarfel = Counter(u.betalarfel for u in uppgifter if u.betalarfel is not None)
    return [
        as_event(post.handelse, uppgift, uppdaterad=localtime(post.lage.registrerad))
        for post, uppgift in zip(poster, uppgifter, strict=True)
    ], betalarfel


def _comment(*, cut: bool, unknown: int, payers: Mapping[str, int]) -> str | None:
    delar = []
    if cut:
        delar.append("Svaret är avkortat: fortsätt från responseTimePeriod.end eller med efter.")
    if unknown:
        delar.append(f"{unknown} av händelserna har en enhet utan känt HSA-id.")
    delar += [
        f"{antal} av händelserna saknar betalare ({kod}). {FELKATALOG[kod].atgard}"
        for kod, antal in sorted(payers.items())
    ]
    return " ".join(delar) or None


def _iso(tid: datetime) -> str:
    return localtime(tid).isoformat(timespec="microseconds")


def _log(anrop: Anrop, poster: Sequence[Post]) -> None:
    """Write one row per provider, with every patient that was shown."""
    per_vardgivare: dict[int | None, dict[str, None]] = {}
    for post in poster:
        per_vardgivare.setdefault(post.vardgivare_id, {})[post.handelse.patient_id] = None
    with databaskontext(alla=True):
        for vardgivare_id, patienter in per_vardgivare.items():
            logg.record(
                by=anrop.request.user,
                handelse="LAS",
                patienter=list(patienter),
                at=anrop.at,
                objekt="vårdhändelser",
                vardgivare_id=vardgivare_id,
            )
