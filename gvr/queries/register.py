"""The snapshot of units, commissions and contracts, shared until master data changes."""

import threading
from typing import Any

from django.db import connection

from gvr.core.period import Period
from gvr.core.register import Avtalslage, Enhetslage, Register, Uppdragslage
from gvr.models import Avtal, Enhet, Enhetsuppdrag, Uppdrag

_lock = threading.Lock()
_cached: dict[str, Register] = {}


def stamdataversion() -> int:
    """Return how many times master data has changed, as this transaction sees it."""
    with connection.cursor() as cursor:
        cursor.execute("select version from gvr_stamdataversion")
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def current(version: int | None = None) -> Register:
    """Return the register as it is now; loaded again only when master data has changed.

    Who needs several snapshots asks for `stamdataversion` once and hands it to each.
    """
    if version is None:
        version = stamdataversion()
    namn = str(connection.settings_dict["NAME"])
    register = _cached.get(namn)
    if register is None or register.version != version:
        with _lock:
            register = _cached.get(namn)
            if register is None or register.version != version:
                register = _cached[namn] = _load(version)
    return register


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
