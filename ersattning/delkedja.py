"""The chain of deltaganden: the same steps as for contacts, over what a participation knows.

    part ─▶ tie ─▶ place ─▶ classify (ERSMO) ─▶ price (HEJ) ─▶ record ─▶ post

A deltagande is paid by its own party's contract, by the rules of that area's pack that are about
participation, and only while it is tied to its contact. It never becomes a vårdkontakt.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from django.db import InterfaceError, OperationalError, ProgrammingError

from ersattning.ersmo.core import klassning
from ersattning.ersmo.queries.regelpaket import Paketbild, Publicerat
from ersattning.hej.actions import delbeslut
from ersattning.hej.actions.delbeslut import Delbeslutad, Delforandring
from ersattning.hej.core import beslut as utfall
from ersattning.hej.core import orsaker
from ersattning.hej.core.beslut import Beslutat
from ersattning.hej.core.prissattning import price
from ersattning.hej.queries import delposterat
from ersattning.hej.queries.prislistor import Prisbild
from ersattning.vardfaktura.queries import kalender
from gvr.actions import delarenden
from gvr.actions.omforsok import DODLAGE, try_again
from gvr.core.avvikelse import Allvar, Avvikelse
from gvr.core.period import Manad
from gvr.core.register import Register
from gvr.core.samverkan import Kopplad, Koppling
from gvr.core.vardkontakt import Innehall, Kontakt, Placering
from gvr.queries import behorighet, kontakter, reservnummer, samverkan
from gvr.queries.kontakter import Registrerad
from gvr.queries.samverkan import Delrad, Tillfalle

logger = logging.getLogger(__name__)

CHUNK: Final = 200


class Underlag(msgspec.Struct, frozen=True):
    """What a decision needs to know of master data, as it was known at one moment."""

    register: Register
    paket: Paketbild
    priser: Prisbild


def judge(
    rad: Delrad, dom: Kopplad | None, huvud: Registrerad | None, underlag: Underlag
) -> Beslutat:
    """Decide one deltagande. `dom` is None when it is cancelled, `huvud` the contact it is tied to.

    1. A cancelled one earns nothing.
    2. Place it by its own unit: its contract pays. It must still be its provider's.
    3. It earns while it is tied; until the contact is there it waits.
    4. Classify it by the rules about participation of the contract area's pack.
    5. Price the products by the contract's and the area's lists, or wait for the missing price.
    """
    plats = underlag.register.place(rad.kombika, rad.pekar.dag)
    if dom is None:
        return _outcome(rad, utfall.MAKULERAD, plats=plats)
    if isinstance(plats, Avvikelse):
        if plats.allvar is Allvar.STOPP:
            return _outcome(rad, utfall.INGEN_ERSATTNING, plats=plats, orsak=plats.kod)
        return _outcome(
            rad,
            utfall.VANTAR,
            plats=plats,
            orsak=plats.kod,
            vantar_pa=plats.vantar_pa or plats.kod,
        )
    if plats.vardgivare_id != rad.vardgivare_id:
        return _outcome(rad, utfall.FEL, plats=plats, orsak="DELTAGANDE_ANNAN_VARDGIVARE")
    if dom.koppling is Koppling.FEL:
        return _outcome(rad, utfall.FEL, plats=plats, orsak="DELTAGANDE_FEL")
    if dom.koppling is not Koppling.KOPPLAD or huvud is None:
        return _outcome(
            rad,
            utfall.VANTAR,
            plats=plats,
            orsak="VANTAR_PA_HUVUDKONTAKT",
            vantar_pa="HUVUDKONTAKT",
        )
    return _paid(rad, huvud, plats, underlag)


def _paid(rad: Delrad, huvud: Registrerad, plats: Placering, underlag: Underlag) -> Beslutat:
    omrade, dag = plats.avtalsomrade, rad.pekar.dag
    paket = underlag.paket.valid(omrade, dag)
    if paket is None:
        return _outcome(
            rad,
            utfall.VANTAR,
            plats=plats,
            orsak="REGELPAKET_SAKNAS",
            vantar_pa=f"REGELPAKET:{omrade}",
        )
    kompilerat = paket.delar.get(rad.roll)
    if kompilerat is None:
        return _outcome(
            rad, utfall.INGEN_ERSATTNING, plats=plats, orsak="DELTAGANDE_UTAN_REGEL", paket=paket
        )
    if underlag.priser.has_ceiling(omrade):
        return _outcome(
            rad, utfall.INGEN_ERSATTNING, plats=plats, orsak="DELTAGANDE_UNDER_TAK", paket=paket
        )
    klassad = klassning.classify(as_kontakt(rad, huvud.innehall, plats), kompilerat)
    if not klassad.rader:
        orsak = klassad.orsak or "INGEN_REGEL"
        if orsak == "INGEN_REGEL":
            orsak = "DELTAGANDE_UTAN_REGEL"
        slag = utfall.FEL if orsaker.must_be_corrected(orsak) else utfall.INGEN_ERSATTNING
        return _outcome(rad, slag, plats=plats, orsak=orsak, paket=paket)
    listor = underlag.priser.valid(omrade, plats.avtal_id, dag)
    satt = price(klassad, day=dag, prislistor=[lista.lista for lista in listor])
    if satt.saknas:
        return _outcome(
            rad,
            utfall.VANTAR,
            plats=plats,
            orsak="PRIS_SAKNAS",
            vantar_pa=f"PRIS:{satt.saknas[0]}",
            paket=paket,
        )
    anvanda = {prisrad.prislista_id for prisrad in satt.rader}
    return _outcome(
        rad,
        utfall.ERSATTS,
        plats=plats,
        paket=paket,
        rader=satt.rader,
        prislistor=tuple(lista.beteckning for lista in listor if lista.lista.id in anvanda),
    )


def as_kontakt(rad: Delrad, huvud: Innehall, plats: Placering) -> Kontakt:
    """Return the participation as rules see it.

    Unit, professions and procedures are the part's own; besökstyp, form and patient are those of
    the contact it is tied to. Nothing else is known of it, and no rule may ask for anything else.
    """
    return Kontakt(
        kontakt_id=0,
        version=rad.version,
        nyckel=rad.pekar.nyckel,
        innehall=Innehall(
            enhet=rad.kombika,
            patient_id=huvud.patient_id,
            dag=rad.pekar.dag,
            tid=rad.pekar.tid,
            form=huvud.form,
            btyp=huvud.btyp,
            yrkeskategorier=rad.yrkeskategorier,
            atgarder=rad.atgarder,
            lkf=huvud.lkf,
            basomrade=huvud.basomrade,
            fodd=huvud.fodd,
            kon=huvud.kon,
        ),
        placering=plats,
    )


def _outcome(
    rad: Delrad,
    slag: str,
    *,
    plats: Placering | Avvikelse,
    orsak: str = "",
    vantar_pa: str = "",
    paket: Publicerat | None = None,
    rader: tuple[Any, ...] = (),
    prislistor: tuple[str, ...] = (),
) -> Beslutat:
    return Beslutat(
        kontakt_id=0,
        version=rad.version,
        dag=rad.pekar.dag,
        utfall=slag,
        orsak=orsak,
        vantar_pa=vantar_pa[:80],
        rader=rader,
        placering=plats if isinstance(plats, Placering) else None,
        vardgivare_id=rad.vardgivare_id,
        enhet_id=rad.enhet_id,
        regelpaket=(paket.beteckning,) if paket is not None else (),
        prislistor=prislistor,
    )


# --- Decide and write --------------------------------------------------------------------------


def decide(
    uuids: Sequence[UUID],
    *,
    see: Callable[[], Underlag],
    at: datetime,
    manad: Manad,
    write: bool = True,
) -> list[Delforandring]:
    """Decide these deltaganden, and post what differs from before. Must run in a transaction.

    1. Hold them, and only then read: the parts, how each stands, the contacts, master data.
    2. Judge each.
    3. Record what is new, and ask for the others of their occasions when a part itself is new –
       or, with `write=False`, only say what it would be.
    """
    delbeslut.hold(uuids)
    underlag = see()
    delar = samverkan.parts_where("d.uuid = any(%s::uuid[])", [list(uuids)])
    bilder = samverkan.occasions([rad.pekar.nyckel for rad in delar if not rad.makulerad])
    huvudkontakter = _main_contacts(bilder.values())
    beslutade = []
    for rad in delar:
        bild = bilder.get(rad.pekar.nyckel)
        huvud = huvudkontakter.get(_main_id(bild) or 0)
        beslutade.append(
            Delbeslutad(
                uuid=rad.uuid,
                kallsystem=rad.pekar.nyckel[0],
                huvudkontakt_id=_main_id(bild),
                beslutat=judge(
                    rad,
                    None if bild is None else bild.tie_of(rad.pekar.nyckel),
                    huvud if _placed(bild) else None,
                    underlag,
                ),
            )
        )
    if not write:
        return delbeslut.compare(beslutade)
    forandringar = delbeslut.record(
        beslutade,
        stamdataversion=underlag.register.version,
        at=at,
        bokforingsmanad=manad.first,
    )
    nya = [
        f.del_.uuid
        for f in forandringar
        if (fore := f.forandring.tidigare) is None or fore.version != f.del_.beslutat.version
    ]
    if nya:
        delarenden.offer_neighbours(nya, at=at)
    return forandringar


def _main_id(bild: Tillfalle | None) -> int | None:
    return None if bild is None or bild.huvud is None else bild.huvud.id


def _placed(bild: Tillfalle | None) -> bool:
    """Say whether it is known under which contract the main contact was reported.

    Until then nobody knows whether the part is under another one, as it must be.
    """
    return bild is not None and bild.huvud is not None and bild.huvud.huvud.avtal_id is not None


def _main_contacts(bilder: Any) -> Mapping[int, Registrerad]:
    ids = sorted({pk for bild in bilder if (pk := _main_id(bild)) is not None})
    return {rad.kontakt_id: rad for rad in reservnummer.resolve(kontakter.newest(ids))}


def decide_next(*, see: Callable[[], Underlag], at: datetime, size: int = CHUNK) -> int:
    """Decide the next deltaganden that wait, and return how many it was.

    Those that cannot be decided together are decided one at a time, so that one that makes a rule
    fail is parked with its reason and the others go on.
    """
    try:
        return try_again(lambda: _next(see, at, size), vid=DODLAGE)
    except (OperationalError, InterfaceError, ProgrammingError):
        raise
    except Exception:
        logger.exception("delkedja.chunk_misslyckades")
        return _one_by_one(see, at, size)


def _next(see: Callable[[], Underlag], at: datetime, size: int) -> int:
    with behorighet.databaskontext(alla=True):
        arbeten = delarenden.claim(size=size)
        per_manad: defaultdict[Manad, list[UUID]] = defaultdict(list)
        for arbete in arbeten:
            per_manad[kalender.booking_month(min(arbete.skapad, at))].append(arbete.uuid)
        delarenden.finish(arbeten)
        for manad, uuids in sorted(per_manad.items()):
            decide(uuids, see=see, at=at, manad=manad)
        return len(arbeten)


def _one_by_one(see: Callable[[], Underlag], at: datetime, size: int) -> int:
    with behorighet.databaskontext(alla=True):
        arbeten = delarenden.claim(size=size)
    for arbete in arbeten:
        try:
            with behorighet.databaskontext(alla=True):
                delarenden.finish([arbete])
                manad = kalender.booking_month(min(arbete.skapad, at))
                decide([arbete.uuid], see=see, at=at, manad=manad)
        except (OperationalError, InterfaceError, ProgrammingError):
            raise
        except Exception as fault:
            logger.exception("delkedja.deltagande_misslyckades")
            with behorighet.databaskontext(alla=True):
                delarenden.give_back(arbete.uuid, fel=f"{type(fault).__name__}: {fault}")
    return len(arbeten)


def reprice(
    fr_o_m: date, till: date, *, see: Callable[[], Underlag], at: datetime, write: bool, size: int
) -> tuple[int, list[Delforandring]]:
    """Decide every deltagande with a day in [fr_o_m, till) again; return how many, and changes."""
    antal, efter = 0, None
    forandringar: list[Delforandring] = []
    while True:
        with behorighet.databaskontext(alla=True):
            uuids = delposterat.between(fr_o_m, till, after=efter, size=size)
            if not uuids:
                return antal, forandringar
            forandringar += decide(
                uuids, see=see, at=at, manad=kalender.booking_month(at), write=write
            )
        antal, efter = antal + len(uuids), uuids[-1]
