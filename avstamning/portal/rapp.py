"""Registering by hand: find the patient, fill in the form, correct and cancel.

A patient's number is asked for by POST and stands in no address: the session keeps it under a key,
so that two windows with two patients never mix, and reload and back work.
"""

import secrets
from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from avstamning.actions import insyn
from avstamning.core import blankett as blankettkarna
from avstamning.core.blankett import Blankett, Fel
from avstamning.portal.patienter import (
    Patient,
    about,
    gone,
    person,
    person_facts,
    recall,
    remember,
)
from avstamning.portal.sidor import Besok, fragor, or_404, registrering, show, sida, visit
from avstamning.queries import rapp as lasning
from avstamning.queries.rapp import Dom
from gvr.actions import rapp
from gvr.actions.vardkontakter import Resultat
from gvr.core import personnummer
from gvr.core.avvikelse import Avvikelse
from gvr.core.rapp import is_id, new_id
from gvr.core.reservnummer import is_reservnummer
from gvr.core.vardkontakt import Innehall
from gvr.queries import portal, reservnummer
from gvr.queries import rapp as register
from gvr.queries.rapp import Kontakt

SPARA: Final = "registrera"  # what the buttons of the form are called
KONTROLLERA: Final = "kontrollera"
SOK: Final = "sok"

# Finding the patient ----------------------------------------------------------------------------


@require_safe
@registrering
def start(request: HttpRequest, besok: Besok) -> HttpResponse:
    """Show the search and what was registered last."""
    return _start(request, besok)


@sensitive_post_parameters("patient")
@require_POST
@registrering
def search(request: HttpRequest, besok: Besok) -> HttpResponse:
    """Go to the patient with this number."""
    text = request.POST.get("patient", "").strip()
    svar = personnummer.parse("".join(text.split()), day=besok.dag)
    if isinstance(svar, Avvikelse):
        return _start(request, besok, status=400, skrivet=text[:20], fel=svar)
    insyn.record(
        by=besok.anvandare,
        handelse=insyn.SOKTE,
        vardgivare_id=besok.vardgivare.id,
        at=besok.at,
        patienter=(svar.nummer,),
        enhet=besok.enhet.namn if besok.enhet else "",
    )
    return redirect("portal:rapp_patient", nyckel=remember(request, besok, svar.nummer))


def _start(
    request: HttpRequest,
    besok: Besok,
    *,
    status: int = 200,
    skrivet: str = "",
    fel: Avvikelse | None = None,
) -> HttpResponse:
    rader, patienter = lasning.latest(besok.provider_synfalt, besok.vardgivare, besok.handsystem)
    insyn.record(
        by=besok.anvandare,
        handelse=insyn.HANDLAGDA,
        vardgivare_id=besok.vardgivare.id,
        at=besok.at,
        patienter=patienter,
    )
    return show(
        request,
        besok,
        "rapp",
        status=status,
        avdelning="rapp",
        utfardade=reservnummer.latest(besok.provider_synfalt),
        rader=rader,
        skrivet=skrivet,
        fel=fel,
    )


@require_safe
@registrering
def patient(request: HttpRequest, besok: Besok, nyckel: str) -> HttpResponse:
    """Show the patient's earlier contacts with the provider."""
    funnen = recall(request, besok, nyckel)
    if funnen is None:
        return gone(request)
    alla = reservnummer.numbers_of(funnen.nummer)
    rader, fler = lasning.contacts_of(besok.provider_synfalt, besok.vardgivare, alla)
    insyn.record(
        by=besok.anvandare,
        handelse=insyn.PATIENT,
        vardgivare_id=besok.vardgivare.id,
        at=besok.at,
        patienter=alla,
    )
    return show(
        request,
        besok,
        "rapp_patient",
        avdelning="rapp",
        patient=funnen,
        om=about(funnen, besok),
        rader=rader,
        fler=fler,
        andra=alla[1:],
        utfardat=reservnummer.issued(funnen.nummer),
        reserv=is_reservnummer(funnen.nummer),
        senast=next((rad for rad in rader if rad.status.kod != "MAKULERAD"), None),
    )


