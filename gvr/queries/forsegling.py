"""Secrets that must be read again, sealed with the installation's own key.

What we only compare is kept as a hash. What we sign with must be had in the clear, so it lies
sealed in the database: a copy of that alone opens nothing. The key comes from SECRET_KEY; what was
sealed under a former one opens as long as that stands in SECRET_KEY_FALLBACKS.
"""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class UnableToOpen(Exception):
    """No key of the installation opens the seal."""


def seal(text: str) -> bytes:
    """Return the text sealed; the same text never looks the same twice."""
    return _keys().encrypt(text.encode())


def open_sealed(sealed: bytes | memoryview) -> str:
    """Return what is sealed. Raises UnableToOpen."""
    try:
        return _keys().decrypt(bytes(sealed)).decode()
    except InvalidToken:
        raise UnableToOpen from None


def seal_anew(sealed: bytes | memoryview) -> bytes | None:
    """Return it sealed with today's key; None when that is what it is sealed with.

    Raises UnableToOpen.
    """
    try:
        _fernet(settings.SECRET_KEY).decrypt(bytes(sealed))
    except InvalidToken:
        return seal(open_sealed(sealed))
    return None


def _keys() -> MultiFernet:
    return MultiFernet([_fernet(settings.SECRET_KEY), *map(_fernet, settings.SECRET_KEY_FALLBACKS)])


def _fernet(secret_key: str | bytes) -> Fernet:
    hkdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"gvr.forsegling")
    key = secret_key if isinstance(secret_key, bytes) else secret_key.encode()
    return Fernet(base64.urlsafe_b64encode(hkdf.derive(key)))
