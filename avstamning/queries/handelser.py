"""Periods, waiting reports and waiting times, in words."""

from datetime import date

import msgspec

from avstamning.core.ord import Statusord
from avstamning.core.urval import Urval, write_place
from gvr.core.personnummer import mask
from gvr.queries import portalhandelser
from gvr.queries.portal import Synfalt
from gvr.queries.portalhandelser import Periodrad, Vantande, Vantetidsrad

SIDA = 50

#: What kinds of period are called; those of a file are already words.
TYP = {"PSYKIATRI": "Psykiatri", "HEMSJUKVARD": "Hemsjukvård", "OVRIGT": "Övrigt"}


def _ord(kod: str, text: str, stil: str, tecken: str, betyder: str) -> Statusord:
    return Statusord(kod=kod, text=text, stil=stil, tecken=tecken, betyder=betyder)


MAKULERAD = _ord("MAKULERAD", "Makulerad", "ingen", "×", "Togs bort av journalsystemet.")
PAGAR = _ord("PAGAR", "Pågår", "ok", "✓", "Perioden har inte slutat.")
AVSLUTAD = _ord("AVSLUTAD", "Avslutad", "ingen", "–", "Perioden har slutat.")
#: How a wait stands.
LAGEN = {
    "VANTAR": _ord("VANTAR", "Väntar på tid", "vanta", "…", "Inget besök är bokat."),
    "BOKAD": _ord("BOKAD", "Bokad", "vanta", "…", "Besöket är bokat och inte rapporterat."),
    "GENOMFORD": _ord("GENOMFORD", "Genomförd", "ok", "✓", "Besöket är rapporterat."),
    "FEL": _ord("FEL", "Stämmer inte", "fel", "!", "Besöket är inte det som väntan gällde."),
}


class Lista(msgspec.Struct, frozen=True, kw_only=True):
    """A page of rows with the patients on it; `aldre` is the place to go on from."""

    rader: tuple[dict[str, object], ...]
    patienter: tuple[str, ...]
    aldre: str = ""


def periods(synfalt: Synfalt, urval: Urval, *, hoppa: int, today: date) -> Lista:
    """Return a page of the periods that touch the days."""
    rader, fler = portalhandelser.periods(
        synfalt, fran=urval.fran, till=urval.till, fore=hoppa, size=SIDA
    )
    return Lista(
        rader=tuple(_period(rad, today) for rad in rader),
        patienter=tuple(rad.patient_id for rad in rader),
        aldre=write_place(urval.till, hoppa + SIDA) if fler else "",
    )


def _period(rad: Periodrad, today: date) -> dict[str, object]:
    slut = rad.till is not None and rad.till < today
    return {
        "id": rad.extern_id,
        "klass": rad.klass,
        "typ": TYP.get(rad.typ, rad.typ),
        "fran": rad.fran,
        "till": rad.till,
        "enhet": rad.enhet,
        "patient": mask(rad.patient_id),
        "lage": MAKULERAD if rad.makulerad else AVSLUTAD if slut else PAGAR,
        "fran_fil": rad.fran_fil,
    }


def waiting(synfalt: Synfalt, urval: Urval) -> Lista:
    """Return the reports of the days that wait for another."""
    rader = portalhandelser.waiting(synfalt, fran=urval.fran, till=urval.till)
    return Lista(
        rader=tuple(_waiting(rad) for rad in rader),
        patienter=tuple(rad.patient_id for rad in rader),
    )


def _waiting(rad: Vantande) -> dict[str, object]:
    return {
        "slag": rad.slag,
        "id": rad.extern_id,
        "dag": rad.dag,
        "enhet": rad.enhet,
        "patient": mask(rad.patient_id),
        "kod": rad.kod,
        "text": rad.text,
        "atgard": rad.atgard,
    }


def waits(synfalt: Synfalt, urval: Urval, *, hoppa: int) -> Lista:
    """Return a page of waits that began on the days."""
    rader, fler = portalhandelser.waits(
        synfalt, fran=urval.fran, till=urval.till, fore=hoppa, size=SIDA
    )
    return Lista(
        rader=tuple(_wait(rad) for rad in rader),
        patienter=tuple(rad.patient_id for rad in rader),
        aldre=write_place(urval.till, hoppa + SIDA) if fler else "",
    )


def _wait(rad: Vantetidsrad) -> dict[str, object]:
    return {
        "id": rad.extern_id,
        "fran": rad.fran,
        "besoksdag": rad.besoksdag,
        "dagar": rad.dagar,
        "enhet": rad.enhet,
        "patient": mask(rad.patient_id),
        "lage": MAKULERAD if rad.makulerad else LAGEN[rad.lage],
        "text": "" if rad.makulerad else rad.text,
    }
