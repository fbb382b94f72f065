"""The snapshot of units, commissions and contracts, shared until master data changes."""

import threading
from collections.abc import Callable
from typing import Any, Final, Generic, TypeVar

import msgspec
from django.db import connection

from gvr.core.period import Period
from gvr.core.register import Avtalslage, Enhetslage, Register, Uppdragslage
from gvr.models import Avtal, Enhet, Enhetsuppdrag, Uppdrag

T = TypeVar("T")


class Stamdata(msgspec.Struct, frozen=True):
    """What a snapshot of master data is known by.

    The number of changes alone is not enough: a transaction may count one, look, and roll back, and
    the next one counts the same number. The row's xmin tells the two apart.
    """

    version: int
    xmin: str


def stamdataversion() -> Stamdata:
    """Return how many times master data has changed, as this transaction sees it."""
    with connection.cursor() as cursor:
        cursor.execute("select version, xmin::text from gvr_stamdataversion")
        return Stamdata(*cursor.fetchone())


class Stamdatabild(Generic[T]):
    """A snapshot of some master data, one of each database, shared by the process's threads."""

    def __init__(self, load: Callable[[Stamdata], T]) -> None:
        """Load with `load` when asked for the first time, and when master data has changed."""
        self._load = load
        self._lock = threading.Lock()
        self._cached: dict[str, tuple[Stamdata, T]] = {}

    def seen(self) -> Stamdata | None:
        """Return which master data was seen last; there may be newer. None before the first."""
        cached = self._cached.get(_database())
        return None if cached is None else cached[0]

    def current(self, version: Stamdata | None = None) -> T:
        """Return master data as it is now.

        Who needs several snapshots asks for `stamdataversion` once and hands it to each.
        """
        if version is None:
            version = stamdataversion()
        cached = self._cached.get(_database())
        if cached is None or cached[0] != version:
            with self._lock:
                cached = self._cached.get(_database())
                if cached is None or cached[0] != version:
                    cached = self._cached[_database()] = (version, self._load(version))
        return cached[1]


def _database() -> str:
    return str(connection.settings_dict["NAME"])


def period(giltig: Any) -> Period:
    """Translate a stored daterange."""
    return Period(giltig.lower, giltig.upper)


def _load(stamdata: Stamdata) -> Register:
    return Register(
        version=stamdata.version,
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


_bild: Final = Stamdatabild(_load)
current, seen = _bild.current, _bild.seen
