"""What the API takes and gives of vårdansvar and vårdperioder."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Literal

from msgspec import Meta

from gvr.api.kontrakt import (
    Enhet,
    Fel,
    Fritext,
    Handelseid,
    Ingaende,
    Patient,
    Skrivkod,
    Utgaende,
    Version,
)

Koder = Annotated[tuple[Skrivkod, ...], Meta(max_length=99)]


class Vardansvar(Ingaende):
    """The start of a responsibility for home care."""

    id: Handelseid
    patient_id: Patient
    enhet: Enhet
    dag: Annotated[date, Meta(description="Första dagen.")]
    typ: Literal["BASAL", "AVANCERAD", "OKANT"]
    diagnoser: Koder = ()
    tillstand: Koder = ()
    version: Version | None = None
    orsak: Annotated[Fritext, Meta(description="Varför den rättas.")] = ""


class Vardperiod(Ingaende):
    """The start of a period that ties contacts together."""

    id: Annotated[Handelseid, Meta(description="Vårdperiodens kod, unik inom systemet.")]
    patient_id: Patient
    enhet: Enhet
    dag: Annotated[date, Meta(description="Första dagen.")]
    typ: Literal["PSYKIATRI", "HEMSJUKVARD", "OVRIGT"]
    diagnoser: Koder = ()
    tillstand: Koder = ()
    diagnosgrupp: Annotated[Skrivkod, Meta(description="Den första diagnosgruppen.")] | None = None
    kontaktvag: (
        Annotated[Skrivkod, Meta(description="Hur patienten kom i kontakt med vården.")] | None
    ) = None
    kontaktvag_dag: date | None = None
    patientkategori: Skrivkod | None = None
    missbruksdiagnos: Skrivkod | None = None
    version: Version | None = None
    orsak: Annotated[Fritext, Meta(description="Varför den rättas.")] = ""


class Periodslut(Ingaende):
    """The end of a period. The id stands in the address."""

    patient_id: Patient
    enhet: Enhet
    dag: Annotated[date, Meta(description="Sista dagen, den räknas med.")]
    diagnoser: Koder = ()
    version: Version | None = None
    orsak: Annotated[Fritext, Meta(description="Varför det rättas.")] = ""


# --- what goes out -----------------------------------------------------------------------------

Slag = Literal["VARDANSVAR", "VARDPERIOD"]
Lage = Literal["VANTAR_PA_START", "PAGAR", "AVSLUTAD", "MAKULERAD"]


class Periodregistrering(Utgaende):
    """What became of a start or an end, and what the period is now."""

    utfall: Literal["REGISTRERAD", "VANTAR", "MAKULERAD", "OFORANDRAD"]
    slag: Slag
    moment: Literal["START", "SLUT"]
    id: str
    version: int
    lage: Lage
    makulerad: bool = False
    fran: str | None = None
    till: str | None = None
    leverans: str | None = None
    torrkorning: bool = False
    anmarkningar: Sequence[Fel] = ()


class Periodrapport(Utgaende):
    """A start or an end in its newest version."""

    version: int
    registrerad: str
    innehall: Mapping[str, Any]
    makulerad: bool = False


class Periodsvar(Utgaende):
    """A period as it is now. `kontakter` are the vårdhändelse-id of the contacts that name it."""

    slag: Slag
    id: str
    lage: Lage
    kalla: Literal["DELAR", "FIL"]
    patient_id: str
    enhet: Mapping[str, str]
    fran: str | None = None
    till: str | None = None
    typ: str | None = None
    start: Periodrapport | None = None
    slut: Periodrapport | None = None
    kontakter: Sequence[str] = ()
    anmarkningar: Sequence[Fel] = ()


class Periodrad(Utgaende):
    """A period in a list."""

    id: str
    lage: Lage
    enhet: Mapping[str, str]
    fran: str
    till: str | None = None
    typ: str | None = None


class Periodlista(Utgaende):
    """A patient's periods in order of their start."""

    perioder: Sequence[Periodrad]
