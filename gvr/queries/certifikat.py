"""Client certificates: what stands in one, and which an account has."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID

from gvr.models import Certifikat


class UnableToRead(Exception):
    """The certificate cannot be used; the text says why."""


class Uppgifter(msgspec.Struct, frozen=True, kw_only=True):
    """What a certificate says: whose it is (HSA-id), who issued it, and until when it holds."""

    hsa_id: str
    utfardare: str
    serienummer: str
    sha256: str
    giltigt_fran: datetime
    giltigt_till: datetime


def read(pem: bytes) -> Uppgifter:
    """Read one certificate in PEM.

    The HSA-id is the one value of the subject's serialNumber (OID 2.5.4.5), read from the encoded
    certificate: in the name's text a commonName may pretend to hold another. Raises UnableToRead.
    """
    if pem.count(b"-----BEGIN") != 1:
        raise UnableToRead("Lämna exakt ett certifikat i PEM-format, utan nyckel.")
    try:
        cert = x509.load_pem_x509_certificate(pem)
        namn = cert.subject.get_attributes_for_oid(NameOID.SERIAL_NUMBER)
        utfardare = cert.issuer.rfc4514_string()
    except ValueError:
        raise UnableToRead("Certifikatet går inte att läsa.") from None
    if len(namn) != 1 or not isinstance(namn[0].value, str) or not namn[0].value.strip():
        raise UnableToRead("Certifikatet ska ha exakt ett HSA-id (serialNumber, OID 2.5.4.5).")
    return Uppgifter(
        hsa_id=namn[0].value,
        utfardare=utfardare,
        serienummer=f"{cert.serial_number:x}",
        sha256=cert.fingerprint(SHA256()).hex(),
        giltigt_fran=cert.not_valid_before_utc,
        giltigt_till=cert.not_valid_after_utc,
    )


def of_account(konto_id: int) -> Sequence[Certifikat]:
    """Return an account's certificates that are not revoked, the one that holds longest first."""
    return of_accounts([konto_id]).get(konto_id, ())


def of_accounts(konto_ids: Collection[int]) -> Mapping[int, Sequence[Certifikat]]:
    """Return the certificates of some accounts, by account, as `of_account` does."""
    svar: dict[int, list[Certifikat]] = {}
    rader = Certifikat.objects.filter(maskinkonto__in=konto_ids, aterkallat=None)
    for rad in rader.order_by("-giltigt_till"):
        svar.setdefault(rad.maskinkonto_id, []).append(rad)
    return svar
