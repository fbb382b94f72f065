"""Codes and their validity, as a snapshot shared until master data changes."""

import threading
from collections import defaultdict

from django.db import connection

from gvr.core.kodverk import Kodregister
from gvr.core.period import Period
from gvr.models import Kod, Kodverk
from gvr.queries.register import period, state_of_master_data

_lock = threading.Lock()
_cached: dict[str, tuple[tuple[int, str], Kodregister]] = {}


def current(version: int | None = None) -> Kodregister:
    """Return the code register as it is now; loaded again only when master data has changed."""
    if version is None:
        state = state_of_master_data()
    namn = str(connection.settings_dict["NAME"])
    cached = _cached.get(namn)
    if cached is None or cached[0] != state:
        with _lock:
            cached = _cached.get(namn)
            if cached is None or cached[0] != state:
                cached = _cached[namn] = (state, _load())
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
