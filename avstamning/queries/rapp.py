"""Registering by hand: a patient's contacts, the codes to choose from, the verdict in words."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from avstamning.core import ord as ordval
from avstamning.core.blankett import UPPSLAGNA, Blankett
from avstamning.core.ord import Statusord
from avstamning.core.urval import waited_for
from avstamning.queries import orsaker
from avstamning.queries.flikar import NOTER
from avstamning.queries.kontakter import code_texts, contact_type, profession
from ersattning import kedja
from ersattning.ersmo.core.orsaker import Orsak
from ersattning.ersmo.queries import regelpaket
from ersattning.hej.queries import lagen, priser
from ersattning.hej.queries.lagen import Lagesrad
from gvr.core import kontroll
from gvr.core.avvikelse import Avvikelse
from gvr.core.personnummer import mask
from gvr.core.rapp import by_hand
from gvr.core.vardkontakt import Innehall
from gvr.queries import koder, rapp
from gvr.queries.portal import Kontaktuppgift, Synfalt, Vardgivarval
from gvr.queries.rapp import Kontaktrad

# Contacts ---------------------------------------------------------------------------------------


class Patientrad(msgspec.Struct, frozen=True, kw_only=True):
    """A contact in a list. `egen` says that it was registered by hand."""

    uuid: UUID
    dag: date
    tid: time | None
    enhet: str
    typ: str
    yrke: str
    diagnoser: str
    patient: str
    vardhandelse_id: str
    system: str
    egen: bool
    status: Statusord
    summa: Decimal | None
    registrerad_av: str


def contacts_of(
    synfalt: Synfalt, vardgivare: Vardgivarval, patienter: Sequence[str]
) -> tuple[tuple[Patientrad, ...], bool]:
    """Return a patient's contacts with the provider, newest first; True when there are more."""
    rader, fler = rapp.contacts_of(synfalt, patienter)
    return _rows(synfalt, vardgivare, rader), fler


def latest(
    synfalt: Synfalt, vardgivare: Vardgivarval, kallsystem: str
) -> tuple[tuple[Patientrad, ...], tuple[str, ...]]:
    """Return what was registered last by hand, and whose contacts they are."""
    rader, _ = rapp.latest_of(synfalt, kallsystem)
    return _rows(synfalt, vardgivare, rader), tuple(rad.patient_id for rad in rader)


def _rows(
    synfalt: Synfalt, vardgivare: Vardgivarval, rader: Sequence[Kontaktrad]
) -> tuple[Patientrad, ...]:
    texter = code_texts()
    lagena = lagen.standing(synfalt, [rad.kontakt_id for rad in rader])
    namn = rapp.system_names({rad.kallsystem for rad in rader})
    svar = []
    for rad in rader:
        enhet = next((val for val in vardgivare.enheter if rad.enhet_id in val.ids), None)
        lage = lagena.get(rad.kontakt_id)
        bedomd = lage if lage is not None and lage.version == rad.version else None
        uppgift = _as_row(rad)
        svar.append(
            Patientrad(
                uuid=rad.uuid,
                dag=rad.dag,
                tid=rad.tid,
                enhet=enhet.namn if enhet else "Okänd enhet",
                typ=contact_type(uppgift, texter),
                yrke=profession(uppgift, texter),
                diagnoser=", ".join(rad.diagnoser),
                patient=mask(rad.patient_id),
                vardhandelse_id=rad.vardhandelse_id,
                system=namn.get(rad.kallsystem, rad.kallsystem),
                egen=by_hand(rad.kallsystem),
                status=_status(rad, bedomd),
                summa=bedomd.summa if bedomd else None,
                registrerad_av=rad.registrerad_av,
            )
        )
    return tuple(svar)


def title_of(innehall: Innehall) -> str:
    """Say what kind of contact it is."""
    texter = code_texts()
    uppgift = Kontaktuppgift(
        kontakt_id=0,
        uuid=UUID(int=0),
        kallsystem="",
        vardhandelse_id="",
        patient_id="",
        tid=None,
        form=innehall.form.value,
        btyp=innehall.btyp,
        vktyp=innehall.vktyp,
        taxa=None,
        yrkeskategorier=innehall.yrkeskategorier,
        diagnoser=(),
        registrerad=datetime.min.replace(tzinfo=UTC),
    )
    return f"{contact_type(uppgift, texter)}, {profession(uppgift, texter).lower()}"


