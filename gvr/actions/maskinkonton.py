"""Accounts of sending systems. A token is made here, given out once, and only its hash is kept."""

import secrets
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import transaction

from gvr.actions import andringar, behorigheter
from gvr.core import anropsfel as _koder  # noqa: F401  - registers KALLSYSTEM_RESERVERAT
from gvr.core import rapp
from gvr.core.felkatalog import FELKATALOG
from gvr.models import Maskinkonto, Vardgivare


class UnableToCreate(Exception):
    """The account was not made; the text says why."""


@transaction.atomic
def create(
    *,
    namn: str,
    kallsystem: str,
    hsa_id: str,
    vardgivare: Sequence[Vardgivare],
    day: date,
    by: Any,
    skal: str,
) -> tuple[Maskinkonto, str]:
    """Create an account that may report for these providers from `day` on. Returns it
    with its token.

    Raises UnableToCreate when the system's name is taken, or reserved for what people register by
    hand: contacts are told apart by it.
    """
    if rapp.is_reserved(kallsystem):
        post = FELKATALOG[rapp.RESERVERAT]
        raise UnableToCreate(f"{post.text} {post.atgard} ({post.kod})")
    if Maskinkonto.objects.filter(kallsystem__iexact=kallsystem).exists():
        raise UnableToCreate(f"Källsystemet {kallsystem} har redan ett konto.")
    andringar.sign(by=by, skal=skal)
    token = secrets.token_urlsafe(32)
    konto = behorigheter.create_machine_account(
        namn=namn,
        kallsystem=kallsystem,
        hsa_id=hsa_id,
        token=token,
        vardgivare=vardgivare,
        fr_o_m=day,
        grund=skal,
    )
    return konto, token


@transaction.atomic
def renew(konto: Maskinkonto, *, by: Any, skal: str) -> str:
    """Give the account a new token; the old one stops working at once. Returns the new one."""
    andringar.sign(by=by, skal=skal)
    token = secrets.token_urlsafe(32)
    konto.token_hash = behorigheter.token_hash(token)
    konto.save(update_fields=["token_hash"])
    return token
