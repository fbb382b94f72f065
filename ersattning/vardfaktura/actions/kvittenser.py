"""K4: telling the senders what became of their contacts on an invoice, in bulk."""

from datetime import datetime
from typing import Final

from ersattning.hej.actions import beslut
from ersattning.vardfaktura.queries import fakturor

FORSLAG: Final = "FORSLAG"  # on a proposal, which the provider has not approved
GODKAND: Final = "GODKAND"  # on an approved invoice that pays for the contact
KREDITERAD: Final = "KREDITERAD"  # on an approved invoice that takes something back


def tell_senders(faktura_id: int, *, vardgivare_id: int, nummer: int | None, at: datetime) -> int:
    """Put a K4 receipt for each contact of the invoice in its sender's feed; return how many.

    Without a number the invoice is a proposal. Do this last in the transaction: the feeds are held
    until it ends.
    """
    kontakter = fakturor.contacts(faktura_id)
    beslut.write_receipts(
        [
            (
                kontakt.kallsystem,
                kontakt.kontakt_id,
                vardgivare_id,
                kontakt.enhet_id,
                kontakt.version,
                "K4",
                FORSLAG if nummer is None else KREDITERAD if kontakt.belopp < 0 else GODKAND,
                "" if nummer is None else str(nummer),
                kontakt.belopp,
                at,
            )
            for kontakt in kontakter
        ]
    )
    return len(kontakter)
