"""Empty the sandbox of what the account has reported. Exists in a sandbox only."""

import msgspec
from django.conf import settings
from django.http import HttpResponse
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from gvr.actions import sandlada
from gvr.api.anrop import Vy, read
from gvr.api.problem import respond


class Aterstallning(Vy):
    """The account empties its own sandbox; nobody else's contacts are touched."""

    schema = None  # no part of the API that is promised

    def post(self, request: Request) -> HttpResponse:
        """Cancel everything and begin anew."""
        if not settings.SANDLADA:
            raise NotFound
        anrop = read(request, ())
        gjort = sandlada.reset(anrop.avsandare, begaran_id=anrop.id, at=anrop.at)
        return respond(200, msgspec.json.encode(gjort), begaran_id=str(anrop.id))
