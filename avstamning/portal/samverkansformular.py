"""The forms of the portal: report, correct and cancel a deltagande or an aktivitet."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import msgspec
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from avstamning.portal.sidor import Besok, or_404, show, sida
from gvr.actions import samverkansformular as actions
from gvr.actions.samverkan import Besked
from gvr.actions.samverkansformular import UnableToReport
from gvr.core import samverkansformular as core
from gvr.core.aktivitet import Insats
from gvr.core.samverkan import Del
from gvr.core.samverkansformular import Falt
from gvr.queries import samverkanslistor
from gvr.queries.behorighet import set_reach


class Slag(msgspec.Struct, frozen=True, kw_only=True):
    """One of the two forms: its fields, how it is read and shown, where its page is."""

    falt: tuple[Falt, ...]
    read: Callable[..., Del | Insats | dict[str, str]]
    show: Callable[[Any], dict[str, str]]
    sida: str
    lista: str
    namn: str
    nytt: str


DELTAGANDE = Slag(
    falt=core.DELTAGANDE,
    read=core.read_part,
    show=core.of_part,
    sida="portal:tillfalle",
    lista="portal:samverkan",
    namn="deltagandet",
    nytt="Rapportera ett deltagande",
)
AKTIVITET = Slag(
    falt=core.AKTIVITET,
    read=core.read_activity,
    show=core.of_activity,
    sida="portal:aktivitet",
    lista="portal:aktiviteter",
    namn="aktiviteten",
    nytt="Rapportera en aktivitet",
)


@sensitive_post_parameters("patient")
@require_http_methods(["GET", "HEAD", "POST"])
@sida
def new_part(request: HttpRequest, besok: Besok) -> HttpResponse:
    """Report a part in another party's contact."""
    return _new(request, besok, DELTAGANDE)


@sensitive_post_parameters("patient")
@require_http_methods(["GET", "HEAD", "POST"])
@sida
def new_activity(request: HttpRequest, besok: Besok) -> HttpResponse:
    """Report work without patient contact."""
    return _new(request, besok, AKTIVITET)


@sensitive_post_parameters("patient")
@require_http_methods(["GET", "HEAD", "POST"])
@sida
def correct_part(request: HttpRequest, besok: Besok, uuid: UUID) -> HttpResponse:
    """Correct or cancel a part that was reported by form."""
    return _correct(request, besok, DELTAGANDE, uuid)


@sensitive_post_parameters("patient")
@require_http_methods(["GET", "HEAD", "POST"])
@sida
def correct_activity(request: HttpRequest, besok: Besok, uuid: UUID) -> HttpResponse:
    """Correct or cancel an activity that was reported by form."""
    return _correct(request, besok, AKTIVITET, uuid)


def _new(request: HttpRequest, besok: Besok, slag: Slag) -> HttpResponse:
    if not besok.far_registrera:
        return _refused(request, besok, slag)
    if request.method != "POST":
        return _form(request, besok, slag, varden=_first_values(besok), id_=actions.new_id())
    id_ = request.POST.get("id", "")
    if not core.is_own_id(id_):
        id_ = actions.new_id()
    svar = slag.read(request.POST, id_=id_)
    if isinstance(svar, dict):
        return _form(request, besok, slag, varden=request.POST, id_=id_, fel=svar)
    return _saved(request, besok, slag, svar, id_=id_, vantad=None)


def _correct(request: HttpRequest, besok: Besok, slag: Slag, uuid: UUID) -> HttpResponse:
    if not besok.far_registrera:
        return _refused(request, besok, slag)
    rad = or_404(
        samverkanslistor.reported_by_form(
            besok.provider_synfalt, besok.handsystem, uuid, deltagande=slag is DELTAGANDE
        )
    )
    nu = actions.as_reported(rad)
    if request.method != "POST":
        return _form(request, besok, slag, varden=slag.show(nu), id_=nu.id, rad=rad)
    vantad = request.POST.get("version", "")
    version = int(vantad) if vantad.isascii() and vantad.isdecimal() and len(vantad) < 10 else 0
    if "makulera" in request.POST:
        besked = _try(
            lambda: actions.cancel(
                type(rad),
                nu.id,
                vardgivare=[besok.vardgivare.id],
                by=besok.anvandare,
                at=besok.at,
                vantad=version,
                kallsystem=besok.handsystem,
            ),
            besok,
        )
        return _after(request, besok, slag, besked, varden=slag.show(nu), id_=nu.id, rad=rad)
    svar = slag.read(request.POST, id_=nu.id, oforandrad_patient=nu.patient_id)
    if isinstance(svar, dict):
        return _form(request, besok, slag, varden=request.POST, id_=nu.id, fel=svar, rad=rad)
    return _saved(request, besok, slag, svar, id_=nu.id, vantad=version, rad=rad)


