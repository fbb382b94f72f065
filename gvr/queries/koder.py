"""Codes and their validity, as a snapshot shared until master data changes."""

from collections import defaultdict
from typing import Final

from gvr.core.kodverk import Kodregister
from gvr.core.period import Period
from gvr.models import Kod, Kodverk
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
