"""Receive the start and the end of vårdansvar and vårdperioder.

Each report is a row; what the two come to is kept as an Ersattningshandelse, the table where the
periods of ERSMOIndata files are, so that a period is read in one place whichever door it came by.
"""

import hashlib
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

import msgspec

from gvr.actions.ersmofiler import HANDELSE
from gvr.actions.handelser import (
    GEMENSAMMA,
    Besked,
    Handelsemottagning,
    Rapport,
    Utforma,
)
from gvr.actions.kopiering import Tabell, column
from gvr.actions.leveranser import Avsandare, Begaran, Hinder, Svar, deliver, rehearse
from gvr.core import felkatalog
from gvr.core.avvikelse import Avvikelse
from gvr.core.vardperiod import (
    ANSVARSTYPER,
    KLASS,
    Moment,
    Period,
    Slag,
    Slut,
    Start,
    check_part,
    merge,
)
from gvr.models import Ersattningshandelse, Periodrapport
from gvr.queries import vardperioder

VANTAR: Final = "VANTAR"
#: Marks an event that was made of reports, in its content.
I_DELAR: Final = "i_delar"

PERIODRAPPORT: Final = Tabell(
    "gvr_periodrapport", (*GEMENSAMMA, column("slag", "text"), column("moment", "text"))
)


def receive(
    rapport: Rapport,
    slag: Slag,
    moment: Moment,
    *,
    avsandare: Avsandare,
    begaran: Begaran,
    today: date,
    utforma: Utforma,
    torrkorning: bool = False,
) -> Svar | Hinder:
    """Register, correct or cancel one end of a period; return the answer stored with it.

    A cancelled start cancels the period; a cancelled end opens it again.
    """
    arbete = Periodmottagning(
        rapport,
        slag,
        moment,
        avsandare=avsandare,
        begaran=begaran,
        today=today,
        utforma=utforma,
    )
    if torrkorning:
        return rehearse(avsandare, arbete)
    return deliver(begaran, avsandare, arbete)


class Periodmottagning(Handelsemottagning):
    """The work of one report about a period."""

    modell = Periodrapport
    tabell = PERIODRAPPORT

    def __init__(self, rapport: Rapport, slag: Slag, moment: Moment, **rest: Any) -> None:
        self._slag, self._moment = slag, moment
        self.nyckel = {"slag": slag.value, "moment": moment.value}
        self._handelse: Ersattningshandelse | None = None
        self._nyhet: tuple[Any, ...] | None = None
        super().__init__(rapport, **rest)

    def check(self) -> tuple[Avvikelse, ...]:
        """Return every finding about this end by itself."""
        return check_part(self.rapport.innehall, koder=self.koder, today=self.today)

    def obstacle(self) -> Avvikelse | None:
        """Refuse to change a period that came whole, in a file."""
        self._handelse = vardperioder.event(self.avsandare.kallsystem, self._slag, self.rapport.id)
        if self._handelse is not None and I_DELAR not in self._handelse.innehall:
            return felkatalog.finding("PER005", pekare="/id")
        return None

    def settle(self, besked: Besked, *, changed: bool) -> None:
        """Merge the period anew and see whether it is another than before."""
        self._nyhet = None
        registrerat = vardperioder.parts(self.avsandare.kallsystem, self._slag, self.rapport.id)
        period = registrerat.period
        if changed:
            period = self._with_this(registrerat)
            self._nyhet = self._event(period)
        besked.mer = period
        if besked.makulerad:
            return
        if self._moment is Moment.SLUT:
            besked.avvikelser = (*besked.avvikelser, *period.fynd)
            if period.vantar and changed:
                besked.utfall = VANTAR
        elif period.start is not None and vardperioder.another_open(
            slag=self._slag,
            kallsystem=self.avsandare.kallsystem,
            extern_id=self.rapport.id,
            patient_id=period.start.patient_id,
            enhet_ref=period.start.enhet,
            dag=period.start.dag,
        ):
            fynd = felkatalog.finding("PER004", pekare="/dag")
            besked.avvikelser = (*besked.avvikelser, fynd)

    def _with_this(self, registrerat: vardperioder.Delar) -> Period:
        ny = self.rapport.innehall
        if self._moment is Moment.START:
            andra = registrerat.slut
            slut = vardperioder.as_part(andra) if andra and not andra.makulerad else None
            return merge(ny, slut if isinstance(slut, Slut) else None)
        andra = registrerat.start
        start = vardperioder.as_part(andra) if andra and not andra.makulerad else None
        return merge(start if isinstance(start, Start) else None, ny)

    def _event(self, period: Period) -> tuple[Any, ...] | None:
        """Return the columns of the period's next event after its delivery; None for no change."""
        start, fore = period.start, self._handelse
        if start is None and (fore is None or fore.makulerad):
            return None
        if start is None:
            assert fore is not None  # noqa: S101  - said above
            varden: tuple[Any, ...] = (
                fore.vardgivare_id,
                fore.enhet_id,
                fore.enhet_ref,
                fore.patient_id,
                fore.dag,
                fore.slutdag,
                True,
                fore.innehall,
            )
        else:
            varden = (
                *self._place(start),
                start.enhet,
                start.patient_id,
                start.dag,
                period.slut,
                False,
                _as_event(self._slag, start),
            )
        summa = hashlib.sha256(
            msgspec.json.encode((self._slag, *varden), order="deterministic")
        ).digest()
        if fore is not None and bytes(fore.innehall_sha256) == summa:
            return None
        return (*varden[:-1], msgspec.json.encode(varden[-1]), summa)

    def _place(self, start: Start) -> tuple[int | None, int | None]:
        enhet = self.bild.unit(start.enhet, start.dag)
        if isinstance(enhet, Avvikelse):
            return self.avsandare.ensam, None
        return enhet[0].vardgivare_id, enhet[0].enhet_id

    def rows(self, leverans: int) -> list[tuple[Tabell, Sequence[Sequence[Any]]]]:
        """Return the period's next event."""
        if self._nyhet is None:
            return []
        rad = (
            self.rapport.id,
            self.avsandare.kallsystem,
            KLASS[self._slag],
            leverans,
            *self._nyhet,
            self.begaran.mottagen,
        )
        return [(HANDELSE, [rad])]


def _as_event(slag: Slag, start: Start) -> dict[str, Any]:
    """Return the content as an event of a file has it, and what a file has no place for."""
    innehall: dict[str, Any] = {"handelseklass": KLASS[slag], I_DELAR: True}
    if slag is Slag.VARDANSVAR:
        innehall["Händelseform"] = "Hemsjukvårdsansvar"
        innehall["Händelsetyp"] = ANSVARSTYPER[start.typ]
    else:
        innehall["typ"] = start.typ
    for namn in ("diagnoser", "tillstand"):
        koder: tuple[str, ...] = getattr(start, namn)
        if koder:
            innehall[namn] = [{"kod": kod} for kod in koder]
    for namn in ("diagnosgrupp", "kontaktvag", "patientkategori", "missbruksdiagnos"):
        if getattr(start, namn) is not None:
            innehall[namn] = getattr(start, namn)
    if start.kontaktvag_dag is not None:
        innehall["kontaktvag_dag"] = start.kontaktvag_dag.isoformat()
    return innehall
