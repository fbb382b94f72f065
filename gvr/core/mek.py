"""MEK: which HSA-id a kombika has, and FelMEK: the log of mappings that were wrong.

A MEK export holds the mappings that its register believes now; a kombika has one HSA-id at a time,
an HSA-id many kombikor. Exports are numbered. FelMEK says that the exports a to b told that a
kombika had X, and that on the days from `FromDatum`, up to but not including `TillDatum`, it should
have been Y, or nothing. That the dates name the wrong part and not the right one is our reading of
the public log: row after row, the days that one row takes away are those that the next one gives.

Source: MEK.xml and FelMEK.xml as published with sll-rtjp.gvradapter (Apache-2.0).
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from typing import Final, Literal, TypeVar

import msgspec

from gvr.core.kodserver import Filfel, Radfel, local_days
from gvr.core.period import Period
from gvr.core.xmlstrom import Element, Strombrott, records

MEK: Final = "MEK"
FELMEK: Final = "FELMEK"
_KOMBIKA: Final = re.compile(r"[0-9]{8}[A-Za-zÅÄÖåäö0-9]{1,3}")
_HSA_ID: Final = re.compile(r"SE[0-9]{10}-[A-Za-z0-9]{1,19}")
_FIL: Final = re.compile(r"[0-9]{1,9}")
_BORJAN: Final = date(1970, 1, 1)

R = TypeVar("R")
Utfall = Literal["RATTAD", "REDAN_RATT", "EJ_INLAST", "NYARE"]


class Fil(msgspec.Struct, frozen=True):
    """The number of the export."""

    nummer: int


class Mekrad(msgspec.Struct, frozen=True, kw_only=True):
    """A mapping of an export."""

    kombika: str
    hsa_id: str
    giltig: Period


class Felrad(msgspec.Struct, frozen=True, kw_only=True):
    """A mapping that was wrong. `ratt_hsa_id` is empty when there should have been none."""

    kombika: str
    fel_hsa_id: str
    ratt_hsa_id: str
    fr_o_m: date | None
    till: date | None
    fran_mek_fil: int
    till_mek_fil: int
    felmek_fil: int
    skapad: str

    @property
    def dagar(self) -> Period:
        """The days on which the mapping was wrong."""
        return Period(self.fr_o_m or _BORJAN, self.till)


class Hsarad(msgspec.Struct, frozen=True, kw_only=True):
    """A stored mapping of one kombika; `fil_till` None when the newest export still says it."""

    hsa_id: str
    giltig: Period
    fil_fran: int | None = None
    fil_till: int | None = None


def read_mek(chunks: Iterable[bytes]) -> Iterator[Fil | Mekrad | Radfel | Filfel]:
    """Yield the number of the export, then each mapping or what is wrong with it."""
    return _read(chunks, rot="mappningar", rad="mappning", nummer="MEKFilId", tolka=_mapping)


def read_felmek(chunks: Iterable[bytes]) -> Iterator[Fil | Felrad | Radfel | Filfel]:
    """Yield the number of the log, then each row or what is wrong with it."""
    return _read(chunks, rot="felmappningar", rad="felmappning", nummer="FelMEKFilId", tolka=_wrong)


def _read(
    chunks: Iterable[bytes],
    *,
    rot: str,
    rad: str,
    nummer: str,
    tolka: Callable[[Element], R | Radfel],
) -> Iterator[Fil | R | Radfel | Filfel]:
    hittad = False
    for element in records(chunks, namn=frozenset({rad}), utanfor=frozenset({rot})):
        if isinstance(element, Strombrott):
            yield Filfel(text=element.text, rad=element.rad)
            return
        if element.namn == rot:
            if not _FIL.fullmatch(element.attribut.get(nummer, "")):
                yield Filfel(text=f"Filen saknar {nummer}.", rad=element.rad)
                return
            hittad = True
            yield Fil(int(element.attribut[nummer]))
        else:
            yield tolka(element)
    if not hittad:
        yield Filfel(text=f"Filen är ingen export från MEK: {rot} saknas.")


def _fields(element: Element) -> dict[str, str]:
    return {barn.namn: barn.text for barn in element.barn}


def _mapping(element: Element) -> Mekrad | Radfel:
    falt = _fields(element)
    fel = _names(element, falt, "HSAId")
    if fel is not None:
        return fel
    giltig = local_days(falt.get("FromDatum", ""), falt.get("TillDatum") or None)
    if giltig is None:
        return _fault(element, falt, "Giltigheten går inte att läsa, eller är tom.")
    return Mekrad(kombika=falt["Kombikakod"], hsa_id=falt["HSAId"], giltig=giltig)


def _wrong(element: Element) -> Felrad | Radfel:
    falt = _fields(element)
    fel = _names(element, falt, "ErsattHSAId")
    if fel is not None:
        return fel
    ratt = falt.get("NyttHSAId", "")
    if ratt and not _HSA_ID.fullmatch(ratt):
        return _fault(element, falt, "NyttHSAId är inget HSA-id.")
    nummer = [falt.get(namn, "") for namn in ("FromMEKFilId", "TomMEKFilId", "FromFelMEKFilId")]
    if not all(_FIL.fullmatch(text) for text in nummer):
        return _fault(element, falt, "Filnummer saknas.")
    fran, till = falt.get("FromDatum", ""), falt.get("TillDatum") or None
    dagar = local_days(fran or str(_BORJAN), till)
    if dagar is None:
        return _fault(element, falt, "Dagarna går inte att läsa, eller är inga.")
    return Felrad(
        kombika=falt["Kombikakod"],
        fel_hsa_id=falt["ErsattHSAId"],
        ratt_hsa_id=ratt,
        fr_o_m=dagar.start if fran else None,
        till=dagar.slut,
        fran_mek_fil=int(nummer[0]),
        till_mek_fil=int(nummer[1]),
        felmek_fil=int(nummer[2]),
        skapad=falt.get("SkapadDatum", "")[:40],
    )


def _names(element: Element, falt: dict[str, str], hsa: str) -> Radfel | None:
    if not _KOMBIKA.fullmatch(falt.get("Kombikakod", "")):
        return _fault(element, falt, "Kombikakod är åtta siffror och ett till tre tecken.")
    if not _HSA_ID.fullmatch(falt.get(hsa, "")):
        return _fault(element, falt, f"{hsa} är inget HSA-id.")
    return None


def _fault(element: Element, falt: dict[str, str], text: str) -> Radfel:
    return Radfel(
        kod=falt.get("Kombikakod", "")[:20],
        fr_o_m=falt.get("FromDatum", "")[:10],
        rad=element.rad,
        text=text,
    )


# What the files make of the mappings of one kombika --------------------------------------------


def assert_anew(finns: Sequence[Hsarad], sagt: Sequence[Mekrad], *, fil: int) -> list[Hsarad]:
    """Return the mappings of a kombika after an export: its rows hold, ours keep other days.

    A row of ours that the export no longer has was last said by an export before it.
    """
    kvar = list(finns)
    nya = []
    for rad in sagt:
        lika = next((h for h in kvar if (h.hsa_id, h.giltig) == (rad.hsa_id, rad.giltig)), None)
        if lika is not None:
            kvar.remove(lika)
            nya.append(msgspec.structs.replace(lika, fil_till=None))
        else:
            nya.append(Hsarad(hsa_id=rad.hsa_id, giltig=rad.giltig, fil_fran=fil))
    for ny in nya:
        kvar = [bit for h in kvar for bit in _without(h, ny.giltig)]
    kvar = [
        msgspec.structs.replace(h, fil_till=fil - 1)
        if h.fil_till is None and h.fil_fran is not None
        else h
        for h in kvar
    ]
    return sorted((*kvar, *nya), key=lambda rad: rad.giltig.start)


def correct(finns: Sequence[Hsarad], fel: Felrad, *, senaste: int) -> tuple[list[Hsarad], Utfall]:
    """Return the mappings of a kombika with a wrong one put right, and what was done.

    Only a row that the named exports may have told is put right: one that first came in a later
    export, or that the newest of ours (`senaste`) still says though it came after the named ones,
    is left. Outcome EJ_INLAST when no row says what was wrong; who knows the history may tell that
    from REDAN_RATT.
    """
    svar: list[Hsarad] = []
    utfall: Utfall = "EJ_INLAST"
    for rad in finns:
        gemensam = rad.giltig.intersection(fel.dagar) if rad.hsa_id == fel.fel_hsa_id else None
        if gemensam is None:
            svar.append(rad)
        elif (rad.fil_fran or 0) > fel.till_mek_fil or (
            rad.fil_fran is not None and rad.fil_till is None and senaste > fel.till_mek_fil
        ):
            svar.append(rad)
            utfall = "NYARE" if utfall == "EJ_INLAST" else utfall
        else:
            utfall = "RATTAD"
            svar.extend(_without(rad, gemensam))
            if fel.ratt_hsa_id:
                svar.append(Hsarad(hsa_id=fel.ratt_hsa_id, giltig=gemensam))
    return sorted(svar, key=lambda rad: rad.giltig.start), utfall


def _without(rad: Hsarad, dagar: Period) -> list[Hsarad]:
    """Return what is left of a row when some days are taken away."""
    gemensam = rad.giltig.intersection(dagar)
    if gemensam is None:
        return [rad]
    bitar = []
    if rad.giltig.start < gemensam.start:
        bitar.append(Period(rad.giltig.start, gemensam.start))
    if gemensam.slut is not None and (rad.giltig.slut is None or gemensam.slut < rad.giltig.slut):
        bitar.append(Period(gemensam.slut, rad.giltig.slut))
    return [msgspec.structs.replace(rad, giltig=bit) for bit in bitar]
