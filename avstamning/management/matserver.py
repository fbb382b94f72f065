"""The web application that single requests are measured against: the real one and two views more.

Both answer under /api/, through the same middleware as the API and in the same server processes.
One does nothing. The other adds one row and commits: no request that is durable when it is answered
can be faster than that. Imported by the server of `manage.py bench` only.
"""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

from avstamning.management.belastning import TOM, VARAKTIG
from avstamning.management.matbank import EN_RAD


def empty(request: HttpRequest) -> HttpResponse:
    """Answer nothing."""
    return HttpResponse(b"{}", content_type="application/json")


def durable(request: HttpRequest) -> HttpResponse:
    """Keep what was sent."""
    with connection.cursor() as cursor:
        cursor.execute(EN_RAD, [request.body])
    return HttpResponse(b"{}", content_type="application/json")


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gvr.settings")
settings.ROOT_URLCONF = __name__
application = get_wsgi_application()
urlpatterns = [
    path(TOM[1:], empty),
    path(VARAKTIG[1:], csrf_exempt(durable)),
    path("", include("gvr.urls")),
]
