"""Where a contact belongs on its day: an immutable picture of units, commissions and contracts."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

import msgspec

from gvr.core.avvikelse import Avvikelse
from gvr.core.felkatalog import finding
from gvr.core.period import Period
from gvr.core.vardkontakt import Placering

# The kinds of commission (STYP) that care is paid under; 01-05 are organisational groupings.
STYP_MED_ERSATTNING = frozenset({"06", "07", "08"})
_MEMO_LIMIT = 200_000


class Enhetslage(msgspec.Struct, frozen=True, kw_only=True):
    """A unit during a period."""

    enhet_id: int
    vardgivare_id: int
    kombika: str
    hsa_id: str
    giltig: Period


class Uppdragslage(msgspec.Struct, frozen=True, kw_only=True):
    """A commission during a period, and the contract it is under."""

    uppdrag_id: int
    samverks_id: str
    uppdragstyp: str
    styp: str
    test: bool
    avtal_id: int | None
    giltig: Period


class Avtalslage(msgspec.Struct, frozen=True, kw_only=True):
    """A contract during a period."""

    avtal_id: int
    vardgivare_id: int
    avtalsomrade: str
    momskompensation: bool
    avgiftsavdrag: bool
    egenskaper: tuple[tuple[str, str], ...]
    giltig: Period


class Register:
    """Units, commissions and contracts as they were known at one moment. Never changed."""

    def __init__(
        self,
        *,
        enheter: Iterable[Enhetslage],
        uppdrag: Iterable[Uppdragslage],
        enhetsuppdrag: Iterable[tuple[int, int, Period]],
        avtal: Iterable[Avtalslage],
        version: int = 0,
    ) -> None:
        """Index the rows; `enhetsuppdrag` is (enhet_id, uppdrag_id, giltig)."""
        self.version = version
        self._enheter: defaultdict[str, list[Enhetslage]] = defaultdict(list)
        for enhet in enheter:
            self._enheter[enhet.kombika].append(enhet)
            if enhet.hsa_id:
                self._enheter[enhet.hsa_id].append(enhet)
        per_id: Mapping[int, Uppdragslage] = {rad.uppdrag_id: rad for rad in uppdrag}
        self._uppdrag: defaultdict[int, list[tuple[Period, Uppdragslage]]] = defaultdict(list)
        for enhet_id, uppdrag_id, giltig in enhetsuppdrag:
            self._uppdrag[enhet_id].append((giltig, per_id[uppdrag_id]))
        self._avtal = {rad.avtal_id: rad for rad in avtal}
        self._memo: dict[tuple[object, ...], Placering | Avvikelse] = {}

    def unit(
        self, enhet_ref: str, day: date, *, fallback: Sequence[date] = ()
    ) -> tuple[Enhetslage, date] | Avvikelse:
        """Return the unit by kombika or HSA-id and the day it was found on.

        The day of care decides; a unit that did not exist then is looked for on the days of
        `fallback` in turn (the åtgärder's days, then the last day), as the region's own adapter
        does. An HSA-id that several kombikor share on the day is not guessed.
        """
        lagen = self._enheter.get(enhet_ref, ())
        for dag in (day, *fallback):
            traffar = [enhet for enhet in lagen if enhet.giltig.contains(dag)]
            if len(traffar) == 1:
                return traffar[0], dag
            if traffar:
                return finding(
                    "ENHET_TVETYDIG",
                    pekare="/enhet",
                    text=f"HSA-id {enhet_ref} delas av flera kombikor den {dag}.",
                    varde=enhet_ref,
                    vantar_pa=f"ENHET:{enhet_ref}",
                )
        return finding(
            "ENHET_OKAND",
            pekare="/enhet",
            text=f"Enheten {enhet_ref} finns inte i registret den {day}.",
            varde=enhet_ref,
            vantar_pa=f"ENHET:{enhet_ref}",
        )

    def place(
        self,
        enhet_ref: str,
        day: date,
        *,
        ers_uppdrag: str | None = None,
        fallback: Sequence[date] = (),
    ) -> Placering | Avvikelse:
        """Return unit, commission and contract of a contact, or what is missing for it."""
        nyckel = (enhet_ref, day, ers_uppdrag, *fallback)
        svar = self._memo.get(nyckel)
        if svar is None:
            if len(self._memo) >= _MEMO_LIMIT:
                self._memo.clear()
            svar = self._memo[nyckel] = self._place(enhet_ref, day, ers_uppdrag, fallback)
        return svar

    def area_of(self, avtal_id: int) -> str:
        """Return the contract area of a contract; empty when the contract is unknown."""
        avtal = self._avtal.get(avtal_id)
        return "" if avtal is None else avtal.avtalsomrade

    def commissions(
        self, enhet: Enhetslage, day: date, *, styp: Collection[str] = STYP_MED_ERSATTNING
    ) -> list[Uppdragslage]:
        """Return the unit's commissions on the day, of these kinds."""
        return [
            uppdrag
            for giltig, uppdrag in self._uppdrag.get(enhet.enhet_id, ())
            if giltig.contains(day) and uppdrag.giltig.contains(day) and uppdrag.styp in styp
        ]

    def in_force(self, avtal_id: int | None, day: date) -> bool:
        """Say whether the contract is known and in force on the day."""
        avtal = None if avtal_id is None else self._avtal.get(avtal_id)
        return avtal is not None and avtal.giltig.contains(day)

    def last_known(self, enhet_ref: str, day: date) -> Enhetslage | None:
        """Return the unit on the day or, when it had ended, as it last was before it."""
        fore = [rad for rad in self._enheter.get(enhet_ref, ()) if rad.giltig.start <= day]
        return max(fore, key=lambda rad: rad.giltig.start, default=None)

    def _place(
        self, enhet_ref: str, day: date, ers_uppdrag: str | None, fallback: Sequence[date]
    ) -> Placering | Avvikelse:
        traff = self.unit(enhet_ref, day, fallback=fallback)
        if isinstance(traff, Avvikelse):
            return traff
        enhet, dag = traff
        uppdrag = self._commission(enhet, dag, ers_uppdrag)
        if isinstance(uppdrag, Avvikelse):
            return uppdrag
        avtal = self._avtal.get(uppdrag.avtal_id) if uppdrag.avtal_id is not None else None
        if avtal is None or not avtal.giltig.contains(dag):
            return finding(
                "AVTAL_SAKNAS",
                pekare="/enhet",
                text=f"Uppdraget {uppdrag.samverks_id} har inget avtal som gäller den {dag}.",
                varde=enhet_ref,
                vantar_pa=f"AVTAL:{uppdrag.samverks_id}",
            )
        return Placering(
            vardgivare_id=enhet.vardgivare_id,
            enhet_id=enhet.enhet_id,
            uppdragstyp=uppdrag.uppdragstyp,
            uppdrag_id=uppdrag.uppdrag_id,
            avtal_id=avtal.avtal_id,
            avtalsomrade=avtal.avtalsomrade,
            avtalsegenskaper=avtal.egenskaper,
            momskompensation=avtal.momskompensation,
            avgiftsavdrag=avtal.avgiftsavdrag,
        )

    def _commission(
        self, enhet: Enhetslage, dag: date, ers_uppdrag: str | None
    ) -> Uppdragslage | Avvikelse:
        alla = [
            uppdrag
            for giltig, uppdrag in self._uppdrag.get(enhet.enhet_id, ())
            if giltig.contains(dag) and uppdrag.giltig.contains(dag)
        ]
        if any(uppdrag.test for uppdrag in alla):
            return finding(
                "TESTUPPDRAG",
                pekare="/enhet",
                text=f"Enheten {enhet.kombika} har ett testuppdrag den {dag}.",
                varde=enhet.kombika,
            )
        traffar = [uppdrag for uppdrag in alla if uppdrag.styp in STYP_MED_ERSATTNING]
        if len(traffar) > 1 and ers_uppdrag:
            traffar = [rad for rad in traffar if rad.samverks_id == ers_uppdrag] or traffar
        if len(traffar) == 1:
            return traffar[0]
        if traffar:
            return finding(
                "UPPDRAG_TVETYDIGT",
                pekare="/ersUppdrag",
                text=f"Enheten {enhet.kombika} har flera uppdrag den {dag} och inget är utpekat.",
                varde=enhet.kombika,
                vantar_pa=f"UPPDRAG:{enhet.kombika}",
            )
        return finding(
            "UPPDRAG_SAKNAS",
            pekare="/enhet",
            text=f"Enheten {enhet.kombika} har inget uppdrag den {dag}.",
            varde=enhet.kombika,
            vantar_pa=f"UPPDRAG:{enhet.kombika}",
        )
