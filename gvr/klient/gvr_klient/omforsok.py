"""What an answer means for the request: is it over, or is it made again, and when?

Pure: an answer and a few numbers in, a decision out. The rules are those of the API:

* No answer says nothing about what was done. The same request goes again with the same key.
  A batch whose connection is cut again and again is halved: a body that is too long for the line
  never gets through whole. A service that nobody reaches gets the same request until it is back.
* 408, 429, 502, 503 and 504 are about the whole service: everything waits, as long as Retry-After
  says and never shorter.
* 500 is about this request: the others go on meanwhile. A batch that goes on failing is halved:
  versions make it harmless to send a contact again under another key.
* 409 PAGAR means that the first try is still being worked on.
* A body that was cut on the way is stored as refused under its key, so it needs a new one.
* 401 and 403 are about the account: nothing more is sent until a person has looked.
* Everything else is an answer.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

FORSTA_VANTAN: Final = 0.5  # seconds
LANGSTA_VANTAN: Final = 300.0  # seconds; Retry-After may ask for more and gets it
FLEST_NYA_NYCKLAR: Final = 10
FLEST_FORSOK_HEL: Final = 6  # a batch that fails as often is halved, to find what is wrong in it

HELA_TJANSTEN: Final = frozenset({408, 429, 502, 503, 504})
NY_NYCKEL: Final = frozenset({"AVKORTAD_KROPP", "TRASIG_PACKNING", "FEL_ANTAL", "NYCKEL_UPPTAGEN"})
OM_KONTOT: Final = frozenset({"EJ_INLOGGAD", "INGEN_BEHORIGHET"})
OM_ANROPET: Final = frozenset(
    {
        "HITTAS_INTE", "METOD_SAKNAS", "SVARSFORMAT", "MEDIATYP", "OKAND_PARAMETER",
        "NYCKEL_SAKNAS", "NYCKEL_OGILTIG",
    }
)  # fmt: skip
KONFLIKTER: Final = frozenset(
    {"FINNS_REDAN", "GAMMAL_VERSION", "REDAN_MAKULERAD", "VERSION_STAMMER_EJ"}
)


@dataclass(frozen=True)
class Svar:
    """An answer: status, headers in lower case, body."""

    status: int
    huvuden: Mapping[str, str]
    kropp: bytes

    @property
    def dokument(self) -> dict[str, Any]:
        """Return the body as a JSON object; empty when it is none."""
        try:
            dokument = json.loads(self.kropp)
        except ValueError:
            return {}
        return dokument if isinstance(dokument, dict) else {}

    @property
    def kod(self) -> str:
        """Return the code of a refusal; empty for an answer without one."""
        return str(self.dokument.get("kod", ""))


@dataclass(frozen=True)
class Avbrott:
    """No answer. What became of the request is not known.

    `anslutet` says that there was a connection, which was cut with the request on its way.
    """

    text: str
    anslutet: bool = False


@dataclass(frozen=True)
class Klar:
    """It is answered: what the answer says holds."""


@dataclass(frozen=True)
class Vanta:
    """Make the same request again after so many seconds; `alla` when all others wait too."""

    sekunder: float
    alla: bool


@dataclass(frozen=True)
class NyNyckel:
    """Nothing was done under this key, and nothing will be: send the same with a new one."""


@dataclass(frozen=True)
class Dela:
    """Too much, or faulty as a whole: send the two halves each for itself."""


@dataclass(frozen=True)
class Stanna:
    """A person must look before anything more is sent."""

    kod: str
    text: str


Beslut = Klar | Vanta | NyNyckel | Dela | Stanna


def decide(
    svar: Svar | Avbrott,
    *,
    forsok: int,
    antal: int,
    slump: float,
    byten: int = 0,
    now: datetime | None = None,
) -> Beslut:
    """Return what to do after the answer to try number `forsok` (from 1) of a request.

    `antal` is how many contacts it carries, `byten` how often it has been given a new key, `slump`
    a number in [0, 1) that spreads the retries of many senders.
    """
    if isinstance(svar, Avbrott):
        if svar.anslutet and antal > 1 and forsok >= FLEST_FORSOK_HEL:
            return Dela()
        return Vanta(backoff(forsok, slump), alla=True)
    kod, status = svar.kod, svar.status
    if 200 <= status < 300:
        # An answer that is not the API's own – a proxy's page – promises nothing.
        understood = {"utfall", "resultat"} & svar.dokument.keys()
        return Klar() if understood else Vanta(backoff(forsok, slump), alla=True)
    if status in HELA_TJANSTEN:
        return Vanta(_wait(svar, forsok, slump, now), alla=True)
    if status >= 500 and antal > 1 and forsok >= FLEST_FORSOK_HEL:
        return Dela()
    if status >= 500 or kod == "PAGAR":
        return Vanta(_wait(svar, forsok, slump, now), alla=False)
    if status == 401 or kod in OM_KONTOT or kod in OM_ANROPET or status < 400 or not kod:
        titel = str(svar.dokument.get("title", "")) or f"HTTP {status} utan felkod."
        return Stanna(kod or f"HTTP_{status}", titel)
    if kod in NY_NYCKEL and byten < FLEST_NYA_NYCKLAR:
        return NyNyckel()
    if antal > 1:
        return Dela()
    return Klar()


def backoff(forsok: int, slump: float) -> float:
    """Return the wait after try number `forsok`, in seconds: doubled each time, half of it chance.

    Chance keeps senders that were cut off at the same moment from coming back at the same moment.
    """
    hel = min(LANGSTA_VANTAN, FORSTA_VANTAN * 2.0 ** min(forsok - 1, 20))
    return hel / 2 + slump * hel / 2


def _wait(svar: Svar, forsok: int, slump: float, now: datetime | None) -> float:
    asked = retry_after(svar.huvuden.get("retry-after", ""), now=now)
    if asked is None:
        return backoff(forsok, slump)
    return asked + slump * min(1.0, asked / 10)  # never before, and not all at once


def retry_after(text: str, *, now: datetime | None = None) -> float | None:
    """Return the seconds that Retry-After asks for, given as a number or a date; None for neither.

    `now` is only needed for a date.
    """
    text = text.strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        day = parsedate_to_datetime(text)
    except ValueError:
        return None
    if day.tzinfo is None or now is None:
        return None
    return max(0.0, (day - now.astimezone(UTC)).total_seconds())
