"""What the API takes and gives of in-patient care in parts."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Literal

from msgspec import Meta

from gvr.api.kontrakt import (
    FLEST_KODER,
    Enhet,
    Fel,
    Fritext,
    Handelseid,
    Ingaende,
    Klockslag,
    Koder,
    Patient,
    Tecken,
    Utgaende,
    Verksamhet,
    Version,
    Yrkeskategori,
)

Vardform = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=2,
        pattern="^[0-9A-Za-z]+$",
        description="Psykiatrisk vårdform.",
    ),
]


class Inskrivning(Ingaende):
    """The patient is admitted."""

    vardtillfalle_id: Handelseid
    patient_id: Patient
    enhet: Enhet
    dag: Annotated[date, Meta(description="Inskrivningsdagen.")]
    tid: Klockslag
    ikod: Annotated[Tecken, Meta(description="Varifrån patienten kom (IKOD).", examples=["1"])]
    akut: Annotated[Tecken, Meta(description="J, N, 1 eller 2.")] | None = None
    vardform: Vardform | None = None
    vardperiod: Handelseid | None = None
    remiss_fore: Verksamhet | None = None
    ers_uppdrag: Annotated[str, Meta(min_length=1, max_length=7)] | None = None
    lkf: Annotated[str, Meta(min_length=1, max_length=6)] | None = None
    basomrade: Annotated[str, Meta(min_length=1, max_length=7)] | None = None
    fodd: date | None = None
    kon: Literal["K", "M"] | None = None
    lma_nummer: Annotated[str, Meta(min_length=1, max_length=20)] | None = None
    version: Version | None = None
    orsak: Annotated[Fritext, Meta(description="Varför den rättas.")] = ""


class Flytt(Ingaende):
    """The patient moves to another unit of the same provider."""

    id: Handelseid
    vardtillfalle_id: Handelseid
    patient_id: Patient
    enhet: Annotated[Enhet, Meta(description="Enheten som patienten flyttar till.")]
    dag: date
    tid: Klockslag | None = None
    yrkeskategorier: Annotated[tuple[Yrkeskategori, ...], Meta(max_length=FLEST_KODER)] = ()
    diagnoser: Koder = ()
    atgarder: Koder = ()
    lakemedel: Koder = ()
    tillstand: Koder = ()
    produkter: Koder = ()
    version: Version | None = None
    orsak: Annotated[Fritext, Meta(description="Varför den rättas.")] = ""


class Utskrivning(Ingaende):
    """The patient leaves."""

    vardtillfalle_id: Handelseid
    patient_id: Patient
    enhet: Annotated[Enhet, Meta(description="Enheten som skriver ut.")]
    dag: Annotated[date, Meta(description="Utskrivningsdagen.")]
    ukod: Annotated[
        Tecken, Meta(description="Vart patienten skrevs ut (UKOD). 7 är avliden.", examples=["1"])
    ]
    tid: Klockslag | None = None
    yrkeskategorier: Annotated[tuple[Yrkeskategori, ...], Meta(max_length=FLEST_KODER)] = ()
    diagnoser: Koder = ()
    atgarder: Koder = ()
    lakemedel: Koder = ()
    tillstand: Koder = ()
    produkter: Koder = ()
    vplan: Annotated[Tecken, Meta(description="Planerad fortsatt vård.")] | None = None
    vardform: Vardform | None = None
    remiss_efter: Verksamhet | None = None
    avliden_tid: Klockslag | None = None
    medicinskt_klar: (
        Annotated[date, Meta(description="Dagen då behandlingen avslutades.")] | None
    ) = None
    betalningsansvar: (
        Annotated[date, Meta(description="Dagen då kommunens betalningsansvar börjar.")] | None
    ) = None
    version: Version | None = None
    orsak: Annotated[Fritext, Meta(description="Varför den rättas.")] = ""


# --- what goes out -----------------------------------------------------------------------------


class Vistelse(Utgaende):
    """The time at one unit. `dygn` is the number of midnights, absent while the patient is in."""

    enhet: Mapping[str, str]
    fran: str
    tid: str | None = None
    till: str | None = None
    dygn: int | None = None


class Kontaktutfall(Utgaende):
    """The contact that the parts make, in its newest version."""

    version: int
    makulerad: bool = False
    uuid: str | None = None
    utfall: Literal["REGISTRERAD", "PARKERAD", "MAKULERAD", "OFORANDRAD"] | None = None
    kvittens: int | None = None


Lage = Literal["VANTAR_PA_INSKRIVNING", "INNELIGGANDE", "UTSKRIVEN"]
Slag = Literal["INSKRIVNING", "FLYTT", "UTSKRIVNING"]


class Delregistrering(Utgaende):
    """What became of a part, and what its episode is now."""

    utfall: Literal["REGISTRERAD", "VANTAR", "MAKULERAD", "OFORANDRAD", "TESTUPPDRAG"]
    slag: Slag
    id: str
    vardtillfalle_id: str
    version: int | None = None
    makulerad: bool = False
    lage: Lage | None = None
    leverans: str | None = None
    torrkorning: bool = False
    vistelser: Sequence[Vistelse] = ()
    vardkontakt: Kontaktutfall | None = None
    anmarkningar: Sequence[Fel] = ()
    ersattning: Mapping[str, Any] | None = None


class Delsvar(Utgaende):
    """A registered part in its newest version. `vantar` is true when it is not in the contact."""

    slag: Slag
    id: str
    vardtillfalle_id: str
    version: int
    registrerad: str
    innehall: Mapping[str, Any]
    makulerad: bool = False
    vantar: bool = False
    anmarkningar: Sequence[Fel] = ()


class Vardtillfallesdel(Delsvar):
    """A part among the others of its episode."""


class Vardtillfallessvar(Utgaende):
    """An episode: every part, and what they come to."""

    vardtillfalle_id: str
    lage: Lage
    delar: Sequence[Vardtillfallesdel]
    vistelser: Sequence[Vistelse] = ()
    vardkontakt: Kontaktutfall | None = None
