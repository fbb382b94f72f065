"""Codes and their validity, as a snapshot shared until master data changes."""

import threading
from collections import defaultdict

from django.db import connection

from gvr.core.kodverk import Kodregister
from gvr.core.period import Period
from gvr.models import Kod, Kodverk
from gvr.queries.register import Stamdata, period, stamdataversion

_lock = threading.Lock()
_cached: dict[str, tuple[Stamdata, Kodregister]] = {}


def seen() -> Stamdata | None:
    """Return which master data the snapshot is of; None when there is none yet."""
    cached = _cached.get(str(connection.settings_dict["NAME"]))
    return None if cached is None else cached[0]


def current(version: Stamdata | None = None) -> Kodregister:
    """Return the code register as it is now; loaded again only when master data has changed."""
    if version is None:
        version = stamdataversion()
    namn = str(connection.settings_dict["NAME"])
    cached = _cached.get(namn)
    if cached is None or cached[0] != version:
        with _lock:
            cached = _cached.get(namn)
            if cached is None or cached[0] != version:
                cached = _cached[namn] = (version, _load())
    return cached[1]


def _load() -> Kodregister:
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


def texts(*kodverk: str) -> dict[tuple[str, str], str]:
    """Return the newest text of every code of the named code systems, for screens."""
    return {
        (verk, kod): text
        for verk, kod, text in Kod.objects.filter(kodverk__kod__in=kodverk)
        .order_by("giltig")
        .values_list("kodverk__kod", "kod", "text")
    }
