"""The codes of webhookar."""

from typing import Final

from gvr.core.felkatalog import JOURNALSYSTEM, Felpost, add
from gvr.core.webhook import FLEST_MOTTAGARE

_STANDARD: Final = "Standard Webhooks, https://www.standardwebhooks.com"


def _request(kod: str, http: int, titel: str, text: str, atgard: str) -> Felpost:
    return Felpost(
        kod=kod,
        titel=titel,
        text=text,
        atgard=atgard,
        agare=JOURNALSYSTEM,
        http=http,
        kalla=_STANDARD,
    )


add(
    _request(
        "WEBHOOK_ADRESS",
        422,
        "Adressen kan inte ta emot webhookar",
        "Adressen ska börja med https och leda till en server som kan nås utifrån.",
        "Ange en adress med https vars värdnamn leder till en öppen adress på internet, eller be "
        "regionen tillåta nätet.",
    ),
    _request(
        "WEBHOOK_FINNS",
        409,
        "Webhooken finns redan",
        "Kontot har redan en webhook med den adressen.",
        "Läs den med GET. Har hemligheten kommit bort: byt den.",
    ),
    _request(
        "WEBHOOK_FOR_MANGA",
        409,
        "För många webhookar",
        f"Ett konto kan ha högst {FLEST_MOTTAGARE} webhookar.",
        "Ta bort en som inte används.",
    ),
    _request(
        "WEBHOOK_FRAMTID",
        422,
        "Kvittensen har inte skickats än",
        "Omspelningen ska börja vid ett nummer som redan har passerats.",
        "Ange ett nummer som är högst det som webhookens sekvens anger.",
    ),
)
