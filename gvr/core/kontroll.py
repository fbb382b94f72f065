"""The checks of the register: every finding about one contact, all at once, none by exception.

A finding either stops the contact (data that can never become right: an impossible day, a code that
was closed), or is a remark (someone should look, the money engine may still decide). What waits for
master data – an unknown unit – is found by `gvr.core.register`, not here.

Two channels. A journal system that reports by API can correct and send again at once, so what the
reporting rules demand is demanded of it. An ERSMOIndata file holds what was already collected, and
real files are looser than the rules: besökstyp, taxa, yrkeskategorier, diagnoser and discharge data
have all been absent in live deliveries, and the format itself makes them optional. A file event
without them is registered with a remark (LATTADE_I_FIL), because refusing it would hide care that
was given; whether it can be paid is for the rule packs to say.

Codes are judged on the day of care. For in-patient care a code also passes when it was valid on the
last day: discharge codes and diagnoser are set then, and the two days may lie on either side of a
new year's release.

The clean path is what a million contacts a day take, so `check` costs a few microseconds: one set
of valid codes per list and day, and the reasons are only worked out when something is wrong.
"""

import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any, Final, Literal

import msgspec

from gvr.core import kodverk
from gvr.core import kombinationer as _kombinationer  # noqa: F401  - its rules are among REGLER
from gvr.core.avvikelse import Allvar, Avvikelse
from gvr.core.granskning import INGA, REGLER, Fynd, Granskning, one, rule, showable
from gvr.core.kodverk import Kodlage, Kodregister
from gvr.core.period import Manad
from gvr.core.personnummer import Identitet, is_lma
from gvr.core.vardkontakt import Form, Innehall

__all__ = ["REGLER", "Kanal", "check", "is_enhet"]

Kanal = Literal["API", "FIL"]

#: Codes that stop a contact sent by API and are remarks on an event in a file.
LATTADE_I_FIL: Final = frozenset({"GVR040", "GVR042", "GVR043", "GVR044", "GVR045"})

TIDIGASTE_DAG: Final = date(1900, 1, 1)
HOGSTA_ALDER: Final = 120
FLEST_KODER: Final = 99  # OrdnNr of the file format is shown with two digits
LANGSTA_HANDELSE_ID: Final = 33  # ehid of ERSMOIndata 2.2
LANGSTA_LMA_NUMMER: Final = 25
SEN_EFTER_MANADER: Final = 12

_OPPENVARD: Final = Form.OPPENVARD
_SLUTENVARD: Final = Form.SLUTENVARD


def check(
    innehall: Innehall,
    *,
    koder: Kodregister,
    today: date,
    kanal: Kanal = "API",
    sen_efter_manader: int = SEN_EFTER_MANADER,
    detaljer: Mapping[str, Any] | None = None,
) -> Fynd:
    """Return every finding about a contact, in the order of the rules; empty when all is well.

    `today` is the local day on which the report arrived. `sen_efter_manader` is the number of whole
    months after which a report is remarked as late. `detaljer` are the days and references that
    the sender gave beside the codes, where it gave any. Neither texts nor values hold the patient's
    number, birthday or any id that is built from them.
    """
    granskning = Granskning(
        innehall,
        koder=koder,
        today=today,
        sen_fore=_months_before(today, sen_efter_manader),
        detaljer=detaljer,
    )
    found: list[Avvikelse] = []
    for regel in _GRANSKA:
        hits = regel(granskning)
        if hits:
            found += hits
    if found and kanal == "FIL":
        return tuple(map(_soften, found))
    return tuple(found)


def _soften(avvikelse: Avvikelse) -> Avvikelse:
    if avvikelse.kod not in LATTADE_I_FIL:
        return avvikelse
    return msgspec.structs.replace(avvikelse, allvar=Allvar.ANMARKNING)


@lru_cache(maxsize=64)
def _months_before(today: date, antal: int) -> date:
    """Return the same day of the month `antal` months earlier, or the month's last day."""
    manad = Manad.of(today)
    for _ in range(antal):
        manad = manad.previous
    return min(manad.last, manad.first.replace(day=min(today.day, manad.last.day)))


