"""Jämförelse: two versions of a contact side by side, field by field, as people read them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, time
from typing import Any, Final

import msgspec

from avstamning.core import ord as ordval

#: What the fields of a contact are called on screens.
RUBRIKER: Final = {
    "enhet_ref": "Enhet som rapporterad",
    "dag": "Dag",
    "tid": "Tid",
    "slutdag": "Slutdag",
    "form": "Vårdform",
    "btyp": "Besökstyp",
    "vktyp": "Vårdkontakttyp",
    "taxa": "Taxa",
    "akut": "Akut",
    "yrkeskategorier": "Yrkeskategorier",
    "diagnoser": "Diagnoser",
    "atgarder": "Åtgärder (KVÅ)",
    "lakemedel": "Läkemedel (ATC)",
    "tillstand": "Tillstånd",
    "produkter": "Rapporterade produkter",
    "ikod": "Inskrivningskod",
    "ukod": "Utskrivningskod",
    "vplan": "Vårdplan efter",
    "remiss_fore": "Remitterande enhet",
    "remiss_efter": "Remitterad till",
    "lkf": "Län, kommun, församling",
    "basomrade": "Basområde",
    "kon": "Kön",
    "ers_uppdrag": "Ersättningsuppdrag",
    "tillhor_vardkontakt": "Tillhör vårdkontakt",
    "tillhor_vardansvar": "Tillhör vårdansvar",
    "lma_nummer": "LMA-nummer",
}

#: Which code system explains the codes of a field.
KODVERK: Final = {
    "btyp": "BTYP",
    "vktyp": "VKTYP",
    "taxa": "TAXA",
    "yrkeskategorier": "VDG",
    "atgarder": "OPKOD",
    "lakemedel": "ATC",
}
_FORM: Final = {
    "OPPENVARD": "Öppenvård",
    "HEMSJUKVARD": "Hemsjukvård",
    "SLUTENVARD": "Slutenvård",
}
_KON: Final = {"K": "Kvinna", "M": "Man"}


class Faltrad(msgspec.Struct, frozen=True, kw_only=True):
    """A field in two versions. `fore` and `efter` are texts; empty where nothing was reported."""

    falt: str
    rubrik: str
    fore: str
    efter: str
    andrad: bool


def compare(
    fore: Mapping[str, Any] | None,
    efter: Mapping[str, Any],
    *,
    text: Callable[[str, str], str] = lambda _verk, _kod: "",
    dolda: Mapping[str, str] | None = None,
) -> tuple[Faltrad, ...]:
    """Return every field that either version has, in the order of the screen.

    `text` explains a code of a code system. `dolda` names fields that the reader may not see, and
    what stands there instead; a change of them is told, its content is not.
    """
    rader = []
    for falt, rubrik in RUBRIKER.items():
        gammal = None if fore is None else fore.get(falt)
        ny = efter.get(falt)
        if not gammal and not ny:
            continue
        stallet = (dolda or {}).get(falt)
        rader.append(
            Faltrad(
                falt=falt,
                rubrik=rubrik,
                fore=_shown(falt, gammal, text, stallet),
                efter=_shown(falt, ny, text, stallet),
                andrad=fore is not None and _plain(gammal) != _plain(ny),
            )
        )
    return tuple(rader)


def _plain(varde: Any) -> Any:
    return tuple(varde) if isinstance(varde, list | tuple) else varde or None


def _shown(falt: str, varde: Any, text: Callable[[str, str], str], stallet: str | None) -> str:
    if not varde:
        return ""
    if stallet is not None:
        return stallet
    if isinstance(varde, list | tuple):
        return ", ".join(_code(falt, str(kod), text) for kod in varde)
    return _single(falt, varde, text)


def _single(falt: str, varde: Any, text: Callable[[str, str], str]) -> str:
    if isinstance(varde, time):
        return ordval.clock(varde)
    if isinstance(varde, date):
        return varde.isoformat()
    if falt == "form":
        return _FORM.get(str(varde), str(varde))
    if falt == "kon":
        return _KON.get(str(varde), str(varde))
    return _code(falt, str(varde), text)


def _code(falt: str, kod: str, text: Callable[[str, str], str]) -> str:
    verk = KODVERK.get(falt)
    mening = text(verk, kod) if verk else ""
    return f"{kod} {mening}" if mening else kod


def pairs(versioner: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """Return each version with the one before it, newest first: what can be compared."""
    return tuple((nr - 1, nr) for nr in sorted(versioner, reverse=True) if nr - 1 in versioner)
