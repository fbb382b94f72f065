"""The web application that single requests are measured against: the real one and an empty view.

The empty view answers under /api/, through the same middleware as the API and in the same server
processes; it asks the database for nothing. Imported by the server of `manage.py bench` only.
"""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from avstamning.management.belastning import TOM


def empty(request: HttpRequest) -> HttpResponse:
    """Answer nothing."""
    return HttpResponse(b"{}", content_type="application/json")


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gvr.settings")
settings.ROOT_URLCONF = __name__
application = get_wsgi_application()
urlpatterns = [path(TOM[1:], empty), path("", include("gvr.urls"))]
