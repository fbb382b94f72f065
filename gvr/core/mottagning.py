"""What arrives, and what it does to what is already registered. Values in, values out.

The rules of versions make the order of arrival unimportant:

* the sender may number its versions; a number that is not higher than the registered one never
  changes anything, so an old message that comes late is refused;
* the same content again (without a number, or with an old one) is no change at all;
* a file of events carries no numbers: there, what is delivered last counts.
"""

import hashlib
from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import Any, Final

import msgspec

from gvr.core import anropsfel as _koder  # noqa: F401  - registers the codes used below
from gvr.core import felkatalog
from gvr.core.avvikelse import Avvikelse
from gvr.core.personnummer import Identitet, parse
from gvr.core.vardkontakt import Innehall


class Avsikt(StrEnum):
    """What the sender wants with the contact."""

    SKAPA = "SKAPA"
    RATTA = "RATTA"
    MAKULERA = "MAKULERA"
    LEVERERA = "LEVERERA"  # an event of a file: there, newer delivery wins


class Inkommet(msgspec.Struct, kw_only=True, gc=False):
    """One contact as it arrived, at position `plats` (from 0) of its delivery.

    `version` is the sender's own number of this content, `vantad` the registered version the
    sender believes it replaces (0: any). `summa` is the content's sha256, empty where there is no
    content. `avvikelser` is what is already known to be wrong. `enhet` and `dag` say where a
    contact without readable content belongs, when that much could be read.
    """

    plats: int
    avsikt: Avsikt
    vardhandelse_id: str
    innehall: Innehall | None = None
    detaljer: dict[str, Any] | None = None
    summa: bytes = b""
    version: int | None = None
    vantad: int | None = None
    makulerad: bool = False
    orsak: str = ""
    avvikelser: tuple[Avvikelse, ...] = ()
    atgardsdagar: tuple[date, ...] = ()
    enhet: str | None = None
    dag: date | None = None


class Befintlig(msgspec.Struct, frozen=True, gc=False):
    """The newest registered version of a contact."""

    kontakt_id: int
    vardhandelse_id: str
    uuid: str
    version: int
    makulerad: bool
    summa: bytes
    vardgivare_id: int | None
    enhet_id: int | None


class Oforandrad(msgspec.Struct, frozen=True):
    """Nothing to write: this is already registered."""


OFORANDRAD: Final = Oforandrad()
ANY_VERSION: Final = 0
HIGHEST_VERSION: Final = 2_147_483_647

_encode = msgspec.json.Encoder(order="deterministic").encode


def checksum(innehall: Innehall, detaljer: dict[str, Any] | None) -> bytes:
    """Return the content's sha256: equal content, equal sum, whoever sent it and when."""
    return hashlib.sha256(_encode((innehall, detaljer))).digest()


def identify(
    patient_id: str, *, day: date, fodd: date | None, kon: str | None
) -> tuple[str, date | None, str | None]:
    """Return the number as 12 digits, with birthday and sex from it where the sender gave none.

    A number that cannot be read is returned as it is: the checks say what is wrong with it.
    """
    identitet = parse(patient_id, day=day)
    if not isinstance(identitet, Identitet):
        return patient_id, fodd, kon
    return identitet.nummer, fodd or identitet.fodd, kon or identitet.kon


def decide(inkommet: Inkommet, befintlig: Befintlig | None) -> int | Oforandrad | Avvikelse:
    """Return the number of the version to register, that nothing changes, or why it is refused."""
    if befintlig is None:
        return _first(inkommet)
    if inkommet.avsikt is Avsikt.MAKULERA:
        return _cancel(inkommet, befintlig)
    same = inkommet.summa == befintlig.summa and inkommet.makulerad == befintlig.makulerad
    newer = inkommet.version is not None and inkommet.version > befintlig.version
    if same and not newer:
        return OFORANDRAD
    if inkommet.avsikt is Avsikt.LEVERERA:
        return befintlig.version + 1
    return _correct(inkommet, befintlig, newer=newer)


def _first(inkommet: Inkommet) -> int | Avvikelse:
    if inkommet.avsikt is Avsikt.MAKULERA:
        return felkatalog.finding("HITTAS_INTE_ATT_MAKULERA", pekare="")
    if inkommet.vantad is not None:
        return felkatalog.finding("VERSION_STAMMER_EJ", pekare="")
    return inkommet.version or 1


def _correct(inkommet: Inkommet, befintlig: Befintlig, *, newer: bool) -> int | Avvikelse:
    if inkommet.vantad not in (None, ANY_VERSION, befintlig.version):
        return _refuse("VERSION_STAMMER_EJ", befintlig)
    if inkommet.version is not None:
        if newer:
            return inkommet.version
        kod = "FINNS_REDAN" if inkommet.avsikt is Avsikt.SKAPA else "GAMMAL_VERSION"
        return _refuse(kod, befintlig)
    if inkommet.avsikt is Avsikt.SKAPA:
        return _refuse("FINNS_REDAN", befintlig)
    if befintlig.makulerad and inkommet.vantad != befintlig.version:
        return _refuse("REDAN_MAKULERAD", befintlig)
    return befintlig.version + 1


def _cancel(inkommet: Inkommet, befintlig: Befintlig) -> int | Oforandrad | Avvikelse:
    newer = inkommet.version is not None and inkommet.version > befintlig.version
    if befintlig.makulerad and not newer:
        return OFORANDRAD
    if inkommet.vantad not in (None, ANY_VERSION, befintlig.version):
        return _refuse("VERSION_STAMMER_EJ", befintlig)
    if inkommet.version is None:
        return befintlig.version + 1
    return inkommet.version if newer else _refuse("GAMMAL_VERSION", befintlig)


def _refuse(kod: str, befintlig: Befintlig) -> Avvikelse:
    post = felkatalog.FELKATALOG[kod]
    return felkatalog.finding(
        kod, pekare="", text=f"{post.text} Registrerad version: {befintlig.version}."
    )


def find_doubles(inkomna: Sequence[Inkommet]) -> dict[int, Avvikelse]:
    """Return a finding for every place whose id stands at more than one place.

    Neither is registered: nothing says which of them the sender means.
    """
    platser: dict[str, list[int]] = {}
    for rad in inkomna:
        if rad.vardhandelse_id:
            platser.setdefault(rad.vardhandelse_id, []).append(rad.plats)
    if len(platser) == len(inkomna):
        return {}
    return {
        plats: felkatalog.finding(
            "DUBBLETT",
            pekare="/vardhandelseId",
            text="Samma id står på platserna " + ", ".join(map(str, lista[:10])) + ".",
        )
        for lista in platser.values()
        if len(lista) > 1
        for plats in lista
    }
