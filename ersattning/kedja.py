"""The chain, in the order money moves. Start reading here.

    contacts ─▶ place ─▶ classify (ERSMO) ─▶ price (HEJ) ─▶ ceilings ─▶ record ─▶ post

`decide` is the whole of it. Production, dry run, re-pricing and explanation take the same steps
with the same functions; only the last one, writing, differs. Invoices are made of posts at the
month's close, in `ersattning.vardfaktura.actions.stangningar`.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
from django.db import InterfaceError, OperationalError, ProgrammingError, connection

from ersattning import delkedja
from ersattning.ersmo.core import klassning
from ersattning.ersmo.queries import regelpaket
from ersattning.ersmo.queries.regelpaket import Paketbild, Publicerat
from ersattning.hej.actions import beslut
from ersattning.hej.core import beslut as utfall
from ersattning.hej.core import orsaker
from ersattning.hej.core.beslut import Beslutat, rows_as_document
from ersattning.hej.core.prissattning import Takkontakt, apply_year_ceiling, price
from ersattning.hej.queries import delposterat, parkerade, posterat, prislistor
from ersattning.hej.queries.prislistor import Prisbild
from ersattning.vardfaktura.queries import kalender
from gvr.actions import arenden, delarenden
from gvr.actions.omforsok import DODLAGE, try_again
from gvr.core import anropsfel as _anropsfel  # noqa: F401  - registers OMBUD_SAKNAS
from gvr.core import felkatalog
from gvr.core.avvikelse import Allvar, Avvikelse
from gvr.core.ombud import Ombudsregister
from gvr.core.period import Manad
from gvr.core.regelallvar import INGET_ANDRAT, Regelallvar
from gvr.core.register import Register
from gvr.core.vardkontakt import Innehall, Kontakt, Placering
from gvr.queries import behorighet, berorda, kontakter, ombud, regelallvar, register, reservnummer
from gvr.queries.kontakter import Registrerad

logger = logging.getLogger(__name__)

CHUNK = 1000


class Ogonblicksbild(msgspec.Struct, frozen=True):
    """Everything a decision needs to know, as it was known at one moment."""

    register: Register
    ombud: Ombudsregister
    paket: Paketbild
    priser: Prisbild
    allvar: Regelallvar = INGET_ANDRAT
    idag: date | None = None


def snapshot(at: datetime | None = None) -> Ogonblicksbild:
    """Return what is known now; with `at` also which rights have begun by then."""
    version = register.stamdataversion()
    return Ogonblicksbild(
        register.current(version),
        ombud.current(version),
        regelpaket.published(),
        prislistor.published(),
        regelallvar.current(version),
        None if at is None else kalender.swedish(at).date(),
    )


def parts_basis() -> delkedja.Underlag:
    """Return what the chain of deltaganden needs of what is known now."""
    bild = snapshot()
    return delkedja.Underlag(bild.register, bild.paket, bild.priser)


# --- Decide: pure, from values to values -------------------------------------------------------


def judge(reg: Registrerad, bild: Ogonblicksbild) -> Beslutat:
    """Decide one contact on its own.

    1. A cancelled contact earns nothing.
    2. Place it: unit, commission and contract on the day of care, or wait for what is missing –
       also for the sender's right, when the contact came before its unit was known.
    3. Hold it back when a check that it failed parks contacts of the area.
    4. Classify it by the contract area's rule pack.
    5. Price the products by the contract's and the area's lists, or wait for the missing price.
    """
    plats = place(reg, bild)
    if reg.makulerad:
        return _outcome(reg, utfall.MAKULERAD, plats=plats)
    if isinstance(plats, Avvikelse):
        return _unplaced(reg, plats)
    regel = reg.anmarkningar and bild.allvar.holds_back(
        reg.anmarkningar, avtalsomrade=plats.avtalsomrade, day=reg.innehall.dag
    )
    if regel:
        return _outcome(
            reg,
            utfall.VANTAR,
            plats=plats,
            orsak=orsaker.REGEL_PARKERAR,
            vantar_pa=f"REGEL:{regel}",
        )
    paket = bild.paket.valid(plats.avtalsomrade, reg.innehall.dag)
    if paket is None:
        saknas = f"REGELPAKET:{plats.avtalsomrade}"
        return _outcome(
            reg, utfall.VANTAR, plats=plats, orsak="REGELPAKET_SAKNAS", vantar_pa=saknas
        )
    klassad = klassning.classify(as_kontakt(reg, plats), paket.kompilerat)
    if not klassad.rader:
        orsak = klassad.orsak or "INGEN_REGEL"
        slag = utfall.FEL if orsaker.must_be_corrected(orsak) else utfall.INGEN_ERSATTNING
        return _outcome(reg, slag, plats=plats, orsak=orsak, paket=paket)
    return _priced(reg, plats, paket, klassad, bild.priser)


def place(reg: Registrerad, bild: Ogonblicksbild) -> Placering | Avvikelse:
    """Return where the contact belongs, or what is missing for it.

    A contact that turns out to belong to another provider than it arrived for is shown to nobody
    there until the sender is that provider's agent.
    """
    plats = bild.register.place(
        reg.innehall.enhet,
        reg.innehall.dag,
        ers_uppdrag=reg.innehall.ers_uppdrag,
        fallback=reg.dagar,
    )
    if isinstance(plats, Avvikelse) or plats.vardgivare_id == reg.vardgivare_id:
        return plats
    kallsystem = reg.nyckel[0]
    if bild.ombud.covers(
        kallsystem,
        vardgivare_id=plats.vardgivare_id,
        enhet_id=plats.enhet_id,
        registrerad=reg.registrerad,
        idag=bild.idag,
    ):
        return plats
    brist = felkatalog.finding("OMBUD_SAKNAS", pekare="/enhet")
    return msgspec.structs.replace(brist, allvar=Allvar.PARKERA, vantar_pa=f"OMBUD:{kallsystem}")


def as_kontakt(reg: Registrerad, placering: Placering) -> Kontakt:
    """Return the contact as rules see it."""
    return Kontakt(
        kontakt_id=reg.kontakt_id,
        version=reg.version,
        nyckel=reg.nyckel,
        innehall=reg.innehall,
        placering=placering,
        produktantal=reg.produktantal,
    )


def _priced(
    reg: Registrerad,
    plats: Placering,
    paket: Publicerat,
    klassad: klassning.Klassning,
    priser: Prisbild,
) -> Beslutat:
    listor = priser.valid(plats.avtalsomrade, plats.avtal_id, reg.innehall.dag)
    satt = price(klassad, day=reg.innehall.dag, prislistor=[rad.lista for rad in listor])
    if satt.saknas:
        return _outcome(
            reg,
            utfall.VANTAR,
            plats=plats,
            orsak="PRIS_SAKNAS",
            vantar_pa=f"PRIS:{satt.saknas[0]}",
            paket=paket,
        )
    anvanda = {rad.prislista_id for rad in satt.rader}
    return _outcome(
        reg,
        utfall.ERSATTS,
        plats=plats,
        paket=paket,
        rader=satt.rader,
        prislistor=tuple(rad.beteckning for rad in listor if rad.lista.id in anvanda),
    )


def _outcome(
    reg: Registrerad,
    slag: str,
    *,
    plats: Placering | Avvikelse,
    orsak: str = "",
    vantar_pa: str = "",
    paket: Publicerat | None = None,
    rader: tuple[Any, ...] = (),
    prislistor: tuple[str, ...] = (),
) -> Beslutat:
    placering = plats if isinstance(plats, Placering) else None
    return Beslutat(
        kontakt_id=reg.kontakt_id,
        version=reg.version,
        dag=reg.innehall.dag,
        utfall=slag,
        orsak=orsak,
        vantar_pa=vantar_pa[:80],
        rader=rader,
        placering=placering,
        vardgivare_id=placering.vardgivare_id if placering else reg.vardgivare_id,
        enhet_id=placering.enhet_id if placering else reg.enhet_id,
        regelpaket=(paket.beteckning,) if paket is not None else (),
        prislistor=prislistor,
    )


def _unplaced(reg: Registrerad, brist: Avvikelse) -> Beslutat:
    if brist.allvar is Allvar.STOPP:
        return _outcome(reg, utfall.INGEN_ERSATTNING, plats=brist, orsak=brist.kod)
    return _outcome(
        reg, utfall.VANTAR, plats=brist, orsak=brist.kod, vantar_pa=brist.vantar_pa or brist.kod
    )


def cap_years(
    beslutade: Sequence[Beslutat], reg: dict[int, Registrerad], priser: Prisbild
) -> list[Beslutat]:
    """Apply the yearly ceilings of the national tariffs to each (avtal, calendar year) in whole."""
    grupper: defaultdict[tuple[int, int], list[Beslutat]] = defaultdict(list)
    klara = []
    for b in beslutade:
        if b.rader and b.placering is not None and priser.has_ceiling(b.placering.avtalsomrade):
            grupper[b.placering.avtal_id, b.dag.year].append(b)
        else:
            klara.append(b)
    for grupp in grupper.values():
        per_id = {b.kontakt_id: b for b in grupp}
        listor = {rad.prislista_id for b in grupp for rad in b.rader}
        for svar in apply_year_ceiling(
            [
                Takkontakt(
                    kontakt_id=b.kontakt_id,
                    nyckel=reg[b.kontakt_id].nyckel,
                    dag=b.dag,
                    tid=reg[b.kontakt_id].innehall.tid,
                    rader=b.rader,
                )
                for b in grupp
            ],
            prislistor=[priser.by_id(pk).lista for pk in listor],
        ):
            klara.append(_capped(per_id[svar.kontakt_id], svar))
    return klara


def _capped(b: Beslutat, svar: Any) -> Beslutat:
    if svar.prissattning.saknas:
        return msgspec.structs.replace(
            b,
            utfall=utfall.VANTAR,
            orsak="PRIS_SAKNAS",
            vantar_pa=f"PRIS:{svar.prissattning.saknas[0]}"[:80],
            rader=(),
            prislistor=(),
        )
    if svar.orsak is not None:
        return msgspec.structs.replace(
            b, utfall=utfall.INGEN_ERSATTNING, orsak=svar.orsak, rader=()
        )
    return msgspec.structs.replace(b, rader=svar.prissattning.rader)


# --- Decide and write --------------------------------------------------------------------------


def decide(
    kontakt_ids: Iterable[int],
    *,
    at: datetime,
    manad: Manad | None = None,
    write: bool = True,
) -> list[beslut.Forandring]:
    """Decide these contacts, and post what differs from before. Must run in a transaction.

    The posts are booked in `manad`, or in the month whose deadline lies ahead of `at`.

    1. Read the newest versions and judge each.
    2. Find the window groups they touch (avtal and calendar year under a ceiling), hold the
       groups, and read and judge their other contacts too.
    3. Apply the ceilings.
    4. Record what is new – or, with `write=False`, only say what it would be.
    """
    bild = snapshot(at)
    reg = {rad.kontakt_id: rad for rad in _read(list(kontakt_ids))}
    beslutade = _judged(reg, bild)
    grupper = _groups(beslutade, bild)
    if grupper:
        _hold(grupper)
        fler = [pk for pk in posterat.under_ceiling(grupper) if pk not in reg]
        nya = {rad.kontakt_id: rad for rad in _read(fler)}
        reg |= nya
        beslutade.extend(_judged(nya, bild))
        beslutade = cap_years(beslutade, reg, bild.priser)
    if not write:
        return beslut.compare(beslutade)
    return beslut.record(
        beslutade,
        kallsystem={pk: rad.nyckel[0] for pk, rad in reg.items()},
        stamdataversion=bild.register.version,
        at=at,
        bokforingsmanad=(manad or kalender.booking_month(at)).first,
    )


def _read(kontakt_ids: Sequence[int]) -> list[Registrerad]:
    """Return the newest versions, about the person behind each reservnummer."""
    return reservnummer.resolve(kontakter.newest(kontakt_ids))


def _judged(reg: dict[int, Registrerad], bild: Ogonblicksbild) -> list[Beslutat]:
    """Judge each contact, but for the versions that a person has settled.

    A version that was let through once is not held back by a rule that was made stricter later.
    """
    avgjorda = parkerade.settled(list(reg))
    beslutade = [judge(rad, bild) for rad in reg.values()]
    fast = [(b.kontakt_id, b.version) for b in beslutade if b.orsak == orsaker.REGEL_PARKERAR]
    slappta = posterat.accepted(fast) if fast else set()
    if slappta:
        beslutade = [
            judge(msgspec.structs.replace(reg[b.kontakt_id], anmarkningar=()), bild)
            if b.kontakt_id in slappta
            else b
            for b in beslutade
        ]
    return [_settled(b) if avgjorda.get(b.kontakt_id) == b.version else b for b in beslutade]


def _settled(b: Beslutat) -> Beslutat:
    if b.utfall == utfall.MAKULERAD:
        return b
    return msgspec.structs.replace(
        b,
        utfall=utfall.INGEN_ERSATTNING,
        orsak=orsaker.AVGJORD,
        vantar_pa="",
        rader=(),
        prislistor=(),
    )


def _groups(beslutade: Sequence[Beslutat], bild: Ogonblicksbild) -> list[tuple[int, int]]:
    """Return every (avtal, year) under a ceiling that these contacts belong or belonged to."""
    grupper = {
        (b.placering.avtal_id, b.dag.year)
        for b in beslutade
        if b.placering is not None and bild.priser.has_ceiling(b.placering.avtalsomrade)
    }
    if bild.priser.any_ceiling:
        for lage in posterat.decided([b.kontakt_id for b in beslutade]).values():
            if lage.avtal_id is not None and bild.priser.has_ceiling(
                bild.register.area_of(lage.avtal_id)
            ):
                grupper.add((lage.avtal_id, lage.dag.year))
    return sorted(grupper)


def _hold(grupper: Sequence[tuple[int, int]]) -> None:
    """Let only one transaction at a time decide each group, whoever comes first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select pg_advisory_xact_lock(g.avtal_id::int, g.kalenderar) from"
            " (select * from unnest(%s::bigint[], %s::int[]) as t(avtal_id, kalenderar)"
            "  order by 1, 2) as g",
            [[avtal for avtal, _ in grupper], [ar for _, ar in grupper]],
        )


