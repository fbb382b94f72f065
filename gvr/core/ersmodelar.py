"""Reads ERSMOIndata 2.2 files part by part, in memory that does not grow with what they say.

Two levels, as the format itself says in its schema: a file that does not follow the schema is
refused whole, with the lines that are wrong; a file that does is taken event by event. To know that
the whole file follows the schema before anything of it is kept, it is read twice: once to look at
all of it (`survey`), once to take it in (`parts`).

A part is a document of its own with some thousand events, cut out of the file byte for byte between
two events and given the file's first line and root. The schema has no rule of one event that
depends on another, so a file follows it when each of its parts does. What does depend on the whole
file – which event of two with the same id is the last – is found by the survey, which keeps an id
and a place for each event until it is done.
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any, BinaryIO, Final
from xml.parsers import expat

import msgspec
from lxml import etree

from gvr.core import ersmoindata
from gvr.core.ersmoindata import FLEST_FEL, MARKEN, VARDKONTAKT, Fil, Filfel

FLEST_I_DELEN: Final = 5_000
STORST_DEL: Final = 8_000_000  # bytes, after which a part is not given another event
STORST_HANDELSE: Final = 1_000_000  # bytes of one event, or of what stands outside the events
_BIT: Final = 65_536
_LANGSTA_MARKE: Final = max(map(len, MARKEN))
_ROT: Final = re.compile(rb"<([^\s/>]+)(?:[^>\"']|\"[^\"]*\"|'[^']*')*>")


class Del(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a file as a document; `forsta` is the place of its first event in the file.

    The rest says on which lines of the file things stand: `rad` is the line of the first event,
    `rotrad` that of the root, which has `rotrader` lines here. The first part has them as the file
    does, and there `rotrader` is 0.
    """

    forsta: int
    dokument: bytes
    rad: int = 1
    rotrad: int = 1
    rotrader: int = 0

    def line(self, rad: int) -> int:
        """Return the line of the file that a line of the document is."""
        if rad <= self.rotrader:
            return self.rotrad + rad - 1
        return self.rad + rad - self.rotrader - 1

    @property
    def sha256(self) -> bytes:
        """Return the checksum of the document."""
        return hashlib.sha256(self.dokument).digest()


