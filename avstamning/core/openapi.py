"""The API's OpenAPI document as rows that a page can show: operations, fields, answers."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

METODER: Final = ("get", "post", "put", "delete")
_TYPER: Final = {
    "string": "text",
    "integer": "heltal",
    "number": "tal",
    "boolean": "true eller false",
    "object": "objekt",
    "array": "lista",
}
_FORMAT: Final = {"date": "dag, åååå-mm-dd", "date-time": "tidpunkt", "uuid": "uuid"}


class Uppgift(msgspec.Struct, frozen=True, kw_only=True):
    """A parameter, header or field: how it is written and what it means."""

    namn: str
    typ: str
    kravs: bool
    text: str
    plats: str = ""  # query, header or path of a parameter


class Innehall(msgspec.Struct, frozen=True, kw_only=True):
    """A body by media type: the name of its schema, and whether it is a list of them."""

    mediatyp: str
    schema: str
    lista: bool


class Gensvar(msgspec.Struct, frozen=True, kw_only=True):
    """An answer: status, what it means, its body."""

    status: str
    text: str
    innehall: tuple[Innehall, ...]


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One method of one address."""

    id: str
    metod: str
    adress: str
    titel: str
    text: str
    parametrar: tuple[Uppgift, ...]
    kropp: tuple[Innehall, ...]
    svar: tuple[Gensvar, ...]


class Avdelning(msgspec.Struct, frozen=True, kw_only=True):
    """Operations that belong together."""

    namn: str
    operationer: tuple[Operation, ...]


class Schema(msgspec.Struct, frozen=True, kw_only=True):
    """A named object and its fields."""

    namn: str
    text: str
    falt: tuple[Uppgift, ...]


def sections(document: Mapping[str, Any]) -> tuple[Avdelning, ...]:
    """Return every operation by its tag, in the order of the document."""
    per_tagg: dict[str, list[Operation]] = {}
    for adress, metoder in document["paths"].items():
        for metod in METODER:
            if metod in metoder:
                for tagg in metoder[metod].get("tags", ["Övrigt"]):
                    per_tagg.setdefault(tagg, []).append(_operation(adress, metod, metoder[metod]))
    return tuple(Avdelning(namn=n, operationer=tuple(o)) for n, o in sorted(per_tagg.items()))


def schemas(document: Mapping[str, Any]) -> tuple[Schema, ...]:
    """Return every named object with its fields, by name."""
    alla = document.get("components", {}).get("schemas", {})
    return tuple(
        Schema(namn=namn, text=schema.get("description", ""), falt=tuple(_fields(schema)))
        for namn, schema in sorted(alla.items())
        if schema.get("type") == "object" or "properties" in schema
    )


def _operation(adress: str, metod: str, post: Mapping[str, Any]) -> Operation:
    return Operation(
        id=post["operationId"],
        metod=metod.upper(),
        adress=adress,
        titel=post.get("summary", post["operationId"]),
        text=post.get("description", ""),
        parametrar=tuple(
            Uppgift(
                namn=p["name"],
                typ=type_text(p.get("schema", {})),
                kravs=p.get("required", False),
                text=p.get("description", ""),
                plats=p["in"],
            )
            for p in post.get("parameters", ())
        ),
        kropp=tuple(_bodies(post.get("requestBody", {}))),
        svar=tuple(
            Gensvar(status=str(status), text=s.get("description", ""), innehall=tuple(_bodies(s)))
            for status, s in sorted(post.get("responses", {}).items())
        ),
    )


def _bodies(post: Mapping[str, Any]) -> Iterator[Innehall]:
    for mediatyp, innehall in post.get("content", {}).items():
        schema = innehall.get("schema", {})
        lista = schema.get("type") == "array"
        namn = _name((schema.get("items") or {}) if lista else schema)
        yield Innehall(mediatyp=mediatyp, schema=namn, lista=lista)


def _fields(schema: Mapping[str, Any]) -> Iterator[Uppgift]:
    kravs = set(schema.get("required", ()))
    for namn, falt in schema.get("properties", {}).items():
        yield Uppgift(
            namn=namn, typ=type_text(falt), kravs=namn in kravs, text=falt.get("description", "")
        )


def _name(schema: Mapping[str, Any]) -> str:
    """Return the name that a schema refers to; empty when it refers to none."""
    return str(schema.get("$ref", "")).rpartition("/")[2]


def type_text(schema: Mapping[str, Any]) -> str:
    """Return how a value is written, in Swedish."""
    if "$ref" in schema:
        return _name(schema)
    val = schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf")
    if val:
        return " eller ".join(dict.fromkeys(type_text(v) for v in val if v.get("type") != "null"))
    if "enum" in schema:
        return _one_of(schema["enum"])
    if "const" in schema:
        return str(schema["const"])
    typ = schema.get("type")
    if isinstance(typ, list):
        typ = next((t for t in typ if t != "null"), "string")
    if typ == "array":
        items = schema.get("items")
        return f"lista av {type_text(items)}" if isinstance(items, Mapping) and items else "lista"
    if schema.get("format") in _FORMAT:
        return _FORMAT[schema["format"]]
    return _TYPER.get(str(typ), "valfritt") + _limits(schema)


def _one_of(varden: Sequence[Any]) -> str:
    kanda = [str(v) for v in varden if v is not None]
    return ", ".join(kanda[:-1]) + (" eller " if len(kanda) > 1 else "") + kanda[-1]


def _limits(schema: Mapping[str, Any]) -> str:
    minst, mest = schema.get("minLength"), schema.get("maxLength")
    if mest is not None:
        return f", {mest} tecken" if minst == mest else f", högst {mest} tecken"
    lagst, hogst = schema.get("minimum"), schema.get("maximum")
    if lagst is not None and hogst is not None:
        return f" från {lagst} till {hogst}"
    return ""
