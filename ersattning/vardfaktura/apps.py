"""Tells Django about this app."""

from django.apps import AppConfig


class VardfakturaConfig(AppConfig):
    """4. Vårdfaktura."""

    name = "ersattning.vardfaktura"
    label = "vardfaktura"
    verbose_name = "4. Vårdfaktura"
    default_auto_field = "django.db.models.BigAutoField"
