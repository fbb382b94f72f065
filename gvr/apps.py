"""Tells Django about this app."""

from django.apps import AppConfig


class GvrConfig(AppConfig):
    """1. GVR – gemensamt vårdregister."""

    name = "gvr"
    label = "gvr"
    verbose_name = "1. GVR – gemensamt vårdregister"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Give shared tasks their Celery app (not in __init__, which must stay free of Django)."""
        from gvr import celery  # noqa: F401, PLC0415  - imported for its effect, after the apps
