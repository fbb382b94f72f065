"""Receive, correct and cancel vårdkontakter. One path for one contact and for five thousand.

Before the database is asked: every finding, the place in the register, the sender's right. In the
transaction: compare with what is registered, then add versions, receipts and work for the money
engine. What is refused is kept as an Avvisning; what waits for master data is registered.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, cast

import msgspec
import uuid_utils
from django.conf import settings
from django.db import connection
from django.utils.module_loading import import_string

from gvr.actions import skrivning
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
from gvr.core import felkatalog
from gvr.core.avvikelse import Allvar, Avvikelse
from gvr.core.fritext import mask_identities
from gvr.core.kontroll import Kanal, check
from gvr.core.mottagning import (
    Avsikt,
    Befintlig,
    Inkommet,
    Oforandrad,
    decide,
    find_doubles,
)
from gvr.core.regelallvar import INGET_ANDRAT, Regelallvar
from gvr.core.register import Register
from gvr.core.sandlada import not_a_test_patient
from gvr.core.vardkontakt import Innehall, Placering, product_counts
from gvr.core.vardperiod import tie
from gvr.queries import demo, dubbelrapporter, koder, regelallvar, register, vardperioder
from gvr.queries.dubbelrapporter import Nyckel
from gvr.queries.forberett import Rader, Sats
from gvr.queries.kontakter import fallback_days
from gvr.queries.register import Stamdata

TEST: Final = "TESTUPPDRAG"
REGISTRERAD: Final = "REGISTRERAD"
PARKERAD: Final = "PARKERAD"
MAKULERAD: Final = "MAKULERAD"
OFORANDRAD: Final = "OFORANDRAD"
AVVISAD: Final = "AVVISAD"
ERSATT_I_FILEN: Final = "ERSATT_I_FILEN"
ACCEPTERADE: Final = frozenset({REGISTRERAD, PARKERAD, MAKULERAD, OFORANDRAD, TEST, ERSATT_I_FILEN})

_LOGG = {
    Avsikt.SKAPA: "RAPPORTERA",
    Avsikt.LEVERERA: "RAPPORTERA",
    Avsikt.RATTA: "RATTA",
    Avsikt.MAKULERA: "MAKULERA",
}

KONTAKT: Final = Tabell(
    "gvr_vardkontakt",
    (
        column("id", "int8"),
        column("uuid", "uuid"),
        column("kallsystem", "text", returning=True),
        column("vardhandelse_id", "text"),
        column("vardgivare_id", "int8"),
        column("enhet_id", "int8"),
        column("senaste_version", "int4"),
    ),
)
#: The content of a version, column by column in the order of `_content`.
INNEHALL: Final = (
    column("enhet_ref", "text", returning=True),
    column("patient_id", "text"),
    column("dag", "date"),
    column("slutdag", "date"),
    column("tid", "time"),
    column("form", "text", returning=True),
    column("btyp", "text", returning=True),
    column("vktyp", "text", returning=True),
    column("taxa", "text", returning=True),
    column("akut", "text", returning=True),
    column("yrkeskategorier", "text[]"),
    column("diagnoser", "text[]"),
    column("atgarder", "text[]"),
    column("lakemedel", "text[]"),
    column("tillstand", "text[]"),
    column("produkter", "text[]"),
    column("ikod", "text", returning=True),
    column("ukod", "text", returning=True),
    column("vplan", "text", returning=True),
    column("remiss_fore", "text", returning=True),
    column("remiss_efter", "text", returning=True),
    column("lkf", "text", returning=True),
    column("basomrade", "text", returning=True),
    column("fodd", "date"),
    column("kon", "text", returning=True),
    column("ers_uppdrag", "text", returning=True),
    column("tillhor_vardkontakt", "text"),
    column("tillhor_vardansvar", "text"),
    column("lma_nummer", "text"),
    column("detaljer", "jsonb"),
    column("innehall_sha256", "bytea"),
)
VERSION: Final = Tabell(
    "gvr_vardkontaktversion",
    (
        column("vardkontakt_id", "int8"),
        column("version", "int4"),
        column("leverans_id", "int8"),
        column("makulerad", "bool"),
        column("vardgivare_id", "int8"),
        column("enhet_id", "int8"),
        column("anmarkningar", "jsonb"),
        column("registrerad", "timestamptz"),
        column("registrerad_av_id", "int4"),
        column("orsak", "text", returning=True),
        *INNEHALL,
    ),
)
KVITTENS: Final = Tabell(
    "gvr_kvittens",
    (
        column("sekvens", "int8"),
        column("kallsystem", "text", returning=True),
        column("vardkontakt_id", "int8"),
        column("vardgivare_id", "int8"),
        column("enhet_id", "int8"),
        column("version", "int4"),
        column("niva", "text", returning=True),
        column("utfall", "text", returning=True),
        column("kod", "text", returning=True),
        column("tid", "timestamptz"),
    ),
)
ARENDE: Final = Tabell(
    "gvr_arende",
    (
        column("vardkontakt_id", "int8"),
        column("skapad", "timestamptz"),
        column("omgang", "int8"),
        column("forsok", "int2"),
        column("parkerad", "bool"),
        column("fel", "text", returning=True),
    ),
)
AVVISNING: Final = Tabell(
    "gvr_avvisning",
    (
        column("leverans_id", "int8"),
        column("plats", "int4"),
        column("vardgivare_id", "int8"),
        column("enhet_id", "int8"),
        column("vardhandelse_id", "text"),
        column("dag", "date"),
        column("avvikelser", "jsonb"),
        column("tid", "timestamptz"),
    ),
)
LOGGPOST: Final = Tabell(
    "gvr_loggpost",
    (
        column("tid", "timestamptz"),
        column("anvandare_id", "int8"),
        column("anvandare", "text"),
        column("handelse", "text"),
        column("objekt", "text"),
        column("vardgivare_id", "int8"),
        column("enhet", "text"),
        column("patienter", "text[]"),
        column("skal", "text"),
    ),
)

MOVE_POINTERS: Final = (
    "update gvr_vardkontakt k set senaste_version = n.version, vardgivare_id = n.vardgivare_id,"
    " enhet_id = n.enhet_id"
    " from unnest(%s::bigint[], %s::int[], %s::bigint[], %s::bigint[])"
    " as n(id, version, vardgivare_id, enhet_id) where k.id = n.id"
)
#: A contact that a worker holds gets a new round, so that the worker's finish leaves it in place.
ASK_AGAIN: Final = (
    "insert into gvr_arende (vardkontakt_id, skapad, omgang, forsok, parkerad, fel)"
    " select id, %s::timestamptz, 0, 0, false, '' from unnest(%s::bigint[]) as n(id) order by id"
    " on conflict (vardkontakt_id) do update"
    " set omgang = gvr_arende.omgang + 1, forsok = 0, parkerad = false, fel = ''"
)


class Resultat(msgspec.Struct, kw_only=True, gc=False):
    """What became of one contact; `status` is the HTTP status it would have had alone.

    `ersattning` is the verdict of the money engine, given in a rehearsal only.
    """

    plats: int
    status: int
    utfall: str
    vardhandelse_id: str
    uuid: str | None = None
    version: int | None = None
    makulerad: bool = False
    kvittens: int | None = None
    avvikelser: Sequence[Avvikelse] = ()
    ersattning: dict[str, Any] | None = None


#: Says what contacts would earn if they were registered now, each given with its natural key and
#: how many there are of its products.
Verdict = Callable[
    [Sequence[tuple[Innehall, tuple[str, str], tuple[int, ...]]], datetime],
    Sequence[dict[str, Any]],
]
#: Makes the answer from what became of each contact; True when nothing of the delivery was kept.
Utforma = Callable[[Sequence[Resultat], bool], Svar]


class Bedomt(msgspec.Struct, gc=False):
    """A contact with everything that is known of it before the database is asked."""

    rad: Inkommet
    avvikelser: tuple[Avvikelse, ...]
    stopp: bool
    test: bool
    vardgivare_id: int | None
    enhet_id: int | None


class _Nytt(msgspec.Struct, gc=False):
    """A version to register."""

    bedomt: Bedomt
    befintlig: Befintlig | None
    version: int
    resultat: Resultat


def receive(
    inkomna: Sequence[Inkommet],
    *,
    avsandare: Avsandare,
    begaran: Begaran,
    today: date,
    utforma: Utforma,
    kanal: Kanal = "API",
    atomar: bool = False,
    torrkorning: bool = False,
) -> Svar | Hinder:
    """Register, correct or cancel what has arrived, and return the answer that is stored with it.

    With `atomar` one refused contact refuses all. With `torrkorning` nothing is stored, and the
    answer also holds what each contact would earn.
    """
    arbete = Mottagning(
        (),
        avsandare,
        begaran,
        utforma,
        atomar=atomar,
        bedom=lambda stamdata: judge(
            inkomna,
            avsandare=avsandare,
            bild=register.current(stamdata),
            koder_=koder.current(stamdata),
            today=today,
            kanal=kanal,
            allvar=regelallvar.current(stamdata),
        ),
    )
    if torrkorning:
        arbete.verdict = chain_verdict()
        return rehearse(avsandare, arbete)
    sett = _seen() if len(inkomna) <= skrivning.FEW else None
    if sett is None:
        return deliver(begaran, avsandare, arbete)
    arbete.prepare(sett)
    return deliver(begaran, avsandare, arbete, tidig=arbete)


def _seen() -> Stamdata | None:
    """Return the master data that this process knows whole, so that nothing is asked to judge."""
    sett = register.seen()
    return sett if sett == koder.seen() == regelallvar.seen() else None


def chain_verdict() -> Verdict:
    """Return the function that says what contacts would earn; it lives further up the chain."""
    return cast(Verdict, import_string(settings.CHAIN_VERDICT))


def judge(
    inkomna: Sequence[Inkommet],
    *,
    avsandare: Avsandare,
    bild: Register,
    koder_: Any,
    today: date,
    kanal: Kanal,
    allvar: Regelallvar = INGET_ANDRAT,
) -> list[Bedomt]:
    """Collect every finding of every contact: its content, its place, the sender's right.

    `allvar` is what the region has made of the rules' severities in the contract area.
    """
    dubbletter = find_doubles(inkomna) if kanal == "API" else {}
    bedomda = []
    for rad in inkomna:
        innehall = rad.innehall
        avvikelser = rad.avvikelser
        if dubbletter and rad.plats in dubbletter:
            avvikelser = (*avvikelser, dubbletter[rad.plats])
        vardgivare_id, enhet_id, test = avsandare.ensam, None, False
        if innehall is not None:
            avvikelser += check(
                innehall, koder=koder_, today=today, kanal=kanal, detaljer=rad.detaljer
            )
            if settings.SANDLADA:
                avvikelser += not_a_test_patient(innehall.patient_id, demo.sandbox_patients())
            andra_dagar = fallback_days(innehall.dag, innehall.slutdag, rad.atgardsdagar)
            plats = bild.place(
                innehall.enhet,
                innehall.dag,
                ers_uppdrag=innehall.ers_uppdrag,
                fallback=andra_dagar,
            )
            if isinstance(plats, Placering):
                vardgivare_id, enhet_id = plats.vardgivare_id, plats.enhet_id
                if avvikelser and allvar:
                    avvikelser = allvar.weigh(
                        avvikelser, avtalsomrade=plats.avtalsomrade, day=innehall.dag
                    )
            else:
                avvikelser = (*avvikelser, plats)
                test = plats.kod == TEST
                enhet = bild.unit(innehall.enhet, innehall.dag, fallback=andra_dagar)
                if not isinstance(enhet, Avvikelse):
                    vardgivare_id, enhet_id = enhet[0].vardgivare_id, enhet[0].enhet_id
            if vardgivare_id is not None and not avsandare.may_report(vardgivare_id, enhet_id):
                avvikelser = (*avvikelser, felkatalog.finding("OMBUD_SAKNAS", pekare="/enhet"))
                vardgivare_id, enhet_id, test = None, None, False
        elif rad.enhet is not None and rad.dag is not None:
            vardgivare_id, enhet_id = _home_of(rad.enhet, rad.dag, bild, avsandare)
        stopp = bool(avvikelser) and any(a.allvar is Allvar.STOPP for a in avvikelser)
        bedomda.append(Bedomt(rad, avvikelser, stopp, test, vardgivare_id, enhet_id))
    return bedomda


def _home_of(
    enhet_ref: str, dag: date, bild: Register, avsandare: Avsandare
) -> tuple[int | None, int | None]:
    """Return whose portal a refused contact is shown in, when its unit and day could be read."""
    enhet = bild.unit(enhet_ref, dag)
    if isinstance(enhet, Avvikelse):
        return avsandare.ensam, None
    vardgivare_id, enhet_id = enhet[0].vardgivare_id, enhet[0].enhet_id
    if not avsandare.may_report(vardgivare_id, enhet_id):
        return avsandare.ensam, None
    return vardgivare_id, enhet_id


def status_of(avvikelser: Sequence[Avvikelse]) -> int:
    """Return the HTTP status of a refused contact: badly written before forbidden before wrong."""
    koder_ = {
        felkatalog.FELKATALOG[a.kod].http or 422
        for a in avvikelser
        if a.allvar is Allvar.STOPP and a.kod in felkatalog.FELKATALOG
    }
    for status in (400, 403, 404, 412, 409):
        if status in koder_:
            return status
    return 422


class Mottagning:
    """The work of one delivery of contacts."""

    def __init__(
        self,
        bedomda: Sequence[Bedomt],
        avsandare: Avsandare,
        begaran: Begaran,
        utforma: Utforma,
        *,
        atomar: bool,
        bedom: Callable[[Stamdata], Sequence[Bedomt]] | None = None,
        i_leveransen: Collection[str] = (),
    ) -> None:
        """Take contacts that are judged, or how to judge them when the master data is known.

        `i_leveransen` are the ids of periods that come with the same delivery.
        """
        self.verdict: Verdict | None = None
        self.stamdata: Stamdata | None = None
        self._bedomda = bedomda
        self._avsandare = avsandare
        self._begaran = begaran
        self._utforma = utforma
        self._atomar = atomar
        self._bedom = bedom
        self._resultat: list[Resultat] = []
        self._nya: list[_Nytt] = []
        self._avvisade: list[tuple[Bedomt, Resultat]] = []
        self._stoppat = False
        self._i_leveransen = i_leveransen
        self._lika: dict[int, tuple[str, str]] | None = None

    def prepare(self, stamdata: Stamdata) -> None:
        """Find everything about the contacts' content and place."""
        self.stamdata, self._lika = stamdata, None
        if self._bedom is not None:
            self._bedomda = self._bedom(stamdata)

    def ask(self) -> Sats | None:
        """Ask which contacts are registered under another id; beforehand, as if all were new."""
        utpekade = [n for b in self._bedomda if not b.stopp and (n := _key_of(b)) is not None]
        self._lika = None
        if not utpekade:
            return None
        return dubbelrapporter.question(self._avsandare.kallsystem, utpekade)

    def hear(self, rader: Rader) -> None:
        """Remember the answer, by place in the delivery."""
        platser = [b.rad.plats for b in self._bedomda if not b.stopp and _key_of(b) is not None]
        svar = dubbelrapporter.answer(rader)
        self._lika = {platser[nr]: annan for nr, annan in svar.items()}

    @property
    def nycklar(self) -> list[str]:
        """Return the ids of the contacts that may be registered."""
        return [b.rad.vardhandelse_id for b in self._bedomda if not b.stopp]

    def decide(self, befintliga: Sequence[Befintlig]) -> Behov:
        """Decide each contact against what is registered under its id."""
        per_id = {b.vardhandelse_id: b for b in befintliga}
        self._resultat, self._nya, self._avvisade = [], [], []
        for bedomt in self._bedomda:
            self._decide_one(bedomt, per_id.get(bedomt.rad.vardhandelse_id))
        self._stoppat = self._atomar and any(
            resultat.utfall == AVVISAD for _, resultat in self._avvisade
        )
        if self._stoppat:
            self._nya = []
        self._remark_on_doubles()
        self._remark_on_periods()
        nya = sum(1 for ny in self._nya if ny.befintlig is None)
        return Behov(kontakter=nya, kvittenser=len(self._nya))

    def _decide_one(self, bedomt: Bedomt, befintlig: Befintlig | None) -> None:
        rad = bedomt.rad
        if bedomt.test:
            self._refuse(bedomt, TEST, 200)
            return
        if bedomt.stopp:
            self._refuse(bedomt, AVVISAD, status_of(bedomt.avvikelser))
            return
        if befintlig is not None and not self._avsandare.may_touch(befintlig):
            self._add_finding(bedomt, felkatalog.finding("OMBUD_SAKNAS", pekare=""))
            return
        svar = decide(rad, befintlig)
        if isinstance(svar, Avvikelse):
            self._add_finding(bedomt, svar)
            return
        if isinstance(svar, Oforandrad):
            assert befintlig is not None  # noqa: S101  - only what exists can be unchanged
            self._resultat.append(
                Resultat(
                    plats=rad.plats,
                    status=200,
                    utfall=OFORANDRAD,
                    vardhandelse_id=rad.vardhandelse_id,
                    uuid=befintlig.uuid,
                    version=befintlig.version,
                    makulerad=befintlig.makulerad,
                    avvikelser=bedomt.avvikelser,
                )
            )
            return
        makulerad = rad.makulerad or rad.avsikt is Avsikt.MAKULERA
        resultat = Resultat(
            plats=rad.plats,
            status=201 if befintlig is None else 200,
            utfall=MAKULERAD if makulerad else _outcome(bedomt.avvikelser),
            vardhandelse_id=rad.vardhandelse_id,
            uuid=str(uuid_utils.uuid7()) if befintlig is None else befintlig.uuid,
            version=svar,
            makulerad=makulerad,
            avvikelser=bedomt.avvikelser,
        )
        self._resultat.append(resultat)
        self._nya.append(_Nytt(bedomt, befintlig, svar, resultat))

    def _remark_on_doubles(self) -> None:
        """Say of each new version when the same contact is reported under another id.

        Within the delivery and against what is registered, by anyone. A remark, never a stop: see
        docs/adr/0021.
        """
        kallsystem = self._avsandare.kallsystem
        utpekade = [(ny, nyckel) for ny in self._nya if (nyckel := _key_of(ny.bedomt)) is not None]
        registrerade = self._lika
        if registrerade is None:
            svar = dubbelrapporter.find(kallsystem, [nyckel for _, nyckel in utpekade])
            registrerade = {utpekade[nr][0].resultat.plats: annan for nr, annan in svar.items()}
        forst: dict[tuple[Any, ...], str] = {}
        for ny, nyckel in utpekade:
            lika = (nyckel.patient_id, nyckel.dag, nyckel.tid, nyckel.enhet_id)
            annan = registrerade.get(ny.resultat.plats)
            i_leveransen = forst.setdefault(lika, nyckel.vardhandelse_id)
            if annan is None and i_leveransen != nyckel.vardhandelse_id:
                annan = (kallsystem, i_leveransen)
            if annan is not None:
                fynd = _reported_twice(annan, kallsystem)
                ny.bedomt = msgspec.structs.replace(
                    ny.bedomt, avvikelser=(*ny.bedomt.avvikelser, fynd)
                )
                ny.resultat.avvikelser = ny.bedomt.avvikelser

    def _remark_on_periods(self) -> None:
        """Say of each new version how it stands to the periods it names, unless all is well.

        Told in the answer and the receipt, and never stored with the version: the period may come,
        be corrected or be cancelled at any time.
        """
        namnda = [
            (ny, rad.innehall, slag, id_)
            for ny in self._nya
            if (rad := ny.bedomt.rad).innehall is not None and not ny.resultat.makulerad
            for slag, id_ in vardperioder.named(rad.innehall.tillhor_vardansvar, rad.detaljer)
            if id_ not in self._i_leveransen
        ]
        perioder = vardperioder.registered(
            self._avsandare.kallsystem, {(slag, id_) for _, _, slag, id_ in namnda}
        )
        for ny, innehall, slag, id_ in namnda:
            koppling = tie(
                slag=slag,
                id_=id_,
                patient_id=innehall.patient_id,
                dag=innehall.dag,
                period=perioder.get((slag, id_)),
            )
            ny.resultat.avvikelser = (*ny.resultat.avvikelser, *koppling.avvikelser)

    def _add_finding(self, bedomt: Bedomt, avvikelse: Avvikelse) -> None:
        bedomt = msgspec.structs.replace(bedomt, avvikelser=(*bedomt.avvikelser, avvikelse))
        self._refuse(bedomt, AVVISAD, status_of((avvikelse,)))

    def _refuse(self, bedomt: Bedomt, utfall: str, status: int) -> None:
        resultat = Resultat(
            plats=bedomt.rad.plats,
            status=status,
            utfall=utfall,
            vardhandelse_id=bedomt.rad.vardhandelse_id,
            avvikelser=bedomt.avvikelser,
        )
        self._resultat.append(resultat)
        self._avvisade.append((bedomt, resultat))

    def finish(self, nummer: Nummer) -> Utfall:
        """Make the answer and the rows."""
        for ny, sekvens in zip(self._nya, nummer.kvittenser, strict=True):
            ny.resultat.kvittens = sekvens or None
        if self.verdict is not None:
            self._rehearse(self.verdict)
        utfall = Utfall(
            svar=self._utforma(self._resultat, self._stoppat),
            antal=len(self._bedomda),
            avvisade=len(self._bedomda) if self._stoppat else len(self._avvisade),
            ring=bool(self._nya),
        )
        if self.verdict is None:
            utfall.rader = self._rows(nummer)
            utfall.satser = self._statements(utfall)
        return utfall

    def _rehearse(self, verdict: Verdict) -> None:
        """Ask once what all of them would earn."""
        kallsystem = self._avsandare.kallsystem
        fragade = [
            (
                ny.resultat,
                (innehall, (kallsystem, rad.vardhandelse_id), _counts(innehall, rad.detaljer)),
            )
            for ny in self._nya
            if (innehall := (rad := ny.bedomt.rad).innehall) is not None
            and not ny.resultat.makulerad
        ]
        domar = verdict([fraga for _, fraga in fragade], self._begaran.mottagen)
        for (resultat, _), dom in zip(fragade, domar, strict=True):
            resultat.ersattning = dom

    # --- rows ----------------------------------------------------------------------------------

    def _rows(self, nummer: Nummer) -> list[tuple[Tabell, Sequence[Sequence[Any]]]]:
        at = self._begaran.mottagen
        kallsystem = self._avsandare.kallsystem
        ids = iter(nummer.kontakter)
        kontakter, versioner, arenden, kvittenser = [], [], [], []
        patienter: defaultdict[tuple[str, int | None], list[str]] = defaultdict(list)
        makulerade = _contents(
            [ny.befintlig for ny in self._nya if ny.bedomt.rad.innehall is None and ny.befintlig]
        )
        for ny in self._nya:
            bedomt, befintlig, resultat = ny.bedomt, ny.befintlig, ny.resultat
            rad = bedomt.rad
            vardgivare_id, enhet_id = bedomt.vardgivare_id, bedomt.enhet_id
            if befintlig is None:
                pk = next(ids)
                kontakter.append(
                    (
                        pk,
                        _uuid_bytes(resultat.uuid),
                        kallsystem,
                        rad.vardhandelse_id,
                        vardgivare_id,
                        enhet_id,
                        ny.version,
                    )
                )
                arenden.append((pk, at, 0, 0, False, ""))
            else:
                pk = befintlig.kontakt_id
            if rad.innehall is None:
                assert befintlig is not None  # noqa: S101  - only what exists is cancelled
                innehall = makulerade[pk]
                vardgivare_id, enhet_id = befintlig.vardgivare_id, befintlig.enhet_id
                bedomt.vardgivare_id, bedomt.enhet_id = vardgivare_id, enhet_id
            else:
                innehall = _content(rad.innehall, rad.detaljer, rad.summa)
            versioner.append(
                (
                    pk,
                    ny.version,
                    nummer.leverans,
                    resultat.makulerad,
                    vardgivare_id,
                    enhet_id,
                    findings_as_json(bedomt.avvikelser),
                    at,
                    self._avsandare.anvandare_id,
                    rad.orsak,
                    *innehall,
                )
            )
            kvittenser.append(
                (
                    resultat.kvittens,
                    kallsystem,
                    pk,
                    vardgivare_id,
                    enhet_id,
                    ny.version,
                    "K2",
                    resultat.utfall,
                    _code(resultat.avvikelser),
                    at,
                )
            )
            patienter[_LOGG[rad.avsikt], vardgivare_id].append(innehall[1])
        return [
            (KONTAKT, kontakter),
            (VERSION, versioner),
            (ARENDE, arenden),
            (KVITTENS, kvittenser),
            (AVVISNING, self._refusals(nummer.leverans)),
            (LOGGPOST, log_rows(patienter, self._avsandare, self._begaran)),
        ]

    def _refusals(self, leverans: int) -> list[tuple[Any, ...]]:
        rader = []
        for bedomt, resultat in self._avvisade:
            rad = bedomt.rad
            if rad.innehall is None and rad.avsikt is Avsikt.MAKULERA:
                continue  # nothing was sent that could be missing
            allvar = Allvar.ANMARKNING if resultat.utfall == TEST else None
            rader.append(
                (
                    leverans,
                    rad.plats,
                    bedomt.vardgivare_id,
                    bedomt.enhet_id,
                    rad.vardhandelse_id[:64],
                    rad.dag if rad.innehall is None else rad.innehall.dag,
                    findings_as_json(bedomt.avvikelser, allvar) or b"[]",
                    self._begaran.mottagen,
                )
            )
        return rader

    def _statements(self, utfall: Utfall) -> list[tuple[str, Sequence[Any]]]:
        """Move the pointers of contacts that existed, and ask for new decisions of them."""
        rader = sorted(
            (ny.befintlig.kontakt_id, ny.version, ny.bedomt.vardgivare_id, ny.bedomt.enhet_id)
            for ny in self._nya
            if ny.befintlig is not None
        )
        if not rader:
            return []
        ids, versioner, vardgivare, enheter = (list(kolumn) for kolumn in zip(*rader, strict=True))
        return [
            (MOVE_POINTERS, [ids, versioner, vardgivare, enheter]),
            (ASK_AGAIN, [self._begaran.mottagen, ids]),
        ]


