"""What an export of the code server would change, before anything is changed.

A file holds the whole history of every id that it names, and may name few: of the ids it does not
name it says nothing, and they are left alone. An id with a row that cannot be read is left alone
whole, so that a mistake in one version never ends another.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from itertools import pairwise

import msgspec

from gvr.core.kodserver import Filfel, Post, Radfel
from gvr.core.period import Period


class Registrerad(msgspec.Struct, frozen=True, kw_only=True):
    """A stored entry."""

    id: int
    post: Post


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One field that becomes another; empty when it was not there."""

    falt: str
    fore: str
    efter: str


class Andrad(msgspec.Struct, frozen=True, kw_only=True):
    """A stored entry that becomes another."""

    id: int
    fore: Post
    efter: Post

    @property
    def ended(self) -> bool:
        """Say whether nothing but the end differs, and it now has one."""
        return (
            self.efter.giltig.slut is not None
            and self.fore.giltig.slut != self.efter.giltig.slut
            and msgspec.structs.replace(self.fore, giltig=self.efter.giltig) == self.efter
        )

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The fields that differ."""
        fore, efter = as_cells(self.fore), as_cells(self.efter)
        return tuple(
            Cell(falt=falt, fore=fore.get(falt, ""), efter=efter.get(falt, ""))
            for falt in dict.fromkeys((*fore, *efter))
            if fore.get(falt, "") != efter.get(falt, "")
        )


class Skillnad(msgspec.Struct, frozen=True, kw_only=True):
    """What an import adds, changes, ends, takes away and leaves alone.

    `borttagna` are stored versions that the file, naming their id, no longer has. `utanfor` is how
    many stored versions have ids that the file does not name. `fel` are rows that are not applied.
    """

    nya: tuple[Post, ...] = ()
    andrade: tuple[Andrad, ...] = ()
    avslutade: tuple[Andrad, ...] = ()
    borttagna: tuple[Registrerad, ...] = ()
    oforandrade: int = 0
    utanfor: int = 0
    fel: tuple[Radfel, ...] = ()

    @property
    def empty(self) -> bool:
        """Say whether nothing would change."""
        return not (self.nya or self.andrade or self.avslutade or self.borttagna)

    @property
    def ids(self) -> frozenset[str]:
        """The ids for which something changes."""
        return frozenset(
            (
                *(post.kod for post in self.nya),
                *(rad.efter.kod for rad in (*self.andrade, *self.avslutade)),
                *(rad.post.kod for rad in self.borttagna),
            )
        )


def compare(
    stored: Iterable[Registrerad], lasta: Iterable[Post | Radfel | Filfel]
) -> Skillnad | Filfel:
    """Compare the rows of a file with what is stored, by id and first day.

    A file that cannot be read to its end changes nothing: the first reason is returned instead.
    """
    per_id: defaultdict[str, list[Post]] = defaultdict(list)
    fel: list[Radfel] = []
    for rad in lasta:
        if isinstance(rad, Filfel):
            return rad
        if isinstance(rad, Radfel):
            fel.append(rad)
        else:
            per_id[rad.kod].append(rad)
    fel.extend(_overlaps(per_id))
    hallna = {rad.kod for rad in fel}
    kvar: dict[tuple[str, date], Registrerad] = {}
    utanfor = 0
    for registrerad in stored:
        if registrerad.post.kod in hallna or registrerad.post.kod not in per_id:
            utanfor += 1
        else:
            kvar[registrerad.post.kod, registrerad.post.giltig.start] = registrerad
    nya, andrade, oforandrade = [], [], 0
    for kod, poster in per_id.items():
        if kod in hallna:
            continue
        for post in poster:
            fanns = kvar.pop((kod, post.giltig.start), None)
            if fanns is None:
                nya.append(post)
            elif fanns.post == post:
                oforandrade += 1
            else:
                andrade.append(Andrad(id=fanns.id, fore=fanns.post, efter=post))
    return Skillnad(
        nya=tuple(nya),
        andrade=tuple(rad for rad in andrade if not rad.ended),
        avslutade=tuple(rad for rad in andrade if rad.ended),
        borttagna=tuple(kvar.values()),
        oforandrade=oforandrade,
        utanfor=utanfor,
        fel=tuple(fel),
    )


def _overlaps(per_id: Mapping[str, list[Post]]) -> list[Radfel]:
    """Return a fault for every version that holds while the one before it still does."""
    return [
        Radfel(
            kod=kod,
            fr_o_m=str(nasta.giltig.start),
            rad=None,
            text=f"Gäller samtidigt som versionen {fore.giltig}.",
        )
        for kod, poster in per_id.items()
        for fore, nasta in pairwise(sorted(poster, key=lambda post: post.giltig.start))
        if fore.giltig.overlaps(nasta.giltig)
    ]


def as_cells(post: Post) -> dict[str, str]:
    """Return an entry as people compare it: days, texts, and a line for each kind of link."""
    celler = {"T.o.m.": _last_day(post.giltig), **post.texter}
    lankar: defaultdict[str, list[str]] = defaultdict(list)
    for lank in sorted(post.lankar, key=lambda rad: rad.giltig.start):
        namn = f"{lank.system} ({lank.roll})" if lank.roll else lank.system
        lankar[namn].append(f"{lank.kod} {lank.giltig}")
    return celler | {namn: "; ".join(rader) for namn, rader in sorted(lankar.items())}


def _last_day(giltig: Period) -> str:
    return "" if giltig.t_o_m is None else str(giltig.t_o_m)


def counts(skillnad: Skillnad) -> dict[str, int]:
    """Return how many rows of each kind, by the words shown to people."""
    return {
        "nya": len(skillnad.nya),
        "ändrade": len(skillnad.andrade),
        "avslutade": len(skillnad.avslutade),
        "borttagna": len(skillnad.borttagna),
        "oförändrade": skillnad.oforandrade,
        "utanför filen": skillnad.utanfor,
        "rader med fel": len(skillnad.fel),
    }
