"""From bytes to values. Every finding of a badly written contact at once, with its pointer.

msgspec stops at the first thing that is wrong. That is quick when all is well, which it mostly is;
a contact that is refused is read again, field by field.
"""

import re
import zlib
from collections.abc import Iterator, Sequence
from datetime import time
from functools import lru_cache
from typing import Any, Final, TypeVar, get_args, get_origin

import msgspec
from rest_framework.request import Request

from gvr.api import kontrakt
from gvr.api.problem import Avvisat
from gvr.core import felkatalog
from gvr.core.avvikelse import Avvikelse
from gvr.core.fritext import contains_identity, is_plain
from gvr.core.mottagning import Avsikt, Inkommet, checksum, identify
from gvr.core.vardkontakt import Innehall

LARGEST_BODY: Final = 20 * 1024 * 1024
_BOM: Final = b"\xef\xbb\xbf"
_GZIP: Final = 16 + zlib.MAX_WBITS
_UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

Post = TypeVar("Post")


# --- the body ----------------------------------------------------------------------------------


def read_body(request: Request) -> tuple[bytes, bytes]:
    """Return the body as it came and as it reads, unpacked. Refuses what did not arrive whole.

    Raises Avvisat: FOR_STOR_KROPP, AVKORTAD_KROPP, MEDIATYP (an unknown packing), TRASIG_PACKNING,
    TOM_KROPP.
    """
    given = request.META.get("CONTENT_LENGTH") or "0"
    length = int(given) if given.isdigit() else 0
    if length > LARGEST_BODY:
        raise Avvisat("FOR_STOR_KROPP")
    try:
        raw = request.body
    except OSError as error:  # the connection broke while the body was read
        raise Avvisat("AVKORTAD_KROPP") from error
    if len(raw) > LARGEST_BODY:
        raise Avvisat("FOR_STOR_KROPP")
    if len(raw) < length:
        raise Avvisat("AVKORTAD_KROPP", raw=raw)
    packing = request.headers.get("Content-Encoding", "identity").strip().lower()
    if packing not in ("identity", "gzip"):
        raise Avvisat("MEDIATYP", raw=raw)
    body = _unpack(raw) if packing == "gzip" else raw
    if not body.strip():
        raise Avvisat("TOM_KROPP", raw=raw)
    return raw, body


def _unpack(raw: bytes) -> bytes:
    """Unpack gzip without ever holding more than the largest body."""
    unpacker = zlib.decompressobj(_GZIP)
    try:
        body = unpacker.decompress(raw, LARGEST_BODY + 1)
    except zlib.error as error:
        raise Avvisat("TRASIG_PACKNING", raw=raw) from error
    if len(body) > LARGEST_BODY:
        raise Avvisat("FOR_STOR_KROPP", raw=raw)
    if not unpacker.eof or unpacker.unused_data:
        raise Avvisat("TRASIG_PACKNING", raw=raw)
    return body


# --- JSON --------------------------------------------------------------------------------------


def decode(body: bytes, typ: type[Post]) -> Post | list[Avvikelse]:
    """Return the struct, or every finding about how it is written.

    Raises Avvisat when the bytes are not JSON at all.
    """
    body = body.removeprefix(_BOM)
    try:
        return _decode(body, typ)
    except msgspec.ValidationError:
        _parse(body)
        return collect(body, typ)[1] or [felkatalog.finding("FEL_TYP", pekare="")]
    except _UNREADABLE as error:
        raise _broken(error, body) from error


def _decode(raw: bytes | msgspec.Raw, typ: type[Post]) -> Post:
    """Decode, where 3.0 is the integer 3: to JSON they are the same number, to msgspec not."""
    try:
        return msgspec.json.decode(raw, type=typ)
    except msgspec.ValidationError as error:
        if "got `float`" not in str(error):
            raise
        return msgspec.convert(_whole_numbers(msgspec.json.decode(raw)), type=typ)


