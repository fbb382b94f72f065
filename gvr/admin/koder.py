"""Code systems and their dated codes."""

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest

from gvr.admin import bas
from gvr.admin.bas import Stamdata
from gvr.admin.filter import Namnfilter
from gvr.models import Kod, Kodverk


@admin.register(Kodverk)
class KodverkAdmin(Stamdata):
    """Kodverk: what a list is called, where it comes from, whether it is complete."""

    list_display = ("kod", "namn", "klass", "fullstandigt", "kalla")
    search_text = ("kod", "namn")
    ordering = ("kod",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The name of a code system is what the rules call it: set once."""
        fast = ("kod",) if obj is not None else ()
        return (*super().get_readonly_fields(request, obj), *fast)


@admin.register(Kod)
class KodAdmin(Stamdata):
    """Kod: what it means and when it may be used."""

    form: ClassVar[Any] = bas.Stamdataformular
    list_display = ("kod", "text", "kodverk", "visa_fr_o_m", "visa_t_o_m", "slutsats")
    list_filter = (("kodverk", Namnfilter), bas.Giltighetsfilter)
    list_select_related = ("kodverk",)
    search_prefix = ("kod",)
    search_text = ("text",)
    search_help_text = "Kodens början eller en del av texten"
    autocomplete_fields = ("kodverk",)
    ordering = ("kodverk_id", "kod", "giltig")
    sortable_by: ClassVar[Any] = ()
