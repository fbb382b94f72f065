"""The words people read: outcomes, states, months and days. No code value is shown without them."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Final

import msgspec

from gvr.core.belopp import format_kr
from gvr.core.period import Manad

HARDA: Final = "\u00a0"

MANADER: Final = (
    "januari",
    "februari",
    "mars",
    "april",
    "maj",
    "juni",
    "juli",
    "augusti",
    "september",
    "oktober",
    "november",
    "december",
)
VECKODAGAR: Final = ("måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag")


class Statusord(msgspec.Struct, frozen=True, kw_only=True):
    """A state in words. `stil` names its colours, `tecken` its sign; the text always stands too."""

    kod: str
    text: str
    stil: str
    tecken: str
    betyder: str


_UTFALL: Final = (
    Statusord(
        kod="ERSATTS",
        text="Ger ersättning",
        stil="ok",
        tecken="✓",
        betyder="Vårdkontakten har fått minst en produktkod och ett pris.",
    ),
    Statusord(
        kod="INGEN_ERSATTNING",
        text="Ger ingen ersättning",
        stil="ingen",
        tecken="–",
        betyder="Vårdkontakten är rätt rapporterad, men avtalet ger ingen ersättning för den.",
    ),
    Statusord(
        kod="FEL",
        text="Behöver rättas",
        stil="fel",
        tecken="!",
        betyder="Något i rapporteringen måste ändras innan vårdkontakten kan ge ersättning.",
    ),
    Statusord(
        kod="VANTAR",
        text="Väntar",
        stil="vanta",
        tecken="…",
        betyder="Något saknas som kan komma senare. Kontakten prövas igen av sig själv.",
    ),
    Statusord(
        kod="MAKULERAD",
        text="Makulerad",
        stil="faktura",
        tecken="×",
        betyder="Vårdgivaren har tagit tillbaka vårdkontakten. Det som betalats har återförts.",
    ),
)

#: The outcome of a decision (ersattning.hej), and the state before there is one.
UTFALL: Final = {ord_.kod: ord_ for ord_ in _UTFALL}
UNDER_BEHANDLING: Final = Statusord(
    kod="",
    text="Registrerad",
    stil="ingen",
    tecken="○",
    betyder="Vårdkontakten finns i registret och prövas inom kort.",
)
AVVISAD: Final = Statusord(
    kod="AVVISAD",
    text="Avvisad",
    stil="fel",
    tecken="!",
    betyder="Vårdkontakten kom in men kunde inte registreras. Den måste rättas och skickas igen.",
)

_FAKTURA: Final = (
    Statusord(
        kod="FORSLAG",
        text="Förslag",
        stil="vanta",
        tecken="…",
        betyder="Fakturan är uträknad och väntar på att någon med attesträtt godkänner den.",
    ),
    Statusord(
        kod="GODKAND",
        text="Godkänd",
        stil="ok",
        tecken="✓",
        betyder="Fakturan är godkänd, har fått nummer och skickas som e-faktura till regionen.",
    ),
)
FAKTURASTATUS: Final = {ord_.kod: ord_ for ord_ in _FAKTURA}

#: Words of a contact's way that are no states of their own but are shown as such.
_OVRIGA: Final = (
    AVVISAD,
    UNDER_BEHANDLING,
    Statusord(
        kod="PA_FAKTURA",
        text="På faktura",
        stil="faktura",
        tecken="✓",
        betyder="Beloppet står på en rad i ett fakturaförslag eller en godkänd faktura.",
    ),
    Statusord(
        kod="KREDITERAD",
        text="Krediterad",
        stil="faktura",
        tecken="−",
        betyder="Ett belopp som fakturerats har tagits tillbaka på en senare faktura.",
    ),
)
ALLA_STATUSORD: Final = (*_UTFALL, *_FAKTURA, *_OVRIGA)

_GODKANT: Final = Statusord(
    kod="GODKANT", text="Godkänt", stil="ok", tecken="✓", betyder="Allt i anropet togs emot."
)
_DELVIS: Final = Statusord(
    kod="DELVIS",
    text="Delvis avvisat",
    stil="vanta",
    tecken="!",
    betyder="Anropet togs emot, men något i det kunde inte registreras.",
)
_NEKAT: Final = Statusord(
    kod="NEKAT",
    text="Nekat",
    stil="fel",
    tecken="!",
    betyder="Anropet nekades. Koden säger varför och vad avsändaren ändrar.",
)
_FEL_HOS_OSS: Final = Statusord(
    kod="FEL_HOS_OSS",
    text="Fel hos registret",
    stil="fel",
    tecken="×",
    betyder="Registret kunde inte svara. Avsändaren skickar samma anrop igen.",
)


def answer(status: int, avvisade: int) -> Statusord:
    """Return what a request came to: its HTTP status, and how much of it was refused."""
    if status >= 500:
        return _FEL_HOS_OSS
    if status >= 400:
        return _NEKAT
    return _DELVIS if avvisade else _GODKANT


POSTTYP: Final = {"GRUND": "Grundersättning", "TILLAGG": "Tillägg", "AVDRAG": "Avdrag"}

REGELTYP: Final = {"INGEN": "Ger ingen ersättning", **POSTTYP}

ALLVAR: Final = {
    "STOPP": "Registreras inte",
    "PARKERA": "Registreras och väntar",
    "ANMARKNING": "Registreras med anmärkning",
    "": "Anropet avvisas",
}

#: What the access log says was done, where it is written as a code.
HANDELSE: Final = {
    "REGISTRERA": "Registrerade vårdkontakter",
    "RATTA": "Rättade en vårdkontakt",
    "MAKULERA": "Makulerade en vårdkontakt",
    "LAS": "Läste vårdkontakter",
    "LAMNA_UT": "Lämnade ut händelser som fil",
    "UTFARDA_RESERVNUMMER": "Utfärdade ett reservnummer",
    "KOPPLA_RESERVNUMMER": "Kopplade ett reservnummer",
    "ATERKALLA_KOPPLING": "Återkallade en koppling",
}

AGARE: Final = {
    "VARDGIVARE": "Ni, i journalsystemet",
    "JOURNALSYSTEM": "Journalsystemets leverantör",
    "REGION": "Regionen",
}

NIVA: Final = {"K2": "Register", "K3": "Ersättning", "K4": "Faktura"}


def outcome(kod: str) -> Statusord:
    """Return the words of a decision's outcome. Raises KeyError for one that has none."""
    return UTFALL[kod] if kod else UNDER_BEHANDLING


