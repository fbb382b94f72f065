"""Occasions and activities, in words.

What a party sees of the others is their unit, their role and how their part stands. The one with
the main contact also sees professions and minutes, since it answers for the occasion as a whole.
Nobody sees what another party has done to the patient, or another party's ids.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from uuid import UUID

import msgspec

from avstamning.core import samverkansord as ordval
from avstamning.core.halsouppgifter import DOLT
from avstamning.core.ord import Statusord
from avstamning.core.samverkansord import HUVUDANSVARIG, MAKULERAD, STATUS
from avstamning.core.samverkansurval import Samverkansurval
from avstamning.queries import orsaker
from avstamning.queries.kontakter import code_texts
from ersattning.ersmo.core.orsaker import Orsak
from ersattning.hej.queries import delposterat
from ersattning.vardfaktura.queries import kalender
from gvr.core.aktivitet import AKTIVITETSTYPER, AVSER
from gvr.core.avvikelse import Avvikelse
from gvr.core.period import Manad
from gvr.core.personnummer import mask
from gvr.core.rapp import by_hand
from gvr.core.samverkan import Kopplad, Koppling
from gvr.queries import portal, samverkanslistor
from gvr.queries.portal import Synfalt
from gvr.queries.samverkan import Delrad, Tillfalle
from gvr.queries.samverkanslistor import Aktivitetsrad

SIDA = 50


class Tillfallesrad(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the list: one of the provider's parts, or its main contact."""

    uuid: UUID
    dag: date
    tid: time | None
    enhet: str
    roll: str
    roll_kod: str
    motpart: str
    delar: int
    status: Statusord
    alder: str
    agerar: str


class Tillfallen(msgspec.Struct, frozen=True, kw_only=True):
    """A page of occasions. `aldre` is the place to go on from, `antal` all that the filter shows"""

    rader: tuple[Tillfallesrad, ...]
    antal: int
    vantar: int
    kapad: bool
    aldre: str


class Delvy(msgspec.Struct, frozen=True, kw_only=True):
    """A part as the visitor may see it; `yrken` and `minuter` are for the main party and oneself"""

    vardgivare: str
    enhet: str
    roll: str
    status: Statusord
    alder: str
    egen: bool
    yrken: str
    minuter: int | None
    avvikelser: tuple[Avvikelse, ...]


class Tillfallesvy(msgspec.Struct, frozen=True, kw_only=True):
    """One occasion as one of its parties sees it."""

    dag: date
    tid: time | None
    roll: str
    status: Statusord
    alder: str
    agerar: str
    huvud_uuid: UUID | None
    huvud_enhet: str
    huvud_vardgivare: str
    huvud_text: str
    huvud_makulerad: bool
    delar: tuple[Delvy, ...]
    avvikelser: tuple[Avvikelse, ...]
    egen: "Egendel | None"
    ersattning: "Delersattning | None"
    patienter: tuple[str, ...]
    patient: str
    enhet_id: int | None


class Produktrad(msgspec.Struct, frozen=True, kw_only=True):
    """One product that a part has earned, in kronor."""

    regel: str
    produktkod: str
    antal: int
    apris: Decimal
    belopp: Decimal
    exempel: bool


class Delersattning(msgspec.Struct, frozen=True, kw_only=True):
    """What the provider's own part earns, or why nothing."""

    utfall: str
    summa: Decimal
    orsak: Orsak | None
    avtal: str
    rader: tuple[Produktrad, ...]
    beslutat: datetime


class Egendel(msgspec.Struct, frozen=True, kw_only=True):
    """What the provider itself has reported of its part."""

    uuid: UUID
    enhet: str
    kombika: str
    yrken: str
    atgarder: str
    minuter: int | None
    huvud: str
    kallsystem: str
    extern_id: str
    version: int
    makulerad: bool
    registrerad: datetime

    @property
    def i_formular(self) -> bool:
        """True when it was reported by form, and is corrected there."""
        return by_hand(self.kallsystem)


