"""Reads an export of the code server, one entry at a time.

One file holds one table. An entry (`termitementry`) is a code during a period, with texts and with
links to codes of other tables. The same id comes back for each period in which something is
different, so what is unique is the id with its first day.

Days: an entry begins at 00:00:01 and ends at 23:59:59 of a local day, and 2099-12-31 means until
further notice. Here they are half-open days; the second between two entries is no gap. A link has
days of its own, which may reach outside its entry's.

Source: the exports and the reader of sll-rtjp.gvradapter (Apache-2.0).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Final

import msgspec

from gvr.core.period import Period
from gvr.core.xmlstrom import Element, Strombrott, records

AVD: Final = "AVD"
SAMVERKS: Final = "SAMVERKS"
UPPDRAGSTYP: Final = "UPPDRAGSTYP"
FORETAG: Final = "FORETAG"
AVTAL: Final = "AVTAL"
BASOMRNY: Final = "BASOMRNY"
INGET_UPPDRAG: Final = "0000"
#: From this year on a last day means until further notice.
TILLS_VIDARE_AR: Final = 2099
_TIDPUNKT: Final = re.compile(r"^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d:\d\d:\d\d)\S{0,20})?$")
_MAX_VARDE: Final = 2_000


class Tabell(msgspec.Struct, frozen=True, kw_only=True):
    """A table: what its codes look like and which links an entry cannot do without."""

    kod: str
    namn: str
    filnamn: tuple[str, ...]
    monster: str
    beskrivning: str
    kravda: tuple[str, ...] = ()


TABELLER: Final[Mapping[str, Tabell]] = {
    tabell.kod: tabell
    for tabell in (
        Tabell(
            kod=AVD,
            namn="Enheter (AVD-REL)",
            filnamn=("AVD-REL", "AVD"),
            monster=r"[0-9]{8}[A-Za-zÅÄÖåäö0-9]{1,3}",
            beskrivning="åtta siffror och ett till tre tecken",
        ),
        Tabell(
            kod=SAMVERKS,
            namn="Uppdrag (SAMVERKS-REL)",
            filnamn=("SAMVERKS-REL", "SAMVERKS"),
            monster=r"[0-9]{4}|[0-9]{7}",
            beskrivning="fyra eller sju siffror",
            kravda=("STYP",),
        ),
        Tabell(
            kod=UPPDRAGSTYP,
            namn="Uppdragstyper (UPPDRAGSTYP)",
            filnamn=("UPPDRAGSTYP",),
            monster=r"[0-9]{3}",
            beskrivning="tre siffror",
        ),
        Tabell(
            kod=FORETAG,
            namn="Företag (FORETAG)",
            filnamn=("FORETAG",),
            monster=r"[0-9]{4}",
            beskrivning="fyra siffror",
        ),
        Tabell(
            kod=AVTAL,
            namn="Avtal (AVTAL-REL)",
            filnamn=("AVTALS-REL", "AVTAL-REL", "AVTAL"),
            monster=r"[0-9]{4,5}",
            beskrivning="fyra eller fem siffror",
        ),
        Tabell(
            kod=BASOMRNY,
            namn="Basområden (BASOMRNY)",
            filnamn=("BASOMRNY",),
            monster=r"[0-9]{7}",
            beskrivning="sju siffror",
        ),
    )
}


class Lank(msgspec.Struct, frozen=True, kw_only=True):
    """A link to a code of another table. `roll` tells apart two links to the same table."""

    system: str
    roll: str
    kod: str
    giltig: Period


class Post(msgspec.Struct, frozen=True, kw_only=True):
    """One entry: a code during a period. `lankar` are sorted, so equal entries are equal values."""

    kod: str
    giltig: Period
    texter: dict[str, str]
    lankar: tuple[Lank, ...]

    def links(self, system: str) -> tuple[Lank, ...]:
        """Return the links to one table, in order of day."""
        return tuple(sorted((rad for rad in self.lankar if rad.system == system), key=_by_start))

    def linked_on(self, system: str, day: date) -> tuple[str, ...]:
        """Return the codes of one table that the entry is linked to on a day."""
        return tuple(rad.kod for rad in self.links(system) if rad.giltig.contains(day))

    @property
    def name(self) -> str:
        """The name people know it by: the long one, else the short one, else the code."""
        for namn in ("longname", "shortname", "abbreviation"):
            if self.texter.get(namn):
                return self.texter[namn]
        return self.kod


class Radfel(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with one entry: which id and first day, on which line of the file."""

    kod: str
    fr_o_m: str
    rad: int | None
    text: str


class Filfel(msgspec.Struct, frozen=True, kw_only=True):
    """Why the file, or the rest of it, cannot be read."""

    text: str
    rad: int | None = None