def decide_next(*, at: datetime, size: int = CHUNK) -> int:
    """Claim the next chunk of waiting work, decide it and return how many it was.

    Deltaganden come when no contact waits: how they stand depends on the contacts.

    A chunk that fails is decided again one contact at a time, so that one contact that makes a
    rule fail is parked with its reason and the others go on. When it is the database that fails,
    no contact is to blame: the fault is raised, and the lease gives the work back.
    """
    with behorighet.databaskontext(alla=True):
        arbeten = arenden.claim(at=at, size=size)
    if not arbeten:
        return delkedja.decide_next(see=parts_basis, at=at)
    try:
        _work(arbeten, at)
    except (OperationalError, InterfaceError, ProgrammingError):
        raise
    except Exception as fault:
        logger.exception("kedja.chunk_misslyckades antal=%d", len(arbeten))
        if len(arbeten) == 1:
            _return(arbeten, fault)
        else:
            _one_by_one(arbeten, at)
    return len(arbeten)


def _work(arbeten: Sequence[arenden.Uthyrt], at: datetime) -> None:
    """Decide claimed contacts and take their work away; again at once after a deadlock."""
    try_again(lambda: _work_once(arbeten, at), vid=DODLAGE)


def _work_once(arbeten: Sequence[arenden.Uthyrt], at: datetime) -> None:
    """Decide claimed contacts and take their work away.

    Each is booked by the day its work was asked for, so a report that came in time stays in time
    though the worker was late. Nearly always that is one month for all of them.
    """
    per_manad: defaultdict[Manad, list[int]] = defaultdict(list)
    begarda = []
    for arbete in arbeten:
        begard = min(arbete.skapad, at)  # the web server's clock may be ahead of the worker's
        per_manad[kalender.booking_month(begard)].append(arbete.vardkontakt_id)
        begarda.append((arbete.vardkontakt_id, begard))
    with behorighet.databaskontext(alla=True):
        delarenden.offer_of_contacts(begarda)
        for manad, ids in sorted(per_manad.items()):
            decide(ids, at=at, manad=manad)
        arenden.finish(arbeten)


