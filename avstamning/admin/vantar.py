"""What waits and what was given up, by cause; both are acted on here.

What waits is tried again by itself until it has waited too long. Then a person decides: try it
again, or no payment, with a reason that stays.
"""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import msgspec
from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from ersattning.hej.actions import avgoranden
from ersattning.hej.core.orsaker import ORSAKER
from ersattning.hej.queries import parkerade
from ersattning.hej.queries.parkerade import Vantegrupp
from gvr.actions import arenden
from gvr.admin.bas import Skal
from gvr.queries import arbetslista


class Avgorandeform(forms.Form):
    """Why contacts that have waited too long give no payment."""

    skal = Skal(label="Skäl")


class Grupp(msgspec.Struct, frozen=True, kw_only=True):
    """Contacts that wait for the same thing, with what to do about it."""

    vantan: Vantegrupp
    dagar: int
    titel: str
    vad: str
    atgard: str
    agare: str
    lista: str
    atgarda: str
    knapp: str


def waiting(request: HttpRequest) -> HttpResponseBase:
    """Show every cause, and act on one: release, try again, settle, or take back."""
    if request.method == "POST":
        return _ACTS.get(request.POST.get("atgard", ""), _release)(request)
    nu = timezone.now()
    return TemplateResponse(
        request,
        "admin/vantar.html",
        {
            **admin.site.each_context(request),
            "title": "Väntar och parkerat",
            "grupper": [_group(rad, request, nu) for rad in parkerade.groups(at=nu)],
            "parkerat": arbetslista.parked(),
            "avgjort": parkerade.settlements(),
            "dagar": settings.PARKERING_DAGAR,
            "far_avgora": request.user.has_perm("hej.avgor"),
            "far_slappa": request.user.has_perm("gvr.slappa_arende"),
        },
    )


def _release(request: HttpRequest) -> HttpResponseBase:
    if not request.user.has_perm("gvr.slappa_arende"):
        raise PermissionDenied
    kontakter = arbetslista.parked_contacts(request.POST.get("fel", ""))
    arenden.release(kontakter)
    arenden.ring()
    messages.success(request, f"{len(kontakter)} vårdkontakter prövas igen.")
    return HttpResponseRedirect(reverse("admin:vantar"))


def _offer(request: HttpRequest) -> HttpResponseBase:
    if not request.user.has_perm("gvr.slappa_arende"):
        raise PermissionDenied
    antal = avgoranden.offer_again(**_waited_for(request), at=timezone.now())
    messages.success(request, f"{antal} vårdkontakter prövas igen.")
    return HttpResponseRedirect(reverse("admin:vantar"))


def _settle(request: HttpRequest) -> HttpResponseBase:
    form = Avgorandeform(request.POST)
    if not request.user.has_perm("hej.avgor"):
        raise PermissionDenied
    if not form.is_valid():
        for fel in form.errors.get("skal", []):
            messages.error(request, f"Inget är avgjort. {fel}")
        return HttpResponseRedirect(reverse("admin:vantar"))
    antal = avgoranden.settle(
        **_waited_for(request),
        skal=form.cleaned_data["skal"],
        by=request.user,
        at=timezone.now(),
    )
    messages.success(request, f"{antal} vårdkontakter är avgjorda utan ersättning.")
    return HttpResponseRedirect(reverse("admin:vantar"))


def _take_back(request: HttpRequest) -> HttpResponseBase:
    if not request.user.has_perm("hej.avgor"):
        raise PermissionDenied
    tid = parse_datetime(request.POST.get("tid", ""))
    antal = 0
    if tid is not None and timezone.is_aware(tid):
        antal = avgoranden.take_back(
            avgjort_av=request.POST.get("avgjort_av", ""),
            tid=tid,
            skal="Ångrat",
            by=request.user,
            at=timezone.now(),
        )
    messages.success(request, f"{antal} avgöranden är tillbakatagna. De prövas igen.")
    return HttpResponseRedirect(reverse("admin:vantar"))


def _waited_for(request: HttpRequest) -> dict[str, str]:
    return {namn: request.POST.get(namn, "") for namn in ("vantar_pa", "orsak")}


_ACTS = {"prova": _offer, "avgor": _settle, "angra": _take_back}


def _group(rad: Vantegrupp, request: HttpRequest, nu: datetime) -> Grupp:
    orsak = ORSAKER.get(rad.orsak)
    slag, _, vad = rad.vantar_pa.partition(":")
    atgarda, knapp = _remedy(slag, vad, request)
    lista = reverse("admin:hej_kontaktlage_changelist")
    return Grupp(
        vantan=rad,
        dagar=(nu - rad.aldst).days,
        titel=orsak.titel if orsak else rad.orsak,
        vad=vad or rad.vantar_pa,
        atgard=orsak.atgard if orsak else "",
        agare="Regionen" if orsak and orsak.agare == "REGION" else "Vårdgivaren",
        lista=f"{lista}?{urlencode({'vantar_pa': rad.vantar_pa})}",
        atgarda=atgarda,
        knapp=knapp,
    )


def _remedy(slag: str, vad: str, request: HttpRequest) -> tuple[str, str]:
    """Return where the cause is mended, for those who may mend it."""
    vagar: dict[str, tuple[str, str, dict[str, Any], str]] = {
        "ENHET": ("gvr.add_enhet", "gvr_enhet_add", {"kombika": vad}, "Lägg upp enheten"),
        "UPPDRAG": (
            "gvr.add_enhetsuppdrag",
            "gvr_enhetsuppdrag_add",
            {},
            "Koppla enheten till ett uppdrag",
        ),
        "AVTAL": ("gvr.change_uppdrag", "gvr_uppdrag_changelist", {"q": vad}, "Se uppdraget"),
        "REGELPAKET": ("ersmo.add_regelpaket", "ersmo_regelpaket_changelist", {}, "Regelpaket"),
        "PRIS": ("hej.add_prislista", "hej_prislista_changelist", {}, "Prislistor"),
    }
    if slag not in vagar:
        return "", ""
    behorighet, vy, val, knapp = vagar[slag]
    if not request.user.has_perm(behorighet):
        return "", ""
    fraga = f"?{urlencode(val)}" if val else ""
    return f"{reverse(f'admin:{vy}')}{fraga}", knapp
