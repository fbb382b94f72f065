"""A vårdkontakt that its parts make and that was corrected as a whole: both are kept.

Compared field by field with what the parts made before: what only the whole has changed stays, what
only the part changes is taken, and what both change differently is told and nothing is written. A
list of codes is one field with the days and numbers of its rows. What a whole contact has no words
for (the stays, the time of death) comes of the parts alone.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from gvr.core import felkatalog
from gvr.core import vardtillfallesfel as _koder  # noqa: F401  - registers SLV011
from gvr.core.avvikelse import Avvikelse
from gvr.core.vardkontakt import Innehall

#: The lists whose rows have details, and where the details are kept.
_LISTOR: Final = {
    "diagnoser": ("diagnoser",),
    "atgarder": ("atgarder", "atgardsdagar"),
    "lakemedel": ("lakemedel",),
    "tillstand": ("tillstand",),
    "produkter": ("produkter",),
}
_ENBART_DETALJ: Final = ("vardperiod",)
_RADFALT: Final = ("datum", "diagnosnr", "tillstandnr", "antal")


class Hel(msgspec.Struct, frozen=True, kw_only=True):
    """The whole content of a contact."""

    innehall: Innehall
    detaljer: Mapping[str, Any]


def combine(*, fore: Hel, hel: Hel, efter: Hel) -> Hel | tuple[Avvikelse, ...]:
    """Return the content of a contact whose parts made `fore` and now make `efter`.

    `hel` is what is registered. Returns a finding for each field that both have changed.
    """
    innehall: dict[str, Any] = {}
    detaljer = {
        namn: varde
        for namn, varde in efter.detaljer.items()
        if namn not in _ENBART_DETALJ and not any(namn in egna for egna in _LISTOR.values())
    }
    fel = []
    for falt in (*Innehall.__struct_fields__, *_ENBART_DETALJ):
        var, ar, blir = (_value(sida, falt) for sida in (fore, hel, efter))
        if ar not in (var, blir) and blir != var:
            fel.append(_conflict(falt))
        kalla = efter if ar == var else hel
        if falt not in _ENBART_DETALJ:
            innehall[falt] = getattr(kalla.innehall, falt)
        for namn in _LISTOR.get(falt, (falt,) if falt in _ENBART_DETALJ else ()):
            if namn in kalla.detaljer:
                detaljer[namn] = kalla.detaljer[namn]
    return tuple(fel) if fel else Hel(innehall=Innehall(**innehall), detaljer=detaljer)


def _value(hel: Hel, falt: str) -> Any:
    """Return a field so that two that say the same are equal."""
    if falt in _ENBART_DETALJ:
        return hel.detaljer.get(falt)
    varde = getattr(hel.innehall, falt)
    if falt not in _LISTOR:
        return varde
    rader = hel.detaljer.get(falt) or [{"kod": kod} for kod in varde]
    return varde, [tuple(rad.get(namn) for namn in _RADFALT) for rad in rader]


def _conflict(falt: str) -> Avvikelse:
    return felkatalog.finding("SLV011", pekare=f"/{falt}")
