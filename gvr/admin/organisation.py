"""Providers, their units, commissions and contracts."""

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest

from gvr.admin import bas
from gvr.admin.bas import Stamdata, mono
from gvr.admin.behorigheter import Objektbehorighet
from gvr.admin.filer import Filbar
from gvr.admin.filter import Namnfilter
from gvr.admin.listfiler import AvtalResurs, EnhetResurs, UppdragResurs, VardgivareResurs
from gvr.models import Avtal, Avtalsomrade, Enhet, Enhetsuppdrag, Uppdrag, Vardgivare


@admin.register(Vardgivare)
class VardgivareAdmin(Filbar, Objektbehorighet, Stamdata):
    """Vårdgivare: whom the region pays. Who may see it is given here too."""

    resurs = VardgivareResurs
    delegerbara = (
        "view_vardgivare",
        "attestera_vardgivare",
        "rapportera_vardgivare",
        "registrera_vardgivare",
    )
    list_display = ("namn", "visa_orgnr", "ort", "visa_bankgiro", "f_skatt")
    search_text = ("namn",)
    search_prefix = ("orgnr", "hsa_id")
    search_help_text = "Namn, organisationsnummer eller HSA-id"
    ordering = ("namn",)

    @admin.display(description="Organisationsnummer", ordering="orgnr")
    def visa_orgnr(self, rad: Vardgivare) -> Any:
        """Return the number as it is written: 556016-0680."""
        return mono(f"{rad.orgnr[:6]}-{rad.orgnr[6:]}")

    @admin.display(description="Bankgiro")
    def visa_bankgiro(self, rad: Vardgivare) -> Any:
        """Return the account ungrouped."""
        return mono(rad.bankgiro) if rad.bankgiro else None


@admin.register(Enhet)
class EnhetAdmin(Filbar, Objektbehorighet, Stamdata):
    """Enhet: a kombika during a period. A unit that changes owner or name gets a new row."""

    resurs = EnhetResurs
    delegerbara = ("view_enhet",)
    form: ClassVar[Any] = bas.Stamdataformular
    list_display = ("namn", "visa_kombika", "hsa_id", "vardgivare", "visa_fr_o_m", "visa_t_o_m")
    list_filter = (("vardgivare", Namnfilter), bas.Giltighetsfilter)
    list_select_related = ("vardgivare",)
    search_prefix = ("kombika", "hsa_id")
    search_text = ("namn",)
    search_help_text = "Kombika, HSA-id eller namn"
    autocomplete_fields = ("vardgivare",)
    ordering = ("kombika", "giltig")

    @admin.display(description="Kombika", ordering="kombika")
    def visa_kombika(self, rad: Enhet) -> Any:
        """Return the kombika as one word."""
        return mono(rad.kombika)


@admin.register(Uppdrag)
class UppdragAdmin(Filbar, Stamdata):
    """Uppdrag: a commission (SAMVERKS) under a contract."""

    resurs = UppdragResurs
    form: ClassVar[Any] = bas.Stamdataformular
    list_display = (
        "samverks_id",
        "namn",
        "uppdragstyp",
        "styp",
        "avtal",
        "test",
        "visa_fr_o_m",
        "visa_t_o_m",
    )
    list_filter = (("avtal", Namnfilter), bas.Giltighetsfilter)
    list_select_related = ("avtal__avtalsomrade",)
    search_prefix = ("samverks_id",)
    search_text = ("namn",)
    search_help_text = "Samverks-id eller namn"
    autocomplete_fields = ("avtal",)
    ordering = ("samverks_id", "giltig")


@admin.register(Enhetsuppdrag)
class EnhetsuppdragAdmin(Stamdata):
    """Enhetsuppdrag: that a unit works under a commission."""

    form: ClassVar[Any] = bas.Stamdataformular
    list_display = ("enhet", "uppdrag", "visa_fr_o_m", "visa_t_o_m")
    list_filter = (("enhet", Namnfilter), ("uppdrag", Namnfilter), bas.Giltighetsfilter)
    list_select_related = ("enhet", "uppdrag")
    search_prefix = ("enhet__kombika", "uppdrag__samverks_id")
    search_help_text = "Kombika eller samverks-id"
    autocomplete_fields = ("enhet", "uppdrag")
    ordering = ("enhet__kombika", "giltig")


@admin.register(Avtalsomrade)
class AvtalsomradeAdmin(Stamdata):
    """Avtalsområde: who share rules and price list."""

    list_display = ("namn", "kod", "visa_uppdragstyper")
    search_text = ("namn", "kod")
    ordering = ("namn",)

    @admin.display(description="Uppdragstyper")
    def visa_uppdragstyper(self, rad: Avtalsomrade) -> str:
        """Return the types in one line."""
        return ", ".join(rad.uppdragstyper)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The code is what rule packs and price lists call the area: set once."""
        fast = ("kod",) if obj is not None else ()
        return (*super().get_readonly_fields(request, obj), *fast)


@admin.register(Avtal)
class AvtalAdmin(Filbar, Stamdata):
    """Avtal: a provider's dated contract in an area."""

    resurs = AvtalResurs
    form: ClassVar[Any] = bas.Stamdataformular
    list_display = (
        "ada_nummer",
        "vardgivare",
        "avtalsomrade",
        "momskompensation",
        "visa_fr_o_m",
        "visa_t_o_m",
    )
    list_filter = (
        ("vardgivare", Namnfilter),
        ("avtalsomrade", Namnfilter),
        bas.Giltighetsfilter,
    )
    list_select_related = ("vardgivare", "avtalsomrade")
    search_prefix = ("ada_nummer",)
    search_text = ("vardgivare__namn",)
    search_help_text = "ADA-nummer eller vårdgivarens namn"
    autocomplete_fields = ("vardgivare", "avtalsomrade")
    ordering = ("ada_nummer", "giltig")
