"""Code lists (kodverk): one dated list as a value, and the register that judges codes by day.

Codes are judged on the day of care, never on the day of the report: a late registration may still
use a code that has closed since (Vårdgivarguiden, "Förändring gällande taxekoder").
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import StrEnum
from itertools import pairwise
from typing import Any, Final

import msgspec

from gvr.core import felkatalog
from gvr.core.avvikelse import Avvikelse
from gvr.core.period import Period

# The lists a contact can point into, by their table names in the Kodserver.
BTYP: Final = "BTYP"  # besökstyp, class 013
VKTYP: Final = "VKTYP"  # vårdkontakttyp, class 014
VDG: Final = "VDG"  # yrkeskategori, class 001
TAXA: Final = "TAXA"  # class 006
AKUT: Final = "AKUT"
IKOD: Final = "IKOD"  # where the patient came from, class 002
UKOD: Final = "UKOD"  # where the patient went, class 003
VPLAN: Final = "VPLAN"  # planned further care, class 004
DIAGNOS: Final = "DIAGNOS"  # ICD-10-SE, class 008
OPKOD: Final = "OPKOD"  # vårdåtgärder (KVÅ), class 007
ATC: Final = "ATC"  # läkemedel, class 020
TILLSTAND: Final = "TILLSTAND"  # class 010
PRODUKT: Final = "PRODUKT"  # class 005
LAN: Final = "LAN"  # the two first digits of an LKF code
UPPDRAGSTYP: Final = "UPPDRAGSTYP"


class Kodrad(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One code during one period.

    `text` None means that the official text is not public. `slutsats` marks a text that is our
    conclusion from public documents and not the register's own words. A code whose meaning changed
    has one row per meaning.
    """

    kod: str
    text: str | None
    giltig: Period
    slutsats: bool = False
    egenskaper: Mapping[str, str | bool | list[str]] = {}
    kalla: str | None = None


class Kodverk(msgspec.Struct, frozen=True, kw_only=True):
    """One code list. `fullstandig` says that a code which is not in it does not exist.

    `klass` is the class number of the list in ERSMOIndata, None where it has none.
    """

    kodverk: str
    namn: str
    klass: str | None
    kallor: tuple[str, ...]
    fullstandig: bool
    rader: tuple[Kodrad, ...]

    def periods(self) -> dict[str, tuple[Period, ...]]:
        """Return the periods of each code, earliest first, rows that only change text joined."""
        collected: dict[str, list[Period]] = {}
        for rad in sorted(self.rader, key=lambda rad: (rad.kod, rad.giltig.start)):
            perioder = collected.setdefault(rad.kod, [])
            if perioder and perioder[-1].slut == rad.giltig.start:
                perioder[-1] = Period(perioder[-1].start, rad.giltig.slut)
            else:
                perioder.append(rad.giltig)
        return {kod: tuple(perioder) for kod, perioder in collected.items()}


class Kodlage(StrEnum):
    """What a code is on a day."""

    GILTIG = "GILTIG"
    STANGD = "STANGD"  # has been valid, is not any more
    EJ_OPPEN = "EJ_OPPEN"  # is not valid yet
    OKAND = "OKAND"  # is not in the list


