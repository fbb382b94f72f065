"""Register, correct and cancel deltaganden and aktiviteter. They never become vårdkontakter."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

import msgspec
import uuid_utils
from django.db import connection

from gvr.actions import delarenden
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
    rehearse,
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
from gvr.core import aktivitet, felkatalog, kodverk
from gvr.core import samverkan as core
from gvr.core.aktivitet import Insats
from gvr.core.avvikelse import Allvar, Avvikelse
from gvr.core.kodverk import Kodregister
from gvr.core.mottagning import Avsikt, Befintlig, Inkommet, Oforandrad, decide
from gvr.core.personnummer import Identitet, parse
from gvr.core.register import Register
from gvr.core.samverkan import Del, Kopplad
from gvr.core.vardkontakt import Placering
from gvr.models import Aktivitet, Deltagande
from gvr.queries import koder, register, samverkan
from gvr.queries.register import Stamdata
from gvr.queries.samverkan import Utpekande

_GEMENSAMMA: Final = (
    column("uuid", "uuid"),
    column("kallsystem", "text"),
    column("extern_id", "text"),
    column("version", "int4"),
    column("makulerad", "bool"),
    column("leverans_id", "int8"),
    column("vardgivare_id", "int8"),
    column("enhet_id", "int8"),
    column("dag", "date"),
    column("tid", "time"),
    column("minuter", "int2"),
    column("atgarder", "text[]"),
    column("innehall_sha256", "bytea"),
    column("registrerad", "timestamptz"),
)
DELTAGANDE: Final = Tabell(
    "gvr_deltagande",
    (
        *_GEMENSAMMA,
        column("tillfalle_id", "int8"),
        column("huvud_enhet_id", "int8"),
        column("patient_id", "text"),
        column("avtal_id", "int8"),
        column("roll", "text"),
        column("yrkeskategorier", "text[]"),
    ),
)
AKTIVITET: Final = Tabell(
    "gvr_aktivitet",
    (
        *_GEMENSAMMA,
        column("typ", "text"),
        column("avser", "text"),
        column("patient_id", "text"),
        column("avtal_id", "int8"),
        column("yrkeskategori", "text"),
        column("diagnoser", "text[]"),
    ),
)


class Rapport(msgspec.Struct, frozen=True, kw_only=True):
    """A part or an activity as it arrived. `innehall` None is a cancellation, or unreadable."""

    id: str
    avsikt: Avsikt
    innehall: Del | Insats | None = None
    version: int | None = None
    vantad: int | None = None
    avvikelser: tuple[Avvikelse, ...] = ()


class Besked(msgspec.Struct, kw_only=True):
    """What became of it; `status` is the HTTP status. `kopplad` is given for a Deltagande."""

    id: str
    status: int
    utfall: str
    uuid: str = ""
    version: int = 0
    makulerad: bool = False
    avvikelser: Sequence[Avvikelse] = ()
    kopplad: Kopplad | None = None


Utforma = Callable[[Besked], Svar]


def receive(
    rapport: Rapport,
    modell: type[Deltagande] | type[Aktivitet],
    *,
    avsandare: Avsandare,
    begaran: Begaran,
    today: date,
    utforma: Utforma,
    torrkorning: bool = False,
) -> Svar | Hinder:
    """Register, correct or cancel a part or an activity; return the answer stored with it.

    The same rules of versions as for a vårdkontakt. A part needs a unit with a contract on its
    day, since collaboration is between contract parties.
    """
    arbete = Samverkan(
        rapport, modell, avsandare=avsandare, begaran=begaran, today=today, utforma=utforma
    )
    if torrkorning:
        return rehearse(avsandare, arbete)
    return deliver(begaran, avsandare, arbete)


class Samverkan:
    """The work of one request."""

    nycklar: Sequence[str] = ()

    def __init__(
        self,
        rapport: Rapport,
        modell: type[Deltagande] | type[Aktivitet],
        *,
        avsandare: Avsandare,
        begaran: Begaran,
        today: date,
        utforma: Utforma,
    ) -> None:
        self._rapport = rapport
        self._modell = modell
        self._avsandare = avsandare
        self._begaran = begaran
        self._utforma = utforma
        self._registrerad: Deltagande | Aktivitet | None = None
        self._svar: int | Oforandrad | Avvikelse = 0
        self._huvud_enhet_id: int | None = None
        self._today = today
        self._plats: Placering | None = None
        self._avvikelser: tuple[Avvikelse, ...] = ()
        innehall = rapport.innehall
        self._summa = (
            b"" if innehall is None else hashlib.sha256(msgspec.json.encode(innehall)).digest()
        )

    def prepare(self, stamdata: Stamdata) -> None:
        """Collect every finding: the day, the rules of its kind, its place, the sender's right."""
        self._plats, self._avvikelser = self._judge(
            register.current(stamdata), koder.current(stamdata)
        )

    def _judge(
        self, bild: Register, listor: Kodregister
    ) -> tuple[Placering | None, tuple[Avvikelse, ...]]:
        innehall = self._rapport.innehall
        avvikelser = list(self._rapport.avvikelser)
        if innehall is None:
            return None, tuple(avvikelser)
        avvikelser += core.check_day(innehall.dag, today=self._today)
        avvikelser += (
            self._check_activity(innehall, listor)
            if isinstance(innehall, Insats)
            else self._check_part(innehall, bild, listor)
        )
        plats = bild.place(innehall.enhet, innehall.dag)
        if isinstance(plats, Avvikelse):
            avvikelser.append(felkatalog.finding("SAM001", pekare="/enhet", text=plats.text))
            return None, tuple(avvikelser)
        if not self._avsandare.may_report(plats.vardgivare_id, plats.enhet_id):
            avvikelser.append(felkatalog.finding("OMBUD_SAKNAS", pekare="/enhet"))
            return None, tuple(avvikelser)
        return plats, tuple(avvikelser)

    def _check_part(self, del_: Del, bild: Register, listor: Kodregister) -> list[Avvikelse]:
        fel = list(core.check_pointing(del_))
        if del_.patient_id is not None:
            identitet = parse(del_.patient_id, day=del_.dag)
            if not isinstance(identitet, Identitet):
                fel.append(identitet)
        if del_.huvud_enhet:
            enhet = bild.unit(del_.huvud_enhet, del_.dag)
            if isinstance(enhet, Avvikelse):
                fel.append(
                    felkatalog.finding("SAM014", pekare="/huvudkontakt/enhet", text=enhet.text)
                )
            else:
                self._huvud_enhet_id = enhet[0].enhet_id
        fel += check_part_codes(del_.yrkeskategorier, del_.atgarder, dag=del_.dag, listor=listor)
        return fel

    def _check_activity(self, insats: Insats, listor: Kodregister) -> list[Avvikelse]:
        return [
            *aktivitet.check_activity(
                typ=insats.typ,
                avser=insats.avser,
                har_patient=insats.patient_id is not None,
                yrkeskategori=insats.yrkeskategori,
                diagnoser=insats.diagnoser,
                atgarder=insats.atgarder,
            ),
            *aktivitet.check_patient(insats),
            *check_activity_codes(
                insats.yrkeskategori,
                insats.diagnoser,
                insats.atgarder,
                dag=insats.dag,
                listor=listor,
            ),
        ]

    def decide(self, befintliga: Sequence[Befintlig]) -> Behov:
        """Decide by the versions that are registered under the id."""
        self._registrerad = samverkan.newest(
            self._modell, kallsystem=self._avsandare.kallsystem, extern_id=self._rapport.id
        )
        rapport, rad = self._rapport, self._registrerad
        stopp = next((a for a in self._avvikelser if a.allvar is Allvar.STOPP), None)
        if stopp is not None:
            self._svar = stopp
        elif rad is not None and not self._avsandare.may_report(rad.vardgivare_id, rad.enhet_id):
            self._svar = felkatalog.finding("OMBUD_SAKNAS", pekare="")
        else:
            self._svar = decide(
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
        return Behov()

    def finish(self, nummer: Nummer) -> Utfall:
        """Make the answer and the row."""
        besked = self._outcome()
        ny = None
        if isinstance(self._svar, int):
            ny = self._row(nummer.leverans, besked)
        utfall = Utfall(svar=self._utforma(besked), antal=1, avvisade=int(besked.utfall == AVVISAD))
        if ny is not None and nummer.leverans:
            tabell = DELTAGANDE if self._modell is Deltagande else AKTIVITET
            utfall.rader = [(tabell, [ny]), (LOGGPOST, self._log(besked))]
            if self._modell is Deltagande:
                delarenden.enqueue([UUID(besked.uuid)], at=self._begaran.mottagen)
                utfall.ring = True
        elif besked.utfall == AVVISAD and self._rapport.avsikt is not Avsikt.MAKULERA:
            utfall.rader = [(AVVISNING, [self._refusal(nummer.leverans, besked)])]
        return utfall

    def _outcome(self) -> Besked:
        rad, svar = self._registrerad, self._svar
        if isinstance(svar, Avvikelse):
            alla = self._avvikelser if svar in self._avvikelser else (*self._avvikelser, svar)
            return Besked(
                id=self._rapport.id, status=status_of((svar,)), utfall=AVVISAD, avvikelser=alla
            )
        if isinstance(svar, Oforandrad):
            assert rad is not None  # noqa: S101  - only what exists can be unchanged
            return Besked(
                id=rad.extern_id,
                status=200,
                utfall=OFORANDRAD,
                uuid=str(rad.uuid),
                version=rad.version,
                makulerad=rad.makulerad,
                kopplad=self._tie(),
            )
        makulerad = self._rapport.avsikt is Avsikt.MAKULERA
        return Besked(
            id=self._rapport.id,
            status=201 if rad is None else 200,
            utfall=MAKULERAD if makulerad else REGISTRERAD,
            uuid=str(rad.uuid if rad is not None else uuid_utils.uuid7()),
            version=svar,
            makulerad=makulerad,
            avvikelser=self._avvikelser,
            kopplad=self._tie(),
        )

    def _tie(self) -> Kopplad | None:
        """Return how the part stands to the contact it points out, with the others' parts."""
        innehall = self._rapport.innehall
        if not isinstance(innehall, Del) or self._plats is None:
            return None
        return samverkan.stand(
            Utpekande(
                nyckel=(self._avsandare.kallsystem, innehall.id),
                kallsystem=innehall.huvud_kallsystem,
                vardhandelse_id=innehall.huvud_vardhandelse_id,
                enhet_id=self._huvud_enhet_id,
                patient_id=innehall.patient_id,
                dag=innehall.dag,
                tid=innehall.tid,
                minuter=innehall.minuter,
                avtal_id=self._plats.avtal_id,
                vardgivare_id=self._plats.vardgivare_id,
            )
        )

    # --- rows ----------------------------------------------------------------------------------

    def _row(self, leverans: int, besked: Besked) -> tuple[Any, ...] | None:
        innehall, rad = self._rapport.innehall, self._registrerad
        gemensamt = (
            bytes.fromhex(besked.uuid.replace("-", "")),
            self._avsandare.kallsystem,
            besked.id,
            besked.version,
            besked.makulerad,
            leverans,
        )
        at = self._begaran.mottagen
        if innehall is None or self._plats is None:
            assert rad is not None  # noqa: S101  - only what exists is cancelled
            return (
                *gemensamt,
                rad.vardgivare_id,
                rad.enhet_id,
                rad.dag,
                rad.tid,
                rad.minuter,
                tuple(rad.atgarder),
                bytes(rad.innehall_sha256),
                at,
                *_own_columns(rad),
            )
        eget: tuple[Any, ...]
        if isinstance(innehall, Del):
            per_id = bool(leverans and innehall.huvud_vardhandelse_id)
            eget = (
                occasion(innehall) if per_id else None,
                self._huvud_enhet_id,
                innehall.patient_id,
                self._plats.avtal_id,
                innehall.roll,
                innehall.yrkeskategorier,
            )
        else:
            eget = (
                innehall.typ,
                innehall.avser,
                innehall.patient_id,
                self._plats.avtal_id,
                innehall.yrkeskategori,
                innehall.diagnoser,
            )
        return (
            *gemensamt,
            self._plats.vardgivare_id,
            self._plats.enhet_id,
            innehall.dag,
            innehall.tid,
            innehall.minuter,
            innehall.atgarder,
            self._summa,
            at,
            *eget,
        )

    def _refusal(self, leverans: int, besked: Besked) -> tuple[Any, ...]:
        innehall, plats = self._rapport.innehall, self._plats
        return (
            leverans,
            0,
            plats.vardgivare_id if plats is not None else self._avsandare.ensam,
            plats.enhet_id if plats is not None else None,
            besked.id,
            innehall.dag if innehall is not None else None,
            findings_as_json(besked.avvikelser),
            self._begaran.mottagen,
        )

    def _log(self, besked: Besked) -> list[tuple[Any, ...]]:
        innehall, rad = self._rapport.innehall, self._registrerad
        patient = innehall.patient_id if innehall is not None else None
        if patient is None and rad is not None:
            patient = rad.patient_id
        if patient is None:
            return []
        vardgivare_id = self._plats.vardgivare_id if self._plats is not None else None
        if vardgivare_id is None and rad is not None:
            vardgivare_id = rad.vardgivare_id
        handelse = "MAKULERA" if besked.makulerad else "RAPPORTERA"
        patienter: Mapping[tuple[str, int | None], Sequence[str]] = {
            (handelse, vardgivare_id): [patient]
        }
        return log_rows(patienter, self._avsandare, self._begaran)


def _as_existing(rad: Deltagande | Aktivitet) -> Befintlig:
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


def _own_columns(rad: Deltagande | Aktivitet) -> tuple[Any, ...]:
    if isinstance(rad, Deltagande):
        return (
            rad.tillfalle_id,
            rad.huvud_enhet_id,
            rad.patient_id,
            rad.avtal_id,
            rad.roll,
            tuple(rad.yrkeskategorier),
        )
    return (
        rad.typ,
        rad.avser,
        rad.patient_id,
        rad.avtal_id,
        rad.yrkeskategori,
        tuple(rad.diagnoser),
    )


def check_part_codes(
    yrkeskategorier: Sequence[str],
    atgarder: Sequence[str],
    *,
    dag: date,
    listor: Kodregister,
) -> tuple[Avvikelse, ...]:
    """Return what the code lists say of a part on its day."""
    return core.check_codes(
        {
            "/yrkeskategorier": (kodverk.VDG, yrkeskategorier),
            "/atgarder": (kodverk.OPKOD, atgarder),
        },
        dag=dag,
        koder=listor,
    )


def check_activity_codes(
    yrkeskategori: str,
    diagnoser: Sequence[str],
    atgarder: Sequence[str],
    *,
    dag: date,
    listor: Kodregister,
) -> tuple[Avvikelse, ...]:
    """Return what the code lists say of an activity on its day."""
    return core.check_codes(
        {
            "/yrkeskategori": (kodverk.VDG, (yrkeskategori,)),
            "/diagnoser": (kodverk.DIAGNOS, diagnoser),
            "/atgarder": (kodverk.OPKOD, atgarder),
        },
        dag=dag,
        koder=listor,
    )


def code_findings(rad: Deltagande | Aktivitet) -> tuple[Avvikelse, ...]:
    """Return what the code lists, as they are now, say of what is registered."""
    listor = koder.current()
    if isinstance(rad, Deltagande):
        return check_part_codes(rad.yrkeskategorier, rad.atgarder, dag=rad.dag, listor=listor)
    return check_activity_codes(
        rad.yrkeskategori, rad.diagnoser, rad.atgarder, dag=rad.dag, listor=listor
    )


def occasion(del_: Del) -> int:
    """Return the id of the occasion that is known by its main contact, made when it is new."""
    nyckel = [del_.huvud_kallsystem, del_.huvud_vardhandelse_id]
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into gvr_samverkanstillfalle (huvud_kallsystem, huvud_vardhandelse_id)"
            " values (%s, %s) on conflict do nothing",
            nyckel,
        )
        cursor.execute(
            "select id from gvr_samverkanstillfalle"
            " where huvud_kallsystem = %s and huvud_vardhandelse_id = %s",
            nyckel,
        )
        return int(cursor.fetchone()[0])
