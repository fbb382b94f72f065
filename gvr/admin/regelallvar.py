"""Where a rule of the checks is milder or stricter than in the rule book."""

from typing import Any, ClassVar

from django.contrib import admin

from gvr.admin import bas
from gvr.admin.bas import Stamdata, chip
from gvr.admin.filter import Namnfilter
from gvr.core.avvikelse import Allvar
from gvr.core.felkatalog import FELKATALOG
from gvr.core.regelallvar import TEXTER
from gvr.models import Regelallvar

_FARG = {Allvar.STOPP: "ratta", Allvar.PARKERA: "vanta", Allvar.ANMARKNING: "info"}


@admin.register(Regelallvar)
class RegelallvarAdmin(Stamdata):
    """Regelallvar: a rule's severity in a contract area during a period, by day of care."""

    form: ClassVar[Any] = bas.Stamdataformular
    list_display = (
        "visa_regel",
        "avtalsomrade",
        "visa_allvar",
        "visa_annars",
        "visa_fr_o_m",
        "visa_t_o_m",
        "grund",
    )
    list_filter = (("avtalsomrade", Namnfilter), bas.Giltighetsfilter)
    list_select_related = ("avtalsomrade",)
    search_prefix = ("kod",)
    search_help_text = "Regelns kod, till exempel GVR033"
    autocomplete_fields = ("avtalsomrade",)
    ordering = ("kod", "avtalsomrade_id", "giltig")
    change_form_outer_before_template = "admin/regelallvar_verkan.html"

    @admin.display(description="Regel", ordering="kod")
    def visa_regel(self, rad: Regelallvar) -> str:
        """Return the rule with its title."""
        return f"{rad.kod} {FELKATALOG[rad.kod].titel}"

    @admin.display(description="Följd")
    def visa_allvar(self, rad: Regelallvar) -> Any:
        """Return what the rule is here."""
        return chip(TEXTER[Allvar(rad.allvar)], _FARG[Allvar(rad.allvar)])

    @admin.display(description="Annars")
    def visa_annars(self, rad: Regelallvar) -> str:
        """Return what the rule is elsewhere."""
        allvar = FELKATALOG[rad.kod].allvar
        return "" if allvar is None else TEXTER[allvar]
