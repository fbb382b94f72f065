"""Avslag: why a proposal cannot be approved, beside what keeps an invoice from being sent."""

from gvr.core.avvikelse import Allvar, Avvikelse
from gvr.core.felkatalog import Felpost, add, finding
from gvr.core.period import Manad

add(
    Felpost(
        kod="VF101",
        titel="Fakturan finns inte här",
        text="Fakturan finns inte, eller så får du inte godkänna den vårdgivarens fakturor.",
        atgard="Be vårdgivarens behörighetsansvariga om attesträtt.",
        http=404,
        allvar=Allvar.STOPP,
    ),
    Felpost(
        kod="VF102",
        titel="Fakturan är redan godkänd",
        text="Fakturan är redan godkänd och ändras inte mer.",
        atgard="Inget behöver göras. En rättelse blir kredit på nästa månads faktura.",
        http=409,
        allvar=Allvar.STOPP,
    ),
    Felpost(
        kod="VF103",
        titel="Fakturans rader har ändrats",
        text="Fakturans rader är inte de som den gjordes med.",
        atgard="Godkänn inte fakturan. Kontrollera raderna med check_invariants.",
        agare="REGION",
        http=409,
        allvar=Allvar.STOPP,
    ),
    Felpost(
        kod="VF104",
        titel="En tidigare faktura är inte godkänd",
        text="Fakturan tar tillbaka något från ett förslag som inte är godkänt.",
        atgard="Godkänn det tidigare förslaget först.",
        http=409,
        allvar=Allvar.STOPP,
    ),
)


def not_yours() -> Avvikelse:
    """Say the same of an invoice that is not there and of one that somebody else approves."""
    return finding("VF101", pekare="")


def already_approved(nummer: int | None) -> Avvikelse:
    """Say which number the invoice has."""
    return finding("VF102", pekare="", text=f"Fakturan är redan godkänd med nummer {nummer}.")


def changed() -> Avvikelse:
    """Say that the lines are not what they were."""
    return finding("VF103", pekare="/rader")


def credits_a_proposal(manad: Manad) -> Avvikelse:
    """Say which month's proposal must be approved first: a credit names the invoice it credits."""
    return finding(
        "VF104",
        pekare="/krediterar",
        text=f"Fakturan tar tillbaka något från {manad}, som är ett förslag.",
        varde=str(manad),
    )