def event(kod: str) -> str:
    """Return what was done, in words; a code that is not known is made readable."""
    if kod in HANDELSE:
        return HANDELSE[kod]
    return kod.replace("_", " ").capitalize() if kod.isupper() else kod


def owner(kod: str) -> str:
    """Return who acts, in words."""
    return AGARE.get(kod, "Regionen")


def month_name(manad: Manad) -> str:
    """Return "november 2026"."""
    return f"{MANADER[manad.manad - 1]}{HARDA}{manad.ar}"


def month_only(manad: Manad) -> str:
    """Return "november"."""
    return MANADER[manad.manad - 1]


def day_in_text(day: date) -> str:
    """Return "23 november 2026", with hard spaces."""
    return f"{day.day}{HARDA}{MANADER[day.month - 1]}{HARDA}{day.year}"


def day_short(day: date) -> str:
    """Return "måndag 30 november", with hard spaces."""
    return f"{VECKODAGAR[day.weekday()]}{HARDA}{day.day}{HARDA}{MANADER[day.month - 1]}"


def clock(tid: datetime | time) -> str:
    """Return "kl. 9.05"."""
    return f"kl.{HARDA}{tid.hour}.{tid.minute:02d}"


def quantity(antal: int) -> str:
    """Return "12 345" with hard spaces and U+2212 for minus."""
    sign = "\u2212" if antal < 0 else ""
    return f"{sign}{abs(antal):,}".replace(",", HARDA)


def amount(belopp: Decimal) -> str:
    """Return an amount without the unit, for table columns whose heading says kronor."""
    return format_kr(belopp).removesuffix(f"{HARDA}kr")


def share(del_: int, helhet: int) -> str:
    """Return a share in per cent with one decimal: "4,5 %". Nothing of nothing is a dash."""
    if not helhet:
        return "–"
    promille = (Decimal(1000 * del_) / helhet).quantize(Decimal(1), rounding="ROUND_HALF_UP")
    return f"{promille // 10},{promille % 10}{HARDA}%"


def product_key(pekare: str) -> str:
    """Return the field a JSON pointer points at, e.g. "diagnoser" of "/diagnoser/0"."""
    return pekare.lstrip("/").split("/", 1)[0]
