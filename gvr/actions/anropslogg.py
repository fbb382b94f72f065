"""The log of requests: keeping the refused ones that became no delivery, and forgetting them."""

import logging
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import DatabaseError, transaction

from gvr.core.fritext import mask_identities
from gvr.models import Nekatanrop
from gvr.queries.behorighet import databaskontext

logger = logging.getLogger(__name__)

SPARAS: Final = timedelta(days=30)


def note_refusal(
    *,
    uuid: UUID,
    konto_id: int | None,
    metod: str,
    resurs: str,
    status: int,
    kod: str,
    at: datetime,
) -> None:
    """Keep that a request was refused. What cannot be kept is only missing in the log."""
    try:
        with databaskontext(alla=True), transaction.atomic():
            Nekatanrop.objects.create(
                uuid=uuid,
                maskinkonto_id=konto_id,
                tid=at,
                metod=metod[:8],
                resurs=mask_identities(resurs)[:200].replace("\x00", "�"),
                status=status,
                kod=kod,
            )
    except DatabaseError as fault:
        logger.warning("anropslogg.inte_sparat fel=%s", type(fault).__name__)


def forget(*, at: datetime) -> int:
    """Remove refused requests older than thirty days; return how many. The removal is logged.

    Deliveries stay: they are what the register is built of.
    """
    with databaskontext(alla=True):
        antal, _ = Nekatanrop.objects.filter(tid__lt=at - SPARAS).delete()
    logger.warning("anropslogg.gallrat antal=%d fore=%s", antal, (at - SPARAS).isoformat())
    return antal
