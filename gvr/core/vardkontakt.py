"""The value that travels through the chain: one version of one contact, whole and immutable."""

from collections.abc import Mapping, Sequence
from datetime import date, time
from enum import StrEnum
from typing import Any

import msgspec


class Form(StrEnum):
    """The kind of contact (Händelseform of ERSMOIndata 2.2)."""

    OPPENVARD = "OPPENVARD"
    HEMSJUKVARD = "HEMSJUKVARD"
    SLUTENVARD = "SLUTENVARD"


class Innehall(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a journal system says of one contact.

    Days are local days in Sweden. `dag` is the day of care (for in-patient care the admission),
    `slutdag` the last day, inclusive. Code tuples keep the sender's order: the first diagnos is the
    huvuddiagnos, the first yrkeskategori the one that met the patient.
    """

    enhet: str  # kombika or HSA-id, as sent
    patient_id: str  # 12 digits: personnummer, samordningsnummer or reservnummer
    dag: date
    form: Form = Form.OPPENVARD
    slutdag: date | None = None
    tid: time | None = None
    btyp: str | None = None  # besökstyp (class 013)
    vktyp: str | None = None  # vårdkontakttyp (class 014); a contact has one or the other
    taxa: str | None = None
    akut: str | None = None  # J, N, 1 or 2, as sent
    yrkeskategorier: tuple[str, ...] = ()
    diagnoser: tuple[str, ...] = ()  # ICD-10-SE without dot
    atgarder: tuple[str, ...] = ()  # KVÅ
    lakemedel: tuple[str, ...] = ()  # ATC
    tillstand: tuple[str, ...] = ()
    produkter: tuple[str, ...] = ()  # products reported by the journal system, DRG as K...
    ikod: str | None = None
    ukod: str | None = None
    vplan: str | None = None
    remiss_fore: str | None = None
    remiss_efter: str | None = None
    lkf: str | None = None  # län 2 + kommun 2 + församling 2
    basomrade: str | None = None
    fodd: date | None = None  # derived from patient_id when that carries it
    kon: str | None = None  # K or M; None is unknown and stays unknown
    ers_uppdrag: str | None = None
    tillhor_vardkontakt: str | None = None
    tillhor_vardansvar: str | None = None
    lma_nummer: str | None = None

    def __repr__(self) -> str:
        """Show neither the patient nor what is built from the patient: a repr ends up in logs."""
        falt = (
            f"{namn}={'…' if namn in _PATIENTENS else repr(varde)}"
            for namn in self.__struct_fields__
            if (varde := getattr(self, namn)) not in (None, ())
        )
        return f"Innehall({', '.join(falt)})"


#: Fields that are the patient's identity, or may hold it.
_PATIENTENS = frozenset(
    {"patient_id", "fodd", "tillhor_vardkontakt", "tillhor_vardansvar", "lma_nummer"}
)


class Placering(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Where a contact belongs on its day: found in the register, never sent by anyone."""

    vardgivare_id: int
    enhet_id: int
    uppdragstyp: str
    uppdrag_id: int
    avtal_id: int
    avtalsomrade: str  # the code of the Avtalsomrade
    avtalsegenskaper: tuple[tuple[str, str], ...] = ()  # e.g. (("arvodeskategori", "A"),)
    momskompensation: bool = False
    avgiftsavdrag: bool = True  # False where the contract exempts from patient-fee deduction


class Kontakt(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One version of one contact as the money engine sees it.

    `nyckel` is the natural key (kallsystem, vardhandelse_id): it orders contacts of the same day
    and never depends on when they arrived. `produktantal` says how many there are of each of the
    contact's `produkter`, in their order; empty is one of each.
    """

    kontakt_id: int
    version: int
    nyckel: tuple[str, str]
    innehall: Innehall
    placering: Placering | None
    makulerad: bool = False
    produktantal: tuple[int, ...] = ()


def product_counts(
    produkter: tuple[str, ...], rader: Sequence[Mapping[str, Any]]
) -> tuple[int, ...]:
    """Return how many there are of each reported product; empty when there is one of each.

    `rader` are the details the sender gave of its products. A product without a number is one, and
    details that are not of these products, in this order, say nothing.
    """
    if [rad.get("kod") for rad in rader] != list(produkter):
        return ()
    antal = tuple(rad.get("antal") or 1 for rad in rader)
    return antal if any(ett != 1 for ett in antal) else ()
