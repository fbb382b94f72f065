"""Published rule packs, compiled once and shared until one is published."""

import threading
from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime
from typing import cast

import msgspec
from django.db import connection

from ersattning.ersmo.core import klassning, regelpaket
from ersattning.ersmo.core.kodmonster import Kodlista, Monster
from ersattning.ersmo.core.regel import Typ
from ersattning.ersmo.core.villkor import Sats, atoms
from ersattning.ersmo.models import Regelpaket
from gvr.bas import Status
from gvr.core.period import Period
from gvr.core.samverkan import Roll
from gvr.queries.register import period


class Publicerat(msgspec.Struct, frozen=True, kw_only=True):
    """A published pack: what it is called in a decision, when it holds, and its compiled rules."""

    id: int
    beteckning: str  # modell:version:hash, the first 16 characters of it
    avtalsomrade: str
    version: int
    giltig: Period
    publicerad: datetime
    kompilerat: klassning.Kompilerat
    delar: Mapping[str, klassning.Kompilerat] = {}  # about participation, by role; none: no rule


class Paketbild:
    """All published packs as they were known at one moment."""

    def __init__(self, paket: tuple[Publicerat, ...]) -> None:
        """Index the packs by contract area, newest version first."""
        self._per_omrade: defaultdict[str, list[Publicerat]] = defaultdict(list)
        for rad in sorted(paket, key=lambda rad: -rad.version):
            self._per_omrade[rad.avtalsomrade].append(rad)
        self._per_beteckning = {rad.beteckning: rad for rad in paket}

    def valid(
        self, avtalsomrade: str, day: date, *, known: datetime | None = None
    ) -> Publicerat | None:
        """Return the pack for a day of care: the newest version that was published by `known`."""
        for rad in self._per_omrade.get(avtalsomrade, ()):
            if rad.giltig.contains(day) and (known is None or rad.publicerad <= known):
                return rad
        return None

    def named(self, beteckning: str) -> Publicerat | None:
        """Return the pack that a decision names."""
        return self._per_beteckning.get(beteckning)


_lock = threading.Lock()
_cached: dict[str, tuple[frozenset[int], Paketbild, Mapping[int, Publicerat]]] = {}


def published() -> Paketbild:
    """Return the published packs. A pack never changes once published, so each compiles once."""
    namn = str(connection.settings_dict["NAME"])
    ids = frozenset(
        Regelpaket.objects.filter(status=Status.PUBLICERAD).values_list("pk", flat=True)
    )
    cached = _cached.get(namn)
    if cached is None or cached[0] != ids:
        with _lock:
            known = cached[2] if cached else {}
            rows = Regelpaket.objects.filter(pk__in=ids - known.keys()).select_related(
                "avtalsomrade"
            )
            per_id = {pk: rad for pk, rad in known.items() if pk in ids}
            per_id.update((row.pk, _compile(row)) for row in rows)
            cached = _cached[namn] = (ids, Paketbild(tuple(per_id.values())), per_id)
    return cached[1]


#: What a condition says when it asks for a code, and not for the absence of one.
_FRAGAR_EFTER = frozenset({Sats.AR, Sats.FORSTA, Sats.NAGON, Sats.ALLA, Sats.MINST})


def asked_for(avtalsomrade: str, day: date) -> Mapping[str, Kodlista]:
    """Return, by word, the codes that an area's paying rules name on the day.

    Says which codes the reporting instruction of the contract is about, for a form to show them
    first. Nothing is left out of a form because no rule names it.
    """
    publicerat = published().valid(avtalsomrade, day)
    if publicerat is None:
        return {}
    paket = publicerat.kompilerat.paket
    listor = paket.lists_on(day)
    monster: defaultdict[str, list[Monster]] = defaultdict(list)
    for regel in paket.rules_on(day):
        if regel.typ is not Typ.INGEN:
            for atom in atoms(paket.condition_of(regel)):
                if atom.sats in _FRAGAR_EFTER and (atom.ord, atom.koder) in listor:
                    monster[atom.ord] += listor[atom.ord, atom.koder].monster
    return {ord_: Kodlista.of(rader) for ord_, rader in monster.items()}


def _compile(row: Regelpaket) -> Publicerat:
    paket = regelpaket.parse(row.innehall)
    if isinstance(paket, tuple):
        raise ValueError(f"Det publicerade regelpaketet {row} går inte att läsa: {paket[0].text}")
    return Publicerat(
        id=row.pk,
        beteckning=f"{row.modell}:{row.version}:{row.innehall_hash[:16]}",
        avtalsomrade=row.avtalsomrade.kod,
        version=row.version,
        giltig=period(row.giltig),
        publicerad=cast(datetime, row.publicerad),  # a constraint of the table
        kompilerat=klassning.compile_paket(paket),
        delar={
            roll.value: klassning.compile_paket(paket.of_participation(roll))
            for roll in Roll
            if paket.pays_participation
        },
    )
