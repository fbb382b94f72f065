"""Register, correct and cancel what is reported beside contacts. One way for all its kinds.

A kind says which table and key it has, how its content is checked, and what else is written when it
changes; the rules of versions are those of a vårdkontakt.
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
    Nummer,
    Svar,
    Utfall,
)
from gvr.actions.vardkontakter import (
    AVVISAD,
    AVVISNING,
    LOGGPOST,
    MAKULERAD,
    OFORANDRAD,
    REGISTRERAD,
    findings_as_json,
    log_rows,
    status_of,
)
from gvr.core import felkatalog
from gvr.core.avvikelse import Allvar, Avvikelse
from gvr.core.kodverk import Kodregister
from gvr.core.mottagning import Avsikt, Befintlig, Inkommet, Oforandrad, decide
from gvr.core.register import Register
from gvr.models.handelse import Handelserapport
from gvr.queries import koder, register
from gvr.queries.register import Stamdata

GEMENSAMMA: Final = (
    column("uuid", "uuid"),
    column("kallsystem", "text"),
    column("extern_id", "text"),
    column("version", "int4"),
    column("makulerad", "bool"),
    column("leverans_id", "int8"),
    column("vardgivare_id", "int8"),
    column("enhet_id", "int8"),
    column("enhet_ref", "text"),
    column("patient_id", "text"),
    column("dag", "date"),
    column("innehall", "jsonb"),
    column("innehall_sha256", "bytea"),
    column("registrerad", "timestamptz"),
    column("orsak", "text"),
)


class Rapport(msgspec.Struct, frozen=True, kw_only=True):
    """A report as it arrived. `innehall` None is a cancellation, or unreadable.

    A content has `id`, `patient_id`, `enhet` and `dag`.
    """

    id: str
    avsikt: Avsikt
    innehall: Any = None
    version: int | None = None
    vantad: int | None = None
    orsak: str = ""
    avvikelser: tuple[Avvikelse, ...] = ()


class Besked(msgspec.Struct, kw_only=True):
    """What became of it; `status` is the HTTP status. `mer` is what its kind has to add."""

    id: str
    status: int
    utfall: str
    uuid: str = ""
    version: int = 0
    makulerad: bool = False
    avvikelser: Sequence[Avvikelse] = ()
    mer: Any = None


Utforma = Callable[[Besked], Svar]


class Handelsemottagning:
    """The work of one report."""

    nycklar: Sequence[str] = ()
    modell: type[Handelserapport]
    tabell: Tabell
    #: The columns that, with källsystem and id, say which row it is.
    nyckel: Mapping[str, str]

    def __init__(
        self,
        rapport: Rapport,
        *,
        avsandare: Avsandare,
        begaran: Begaran,
        today: date,
        utforma: Utforma,
    ) -> None:
        self.rapport = rapport
        self.avsandare = avsandare
        self.begaran = begaran
        self.today = today
        self._utforma = utforma
        self.bild: Register
        self.koder: Kodregister
        self.vardgivare_id = avsandare.ensam
        self.enhet_id: int | None = None
        self._avvikelser: tuple[Avvikelse, ...] = ()
        innehall = rapport.innehall
        self._summa = (
            b""
            if innehall is None
            else hashlib.sha256(msgspec.json.encode(innehall, order="deterministic")).digest()
        )
        self.rad: Handelserapport | None = None
        self._besked: Besked | None = None

    # --- what a kind says of itself --------------------------------------------------------------

    def check(self) -> tuple[Avvikelse, ...]:
        """Return every finding about the content by itself."""
        raise NotImplementedError

    def obstacle(self) -> Avvikelse | None:
        """Return why it cannot be registered, whatever its version. Runs in the transaction."""
        return None

    def settle(self, besked: Besked, *, changed: bool) -> None:
        """Say what it came to, once its version is decided. Runs in the transaction."""

    def own(self) -> tuple[Any, ...]:
        """Return the columns of its own, after the shared ones."""
        return tuple(self.nyckel.values())

    def rows(self, leverans: int) -> list[tuple[Tabell, Sequence[Sequence[Any]]]]:
        """Return what else is written when it has changed."""
        del leverans
        return []

    def prepare(self, stamdata: Stamdata) -> None:
        """Find everything about the content and the sender's right."""
        self.bild, self.koder = register.current(stamdata), koder.current(stamdata)
        self._avvikelser = self._judge()

    # --- the work --------------------------------------------------------------------------------

    def _judge(self) -> tuple[Avvikelse, ...]:
        innehall = self.rapport.innehall
        avvikelser = list(self.rapport.avvikelser)
        if innehall is None:
            return tuple(avvikelser)
        avvikelser += self.check()
        enhet = self.bild.unit(innehall.enhet, innehall.dag)
        if isinstance(enhet, Avvikelse):
            # Nobody is paid for it, so nothing waits: someone should look.
            avvikelser.append(msgspec.structs.replace(enhet, allvar=Allvar.ANMARKNING))
        elif not self.avsandare.may_report(enhet[0].vardgivare_id, enhet[0].enhet_id):
            avvikelser.append(felkatalog.finding("OMBUD_SAKNAS", pekare="/enhet"))
        else:
            self.vardgivare_id, self.enhet_id = enhet[0].vardgivare_id, enhet[0].enhet_id
        return tuple(avvikelser)

    def newest(self, **nyckel: str) -> Handelserapport | None:
        """Return the newest version under the report's id and the key."""
        rader = self.modell._default_manager.filter(
            kallsystem=self.avsandare.kallsystem, extern_id=self.rapport.id, **nyckel
        )
        rad: Handelserapport | None = rader.order_by("-version").first()
        return rad

    def decide(self, befintliga: Sequence[Befintlig]) -> Behov:
        """Decide by the versions that are registered, with everything under the id held."""
        del befintliga
        rapport = self.rapport
        with connection.cursor() as cursor:
            cursor.execute(
                "select pg_advisory_xact_lock(hashtextextended(%s, 0))",
                [f"{self.tabell.namn}:{self.avsandare.kallsystem}:{rapport.id}"],
            )
        self.rad = rad = self.newest(**self.nyckel)
        stopp = next((a for a in self._avvikelser if a.allvar is Allvar.STOPP), None)
        if stopp is None and rad is None and rapport.avsikt is Avsikt.MAKULERA:
            stopp = felkatalog.finding("HITTAS_INTE_ATT_MAKULERA", pekare="")
        if stopp is None and rad is not None and not self.avsandare.may_touch(rad):
            stopp = felkatalog.finding("OMBUD_SAKNAS", pekare="")
        svar: int | Oforandrad | Avvikelse | None = stopp or self.obstacle()
        if svar is None:
            svar = decide(
                Inkommet(
                    plats=0,
                    avsikt=rapport.avsikt,
                    vardhandelse_id=rapport.id,
                    summa=self._summa,
                    version=rapport.version,
                    vantad=rapport.vantad,
                ),
                None if rad is None else _as_existing(rad),
            )
        self._besked = self._outcome(svar)
        if self._besked.utfall != AVVISAD:
            self.settle(self._besked, changed=self._besked.utfall != OFORANDRAD)
        return Behov()

    def _outcome(self, svar: int | Oforandrad | Avvikelse) -> Besked:
        rapport, rad = self.rapport, self.rad
        if isinstance(svar, Avvikelse):
            alla = self._avvikelser if svar in self._avvikelser else (*self._avvikelser, svar)
            return Besked(id=rapport.id, status=status_of(alla), utfall=AVVISAD, avvikelser=alla)
        if isinstance(svar, Oforandrad):
            assert rad is not None  # noqa: S101  - only what exists can be unchanged
            return Besked(
                id=rad.extern_id,
                status=200,
                utfall=OFORANDRAD,
                uuid=str(rad.uuid),
                version=rad.version,
                makulerad=rad.makulerad,
                avvikelser=self._avvikelser,
            )
        makulerad = rapport.avsikt is Avsikt.MAKULERA
        return Besked(
            id=rapport.id,
            status=201 if rad is None else 200,
            utfall=MAKULERAD if makulerad else REGISTRERAD,
            uuid=str(rad.uuid if rad is not None else uuid_utils.uuid7()),
            version=svar,
            makulerad=makulerad,
            avvikelser=self._avvikelser,
        )

    def finish(self, nummer: Nummer) -> Utfall:
        """Make the answer and the rows."""
        besked = self._besked
        assert besked is not None  # noqa: S101  - decided before it is finished
        utfall = Utfall(svar=self._utforma(besked), antal=1, avvisade=int(besked.utfall == AVVISAD))
        if not nummer.leverans or besked.utfall == OFORANDRAD:
            return utfall
        if besked.utfall == AVVISAD:
            if self.rapport.avsikt is not Avsikt.MAKULERA:
                utfall.rader = [(AVVISNING, [self._refusal(nummer.leverans, besked)])]
            return utfall
        utfall.rader = [
            (self.tabell, [self._row(nummer.leverans, besked)]),
            *self.rows(nummer.leverans),
            (LOGGPOST, self._log(besked)),
        ]
        return utfall

    def _row(self, leverans: int, besked: Besked) -> tuple[Any, ...]:
        innehall, rad = self.rapport.innehall, self.rad
        gemensamt = (
            bytes.fromhex(besked.uuid.replace("-", "")),
            self.avsandare.kallsystem,
            besked.id,
            besked.version,
            besked.makulerad,
            leverans,
        )
        slut = (self.begaran.mottagen, self.rapport.orsak, *self.own())
        if innehall is None:
            assert rad is not None  # noqa: S101  - only what exists is cancelled
            return (
                *gemensamt,
                rad.vardgivare_id,
                rad.enhet_id,
                rad.enhet_ref,
                rad.patient_id,
                rad.dag,
                msgspec.json.encode(rad.innehall),
                bytes(rad.innehall_sha256),
                *slut,
            )
        return (
            *gemensamt,
            self.vardgivare_id,
            self.enhet_id,
            innehall.enhet,
            innehall.patient_id,
            innehall.dag,
            msgspec.json.encode(innehall),
            self._summa,
            *slut,
        )

    def _refusal(self, leverans: int, besked: Besked) -> tuple[Any, ...]:
        innehall = self.rapport.innehall
        return (
            leverans,
            0,
            self.vardgivare_id,
            self.enhet_id,
            besked.id[:64],
            None if innehall is None else innehall.dag,
            findings_as_json(besked.avvikelser) or b"[]",
            self.begaran.mottagen,
        )

    def _log(self, besked: Besked) -> list[tuple[Any, ...]]:
        innehall, rad = self.rapport.innehall, self.rad
        handelse = (
            "MAKULERA" if besked.makulerad else "RAPPORTERA" if besked.status == 201 else "RATTA"
        )
        if innehall is not None:
            nyckel, patient = (handelse, self.vardgivare_id), innehall.patient_id
        else:
            assert rad is not None  # noqa: S101  - only what exists is cancelled
            nyckel, patient = (handelse, rad.vardgivare_id), rad.patient_id
        return log_rows({nyckel: [patient]}, self.avsandare, self.begaran)


def _as_existing(rad: Handelserapport) -> Befintlig:
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
