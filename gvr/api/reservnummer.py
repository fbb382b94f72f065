"""The addresses of reservnummer. No number stands in an address: addresses are logged."""

from datetime import date
from typing import Annotated, Any, Final, Literal

import msgspec
from django.http import HttpResponse
from django.urls import path
from msgspec import Meta
from rest_framework.request import Request

from gvr.actions import reservnummer
from gvr.actions.leveranser import Begaran, Hinder, Svar
from gvr.actions.reservnummer import Besked
from gvr.api import avkodning, kontrakt, schema, svar
from gvr.api.anrop import Anrop, Vy, answer
from gvr.api.problem import Avvisat, as_fel
from gvr.core.avvikelse import Avvikelse
from gvr.core.reservnummer import Koppling, Skal, Uppgifter
from gvr.queries import register

JSON: Final = ("application/json",)
AVDELNING: Final = "Reservnummer"


class Reservnummeransokan(kontrakt.Ingaende):
    """What is known of a patient who needs a number."""

    enhet: kontrakt.Enhet
    skal: Annotated[
        Literal["OKAND", "NYFODD", "UTLANDSK", "UTVANDRAD", "ASYLSOKANDE", "UTAN_TILLSTAND"],
        Meta(description="Varför patienten saknar annat nummer."),
    ]
    fodd: date | None = None
    fodelsear: Annotated[int, Meta(ge=1800, le=2299)] | None = None
    kon: Annotated[Literal["K", "M"], Meta(description="Utelämnas om okänt.")] | None = None
    lma_nummer: Annotated[str, Meta(min_length=1, max_length=20, examples=["10-123456"])] | None = (
        None
    )
    lma_giltig_tom: date | None = None


class Reservnummersvar(kontrakt.Utgaende):
    """The issued number; none in a rehearsal."""

    nummer: str | None = None
    torrkorning: bool = False


class Reservnummerkoppling(kontrakt.Ingaende):
    """A reservnummer and the person it belongs to, or that the tie is withdrawn."""

    reservnummer: kontrakt.Patient
    personnummer: kontrakt.Patient | None = None
    lkf: Annotated[str, Meta(min_length=1, max_length=6)] | None = None
    aterkalla: bool = False
    skal: Annotated[kontrakt.Fritext, Meta(description="Varför kopplingen återkallas.")] = ""


class Kopplingssvar(kontrakt.Utgaende):
    """What became of a tie. `vardkontakter` are decided again."""

    utfall: Literal["KOPPLAD", "ATERKALLAD"]
    vardkontakter: int
    torrkorning: bool = False


def _issue(anrop: Anrop, begaran: Begaran, body: bytes) -> Svar | Hinder:
    post: Any = _decode(body, Reservnummeransokan)
    enhet = post.enhet.reference()
    if enhet is None:
        raise Avvisat("ENHET_OTYDLIG")
    funnen = register.current().unit(enhet, anrop.today)
    if isinstance(funnen, Avvikelse):
        raise Avvisat("RES011")
    if not anrop.avsandare.may_report(funnen[0].vardgivare_id, funnen[0].enhet_id):
        raise Avvisat("OMBUD_SAKNAS")

    def utforma(besked: Besked) -> Svar:
        if besked.avvikelser:
            return svar.refuse(str(anrop.id), besked.status, besked.avvikelser)
        torr = anrop.torrkorning
        body = Reservnummersvar(nummer=None if torr else besked.nummer, torrkorning=torr)
        return Svar(status=200 if torr else besked.status, kropp=msgspec.json.encode(body))

    return reservnummer.issue(
        Uppgifter(
            skal=Skal(post.skal),
            fodd=post.fodd,
            fodelsear=post.fodelsear,
            kon=post.kon,
            lma_nummer=post.lma_nummer or "",
            lma_t_o_m=post.lma_giltig_tom,
        ),
        vardgivare_id=funnen[0].vardgivare_id,
        avsandare=anrop.avsandare,
        begaran=begaran,
        today=anrop.today,
        utforma=utforma,
        torrkorning=anrop.torrkorning,
    )


def _tie(anrop: Anrop, begaran: Begaran, body: bytes) -> Svar | Hinder:
    post: Any = _decode(body, Reservnummerkoppling)

    def utforma(besked: Besked) -> Svar:
        if besked.avvikelser:
            return svar.refuse(str(anrop.id), besked.status, besked.avvikelser)
        body = Kopplingssvar(
            utfall="ATERKALLAD" if post.aterkalla else "KOPPLAD",
            vardkontakter=besked.kontakter,
            torrkorning=anrop.torrkorning,
        )
        return Svar(status=200, kropp=msgspec.json.encode(body))

    return reservnummer.tie(
        Koppling(
            nummer=post.reservnummer,
            personnummer=post.personnummer or "",
            lkf=post.lkf,
            aterkalla=post.aterkalla,
            skal=post.skal,
        ),
        avsandare=anrop.avsandare,
        begaran=begaran,
        today=anrop.today,
        utforma=utforma,
        torrkorning=anrop.torrkorning,
    )


def _decode(body: bytes, typ: type[Any]) -> Any:
    post = avkodning.decode(body, typ)
    if isinstance(post, list):
        kod = svar.refusal_code(post, 400)
        raise Avvisat(kod, text=next(a.text for a in post if a.kod == kod), fel=as_fel(post))
    fritt = avkodning.free_text(getattr(post, "skal", ""), "/skal")
    if fritt:
        raise Avvisat(fritt[0].kod, text=fritt[0].text, fel=as_fel(fritt))
    return post


class Reservnummervy(Vy):
    """Issue reservnummer."""

    @schema.beskriv(
        "utfardaReservnummer",
        "Ta ut ett reservnummer",
        "Ger årets nästa lediga nummer åt en patient som saknar personnummer och "
        "samordningsnummer. Ett nummer ges aldrig två gånger.",
        avdelning=AVDELNING,
        svar={200: Reservnummersvar, 201: Reservnummersvar},
        parametrar=[schema.TORRKORNING],
        kropp={"application/json": Reservnummeransokan},
        problem=schema.SKRIVER,
        nyckel=True,
    )
    def post(self, request: Request) -> HttpResponse:
        """Issue a number."""
        return answer(request, ("torrkorning",), _issue, mediatyper=JSON, key_required=True)


class Reservnummerkopplingsvy(Vy):
    """Tie a reservnummer to a person."""

    @schema.beskriv(
        "kopplaReservnummer",
        "Koppla ett reservnummer till ett personnummer",
        "Vårdkontakterna på numret prövas på nytt, som om de gällde personen; det som rapporterats "
        "ändras inte. Med aterkalla: true tas kopplingen tillbaka, med skäl. Numren står i kroppen "
        "och aldrig i adressen.",
        avdelning=AVDELNING,
        svar={200: Kopplingssvar},
        parametrar=[schema.TORRKORNING],
        kropp={"application/json": Reservnummerkoppling},
        problem=schema.SKRIVER,
        nyckel=True,
    )
    def post(self, request: Request) -> HttpResponse:
        """Tie, or withdraw the tie."""
        return answer(request, ("torrkorning",), _tie, mediatyper=JSON, key_required=True)


ADRESSER: Final = (
    path("reservnummer", Reservnummervy.as_view(), name="reservnummer"),
    path(
        "reservnummer/koppling",
        Reservnummerkopplingsvy.as_view(),
        name="reservnummerkoppling",
    ),
)
