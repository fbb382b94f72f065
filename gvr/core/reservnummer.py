"""Reservnummer: the region's own number for a patient without any other, and its tie to one.

`99yyyyNNNNNC`: yyyy the year of issue, NNNNN a running number whose last digit is odd for a man and
even for a woman, C the check digit over positions 5-11 (Vårdgivarguiden, "Reservnummer"; Inera's
table of identity types). Where the sex is not known the digit says nothing: what is known of the
patient stands beside the number, never in it.

When the patient's personnummer is known the two are tied. Contacts stay as they were reported; the
tie is read when they are decided, so that it can be withdrawn again.
"""

from datetime import date
from enum import StrEnum
from itertools import islice
from typing import Final

import msgspec

from gvr.core import felkatalog
from gvr.core.avvikelse import Allvar, Avvikelse
from gvr.core.felkatalog import REGION, VARDGIVARE, Felpost
from gvr.core.fritext import contains_identity
from gvr.core.personnummer import Identitet, Identitetstyp, check_digit, is_lma, parse
from gvr.core.vardkontakt import Innehall

LOPNUMMER: Final = 100_000  # a year's running numbers are 00000-99999


class Skal(StrEnum):
    """Why a patient gets a reservnummer."""

    OKAND = "OKAND"
    NYFODD = "NYFODD"
    UTLANDSK = "UTLANDSK"
    UTVANDRAD = "UTVANDRAD"
    ASYLSOKANDE = "ASYLSOKANDE"
    UTAN_TILLSTAND = "UTAN_TILLSTAND"


#: The reasons in words. That care is reported on a reservnummer for these persons is said in
#: Vårdgivarguiden ("Reservnummer", "Turisthandboken", "Asylsökande"); the list's own codes are
#: ours, since the region's list of reservnummerorsaker is not public.
SKALTEXTER: Final = {
    Skal.OKAND: "Okänd identitet",
    Skal.NYFODD: "Nyfött barn utan personnummer",
    Skal.UTLANDSK: "Bosatt utomlands, utan svenskt personnummer",
    Skal.UTVANDRAD: "Utvandrad, avregistrerat personnummer",
    Skal.ASYLSOKANDE: "Asylsökande",
    Skal.UTAN_TILLSTAND: "Vistas i Sverige utan tillstånd",
}


def number(ar: int, lopnummer: int) -> str:
    """Return the reservnummer of a year and running number."""
    utan = f"99{ar:04d}{lopnummer:05d}"
    return utan + check_digit(utan[4:])


def fits(lopnummer: int, kon: str | None) -> bool:
    """Say whether a running number may be given to a patient of this sex."""
    return kon is None or (lopnummer % 2 == 1) == (kon == "M")


def is_reservnummer(text: str) -> bool:
    """Say whether the twelve digits are written as a reservnummer."""
    return len(text) == 12 and text.startswith("99")


