"""Tells Django about this app."""

from django.apps import AppConfig


class AvstamningConfig(AppConfig):
    """5. Avstämning."""

    name = "avstamning"
    label = "avstamning"
    verbose_name = "5. Avstämning"
    default_auto_field = "django.db.models.BigAutoField"
