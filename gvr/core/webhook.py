"""Webhookar: what a receiver may ask for, how long a message is tried, and what an answer means.

The form of a message is that of Standard Webhooks (https://www.standardwebhooks.com): a secret that
begins with whsec_, and the headers webhook-id, webhook-timestamp and webhook-signature.
"""

import base64
from datetime import timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

#: The levels of the feed. K0 and K1 are about a delivery and stand in its answer.
NIVAER: Final = ("K2", "K3", "K4")
FLEST_MOTTAGARE: Final = 5  # for one machine account
FLEST_KVITTENSER: Final = 100  # in one message: about 30 kB
FLEST_FORSOK: Final = 12
TIDSGRANS: Final = timedelta(seconds=10)  # for a whole call, the answer's headers included
LEASE: Final = timedelta(seconds=60)  # longer than a call can last
OVERLAPP: Final = timedelta(hours=24)
LANGSTA_OVERLAPP_TIMMAR: Final = 7 * 24
SPARAS: Final = timedelta(days=30)
LANGSTA_FEL: Final = 20

_FORSTA_PAUS: Final = 5.0  # seconds
_LANGSTA_PAUS: Final = 12 * 3600.0
_SPRIDNING: Final = 0.2
_LANGSTA_BEGARD: Final = 3600

KVITTENSER: Final = "kvittenser"  # the type of a message with receipts
PROV: Final = "webhook.prov"  # … and of one that is only a test


class Lage(StrEnum):
    """Whether a receiver gets anything."""

    AKTIV = "AKTIV"
    PAUSAD = "PAUSAD"


class Orsak(StrEnum):
    """Why a receiver is paused."""

    SVARAR_INTE = "SVARAR_INTE"
    BORTA = "BORTA"
    AVSANDAREN = "AVSANDAREN"
    REGIONEN = "REGIONEN"
    HEMLIGHET = "HEMLIGHET"


class Status(StrEnum):
    """What has become of a message."""

    VANTAR = "VANTAR"
    LEVERERAT = "LEVERERAT"
    UPPGIVET = "UPPGIVET"
    ERSATT = "ERSATT"


class Fel(StrEnum):
    """Why a call failed."""

    OTILLATEN_ADRESS = "OTILLATEN_ADRESS"
    OKAND_VARD = "OKAND_VARD"
    INGEN_ANSLUTNING = "INGEN_ANSLUTNING"
    TLS = "TLS"
    TIDSGRANS = "TIDSGRANS"
    AVBRUTET = "AVBRUTET"
    OMDIRIGERAD = "OMDIRIGERAD"
    STATUS = "STATUS"
    BORTA = "BORTA"


#: In words that a person reads; what the receiver itself wrote is never kept.
FELTEXTER: Final = {
    Fel.OTILLATEN_ADRESS: "Adressen leder till ett nät som inte får nås",
    Fel.OKAND_VARD: "Värdnamnet gick inte att slå upp",
    Fel.INGEN_ANSLUTNING: "Mottagaren gick inte att ansluta till",
    Fel.TLS: "Mottagarens certifikat godkändes inte",
    Fel.TIDSGRANS: "Mottagaren svarade inte inom tio sekunder",
    Fel.AVBRUTET: "Svaret bröts innan det var läst",
    Fel.OMDIRIGERAD: "Mottagaren ville skicka vidare till en annan adress",
    Fel.STATUS: "Mottagaren svarade med en felkod",
    Fel.BORTA: "Mottagaren svarade 410: adressen används inte längre",
}
ORSAKSTEXTER: Final = {
    Orsak.SVARAR_INTE: f"Pausad efter {FLEST_FORSOK} misslyckade försök",
    Orsak.BORTA: "Pausad: mottagaren har sagt att adressen inte används längre",
    Orsak.AVSANDAREN: "Pausad av avsändaren",
    Orsak.REGIONEN: "Pausad av regionen",
    Orsak.HEMLIGHET: "Pausad: hemligheten går inte att läsa och behöver bytas",
}


def new_secret(slump: bytes) -> str:
    """Return a secret as it is given out. `slump` is 24–64 random bytes."""
    if not 24 <= len(slump) <= 64:
        raise ValueError("A secret is made of 24-64 bytes.")
    return "whsec_" + base64.b64encode(slump).decode()


def message_id(uuid: UUID) -> str:
    """Return a message's webhook-id: the same however many times it is sent."""
    return f"msg_{uuid.hex}"


def pause(forsok: int, *, slump: float, begard: int | None = None) -> timedelta:
    """Return how long to wait after a message's failed call number `forsok`, counted from 1.

    Five seconds, then three times as long each time, at most twelve hours; twelve calls take about
    a day and a half. `slump` in [0, 1) spreads it by a fifth either way, so that all who failed
    together do not come back together. `begard` is what the receiver asked for in Retry-After, in
    seconds; it is heeded up to an hour.
    """
    sekunder = min(_FORSTA_PAUS * 3.0 ** (forsok - 1), _LANGSTA_PAUS)
    sekunder *= 1 - _SPRIDNING + 2 * _SPRIDNING * slump
    return timedelta(seconds=max(sekunder, min(begard or 0, _LANGSTA_BEGARD)))


def judge(status: int) -> Fel | None:
    """Return what is wrong with an answer's status; None when the message is received (2xx)."""
    if 200 <= status <= 299:
        return None
    if 300 <= status <= 399:
        return Fel.OMDIRIGERAD
    return Fel.BORTA if status == 410 else Fel.STATUS