# The patient ---------------------------------------------------------------------------------


@rule(*(f"GVR{nummer:03d}" for nummer in range(1, 15) if nummer != 8))  # GVR008 needs no day
def patientens_nummer(g: Granskning) -> Fynd:
    """The patient's number is a personnummer, samordningsnummer or reservnummer of the region."""
    return (g.identitet,) if isinstance(g.identitet, Avvikelse) else INGA


@rule("GVR015")
def nummer_i_lagrad_form(g: Granskning) -> Fynd:
    """The patient's number is twelve digits in a row; other ways to write it end at the door."""
    if isinstance(g.identitet, Avvikelse) or g.identitet.nummer == g.innehall.patient_id:
        return INGA
    return one("GVR015", "/patient_id")


@rule("GVR016", "GVR017", "GVR018", "GVR019")
def fodelsedag_och_kon(g: Granskning) -> Fynd:
    """Birthday and sex agree with the number where both are given, and the age is possible."""
    identitet, fodd, kon = g.identitet, g.innehall.fodd, g.innehall.kon
    found = INGA
    if kon is not None and kon not in _KON:
        found += one("GVR018", "/kon")
    if isinstance(identitet, Identitet):
        if fodd is not None and identitet.fodd is not None and fodd != identitet.fodd:
            found += one("GVR016", "/fodd")
        if kon in _KON and kon != identitet.kon:
            found += one("GVR017", "/kon")
    if g.fodd is not None and g.innehall.dag.year - g.fodd.year > HOGSTA_ALDER:
        found += one("GVR019", "/patient_id")
    return found


# The unit ------------------------------------------------------------------------------------


@rule("GVR020")
def enhet(g: Granskning) -> Fynd:
    """The unit is written as a kombika or an HSA-id. Whether it exists the register says."""
    if is_enhet(g.innehall.enhet):
        return INGA
    return one("GVR020", "/enhet", varde=showable(g.innehall.enhet))


@rule("GVR021")
def remissens_enheter(g: Granskning) -> Fynd:
    """A unit that a referral came from or went to is written as a kombika or an HSA-id."""
    fore, efter = g.innehall.remiss_fore, g.innehall.remiss_efter
    found = INGA
    if fore is not None and not is_enhet(fore):
        found += one("GVR021", "/remiss_fore", varde=showable(fore))
    if efter is not None and not is_enhet(efter):
        found += one("GVR021", "/remiss_efter", varde=showable(efter))
    return found


@lru_cache(maxsize=50_000)
def is_enhet(text: str) -> bool:
    """Say whether the text is written as a kombika or as an HSA-id of the region."""
    return _ENHET.fullmatch(text) is not None


# The time ------------------------------------------------------------------------------------


@rule("GVR030", "GVR031", "GVR032")
def dagen(g: Granskning) -> Fynd:
    """The day of care is not before 1900, not before the patient's birth and not in the future."""
    dag = g.innehall.dag
    found = INGA
    if dag < TIDIGASTE_DAG:
        found += one("GVR030", "/dag", f"Vårdkontaktens dag är {dag}, före 1900.", varde=dag)
    if g.fodd is not None and dag < g.fodd:
        found += one("GVR031", "/dag", varde=dag)
    if dag > g.today:
        found += one(
            "GVR032",
            "/dag",
            f"Vårdkontaktens dag är {dag}, efter rapportdagen {g.today}.",
            varde=dag,
        )
    return found


@rule("GVR033")
def sen_rapportering(g: Granskning) -> Fynd:
    """A contact is reported within a year of its last day; an episode in progress is not late."""
    innehall = g.innehall
    dag = innehall.slutdag or innehall.dag
    if dag >= g.sen_fore or (innehall.form is _SLUTENVARD and innehall.slutdag is None):
        return INGA
    return one(
        "GVR033",
        "/dag",
        f"Vården gavs {dag} och rapporteras {g.today}, senare än gränsen {g.sen_fore}.",
        varde=dag,
    )