def occasions(synfalt: Synfalt, urval: Samverkansurval, *, at: datetime) -> Tillfallen:
    """Return a page of occasions, newest first."""
    egna = samverkanslistor.occasions(synfalt, fran=urval.fran, till=urval.till)
    rader = [_part_row(rad, bild, at=at) for rad, bild in egna.delar]
    rader += [_main_row(bild, at=at) for bild in egna.kontakter]
    valda = sorted(
        (
            rad
            for rad in rader
            if urval.roll in ("", rad.roll_kod) and urval.status in ("", rad.status.kod)
        ),
        key=lambda rad: (rad.dag, rad.tid or time.min, str(rad.uuid)),
        reverse=True,
    )
    slut = urval.hoppa + SIDA
    return Tillfallen(
        rader=tuple(valda[urval.hoppa : slut]),
        antal=len(valda),
        vantar=sum(1 for rad in rader if rad.status.kod == Koppling.VANTAR_PA_HUVUDKONTAKT),
        kapad=egna.kapad,
        aldre=str(slut) if len(valda) > slut else "",
    )


def occasion(synfalt: Synfalt, uuid: UUID, *, at: datetime) -> Tillfallesvy | None:
    """Return one occasion, by the provider's own part or its own contact."""
    funnet = samverkanslistor.occasion(synfalt, uuid)
    if funnet is None:
        return None
    egen, bild = funnet.egen, funnet.tillfalle
    texter = code_texts()
    if egen is not None:
        rad = _part_row(egen, bild, at=at)
    else:
        assert bild is not None  # noqa: S101  - an own contact is found by its occasion
        rad = _main_row(bild, at=at)
    huvud = bild.huvud if bild is not None else None
    ar_huvud = egen is None
    patient = huvud.huvud.patient_id if ar_huvud and huvud else egen and egen.pekar.patient_id
    return Tillfallesvy(
        dag=rad.dag,
        tid=rad.tid,
        roll=rad.roll,
        status=rad.status,
        alder=rad.alder,
        agerar=rad.agerar,
        huvud_uuid=huvud.uuid if ar_huvud and huvud else None,
        huvud_enhet=huvud.enhet or huvud.kombika if huvud else _pointed_out(egen),
        huvud_vardgivare=huvud.vardgivare if huvud else "",
        huvud_text=_main_in_words(bild, rad.status),
        huvud_makulerad=huvud.huvud.makulerad if huvud else False,
        delar=tuple(
            _part_view(d, dom, egen=egen, ar_huvud=ar_huvud, texter=texter, at=at)
            for d, dom in (bild.delar if bild is not None else ())
        ),
        avvikelser=_findings(egen, bild),
        egen=_own(egen, texter) if egen is not None else None,
        ersattning=_earned(egen) if egen is not None else None,
        patienter=(patient,) if patient else (),
        patient=mask(patient) if patient else "",
        enhet_id=egen.enhet_id if egen else huvud.enhet_id if huvud else None,
    )


def of_contact(kontakt_id: int, *, at: datetime) -> tuple[tuple[Delvy, ...], tuple[Avvikelse, ...]]:
    """Return the parts of a contact already shown, and what says that it is doubled."""
    bild = samverkanslistor.of_contact(kontakt_id)
    dubbel = samverkanslistor.doubled(kontakt_id)
    if bild is None:
        return (), dubbel
    texter = code_texts()
    return (
        tuple(
            _part_view(d, dom, egen=None, ar_huvud=True, texter=texter, at=at)
            for d, dom in bild.delar
        ),
        (*bild.avvikelser, *(a for a in dubbel if a not in bild.avvikelser)),
    )


def _part_row(rad: Delrad, bild: Tillfalle | None, *, at: datetime) -> Tillfallesrad:
    if bild is None:
        status, koder = STATUS[MAKULERAD], []
    else:
        dom = bild.tie_of(rad.pekar.nyckel)
        status, koder = STATUS[dom.koppling], [a.kod for a in dom.avvikelser]
    huvud = bild.huvud if bild is not None else None
    return Tillfallesrad(
        uuid=rad.uuid,
        dag=rad.pekar.dag,
        tid=rad.pekar.tid,
        enhet=rad.enhet,
        roll=rad.roll_i_text,
        roll_kod=rad.roll,
        motpart=(huvud.enhet or huvud.vardgivare) if huvud else _pointed_out(rad),
        delar=len(bild.delar) if bild is not None else 0,
        status=status,
        alder=_age(rad, status, at),
        agerar=ordval.acts_next(koder),
    )


