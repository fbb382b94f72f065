"""What the region has made of the rules' severities, as a snapshot shared until it changes."""

import threading

from django.db import connection

from gvr.core.avvikelse import Allvar
from gvr.core.regelallvar import Allvarslage, Regelallvar
from gvr.models import Regelallvar as Rad
from gvr.queries.register import Stamdata, period, stamdataversion

_lock = threading.Lock()
_cached: dict[str, tuple[Stamdata, Regelallvar]] = {}


def seen() -> Stamdata | None:
    """Return which master data the snapshot is of; None when there is none yet."""
    cached = _cached.get(str(connection.settings_dict["NAME"]))
    return None if cached is None else cached[0]


def current(version: Stamdata | None = None) -> Regelallvar:
    """Return the changes as they are now; loaded again only when master data has changed."""
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


def _load() -> Regelallvar:
    return Regelallvar(
        Allvarslage(kod=kod, avtalsomrade=omrade, allvar=Allvar(allvar), giltig=period(giltig))
        for kod, omrade, allvar, giltig in Rad.objects.values_list(
            "kod", "avtalsomrade__kod", "allvar", "giltig"
        ).iterator()
    )
