"""Blankett: the form in which a person registers a contact, as text, just as it was typed.

Nothing that is typed is lost: what cannot be read stays in the form beside what is said about it.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, time
from typing import Any, Final

import msgspec

from gvr.core.avvikelse import Allvar, Avvikelse
from gvr.core.fritext import contains_identity
from gvr.core.vardkontakt import Form, Innehall

LANGST: Final = 64
FLEST: Final = 30  # codes of one list that a form takes; nobody types more

#: Lists of codes that are looked up, with the code list each comes from.
UPPSLAGNA: Final[Mapping[str, str]] = {"diagnoser": "DIAGNOS", "atgarder": "OPKOD"}

#: What the fields are called, in the order of the form.
RUBRIKER: Final[Mapping[str, str]] = {
    "enhet": "Enhet",
    "dag": "Dag",
    "tid": "Klockslag",
    "form": "Vårdform",
    "btyp": "Besökstyp",
    "yrkeskategorier": "Yrkeskategori",
    "taxa": "Taxa",
    "akut": "Akut",
    "diagnoser": "Diagnoser",
    "atgarder": "Åtgärder (KVÅ)",
    "tillstand": "Tillstånd",
    "fodd": "Födelsedag",
    "lkf": "Län, kommun och församling",
    "basomrade": "Basområde",
    "remiss_fore": "Remitterande enhet",
    "ers_uppdrag": "Ersättningsuppdrag",
    "lma_nummer": "LMA-nummer",
    "orsak": "Skäl till rättelsen",
}
#: The fields that a finding about something else is told at: its pointer, and where it is shown.
_VISAS_VID: Final = {"slutdag": "dag", "vktyp": "btyp", "ersUppdrag": "ers_uppdrag"}


class Blankett(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that stands in the form. `handelse` and `vantad` are the form's own marks.

    `vantad` is the version that a correction replaces, empty for a new contact. `sok` holds what
    is typed in the search field of each list.
    """

    handelse: str = ""
    vantad: str = ""
    enhet: str = ""
    dag: str = ""
    tid: str = ""
    form: str = Form.OPPENVARD.value
    btyp: str = ""
    taxa: str = ""
    akut: str = ""
    fodd: str = ""
    lkf: str = ""
    basomrade: str = ""
    remiss_fore: str = ""
    ers_uppdrag: str = ""
    lma_nummer: str = ""
    orsak: str = ""
    yrkeskategorier: tuple[str, ...] = ()
    diagnoser: tuple[str, ...] = ()
    atgarder: tuple[str, ...] = ()
    tillstand: tuple[str, ...] = ()
    sok: Mapping[str, str] = {}

    @property
    def day(self) -> date | None:
        """The day of care, when it can be read."""
        return read_day(self.dag)


_LISTOR: Final = ("yrkeskategorier", "diagnoser", "atgarder", "tillstand")
_ENKLA: Final = tuple(
    falt for falt in Blankett.__struct_fields__ if falt not in {*_LISTOR, "sok", "orsak"}
)


def read(getlist: Callable[[str], Sequence[str]]) -> Blankett:
    """Read a form as it was sent; `getlist` gives every value of a name."""

    def one(namn: str, longest: int = LANGST) -> str:
        return next(iter(getlist(namn)), "").strip()[:longest]

    falt: dict[str, Any] = {namn: one(namn) for namn in _ENKLA}
    falt |= {
        namn: tuple(kod[:LANGST] for text in getlist(namn) if (kod := text.strip()))[:FLEST]
        for namn in _LISTOR
    }
    return Blankett(
        orsak=one("orsak", 500), sok={lista: one(f"sok_{lista}") for lista in UPPSLAGNA}, **falt
    )


def of_content(innehall: Innehall, *, handelse: str, vantad: int | None = None) -> Blankett:
    """Return the form filled in with what a contact holds."""
    return Blankett(
        handelse=handelse,
        vantad="" if vantad is None else str(vantad),
        enhet=innehall.enhet,
        dag=innehall.dag.isoformat(),
        tid=f"{innehall.tid:%H.%M}" if innehall.tid else "",
        form=innehall.form.value,
        btyp=innehall.btyp or "",
        taxa=innehall.taxa or "",
        akut=innehall.akut or "",
        fodd=innehall.fodd.isoformat() if innehall.fodd else "",
        lkf=innehall.lkf or "",
        basomrade=innehall.basomrade or "",
        remiss_fore=innehall.remiss_fore or "",
        ers_uppdrag=innehall.ers_uppdrag or "",
        lma_nummer=innehall.lma_nummer or "",
        yrkeskategorier=innehall.yrkeskategorier,
        diagnoser=innehall.diagnoser,
        atgarder=innehall.atgarder,
        tillstand=innehall.tillstand,
    )