def _key_of(b: Bedomt) -> Nyckel | None:
    """Return what the contact may share with another; None without a time or a unit."""
    innehall, enhet_id = b.rad.innehall, b.enhet_id
    if innehall is None or innehall.tid is None or enhet_id is None or b.rad.makulerad:
        return None
    return Nyckel(b.rad.vardhandelse_id, innehall.patient_id, innehall.dag, innehall.tid, enhet_id)


def _reported_twice(annan: tuple[str, str], kallsystem: str) -> Avvikelse:
    """Return the finding. Another system's id is its own; ours is named without any identity."""
    system, handelse = annan
    if system != kallsystem:
        return felkatalog.finding(
            "DUBBELRAPPORTERAD",
            pekare="",
            text="Samma patient, dag, klockslag och enhet är rapporterade av ett annat system.",
        )
    return felkatalog.finding(
        "DUBBELRAPPORTERAD", pekare="/vardhandelse_id", varde=mask_identities(handelse)
    )


def _counts(innehall: Innehall, detaljer: Mapping[str, Any] | None) -> tuple[int, ...]:
    return product_counts(innehall.produkter, (detaljer or {}).get("produkter", ()))


def _outcome(avvikelser: Sequence[Avvikelse]) -> str:
    parkerad = any(a.allvar is Allvar.PARKERA for a in avvikelser)
    return PARKERAD if parkerad else REGISTRERAD