def _status(rad: Kontaktrad, lage: Lagesrad | None) -> Statusord:
    if rad.makulerad:
        return ordval.UTFALL["MAKULERAD"]
    return ordval.outcome(lage.utfall if lage else "")


def _as_row(rad: Kontaktrad) -> Kontaktuppgift:
    return Kontaktuppgift(
        kontakt_id=rad.kontakt_id,
        uuid=rad.uuid,
        kallsystem=rad.kallsystem,
        vardhandelse_id=rad.vardhandelse_id,
        patient_id=rad.patient_id,
        tid=rad.tid,
        form=rad.form,
        btyp=rad.btyp,
        vktyp=rad.vktyp,
        taxa=None,
        yrkeskategorier=rad.yrkeskategorier,
        diagnoser=rad.diagnoser,
        registrerad=rad.registrerad,
    )


# What can be chosen -----------------------------------------------------------------------------


class Kodval(msgspec.Struct, frozen=True, kw_only=True):
    """A code to choose, and whether it is chosen."""

    kod: str
    text: str
    vald: bool = False


class Kodgrupp(msgspec.Struct, frozen=True, kw_only=True):
    """Codes under a heading."""

    rubrik: str
    koder: tuple[Kodval, ...]


class Sokfalt(msgspec.Struct, frozen=True, kw_only=True):
    """A list of codes that are looked up: what is chosen, what is typed, what was found.

    A chosen code without text in `valda` is not valid on the day.
    """

    namn: str
    valda: tuple[Kodval, ...]
    okanda: frozenset[str]
    text: str
    traffar: tuple[Kodval, ...]
    fler: bool


