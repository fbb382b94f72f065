"""Tells Django about this app."""

from django.apps import AppConfig


class ErsmoConfig(AppConfig):
    """2. ERSMO – produktkod."""

    name = "ersattning.ersmo"
    label = "ersmo"
    verbose_name = "2. ERSMO – produktkod"
    default_auto_field = "django.db.models.BigAutoField"
