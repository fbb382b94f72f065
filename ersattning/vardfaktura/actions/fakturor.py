"""Approving an invoice: number, documents, ledger and receipts, all or nothing."""

from datetime import datetime
from typing import Any, Final

import msgspec
from django.db import connection, transaction

from ersattning.vardfaktura.actions import kvittenser
from ersattning.vardfaktura.core import avslag, fakturering, granskning, pdf, peppol
from ersattning.vardfaktura.core.fakturering import Fakturaunderlag
from ersattning.vardfaktura.models import Bokforingsrad, Faktura, Fakturahandling, Verifikation
from ersattning.vardfaktura.models.faktura import Fakturastatus
from ersattning.vardfaktura.queries import fakturor, parter
from gvr.core.avvikelse import Avvikelse
from gvr.queries.behorighet import as_region, scope_of

SERIE: Final = "FAKTURA"


class UnableToApprove(Exception):
    """The invoice cannot be approved; `avvikelser` says why, everything at once."""

    def __init__(self, *avvikelser: Avvikelse) -> None:
        """Keep the findings."""
        super().__init__(", ".join(avvikelse.kod for avvikelse in avvikelser))
        self.avvikelser = avvikelser


class Godkannande(msgspec.Struct, frozen=True, kw_only=True):
    """An approval: the invoice, its number in the series and how many contacts got a receipt."""

    faktura_id: int
    nummer: int
    kvittenser: int


def approve(*, faktura_id: int, by: Any, at: datetime) -> Godkannande:
    """
    Approve a proposal on behalf of its provider.

    1. Hold the invoice. Whoever comes second finds it approved.
    2. Refuse who may not approve for this provider; to them the invoice does not exist.
    3. Refuse an invoice that is approved, whose lines are not what they were when it was made,
       that takes back from a proposal, or that lacks something an invoice must have.
    4. Take the next number. The series is held until the transaction ends, so one that is rolled
       back leaves no gap.
    5. Keep the documents, enter it in the ledger, and tell the senders of its contacts.

    Raises UnableToApprove, with nothing changed.
    """
    attest = scope_of(by).attest
    # The inner transaction rolls a fault back before the reach outside it is set again.
    with transaction.atomic(), as_region(), transaction.atomic():
        faktura = _held(faktura_id, attest)
        _check(faktura)
        nummer = _next_number()
        Faktura.objects.filter(pk=faktura.id).update(
            status=Fakturastatus.GODKAND, nummer=nummer, godkand=at, godkand_av=by
        )
        approved = msgspec.structs.replace(
            faktura, status=Fakturastatus.GODKAND, nummer=nummer, godkand=at
        )
        underlag = fakturor.basis(approved)
        _keep_documents(approved, underlag, at)
        _enter(approved, underlag, at)
        antal = kvittenser.tell_senders(
            faktura.id, vardgivare_id=faktura.vardgivare_id, nummer=nummer, at=at
        )
        return Godkannande(faktura_id=faktura.id, nummer=nummer, kvittenser=antal)


def _held(faktura_id: int, attest: frozenset[int]) -> fakturor.Faktura:
    with connection.cursor() as cursor:
        cursor.execute(
            "select vardgivare_id from vardfaktura_faktura where id = %s for update", [faktura_id]
        )
        row = cursor.fetchone()
    faktura = fakturor.by_id(faktura_id) if row is not None and row[0] in attest else None
    if faktura is None:
        raise UnableToApprove(avslag.not_yours())
    return faktura


def _check(faktura: fakturor.Faktura) -> None:
    if faktura.status == Fakturastatus.GODKAND:
        raise UnableToApprove(avslag.already_approved(faktura.nummer))
    findings = [*granskning.review(fakturor.basis(faktura))]
    if fakturor.content_hash(faktura.id) != fakturor.hash_of_proposal(faktura.id):
        findings.append(avslag.changed())
    findings += [
        avslag.credits_a_proposal(earlier.manad)
        for earlier in fakturor.credited(faktura.id)
        if earlier.nummer is None
    ]
    if findings:
        raise UnableToApprove(*findings)


def _next_number() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into vardfaktura_nummerserie as n (serie, senaste) values (%s, 1)"
            " on conflict (serie) do update set senaste = n.senaste + 1 returning senaste",
            [SERIE],
        )
        return int(cursor.fetchone()[0])


def _keep_documents(faktura: fakturor.Faktura, underlag: Fakturaunderlag, at: datetime) -> None:
    Fakturahandling.objects.create(
        faktura_id=faktura.id,
        vardgivare_id=faktura.vardgivare_id,
        peppol=peppol.render(underlag),
        pdf=pdf.render(underlag, mall=parter.template()),
        skapad=at,
    )


def _enter(faktura: fakturor.Faktura, underlag: Fakturaunderlag, at: datetime) -> None:
    """Enter the invoice in the ledger. The database refuses, at commit, what does not balance."""
    verifikation = Verifikation.objects.create(
        faktura_id=faktura.id,
        vardgivare_id=faktura.vardgivare_id,
        bokforingsdag=fakturor.local_day(at),
        text=f"Faktura {faktura.nummer}, {faktura.vardgivare}, {faktura.manad}"[:200],
        skapad=at,
    )
    Bokforingsrad.objects.bulk_create(
        [
            Bokforingsrad(
                verifikation=verifikation,
                vardgivare_id=faktura.vardgivare_id,
                konto=rad.konto,
                produktkod=rad.produktkod,
                debet=rad.debet,
                kredit=rad.kredit,
            )
            for rad in fakturering.entries(underlag.rader, kontoplan=parter.accounts())
        ]
    )