def _one_by_one(arbeten: Sequence[arenden.Uthyrt], at: datetime) -> None:
    for arbete in arbeten:
        try:
            _work([arbete], at)
        except (OperationalError, InterfaceError, ProgrammingError):
            raise
        except Exception as fault:
            logger.exception("kedja.kontakt_misslyckades forsok=%d", arbete.forsok)
            _return([arbete], fault)


def _return(arbeten: Sequence[arenden.Uthyrt], fault: Exception) -> None:
    with behorighet.databaskontext(alla=True):
        arenden.give_back(arbeten, fel=f"{type(fault).__name__}: {fault}")


def offer_waiting(*, at: datetime) -> int:
    """When master data has changed, let the contacts it may change be decided again.

    Those are every contact that waits and has not waited too long, and of the decided ones exactly
    those whose unit, owner or commission became another on a day of theirs. What differs in money
    follows as new posts.
    """
    with behorighet.databaskontext(alla=True):
        version = register.stamdataversion().version
        with connection.cursor() as cursor:
            cursor.execute(
                "update gvr_stamdataversion s set omprovad = %s"
                " from (select id, omprovad from gvr_stamdataversion for update) fore"
                " where s.id = fore.id and fore.omprovad < %s returning fore.omprovad",
                [version, version],
            )
            rad = cursor.fetchone()
        if rad is None:
            return 0
        ids = {
            *posterat.waiting_ids(registrerade_efter=parkerade.limit(at)),
            *berorda.touched(fran=rad[0], till=version),
        }
        arenden.enqueue(sorted(ids), at=at)
        delar = {
            *delposterat.waiting(registrerade_efter=parkerade.limit(at)),
            *berorda.touched_parts(fran=rad[0], till=version),
        }
        if delar:
            delarenden.enqueue(sorted(delar), at=at)
        return len(ids)