def _code(avvikelser: Sequence[Avvikelse]) -> str:
    """Return the code of the receipt: what the contact waits for, else its first remark."""
    if not avvikelser:
        return ""
    vantar = next((a.kod for a in avvikelser if a.allvar is Allvar.PARKERA), None)
    return vantar or avvikelser[0].kod


def _uuid_bytes(text: str | None) -> bytes:
    return bytes.fromhex((text or "").replace("-", ""))


def findings_as_json(avvikelser: Sequence[Avvikelse], allvar: Allvar | None = None) -> bytes | None:
    """Return findings as they are stored; `allvar` sets the severity of all of them."""
    if not avvikelser:
        return None
    if allvar is not None:
        avvikelser = [msgspec.structs.replace(a, allvar=allvar) for a in avvikelser]
    # A value that was seen may hold NUL, which PostgreSQL's jsonb does not take.
    return msgspec.json.encode(avvikelser).replace(b"\\u0000", b"\\ufffd")


def _content(i: Innehall, detaljer: dict[str, Any] | None, summa: bytes) -> tuple[Any, ...]:
    """Return the values of the columns of INNEHALL."""
    return (
        i.enhet,
        i.patient_id,
        i.dag,
        i.slutdag,
        i.tid,
        i.form.value,
        i.btyp,
        i.vktyp,
        i.taxa,
        i.akut,
        i.yrkeskategorier,
        i.diagnoser,
        i.atgarder,
        i.lakemedel,
        i.tillstand,
        i.produkter,
        i.ikod,
        i.ukod,
        i.vplan,
        i.remiss_fore,
        i.remiss_efter,
        i.lkf,
        i.basomrade,
        i.fodd,
        i.kon,
        i.ers_uppdrag,
        i.tillhor_vardkontakt,
        i.tillhor_vardansvar,
        i.lma_nummer,
        None if detaljer is None else msgspec.json.encode(detaljer),
        summa,
    )