def copy_of(innehall: Innehall, *, handelse: str, day: date) -> Blankett:
    """Return a new form with what an earlier contact held, on another day.

    The time of day, the referral and who belonged to what are that visit's own and not copied.
    """
    return msgspec.structs.replace(
        of_content(innehall, handelse=handelse), dag=day.isoformat(), tid="", remiss_fore=""
    )


# What the buttons do ----------------------------------------------------------------------------


def press(blankett: Blankett, knapp: str) -> Blankett:
    """Return the form after a button that adds, takes away or moves a code; else as it was."""
    vad, _, rest = knapp.partition(":")
    lista, _, kod = rest.partition(":")
    if lista not in UPPSLAGNA or not kod:
        return blankett
    koder: tuple[str, ...] = getattr(blankett, lista)
    sok = blankett.sok
    if vad == "lagg" and kod not in koder:
        koder, sok = (*koder, kod[:LANGST]), {**sok, lista: ""}
    elif vad == "bort":
        koder = tuple(k for k in koder if k != kod)
    elif vad == "forst" and kod in koder:
        koder = (kod, *(k for k in koder if k != kod))
    return msgspec.structs.replace(blankett, sok=sok, **{lista: koder})


def take_exact(blankett: Blankett, giltiga: Callable[[str, str], bool]) -> Blankett:
    """Add what is typed in a search field when it is a valid code to the letter.

    `giltiga` says whether a code of a code list may be used on the form's day.
    """
    for lista, kodverk in UPPSLAGNA.items():
        kod = as_code(blankett.sok.get(lista, ""))
        if kod and giltiga(kodverk, kod):
            blankett = press(blankett, f"lagg:{lista}:{kod}")
            blankett = msgspec.structs.replace(blankett, sok={**blankett.sok, lista: ""})
    return blankett


def as_code(text: str) -> str:
    """Return what is typed as a code is written: upper case, without dots and spaces."""
    return text.replace(".", "").replace(" ", "").upper()


# From form to contact ---------------------------------------------------------------------------


class Fel(msgspec.Struct, frozen=True, kw_only=True):
    """Something to mend: at which field, what it is, and what to do. `saknas`: nothing is there."""

    falt: str
    text: str
    atgard: str = ""
    kod: str = ""
    stopp: bool = True
    saknas: bool = False


def as_content(
    blankett: Blankett, grund: Innehall, *, enheter: Iterable[str]
) -> tuple[Innehall, tuple[Fel, ...]]:
    """Return the contact that the form describes, on top of `grund`, and what cannot be read.

    `grund` holds the patient, a day to judge codes on while the form's own cannot be read, and for
    a correction also what the form does not show. `enheter` are the provider's own.
    """
    fel: list[Fel] = []
    dag = read_day(blankett.dag)
    if dag is None:
        fel.append(
            Fel(
                falt="dag",
                text="Dagen går inte att läsa." if blankett.dag else "Dagen saknas.",
                atgard="Skriv år, månad och dag, till exempel 2026-11-23.",
                saknas=not blankett.dag,
            )
        )
    tid = read_time(blankett.tid)
    if blankett.tid and tid is None:
        fel.append(
            Fel(
                falt="tid",
                text="Klockslaget går inte att läsa.",
                atgard="Skriv timme och minut, till exempel 9.30, eller lämna fältet tomt.",
            )
        )
    fodd = read_day(blankett.fodd)
    if blankett.fodd and fodd is None:
        fel.append(
            Fel(
                falt="fodd",
                text="Födelsedagen går inte att läsa.",
                atgard="Skriv år, månad och dag, eller lämna fältet tomt om den är okänd.",
            )
        )
    if blankett.enhet not in set(enheter):
        fel.append(
            Fel(
                falt="enhet",
                text="Enheten är inte vald.",
                atgard="Välj den enhet där vården gavs.",
                saknas=not blankett.enhet,
            )
        )
    if blankett.form not in _FORMER:
        fel.append(Fel(falt="form", text="Välj öppenvård eller hemsjukvård."))
    return (
        msgspec.structs.replace(
            grund,
            enhet=blankett.enhet,
            dag=dag or grund.dag,
            slutdag=None,
            tid=tid,
            form=Form(blankett.form) if blankett.form in _FORMER else Form.OPPENVARD,
            btyp=blankett.btyp or None,
            taxa=blankett.taxa or None,
            akut=blankett.akut or None,
            fodd=fodd or grund.fodd,
            yrkeskategorier=blankett.yrkeskategorier,
            diagnoser=blankett.diagnoser,
            atgarder=blankett.atgarder,
            tillstand=blankett.tillstand,
            lkf=blankett.lkf or None,
            basomrade=blankett.basomrade or None,
            remiss_fore=blankett.remiss_fore or None,
            ers_uppdrag=blankett.ers_uppdrag or None,
            lma_nummer=blankett.lma_nummer or None,
        ),
        tuple(fel),
    )