def offer_new_agents(*, at: datetime) -> int:
    """Let contacts that wait for their sender's right be decided again when it has begun.

    A right that is given ahead changes nothing on the day it is given, so this asks every day, for
    those that began within the week: a day that was missed is made up for.
    """
    idag = kalender.swedish(at).date()
    with behorighet.databaskontext(alla=True):
        kallsystem = ombud.begun(fran=idag - timedelta(days=7), till=idag)
        ids = posterat.waiting_for([f"OMBUD:{namn}"[:80] for namn in kallsystem])
        arenden.enqueue(ids, at=at)
    return len(ids)


# --- The same steps, without writing -----------------------------------------------------------


def verdicts(
    rader: Sequence[tuple[Innehall, tuple[str, str], tuple[int, ...]]], at: datetime
) -> list[dict[str, Any]]:
    """Return what these contacts would earn if they were registered now. Writes nothing.

    Each is given with its natural key and how many there are of its products. A yearly ceiling is
    judged with the contacts that are already decided and with each other, in a number of statements
    that does not grow with them.
    """
    bild = snapshot(at)
    nya = [
        Registrerad(
            kontakt_id=-nr,  # no registered contact has such a number
            version=1,
            nyckel=nyckel,
            innehall=innehall,
            makulerad=False,
            vardgivare_id=None,
            enhet_id=None,
            dagar=kontakter.fallback_days(innehall.dag, innehall.slutdag, ()),
            produktantal=produktantal,
        )
        for nr, (innehall, nyckel, produktantal) in enumerate(rader, start=1)
    ]
    reg = {rad.kontakt_id: rad for rad in reservnummer.resolve(nya)}
    beslutade = [judge(rad, bild) for rad in reg.values()]
    grupper = _groups(beslutade, bild)
    if grupper:
        ersatta = {rad.nyckel for rad in reg.values()}
        andra = {
            rad.kontakt_id: rad
            for rad in _read(posterat.under_ceiling(grupper))
            if rad.nyckel not in ersatta
        }
        beslutade += [judge(rad, bild) for rad in andra.values()]
        beslutade = cap_years(beslutade, andra | reg, bild.priser)
    per_id = {b.kontakt_id: b for b in beslutade}
    return [as_document(per_id[rad.kontakt_id]) for rad in nya]