def _saved(
    request: HttpRequest,
    besok: Besok,
    slag: Slag,
    innehall: Del | Insats,
    *,
    id_: str,
    vantad: int | None,
    rad: Any = None,
) -> HttpResponse:
    besked = _try(
        lambda: actions.report(
            innehall,
            vardgivare=[besok.vardgivare.id],
            by=besok.anvandare,
            at=besok.at,
            vantad=vantad,
            kallsystem=besok.handsystem,
        ),
        besok,
    )
    return _after(request, besok, slag, besked, varden=request.POST, id_=id_, rad=rad)


def _try(send: Callable[[], Besked], besok: Besok) -> Besked | str:
    """Send, and let the transaction see no more than before: sending widens what it sees."""
    try:
        return send()
    except UnableToReport as fault:
        return str(fault)
    finally:
        set_reach(
            alla=besok.omfang.alla,
            vardgivare=besok.omfang.vardgivare,
            enheter=besok.omfang.enheter,
        )


def _after(
    request: HttpRequest,
    besok: Besok,
    slag: Slag,
    besked: Besked | str,
    *,
    varden: Mapping[str, str],
    id_: str,
    rad: Any,
) -> HttpResponse:
    if isinstance(besked, str):
        return _form(request, besok, slag, varden=varden, id_=id_, rad=rad, fel={"": besked})
    if besked.utfall == "AVVISAD":
        fel: dict[str, str] = {}
        for fynd in besked.avvikelser:
            falt = core.field_of(fynd.pekare)
            fel[falt] = " ".join(filter(None, (fel.get(falt, ""), fynd.text, fynd.atgard)))
        return _form(request, besok, slag, varden=varden, id_=id_, rad=rad, fel=fel)
    text = {"MAKULERAD": "makulerad", "OFORANDRAD": "oförändrad"}.get(besked.utfall, "sparad")
    if slag is DELTAGANDE:
        text = {"makulerad": "makulerat", "oförändrad": "oförändrat"}.get(text, "sparat")
    messages.success(request, f"{slag.namn.capitalize()} är {text}.")
    return redirect(slag.sida, uuid=besked.uuid)


def _form(
    request: HttpRequest,
    besok: Besok,
    slag: Slag,
    *,
    varden: Mapping[str, str],
    id_: str,
    fel: Mapping[str, str] | None = None,
    rad: Any = None,
) -> HttpResponse:
    fel = fel or {}
    enheter = tuple((e.kombika, f"{e.namn} ({e.kombika})") for e in besok.vardgivare.enheter)
    falten = [
        (
            msgspec.structs.replace(falt, val=enheter) if falt.namn == "enhet" else falt,
            ""
            if falt.namn == "patient" and rad is not None and not fel
            else varden.get(falt.namn, ""),
            fel.get(falt.namn, ""),
        )
        for falt in slag.falt
    ]
    return show(
        request,
        besok,
        "samverkansformular",
        status=400 if fel else 200,
        avdelning="samverkan",
        falten=falten,
        fel=[(falt.namn, fel[falt.namn]) for falt, _, _ in falten if falt.namn in fel],
        allmant_fel=fel.get("", ""),
        rubrik=slag.nytt if rad is None else f"Rätta {slag.namn}",
        lista=slag.lista,
        rad=rad,
        id=id_,
    )


def _refused(request: HttpRequest, besok: Besok, slag: Slag) -> HttpResponse:
    return show(
        request,
        besok,
        "rapportera_saknas",
        status=403,
        avdelning="samverkan",
        rubrik=slag.nytt,
        lista=slag.lista,
    )


def _first_values(besok: Besok) -> dict[str, str]:
    enhet = besok.enhet or (besok.vardgivare.enheter[0] if besok.vardgivare.enheter else None)
    return {
        "dag": besok.dag.isoformat(),
        "enhet": enhet.kombika if enhet is not None else "",
        "avser": "PATIENT",
    }