@require_POST
@sida
def patient_of(request: HttpRequest, besok: Besok, uuid: UUID) -> HttpResponse:
    """Go to the patient of a contact that is in view, without the number being asked for."""
    besok, kontakt = _found(request, besok, uuid)
    nyckel = remember(request, besok, kontakt.registrerad.innehall.patient_id)
    return redirect("portal:rapp_patient", nyckel=nyckel)


# The form ---------------------------------------------------------------------------------------


class Provat(msgspec.Struct, frozen=True):
    """A form that has been tried: what it says, what is wrong, and what it would give."""

    blankett: Blankett
    innehall: Innehall
    fel: tuple[Fel, ...]
    dom: Dom | None

    @property
    def stoppas(self) -> bool:
        """True when something must be mended before it can be registered."""
        return any(rad.stopp for rad in self.fel)


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@fragor("kopia")
@registrering
def new(request: HttpRequest, besok: Besok, nyckel: str) -> HttpResponse:
    """Fill in a new contact; `kopia` names an earlier one to start from."""
    funnen = recall(request, besok, nyckel)
    if funnen is None:
        return gone(request)
    kon, fodd = person_facts(funnen)
    grund = Innehall(enhet="", patient_id=funnen.nummer, dag=besok.dag, fodd=fodd, kon=kon)
    kopia = _copied(request, besok, funnen)
    if request.method == "POST":
        skrivet = _read(request)
    elif kopia is not None:
        skrivet = blankettkarna.copy_of(
            kopia.registrerad.innehall, handelse=_new_id(besok), day=besok.dag
        )
    else:
        skrivet = _empty(besok, funnen)
    return _form(request, besok, skrivet, grund=grund, patient=funnen, kopia=kopia)


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@sida
def correct(request: HttpRequest, besok: Besok, uuid: UUID) -> HttpResponse:
    """Change a contact that was registered by hand: a new version, with the reason."""
    besok, kontakt = _own(request, besok, uuid)
    nu = kontakt.registrerad
    if nu.makulerad:
        messages.error(request, "Vårdkontakten är makulerad och kan inte rättas.")
        return redirect("portal:vag", uuid=uuid)
    if request.method == "POST":
        skrivet = _read(request)
    else:
        _log_form(besok, kontakt)
        skrivet = blankettkarna.of_content(
            nu.innehall, handelse=kontakt.vardhandelse_id, vantad=nu.version
        )
    skrivet = msgspec.structs.replace(skrivet, handelse=kontakt.vardhandelse_id)
    svar = personnummer.parse(nu.innehall.patient_id)
    identitet = or_404(None if isinstance(svar, Avvikelse) else svar)
    funnen = Patient(nyckel="", identitet=identitet)
    return _form(request, besok, skrivet, grund=nu.innehall, patient=funnen, kontakt=kontakt)


@sensitive_post_parameters("orsak")
@require_http_methods(["GET", "HEAD", "POST"])
@sida
def cancel(request: HttpRequest, besok: Besok, uuid: UUID) -> HttpResponse:
    """Ask whether a contact is to be withdrawn, and why; then withdraw it."""
    besok, kontakt = _own(request, besok, uuid)
    if kontakt.registrerad.makulerad:
        messages.error(request, "Vårdkontakten är redan makulerad.")
        return redirect("portal:vag", uuid=uuid)
    fel: tuple[Fel, ...] = ()
    orsak = ""
    version = str(kontakt.registrerad.version)
    if request.method == "POST":
        orsak = request.POST.get("orsak", "").strip()[:500]
        version = request.POST.get("vantad", "")
        fel = blankettkarna.judge_reason(orsak)
        if not fel:
            resultat = rapp.cancel(
                vardhandelse_id=kontakt.vardhandelse_id,
                vantad=_number(version),
                orsak=orsak,
                by=person(besok),
                at=besok.at,
            )
            if rapp.kept(resultat):
                messages.success(request, "Vårdkontakten är makulerad.")
                return redirect("portal:vag", uuid=uuid)
            fel = _refused(resultat, Blankett())
    else:
        _log_form(besok, kontakt)
    return show(
        request,
        besok,
        "rapp_makulera",
        status=400 if fel else 200,
        avdelning="rapp",
        uuid=uuid,
        kontakt=kontakt,
        innehall=kontakt.registrerad.innehall,
        titel=lasning.title_of(kontakt.registrerad.innehall),
        enhet=besok.unit(kontakt.registrerad.enhet_id),
        vantad=version,
        orsak=orsak,
        fel=fel,
    )