def _main_row(bild: Tillfalle, *, at: datetime) -> Tillfallesrad:
    del at
    huvud = bild.huvud
    assert huvud is not None  # noqa: S101  - these are found by their contact
    koder = [a.kod for _, dom in bild.delar for a in dom.avvikelser]
    koder += [a.kod for a in bild.avvikelser]
    fel = bool(koder)
    return Tillfallesrad(
        uuid=huvud.uuid,
        dag=huvud.huvud.dag,
        tid=huvud.huvud.tid,
        enhet=huvud.enhet,
        roll=ordval.ROLLER[HUVUDANSVARIG],
        roll_kod=HUVUDANSVARIG,
        motpart=", ".join(dict.fromkeys(d.enhet for d, _ in bild.delar)),
        delar=len(bild.delar),
        status=STATUS[Koppling.FEL if fel else Koppling.KOPPLAD],
        alder="",
        agerar=ordval.acts_next(koder),
    )


def _part_view(
    rad: Delrad,
    dom: Kopplad,
    *,
    egen: Delrad | None,
    ar_huvud: bool,
    texter: Mapping[tuple[str, str], str],
    at: datetime,
) -> Delvy:
    min_del = egen is not None and rad.pekar.nyckel == egen.pekar.nyckel
    status = STATUS[dom.koppling]
    ser = ar_huvud or min_del
    return Delvy(
        vardgivare=rad.vardgivare,
        enhet=rad.enhet,
        roll=rad.roll_i_text,
        status=status,
        alder=_age(rad, status, at),
        egen=min_del,
        yrken=_professions(rad.yrkeskategorier, texter) if ser else "",
        minuter=rad.pekar.minuter if ser else None,
        avvikelser=dom.avvikelser if ser else (),
    )


def _own(rad: Delrad, texter: Mapping[tuple[str, str], str]) -> Egendel:
    return Egendel(
        uuid=rad.uuid,
        enhet=rad.enhet,
        kombika=rad.kombika,
        yrken=_professions(rad.yrkeskategorier, texter),
        atgarder=codes_in_words("OPKOD", rad.atgarder, texter),
        minuter=rad.pekar.minuter,
        huvud=_pointed_out(rad),
        kallsystem=rad.pekar.nyckel[0],
        extern_id=rad.pekar.nyckel[1],
        version=rad.version,
        makulerad=rad.makulerad,
        registrerad=rad.registrerad,
    )


def _earned(rad: Delrad) -> Delersattning | None:
    ut = delposterat.outcome(rad.uuid)
    if ut is None:
        return None
    avtal = portal.contracts(rad.vardgivare_id)
    katalog = orsaker.catalogue(avtal, Manad.of(rad.pekar.dag).first)
    return Delersattning(
        utfall=ut.utfall,
        summa=ut.summa,
        orsak=orsaker.words(ut.orsak, katalog) if ut.orsak else None,
        avtal=ut.avtal,
        rader=tuple(
            Produktrad(
                regel=r["regel"],
                produktkod=r["produktkod"],
                antal=r["antal"],
                apris=Decimal(r["apris"]),
                belopp=Decimal(r["belopp"]),
                exempel=r["exempel"],
            )
            for r in ut.rader
        ),
        beslutat=ut.beslutat,
    )


def _findings(egen: Delrad | None, bild: Tillfalle | None) -> tuple[Avvikelse, ...]:
    """Return what the visitor should know: of its own part, or of the contact and every part."""
    if bild is None:
        return ()
    if egen is not None:
        return bild.tie_of(egen.pekar.nyckel).avvikelser
    per_kod = {a.kod: a for _, dom in bild.delar for a in dom.avvikelser}
    per_kod |= {a.kod: a for a in bild.avvikelser}
    return tuple(per_kod[kod] for kod in sorted(per_kod))


def _main_in_words(bild: Tillfalle | None, status: Statusord) -> str:
    if bild is not None and bild.huvud is not None:
        return "Rapporterad"
    if status.kod == Koppling.VANTAR_PA_HUVUDKONTAKT:
        return "Ännu inte rapporterad"
    return "Inte kopplad till er del"


