"""Certificates of sending systems: registered from the file itself, and revoked, never removed."""

from datetime import datetime
from typing import Any

from django.db import transaction

from gvr.actions import andringar
from gvr.models import Certifikat, Maskinkonto
from gvr.queries import certifikat


class UnableToRegister(Exception):
    """The certificate was not registered; the text says why."""


@transaction.atomic
def register(konto: Maskinkonto, pem: bytes, *, by: Any, skal: str, at: datetime) -> Certifikat:
    """Let the account log in with the certificate, and with its renewals by the same issuer.

    Raises UnableToRegister when it cannot be read, is over, is another system's, or names another
    HSA-id than the account's.
    """
    try:
        uppgifter = certifikat.read(pem)
    except certifikat.UnableToRead as fault:
        raise UnableToRegister(str(fault)) from None
    if uppgifter.giltigt_till <= at:
        raise UnableToRegister(f"Certifikatet gick ut {uppgifter.giltigt_till:%Y-%m-%d}.")
    if konto.hsa_id and konto.hsa_id != uppgifter.hsa_id:
        raise UnableToRegister(
            f"Certifikatet är utfärdat för {uppgifter.hsa_id}, men kontot har {konto.hsa_id}."
        )
    andra = Certifikat.objects.filter(
        utfardare=uppgifter.utfardare, hsa_id=uppgifter.hsa_id, aterkallat=None
    ).exclude(maskinkonto=konto)
    if andra.exists():
        raise UnableToRegister(f"HSA-id {uppgifter.hsa_id} hör redan till ett annat konto.")
    if Certifikat.objects.filter(sha256=uppgifter.sha256).exists():
        raise UnableToRegister("Certifikatet är redan registrerat, eller återkallat.")
    andringar.sign(by=by, skal=skal)
    return Certifikat.objects.create(
        maskinkonto=konto,
        hsa_id=uppgifter.hsa_id,
        utfardare=uppgifter.utfardare,
        serienummer=uppgifter.serienummer,
        sha256=uppgifter.sha256,
        giltigt_fran=uppgifter.giltigt_fran,
        giltigt_till=uppgifter.giltigt_till,
    )


@transaction.atomic
def revoke(rad: Certifikat, *, by: Any, skal: str, at: datetime) -> None:
    """Refuse the certificate from the next request on. Once more changes nothing."""
    andringar.sign(by=by, skal=skal)
    Certifikat.objects.filter(pk=rad.pk, aterkallat=None).update(aterkallat=at)