class Valet(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the form offers for the unit and the day."""

    enheter: tuple[Kodval, ...]
    btyp: tuple[Kodgrupp, ...]
    taxa: tuple[Kodgrupp, ...]
    akut: tuple[Kodgrupp, ...]
    yrken: tuple[tuple[Kodgrupp, ...], ...]
    tillstand: tuple[Kodgrupp, ...]
    sokfalt: tuple[Sokfalt, ...]
    lan: str


NAMNS = "Nämns i ert avtals regler"
OVRIGA = "Övriga koder som gäller den dagen"
GALLER_EJ = "Gäller inte den dagen"
#: How many selects for yrkeskategori a form has at least, and how many it may get.
MINST_YRKEN, FLEST_YRKEN = 2, 8


def choices(blankett: Blankett, vardgivare: Vardgivarval, *, day: date) -> Valet:
    """Return what the form offers. `day` is used while the form's own day cannot be read."""
    dag = blankett.day or day
    listor = rapp.codes_on(dag, "BTYP", "TAXA", "AKUT", "VDG", "TILLSTAND", "LAN")
    omrade = rapp.area_on(blankett.enhet, dag) if kontroll.is_enhet(blankett.enhet) else ""
    namnda = regelpaket.asked_for(omrade, dag) if omrade else {}

    def groups(ord_: str, verk: str, vald: str) -> tuple[Kodgrupp, ...]:
        return _groups(listor[verk], namnda.get(ord_), vald)

    yrken = [*blankett.yrkeskategorier[:FLEST_YRKEN], ""][:FLEST_YRKEN]
    yrken += [""] * (MINST_YRKEN - len(yrken))
    oppen = {kod: text for kod, text in listor["AKUT"].items() if kod in "JN"}
    finns = rapp.units_on(dag, [enhet.kombika for enhet in vardgivare.enheter])
    return Valet(
        enheter=tuple(
            Kodval(kod=e.kombika, text=e.namn, vald=e.kombika == blankett.enhet)
            for e in vardgivare.enheter
            if e.kombika in finns or e.kombika == blankett.enhet
        ),
        btyp=groups("besokstyp", "BTYP", blankett.btyp),
        taxa=groups("taxa", "TAXA", blankett.taxa),
        akut=_groups(oppen, None, blankett.akut),
        yrken=tuple(groups("yrkeskategori", "VDG", kod) for kod in yrken),
        tillstand=groups("tillstand", "TILLSTAND", next(iter(blankett.tillstand), "")),
        sokfalt=tuple(_lookup(blankett, lista, dag) for lista in UPPSLAGNA),
        lan=listor["LAN"].get(blankett.lkf[:2], "") if len(blankett.lkf) >= 2 else "",
    )


def _groups(koder: Mapping[str, str], namnda: Any, vald: str) -> tuple[Kodgrupp, ...]:
    forst = {kod for kod in koder if namnda is not None and namnda.matches(kod)}
    delar = [
        (NAMNS, [kod for kod in koder if kod in forst]),
        (OVRIGA if forst else "", [kod for kod in koder if kod not in forst]),
        (GALLER_EJ, [vald] if vald and vald not in koder else []),
    ]
    return tuple(
        Kodgrupp(
            rubrik=rubrik,
            koder=tuple(Kodval(kod=k, text=koder.get(k, ""), vald=k == vald) for k in rader),
        )
        for rubrik, rader in delar
        if rader
    )


def _lookup(blankett: Blankett, lista: str, dag: date) -> Sokfalt:
    verk = UPPSLAGNA[lista]
    valda: tuple[str, ...] = getattr(blankett, lista)
    texter = rapp.texts_of(dag, verk, valda)
    text = blankett.sok.get(lista, "")
    traffar, fler = rapp.search(dag, verk, text, utom=valda)
    return Sokfalt(
        namn=lista,
        valda=tuple(Kodval(kod=kod, text=texter.get(kod, ""), vald=True) for kod in valda),
        okanda=frozenset(valda) - texter.keys(),
        text=text,
        traffar=tuple(Kodval(kod=kod, text=t) for kod, t in traffar),
        fler=fler,
    )


def is_valid(day: date, kodverk: str, kod: str) -> bool:
    """Say whether a code of a list may be used on the day."""
    return bool(rapp.texts_of(day, kodverk, [kod]))


def check(innehall: Innehall, *, day: date) -> tuple[Avvikelse, ...]:
    """Return what the checks say of a contact that is not whole enough for the register."""
    return kontroll.check(innehall, koder=koder.current(), today=day)


# The verdict ------------------------------------------------------------------------------------


class Domrad(msgspec.Struct, frozen=True, kw_only=True):
    """A product the contact would give."""

    produktkod: str
    namn: str
    typ: str
    antal: int
    belopp: Decimal
    exempel: bool
    not_: str


class Dom(msgspec.Struct, frozen=True, kw_only=True):
    """What the contact would give if it were registered now, in words."""

    status: Statusord
    rader: tuple[Domrad, ...]
    summa: Decimal
    orsak: Orsak | None
    vantar_text: str
    tips: tuple[str, ...]


def verdict(ersattning: Mapping[str, Any], innehall: Innehall, nyckel: tuple[str, str]) -> Dom:
    """Put the money engine's answer into words."""
    rader = ersattning["rader"]
    namn = priser.product_names({rad["produktkod"] for rad in rader}) if rader else {}
    vantar = ersattning["vantar_pa"]
    return Dom(
        status=ordval.outcome(ersattning["utfall"]),
        rader=tuple(
            Domrad(
                produktkod=rad["produktkod"],
                namn=namn.get(rad["produktkod"], ""),
                typ=ordval.POSTTYP.get(rad["typ"], rad["typ"]),
                antal=rad["antal"],
                belopp=Decimal(rad["belopp"]),
                exempel=bool(rad.get("exempel")),
                not_=NOTER.get(rad.get("not") or "", ""),
            )
            for rad in rader
        ),
        summa=Decimal(ersattning["summa"]),
        orsak=orsaker.of_decision(ersattning["orsak"], ersattning["regelpaket"]),
        vantar_text=waited_for(vantar) if vantar else "",
        tips=() if rader else kedja.missing_facts(innehall, nyckel),
    )
