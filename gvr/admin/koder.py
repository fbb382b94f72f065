"""Code systems and their dated codes."""

from datetime import timedelta
from typing import Any, ClassVar, Final

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import number_format

from gvr.admin import bas
from gvr.admin.bas import Stamdata, chip, mono
from gvr.admin.filer import Filbar
from gvr.admin.filter import Namnfilter
from gvr.admin.listfiler import KodResurs
from gvr.models import Kod, Kodverk
from gvr.queries import koder

ANVANDNING: Final = timedelta(days=30)


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
class KodAdmin(Filbar, Stamdata):
    """Kod: what it means and when it may be used."""

    resurs = KodResurs
    form: ClassVar[Any] = bas.Stamdataformular
    list_display = ("visa_kod", "text", "kodverk", "visa_fr_o_m", "visa_t_o_m", "visa_slutsats")
    list_filter = (("kodverk", Namnfilter), bas.Giltighetsfilter)
    list_select_related = ("kodverk",)
    search_prefix = ("kod",)
    search_text = ("text",)
    search_help_text = "Kodens början eller en del av texten"
    autocomplete_fields = ("kodverk",)
    ordering = ("kodverk_id", "kod", "giltig")
    sortable_by: ClassVar[Any] = ()

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Say how much the code is used above the days when it may be."""
        grupper = super().get_fieldsets(request, obj)
        return grupper if obj is None else [(None, {"fields": ("visa_anvand",)}), *grupper]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show the use as text."""
        return (*super().get_readonly_fields(request, obj), "visa_anvand")

    @admin.display(description="Används av")
    def visa_anvand(self, rad: Kod) -> str:
        """Return how many of the last month's contacts hold the code: whom closing it touches."""
        antal = koder.used(rad.kodverk.kod, rad.kod, efter=timezone.now() - ANVANDNING)
        if antal is None:
            return "Vårdkontakter innehåller inga koder ur den här listan."
        kontakter = f"{number_format(antal, force_grouping=True)} vårdkontakter"
        return (
            f"{kontakter} som rapporterats de senaste {ANVANDNING.days} dagarna. "
            "Efter kodens sista dag avvisas vårdkontakter som har den."
        )

    @admin.display(description="Kod")
    def visa_kod(self, rad: Kod) -> Any:
        """Return the code as one word."""
        return mono(rad.kod)

    @admin.display(description="Anmärkning")
    def visa_slutsats(self, rad: Kod) -> Any:
        """Say when the text is our conclusion, or not public."""
        if rad.slutsats:
            return chip("Slutsats", "info")
        return None if rad.text_offentlig else chip("Ej offentlig text", "ingen")