def _whole_numbers(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_whole_numbers(item) for item in value]
    if isinstance(value, dict):
        return {name: _whole_numbers(item) for name, item in value.items()}
    return value


def decode_many(
    body: bytes, typ: type[Post], *, lines: bool
) -> Iterator[tuple[Post | None, dict[str, Any], Sequence[Avvikelse]]]:
    """Yield each item, or what could be read of it and every finding about how it is written.

    `lines` is NDJSON, one item a line. Raises Avvisat when the body is no list of JSON: then
    nothing is registered, for nobody knows where one item ends and the next begins.
    """
    body = body.removeprefix(_BOM)
    try:
        items: list[Any]
        if lines:
            items = msgspec.json.Decoder(typ).decode_lines(body)
        else:
            items = msgspec.json.decode(body, type=list[typ])  # type: ignore[valid-type]
    except msgspec.ValidationError:
        yield from _decode_each(_split(body, lines=lines), typ)
    except _UNREADABLE as error:
        raise _broken(error, body) from error
    else:
        for item in items:
            yield item, {}, ()


def _split(body: bytes, *, lines: bool) -> list[msgspec.Raw]:
    """Return the items unread. Raises Avvisat when there are no items."""
    _parse(body, lines=lines)
    try:
        if lines:
            return msgspec.json.Decoder(msgspec.Raw).decode_lines(body)
        return msgspec.json.decode(body, type=list[msgspec.Raw])
    except msgspec.ValidationError as error:
        raise Avvisat("TRASIG_JSON", text="Kroppen ska vara en lista med vårdkontakter.") from error
    except _UNREADABLE as error:
        raise _broken(error, body) from error


def _decode_each(
    items: Sequence[msgspec.Raw], typ: type[Post]
) -> Iterator[tuple[Post | None, dict[str, Any], Sequence[Avvikelse]]]:
    for item in items:
        try:
            yield _decode(item, typ), {}, ()
        except _UNREADABLE:
            read, findings = collect(bytes(item), typ)
            yield None, read, findings or [felkatalog.finding("FEL_TYP", pekare="")]


def _parse(body: bytes, *, lines: bool = False) -> None:
    """Read the whole body without asking what it means; raises Avvisat when it is not JSON."""
    decoder = msgspec.json.Decoder(msgspec.Raw)
    try:
        if lines:
            decoder.decode_lines(body)
        else:
            decoder.decode(body)
    except _UNREADABLE as error:
        raise _broken(error, body) from error


def _broken(error: Exception, body: bytes) -> Avvisat:
    if isinstance(error, RecursionError):
        return Avvisat("FOR_DJUPT")
    if isinstance(error, UnicodeDecodeError):
        return Avvisat("TECKENKODNING", text="Kroppen innehåller bytes som inte är UTF-8.")
    found = re.search(r"\(byte (\d+)\)", str(error))
    place = int(found.group(1)) if found else len(body)
    row = body.count(b"\n", 0, place) + 1
    column = place - (body.rfind(b"\n", 0, place) + 1) + 1
    what = "är avkortad" if "truncated" in str(error) else "är inte JSON"
    return Avvisat(
        "TRASIG_JSON", text=f"Kroppen {what} vid rad {row}, tecken {column} (byte {place})."
    )


# --- every finding at once -----------------------------------------------------------------------

_PATH: Final = re.compile(r" - at `\$(.*)`$")
_MEMBER: Final = re.compile(r"`([^`]{1,60})`")
_STEP: Final = re.compile(r"\.([A-Za-z_][A-Za-z0-9_]*)|\[(\d+|\.\.\.)\]")
_NAME: Final = re.compile(r"^[A-Za-zÅÄÖåäö_][A-Za-zÅÄÖåäö0-9_.-]{0,39}$")
_TYPER: Final = {
    "str": "text",
    "int": "ett heltal",
    "float": "ett tal",
    "bool": "true eller false",
    "array": "en lista",
    "object": "ett objekt",
    "null": "null",
}