#: In-patient episodes are not registered by hand.
_FORMER: Final = frozenset({Form.OPPENVARD.value, Form.HEMSJUKVARD.value})


def unfinished(blankett: Blankett) -> tuple[Fel, ...]:
    """Say which search fields hold something that was never added, before it is lost."""
    return tuple(
        Fel(
            falt=lista,
            text=f"Det du skrivit i sökfältet för {RUBRIKER[lista].lower()} är inte tillagt.",
            atgard="Lägg till en av träffarna, eller töm sökfältet.",
        )
        for lista in UPPSLAGNA
        if blankett.sok.get(lista)
    )


def judge_reason(orsak: str) -> tuple[Fel, ...]:
    """Return what is wrong with the reason of a correction or cancellation."""
    if not orsak:
        return (
            Fel(
                falt="orsak",
                text="Skälet saknas.",
                atgard="Skriv kort varför uppgifterna ändras.",
                saknas=True,
            ),
        )
    if contains_identity(orsak):
        return (
            Fel(
                falt="orsak",
                text="Skälet ser ut att innehålla ett personnummer.",
                atgard="Ta bort numret: skälet visas för fler än dem som får se patienten.",
            ),
        )
    return ()


def findings(avvikelser: Iterable[Avvikelse], blankett: Blankett) -> tuple[Fel, ...]:
    """Return what the checks say, each at its field of the form."""
    return tuple(_finding(rad, blankett) for rad in avvikelser)


def in_order(fel: Iterable[Fel]) -> tuple[Fel, ...]:
    """Return faults in the order of the form, one of each, what belongs to no field first.

    A field that cannot be read says so itself; what the checks then say of it is left out.
    """
    alla = list(dict.fromkeys(fel))
    olasliga = {rad.falt for rad in alla if not rad.kod and rad.falt in {"dag", "enhet", "fodd"}}
    kvar = [rad for rad in alla if not rad.kod or rad.falt not in olasliga]
    plats = {falt: nr for nr, falt in enumerate(RUBRIKER)}
    return tuple(sorted(kvar, key=lambda rad: plats.get(rad.falt, -1)))


def _finding(rad: Avvikelse, blankett: Blankett) -> Fel:
    falt = rad.pekare.lstrip("/").split("/", 1)[0]
    falt = _VISAS_VID.get(falt, falt)
    if falt not in RUBRIKER:
        falt = ""
    return Fel(
        falt=falt,
        text=rad.text,
        atgard=rad.atgard,
        kod=rad.kod,
        stopp=rad.allvar is Allvar.STOPP,
        saknas=bool(falt) and not getattr(blankett, falt),
    )


_DAG: Final = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})", re.ASCII)
_TID: Final = re.compile(r"(\d{1,2})[.:]?(\d{2})", re.ASCII)


def read_day(text: str) -> date | None:
    """Read 2026-11-23 or 20261123."""
    funnen = _DAG.fullmatch(text.strip())
    if funnen is None:
        return None
    try:
        return date(*(int(del_) for del_ in funnen.groups()))
    except ValueError:
        return None


def read_time(text: str) -> time | None:
    """Read 9.30, 09:30 or 0930."""
    funnen = _TID.fullmatch(text.strip())
    if funnen is None:
        return None
    try:
        return time(int(funnen[1]), int(funnen[2]))
    except ValueError:
        return None