@rule("GVR034", "GVR035", "GVR036")
def slutdagen(g: Granskning) -> Fynd:
    """The last day is not before the first, not in the future, and in open care the same."""
    dag, slutdag = g.innehall.dag, g.innehall.slutdag
    if slutdag is None:
        return INGA
    found = INGA
    if slutdag < dag:
        found += one(
            "GVR034",
            "/slutdag",
            f"Slutdagen {slutdag} ligger före vårdkontaktens dag {dag}.",
            varde=slutdag,
        )
    elif slutdag > dag and g.innehall.form is not _SLUTENVARD:
        found += one(
            "GVR036",
            "/slutdag",
            f"Kontakten börjar {dag} och slutar {slutdag} utan att vara ett slutenvårdstillfälle.",
            varde=slutdag,
        )
    if slutdag > g.today:
        found += one(
            "GVR035",
            "/slutdag",
            f"Slutdagen är {slutdag}, efter rapportdagen {g.today}.",
            varde=slutdag,
        )
    return found


@rule("GVR037")
def klockslag(g: Granskning) -> Fynd:
    """The time of day is Swedish local time without a zone."""
    tid = g.innehall.tid
    if tid is None or tid.tzinfo is None:
        return INGA
    return one("GVR037", "/tid", varde=tid.isoformat())


# What a contact must hold --------------------------------------------------------------------


@rule("GVR040", "GVR041")
def besokstyp(g: Granskning) -> Fynd:
    """An open-care contact has exactly one of besökstyp and vårdkontakttyp, others at most one."""
    innehall = g.innehall
    if innehall.btyp is None:
        if innehall.vktyp is None and innehall.form is _OPPENVARD:
            return one("GVR040", "/btyp")
        return INGA
    return INGA if innehall.vktyp is None else one("GVR041", "/vktyp", varde=innehall.vktyp[:2])


@rule("GVR042")
def yrkeskategori(g: Granskning) -> Fynd:
    """A contact in open care or home care has at least one yrkeskategori."""
    if g.innehall.yrkeskategorier or g.innehall.form is _SLUTENVARD:
        return INGA
    return one("GVR042", "/yrkeskategorier")


@rule("GVR043")
def taxa(g: Granskning) -> Fynd:
    """An open-care contact has a taxa; no fee is assumed for one that has not."""
    if g.innehall.taxa is not None or g.innehall.form is not _OPPENVARD:
        return INGA
    return one("GVR043", "/taxa")


@rule("GVR044", "GVR045", "GVR046", "GVR047")
def slutenvard(g: Granskning) -> Fynd:
    """A finished in-patient episode says where the patient came from, went to, and why."""
    innehall = g.innehall
    if innehall.form is not _SLUTENVARD:
        return INGA
    if innehall.slutdag is None:
        return INGA if innehall.ukod is None else one("GVR046", "/slutdag")
    found = INGA
    if innehall.ikod is None:
        found += one("GVR044", "/ikod")
    if innehall.ukod is None:
        found += one("GVR045", "/ukod")
    if not innehall.diagnoser:
        found += one("GVR047", "/diagnoser")
    return found


@rule("GVR048")
def yttre_orsak(g: Granskning) -> Fynd:
    """An external cause (V01-Y98) is never the main diagnosis."""
    diagnoser = g.innehall.diagnoser
    if not diagnoser or not diagnoser[0].startswith(_YTTRE_ORSAK):
        return INGA
    return one("GVR048", "/diagnoser/0", varde=showable(diagnoser[0]))


@rule("GVR049")
def tillaggskoder(g: Granskning) -> Fynd:
    """A tilläggskod (Z) among the åtgärder stands beside a self-standing one (A-X)."""
    atgarder = g.innehall.atgarder
    if not atgarder or not atgarder[0].startswith("Z"):
        return INGA
    if not all(kod.startswith("Z") for kod in atgarder):
        return INGA
    return one("GVR049", "/atgarder")


