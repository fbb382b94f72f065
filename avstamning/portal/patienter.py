"""The patient that a page is about. A number stands in no address: the session keeps it by a key.

Two windows with two patients never mix that way, and reload and back work.
"""

import secrets
from datetime import date
from typing import Any, Final

import msgspec
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from avstamning.portal.sidor import Besok
from gvr.actions.rapp import Handlaggare
from gvr.core import personnummer
from gvr.core.avvikelse import Avvikelse
from gvr.core.personnummer import Identitet
from gvr.core.reservnummer import is_reservnummer
from gvr.queries import reservnummer

NYCKEL: Final = "registrera"  # of the session: key -> [number, provider]
FLEST_PATIENTER: Final = 30

#: The patient is somebody whose name is nowhere in the system: number, age and sex is all there is.
KON: Final = {"K": "kvinna", "M": "man"}


class Patient(msgspec.Struct, frozen=True, kw_only=True):
    """The patient that a page is about, and under which key of the session."""

    nyckel: str
    identitet: Identitet

    @property
    def nummer(self) -> str:
        """The number in twelve digits."""
        return self.identitet.nummer


def remember(request: HttpRequest, besok: Besok, nummer: str) -> str:
    """Keep the number in the session and return its key; the oldest numbers are forgotten."""
    plats = [nummer, besok.vardgivare.id]
    minne: dict[str, Any] = request.session.get(NYCKEL, {})
    nyckel = next((n for n, varde in minne.items() if varde == plats), secrets.token_urlsafe(9))
    minne.pop(nyckel, None)
    minne[nyckel] = plats
    request.session[NYCKEL] = dict(list(minne.items())[-FLEST_PATIENTER:])
    return nyckel


def recall(request: HttpRequest, besok: Besok, nyckel: str) -> Patient | None:
    """Return the patient under the key, None when it is forgotten or another provider's."""
    nummer, vardgivare_id = request.session.get(NYCKEL, {}).get(nyckel, ("", None))
    svar = personnummer.parse(nummer, day=besok.dag)
    if isinstance(svar, Avvikelse) or vardgivare_id != besok.vardgivare.id:
        return None
    return Patient(nyckel=nyckel, identitet=svar)


def gone(request: HttpRequest) -> HttpResponse:
    messages.error(request, "Sökningen är för gammal. Sök patienten igen.")
    return redirect("portal:rapp")


def about(funnen: Patient, besok: Besok) -> str:
    """Say what is known of the patient: sex, and age today."""
    kon, fodd = person_facts(funnen)
    delar = [KON.get(kon or "", "")]
    if fodd is not None:
        delar.append(f"{personnummer.age_on(fodd, besok.dag)} år")
    return ", ".join(del_ for del_ in delar if del_) or "kön och ålder okända"


def person_facts(funnen: Patient) -> tuple[str | None, date | None]:
    """Return sex and birthday: of the number, or as told when the reservnummer was issued."""
    utfardat = reservnummer.issued(funnen.nummer) if is_reservnummer(funnen.nummer) else None
    if utfardat is not None:
        return utfardat.kon, utfardat.fodd
    return funnen.identitet.kon, funnen.identitet.fodd


def person(besok: Besok) -> Handlaggare:
    return Handlaggare(anvandare=besok.anvandare, vardgivare_id=besok.vardgivare.id)
