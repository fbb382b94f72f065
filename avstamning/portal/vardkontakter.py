"""The contact list, what was refused, the export, and the search."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from avstamning.actions import insyn
from avstamning.core import ord as ordval
from avstamning.core import urval as urvalskarna
from avstamning.core.urval import Filterfel, Urval
from avstamning.portal.excel import Kolumn, TooManyRows, workbook
from avstamning.portal.oversikt import months_back
from avstamning.portal.sidor import Besok, fragor, show, sida
from avstamning.queries import kontakter, orsaker, ratta
from avstamning.queries.kontakter import Exportbit, Kontaktrad
from avstamning.queries.oversikt import midnight
from gvr.core import personnummer
from gvr.core.avvikelse import Avvikelse
from gvr.core.period import Manad
from gvr.queries import portal

#: The list's columns, in the order of the screen. Excel has the same, with the same names.
KOLUMNER = (
    Kolumn("Dag", "dag", 12, lambda rad: rad.dag),
    Kolumn("Tid", "tid", 8, lambda rad: rad.tid),
    Kolumn("Enhet", "text", 34, lambda rad: rad.enhet),
    Kolumn("Kombika", "text", 14, lambda rad: rad.kombika),
    Kolumn("Kontakttyp", "text", 30, lambda rad: rad.typ),
    Kolumn("Yrkeskategori", "text", 24, lambda rad: rad.yrke),
    Kolumn("Vårdhändelse", "text", 24, lambda rad: rad.vardhandelse_id),
    Kolumn("Patient", "text", 16, lambda rad: rad.patient),
    Kolumn("Status", "text", 20, lambda rad: rad.status.text),
    Kolumn("Orsak", "text", 44, lambda rad: rad.orsak),
    Kolumn("Rätta senast", "dag", 13, lambda rad: rad.senast),
    Kolumn("Produkt", "text", 24, lambda rad: rad.produkter),
    Kolumn("Exempel", "text", 10, lambda rad: "exempel" if rad.exempel else ""),
    Kolumn("Belopp (kr)", "belopp", 14, lambda rad: rad.summa),
    Kolumn("Belopp i riskzonen (kr)", "belopp", 18, lambda rad: rad.risk),
)


@require_safe
@fragor(*urvalskarna.FALT)
@sida
def listing(request: HttpRequest, besok: Besok) -> HttpResponse:
    """Show a page of contacts, with the sums of all that the filter lets through."""
    urval, fel = read_filter(request, besok)
    lista = kontakter.listing(besok.synfalt, besok.vardgivare, urval, frist=besok.frist.dag)
    _note(besok, insyn.LISTA, lista.patienter, urval)
    return show(
        request,
        besok,
        "vardkontakter",
        avdelning="vardkontakter",
        lista=lista,
        urval=urval,
        fel=fel,
        fraga=urlencode(urval.query()),
        rubrik=heading(urval, besok),
        statusord=ordval.UTFALL.values(),
        manader=[(m, urvalskarna.of_month(m)) for m in months_back(Manad.of(besok.dag), 4)],
        visar_risk=urval.utfall in ("FEL", "VANTAR"),
    )


@require_safe
@fragor(*urvalskarna.FALT)
@sida
def export(request: HttpRequest, besok: Besok) -> HttpResponseBase:
    """Download everything that the filter lets through, not only the page."""
    urval, fel = read_filter(request, besok)
    if fel:
        return redirect(f"{reverse('portal:vardkontakter')}?{request.GET.urlencode()}")
    patienter: list[str] = []
    bitar = kontakter.export(besok.synfalt, besok.vardgivare, urval, frist=besok.frist.dag)
    try:
        svar = workbook(
            blad="Vårdkontakter",
            kolumner=KOLUMNER,
            rader=_rows(bitar, patienter),
            om=about(besok, heading(urval, besok)),
            namn="Vårdkontakter",
            at=besok.at,
        )
    except TooManyRows:
        messages.error(request, "Urvalet har fler rader än ett Excel-blad rymmer. Korta perioden.")
        return redirect(f"{reverse('portal:vardkontakter')}?{urlencode(urval.query())}")
    _note(besok, insyn.EXPORT, patienter, urval)
    return svar


@require_safe
@fragor(*urvalskarna.FALT)
@sida
def refused(request: HttpRequest, besok: Besok) -> HttpResponse:
    """Show what came in but could not be registered, with every finding and what to do."""
    urval, fel = read_filter(request, besok)
    plats = urval.place
    sida_ = portal.refused(
        besok.synfalt,
        fran=midnight(urval.fran),
        till=midnight(urval.till + timedelta(days=1)),
        kod=urval.orsak,
        efter=plats[1] if plats and urval.efter else None,
        fore=plats[1] if plats and urval.fore else None,
    )
    _note(besok, insyn.AVVISADE, (), urval)
    return show(
        request,
        besok,
        "avvisade",
        avdelning="vardkontakter",
        sida=ratta.refusals(sida_, besok.vardgivare, ser_diagnos=besok.ser_patient),
        urval=urval,
        fel=fel,
        titel=orsaker.words(urval.orsak).titel if urval.orsak else "",
        manader=[(m, urvalskarna.of_month(m)) for m in months_back(Manad.of(besok.dag), 4)],
    )


@require_POST
@sida
def search(request: HttpRequest, besok: Besok) -> HttpResponse:
    """Go to the contact with this id. POST, so that what is typed is in no address and no log."""
    text = request.POST.get("sok", "").strip()[:64]
    if not isinstance(personnummer.parse(text), Avvikelse):
        messages.error(request, "Sök på vårdhändelse-id. Personnummer går inte att söka på här.")
        return redirect("portal:vardkontakter")
    funna = portal.find_contacts(besok.provider_synfalt, text) if text else ()
    if len(funna) == 1:
        return redirect("portal:vag", uuid=funna[0].uuid)
    if funna:
        return redirect(f"{reverse('portal:vardkontakter')}?{urlencode({'sok': text})}")
    messages.error(
        request,
        f"Ingen vårdkontakt hos er har vårdhändelse-id {text}. Den kan ha avvisats: se Avvisade.",
    )
    return redirect("portal:vardkontakter")


def read_filter(request: HttpRequest, besok: Besok) -> tuple[Urval, tuple[Filterfel, ...]]:
    """Read the filter of the address."""
    urval, fel = urvalskarna.parse(request.GET.dict(), day=besok.dag)
    kanda = {enhet.kombika for enhet in besok.vardgivare.enheter}
    if urval.enhet and urval.enhet not in kanda:
        fel = (*fel, Filterfel("enhet", "Enheten finns inte hos er. Välj en i listan."))
        urval = Urval(fran=urval.fran, till=urval.till, utfall=urval.utfall, orsak=urval.orsak)
    return urval, fel


def heading(urval: Urval, besok: Besok) -> str:
    """Say what the filter shows."""
    enhet = next((e.namn for e in besok.vardgivare.enheter if e.kombika == urval.enhet), "")
    orsak = orsaker.words(urval.orsak).titel if urval.orsak else ""
    return urval.in_words(enhet=enhet, orsak=orsak)


def about(besok: Besok, urval: str) -> tuple[tuple[str, str], ...]:
    """Say how a report was made."""
    return (
        ("Rapport", "Vårdkontakter ur Avstämning"),
        ("Vårdgivare", f"{besok.vardgivare.namn} ({besok.vardgivare.orgnr})"),
        ("Enhet", besok.enhet.namn if besok.enhet else "alla enheter i behörigheten"),
        ("Urval", urval),
        ("Framtagen", f"{besok.dag.isoformat()} {besok.klockslag}"),
        ("Av", besok.anvandare.get_full_name() or besok.anvandare.get_username()),
        ("Belopp", "Kronor. Beloppet i riskzonen är vad vårdkontakten senast var värd."),
        ("Patient", "Personnummer är maskerade. Uttaget är loggat med alla patienter i det."),
    )


def _rows(bitar: Iterable[Exportbit], patienter: list[str]) -> Iterator[Kontaktrad]:
    """Pass the rows on and collect whose they are."""
    for bit in bitar:
        patienter.extend(bit.patienter)
        yield from bit.rader


def _note(besok: Besok, handelse: str, patienter: Sequence[str], urval: Urval) -> None:
    insyn.record(
        by=besok.anvandare,
        handelse=handelse,
        vardgivare_id=besok.vardgivare.id,
        at=besok.at,
        patienter=patienter,
        enhet=besok.enhet.namn if besok.enhet else "",
        objekt=heading(urval, besok),
    )