@rule("GVR050")
def upprepade_koder(g: Granskning) -> Fynd:
    """No diagnos, åtgärd, läkemedel or tillstånd stands twice in its list.

    Two of a team may share yrkeskategori, a product may be delivered twice, and an in-patient
    episode repeats åtgärder from day to day: those say something and are left in peace.
    """
    innehall = g.innehall
    if (
        _all_differ(innehall.diagnoser)
        and _all_differ(innehall.atgarder)
        and _all_differ(innehall.lakemedel)
        and _all_differ(innehall.tillstand)
    ):
        return INGA
    found = INGA
    for falt in ("diagnoser", "atgarder", "lakemedel", "tillstand"):
        if falt == "atgarder" and innehall.form is _SLUTENVARD:
            continue
        koder: tuple[str, ...] = getattr(innehall, falt)
        for nummer, kod in enumerate(koder):
            if kod in koder[:nummer]:
                found += one(
                    "GVR050",
                    f"/{falt}/{nummer}",
                    f"Koden {kod} står mer än en gång." if showable(kod) else None,
                    varde=showable(kod),
                )
    return found


def _all_differ(koder: tuple[str, ...]) -> bool:
    return len(koder) < 2 or len(set(koder)) == len(koder)


@rule("GVR051")
def antal_koder(g: Granskning) -> Fynd:
    """No list holds more than 99 codes."""
    innehall = g.innehall
    if (
        len(innehall.diagnoser) + len(innehall.atgarder) + len(innehall.yrkeskategorier)
        + len(innehall.lakemedel) + len(innehall.tillstand) + len(innehall.produkter)
        <= FLEST_KODER
    ):  # fmt: skip
        return INGA
    found = INGA
    for kodfalt in _LISTOR:
        antal = len(getattr(innehall, kodfalt.falt))
        if antal > FLEST_KODER:
            found += one("GVR051", f"/{kodfalt.falt}", varde=str(antal))
    return found


# How a code is written, and whether it was valid ---------------------------------------------


class Kodfalt(msgspec.Struct, frozen=True):
    """A field that holds a code: its list, how a code is written, and its Swedish name."""

    falt: str
    kodverk: str
    formkod: str
    form: re.Pattern[str]
    benamning: str


@rule("GVR060", "GVR061", "GVR063", "GVR064", "GVR065", "GVR080", "GVR081", "GVR082", "GVR083")
def enskilda_koder(g: Granskning) -> Fynd:
    """Besökstyp, taxa, akut, in and out codes are written right and valid on the day of care."""
    innehall, giltiga = g.innehall, g.giltiga
    if (
        (innehall.btyp is None or innehall.btyp in giltiga[kodverk.BTYP])
        and (innehall.taxa is None or innehall.taxa in giltiga[kodverk.TAXA])
        and (innehall.akut is None or innehall.akut in giltiga[kodverk.AKUT])
        and (innehall.ikod is None or innehall.ikod in giltiga[kodverk.IKOD])
        and (innehall.ukod is None or innehall.ukod in giltiga[kodverk.UKOD])
        and (innehall.vktyp is None or innehall.vktyp in giltiga[kodverk.VKTYP])
        and (innehall.vplan is None or innehall.vplan in giltiga[kodverk.VPLAN])
    ):
        return INGA
    found = INGA
    for kodfalt in _ENSKILDA:
        kod = getattr(innehall, kodfalt.falt)
        if kod is not None and kod not in giltiga[kodfalt.kodverk]:
            found += _judge(g, kodfalt, kod, f"/{kodfalt.falt}")
    return found


