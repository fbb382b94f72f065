"""Receive inskrivning, flytt and utskrivning, and let them make one vårdkontakt.

A part is registered as a row of its own. In the same transaction the parts that hold now are merged
and the contact gets the version that follows, by the same path as a contact that is sent whole. A
part that does not fit yet is kept and waits; the next part of the episode asks the question anew.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Final

import msgspec
import uuid_utils
from django.db import connection

from gvr.actions.kopiering import Tabell, column
from gvr.actions.leveranser import (
    Avsandare,
    Begaran,
    Behov,
    Hinder,
    Nummer,
    Svar,
    Utfall,
    deliver,
    lock,
    rehearse,
)
from gvr.actions.vardkontakter import (
    AVVISAD,
    AVVISNING,
    LOGGPOST,
    MAKULERAD,
    OFORANDRAD,
    REGISTRERAD,
    TEST,
    Mottagning,
    Resultat,
    Verdict,
    chain_verdict,
    findings_as_json,
    judge,
    log_rows,
    status_of,
)
from gvr.core import felkatalog
from gvr.core.avvikelse import Allvar, Avvikelse
from gvr.core.helhet import Hel, combine
from gvr.core.kodverk import Kodregister
from gvr.core.mottagning import (
    Avsikt,
    Befintlig,
    Inkommet,
    Oforandrad,
    checksum,
    decide,
)
from gvr.core.regelallvar import Regelallvar
from gvr.core.register import Register
from gvr.core.vardtillfalle import Del, Slag, Vardtillfalle, check_part, merge
from gvr.models import Vardtillfallesdel
from gvr.queries import koder, regelallvar, register, vardtillfallen
from gvr.queries.behorighet import databaskontext
from gvr.queries.register import Stamdata

VANTAR: Final = "VANTAR"

DEL: Final = Tabell(
    "gvr_vardtillfallesdel",
    (
        column("uuid", "uuid"),
        column("kallsystem", "text"),
        column("vardtillfalle_id", "text"),
        column("slag", "text"),
        column("extern_id", "text"),
        column("version", "int4"),
        column("makulerad", "bool"),
        column("leverans_id", "int8"),
        column("vardgivare_id", "int8"),
        column("enhet_id", "int8"),
        column("enhet_ref", "text"),
        column("patient_id", "text"),
        column("dag", "date"),
        column("tid", "time"),
        column("innehall", "jsonb"),
        column("innehall_sha256", "bytea"),
        column("kontaktversion", "int4"),
        column("registrerad", "timestamptz"),
        column("orsak", "text"),
    ),
)


class Rapport(msgspec.Struct, frozen=True, kw_only=True):
    """A part as it arrived. `innehall` None is a cancellation, or unreadable.

    `vardtillfalle_id` is empty where only the part's own id is known (a flytt that is cancelled).
    """

    slag: Slag
    id: str
    avsikt: Avsikt
    vardtillfalle_id: str = ""
    innehall: Del | None = None
    version: int | None = None
    vantad: int | None = None
    orsak: str = ""
    avvikelser: tuple[Avvikelse, ...] = ()


class Besked(msgspec.Struct, kw_only=True):
    """What became of a part, of its episode and of the contact; `status` is the HTTP status."""

    id: str
    vardtillfalle_id: str
    status: int
    utfall: str
    version: int = 0
    makulerad: bool = False
    avvikelser: Sequence[Avvikelse] = ()
    vardtillfalle: Vardtillfalle | None = None
    kontakt: Resultat | None = None


Utforma = Callable[[Besked], Svar]


def receive(
    rapport: Rapport,
    *,
    avsandare: Avsandare,
    begaran: Begaran,
    today: date,
    utforma: Utforma,
    torrkorning: bool = False,
) -> Svar | Hinder:
    """Register, correct or cancel a part; return the answer that is stored with it.

    The same rules of versions as for a vårdkontakt hold for each part. With `torrkorning` nothing
    is stored, and the answer also holds what the contact would earn.
    """
    if not rapport.vardtillfalle_id and rapport.id:
        # Which episode a part belongs to never changes, so this may be asked beforehand.
        with databaskontext(alla=True):
            rad = vardtillfallen.newest(avsandare.kallsystem, rapport.slag, rapport.id)
        if rad is not None:
            rapport = msgspec.structs.replace(rapport, vardtillfalle_id=rad.vardtillfalle_id)
    arbete = Delmottagning(
        rapport, avsandare=avsandare, begaran=begaran, today=today, utforma=utforma
    )
    if torrkorning:
        arbete.verdict = chain_verdict()
        return rehearse(avsandare, arbete)
    return deliver(begaran, avsandare, arbete)


class Delmottagning:
    """The work of one part."""

    def __init__(
        self,
        rapport: Rapport,
        *,
        avsandare: Avsandare,
        begaran: Begaran,
        today: date,
        utforma: Utforma,
    ) -> None:
        self.verdict: Verdict | None = None
        self._rapport = rapport
        self._avsandare = avsandare
        self._begaran = begaran
        self._today = today
        self._utforma = utforma
        self._bild: Register
        self._koder: Kodregister
        self._allvar: Regelallvar
        self._vardgivare_id = avsandare.ensam
        self._enhet_id: int | None = None
        self._avvikelser: tuple[Avvikelse, ...] = ()
        innehall = rapport.innehall
        self._summa = (
            b""
            if innehall is None
            else hashlib.sha256(msgspec.json.encode(innehall, order="deterministic")).digest()
        )
        self._rad: Vardtillfallesdel | None = None
        self._ny = 0
        self._besked: Besked | None = None
        self._kontakt: Mottagning | None = None

    def prepare(self, stamdata: Stamdata) -> None:
        """Find what is known of the part before other parts are looked at."""
        self._bild, self._koder = register.current(stamdata), koder.current(stamdata)
        self._allvar = regelallvar.current(stamdata)
        self._avvikelser = self._judge()

    @property
    def nycklar(self) -> Sequence[str]:
        """Return the id of the contact that the episode makes."""
        return [self._rapport.vardtillfalle_id] if self._rapport.vardtillfalle_id else []

    def _judge(self) -> tuple[Avvikelse, ...]:
        """Collect what is known of the part before the database is asked."""
        innehall = self._rapport.innehall
        avvikelser = list(self._rapport.avvikelser)
        if innehall is None:
            return tuple(avvikelser)
        avvikelser += check_part(innehall, koder=self._koder, today=self._today)
        enhet = self._bild.unit(innehall.enhet, innehall.dag)
        if isinstance(enhet, Avvikelse):
            avvikelser.append(enhet)
            return tuple(avvikelser)
        if not self._avsandare.may_report(enhet[0].vardgivare_id, enhet[0].enhet_id):
            avvikelser.append(felkatalog.finding("OMBUD_SAKNAS", pekare="/enhet"))
            return tuple(avvikelser)
        self._vardgivare_id, self._enhet_id = enhet[0].vardgivare_id, enhet[0].enhet_id
        plats = self._bild.place(innehall.enhet, innehall.dag)
        if isinstance(plats, Avvikelse) and plats.kod == TEST:
            avvikelser.append(plats)
        return tuple(avvikelser)

    # --- deciding ------------------------------------------------------------------------------

    def decide(self, befintliga: Sequence[Befintlig]) -> Behov:
        """Decide the part by its versions, then the contact by all parts that hold.

        The episode is held meanwhile, also before it has a contact that could be locked.
        """
        self._kontakt = None
        self._hold()
        rapport, kallsystem = self._rapport, self._avsandare.kallsystem
        alla = vardtillfallen.rows(kallsystem, rapport.vardtillfalle_id)
        self._rad = vardtillfallen.newest(kallsystem, rapport.slag, rapport.id)
        bildad = max((rad.kontaktversion or 0 for rad in alla), default=0)
        if bildad and not befintliga:  # made while this request waited for the episode
            befintliga = lock(self._avsandare, self.nycklar)
        hinder = self._obstacle(befintliga)
        if hinder is not None:
            self._besked = self._refused(hinder)
            return Behov()
        svar = decide(
            Inkommet(
                plats=0,
                avsikt=rapport.avsikt,
                vardhandelse_id=rapport.id,
                summa=self._summa,
                version=rapport.version,
                vantad=rapport.vantad,
            ),
            None if self._rad is None else _as_existing(self._rad),
        )
        if isinstance(svar, Avvikelse):
            self._besked = self._refused(svar)
            return Behov()
        senaste = vardtillfallen.newest_of_each(alla)
        if isinstance(svar, Oforandrad):
            self._besked = self._unchanged(vardtillfallen.merged(senaste))
            return Behov()
        if befintliga and not bildad:
            self._besked = self._refused(felkatalog.finding("SLV010", pekare="/vardtillfalleId"))
            return Behov()
        self._ny = svar
        delar = [
            vardtillfallen.as_part(rad)
            for rad in senaste
            if not rad.makulerad and (rad.slag, rad.extern_id) != (rapport.slag, rapport.id)
        ]
        if rapport.innehall is not None:
            delar.append(rapport.innehall)
        efter = merge(delar)
        if befintliga:
            samlat = _with_whole(vardtillfallen.merged(senaste), efter, befintliga[0])
            if isinstance(samlat, tuple):
                self._avvikelser = (*self._avvikelser, *samlat)
                self._besked = self._refused(samlat[0])
                return Behov()
            efter = samlat
        return self._decide_contact(efter, befintliga)

    def _hold(self) -> None:
        if not self._rapport.vardtillfalle_id:
            return
        with connection.cursor() as cursor:
            cursor.execute(
                "select pg_advisory_xact_lock(hashtextextended(%s, 0))",
                [f"tillfalle:{self._avsandare.kallsystem}:{self._rapport.vardtillfalle_id}"],
            )

    def _obstacle(self, befintliga: Sequence[Befintlig]) -> Avvikelse | None:
        """Return why the part cannot be registered at all, whatever its version."""
        stopp = next((a for a in self._avvikelser if a.allvar is Allvar.STOPP), None)
        if stopp is not None:
            return stopp
        test = next((a for a in self._avvikelser if a.kod == TEST), None)
        if test is not None:
            return test
        rad = self._rad
        if rad is None and self._rapport.avsikt is Avsikt.MAKULERA:
            return felkatalog.finding("HITTAS_INTE_ATT_MAKULERA", pekare="")
        if not all(self._avsandare.may_touch(r) for r in (rad, *befintliga) if r is not None):
            return felkatalog.finding("OMBUD_SAKNAS", pekare="")
        if rad is not None and rad.vardtillfalle_id != self._rapport.vardtillfalle_id:
            return felkatalog.finding("SLV012", pekare="/vardtillfalleId")
        return None

    def _decide_contact(
        self, vardtillfalle: Vardtillfalle, befintliga: Sequence[Befintlig]
    ) -> Behov:
        rapport, innehall = self._rapport, vardtillfalle.innehall
        makulerad = rapport.avsikt is Avsikt.MAKULERA
        vantar = not makulerad and vardtillfalle.waits(rapport.slag, rapport.id)
        self._besked = Besked(
            id=rapport.id,
            vardtillfalle_id=rapport.vardtillfalle_id,
            status=201 if self._rad is None else 200,
            utfall=MAKULERAD if makulerad else VANTAR if vantar else REGISTRERAD,
            version=self._ny,
            makulerad=makulerad,
            avvikelser=(*self._avvikelser, *vardtillfalle.of(rapport.slag, rapport.id)),
            vardtillfalle=vardtillfalle,
        )
        if innehall is None and not befintliga:
            return Behov()
        inkommet = Inkommet(
            plats=0,
            avsikt=Avsikt.MAKULERA if innehall is None else Avsikt.LEVERERA,
            vardhandelse_id=rapport.vardtillfalle_id,
            innehall=innehall,
            detaljer=vardtillfalle.detaljer,
            summa=b"" if innehall is None else checksum(innehall, vardtillfalle.detaljer),
            makulerad=innehall is None,
            orsak=rapport.orsak,
            atgardsdagar=vardtillfalle.atgardsdagar,
        )
        (bedomt,) = judge(
            [inkommet],
            avsandare=self._avsandare,
            bild=self._bild,
            koder_=self._koder,
            today=self._today,
            kanal="API",
            allvar=self._allvar,
        )
        if bedomt.stopp or bedomt.test:
            hinder = next(a for a in bedomt.avvikelser if a.allvar is Allvar.STOPP or a.kod == TEST)
            nya = [a for a in bedomt.avvikelser if a not in self._avvikelser]
            self._avvikelser = (*self._avvikelser, *nya)
            self._besked = self._refused(hinder)
            return Behov()
        self._kontakt = Mottagning(
            [bedomt], self._avsandare, self._begaran, self._contact_answer, atomar=False
        )
        self._kontakt.verdict = self.verdict
        return self._kontakt.decide(befintliga)

    def _refused(self, hinder: Avvikelse) -> Besked:
        alla = self._avvikelser if hinder in self._avvikelser else (*self._avvikelser, hinder)
        test = hinder.kod == TEST
        return Besked(
            id=self._rapport.id,
            vardtillfalle_id=self._rapport.vardtillfalle_id,
            status=200 if test else status_of(alla),
            utfall=TEST if test else AVVISAD,
            avvikelser=alla,
        )

    def _unchanged(self, vardtillfalle: Vardtillfalle) -> Besked:
        rad = self._rad
        assert rad is not None  # noqa: S101  - only what exists can be unchanged
        return Besked(
            id=rad.extern_id,
            vardtillfalle_id=rad.vardtillfalle_id,
            status=200,
            utfall=OFORANDRAD,
            version=rad.version,
            makulerad=rad.makulerad,
            avvikelser=() if rad.makulerad else vardtillfalle.of(Slag(rad.slag), rad.extern_id),
            vardtillfalle=vardtillfalle,
        )

    # --- answer and rows -----------------------------------------------------------------------

    def _contact_answer(self, resultat: Sequence[Resultat], stoppat: bool) -> Svar:  # noqa: FBT001
        """Keep what became of the contact; the answer is the part's."""
        assert self._besked is not None  # noqa: S101  - decided before it is finished
        self._besked.kontakt = resultat[0]
        return Svar(status=200, kropp=b"")

    def finish(self, nummer: Nummer) -> Utfall:
        """Make the answer and the rows of the part and of the contact."""
        besked = self._besked
        assert besked is not None  # noqa: S101  - decided before it is finished
        utfall = Utfall(svar=Svar(status=200, kropp=b""))
        if self._kontakt is not None:
            utfall = self._kontakt.finish(nummer)
        utfall.svar = self._utforma(besked)
        utfall.antal, utfall.avvisade = 1, int(besked.utfall in (AVVISAD, TEST))
        if not nummer.leverans or besked.utfall == OFORANDRAD:
            return utfall
        if besked.utfall in (AVVISAD, TEST):
            if self._rapport.avsikt is not Avsikt.MAKULERA:
                utfall.rader = [(AVVISNING, [self._refusal(nummer.leverans, besked)])]
            return utfall
        utfall.rader.append((DEL, [self._row(nummer.leverans, besked)]))
        if besked.kontakt is None or besked.kontakt.utfall == OFORANDRAD:
            utfall.rader.append((LOGGPOST, self._log()))
        return utfall

    def _row(self, leverans: int, besked: Besked) -> tuple[Any, ...]:
        rapport, rad, innehall = self._rapport, self._rad, self._rapport.innehall
        gemensamt = (
            rad.uuid.bytes if rad is not None else uuid_utils.uuid7().bytes,
            self._avsandare.kallsystem,
            rapport.vardtillfalle_id,
            rapport.slag.value,
            rapport.id,
            self._ny,
            besked.makulerad,
            leverans,
        )
        version = besked.kontakt.version if besked.kontakt is not None else None
        at = self._begaran.mottagen
        if innehall is None:
            assert rad is not None  # noqa: S101  - only what exists is cancelled
            return (
                *gemensamt,
                rad.vardgivare_id,
                rad.enhet_id,
                rad.enhet_ref,
                rad.patient_id,
                rad.dag,
                rad.tid,
                msgspec.json.encode(rad.innehall),
                bytes(rad.innehall_sha256),
                version,
                at,
                rapport.orsak,
            )
        return (
            *gemensamt,
            self._vardgivare_id,
            self._enhet_id,
            innehall.enhet,
            innehall.patient_id,
            innehall.dag,
            innehall.tid,
            msgspec.json.encode(innehall),
            self._summa,
            version,
            at,
            rapport.orsak,
        )

    def _refusal(self, leverans: int, besked: Besked) -> tuple[Any, ...]:
        innehall = self._rapport.innehall
        allvar = Allvar.ANMARKNING if besked.utfall == TEST else None
        return (
            leverans,
            0,
            self._vardgivare_id,
            self._enhet_id,
            besked.vardtillfalle_id[:64],
            None if innehall is None else innehall.dag,
            findings_as_json(besked.avvikelser, allvar) or b"[]",
            self._begaran.mottagen,
        )

    def _log(self) -> list[tuple[Any, ...]]:
        """Return the log of a part that changed no contact; else the contact's own row says it."""
        rapport, rad = self._rapport, self._rad
        patienter: Mapping[tuple[str, int | None], Sequence[str]]
        if rapport.innehall is not None:
            handelse = "RAPPORTERA" if rapport.avsikt is Avsikt.SKAPA else "RATTA"
            patienter = {(handelse, self._vardgivare_id): [rapport.innehall.patient_id]}
        else:
            assert rad is not None  # noqa: S101  - only what exists is cancelled
            patienter = {("MAKULERA", rad.vardgivare_id): [rad.patient_id]}
        return log_rows(patienter, self._avsandare, self._begaran)