def _form(
    request: HttpRequest,
    besok: Besok,
    skrivet: Blankett,
    *,
    grund: Innehall,
    patient: Patient,
    kontakt: Kontakt | None = None,
    kopia: Kontakt | None = None,
) -> HttpResponse:
    """Try the form, register it when that was asked for and nothing stops it, else show it."""
    knapp = request.POST.get("gor", "") if request.method == "POST" else ""
    skrivet = blankettkarna.press(skrivet, knapp)
    dag = skrivet.day or besok.dag
    if knapp == KONTROLLERA or knapp.startswith(SOK):
        skrivet = blankettkarna.take_exact(
            skrivet, lambda verk, kod: lasning.is_valid(dag, verk, kod)
        )
    provat = _try(besok, skrivet, grund, kontakt)
    sparar = knapp == SPARA
    if sparar:
        provat = _with(provat, blankettkarna.unfinished(skrivet))
    if sparar and kontakt is not None:
        provat = _with(provat, blankettkarna.judge_reason(skrivet.orsak))
    if sparar and not provat.stoppas:
        resultat = _save(besok, skrivet, provat.innehall, kontakt)
        if rapp.kept(resultat) and not (kontakt is not None and rapp.unchanged(resultat)):
            messages.success(request, _done(resultat, kontakt))
            return redirect("portal:vag", uuid=resultat.uuid)
        provat = _with(provat, _refused(resultat, skrivet, rattar=kontakt is not None))
    return show(
        request,
        besok,
        "rapp_blankett",
        status=400 if sparar else 200,
        avdelning="rapp",
        b=skrivet,
        val=lasning.choices(skrivet, besok.vardgivare, day=besok.dag),
        prov=provat,
        fel=_beside(provat, alla=sparar),
        saknas=[rad for rad in provat.fel if rad.saknas and rad.stopp],
        sparar=sparar,
        fokus=_focus(knapp),
        patient=patient,
        om=about(patient, besok),
        kontakt=kontakt,
        kopia=kopia,
        rubriker=blankettkarna.RUBRIKER,
    )


def _try(besok: Besok, skrivet: Blankett, grund: Innehall, kontakt: Kontakt | None) -> Provat:
    enheter = [enhet.kombika for enhet in besok.vardgivare.enheter]
    innehall, fel = blankettkarna.as_content(skrivet, grund, enheter=enheter)
    if any(rad.falt in {"dag", "enhet", "form"} for rad in fel):
        fel += blankettkarna.findings(lasning.check(innehall, day=besok.dag), skrivet)
        return Provat(skrivet, innehall, blankettkarna.in_order(fel), None)
    resultat = rapp.rehearse(
        innehall,
        vardhandelse_id=skrivet.handelse,
        vantad=None if kontakt is None else _number(skrivet.vantad),
        by=person(besok),
        at=besok.at,
    )
    fel += blankettkarna.findings(resultat.avvikelser, skrivet)
    nyckel = (besok.handsystem, skrivet.handelse)
    dom = (
        lasning.verdict(resultat.ersattning, innehall, nyckel)
        if resultat.ersattning is not None
        else None
    )
    return Provat(skrivet, innehall, blankettkarna.in_order(fel), dom)


def _save(besok: Besok, skrivet: Blankett, innehall: Innehall, kontakt: Kontakt | None) -> Resultat:
    if kontakt is None:
        return rapp.register(
            innehall, vardhandelse_id=skrivet.handelse, by=person(besok), at=besok.at
        )
    return rapp.correct(
        innehall,
        vardhandelse_id=kontakt.vardhandelse_id,
        vantad=_number(skrivet.vantad),
        orsak=skrivet.orsak,
        by=person(besok),
        at=besok.at,
    )


def _done(resultat: Resultat, kontakt: Kontakt | None) -> str:
    if kontakt is not None:
        return "Rättelsen är registrerad."
    if rapp.unchanged(resultat):
        return "Vårdkontakten var redan registrerad."
    return "Vårdkontakten är registrerad."


