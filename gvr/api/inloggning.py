"""Who sends: a machine account, by a token now and by a certificate when there is one."""

import hashlib
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from gvr.actions.leveranser import Avsandare
from gvr.queries import behorighet
from gvr.queries.behorighet import Maskin

LANGSTA_TOKEN = 512


def identify(request: Request) -> Maskin | None:
    """Return the account that the request proves to come from; None when it proves nothing.

    The seam: an identity from a client certificate takes the place of the token here, and nowhere
    else is asked how the account was proved.
    """
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token or len(token) > LANGSTA_TOKEN:
        return None
    return behorighet.machine_account(
        hashlib.sha256(token.encode()).hexdigest(), day=timezone.localdate()
    )


def as_sender(maskin: Maskin) -> Avsandare:
    """Return the account as the actions know it."""
    return Avsandare(
        konto_id=maskin.konto_id,
        anvandare_id=maskin.anvandare.pk,
        anvandare=maskin.anvandare.get_username(),
        kallsystem=maskin.kallsystem,
        rapport=maskin.omfang.rapport,
        synliga=maskin.omfang.vardgivare,
        enheter=maskin.omfang.enheter,
        rapport_enheter=maskin.omfang.rapport_enheter,
    )


class Maskinkontoinloggning(BaseAuthentication):
    """DRF's way to ask `identify`; the account must be active and not stopped."""

    def authenticate(self, request: Request) -> tuple[AbstractBaseUser, Maskin] | None:
        """Return user and account; None without credentials; refuse wrong or stopped ones."""
        if "Authorization" not in request.headers:
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
            "description": "Maskinkontots token. Regionen delar ut den och kan stoppa den.",
        }
