"""Records out of a large XML file, one at a time, in memory that does not grow with the file.

The file may come from anyone. A document type declaration is refused, for entities are how a small
file becomes an endless one or reads other files; so are records that are too deep, too many-parted
or too long, and a single tag that never ends.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final
from xml.parsers import expat

import msgspec

MAX_DJUP: Final = 12
MAX_DELAR: Final = 5_000
MAX_TEXT: Final = 1_000_000
MAX_TYST: Final = 1_000_000
_BIT: Final = 65_536


class Element(msgspec.Struct, kw_only=True):
    """An element with what it holds. `rad` is its line in the file; names are without prefix."""

    namn: str
    attribut: dict[str, str]
    rad: int
    text: str = ""
    barn: list["Element"] = []


class Strombrott(msgspec.Struct, frozen=True, kw_only=True):
    """Why the rest of a file cannot be read, and the line where it shows."""

    text: str
    rad: int | None = None


class _Vagran(Exception):
    pass


def records(
    chunks: Iterable[bytes], *, namn: frozenset[str], utanfor: frozenset[str] = frozenset()
) -> Iterator[Element | Strombrott]:
    """Yield every element called one of `namn` with its children, in the order of the file.

    Elements called one of `utanfor` are yielded when they begin, with their attributes alone.
    Anything that cannot be read comes last, as a value: what was yielded before it stands.
    """
    lasare = _Lasare(namn, utanfor)
    try:
        for chunk in chunks:
            for start in range(0, len(chunk), _BIT):
                lasare.feed(chunk[start : start + _BIT])
                yield from lasare.taken()
        lasare.close()
        yield from lasare.taken()
    except expat.ExpatError as fel:
        yield from lasare.taken()
        text = expat.errors.messages.get(fel.code, "okänt fel")
        yield Strombrott(text=f"Filen är inte välformad XML ({text}).", rad=fel.lineno)
    except _Vagran as fel:
        yield from lasare.taken()
        yield Strombrott(text=str(fel), rad=lasare.rad)


class _Lasare:
    """The parser's callbacks and how far into a record they are."""

    def __init__(self, namn: frozenset[str], utanfor: frozenset[str]) -> None:
        self._namn, self._utanfor = namn, utanfor
        self._stack: list[Element] = []
        self._klara: list[Element] = []
        self._djup = self._delar = self._tecken = self._tyst = 0
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = self._doctype
        self._parser = parser

    @property
    def rad(self) -> int:
        """The line the parser has come to."""
        return self._parser.CurrentLineNumber

    def feed(self, data: bytes) -> None:
        """Parse some bytes. Raises when they hold a tag that never ends."""
        self._tyst += len(data)
        self._parser.Parse(data, False)  # noqa: FBT003  - the parser's own signature
        if self._tyst > MAX_TYST:
            raise _Vagran("Filen har en märkning som aldrig tar slut.")

    def close(self) -> None:
        """Say that there is no more."""
        self._parser.Parse(b"", True)  # noqa: FBT003  - the parser's own signature

    def taken(self) -> list[Element]:
        """Return what is whole, and forget it."""
        klara, self._klara = self._klara, []
        return klara

    def _doctype(self, *_args: Any) -> None:
        raise _Vagran("Filen har en dokumenttypsdeklaration och läses därför inte.")

    def _start(self, namn: str, attribut: dict[str, str]) -> None:
        self._tyst = 0
        self._djup += 1
        if self._djup > MAX_DJUP:
            raise _Vagran("Filen är för djupt nästlad.")
        element = Element(
            namn=namn.rpartition(":")[2],
            attribut={nyckel.rpartition(":")[2]: varde for nyckel, varde in attribut.items()},
            rad=self.rad,
            barn=[],
        )
        if self._stack:
            self._delar += 1
            self._tecken += sum(map(len, attribut.values()))
            if self._delar > MAX_DELAR or self._tecken > MAX_TEXT:
                raise _Vagran("En post i filen är orimligt stor.")
            self._stack[-1].barn.append(element)
            self._stack.append(element)
        elif element.namn in self._namn:
            self._delar = self._tecken = 0
            self._stack.append(element)
        elif element.namn in self._utanfor:
            self._klara.append(element)

    def _end(self, _namn: str) -> None:
        self._tyst = 0
        self._djup -= 1
        if self._stack:
            element = self._stack.pop()
            element.text = element.text.strip()
            if not self._stack:
                self._klara.append(element)

    def _text(self, text: str) -> None:
        self._tyst = 0
        if self._stack:
            self._tecken += len(text)
            if self._tecken > MAX_TEXT:
                raise _Vagran("En post i filen är orimligt stor.")
            self._stack[-1].text += text