@rule(
    "GVR062", "GVR066", "GVR067", "GVR068", "GVR069", "GVR070",
    "GVR080", "GVR081", "GVR082", "GVR083",
)  # fmt: skip
def kodlistor(g: Granskning) -> Fynd:
    """Every code of every list is written right and valid on the day of care."""
    innehall, giltiga = g.innehall, g.giltiga
    if (
        giltiga[kodverk.VDG].issuperset(innehall.yrkeskategorier)
        and giltiga[kodverk.DIAGNOS].issuperset(innehall.diagnoser)
        and giltiga[kodverk.OPKOD].issuperset(innehall.atgarder)
        and (not innehall.lakemedel or giltiga[kodverk.ATC].issuperset(innehall.lakemedel))
        and (not innehall.tillstand or giltiga[kodverk.TILLSTAND].issuperset(innehall.tillstand))
        and (not innehall.produkter or giltiga[kodverk.PRODUKT].issuperset(innehall.produkter))
    ):
        return INGA
    found = INGA
    for kodfalt in _LISTOR:
        koder: tuple[str, ...] = getattr(innehall, kodfalt.falt)
        for nummer, kod in enumerate(koder[:FLEST_KODER]):
            if kod not in giltiga[kodfalt.kodverk]:
                found += _judge(g, kodfalt, kod, f"/{kodfalt.falt}/{nummer}")
    return found


@rule("GVR071", "GVR072", "GVR080", "GVR081", "GVR082", "GVR083")
def folkbokforing(g: Granskning) -> Fynd:
    """LKF is six characters that begin with a county of the day, a basområde is seven digits."""
    lkf, basomrade = g.innehall.lkf, g.innehall.basomrade
    found = INGA
    if lkf is not None:
        if not (len(lkf) == 6 and lkf.isascii() and lkf.isalnum()):
            found += one("GVR071", "/lkf")
        elif lkf[:2] not in g.giltiga[kodverk.LAN]:
            found += _judge(g, _LAN, lkf[:2], "/lkf")
    if basomrade is not None and not (
        len(basomrade) == 7 and basomrade.isascii() and basomrade.isdigit()
    ):
        found += one("GVR072", "/basomrade")
    return found


def _judge(g: Granskning, kodfalt: Kodfalt, kod: str, pekare: str) -> Fynd:
    """Say what is wrong with a code that is not valid on the day: its form first, then when."""
    dag, slutdag = g.innehall.dag, g.innehall.slutdag
    varde = showable(kod)
    if not kodfalt.form.fullmatch(kod):
        return one(kodfalt.formkod, pekare, varde=varde)
    if kodfalt.kodverk not in g.koder.listor or dag < TIDIGASTE_DAG:
        return INGA
    if (
        g.innehall.form is _SLUTENVARD
        and slutdag is not None
        and g.koder.status(kodfalt.kodverk, kod, slutdag).lage is Kodlage.GILTIG
    ):
        return INGA
    status = g.koder.status(kodfalt.kodverk, kod, dag)
    name = f"{kodfalt.benamning} {kod}" if varde else kodfalt.benamning
    match status.lage:
        case Kodlage.STANGD:
            igen = f" Den gäller igen från och med {status.oppnar}." if status.oppnar else ""
            return one(
                "GVR080",
                pekare,
                f"{name} upphörde {status.stangd_efter} men vårdkontakten är från {dag}.{igen}",
                varde=varde,
            )
        case Kodlage.EJ_OPPEN:
            return one(
                "GVR081",
                pekare,
                f"{name} började gälla {status.oppnar} men vårdkontakten är från {dag}.",
                varde=varde,
            )
    if g.koder.is_complete(kodfalt.kodverk):
        return one(
            "GVR082", pekare, f"{name} finns inte i kodlistan {kodfalt.kodverk}.", varde=varde
        )
    return one(
        "GVR083",
        pekare,
        f"{name} finns inte i kodlistan {kodfalt.kodverk}, som inte är fullständig.",
        varde=varde,
    )


