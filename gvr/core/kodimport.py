"""What a new code list would change, before anything is changed.

A list comes in two shapes. A document holds the whole history of its codes, so its rows are
compared with ours one by one. A release (utgåva) says only what holds from a day on: a code that it
and we have is left as it is, a code with another text gets a new row from that day, and a code that
it has no more is ended the day before.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import pairwise

import msgspec

from gvr.core.kodverk import Kodrad
from gvr.core.period import Period


class Lagrad(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A stored code row."""

    id: int
    rad: Kodrad


class Andrad(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A stored row that becomes another. `avslutad` when only its last day is set or moved."""

    id: int
    fore: Kodrad
    efter: Kodrad

    @property
    def avslutad(self) -> bool:
        """Say whether nothing but the end differs, and it now has one."""
        return (
            self.efter.giltig.slut is not None
            and self.fore.giltig.slut != self.efter.giltig.slut
            and msgspec.structs.replace(self.fore, giltig=self.efter.giltig) == self.efter
        )


class Skillnad(msgspec.Struct, frozen=True, kw_only=True):
    """What an import adds, changes, ends and leaves alone.

    `utanfor` are stored rows that the list says nothing of: they are shown and left alone.
    """

    nya: tuple[Kodrad, ...] = ()
    andrade: tuple[Andrad, ...] = ()
    avslutade: tuple[Andrad, ...] = ()
    oforandrade: int = 0
    utanfor: tuple[Lagrad, ...] = ()

    @property
    def empty(self) -> bool:
        """Say whether nothing would change."""
        return not (self.nya or self.andrade or self.avslutade)


def compare(lagrade: Iterable[Lagrad], rader: Sequence[Kodrad]) -> Skillnad:
    """Compare a document's rows with the stored ones, by code and first day."""
    kvar = {(lagrad.rad.kod, lagrad.rad.giltig.start): lagrad for lagrad in lagrade}
    nya, andrade, oforandrade = [], [], 0
    for rad in rader:
        lagrad = kvar.pop((rad.kod, rad.giltig.start), None)
        if lagrad is None:
            nya.append(rad)
        elif lagrad.rad == rad:
            oforandrade += 1
        else:
            andrade.append(Andrad(id=lagrad.id, fore=lagrad.rad, efter=rad))
    return _sorted(nya, andrade, oforandrade, tuple(kvar.values()))


def compare_release(
    lagrade: Iterable[Lagrad], rader: Sequence[Kodrad], *, fr_o_m: date, hel: bool
) -> Skillnad:
    """Compare a release that holds from `fr_o_m` with the stored rows.

    `hel` says that the release has every code: those that it lacks are ended.
    """
    per_kod: dict[str, list[Lagrad]] = {}
    utanfor = []
    for lagrad in lagrade:
        if lagrad.rad.giltig.slut is not None and lagrad.rad.giltig.slut <= fr_o_m:
            continue  # over before the release begins: none of its business
        per_kod.setdefault(lagrad.rad.kod, []).append(lagrad)
    nya, andrade, oforandrade = [], [], 0
    for rad in rader:
        berorda = sorted(per_kod.pop(rad.kod, []), key=lambda lagrad: lagrad.rad.giltig.start)
        gallande = [lagrad for lagrad in berorda if lagrad.rad.giltig.contains(fr_o_m)]
        if not gallande:
            nya.append(_from(rad, fr_o_m, before=berorda))
        elif same_meaning(gallande[0].rad, rad):
            oforandrade += 1
        elif gallande[0].rad.giltig.start == fr_o_m:
            fore = gallande[0].rad
            efter = msgspec.structs.replace(rad, giltig=fore.giltig)
            andrade.append(Andrad(id=gallande[0].id, fore=fore, efter=efter))
        else:
            andrade.append(_ended(gallande[0], fr_o_m))
            nya.append(_from(rad, fr_o_m, before=berorda[1:]))
    for berorda in per_kod.values():
        for lagrad in berorda:
            if hel and lagrad.rad.giltig.start < fr_o_m:
                andrade.append(_ended(lagrad, fr_o_m))
            else:
                utanfor.append(lagrad)
    return _sorted(nya, andrade, oforandrade, tuple(utanfor))


def same_meaning(fore: Kodrad, efter: Kodrad) -> bool:
    """Say whether two rows of a code differ in nothing but their period and source."""
    return msgspec.structs.replace(fore, giltig=efter.giltig, kalla=efter.kalla) == efter


def _from(rad: Kodrad, fr_o_m: date, *, before: Sequence[Lagrad]) -> Kodrad:
    """Return the row from the release's day until the next stored row of the code begins."""
    senare = [lagrad.rad.giltig.start for lagrad in before if lagrad.rad.giltig.start > fr_o_m]
    slut = min([*senare, *([rad.giltig.slut] if rad.giltig.slut else [])], default=None)
    return msgspec.structs.replace(rad, giltig=Period(fr_o_m, slut))


def _ended(lagrad: Lagrad, dag: date) -> Andrad:
    efter = msgspec.structs.replace(lagrad.rad, giltig=Period(lagrad.rad.giltig.start, dag))
    return Andrad(id=lagrad.id, fore=lagrad.rad, efter=efter)


def _sorted(
    nya: list[Kodrad], andrade: list[Andrad], oforandrade: int, utanfor: tuple[Lagrad, ...]
) -> Skillnad:
    return Skillnad(
        nya=tuple(nya),
        andrade=tuple(rad for rad in andrade if not rad.avslutad),
        avslutade=tuple(rad for rad in andrade if rad.avslutad),
        oforandrade=oforandrade,
        utanfor=utanfor,
    )


def overlaps(lagrade: Iterable[Lagrad], skillnad: Skillnad) -> list[tuple[str, Period, Period]]:
    """Return (code, period, period) of rows that would hold at once after the import."""
    borta = {rad.id for rad in (*skillnad.andrade, *skillnad.avslutade)}
    efter: dict[str, list[Period]] = {}
    for lagrad in lagrade:
        if lagrad.id not in borta:
            efter.setdefault(lagrad.rad.kod, []).append(lagrad.rad.giltig)
    for ny in (*skillnad.nya, *(rad.efter for rad in (*skillnad.andrade, *skillnad.avslutade))):
        efter.setdefault(ny.kod, []).append(ny.giltig)
    return [
        (kod, fore, nasta)
        for kod, perioder in efter.items()
        for fore, nasta in pairwise(sorted(perioder, key=lambda period: period.start))
        if fore.overlaps(nasta)
    ]


def counts(skillnad: Skillnad) -> Mapping[str, int]:
    """Return how many rows of each kind, by the words shown to people."""
    return {
        "nya": len(skillnad.nya),
        "ändrade": len(skillnad.andrade),
        "avslutade": len(skillnad.avslutade),
        "oförändrade": skillnad.oforandrade,
        "utanför listan": len(skillnad.utanfor),
    }
