"""What waits and what was given up, by cause; what is parked is released here."""

from typing import Any
from urllib.parse import urlencode

import msgspec
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from ersattning.hej.core.orsaker import ORSAKER
from ersattning.hej.queries import arbetslista as hej
from ersattning.hej.queries.arbetslista import Vantan
from gvr.actions import arenden
from gvr.queries import arbetslista


class Grupp(msgspec.Struct, frozen=True, kw_only=True):
    """Contacts that wait for the same thing, with what to do about it."""

    vantan: Vantan
    titel: str
    vad: str
    atgard: str
    agare: str
    lista: str
    atgarda: str
    knapp: str


def waiting(request: HttpRequest) -> HttpResponseBase:
    """Show every cause, and release parked work for one fault."""
    if request.method == "POST":
        return _release(request)
    return TemplateResponse(
        request,
        "admin/vantar.html",
        {
            **admin.site.each_context(request),
            "title": "Väntar och parkerat",
            "grupper": [_group(rad, request) for rad in hej.waiting()],
            "parkerat": arbetslista.parked(),
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


def _group(rad: Vantan, request: HttpRequest) -> Grupp:
    orsak = ORSAKER.get(rad.orsak)
    slag, _, vad = rad.vantar_pa.partition(":")
    atgarda, knapp = _remedy(slag, vad, request)
    lista = reverse("admin:hej_kontaktlage_changelist")
    return Grupp(
        vantan=rad,
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