@rule("GVR073", "GVR074", "GVR075")
def fria_falt(g: Granskning) -> Fynd:
    """Ids and numbers that are no codes are neither empty, too long nor unprintable, and an
    LMA-nummer looks like one."""
    innehall = g.innehall
    if (
        innehall.ers_uppdrag is None
        and innehall.tillhor_vardkontakt is None
        and innehall.tillhor_vardansvar is None
        and innehall.lma_nummer is None
    ):
        return INGA
    found = INGA
    uppdrag = innehall.ers_uppdrag
    if uppdrag is not None and not (0 < len(uppdrag) <= 7 and uppdrag.isprintable()):
        found += one("GVR073", "/ers_uppdrag")
    for falt, text, longest in (
        ("tillhor_vardkontakt", innehall.tillhor_vardkontakt, LANGSTA_HANDELSE_ID),
        ("tillhor_vardansvar", innehall.tillhor_vardansvar, LANGSTA_HANDELSE_ID),
        ("lma_nummer", innehall.lma_nummer, LANGSTA_LMA_NUMMER),
    ):
        if text is not None and not (0 < len(text) <= longest and text.isprintable()):
            found += one("GVR074", f"/{falt}")  # never the value: it is built from the patient's
    if not found and innehall.lma_nummer is not None and not is_lma(innehall.lma_nummer):
        found += one("GVR075", "/lma_nummer")
    return found


# The tables of the rules above ---------------------------------------------------------------

_KON: Final = frozenset({"K", "M"})
_YTTRE_ORSAK: Final = ("V", "W", "X", "Y")
_ENHET: Final = re.compile(r"[0-9]{8}[A-Za-zÅÄÖåäö0-9]{1,3}|SE2321000016-[A-Za-zÅÄÖåäö0-9]{4}")

_ETT_TECKEN: Final = re.compile(r"[A-Za-z0-9]")
_ETT_ELLER_TVA: Final = re.compile(r"[A-Za-z0-9]{1,2}")
_HOGST_TIO: Final = re.compile(r"[A-Za-z0-9]{1,10}")

_ENSKILDA: Final = (
    Kodfalt("btyp", kodverk.BTYP, "GVR060", _ETT_ELLER_TVA, "Besökstypen"),
    Kodfalt("vktyp", kodverk.VKTYP, "GVR061", _ETT_ELLER_TVA, "Vårdkontakttypen"),
    Kodfalt("taxa", kodverk.TAXA, "GVR063", _ETT_ELLER_TVA, "Taxan"),
    Kodfalt("akut", kodverk.AKUT, "GVR064", re.compile(r"[JN12]"), "Akutmarkeringen"),
    Kodfalt("ikod", kodverk.IKOD, "GVR065", _ETT_TECKEN, "Inskrivningskoden"),
    Kodfalt("ukod", kodverk.UKOD, "GVR065", _ETT_TECKEN, "Utskrivningskoden"),
    Kodfalt("vplan", kodverk.VPLAN, "GVR065", _ETT_TECKEN, "Vårdplanskoden"),
)
_LISTOR: Final = (
    Kodfalt(
        "yrkeskategorier", kodverk.VDG, "GVR062", re.compile(r"[A-Za-z0-9]{2}"), "Yrkeskategorin"
    ),
    Kodfalt(
        # Three characters of a category, then what KSH97-P and later editions put after them.
        "diagnoser",
        kodverk.DIAGNOS,
        "GVR066",
        re.compile(r"[A-Z][0-9]{2}[0-9A-Z-]{0,7}"),
        "Diagnosen",
    ),
    Kodfalt(
        "atgarder", kodverk.OPKOD, "GVR067", re.compile(r"[A-Z]{2}[A-Z0-9][0-9]{2}"), "Åtgärden"
    ),
    Kodfalt(
        "lakemedel",
        kodverk.ATC,
        "GVR068",
        re.compile(r"[A-Z](?:[0-9]{2}(?:[A-Z](?:[A-Z](?:[0-9]{2})?)?)?)?"),
        "Läkemedelskoden",
    ),
    Kodfalt("tillstand", kodverk.TILLSTAND, "GVR069", _HOGST_TIO, "Tillståndet"),
    Kodfalt("produkter", kodverk.PRODUKT, "GVR070", _HOGST_TIO, "Produkten"),
)
_LAN: Final = Kodfalt("lkf", kodverk.LAN, "GVR071", re.compile(r"[A-Za-z0-9]{2}"), "Länskoden")
_GRANSKA: Final = tuple(regel.granska for regel in sorted(REGLER, key=lambda r: r.koder[0]))
