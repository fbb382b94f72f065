"""The contact list, its export, and the way of one contact."""

from collections.abc import Iterator, Mapping
from datetime import date, time
from decimal import Decimal
from uuid import UUID

import msgspec

from avstamning.core import ord as ordval
from avstamning.core import urval as urvalskarna
from avstamning.core.ord import Statusord
from avstamning.core.urval import Urval
from avstamning.queries import orsaker
from ersattning.ersmo.core.orsaker import Orsak
from ersattning.hej.queries import lagen, priser
from ersattning.hej.queries.lagen import Lagesrad, Lagesurval, Plats, Summering
from gvr.core.period import Period
from gvr.core.personnummer import mask
from gvr.queries import koder, portal
from gvr.queries.portal import Kontaktuppgift, Synfalt, Vardgivarval

#: The most rows that are summed when the selection is longer than a month.
TAK = 10_000
#: Rows per page, and contacts per chunk of an export.
SIDA = 25
CHUNK = 10_000

KODVERK = ("BTYP", "VKTYP", "VDG", "TAXA", "OPKOD")
REGELVERK = ("AKUT", "LAN", "UPPDRAGSTYP", "IKOD", "UKOD", "VPLAN", "TILLSTAND")

FORM = {
    "OPPENVARD": "Öppenvård",
    "HEMSJUKVARD": "Hemsjukvård",
    "SLUTENVARD": "Slutenvård",
}


