"""The official text format of ICD-10-SE: five files that together are one release.

`digit3.txt`, `digit4.txt`, `digit5.txt` and `block.txt` hold one code a line,
`CODE<TAB>MARK<TAB>TEXT`. The mark is mostly empty, else a dagger for the code of an underlying
disease or an asterisk for the code of its manifestation. `diagnoskapitel.txt` holds one chapter a
line, the range and the text without anything between ("A00-B99Vissa infektionssjukdomar"). All are
UTF-8, most with a byte order mark. The texts are Socialstyrelsen's and are never changed here.

The format says nothing of when a code became or stops being valid: whoever reads a release in says
from which day it is to be used.
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Final

import msgspec

from gvr.core import felkatalog
from gvr.core.avvikelse import Avvikelse
from gvr.core.kodverk import DIAGNOS, Kodrad, Kodverk
from gvr.core.period import Period

KODFILER: Final = ("digit3.txt", "digit4.txt", "digit5.txt")
BLOCKFIL: Final = "block.txt"
KAPITELFIL: Final = "diagnoskapitel.txt"
FILER: Final = (*KODFILER, BLOCKFIL, KAPITELFIL)

_KOD: Final = {
    "digit3.txt": re.compile(r"[A-Z][0-9]{2}"),
    "digit4.txt": re.compile(r"[A-Z][0-9]{2}[0-9A-Z]"),
    "digit5.txt": re.compile(r"[A-Z][0-9]{2}[0-9A-Z]{2}"),
}
_MARKERINGAR: Final = ("", "\u2020", "*")
_OMRADE: Final = re.compile(r"([A-Z][0-9]{2})-([A-Z][0-9]{2})")


class Icdkod(msgspec.Struct, frozen=True, gc=False):
    """A code, without dot, and its official text.

    `markering` is "", a dagger (the code stands for the underlying disease) or "*" (the code stands
    for a manifestation and is used together with a dagger code, never alone).
    """

    kod: str
    text: str
    markering: str = ""


class Icdomrade(msgspec.Struct, frozen=True, gc=False):
    """A block or a chapter: the categories from `forsta` to `sista`, both inclusive."""

    forsta: str
    sista: str
    text: str

    def holds(self, kategori: str) -> bool:
        """Say whether the three-character category lies in the range."""
        return self.forsta <= kategori <= self.sista


class Icdutgava(msgspec.Struct, frozen=True, kw_only=True):
    """One whole release. Every code has a category, one block and one chapter."""

    koder: tuple[Icdkod, ...]
    block: tuple[Icdomrade, ...]
    kapitel: tuple[Icdomrade, ...]

    def as_kodverk(self, *, giltig: Period, kalla: str, fullstandig: bool = True) -> Kodverk:
        """Return the release as a code list in which every code is valid during `giltig`.

        `fullstandig` False is for an excerpt, where a missing code may well exist.
        """
        return Kodverk(
            kodverk=DIAGNOS,
            namn="Diagnoser (ICD-10-SE)",
            klass="008",
            kallor=(kalla,),
            fullstandig=fullstandig,
            rader=tuple(
                Kodrad(
                    kod=rad.kod,
                    text=rad.text,
                    giltig=giltig,
                    egenskaper={"markering": rad.markering} if rad.markering else {},
                )
                for rad in self.koder
            ),
        )


def parse_release(filer: Mapping[str, bytes]) -> Icdutgava | tuple[Avvikelse, ...]:
    """Read a release from the bytes of its five files, by file name.

    Returns the release, or every fault at once with a pointer like "/digit4.txt/17" (line 17):
    ICD001 not UTF-8, ICD002 an unreadable line, ICD003 a code twice, ICD004 a code without
    category, block or chapter, ICD005 a file that is missing or empty.
    """
    faults: list[Avvikelse] = []
    koder: list[Icdkod] = []
    seen: dict[str, str] = {}
    for fil in KODFILER:
        for pekare, rad in _lines(fil, filer, faults):
            kod, markering, text = _split(rad)
            if not (_KOD[fil].fullmatch(kod) and markering in _MARKERINGAR and text.strip()):
                faults.append(felkatalog.finding("ICD002", pekare=pekare))
            elif kod in seen:
                faults.append(_twice(kod, pekare, seen[kod]))
            else:
                seen[kod] = pekare
                koder.append(Icdkod(kod, text, markering))
    block = _areas(BLOCKFIL, filer, faults)
    kapitel = _areas(KAPITELFIL, filer, faults)
    if not faults:
        faults = _homeless(seen, block, kapitel)
    if faults:
        return tuple(faults)
    return Icdutgava(koder=tuple(koder), block=tuple(block), kapitel=tuple(kapitel))


def _lines(fil: str, filer: Mapping[str, bytes], faults: list[Avvikelse]) -> list[tuple[str, str]]:
    """Return (pointer, line) for every line of a file; a file that cannot be read is a fault."""
    try:
        text = filer.get(fil, b"").decode("utf-8-sig")
    except UnicodeDecodeError:
        faults.append(felkatalog.finding("ICD001", pekare=f"/{fil}"))
        return []
    if not text.strip():
        faults.append(felkatalog.finding("ICD005", pekare=f"/{fil}"))
        return []
    # Only a line feed ends a line: some official texts hold other characters that Python's
    # splitlines takes for line ends.
    rader = text.removesuffix("\n").split("\n")
    return [
        (f"/{fil}/{nummer}", rad.removesuffix("\r")) for nummer, rad in enumerate(rader, start=1)
    ]


def _split(rad: str) -> tuple[str, str, str]:
    """Return code, mark and text; all are empty when the line does not have three parts."""
    parts = rad.split("\t")
    return (parts[0], parts[1], parts[2]) if len(parts) == 3 else ("", "", "")


def _areas(fil: str, filer: Mapping[str, bytes], faults: list[Avvikelse]) -> list[Icdomrade]:
    """Read block.txt, or the chapter file where the text follows the range at once."""
    areas = []
    for pekare, rad in _lines(fil, filer, faults):
        omrade, mark, text = _split(rad) if fil == BLOCKFIL else (rad[:7], "", rad[7:])
        found = _OMRADE.fullmatch(omrade)
        if found is None or found[1] > found[2] or mark or "\t" in text or not text.strip():
            faults.append(felkatalog.finding("ICD002", pekare=pekare))
        else:
            areas.append(Icdomrade(found[1], found[2], text))
    return areas


def _homeless(
    koder: Mapping[str, str], block: list[Icdomrade], kapitel: list[Icdomrade]
) -> list[Avvikelse]:
    """Find the codes that lack a category, a block or a chapter, or have two of the latter."""
    by_category: defaultdict[str, list[str]] = defaultdict(list)
    for kod in koder:
        by_category[kod[:3]].append(kod)
    faults = []
    for kategori, members in by_category.items():
        at_home = (
            kategori in koder
            and sum(omrade.holds(kategori) for omrade in block) == 1
            and sum(omrade.holds(kategori) for omrade in kapitel) == 1
        )
        if not at_home:
            faults += [
                felkatalog.finding("ICD004", pekare=koder[kod], varde=kod) for kod in members
            ]
    return faults


def _twice(kod: str, pekare: str, first: str) -> Avvikelse:
    return felkatalog.finding(
        "ICD003",
        pekare=pekare,
        text=f"Koden {kod} står redan på {first.removeprefix('/')}.",
        varde=kod,
    )
