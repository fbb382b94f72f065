"""Tells Django about this app."""

from django.apps import AppConfig


class HejConfig(AppConfig):
    """3. HEJ – pris."""

    name = "ersattning.hej"
    label = "hej"
    verbose_name = "3. HEJ – pris"
    default_auto_field = "django.db.models.BigAutoField"