class Oversikt(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a file that follows the schema before anything of it is taken in.

    `sha256` is the file's checksum and `delar` those of its parts. `ersatta` and `andra` are what
    Fil says of the whole file.
    """

    id: str
    antal: int
    sha256: bytes
    delar: tuple[bytes, ...]
    ersatta: frozenset[int]
    andra: frozenset[str]


class Andrad(Exception):
    """The file is not what it was when it was looked through."""


#: What is done with each part and its root when the part follows the schema.
_Titta = Callable[[Del, Any], None]


def read(
    kropp: bytes, *, schema: etree.XMLSchema, flest: int = FLEST_I_DELEN
) -> Fil | tuple[Filfel, ...]:
    """Read a file that fits in memory, or return every reason why the whole of it is refused."""
    handelser: list[ersmoindata.Handelse] = []

    def keep(del_: Del, root: Any) -> None:
        handelser.extend(ersmoindata.events(root, forsta=del_.forsta, rad=del_.line))

    oversikt = survey(BytesIO(kropp), schema=schema, flest=flest, titta=keep)
    if isinstance(oversikt, tuple):
        return oversikt
    return Fil(
        id=oversikt.id,
        handelser=tuple(handelser),
        ersatta=oversikt.ersatta,
        andra=oversikt.andra,
    )


def survey(
    fil: BinaryIO,
    *,
    schema: etree.XMLSchema,
    flest: int = FLEST_I_DELEN,
    titta: _Titta = lambda _del, _root: None,
) -> Oversikt | tuple[Filfel, ...]:
    """Look through a file from its beginning, or return every reason why all of it is refused.

    1. The encoding is one we read, and there is no document type declaration: the format needs
       none, and entities are how a small file becomes an endless one or reads other files.
    2. It is XML to its end, no event is of a size that no care has, and it follows the schema.
    3. Its source is GVR.
    """
    fel: list[Filfel] = []
    kalla: tuple[Filfel, ...] = ()
    samband, delar, id_ = _Samband(), [], ""
    lasare = _Lasare(fil, flest)
    for del_ in lasare.parts():
        root = del_ if isinstance(del_, Filfel) else ersmoindata.parse(del_.dokument, del_.line)
        if isinstance(root, Filfel):
            return (root,)
        assert isinstance(del_, Del)  # noqa: S101  - a fault is no root
        nya = ersmoindata.against_schema(root, schema, del_.line) if len(fel) < FLEST_FEL else ()
        fel += [f for f in nya if not (del_.forsta and f in fel)]  # the root is the same in each
        if fel:
            continue
        if not del_.forsta:
            id_, kalla = root.get("ID", ""), ersmoindata.other_source(root)
        samband.see(root)
        delar.append(del_.sha256)
        titta(del_, root)
    if fel or kalla:
        return tuple(fel[:FLEST_FEL]) or kalla
    return Oversikt(
        id=id_,
        antal=samband.antal,
        sha256=lasare.sha256,
        delar=tuple(delar),
        ersatta=frozenset(samband.ersatta),
        andra=frozenset(samband.andra),
    )


def parts(
    fil: BinaryIO, oversikt: Oversikt, *, flest: int = FLEST_I_DELEN
) -> Iterator[tuple[Del, Fil]]:
    """Yield the parts of a file that was looked through, with their events, from its beginning.

    Raises Andrad before a part that was not there then; what was yielded before it stands.
    """
    for nummer, del_ in enumerate(_Lasare(fil, flest).parts()):
        if isinstance(del_, Filfel) or oversikt.delar[nummer : nummer + 1] != (del_.sha256,):
            raise Andrad
        root = ersmoindata.parse(del_.dokument, del_.line)
        yield (
            del_,
            Fil(
                id=oversikt.id,
                handelser=ersmoindata.events(root, forsta=del_.forsta, rad=del_.line),
                forsta=del_.forsta,
                ersatta=oversikt.ersatta,
                andra=oversikt.andra,
            ),
        )


class _Samband:
    """What one event is to another in the same file."""

    def __init__(self) -> None:
        self._sist: dict[str, int] = {}
        self.ersatta: list[int] = []
        self.andra: set[str] = set()
        self.antal = 0

    def see(self, root: Any) -> None:
        """Take note of the next events of the file."""
        for element in root:
            id_ = element.get("ID")
            if id_ in self._sist:
                self.ersatta.append(self._sist[id_])
            self._sist[id_] = self.antal
            if element.find("Händelseklass")[0].tag != VARDKONTAKT:
                self.andra.add(id_)
            self.antal += 1


class _Lasare:
    """Finds where events begin, and cuts there.

    A parser that keeps nothing says where; the bytes between two cuts are all that is held.
    """

    def __init__(self, fil: BinaryIO, flest: int) -> None:
        self._fil, self._flest = fil, flest
        self._summa = hashlib.sha256()
        self._hallna = bytearray()
        self._borjan = 0  # where in the file the bytes held begin …
        self._rad = 1  # … and on which line
        self._forsta = self._antal = 0  # of the part that is read: its first event, and how many
        self._djup = 0
        self._nyss = 0  # where the newest event, or the root, began
        self._huvud = self._slut = b""
        self._rotrad = 1
        self._klara: list[Del] = []
        parser = expat.ParserCreate()
        parser.ordered_attributes = True  # cheaper than a dict, and not looked at
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        self._parser = parser

    @property
    def sha256(self) -> bytes:
        """Return the checksum of what has been read."""
        return self._summa.digest()

    def parts(self) -> Iterator[Del | Filfel]:
        """Yield the parts; or last, a fault for which nothing of the file can be trusted."""
        bit = self._fil.read(_BIT)
        fel = ersmoindata.unsafe_start(bit)
        kodning = ersmoindata.encoding_of(bit)
        self._huvud = f'<?xml version="1.0" encoding="{kodning}"?>'.encode()
        while bit and fel is None:
            fel = self._feed(bit)
            yield from self._taken()
            bit = self._fil.read(_BIT)
        if fel is None:
            fel = self._parse(b"", sist=True)
        yield self._cut(self._borjan + len(self._hallna)) if fel is None else fel

    def _feed(self, bit: bytes) -> Filfel | None:
        self._summa.update(bit)
        fran = max(0, len(self._hallna) - _LANGSTA_MARKE)
        self._hallna += bit
        fel = ersmoindata.unsafe_mark(self._hallna, fran, self._rad) or self._parse(bit)
        if fel is None and self._borjan + len(self._hallna) - self._nyss > STORST_HANDELSE:
            rad = self._parser.CurrentLineNumber
            text = f"Rad {rad}: En händelse i filen är orimligt stor."
            return Filfel(kod="XML_SCHEMA", text=text, rad=rad)
        return fel

    def _parse(self, bit: bytes, *, sist: bool = False) -> Filfel | None:
        try:
            self._parser.Parse(bit, sist)
        except expat.ExpatError as error:
            return ersmoindata.broken(error.lineno, error.offset + 1)
        return None

    def _taken(self) -> list[Del]:
        klara, self._klara = self._klara, []
        return klara

    def _start(self, _namn: str, _attribut: list[str]) -> None:
        self._djup += 1
        if self._djup > 2:  # below the root and an event
            return
        plats = self._nyss = self._parser.CurrentByteIndex
        if self._djup == 1:
            rot = _ROT.match(self._hallna, plats - self._borjan)
            assert rot is not None  # noqa: S101  - the parser has just read it
            self._huvud += rot[0] + b"\n"
            self._slut = b"</" + rot[1] + b">"
            self._rotrad = self._parser.CurrentLineNumber
            return
        if self._antal and (self._antal == self._flest or plats - self._borjan >= STORST_DEL):
            self._klara.append(self._cut(plats))
        self._antal += 1

    def _end(self, _namn: str) -> None:
        self._djup -= 1

    def _cut(self, plats: int) -> Del:
        """Return what is held, up to a place in the file, as a part; all of it is the last."""
        bytes_ = bytes(self._hallna[: plats - self._borjan])
        slut = self._slut if len(bytes_) < len(self._hallna) else b""
        del self._hallna[: len(bytes_)]
        if self._forsta:
            del_ = Del(
                forsta=self._forsta,
                dokument=self._huvud + bytes_ + slut,
                rad=self._rad,
                rotrad=self._rotrad,
                rotrader=self._huvud.count(b"\n"),
            )
        else:
            del_ = Del(forsta=0, dokument=bytes_ + slut)
        self._borjan = plats
        self._rad += bytes_.count(b"\n")
        self._forsta += self._antal
        self._antal = 0
        return del_