def _refused(resultat: Resultat, skrivet: Blankett, *, rattar: bool = False) -> tuple[Fel, ...]:
    """Return why the register did not take it."""
    if rattar and rapp.unchanged(resultat):
        return (Fel(falt="", text="Du har inte ändrat något.", atgard="Ändra det som är fel."),)
    fel = blankettkarna.findings(resultat.avvikelser, skrivet)
    return fel or (Fel(falt="", text="Det gick inte just nu.", atgard="Försök igen."),)


def _with(provat: Provat, fel: Sequence[Fel]) -> Provat:
    return msgspec.structs.replace(provat, fel=blankettkarna.in_order((*provat.fel, *fel)))


def _beside(provat: Provat, *, alla: bool) -> dict[str, list[Fel]]:
    """Return what to show at each field: what is not filled in yet is no fault before saving."""
    svar: dict[str, list[Fel]] = {}
    for rad in provat.fel:
        if alla or not rad.saknas:
            svar.setdefault(rad.falt or "allmant", []).append(rad)
    return svar


def _focus(knapp: str) -> str:
    """Return the field to go on in after a button."""
    vad, _, rest = knapp.partition(":")
    return rest.partition(":")[0] if vad in ("lagg", "bort", "forst", SOK) else ""


def _read(request: HttpRequest) -> Blankett:
    skrivet = blankettkarna.read(request.POST.getlist)
    if not is_id(skrivet.handelse):
        raise PermissionDenied
    return skrivet


def _empty(besok: Besok, funnen: Patient) -> Blankett:
    """Return a new form: today, the chosen or only unit, and where the patient lived last time."""
    enheter = besok.vardgivare.enheter
    enhet = besok.enhet or (enheter[0] if len(enheter) == 1 else None)
    utfardat = reservnummer.issued(funnen.nummer)
    return Blankett(
        handelse=_new_id(besok),
        enhet=enhet.kombika if enhet else "",
        dag=besok.dag.isoformat(),
        lkf=register.last_lkf(besok.provider_synfalt, reservnummer.numbers_of(funnen.nummer)),
        lma_nummer=utfardat.lma_nummer if utfardat else "",
        fodd=utfardat.fodd.isoformat() if utfardat and utfardat.fodd else "",
    )


def _new_id(besok: Besok) -> str:
    return new_id(besok.dag, secrets.choice)


def _copied(request: HttpRequest, besok: Besok, funnen: Patient) -> Kontakt | None:
    """Return the contact to start from: one of the same patient's, in view."""
    text = request.GET.get("kopia", "")
    if not text:
        return None
    try:
        uuid = UUID(text)
    except ValueError as fel:
        raise Http404 from fel
    kontakt: Kontakt = or_404(register.contact(besok.provider_synfalt, uuid))
    if kontakt.registrerad.innehall.patient_id not in reservnummer.numbers_of(funnen.nummer):
        return None
    if request.method != "POST":
        _log_form(besok, kontakt)
    return kontakt


def _number(text: str) -> int:
    """Return the version that a form was made from; 1 000 000 000 where it has been altered."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 10**9


def _log_form(besok: Besok, kontakt: Kontakt) -> None:
    insyn.record(
        by=besok.anvandare,
        handelse=insyn.BLANKETT,
        vardgivare_id=besok.vardgivare.id,
        at=besok.at,
        patienter=(kontakt.registrerad.innehall.patient_id,),
        enhet=besok.unit_name(kontakt.registrerad.enhet_id),
        objekt=f"vårdkontakt {kontakt.uuid}",
    )


def _found(request: HttpRequest, besok: Besok, uuid: UUID) -> tuple[Besok, Kontakt]:
    """Find the contact and the provider whose it is, which may be another than the one chosen."""
    agare = portal.owner_of_contact(uuid)
    if agare is not None and agare != besok.vardgivare.id:
        besok = or_404(visit(request, agare))
    kontakt = or_404(register.contact(besok.provider_synfalt, uuid))
    if not besok.far_registrera:
        raise PermissionDenied
    return besok, kontakt


def _own(request: HttpRequest, besok: Besok, uuid: UUID) -> tuple[Besok, Kontakt]:
    """Find a contact that may be changed here: one that was registered by hand here."""
    besok, kontakt = _found(request, besok, uuid)
    if kontakt.kallsystem != besok.handsystem:
        raise PermissionDenied
    return besok, kontakt