def collect(raw: bytes, typ: Any) -> tuple[dict[str, Any], list[Avvikelse]]:
    """Return what can be read of an object field by field, and everything that cannot."""
    try:
        members = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
    except _UNREADABLE as error:
        return {}, [_translate(str(error), "")]
    fields = {field.encode_name: field for field in msgspec.structs.fields(typ)}
    read: dict[str, Any] = {}
    findings = [
        felkatalog.finding("OKANT_FALT", pekare=f"/{_showable(name)}", text=_unknown(name))
        for name in members
        if name not in fields
    ]
    for name, field in fields.items():
        if name not in members:
            if field.required:
                findings.append(
                    felkatalog.finding(
                        "FALT_SAKNAS", pekare=f"/{name}", text=f"Fältet {name} saknas."
                    )
                )
            continue
        found = _collect_field(members[name], field.type, f"/{name}")
        if isinstance(found, list):
            findings += found
        else:
            read[field.name] = found.value
    return read, findings


class _Last(msgspec.Struct):
    """A value that could be read."""

    value: Any


def _collect_field(raw: msgspec.Raw, typ: Any, pekare: str) -> _Last | list[Avvikelse]:
    try:
        return _Last(_decode(raw, typ))
    except UnicodeDecodeError:
        return [felkatalog.finding("OTILLATET_TECKEN", pekare=pekare)]
    except (msgspec.DecodeError, RecursionError) as error:
        return _collect_items(raw, typ, pekare) or [_translate(str(error), pekare)]


def _collect_items(raw: msgspec.Raw, typ: Any, pekare: str) -> list[Avvikelse]:
    """Return the findings of each item of a list, or of each member of an object."""
    while get_origin(typ) is not None and get_origin(typ) is not tuple:
        candidates = [arg for arg in get_args(typ) if arg is not type(None)]
        typ = candidates[0] if candidates else None
    if isinstance(typ, type) and issubclass(typ, msgspec.Struct):
        return [
            msgspec.structs.replace(a, pekare=pekare + a.pekare)
            for a in collect(bytes(raw), typ)[1]
        ]
    if get_origin(typ) is not tuple:
        return []
    try:
        items = msgspec.json.decode(raw, type=list[msgspec.Raw])
    except _UNREADABLE:
        return []
    findings: list[Avvikelse] = []
    for nummer, item in enumerate(items[: kontrakt.FLEST_KODER]):
        try:
            _decode(item, get_args(typ)[0])
        except UnicodeDecodeError:
            findings.append(felkatalog.finding("OTILLATET_TECKEN", pekare=f"{pekare}/{nummer}"))
        except (msgspec.DecodeError, RecursionError) as error:
            findings.append(_translate(str(error), f"{pekare}/{nummer}"))
    return findings


def _translate(message: str, pekare: str) -> Avvikelse:
    """Return a finding for one message of the decoder, without the value it saw."""
    path = _PATH.search(message)
    if path is not None:
        message = message[: path.start()]
        for name, place in _STEP.findall(path.group(1)):
            pekare += f"/{name or place}"
    if "unknown field" in message:
        name = _member(message)
        return felkatalog.finding(
            "OKANT_FALT", pekare=f"{pekare}/{_showable(name)}", text=_unknown(name)
        )
    if "missing required field" in message:
        name = _member(message)
        return felkatalog.finding(
            "FALT_SAKNAS", pekare=f"{pekare}/{name}", text=f"Fältet {name} saknas."
        )
    if "matching regex" in message or "RFC3339" in message or "enum value" in message:
        return felkatalog.finding("FEL_FORMAT", pekare=pekare)
    if "of length" in message:
        limit = message.rpartition(" of length ")[2]
        return felkatalog.finding(
            "FEL_LANGD", pekare=pekare, text=f"Värdets längd ska vara {_in_words(limit)}."
        )
    if "out of range" in message or " >= " in message or " <= " in message:
        return felkatalog.finding("FEL_OMFANG", pekare=pekare)
    expected, _, got = message.partition(", got ")
    if got:
        wanted = " eller ".join(
            dict.fromkeys(_TYPER.get(t, t) for t in re.findall(r"\w+", expected[8:]))
        )
        seen = _TYPER.get(got.strip("` "), got.strip("` "))
        return felkatalog.finding(
            "FEL_TYP", pekare=pekare, text=f"Värdet ska vara {wanted}, inte {seen}."
        )
    return felkatalog.finding("FEL_TYP", pekare=pekare)