class Uppgifter(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a patient who gets a reservnummer. `fodelsear` where only that is known.

    `lma_t_o_m` is the last day of an LMA card.
    """

    skal: Skal
    fodd: date | None = None
    fodelsear: int | None = None
    kon: str | None = None
    lma_nummer: str = ""
    lma_t_o_m: date | None = None


def judge(uppgifter: Uppgifter, *, today: date) -> tuple[Avvikelse, ...]:
    """Return everything that keeps a number from being issued."""
    fel: list[Avvikelse] = []
    fodd, ar = uppgifter.fodd, uppgifter.fodelsear
    tidigast = today.year - _HOGSTA_ALDER
    if fodd is not None and not (fodd <= today and fodd.year >= tidigast):
        fel.append(felkatalog.finding("RES001", pekare="/fodd"))
    if ar is not None and not tidigast <= ar <= today.year:
        fel.append(felkatalog.finding("RES001", pekare="/fodelsear"))
    if fodd is not None and ar is not None and fodd.year != ar:
        fel.append(felkatalog.finding("RES002", pekare="/fodelsear"))
    if uppgifter.kon not in (None, "K", "M"):
        fel.append(felkatalog.finding("GVR018", pekare="/kon"))
    if uppgifter.lma_nummer and not is_lma(uppgifter.lma_nummer):
        fel.append(felkatalog.finding("RES003", pekare="/lma_nummer"))
    return tuple(fel)


_HOGSTA_ALDER: Final = 120
# The tie ----------------------------------------------------------------------------------------


class Koppling(msgspec.Struct, frozen=True, kw_only=True):
    """A wish to tie a reservnummer to a personnummer, or (`aterkalla`) to withdraw the tie."""

    nummer: str
    personnummer: str = ""
    lkf: str | None = None
    aterkalla: bool = False
    skal: str = ""


def judge_tie(
    koppling: Koppling, *, gallande: str | None, kand: bool, today: date
) -> tuple[Koppling | None, tuple[Avvikelse, ...]]:
    """Return the tie with its numbers in twelve digits, and everything that is wrong with it.

    `gallande` is the number it is tied to now, `kand` whether the asker has to do with it. None
    with no fault: nothing changes.
    """
    fel: list[Avvikelse] = []
    reserv = parse(koppling.nummer, day=today, pekare="/reservnummer")
    if isinstance(reserv, Avvikelse):
        return None, (reserv,)
    if reserv.typ is not Identitetstyp.RESERVNUMMER:
        return None, (felkatalog.finding("RES004", pekare="/reservnummer"),)
    if not kand:
        return None, (felkatalog.finding("RES005", pekare="/reservnummer"),)
    if contains_identity(koppling.skal):
        fel.append(felkatalog.finding("RES009", pekare="/skal"))
    if koppling.aterkalla:
        if not koppling.skal.strip():
            fel.append(felkatalog.finding("RES008", pekare="/skal"))
        if gallande is None:
            fel.append(felkatalog.finding("RES007", pekare="/reservnummer"))
        ny = msgspec.structs.replace(koppling, nummer=reserv.nummer, personnummer="", lkf=None)
        return (None, tuple(fel)) if fel else (ny, ())
    person = parse(koppling.personnummer, day=today, pekare="/personnummer")
    if isinstance(person, Avvikelse):
        return None, (*fel, person)
    if person.typ is Identitetstyp.RESERVNUMMER:
        fel.append(felkatalog.finding("RES004", pekare="/personnummer"))
    elif gallande not in (None, person.nummer):
        fel.append(felkatalog.finding("RES006", pekare="/reservnummer"))
    if koppling.lkf is not None and not (
        len(koppling.lkf) == 6 and koppling.lkf.isascii() and koppling.lkf.isalnum()
    ):
        fel.append(felkatalog.finding("GVR071", pekare="/lkf"))
    if fel:
        return None, tuple(fel)
    return msgspec.structs.replace(koppling, nummer=reserv.nummer, personnummer=person.nummer), ()


class Kand(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the patient behind a reservnummer, beyond what a contact says.

    `utfardat` is whether the number was issued here; then `kon` and `fodd` are as they were told,
    and None is unknown. `personnummer` is empty while there is no tie.
    """

    utfardat: bool = False
    kon: str | None = None
    fodd: date | None = None
    personnummer: str = ""
    lkf: str | None = None


def as_known(innehall: Innehall, kand: Kand) -> Innehall:
    """Return the contact as it is decided: about the person, as far as the person is known.

    Tied: the personnummer, with its birthday and sex, and the county if the tie says one. Issued
    here and not tied: sex and birthday as they were told when it was issued; the digit of a number
    that was given to somebody of unknown sex says nothing.
    """
    if kand.personnummer:
        person = parse(kand.personnummer)
        if isinstance(person, Identitet):
            return msgspec.structs.replace(
                innehall,
                patient_id=person.nummer,
                fodd=person.fodd,
                kon=person.kon,
                lkf=kand.lkf or innehall.lkf,
                basomrade=None if kand.lkf else innehall.basomrade,
            )
    if kand.utfardat:
        return msgspec.structs.replace(innehall, kon=kand.kon, fodd=innehall.fodd or kand.fodd)
    return innehall


def candidates(kon: str | None, *, efter: int, antal: int) -> tuple[int, ...]:
    """Return the next running numbers after `efter` that fit the sex, at most `antal`."""
    return tuple(islice((n for n in range(efter + 1, LOPNUMMER) if fits(n, kon)), antal))


# The codes --------------------------------------------------------------------------------------

_RES: Final = (
    "https://vardgivarguiden.se/administration/patientadministration/patientnara-rutiner/"
    "reservnummer/"
)
_ASYL: Final = (
    "https://vardgivarguiden.se/administration/patientadministration/patientavgifter/"
    "asyl_utan_tillstand/asylsokande/artiklar/fakturering-ersattning-och-reservnummer/"
)


def _stop(
    kod: str,
    titel: str,
    text: str,
    atgard: str,
    *,
    http: int = 422,
    agare: str = VARDGIVARE,
    kalla: str | None = None,
) -> Felpost:
    return Felpost(
        kod=kod,
        titel=titel,
        text=text,
        atgard=atgard,
        agare=agare,
        http=http,
        allvar=Allvar.STOPP,
        kalla=kalla,
    )


felkatalog.add(
    _stop(
        "RES001",
        "Orimlig födelsedag eller orimligt födelseår",
        "Födelsedagen ligger i framtiden eller mer än 120 år tillbaka.",
        "Rätta födelsedagen, eller utelämna den om den är okänd.",
    ),
    _stop(
        "RES002",
        "Födelsedag och födelseår stämmer inte överens",
        "Födelsedagen ligger i ett annat år än det angivna födelseåret.",
        "Ange det ena av dem, eller rätta det som är fel.",
    ),
    _stop(
        "RES003",
        "LMA-numret har fel form",
        "Ett LMA-nummer skrivs med två och sex siffror, som 10-123456.",
        "Skriv numret som det står på patientens LMA-kort.",
        kalla=_ASYL,
    ),
    _stop(
        "RES004",
        "Fel slags nummer",
        "Ett reservnummer kopplas till ett personnummer eller samordningsnummer.",
        "Kontrollera att numren inte har bytt plats.",
        kalla=_RES,
    ),
    _stop(
        "RES005",
        "Reservnumret finns inte hos er",
        "Numret är inte utfärdat åt er, och ni har inte rapporterat något på det.",
        "Kontrollera numret.",
        http=404,
    ),
    _stop(
        "RES006",
        "Reservnumret är kopplat till någon annan",
        "Numret är redan kopplat till ett annat personnummer.",
        "Återkalla den gällande kopplingen, med skäl, och koppla sedan på nytt.",
        http=409,
    ),
    _stop(
        "RES007",
        "Ingen koppling att återkalla",
        "Reservnumret är inte kopplat till något personnummer.",
        "Kontrollera numret.",
        http=409,
    ),
    _stop(
        "RES008",
        "Skälet saknas",
        "En koppling återkallas alltid med ett skäl.",
        "Skriv kort varför kopplingen är fel.",
    ),
    _stop(
        "RES009",
        "Skälet innehåller en identitet",
        "Skälet ser ut att innehålla ett personnummer.",
        "Ta bort numret ur skälet.",
    ),
    _stop(
        "RES011",
        "Enheten finns inte i registret",
        "Ett reservnummer utfärdas åt vårdgivaren för en enhet som finns i registret.",
        "Ange enhetens kombika eller HSA-id.",
    ),
    _stop(
        "RES010",
        "Årets reservnummer är slut",
        "Alla löpnummer för året är använda.",
        "Kontakta regionen.",
        http=503,
        agare=REGION,
        kalla=_RES,
    ),
)
