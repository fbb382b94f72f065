"""Who sends: a machine account, by its certificate or, where that is allowed, by a token."""

import hashlib
from typing import Any

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from msgspec import structs
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from gvr.api import certifikat
from gvr.queries import behorighet
from gvr.queries.behorighet import Maskin

LANGSTA_TOKEN = 512


def identify(request: Request) -> Maskin | None:
    """Return the account that the request proves to come from; None when it proves nothing.

    Who shows a certificate is judged by that alone. Nowhere else is asked how the account was
    proved.
    """
    if certifikat.is_given(request):
        return _by_certificate(request)
    if not settings.TOKENINLOGGNING:
        return None
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token or len(token) > LANGSTA_TOKEN:
        return None
    return behorighet.machine_account(
        hashlib.sha256(token.encode()).hexdigest(), day=timezone.localdate()
    )


def _by_certificate(request: Request) -> Maskin | None:
    uppgifter = certifikat.presented(request)
    at = timezone.now()
    if uppgifter is None or not uppgifter.giltigt_fran <= at < uppgifter.giltigt_till:
        return None
    maskin = behorighet.certified_account(
        utfardare=uppgifter.utfardare,
        hsa_id=uppgifter.hsa_id,
        sha256=uppgifter.sha256,
        day=timezone.localdate(at),
    )
    return maskin and structs.replace(maskin, certifikat_till=uppgifter.giltigt_till)


class Maskinkontoinloggning(BaseAuthentication):
    """DRF's way to ask `identify`; the account must be active and not stopped."""

    def authenticate(self, request: Request) -> tuple[AbstractBaseUser, Maskin] | None:
        """Return user and account; None without credentials; refuse wrong or stopped ones."""
        if "Authorization" not in request.headers and not certifikat.is_given(request):
            return None
        maskin = identify(request)
        if maskin is None:
            raise AuthenticationFailed
        stoppad = maskin.stoppdatum is not None and maskin.stoppdatum <= timezone.localdate()
        if stoppad or not maskin.anvandare.is_active:
            raise AuthenticationFailed
        return maskin.anvandare, maskin

    def authenticate_header(self, request: Request) -> str:
        """Return what a refused client is asked for."""
        return "Bearer"


class Maskinkontoschema(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # untyped
    """The same in the OpenAPI document."""

    target_class = "gvr.api.inloggning.Maskinkontoinloggning"
    name = "maskinkonto"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Return the scheme."""
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "Maskinkontots token, där det är tillåtet. I drift loggar ett system in "
            "med sitt funktionscertifikat (mTLS), vars HSA-id och utfärdare regionen registrerat.",
        }