def as_document(b: Beslutat) -> dict[str, Any]:
    """Return a decision as JSON; amounts in kronor as text."""
    return {
        "utfall": b.utfall,
        "orsak": b.orsak,
        "vantar_pa": b.vantar_pa,
        "rader": rows_as_document(b.rader),
        "summa": str(b.summa),
        "regelpaket": list(b.regelpaket),
        "prislistor": list(b.prislistor),
    }


def explain(
    kontakt_id: int, version: int, paket: Sequence[str], *, texter: Any = None
) -> klassning.Forklaring | None:
    """Return each condition of each candidate rule for a decided version, by the pack it used.

    None when the decision used no rules: the contact was cancelled or waited for its place.
    """
    bild = snapshot()
    rapporterad = kontakter.version(kontakt_id, version)
    anvant = bild.paket.named(paket[0]) if paket else None
    if rapporterad is None or anvant is None:
        return None
    (reg,) = reservnummer.resolve([rapporterad])
    plats = place(reg, bild)
    if isinstance(plats, Avvikelse):
        return None
    return klassning.trace(as_kontakt(reg, plats), anvant.kompilerat, texter=texter)


def missing_facts(innehall: Innehall, nyckel: tuple[str, str]) -> tuple[str, ...]:
    """Return in words which facts a contact that is not registered yet lacks for the rules."""
    bild = snapshot()
    plats = bild.register.place(innehall.enhet, innehall.dag, ers_uppdrag=innehall.ers_uppdrag)
    if isinstance(plats, Avvikelse):
        return ()
    paket = bild.paket.valid(plats.avtalsomrade, innehall.dag)
    if paket is None:
        return ()
    person = reservnummer.resolved(innehall)
    kontakt = Kontakt(kontakt_id=0, version=1, nyckel=nyckel, innehall=person, placering=plats)
    return klassning.trace(kontakt, paket.kompilerat).tips


