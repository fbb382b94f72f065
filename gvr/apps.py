"""Tells Django about this app."""

from importlib import import_module

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class GvrConfig(AppConfig):
    """1. GVR – gemensamt vårdregister."""

    name = "gvr"
    label = "gvr"
    verbose_name = "1. GVR – gemensamt vårdregister"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Give shared tasks their Celery app (not in __init__, which must stay free of Django)."""
        from gvr import celery  # noqa: F401, PLC0415  - imported for its effect, after the apps


class RegionensAdmin(AdminConfig):
    """The admin of the region's staff, in the place of Django's own site."""

    default_site = "gvr.admin.sajt.Regionsajt"

    def ready(self) -> None:
        """Register the other apps' lists, then our own, which replaces Django's for users.

        `gvr.admin` itself registers nothing: the site's class lives there and is imported while
        the site is being made.
        """
        super().ready()
        import_module("gvr.admin.registrering")