def _contents(befintliga: Sequence[Befintlig]) -> Mapping[int, tuple[Any, ...]]:
    """Return the stored content of contacts to cancel: the cancelled version keeps what it was."""
    if not befintliga:
        return {}
    kolumner = ", ".join(
        f"v.{kolumn.namn}" + ("::text" if kolumn.typ == "jsonb" else "") for kolumn in INNEHALL
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"select v.vardkontakt_id, {kolumner}"  # noqa: S608  - our own column names
            " from unnest(%s::bigint[], %s::int[]) as p(id, version)"
            " join gvr_vardkontaktversion v"
            "   on v.vardkontakt_id = p.id and v.version = p.version",
            [[b.kontakt_id for b in befintliga], [b.version for b in befintliga]],
        )
        return {
            rad[0]: tuple(_stored(k.typ, v) for k, v in zip(INNEHALL, rad[1:], strict=True))
            for rad in cursor
        }


def _stored(typ: str, varde: Any) -> Any:
    """Return a value that was read as it is written."""
    if varde is None:
        return None
    if typ == "text[]":
        return tuple(varde)
    if typ == "jsonb":
        return str(varde).encode()
    if typ == "bytea":
        return bytes(varde)
    return varde


def log_rows(
    patienter: Mapping[tuple[str, int | None], Sequence[str]],
    avsandare: Avsandare,
    begaran: Begaran,
) -> list[tuple[Any, ...]]:
    """Return one row of the access log for each act and provider, with the patients it touched."""
    return [
        (
            begaran.mottagen,
            avsandare.anvandare_id,
            avsandare.anvandare,
            handelse,
            f"leverans {begaran.uuid}",
            vardgivare_id,
            "",
            tuple(dict.fromkeys(lista)),
            "",
        )
        for (handelse, vardgivare_id), lista in patienter.items()
    ]
