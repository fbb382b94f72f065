"""Units and commissions as a code server's index gives them: three tables of dated rows.

* units and their commissions: kombika, first day, last day, samverks-id
* MEK: kombika, HSA-id, first day, last day
* commissions: samverks-id, first day, last day, STYP, uppdragstyp, number of the contract

Both days are inclusive; 2099-12-31 and 9999-12-31 mean until further notice. A unit with several
commissions has a row for each. Commission 0000 is none.
"""

import csv
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import pairwise
from typing import Final

import msgspec

from gvr.core.kodserver import INGET_UPPDRAG
from gvr.core.period import Period

TILLS_VIDARE: Final = frozenset({"2099-12-31", "9999-12-31", ""})


class Uppdragslank(msgspec.Struct, frozen=True):
    """That a unit works under a commission during some of its days."""

    samverks_id: str
    giltig: Period


class Enhetsrad(msgspec.Struct, frozen=True, kw_only=True):
    """A unit during a period with one HSA-id and one owner, and the commissions it has then.

    `orgnr` and `namn` are empty where the source does not say.
    """

    kombika: str
    hsa_id: str
    giltig: Period
    uppdrag: tuple[Uppdragslank, ...]
    orgnr: str = ""
    namn: str = ""


class Uppdragsrad(msgspec.Struct, frozen=True, kw_only=True):
    """A commission during a period. `avtal` is the contract's number, empty when it has none.

    `test` (Följer mall = N) is None where the source does not say.
    """

    samverks_id: str
    styp: str
    uppdragstyp: str
    avtal: str
    giltig: Period
    namn: str = ""
    test: bool | None = None


class Index(msgspec.Struct, frozen=True):
    """The whole index."""

    enheter: tuple[Enhetsrad, ...]
    uppdrag: tuple[Uppdragsrad, ...]


class Indexfel(msgspec.Struct, frozen=True):
    """A row that cannot be read; `rad` counts from 1 and includes the heading."""

    tabell: str
    rad: int
    text: str


def parse(*, avd: str, mek: str, samverks: str) -> Index | tuple[Indexfel, ...]:
    """Read the three tables, or return every row that cannot be read."""
    fel: list[Indexfel] = []
    avdrader = list(_rows("avd", avd, 4, (1, 2), fel))
    mekrader = list(_rows("mek", mek, 4, (2, 3), fel))
    uppdrag = tuple(
        Uppdragsrad(
            samverks_id=rad[0], styp=rad[3], uppdragstyp=rad[4], avtal=rad[5], giltig=giltig
        )
        for rad, giltig in _rows("samverks", samverks, 6, (1, 2), fel)
    )
    if fel:
        return tuple(fel)
    return Index(tuple(_units(avdrader, mekrader)), uppdrag)


Rad = tuple[list[str], Period]


def _rows(
    tabell: str, text: str, columns: int, days: tuple[int, int], fel: list[Indexfel]
) -> Iterator[Rad]:
    """Yield the rows under the heading with their periods; note those that cannot be read."""
    for nummer, rad in enumerate(csv.reader(text.splitlines()), 1):
        if nummer == 1 or not rad:
            continue
        if len(rad) != columns:
            fel.append(Indexfel(tabell, nummer, f"Raden har {len(rad)} kolumner, inte {columns}."))
            continue
        start, slut = (rad[plats].strip() for plats in days)
        try:
            giltig = Period.inclusive(
                date.fromisoformat(start),
                None if slut in TILLS_VIDARE else date.fromisoformat(slut),
            )
        except ValueError:
            fel.append(Indexfel(tabell, nummer, "Giltigheten går inte att läsa."))
            continue
        yield [cell.strip() for cell in rad], giltig


def _units(avd: Iterable[Rad], mek: Iterable[Rad]) -> Iterator[Enhetsrad]:
    """Yield each state of each unit, divided where its HSA-id changes."""
    hsa: dict[str, list[tuple[str, Period]]] = {}
    for rad, giltig in mek:
        hsa.setdefault(rad[0], []).append((rad[1], giltig))
    lagen: dict[tuple[str, Period], list[str]] = {}
    for rad, giltig in avd:
        lagen.setdefault((rad[0], giltig), []).append(rad[3])
    for (kombika, giltig), uppdrag in lagen.items():
        egna = tuple(sorted({kod for kod in uppdrag if kod != INGET_UPPDRAG}))
        for del_ in divide(giltig, [period for _, period in hsa.get(kombika, ())]):
            yield Enhetsrad(
                kombika=kombika,
                hsa_id=next(
                    (kod for kod, period in hsa.get(kombika, ()) if period.contains(del_.start)),
                    "",
                ),
                giltig=del_,
                uppdrag=tuple(Uppdragslank(kod, del_) for kod in egna),
            )


def divide(giltig: Period, andra: Iterable[Period]) -> list[Period]:
    """Return the period cut at every day within it where one of the others begins or ends."""
    dagar = {dag for period in andra for dag in (period.start, period.slut) if dag is not None}
    inom = sorted(dag for dag in dagar if giltig.contains(dag) and dag != giltig.start)
    starter = [giltig.start, *inom]
    return [
        *(Period(start, slut) for start, slut in pairwise(starter)),
        Period(starter[-1], giltig.slut),
    ]