def _pointed_out(rad: Delrad | None) -> str:
    if rad is None:
        return ""
    return rad.huvud_enhet or f"{rad.pekar.vardhandelse_id} i {rad.pekar.kallsystem}"


def _age(rad: Delrad, status: Statusord, at: datetime) -> str:
    """Say how long a part has waited for its contact, counted from its first version."""
    if status.kod != Koppling.VANTAR_PA_HUVUDKONTAKT:
        return ""
    dagar = (kalender.swedish(at).date() - kalender.swedish(rad.forst).date()).days
    return ordval.days_in_words(dagar)


# Activities -------------------------------------------------------------------------------------


class Aktivitetslistrad(msgspec.Struct, frozen=True, kw_only=True):
    """An activity as it is shown. `patient` is masked, `diagnoser` hidden for who may not see."""

    uuid: UUID
    dag: date
    tid: time | None
    minuter: int | None
    enhet: str
    enhet_id: int
    typ: str
    avser: str
    yrke: str
    patient: str
    diagnoser: str
    atgarder: str
    kallsystem: str
    extern_id: str
    version: int
    makulerad: bool
    registrerad: datetime

    @property
    def i_formular(self) -> bool:
        """True when it was reported by form, and is corrected there."""
        return by_hand(self.kallsystem)


class Aktiviteter(msgspec.Struct, frozen=True, kw_only=True):
    """A page of activities with the patients on it."""

    rader: tuple[Aktivitetslistrad, ...]
    patienter: tuple[str, ...]
    aldre: str


def activities(synfalt: Synfalt, urval: Samverkansurval, *, ser_diagnos: bool) -> Aktiviteter:
    """Return a page of activities in words."""
    rader, fler = samverkanslistor.activities(
        synfalt, fran=urval.fran, till=urval.till, typ=urval.typ, hoppa=urval.hoppa, size=SIDA
    )
    texter = code_texts()
    return Aktiviteter(
        rader=tuple(_activity(rad, texter, ser_diagnos=ser_diagnos) for rad in rader),
        patienter=tuple(rad.patient_id for rad in rader if rad.patient_id),
        aldre=str(urval.hoppa + SIDA) if fler else "",
    )


def activity(
    synfalt: Synfalt, uuid: UUID, *, ser_diagnos: bool
) -> tuple[Aktivitetslistrad, tuple[str, ...]] | None:
    """Return one activity in words, with the patient it is about."""
    rad = samverkanslistor.activity(synfalt, uuid)
    if rad is None:
        return None
    patienter = (rad.patient_id,) if rad.patient_id else ()
    return _activity(rad, code_texts(), ser_diagnos=ser_diagnos), patienter


def _activity(
    rad: Aktivitetsrad, texter: Mapping[tuple[str, str], str], *, ser_diagnos: bool
) -> Aktivitetslistrad:
    diagnoser = codes_in_words("DIAGNOS", rad.diagnoser, texter) if ser_diagnos else DOLT
    return Aktivitetslistrad(
        uuid=rad.uuid,
        dag=rad.dag,
        tid=rad.tid,
        minuter=rad.minuter,
        enhet=rad.enhet,
        enhet_id=rad.enhet_id,
        typ=AKTIVITETSTYPER.get(rad.typ, rad.typ),
        avser=AVSER.get(rad.avser, rad.avser),
        yrke=_professions((rad.yrkeskategori,), texter),
        patient=mask(rad.patient_id) if rad.patient_id else "–",
        diagnoser=diagnoser if rad.diagnoser else "–",
        atgarder=codes_in_words("OPKOD", rad.atgarder, texter),
        kallsystem=rad.kallsystem,
        extern_id=rad.extern_id,
        version=rad.version,
        makulerad=rad.makulerad,
        registrerad=rad.registrerad,
    )


def codes_in_words(
    kodverk: str, koder: Sequence[str], texter: Mapping[tuple[str, str], str]
) -> str:
    """Return codes with what they are called, where that is known."""
    return ", ".join(
        f"{kod} {texter[kodverk, kod]}" if texter.get((kodverk, kod)) else kod for kod in koder
    )


def _professions(koder: Sequence[str], texter: Mapping[tuple[str, str], str]) -> str:
    return ", ".join(texter.get(("VDG", kod)) or f"Yrkeskategori {kod}" for kod in koder)