def _in_words(limit: str) -> str:
    sign, _, number = limit.partition(" ")
    return {"<=": f"högst {number}", ">=": f"minst {number}"}.get(sign, limit)


def _member(message: str) -> str:
    found = _MEMBER.search(message)
    return found.group(1) if found else "?"


def _showable(name: str) -> str:
    """Return a field name that is safe to show: a name may be anything, even somebody's number."""
    return name if _NAME.match(name) and not contains_identity(name) else "?"


def _unknown(name: str) -> str:
    shown = _showable(name)
    return "Ett fält som inte finns." if shown == "?" else f"Fältet {shown} finns inte."


# --- from the contract to the core ---------------------------------------------------------------


def as_arrived(
    item: kontrakt.Vardkontakt,
    *,
    plats: int,
    avsikt: Avsikt,
    vantad: int | None = None,
) -> Inkommet:
    """Return a contact as the core takes it; what the contract cannot say is checked here."""
    enhet = item.enhet.reference()
    readable = item.vardhandelse_id.isprintable()
    tid = None if item.tid is None else as_time(item.tid)
    if enhet is None or item.orsak or not readable or (tid is None and item.tid is not None):
        findings = _last_checks(item, enhet)
        if findings:
            return Inkommet(
                plats=plats,
                avsikt=avsikt,
                vardhandelse_id=item.vardhandelse_id if readable else "",
                avvikelser=tuple(findings),
                enhet=enhet,
                dag=item.dag,
            )
    nummer, fodd, kon = identify(item.patient_id, day=item.dag, fodd=item.fodd, kon=item.kon)
    diagnoser, atgarder = item.diagnoser, item.atgarder
    lakemedel, tillstand, produkter = item.lakemedel, item.tillstand, item.produkter
    detaljer = None
    dagar: tuple[Any, ...] = ()
    for lista in (diagnoser, atgarder, lakemedel, tillstand, produkter):
        if lista and not _PLAIN.issuperset(map(type, lista)):
            detaljer, dagar = _details(item)
            diagnoser, atgarder = _codes(diagnoser), _codes(atgarder)
            lakemedel, tillstand = _codes(lakemedel), _codes(tillstand)
            produkter = _codes(produkter)
            break
    if item.vardperiod is not None:
        detaljer = {**(detaljer or {}), "vardperiod": item.vardperiod}
    innehall = Innehall(
        enhet=enhet or "",
        patient_id=nummer,
        dag=item.dag,
        form=item.form,
        slutdag=item.slutdag,
        tid=tid,
        btyp=item.btyp,
        vktyp=item.vktyp,
        taxa=item.taxa,
        akut=item.akut,
        yrkeskategorier=item.yrkeskategorier,
        diagnoser=diagnoser,  # type: ignore[arg-type]  # plain codes by now
        atgarder=atgarder,  # type: ignore[arg-type]
        lakemedel=lakemedel,  # type: ignore[arg-type]
        tillstand=tillstand,  # type: ignore[arg-type]
        produkter=produkter,  # type: ignore[arg-type]
        ikod=item.ikod,
        ukod=item.ukod,
        vplan=item.vplan,
        remiss_fore=item.remiss_fore,
        remiss_efter=item.remiss_efter,
        lkf=item.lkf,
        basomrade=item.basomrade,
        fodd=fodd,
        kon=kon,
        ers_uppdrag=item.ers_uppdrag,
        tillhor_vardkontakt=item.tillhor_vardkontakt,
        tillhor_vardansvar=item.tillhor_vardansvar,
        lma_nummer=item.lma_nummer,
    )
    return Inkommet(
        plats=plats,
        avsikt=avsikt,
        vardhandelse_id=item.vardhandelse_id,
        innehall=innehall,
        detaljer=detaljer,
        summa=checksum(innehall, detaljer),
        version=item.version,
        vantad=vantad,
        orsak=item.orsak,
        atgardsdagar=dagar,
    )


