"""Codes and their validity, as a snapshot shared until master data changes."""

from collections import defaultdict
from datetime import datetime
from typing import Any, Final

from django.db.models import F

from gvr.core import kodverk as lista
from gvr.core.kodverk import Kodregister
from gvr.core.period import Period
from gvr.models import Kod, Kodverk, Vardkontaktversion
from gvr.queries.register import Stamdata, Stamdatabild, period


def _load(_: Stamdata) -> Kodregister:
    koder: defaultdict[str, defaultdict[str, list[Period]]] = defaultdict(lambda: defaultdict(list))
    for kodverk, kod, giltig in (
        Kod.objects.order_by("giltig").values_list("kodverk__kod", "kod", "giltig").iterator()
    ):
        koder[kodverk][kod].append(period(giltig))
    return Kodregister(
        {
            kodverk: {kod: tuple(perioder) for kod, perioder in rader.items()}
            for kodverk, rader in koder.items()
        },
        frozenset(Kodverk.objects.filter(fullstandigt=True).values_list("kod", flat=True)),
    )


_bild: Final = Stamdatabild(_load)
current, seen = _bild.current, _bild.seen


def texts(*kodverk: str) -> dict[tuple[str, str], str]:
    """Return the newest text of every code of the named code systems, for screens."""
    return {
        (verk, kod): text
        for verk, kod, text in Kod.objects.filter(kodverk__kod__in=kodverk)
        .order_by("giltig")
        .values_list("kodverk__kod", "kod", "text")
    }


#: Where a contact holds the codes of a list: one code, or several.
_EN: Final = {
    lista.BTYP: "btyp",
    lista.VKTYP: "vktyp",
    lista.TAXA: "taxa",
    lista.AKUT: "akut",
    lista.IKOD: "ikod",
    lista.UKOD: "ukod",
    lista.VPLAN: "vplan",
}
_FLERA: Final = {
    lista.VDG: "yrkeskategorier",
    lista.DIAGNOS: "diagnoser",
    lista.OPKOD: "atgarder",
    lista.ATC: "lakemedel",
    lista.TILLSTAND: "tillstand",
    lista.PRODUKT: "produkter",
}


def used(kodverk: str, kod: str, *, efter: datetime) -> int | None:
    """Return how many contacts hold the code, of those whose newest version came after a moment.

    None for a list that no contact points into. Needs a context that shows all contacts.
    """
    if kodverk in _EN:
        villkor: dict[str, Any] = {_EN[kodverk]: kod}
    elif kodverk in _FLERA:
        villkor = {f"{_FLERA[kodverk]}__contains": [kod]}
    else:
        return None
    return Vardkontaktversion.objects.filter(
        registrerad__gt=efter,
        version=F("vardkontakt__senaste_version"),
        makulerad=False,
        **villkor,
    ).count()
