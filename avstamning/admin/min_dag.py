"""The front page: what waits for the person who has logged in, and the chain in five steps."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from avstamning.admin import kontroll
from avstamning.core import tystnad
from ersattning.ersmo.queries import arbetslista as ersmo
from ersattning.hej.core.orsaker import ORSAKER
from ersattning.hej.queries import arbetslista as hej
from ersattning.vardfaktura.queries import kalender
from gvr.bas import Status
from gvr.queries import arbetslista
from gvr.queries import kalender as helger
from gvr.queries import rytm as rytmfragor
from gvr.queries.publiceringar import Vantande

AVTAL_SLUTAR_INOM = timedelta(days=60)
#: How many rows of each kind the front page shows; the rest are a click away.
VISA = 5


class Uppgift(msgspec.Struct, frozen=True):
    """A line of the work list: what, a few more words, where to go."""

    text: str
    mer: str
    adress: str


class Ruta(msgspec.Struct, frozen=True, kw_only=True):
    """A box of the work list. `slag` colours its number: ok, vanta, ratta or info."""

    namn: str
    rubrik: str
    antal: int
    slag: str
    rader: tuple[Uppgift, ...]
    inget: str
    adress: str = ""
    fler: str = ""


def add_worklist(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add the work list to the front page, each box only for those whose work it is."""
    nu = timezone.now()
    user = request.user
    rutor = []
    if any(user.has_perm(kod) for kod in _FATTA_BESLUT):
        rutor.append(_approvals(request))
    if user.has_perm("hej.view_kontaktlage"):
        rutor.append(_waiting())
    if user.has_perm("gvr.view_arende"):
        rutor.append(_parked())
    if user.has_perm("gvr.view_avtal"):
        rutor.append(_contracts(nu))
    if user.has_perm("gvr.view_maskinkonto"):
        rutor.append(_silent(nu))
    if user.has_perm("hej.view_post"):
        rutor.append(_light(request))
    frist = kalender.deadline(timezone.localdate(nu))
    return {**context, "rutor": rutor, "frist": frist, "steg": _steps(context)}


_FATTA_BESLUT = (
    "ersmo.approve_regelpaket",
    "ersmo.publish_regelpaket",
    "hej.approve_prislista",
    "hej.publish_prislista",
)


def _approvals(request: HttpRequest) -> Ruta:
    user = request.user
    vantar: list[Vantande] = []
    for rader, modell in (
        (ersmo.for_approval(), "ersmo.{}_regelpaket"),
        (hej.for_approval(), "hej.{}_prislista"),
    ):
        for rad in rader:
            verb = "approve" if rad.status == Status.INLAMNAD else "publish"
            egen = verb == "approve" and user.pk in rad.skrivna_av
            if user.has_perm(modell.format(verb)) and not egen:
                vantar.append(rad)
    return Ruta(
        namn="godkanna",
        rubrik="Väntar på dig",
        antal=len(vantar),
        slag="vanta" if vantar else "ok",
        rader=tuple(
            Uppgift(
                f"{rad.slag}: {rad.namn}, version {rad.version}",
                (
                    f"Inlämnad av {rad.av}"
                    if rad.status == Status.INLAMNAD
                    else "Godkänd, kan publiceras"
                ),
                reverse(f"admin:{rad.tabell}_change", args=[rad.id]),
            )
            for rad in vantar[:VISA]
        ),
        inget="Inget regelpaket och ingen prislista väntar på ditt godkännande.",
    )


def _waiting() -> Ruta:
    rader = hej.waiting()
    return Ruta(
        namn="vantar",
        rubrik="Vårdkontakter som väntar på regionen",
        antal=sum(rad.antal for rad in rader),
        slag="ratta" if rader else "ok",
        rader=tuple(
            Uppgift(
                f"{reason(rad.orsak)}: {rad.vantar_pa.partition(':')[2] or rad.vantar_pa}",
                f"{rad.antal} vårdkontakter sedan {rad.forsta_dag}",
                f"{reverse('admin:hej_kontaktlage_changelist')}?vantar_pa={rad.vantar_pa}",
            )
            for rad in rader[:VISA]
        ),
        inget="Ingen vårdkontakt väntar på enhet, avtal, regel eller pris.",
        adress=reverse("admin:vantar"),
        fler="Alla orsaker",
    )


