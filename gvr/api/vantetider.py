"""The addresses of waiting times, and what they take and give."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Final, Literal

import msgspec
from django.http import HttpResponse
from django.urls import path
from msgspec import Meta
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from gvr.actions import logg, vantetider
from gvr.actions.handelser import Besked, Rapport
from gvr.actions.leveranser import Begaran, Hinder, Svar
from gvr.actions.vardkontakter import AVVISAD
from gvr.api import avkodning, kontrakt, schema, svar
from gvr.api.anrop import Anrop, Vy, answer, read
from gvr.api.handelser import as_content, cancellation, readable, unreadable
from gvr.api.problem import as_fel, respond
from gvr.core import vantetid as core
from gvr.core.felkatalog import finding
from gvr.core.mottagning import Avsikt, identify
from gvr.core.vantetid import Koppling
from gvr.queries import vantetider as registrerade
from gvr.queries.behorighet import databaskontext

JSON: Final = ("application/json",)
MAKULERING: Final = ("torrkorning", "version", "orsak")
AVDELNING: Final = "Väntetider"


class Vantetid(kontrakt.Ingaende):
    """A wait from referral, decision or booking to a visit."""

    id: kontrakt.Handelseid
    patient_id: kontrakt.Patient
    enhet: kontrakt.Enhet
    garantikod: Annotated[kontrakt.Skrivkod, Meta(description="Vårdgarantins kod.")] | None = None
    ursprung: Annotated[kontrakt.Skrivkod, Meta(description="Bokningens ursprung.")] | None = None
    remisstyp: kontrakt.Skrivkod | None = None
    remissdag: Annotated[date, Meta(description="Dagen då remissen kom.")] | None = None
    beslutsdag: Annotated[date, Meta(description="Dagen då vården beslutades.")] | None = None
    bokad: Annotated[date, Meta(description="Dagen då besöket bokades.")] | None = None
    besoksdag: Annotated[date, Meta(description="Dagen som besöket är bokat till.")] | None = None
    uppskjuten_orsak: (
        Annotated[kontrakt.Skrivkod, Meta(description="Varför besöket skjutits upp.")] | None
    ) = None
    vardhandelse_id: (
        Annotated[kontrakt.Handelseid, Meta(description="Besökets id när det har varit.")] | None
    ) = None
    version: kontrakt.Version | None = None
    orsak: Annotated[kontrakt.Fritext, Meta(description="Varför den rättas.")] = ""


Lage = Literal["VANTAR", "BOKAD", "GENOMFORD", "FEL"]


class Vantetidsregistrering(kontrakt.Utgaende):
    """What became of a wait, and how it stands."""

    utfall: Literal["REGISTRERAD", "MAKULERAD", "OFORANDRAD"]
    id: str
    uuid: str
    version: int
    makulerad: bool = False
    lage: Lage | None = None
    leverans: str | None = None
    torrkorning: bool = False
    anmarkningar: Sequence[kontrakt.Fel] = ()


class Vantetidssvar(kontrakt.Utgaende):
    """A registered wait in its newest version. `dagar` is its length when there is a visit."""

    id: str
    uuid: str
    version: int
    lage: Lage
    registrerad: str
    innehall: Mapping[str, Any]
    makulerad: bool = False
    dagar: int | None = None
    anmarkningar: Sequence[kontrakt.Fel] = ()


def _write(request: Request, avsikt: Avsikt, id_: str | None) -> HttpResponse:
    versioner: list[int] = []

    def work(anrop: Anrop, begaran: Begaran, body: bytes) -> Svar | Hinder:
        rapport = (
            cancellation(anrop, id_ or "")
            if avsikt is Avsikt.MAKULERA
            else _report(anrop, avsikt, id_, body)
        )

        def utforma(besked: Besked) -> Svar:
            versioner[:] = [besked.version] if besked.version else []
            return _as_answer(besked, str(anrop.id), torrkorning=anrop.torrkorning)

        return vantetider.receive(
            rapport,
            avsandare=anrop.avsandare,
            begaran=begaran,
            today=anrop.today,
            utforma=utforma,
            torrkorning=anrop.torrkorning,
        )

    cancels = avsikt is Avsikt.MAKULERA
    return answer(
        request,
        MAKULERING if cancels else ("torrkorning",),
        work,
        mediatyper=() if cancels else JSON,
        key_required=avsikt is Avsikt.SKAPA,
        headers=lambda: {"ETag": f'"{versioner[0]}"'} if versioner else {},
    )


def _report(anrop: Anrop, avsikt: Avsikt, id_: str | None, body: bytes) -> Rapport:
    vantad = anrop.expected_version() if avsikt is Avsikt.RATTA else None
    post = avkodning.decode(body, Vantetid)
    if isinstance(post, list):
        return Rapport(id="", avsikt=avsikt, avvikelser=tuple(post))
    enhet = post.enhet.reference()
    fynd = unreadable(post.id, enhet, post.orsak)
    if id_ is not None and post.id != id_:
        fynd.append(finding("ID_STAMMER_EJ", pekare="/id"))
    koder = {
        "garantikod": post.garantikod,
        "ursprung": post.ursprung,
        "remisstyp": post.remisstyp,
        "uppskjutenOrsak": post.uppskjuten_orsak,
    }
    fynd += [
        finding("FEL_FORMAT", pekare=f"/{namn}")
        for namn, kod in koder.items()
        if kod is not None and not kod.isalnum()
    ]
    if post.vardhandelse_id is not None and not post.vardhandelse_id.isprintable():
        fynd.append(finding("FEL_FORMAT", pekare="/vardhandelseId"))
    if fynd:
        return Rapport(id="", avsikt=avsikt, avvikelser=tuple(fynd))
    innehall = core.Vantetid(
        id=post.id,
        patient_id=identify(post.patient_id, day=anrop.today, fodd=None, kon=None)[0],
        enhet=enhet or "",
        garantikod=post.garantikod,
        ursprung=post.ursprung,
        remisstyp=post.remisstyp,
        remissdag=post.remissdag,
        beslutsdag=post.beslutsdag,
        bokad=post.bokad,
        besoksdag=post.besoksdag,
        uppskjuten_orsak=post.uppskjuten_orsak,
        vardhandelse_id=post.vardhandelse_id,
    )
    return Rapport(
        id=post.id,
        avsikt=avsikt,
        innehall=innehall,
        version=post.version,
        vantad=vantad,
        orsak=post.orsak,
    )


def _as_answer(besked: Besked, begaran_id: str, *, torrkorning: bool) -> Svar:
    if besked.utfall == AVVISAD:
        return svar.refuse(begaran_id, besked.status, besked.avvikelser)
    koppling: Koppling | None = besked.mer
    body = Vantetidsregistrering(
        utfall=besked.utfall,  # type: ignore[arg-type]  # one of the literals
        id=besked.id,
        uuid=besked.uuid,
        version=besked.version,
        makulerad=besked.makulerad,
        lage=None if koppling is None else koppling.lage.value,
        leverans=None if torrkorning else begaran_id,
        torrkorning=torrkorning,
        anmarkningar=as_fel(besked.avvikelser),
    )
    status = 200 if torrkorning else besked.status
    return Svar(status=status, kropp=msgspec.json.encode(body))


_REGISTRERAT: Final = {200: Vantetidsregistrering, 201: Vantetidsregistrering}


class Vantetider(Vy):
    """Report a wait."""

    @schema.beskriv(
        "rapporteraVantetid",
        "Rapportera en väntetid",
        "Remiss, beslut och bokning fram till ett besök. När besöket har varit anges dess "
        "vårdhändelse-id, och väntan kopplas till det vilken som än kommer först.",
        avdelning=AVDELNING,
        svar=_REGISTRERAT,
        parametrar=[schema.TORRKORNING],
        kropp={"application/json": Vantetid},
        problem=schema.SKRIVER,
        nyckel=True,
    )
    def post(self, request: Request) -> HttpResponse:
        """Report a new wait."""
        return _write(request, Avsikt.SKAPA, None)


class EnVantetid(Vy):
    """One wait by its id."""

    @schema.beskriv(
        "lasVantetid",
        "Läs en väntetid",
        "Den senaste versionen, och hur den förhåller sig till besöket.",
        avdelning=AVDELNING,
        svar={200: Vantetidssvar},
        vag="extern_id",
    )
    def get(self, request: Request, extern_id: str) -> HttpResponse:
        """Read the newest version; the reading is logged."""
        anrop, extern_id = read(request, ()), readable(extern_id)
        rad = registrerade.newest(
            anrop.avsandare.kallsystem,
            extern_id,
            vardgivare=anrop.avsandare.synliga,
            enheter=anrop.avsandare.enheter,
        )
        if rad is None:
            raise NotFound
        vantetid = registrerade.as_wait(rad)
        with databaskontext(alla=True):
            koppling = registrerade.ties(rad.kallsystem, [vantetid])[vantetid.id]
            logg.record(
                by=request.user,
                handelse="LAS",
                patienter=[rad.patient_id],
                at=anrop.at,
                objekt=f"väntetid {rad.uuid}",
                vardgivare_id=rad.vardgivare_id,
            )
        body = Vantetidssvar(
            id=rad.extern_id,
            uuid=str(rad.uuid),
            version=rad.version,
            lage=koppling.lage.value,
            registrerad=rad.registrerad.isoformat(),
            innehall=as_content(vantetid),
            makulerad=rad.makulerad,
            dagar=vantetid.dagar,
            anmarkningar=() if rad.makulerad else as_fel(koppling.avvikelser),
        )
        return respond(
            200,
            msgspec.json.encode(body),
            begaran_id=str(anrop.id),
            headers={"ETag": f'"{rad.version}"'},
        )

    @schema.beskriv(
        "rattaVantetid",
        "Rätta en väntetid",
        "Samma regler för versioner som för en vårdkontakt.",
        avdelning=AVDELNING,
        svar=_REGISTRERAT,
        parametrar=[schema.TORRKORNING, schema.IF_MATCH],
        kropp={"application/json": Vantetid},
        problem=schema.SKRIVER,
        nyckel=False,
        vag="extern_id",
    )
    def put(self, request: Request, extern_id: str) -> HttpResponse:
        """Correct it, or report it if it is not registered."""
        return _write(request, Avsikt.RATTA, extern_id)

    @schema.beskriv(
        "makuleraVantetid",
        "Makulera en väntetid",
        "Registrerar en makulerad version; inget raderas.",
        avdelning=AVDELNING,
        svar={200: Vantetidsregistrering},
        parametrar=[schema.TORRKORNING, schema.VERSION, schema.ORSAK, schema.IF_MATCH],
        problem=schema.SKRIVER,
        nyckel=False,
        vag="extern_id",
    )
    def delete(self, request: Request, extern_id: str) -> HttpResponse:
        """Cancel it."""
        return _write(request, Avsikt.MAKULERA, readable(extern_id))


ADRESSER: Final = (
    path("vantetider", Vantetider.as_view(), name="vantetider"),
    path("vantetider/<str:extern_id>", EnVantetid.as_view(), name="vantetid"),
)
