"""The client certificate of a request, as the proxy in front of us passes it on.

nginx checks the chain and the revocation lists and hands over the certificate itself, escaped, in
one header that has no hyphen: a hyphen and an underscore look the same to a WSGI application, and a
client's own header could take the place of the proxy's. Only listed proxies are believed, and an
empty list means nobody.
"""

from ipaddress import ip_address, ip_network
from typing import Final
from urllib.parse import unquote_to_bytes

from django.conf import settings
from rest_framework.request import Request

from gvr.queries import certifikat
from gvr.queries.certifikat import UnableToRead, Uppgifter

HUVUD: Final = "Klientcertifikat"
META: Final = "HTTP_KLIENTCERTIFIKAT"
UNIX: Final = "unix"  # in the list of proxies: whoever reaches our socket file
LANGSTA: Final = 16_000


def is_given(request: Request) -> bool:
    """Say whether the request carries a certificate; nginx sends an empty header without one."""
    return bool(request.META.get(META))


def presented(request: Request) -> Uppgifter | None:
    """Return what the certificate says; None when it cannot be believed or read."""
    text = request.META.get(META, "")
    if len(text) > LANGSTA or "," in text or not _from_trusted_proxy(request):
        return None
    try:
        return certifikat.read(unquote_to_bytes(text))
    except UnableToRead:
        return None


def _from_trusted_proxy(request: Request) -> bool:
    fran = request.META.get("REMOTE_ADDR", "")
    for betrodd in settings.BETRODDA_PROXYSERVRAR:
        if betrodd == UNIX:
            if not fran:
                return True
        elif fran and ip_address(fran) in ip_network(betrodd):
            return True
    return False