class Kontaktrad(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the list, the export and the drill-down: the same columns everywhere.

    `risk` is what a contact that needs correction was worth before, None when it never was.
    `patient` is masked.
    """

    uuid: UUID
    dag: date
    tid: time | None
    enhet: str
    kombika: str
    typ: str
    yrke: str
    vardhandelse_id: str
    patient: str
    status: Statusord
    orsak: str
    produkter: str
    summa: Decimal
    risk: Decimal | None
    senast: date | None
    exempel: bool


class Lista(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the list with the sums of the whole selection and the patients it shows."""

    rader: tuple[Kontaktrad, ...]
    summering: Summering
    nyare: str
    aldre: str
    patienter: tuple[str, ...]
    produkter: tuple[str, ...]
    orsaker: tuple[Orsak, ...]
    under_behandling: int


def listing(synfalt: Synfalt, vardgivare: Vardgivarval, urval: Urval, *, frist: date) -> Lista:
    """Return a page of the contact list."""
    valt = selection(synfalt, vardgivare, urval)
    plats = urval.place
    sida = lagen.page(
        synfalt,
        valt,
        efter=Plats(*plats) if plats and urval.efter else None,
        fore=Plats(*plats) if plats and urval.fore else None,
        size=SIDA,
    )
    texter = code_texts()
    avtal = portal.contracts(synfalt.vardgivare_id)
    egna = orsaker.catalogue(avtal, urval.till)
    breda = portal.wide_rows(synfalt, [(rad.kontakt_id, rad.version) for rad in sida.rader])
    par = [(rad, breda[rad.kontakt_id]) for rad in sida.rader if rad.kontakt_id in breda]
    bara_period = Urval(fran=urval.fran, till=urval.till) == msgspec.structs.replace(
        urval, efter="", fore=""
    )
    return Lista(
        rader=tuple(_row(rad, bred, vardgivare, texter, egna, frist) for rad, bred in par),
        summering=lagen.total(synfalt, valt, tak=None if urval.summed_exactly else TAK),
        nyare=_place(sida.nyare),
        aldre=_place(sida.aldre),
        patienter=tuple(bred.patient_id for _, bred in par),
        produkter=priser.product_codes(avtal, Period.inclusive(urval.fran, urval.till)),
        orsaker=tuple(sorted(egna.values(), key=lambda orsak: orsak.titel)),
        under_behandling=(lagen.undecided(synfalt, urval.period, limit=TAK) if bara_period else 0),
    )


class Exportbit(msgspec.Struct, frozen=True):
    """A chunk of an export, with the patients in it."""

    rader: tuple[Kontaktrad, ...]
    patienter: tuple[str, ...]


def export(
    synfalt: Synfalt, vardgivare: Vardgivarval, urval: Urval, *, frist: date
) -> Iterator[Exportbit]:
    """Go through the whole selection in chunks, newest first: two statements a chunk."""
    texter = code_texts()
    egna = orsaker.catalogue(portal.contracts(synfalt.vardgivare_id), urval.till)
    valt = selection(synfalt, vardgivare, urval)
    for chunk in lagen.stream(synfalt, valt, size=CHUNK):
        breda = portal.wide_rows(synfalt, [(rad.kontakt_id, rad.version) for rad in chunk])
        par = [(rad, breda[rad.kontakt_id]) for rad in chunk if rad.kontakt_id in breda]
        yield Exportbit(
            tuple(_row(rad, bred, vardgivare, texter, egna, frist) for rad, bred in par),
            tuple(bred.patient_id for _, bred in par),
        )


def selection(synfalt: Synfalt, vardgivare: Vardgivarval, urval: Urval) -> Lagesurval:
    """Translate the filter of the address: a unit is its dated rows, a search its contacts."""
    enheter = None
    if urval.enhet:
        enheter = next(
            (val.ids for val in vardgivare.enheter if val.kombika == urval.enhet), frozenset[int]()
        )
    kontakter = None
    if urval.sok:
        kontakter = tuple(rad.id for rad in portal.find_contacts(synfalt, urval.sok))
    return Lagesurval(
        period=urval.period,
        enheter=enheter,
        utfall=urval.utfall,
        orsak=urval.orsak,
        vantar_pa=urval.vantar_pa,
        produktkod=urval.produkt,
        kontakter=kontakter,
    )


def code_texts() -> Mapping[tuple[str, str], str]:
    """Return the texts of the codes that screens show, by code system and code."""
    return koder.texts(*KODVERK)


def texts_by_system() -> dict[str, dict[str, str]]:
    """Return the texts of the codes that rules ask for, by code system."""
    texter: dict[str, dict[str, str]] = {}
    for (verk, kod), text in koder.texts(*KODVERK, *REGELVERK).items():
        texter.setdefault(verk, {})[kod] = text
    return texter


def contact_type(bred: Kontaktuppgift, texter: Mapping[tuple[str, str], str]) -> str:
    """Say what kind of contact it is: besökstyp, else vårdkontakttyp, else the form of care."""
    for verk, kod in (("BTYP", bred.btyp), ("VKTYP", bred.vktyp)):
        if kod:
            return texter.get((verk, kod)) or f"{_KODNAMN[verk]} {kod}"
    return FORM.get(bred.form, bred.form)


_KODNAMN = {"BTYP": "Besökstyp", "VKTYP": "Vårdkontakttyp"}


def profession(bred: Kontaktuppgift, texter: Mapping[tuple[str, str], str]) -> str:
    """Say who met the patient: the first yrkeskategori, and how many more."""
    if not bred.yrkeskategorier:
        return "–"
    kod = bred.yrkeskategorier[0]
    namn = texter.get(("VDG", kod)) or f"Yrkeskategori {kod}"
    fler = len(bred.yrkeskategorier) - 1
    return f"{namn} + {fler}" if fler else namn


def reason_text(rad: Lagesrad, egna: Mapping[str, Orsak]) -> str:
    """Say why there is no money, in a few words; empty when there is money."""
    if not rad.orsak:
        return ""
    titel = orsaker.words(rad.orsak, egna).titel
    return f"{titel}: {urvalskarna.waited_for(rad.vantar_pa)}" if rad.vantar_pa else titel


def _row(
    rad: Lagesrad,
    bred: Kontaktuppgift,
    vardgivare: Vardgivarval,
    texter: Mapping[tuple[str, str], str],
    egna: Mapping[str, Orsak],
    frist: date,
) -> Kontaktrad:
    enhet = next((val for val in vardgivare.enheter if rad.enhet_id in val.ids), None)
    return Kontaktrad(
        uuid=bred.uuid,
        dag=rad.dag,
        tid=bred.tid,
        enhet=enhet.namn if enhet else "Okänd enhet",
        kombika=enhet.kombika if enhet else "",
        typ=contact_type(bred, texter),
        yrke=profession(bred, texter),
        vardhandelse_id=bred.vardhandelse_id,
        patient=mask(bred.patient_id),
        status=ordval.outcome(rad.utfall),
        orsak=reason_text(rad, egna),
        produkter=", ".join(rad.produkter),
        summa=rad.summa,
        risk=rad.tidigare,
        senast=frist if rad.utfall == "FEL" else None,
        exempel=rad.exempel,
    )


def _place(plats: Plats | None) -> str:
    return urvalskarna.write_place(plats.dag, plats.kontakt_id) if plats else ""