def _parked() -> Ruta:
    rader = arbetslista.parked()
    ko, aldst = arbetslista.queue()
    vantan = f" Kön: {min(ko, 10_000)}{' eller fler' if ko > 10_000 else ''}." if ko else ""
    if aldst is not None:
        vantan += f" Äldst sedan {timezone.localtime(aldst):%Y-%m-%d %H.%M}."
    return Ruta(
        namn="parkerat",
        rubrik="Parkerat efter fel",
        antal=sum(rad.antal for rad in rader),
        slag="ratta" if rader else "ok",
        rader=tuple(
            Uppgift(rad.fel[:120], f"{rad.antal} vårdkontakter", reverse("admin:vantar"))
            for rad in rader[:VISA]
        ),
        inget=f"Inget är parkerat.{vantan}",
        adress=reverse("admin:vantar"),
        fler="Väntar och parkerat",
    )


def _contracts(nu: datetime) -> Ruta:
    idag = timezone.localdate(nu)
    rader = arbetslista.ending_contracts(fran=idag, till=idag + AVTAL_SLUTAR_INOM)
    return Ruta(
        namn="avtal",
        rubrik=f"Avtal som slutar inom {AVTAL_SLUTAR_INOM.days} dagar",
        antal=len(rader),
        slag="vanta" if rader else "ok",
        rader=tuple(
            Uppgift(
                f"{rad.ada_nummer} {rad.vardgivare}",
                f"{rad.avtalsomrade}, sista dag {rad.sista_dag}",
                reverse("admin:gvr_avtal_change", args=[rad.id]),
            )
            for rad in rader[:VISA]
        ),
        inget="Inget avtal slutar utan fortsättning.",
    )


def _silent(nu: datetime) -> Ruta:
    tysta = []
    vanor = rytmfragor.learnt()
    helgdagar = helger.around(timezone.localdate(nu))
    for rad in arbetslista.sender_times(day=timezone.localdate(nu)):
        if not rad.tider:
            continue
        rytm = tystnad.rhythm(rad.tider, at=nu, vana=vanor.get(rad.konto_id), helgdagar=helgdagar)
        if rytm.tyst:
            tysta.append((rad, rytm))
    return Ruta(
        namn="tysta",
        rubrik="Tysta avsändare",
        antal=len(tysta),
        slag="ratta" if tysta else "ok",
        rader=tuple(
            Uppgift(
                rad.namn,
                f"Hördes senast {timezone.localtime(rytm.senaste):%Y-%m-%d %H.%M}, "
                f"brukar höras {rytm.paus_i_ord}",
                reverse("admin:gvr_maskinkonto_change", args=[rad.konto_id]),
            )
            for rad, rytm in tysta[:VISA]
        ),
        inget="Alla avsändare hörs som de brukar.",
    )


def _light(request: HttpRequest) -> Ruta:
    senaste = kontroll.latest(request)
    if senaste is None:
        return Ruta(
            namn="kontroll",
            rubrik="Går pengarna ihop?",
            antal=0,
            slag="info",
            rader=(),
            inget="Inte kontrollerat sedan du loggade in.",
            adress=reverse("admin:kontroll"),
            fler="Kontrollera",
        )
    return Ruta(
        namn="kontroll",
        rubrik="Går pengarna ihop?",
        antal=senaste.brott,
        slag="ratta" if senaste.brott else "ok",
        rader=(),
        inget=(
            f"{senaste.brott} skillnader"
            if senaste.brott
            else f"Ja, {senaste.antal} av {senaste.antal} kontroller stämmer"
        )
        + f" ({timezone.localtime(senaste.tid):%Y-%m-%d kl. %H.%M}).",
        adress=reverse("admin:kontroll"),
        fler="Se kontrollerna",
    )


def reason(kod: str) -> str:
    """Return the title of a reason."""
    orsak = ORSAKER.get(kod)
    return orsak.titel if orsak is not None else kod


def _steps(context: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the sections of the chain, then the rest."""
    return [
        {
            "namn": sektion["name"],
            "rader": [
                (str(rad["name"])[:1].upper() + str(rad["name"])[1:], rad["admin_url"])
                for rad in sektion["models"]
                if rad["admin_url"]
            ],
        }
        for sektion in context["app_list"]
    ]