def _with_whole(
    fore: Vardtillfalle, efter: Vardtillfalle, registrerad: Befintlig
) -> Vardtillfalle | tuple[Avvikelse, ...]:
    """Return the episode with what was corrected in the contact as a whole, or why it cannot be.

    `fore` and `efter` are what the parts made and now make, `registrerad` the contact as it is.
    """
    if fore.innehall is None:
        if registrerad.makulerad:
            return efter
        return (felkatalog.finding("SLV011", pekare="/vardtillfalleId"),)
    if registrerad.makulerad:
        return (felkatalog.finding("SLV011", pekare="/vardtillfalleId"),)
    if registrerad.summa == checksum(fore.innehall, fore.detaljer):
        return efter
    hel = vardtillfallen.whole(registrerad.kontakt_id, registrerad.version)
    if hel is None or efter.innehall is None:
        return (felkatalog.finding("SLV011", pekare="/vardtillfalleId"),)
    samlat = combine(
        fore=Hel(innehall=fore.innehall, detaljer=fore.detaljer or {}),
        hel=hel,
        efter=Hel(innehall=efter.innehall, detaljer=efter.detaljer or {}),
    )
    if isinstance(samlat, tuple):
        return samlat
    return msgspec.structs.replace(
        efter,
        innehall=samlat.innehall,
        detaljer=dict(samlat.detaljer),
        atgardsdagar=tuple(map(date.fromisoformat, samlat.detaljer.get("atgardsdagar", ()))),
    )


def _as_existing(rad: Vardtillfallesdel) -> Befintlig:
    return Befintlig(
        rad.pk,
        rad.extern_id,
        str(rad.uuid),
        rad.version,
        rad.makulerad,
        bytes(rad.innehall_sha256),
        rad.vardgivare_id,
        rad.enhet_id,
    )
