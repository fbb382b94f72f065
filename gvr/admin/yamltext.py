"""Documents that people write as YAML: read safely, and every place in them has a line number."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec
import yaml

MAX_SIZE: Final = 1_000_000
MAX_DEPTH: Final = 30
#: NUL and half characters: an escape can make them, no database takes them.
_NOT_STORABLE: Final = re.compile("[\x00\ud800-\udfff]")


class Fel(msgspec.Struct, frozen=True):
    """What is wrong with a text, and on which line (from 1)."""

    text: str
    rad: int | None = None


class Dokument(msgspec.Struct, frozen=True):
    """A read text: its content, and the line that each JSON pointer stands on."""

    innehall: Any
    rader: Mapping[str, int]

    def line(self, pekare: str) -> int | None:
        """Return the line of a pointer, or of the nearest place above it that exists."""
        while pekare and pekare not in self.rader:
            pekare = pekare.rpartition("/")[0]
        return self.rader.get(pekare)


def read(text: str) -> Dokument | tuple[Fel, ...]:
    """Read one document. Refuses what YAML allows but nobody means.

    Anchors and aliases (with which ten lines can become a billion), keys that are there twice (of
    which YAML keeps the last without a word), tags, more than one document, and characters that
    can be written but not stored.
    """
    if len(text) > MAX_SIZE:
        return (Fel("Dokumentet är större än en miljon tecken."),)
    try:
        fel = tuple(_refused(text))
        if fel:
            return fel
        nod = yaml.compose(text, Loader=yaml.SafeLoader)
        if nod is None:
            return (Fel("Dokumentet är tomt."),)
        dubbla = tuple(_twice(nod))
        if dubbla:
            return dubbla
        rader = dict(_lines(nod, ""))
        return Dokument(yaml.safe_load(text), rader)
    except yaml.MarkedYAMLError as fault:
        rad = fault.problem_mark.line + 1 if fault.problem_mark is not None else None
        return (Fel("Texten går inte att läsa som YAML; kontrollera indrag och citattecken.", rad),)
    except (yaml.YAMLError, ValueError):
        return (Fel("Texten går inte att läsa som YAML."),)


def _refused(text: str) -> Iterator[Fel]:
    djup = dokument = 0
    for handelse in yaml.parse(text, Loader=yaml.SafeLoader):
        rad = handelse.start_mark.line + 1 if handelse.start_mark is not None else None
        if isinstance(handelse, yaml.DocumentStartEvent):
            dokument += 1
            if dokument == 2:
                yield Fel("Texten innehåller mer än ett dokument.", rad)
        if isinstance(handelse, yaml.AliasEvent) or getattr(handelse, "anchor", None):
            yield Fel("Ankare och alias (& och *) används inte; skriv ut innehållet.", rad)
        if getattr(handelse, "tag", None):
            yield Fel("Taggar (!) används inte.", rad)
        if isinstance(handelse, yaml.ScalarEvent) and _NOT_STORABLE.search(handelse.value):
            yield Fel("Texten har ett tecken som inte går att lagra.", rad)
        if isinstance(handelse, yaml.CollectionStartEvent):
            djup += 1
            if djup == MAX_DEPTH:
                yield Fel(f"Dokumentet har fler än {MAX_DEPTH} nivåer.", rad)
        elif isinstance(handelse, yaml.CollectionEndEvent):
            djup -= 1


def _twice(nod: yaml.Node) -> Iterator[Fel]:
    if isinstance(nod, yaml.MappingNode):
        sedda: set[str] = set()
        for nyckel, varde in nod.value:
            namn = str(nyckel.value)
            if namn in sedda:
                yield Fel(f"{namn} finns två gånger.", nyckel.start_mark.line + 1)
            sedda.add(namn)
            yield from _twice(varde)
    elif isinstance(nod, yaml.SequenceNode):
        for del_ in nod.value:
            yield from _twice(del_)


def _lines(nod: yaml.Node, pekare: str) -> Iterator[tuple[str, int]]:
    yield pekare, nod.start_mark.line + 1
    if isinstance(nod, yaml.MappingNode):
        for nyckel, varde in nod.value:
            under = f"{pekare}/{nyckel.value}"
            yield from _lines(varde, under)
            yield under, nyckel.start_mark.line + 1
    elif isinstance(nod, yaml.SequenceNode):
        for nummer, del_ in enumerate(nod.value):
            yield from _lines(del_, f"{pekare}/{nummer}")


class _Utskriven(yaml.SafeDumper):
    """Writes a part that stands in two places twice: `read` refuses anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def write(innehall: Mapping[str, Any]) -> str:
    """Write a document in the order it has, as people read it."""
    text: str = yaml.dump(
        dict(innehall),
        Dumper=_Utskriven,
        allow_unicode=True,
        sort_keys=False,
        width=100,
        default_flow_style=False,
    )
    return text
