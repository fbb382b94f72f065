"""Sending systems. The token is shown once, when it is made; only its hash is kept."""

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest

from gvr.admin.bas import Stamdata, chip
from gvr.models import Maskinkonto


@admin.register(Maskinkonto)
class MaskinkontoAdmin(Stamdata):
    """Maskinkonto: what the system is called, until when it may send."""

    list_display = ("namn", "kallsystem", "hsa_id", "anvandare", "visa_lage")
    list_select_related = ("anvandare",)
    search_text = ("namn", "kallsystem", "hsa_id")
    ordering = ("namn",)
    fieldsets: ClassVar[Any] = (
        (None, {"fields": ("namn", ("kallsystem", "hsa_id"), "anvandare", "stoppdatum", "skal")}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The sender's name is part of every contact's key: set once, and so is its user."""
        fast = ("kallsystem", "anvandare") if obj is not None else ()
        return (*super().get_readonly_fields(request, obj), *fast)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Accounts are made on their own page, which shows the token once."""
        del request
        return False

    @admin.display(description="Läge")
    def visa_lage(self, rad: Maskinkonto) -> Any:
        """Return whether the account may send."""
        if rad.stoppdatum is None:
            return chip("Öppet", "ok")
        return chip(f"Stoppat {rad.stoppdatum}", "ingen")