class Kodstatus(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The answer for one code on one day, with the days to show.

    `giltig` is the period that holds the day. `stangd_efter` is the last day on which a closed code
    was valid; `oppnar` the first day on which a code that is not valid becomes so (again).
    """

    lage: Kodlage
    giltig: Period | None = None
    stangd_efter: date | None = None
    oppnar: date | None = None


class Giltiga(dict[str, frozenset[str]]):
    """The valid codes of one day, by list. A list that is not in the register has none."""

    __slots__ = ()

    def __missing__(self, kodverk: str) -> frozenset[str]:
        return _INGA_KODER


_INGA_KODER: Final[frozenset[str]] = frozenset()


class Kodregister:
    """An immutable snapshot of all code lists, made to answer millions of questions.

    `koder` holds the periods of every code of every list, `fullstandiga` the lists in which a
    missing code does not exist. A list that is not among `listor` judges nothing: nobody can say of
    its codes whether they exist.

    The set of valid codes only changes on the days when some code opens or closes, so it is built
    once per list and stretch between two such days, when first asked for.
    """

    __slots__ = ("_breaks", "_days", "_fullstandiga", "_koder", "_sets", "_views")

    def __init__(
        self,
        koder: Mapping[str, Mapping[str, tuple[Period, ...]]],
        fullstandiga: frozenset[str] = frozenset(),
    ) -> None:
        self._koder = koder
        self._fullstandiga = fullstandiga
        self._breaks = {kodverk: _days_of_change(lista) for kodverk, lista in koder.items()}
        self._days = sorted({day for days in self._breaks.values() for day in days})
        self._sets: dict[tuple[str, int], frozenset[str]] = {}
        self._views: list[Giltiga | None] = [None] * (len(self._days) + 1)

    @classmethod
    def of(cls, kodverk: Iterable[Kodverk]) -> "Kodregister":
        """Build the register from whole code lists."""
        listor = tuple(kodverk)
        return cls(
            {lista.kodverk: lista.periods() for lista in listor},
            frozenset(lista.kodverk for lista in listor if lista.fullstandig),
        )

    @property
    def listor(self) -> frozenset[str]:
        """The names of the lists in the register."""
        return frozenset(self._koder)

    def is_complete(self, kodverk: str) -> bool:
        """Say whether a code that is missing from the list does not exist."""
        return kodverk in self._fullstandiga

    def valid_on(self, day: date) -> Giltiga:
        """Return the codes valid on the day, by list; not to be changed.

        Built once per stretch of days on which nothing opens or closes.
        """
        stretch = bisect_right(self._days, day)
        view = self._views[stretch]
        if view is None:
            view = Giltiga({kodverk: self._valid_in(kodverk, day) for kodverk in self._koder})
            self._views[stretch] = view
        return view

    def _valid_in(self, kodverk: str, day: date) -> frozenset[str]:
        key = (kodverk, bisect_right(self._breaks[kodverk], day))
        valid = self._sets.get(key)
        if valid is None:
            valid = frozenset(
                kod
                for kod, perioder in self._koder[kodverk].items()
                if any(period.contains(day) for period in perioder)
            )
            self._sets[key] = valid
        return valid

    def status(self, kodverk: str, kod: str, day: date) -> Kodstatus:
        """Judge one code on one day, with the days a person needs to understand the answer."""
        perioder = self._koder.get(kodverk, {}).get(kod)
        if not perioder:
            return Kodstatus(lage=Kodlage.OKAND)
        for period in perioder:
            if period.contains(day):
                return Kodstatus(lage=Kodlage.GILTIG, giltig=period)
        closed = [slut for _, slut in map(_last_days, perioder) if slut is not None and slut < day]
        opens = [period.start for period in perioder if period.start > day]
        return Kodstatus(
            lage=Kodlage.STANGD if closed else Kodlage.EJ_OPPEN,
            stangd_efter=max(closed, default=None),
            oppnar=min(opens, default=None),
        )


def _last_days(period: Period) -> tuple[date, date | None]:
    return period.fr_o_m, period.t_o_m


def _days_of_change(lista: Mapping[str, tuple[Period, ...]]) -> list[date]:
    """Return every day on which a code of the list opens or stops being valid, in order."""
    perioder = {period for perioder in lista.values() for period in perioder}
    starts = {period.start for period in perioder}
    ends = {period.slut for period in perioder if period.slut is not None}
    return sorted(starts | ends)


# --- reading a list from a document ----------------------------------------------------------

_LISTFALT: Final = {"kodverk", "klass", "namn", "kalla", "fullstandig", "koder"}
_RADFALT: Final = {
    "kod",
    "text",
    "text_offentlig",
    "slutsats",
    "fr_o_m",
    "t_o_m",
    "egenskaper",
    "kalla",
}


def parse(document: Any) -> Kodverk | tuple[Avvikelse, ...]:
    """Read a code list from a document, as YAML or JSON gives it.

    Returns the list, or every fault at once: KOD001 a field is missing, unknown or of the wrong
    kind, KOD002 a code is not text, KOD003 the period is wrong, KOD004 two rows of one code
    overlap, KOD005 a text is missing without being marked as not public.
    """
    if not isinstance(document, dict):
        return (_fault("KOD001", "", "Dokumentet är ingen uppställning av fält och värden."),)
    faults = _unknown_fields(document, _LISTFALT, "")
    for falt, slag in (("kodverk", str), ("namn", str), ("fullstandig", bool), ("koder", list)):
        if not isinstance(document.get(falt), slag):
            faults.append(_fault("KOD001", f"/{falt}", f"Fältet {falt} saknas eller är fel sort."))
    klass = document.get("klass")
    if not (klass is None or isinstance(klass, str)):
        faults.append(_fault("KOD001", "/klass", "Klassen ska stå inom citattecken, som '013'."))
    kalla = document.get("kalla")
    kallor = [kalla] if isinstance(kalla, str) else kalla
    if not (isinstance(kallor, list) and kallor and all(isinstance(k, str) for k in kallor)):
        faults.append(_fault("KOD001", "/kalla", "Kodverkets källa saknas."))

    rader: list[Kodrad] = []
    rows = document.get("koder")
    for nummer, row in enumerate(rows if isinstance(rows, list) else ()):
        read = _parse_row(row, f"/koder/{nummer}")
        if isinstance(read, Kodrad):
            rader.append(read)
        else:
            faults += read
    faults += _overlaps(rader)
    if faults:
        return tuple(faults)
    return Kodverk(
        kodverk=document["kodverk"],
        namn=document["namn"],
        klass=klass,
        kallor=tuple(kallor or ()),
        fullstandig=document["fullstandig"],
        rader=tuple(rader),
    )


def _parse_row(row: Any, pekare: str) -> Kodrad | list[Avvikelse]:
    if not isinstance(row, dict):
        return [_fault("KOD001", pekare, "Raden är ingen uppställning av fält och värden.")]
    faults = _unknown_fields(row, _RADFALT, pekare)

    kod = row.get("kod")
    if not (isinstance(kod, str) and kod and kod == kod.strip()):
        faults.append(_fault("KOD002", f"{pekare}/kod"))
    text = row.get("text")
    if not (text is None or isinstance(text, str)):
        faults.append(_fault("KOD001", f"{pekare}/text", "Texten ska vara text."))
    for falt in ("text_offentlig", "slutsats"):
        if not isinstance(row.get(falt, False), bool):
            faults.append(_fault("KOD001", f"{pekare}/{falt}", "Värdet ska vara true eller false."))
    if (text is None) == (row.get("text_offentlig", True) is True):
        faults.append(_fault("KOD005", f"{pekare}/text"))
    egenskaper = row.get("egenskaper", {})
    if not _are_egenskaper(egenskaper):
        faults.append(_fault("KOD001", f"{pekare}/egenskaper", "Egenskaperna går inte att läsa."))
    if not isinstance(row.get("kalla"), str | None):
        faults.append(_fault("KOD001", f"{pekare}/kalla", "Källan ska vara text."))
    giltig = _parse_period(row.get("fr_o_m"), row.get("t_o_m"))
    if isinstance(giltig, str):
        faults.append(_fault("KOD003", f"{pekare}/fr_o_m", giltig))

    if faults or isinstance(giltig, str) or not isinstance(kod, str):
        return faults
    return Kodrad(
        kod=kod,
        text=text,
        giltig=giltig,
        slutsats=row.get("slutsats", False),
        egenskaper=egenskaper,
        kalla=row.get("kalla"),
    )


def _are_egenskaper(egenskaper: Any) -> bool:
    return isinstance(egenskaper, dict) and all(
        isinstance(namn, str)
        and (
            isinstance(varde, str | bool)
            or (isinstance(varde, list) and all(isinstance(del_, str) for del_ in varde))
        )
        for namn, varde in egenskaper.items()
    )


def _parse_period(fr_o_m: Any, t_o_m: Any) -> Period | str:
    """Return the period, or the Swedish reason why there is none."""
    if not _is_day(fr_o_m) or not (t_o_m is None or _is_day(t_o_m)):
        return "Giltigheten anges som dagar, fr_o_m: 2022-04-01 och vid behov t_o_m: 2022-12-31."
    try:
        return Period.inclusive(fr_o_m, t_o_m)
    except ValueError:
        return f"Koden slutar gälla {t_o_m}, före sin första dag {fr_o_m}."


def _is_day(value: Any) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime)


def _overlaps(rader: list[Kodrad]) -> list[Avvikelse]:
    in_order = sorted(rader, key=lambda rad: (rad.kod, rad.giltig.start))
    return [
        _fault(
            "KOD004",
            f"/koder/{rader.index(after)}",
            f"Koden {after.kod} har två rader som gäller samtidigt: {before.giltig} och "
            f"{after.giltig}.",
        )
        for before, after in pairwise(in_order)
        if before.kod == after.kod and before.giltig.overlaps(after.giltig)
    ]


def _unknown_fields(document: dict[Any, Any], known: set[str], pekare: str) -> list[Avvikelse]:
    return [
        _fault("KOD001", f"{pekare}/{falt}", f"Fältet {falt} finns inte.")
        for falt in document
        if falt not in known
    ]


def _fault(kod: str, pekare: str, text: str | None = None) -> Avvikelse:
    return felkatalog.finding(kod, pekare=pekare, text=text)