_PLAIN: Final = frozenset({str})


def _codes(lista: Sequence[str | kontrakt.Kodrad]) -> tuple[str, ...]:
    return tuple(rad if isinstance(rad, str) else rad.kod for rad in lista)


def _details(item: kontrakt.Vardkontakt) -> tuple[dict[str, Any], tuple[Any, ...]]:
    """Return the details of the codes, and the days of the åtgärder in order, each once."""
    detaljer: dict[str, Any] = {}
    for namn in ("diagnoser", "atgarder", "lakemedel", "tillstand", "produkter"):
        lista: Sequence[str | kontrakt.Kodrad] = getattr(item, namn)
        if any(not isinstance(rad, str) for rad in lista):
            detaljer[namn] = [
                {"kod": rad}
                if isinstance(rad, str)
                else {k: v for k, v in msgspec.to_builtins(rad).items() if v is not None}
                for rad in lista
            ]
    dagar = tuple(
        dict.fromkeys(
            rad.datum for rad in item.atgarder if not isinstance(rad, str) and rad.datum is not None
        )
    )
    if dagar:
        detaljer["atgardsdagar"] = [dag.isoformat() for dag in dagar]
    return detaljer, dagar


def _last_checks(item: kontrakt.Vardkontakt, enhet: str | None) -> list[Avvikelse]:
    findings = []
    if enhet is None:
        findings.append(felkatalog.finding("ENHET_OTYDLIG", pekare="/enhet"))
    if not item.vardhandelse_id.isprintable():
        findings.append(felkatalog.finding("FEL_FORMAT", pekare="/vardhandelseId"))
    if item.tid is not None and as_time(item.tid) is None:
        findings.append(felkatalog.finding("FEL_FORMAT", pekare="/tid"))
    findings += free_text(item.orsak, "/orsak")
    return findings


@lru_cache(maxsize=5000)
def as_time(text: str) -> time | None:
    """Read a time of day, 14:30 or 14:30:00; None when it is none."""
    try:
        return time.fromisoformat(text) if re.match(r"^[0-2][0-9]:[0-5][0-9]", text) else None
    except ValueError:
        return None


def free_text(text: str, pekare: str) -> list[Avvikelse]:
    """Return what is wrong with a text that people have written."""
    if not text:
        return []
    if not is_plain(text):
        return [felkatalog.finding("OTILLATET_TECKEN", pekare=pekare)]
    if contains_identity(text):
        return [felkatalog.finding("IDENTITET_I_TEXT", pekare=pekare)]
    return []


def as_refused(
    read: dict[str, Any], findings: Sequence[Avvikelse], *, plats: int, avsikt: Avsikt
) -> Inkommet:
    """Return a contact that cannot be read, with its id when that can."""
    vid = read.get("vardhandelse_id", "")
    enhet = read.get("enhet")
    return Inkommet(
        plats=plats,
        avsikt=avsikt,
        vardhandelse_id=vid if vid.isprintable() else "",
        avvikelser=tuple(findings),
        enhet=enhet.reference() if enhet is not None else None,
        dag=read.get("dag"),
    )
