"""Published price lists, shared until one is published."""

import threading
from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime
from typing import cast

import msgspec
from django.db import connection

from ersattning.hej.core import prislista as core
from ersattning.hej.models import Pris, Prislista
from gvr.bas import Status
from gvr.queries.register import period


class Publicerad(msgspec.Struct, frozen=True, kw_only=True):
    """A published list: what it is called in a decision, for whom, and since when it is known."""

    beteckning: str  # kod:version:hash, the first 16 characters of it
    avtalsomrade: str
    avtal_id: int | None
    publicerad: datetime
    lista: core.Prislista


class Prisbild:
    """All published lists as they were known at one moment."""

    def __init__(self, listor: tuple[Publicerad, ...]) -> None:
        """Index the lists by contract and by area, newest version first."""
        self._listor: defaultdict[tuple[str, int | None], list[Publicerad]] = defaultdict(list)
        for rad in sorted(listor, key=lambda rad: (rad.lista.kod, -rad.lista.version)):
            self._listor[rad.avtalsomrade, rad.avtal_id].append(rad)
        self._per_id = {rad.lista.id: rad for rad in listor}
        self._per_beteckning = {rad.beteckning: rad for rad in listor}
        self._memo: dict[tuple[str, int, date, datetime | None], tuple[Publicerad, ...]] = {}
        self._areas_with_ceiling = {
            rad.avtalsomrade
            for rad in listor
            if any(pris.tak1 is not None for pris in rad.lista.priser)
        }

    def valid(
        self, avtalsomrade: str, avtal_id: int, day: date, *, known: datetime | None = None
    ) -> tuple[Publicerad, ...]:
        """Return the lists to look in for a day of care, in order: the contract's, then the area's.

        Of each list (kod) only the newest version that holds on the day and was published by
        `known` counts.
        """
        nyckel = (avtalsomrade, avtal_id, day, known)
        svar = self._memo.get(nyckel)
        if svar is None:
            if len(self._memo) > 100_000:
                self._memo.clear()
            svar = self._memo[nyckel] = tuple(self._valid(avtalsomrade, avtal_id, day, known))
        return svar

    def _valid(
        self, avtalsomrade: str, avtal_id: int, day: date, known: datetime | None
    ) -> list[Publicerad]:
        svar = []
        for nyckel in ((avtalsomrade, avtal_id), (avtalsomrade, None)):
            seen: set[str] = set()
            for rad in self._listor.get(nyckel, ()):
                if rad.lista.kod in seen or not rad.lista.giltig.contains(day):
                    continue
                if known is None or rad.publicerad <= known:
                    seen.add(rad.lista.kod)
                    svar.append(rad)
        return svar

    def coming(self, avtalsomrade: str, avtal_id: int, day: date) -> tuple[Publicerad, ...]:
        """Return the contract's and the area's lists that begin to hold after the day."""
        return tuple(
            rad
            for nyckel in ((avtalsomrade, avtal_id), (avtalsomrade, None))
            for rad in self._listor.get(nyckel, ())
            if rad.lista.giltig.start > day
        )

    def has_ceiling(self, avtalsomrade: str) -> bool:
        """Say whether any price of the area has a yearly ceiling."""
        return avtalsomrade in self._areas_with_ceiling

    @property
    def any_ceiling(self) -> bool:
        """Say whether any area at all has a yearly ceiling."""
        return bool(self._areas_with_ceiling)

    def by_id(self, pk: int) -> Publicerad:
        """Return a published list by its id."""
        return self._per_id[pk]

    def named(self, beteckning: str) -> Publicerad | None:
        """Return the list that a decision names."""
        return self._per_beteckning.get(beteckning)


_lock = threading.Lock()
_cached: dict[str, tuple[frozenset[int], Prisbild, Mapping[int, Publicerad]]] = {}


def published() -> Prisbild:
    """Return the published lists. A list never changes once published, so each loads once."""
    namn = str(connection.settings_dict["NAME"])
    ids = frozenset(Prislista.objects.filter(status=Status.PUBLICERAD).values_list("pk", flat=True))
    cached = _cached.get(namn)
    if cached is None or cached[0] != ids:
        with _lock:
            known = cached[2] if cached else {}
            per_id = {pk: rad for pk, rad in known.items() if pk in ids}
            per_id.update((rad.lista.id, rad) for rad in _load(ids - known.keys()))
            cached = _cached[namn] = (ids, Prisbild(tuple(per_id.values())), per_id)
    return cached[1]


def _load(ids: frozenset[int]) -> list[Publicerad]:
    if not ids:
        return []
    priser: defaultdict[int, list[core.Pris]] = defaultdict(list)
    for row in Pris.objects.filter(prislista_id__in=ids).iterator():
        priser[row.prislista_id].append(to_core(row))
    svar = []
    for rad in Prislista.objects.filter(pk__in=ids).select_related("avtalsomrade"):
        svar.append(
            Publicerad(
                beteckning=f"{rad.kod}:{rad.version}:{rad.innehall_hash[:16]}",
                avtalsomrade=rad.avtalsomrade.kod,
                avtal_id=rad.avtal_id,
                publicerad=cast(datetime, rad.publicerad),  # a constraint of the table
                lista=core.Prislista(
                    id=rad.pk,
                    kod=rad.kod,
                    version=rad.version,
                    hash=rad.innehall_hash,
                    giltig=period(rad.giltig),
                    avrundning=rad.avrundning,
                    priser=tuple(priser[rad.pk]),
                    namn=rad.namn,
                    avtalsomrade=rad.avtalsomrade.kod,
                    kalla=rad.kalla,
                ),
            )
        )
    return svar


def to_core(row: Pris) -> core.Pris:
    """Translate a stored price."""
    return core.Pris(
        produktkod=row.produktkod,
        belopp=row.belopp,
        giltig=period(row.giltig),
        exempel=row.exempel,
        kalla=row.kalla,
        reducerat=row.reducerat,
        tak1=row.tak1,
        tak2=row.tak2,
        text=row.text,
    )
