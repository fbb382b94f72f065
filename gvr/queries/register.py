"""The snapshot of units, commissions and contracts, shared until master data changes."""

import threading
from typing import Any

import msgspec
from django.db import connection

from gvr.core.period import Period
from gvr.core.register import Avtalslage, Enhetslage, Register, Uppdragslage
from gvr.models import Avtal, Enhet, Enhetsuppdrag, Uppdrag


class Stamdata(msgspec.Struct, frozen=True):
    """What a snapshot of master data is known by.

    The number of changes alone is not enough: a transaction may count one, look, and roll back, and
    the next one counts the same number. The row's xmin tells the two apart.
    """

    version: int
    xmin: str


_lock = threading.Lock()
_cached: dict[str, tuple[Stamdata, Register]] = {}


def stamdataversion() -> Stamdata:
    """Return how many times master data has changed, as this transaction sees it."""
    with connection.cursor() as cursor:
        cursor.execute("select version, xmin::text from gvr_stamdataversion")
        return Stamdata(*cursor.fetchone())


def seen() -> Stamdata | None:
    """Return which master data this process saw last; there may be newer. None before the first."""
    cached = _cached.get(str(connection.settings_dict["NAME"]))
    return None if cached is None else cached[0]


def current(version: Stamdata | None = None) -> Register:
    """Return the register as it is now; loaded again only when master data has changed.

    Who needs several snapshots asks for `stamdataversion` once and hands it to each.
    """
    if version is None:
        version = stamdataversion()
    namn = str(connection.settings_dict["NAME"])
    cached = _cached.get(namn)
    if cached is None or cached[0] != version:
        with _lock:
            cached = _cached.get(namn)
            if cached is None or cached[0] != version:
                cached = _cached[namn] = (version, _load(version.version))
    return cached[1]


def period(giltig: Any) -> Period:
    """Translate a stored daterange."""
    return Period(giltig.lower, giltig.upper)


def _load(version: int) -> Register:
    return Register(
        version=version,
        enheter=(
            Enhetslage(
                enhet_id=pk,
                vardgivare_id=vardgivare_id,
                kombika=kombika,
                hsa_id=hsa_id,
                giltig=period(giltig),
            )
            for pk, vardgivare_id, kombika, hsa_id, giltig in Enhet.objects.values_list(
                "pk", "vardgivare_id", "kombika", "hsa_id", "giltig"
            ).iterator()
        ),
        uppdrag=(
            Uppdragslage(
                uppdrag_id=pk,
                samverks_id=samverks_id,
                uppdragstyp=uppdragstyp,
                styp=styp,
                test=test,
                avtal_id=avtal_id,
                giltig=period(giltig),
            )
            for pk, samverks_id, uppdragstyp, styp, test, avtal_id, giltig in (
                Uppdrag.objects.values_list(
                    "pk", "samverks_id", "uppdragstyp", "styp", "test", "avtal_id", "giltig"
                ).iterator()
            )
        ),
        enhetsuppdrag=(
            (enhet_id, uppdrag_id, period(giltig))
            for enhet_id, uppdrag_id, giltig in Enhetsuppdrag.objects.values_list(
                "enhet_id", "uppdrag_id", "giltig"
            ).iterator()
        ),
        avtal=(
            Avtalslage(
                avtal_id=avtal.pk,
                vardgivare_id=avtal.vardgivare_id,
                avtalsomrade=avtal.avtalsomrade.kod,
                momskompensation=avtal.momskompensation,
                avgiftsavdrag=avtal.avgiftsavdrag,
                egenskaper=tuple(sorted((k, str(v)) for k, v in avtal.egenskaper.items())),
                giltig=period(avtal.giltig),
            )
            for avtal in Avtal.objects.select_related("avtalsomrade").iterator()
        ),
    )