class Omprissattning(msgspec.Struct, frozen=True, kw_only=True):
    """What a re-pricing changed, or would change: contacts, posts and kronor."""

    granskade: int = 0
    andrade: int = 0
    poster: int = 0
    skillnad: Decimal = Decimal("0.00")


def reprice(
    fr_o_m: date, till: date, *, at: datetime, dry_run: bool, size: int = CHUNK
) -> Omprissattning:
    """Decide every contact and deltagande with a day in [fr_o_m, till) again, a chunk at a time."""
    total = Omprissattning()
    efter = 0
    while True:
        with behorighet.databaskontext(alla=True):
            ids = kontakter.ids_between(fr_o_m, till, after=efter, size=size)
            if not ids:
                break
            forandringar = decide(ids, at=at, write=not dry_run)
        efter = ids[-1]
        poster = [post for f in forandringar for post in f.poster]
        total = Omprissattning(
            granskade=total.granskade + len(ids),
            andrade=total.andrade + sum(1 for f in forandringar if f.poster),
            poster=total.poster + len(poster),
            skillnad=total.skillnad + sum((p.rad.belopp for p in poster), Decimal("0.00")),
        )
    antal, delar = delkedja.reprice(
        fr_o_m, till, see=parts_basis, at=at, write=not dry_run, size=size
    )
    poster = [post for f in delar for post in f.forandring.poster]
    return Omprissattning(
        granskade=total.granskade + antal,
        andrade=total.andrade + sum(1 for f in delar if f.forandring.poster),
        poster=total.poster + len(poster),
        skillnad=total.skillnad + sum((p.rad.belopp for p in poster), Decimal("0.00")),
    )
