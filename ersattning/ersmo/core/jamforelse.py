"""Two versions of a rule pack beside each other: what a person must read before saying yes."""

from collections.abc import Iterator
from typing import Any

import msgspec

from ersattning.ersmo.core.regel import Regelpaket
from ersattning.ersmo.core.regelpaket import dump


class Faltskillnad(msgspec.Struct, frozen=True):
    """A field that differs; "" stands for what was not there."""

    falt: str
    fore: str
    efter: str


class Regelskillnad(msgspec.Struct, frozen=True):
    """A rule (or "" for the pack's own fields) and what happened to it: NY, BORTTAGEN, ÄNDRAD."""

    regel_id: str
    titel: str
    slag: str
    falt: tuple[Faltskillnad, ...] = ()


def compare(fore: Regelpaket | None, efter: Regelpaket) -> tuple[Regelskillnad, ...]:
    """Return what differs: the pack's own fields first, then rule by rule in the new order.

    Examples count too: an example that is gone is a proof that is gone. A moved rule is named,
    because order decides among rules of the same kind.
    """
    gammalt = dump(fore) if fore is not None else {}
    nytt = dump(efter)
    egna = tuple(_fields(_without_rules(gammalt), _without_rules(nytt)))
    svar = [Regelskillnad("", "Paketets egna uppgifter", "ÄNDRAD", egna)] if egna else []
    gamla = {regel["id"]: regel for regel in gammalt.get("regler", [])}
    nya = {regel["id"]: regel for regel in nytt["regler"]}
    platser = {regel_id: plats for plats, regel_id in enumerate(id_ for id_ in gamla if id_ in nya)}
    for plats, (regel_id, regel) in enumerate(par for par in nya.items() if par[0] in platser):
        falt = tuple(_fields(gamla[regel_id], regel))
        if platser[regel_id] != plats:
            falt = (Faltskillnad("ordning", str(platser[regel_id] + 1), str(plats + 1)), *falt)
        if falt:
            svar.append(Regelskillnad(regel_id, regel["titel"], "ÄNDRAD", falt))
    svar += [
        Regelskillnad(regel_id, regel["titel"], "NY", tuple(_fields({}, regel)))
        for regel_id, regel in nya.items()
        if regel_id not in gamla
    ]
    svar += [
        Regelskillnad(regel_id, regel["titel"], "BORTTAGEN")
        for regel_id, regel in gamla.items()
        if regel_id not in nya
    ]
    return tuple(svar)


def _without_rules(document: dict[str, Any]) -> dict[str, Any]:
    return {falt: value for falt, value in document.items() if falt != "regler"}


def _fields(fore: dict[str, Any], efter: dict[str, Any]) -> Iterator[Faltskillnad]:
    for falt in dict.fromkeys((*fore, *efter)):
        gammalt, nytt = fore.get(falt), efter.get(falt)
        if gammalt != nytt:
            yield from _values(falt, gammalt, nytt)


def _values(falt: str, fore: Any, efter: Any) -> Iterator[Faltskillnad]:
    """Go into mappings, so that one changed condition is one line and not a whole rule."""
    if isinstance(fore, dict) and isinstance(efter, dict):
        for nyckel in dict.fromkeys((*fore, *efter)):
            if fore.get(nyckel) != efter.get(nyckel):
                yield from _values(f"{falt}/{nyckel}", fore.get(nyckel), efter.get(nyckel))
    elif _is_named(fore) and _is_named(efter):
        yield from _values(falt, _by_name(fore), _by_name(efter))
    else:
        yield Faltskillnad(falt, show(fore), show(efter))


def _is_named(value: Any) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(part, dict) and "namn" in part for part in value)
        and len({part["namn"] for part in value}) == len(value)
    )


def _by_name(value: list[dict[str, Any]]) -> dict[str, Any]:
    return {part["namn"]: part for part in value}


def show(value: Any) -> str:
    """Write a value of a document on one line."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "ja" if value else "nej"
    if isinstance(value, dict):
        return ", ".join(f"{nyckel}: {show(del_)}" for nyckel, del_ in value.items())
    if isinstance(value, list | tuple):
        return "; ".join(show(del_) for del_ in value)
    return str(value)