def table_of(filnamn: str) -> str | None:
    """Return the table that a file name like AVD-REL.xml says, or None."""
    namn = filnamn.rpartition("/")[2].upper()
    for tabell in TABELLER.values():
        if namn.startswith(tabell.filnamn):
            return tabell.kod
    return None


def read(chunks: Iterable[bytes], *, tabell: str) -> Iterator[Post | Radfel | Filfel]:
    """Yield each entry of a file, or what is wrong with it; what stops the file comes last.

    Raises KeyError for a table that is not one of TABELLER.
    """
    regler = TABELLER[tabell]
    kod = re.compile(regler.monster)
    sedda: set[tuple[str, date]] = set()
    system = False
    for element in records(
        chunks, namn=frozenset({"termitementry"}), utanfor=frozenset({"termsystem"})
    ):
        if isinstance(element, Strombrott):
            yield Filfel(text=element.text, rad=element.rad)
            return
        if element.namn == "termsystem":
            system = True
            continue
        post = _entry(element, regler, kod)
        if isinstance(post, Post):
            nyckel = (post.kod, post.giltig.start)
            if nyckel in sedda:
                post = _fault(element, "Koden finns redan i filen med samma första dag.")
            sedda.add(nyckel)
        yield post
    if not system:
        yield Filfel(text="Filen är ingen export från Kodservern: den har inget termsystem.")


def local_days(begin: str, end: str | None) -> Period | None:
    """Return the local days of an export's two points in time, None when they make no period.

    The calendar day is taken as it is written: exports put 00:00:01 and 23:59:59, or a midnight
    with an offset that does not follow summer time, and in no case mean another day than they say.
    An end at midnight is the end of the day before.
    """
    start, slut = _point(begin), _point(end or "")
    if start is None or (slut is None and end):
        return None
    if slut is None or slut[0].year >= TILLS_VIDARE_AR:
        return Period(start[0])
    dag, tid = slut
    sista = dag if tid == "00:00:00" else dag + timedelta(days=1)
    return Period(start[0], sista) if sista > start[0] else None


def _point(text: str) -> tuple[date, str] | None:
    traff = _TIDPUNKT.match(text.strip())
    if traff is None:
        return None
    try:
        dag = date(int(traff[1]), int(traff[2]), int(traff[3]))
    except ValueError:
        return None
    return dag, traff[4] or "23:59:59"


def _entry(element: Element, regler: Tabell, kod: re.Pattern[str]) -> Post | Radfel:
    attribut = element.attribut
    ident = attribut.get("id", "")
    if not kod.fullmatch(ident):
        return _fault(element, f"Koden ska vara {regler.beskrivning}.")
    giltig = local_days(attribut.get("begindate", ""), attribut.get("expirationdate"))
    if giltig is None:
        return _fault(element, "Giltigheten går inte att läsa, eller slutar innan den börjar.")
    texter: dict[str, str] = {}
    lankar: set[Lank] = set()
    for falt in element.barn:
        typ = falt.attribut.get("type", "")
        if falt.namn != "attribute" or not typ:
            continue
        if typ == "externallink":
            lank = _link(falt)
            if isinstance(lank, str):
                return _fault(element, lank)
            lankar.add(lank)
        elif falt.text:
            texter[typ] = falt.text[:_MAX_VARDE]
    saknas = [s for s in regler.kravda if not any(rad.system == s for rad in lankar)]
    if saknas:
        return _fault(element, f"Länken till {' och '.join(saknas)} saknas.")
    return Post(kod=ident, giltig=giltig, texter=texter, lankar=tuple(sorted(lankar, key=_order)))


def _link(falt: Element) -> Lank | str:
    """Return the link, or what is wrong with it."""
    varden = [barn.attribut for barn in falt.barn if barn.namn == "codedvalue"]
    if len(varden) != 1 or not varden[0].get("codesystem") or not varden[0].get("code"):
        return "En länk saknar kod eller tabell."
    system, kod = varden[0]["codesystem"], varden[0]["code"]
    giltig = local_days(falt.attribut.get("begindate", ""), falt.attribut.get("expirationdate"))
    if giltig is None:
        return f"Länken till {system[:40]} {kod[:40]} har en giltighet som inte går att läsa."
    return Lank(
        system=system[:40], kod=kod[:40], roll=varden[0].get("referenceid", "")[:100], giltig=giltig
    )


def _fault(element: Element, text: str) -> Radfel:
    return Radfel(
        kod=element.attribut.get("id", "")[:20],
        fr_o_m=element.attribut.get("begindate", "")[:10],
        rad=element.rad,
        text=text,
    )


def _by_start(lank: Lank) -> tuple[date, str]:
    return lank.giltig.start, lank.kod


def _order(lank: Lank) -> tuple[str, str, date, str]:
    return lank.system, lank.roll, lank.giltig.start, lank.kod
