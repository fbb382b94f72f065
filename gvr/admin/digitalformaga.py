"""Which contracts ask for the connection to samverkan, who has connected and who has not."""

from datetime import datetime
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html

from gvr.admin import bas
from gvr.admin.bas import Stamdata, chip
from gvr.admin.filer import Filbar
from gvr.admin.filter import Namnfilter, Rullista
from gvr.admin.resurs import Dagkolumn, Kolumn, Rad, Resurs, Uppslag
from gvr.core import cell
from gvr.models import Avtal, Formagekrav
from gvr.queries import digitalformaga
from gvr.queries.register import period


class Visad(Kolumn):
    """A column that is only written: what is said of the row, never a part of it."""

    def save(self, instance: Any, row: Rad, is_m2m: bool = False, **kwargs: Any) -> None:  # noqa: FBT001, FBT002
        """Leave the row as it is."""

    def get_value(self, instance: Any) -> str:
        """Return the moment as a person writes it; nothing for a row that is not stored."""
        return moment(getattr(instance, self.attribute, None))


class FormagekravResurs(Resurs):
    """Krav på digital förmåga, by contract and first day, with what has been seen."""

    nyckel: ClassVar[tuple[str, ...]] = ("avtal",)
    filnamn = "Digital förmåga"
    avtal = Uppslag(
        "avtal",
        "ADA-nummer",
        rader=lambda: Avtal.objects.select_related("avtalsomrade", "vardgivare"),
        nyckel="ada_nummer",
        vad="Avtalet",
        krav=True,
    )
    fr_o_m = Dagkolumn("fr_o_m", "Fr.o.m.", krav=True, hjalp="Första dagen, 2026-01-31.")
    t_o_m = Dagkolumn("t_o_m", "T.o.m.", hjalp="Sista dagen. Tom cell betyder tills vidare.")
    grund = Kolumn("grund", "Grund", cell.text, krav=True, hjalp="Var kravet står.")
    forst_sedd = Visad("forst_sedd", "Först sedd", hjalp="Fylls i av registret.")
    senast_sedd = Visad("senast_sedd", "Senast sedd", hjalp="Fylls i av registret.")

    class Meta(Resurs.Meta):
        model = Formagekrav

    def get_queryset(self) -> QuerySet[Any]:
        """Return the rows with what has been seen."""
        return digitalformaga.with_traffic(super().get_queryset())


class Anslutningsfilter(Rullista):
    """Who has been seen, who should have been and who need not yet."""

    title = "anslutning"
    parameter_name = "anslutning"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the choices."""
        del request, model_admin
        return [("ja", "Ansluten"), ("nej", "Inte ansluten"), ("senare", "Kravet börjar senare")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow the list."""
        del request
        idag = timezone.localdate()
        match self.value():
            case "ja":
                return queryset.filter(forst_sedd__isnull=False)
            case "nej":
                return queryset.filter(forst_sedd__isnull=True, giltig__contains=idag)
            case "senare":
                return queryset.filter(forst_sedd__isnull=True, giltig__startswith__gt=idag)
        return queryset


@admin.register(Formagekrav)
class FormagekravAdmin(Filbar, Stamdata):
    """Krav på digital förmåga: from when a contract asks for the connection, and whether it is."""

    resurs = FormagekravResurs
    form: ClassVar[Any] = bas.Stamdataformular
    list_display = (
        "visa_avtal",
        "visa_vardgivare",
        "visa_fr_o_m",
        "visa_t_o_m",
        "visa_anslutning",
        "visa_forst",
        "visa_senast",
    )
    list_filter = (
        Anslutningsfilter,
        ("avtal__vardgivare", Namnfilter),
        ("avtal__avtalsomrade", Namnfilter),
        bas.Giltighetsfilter,
    )
    list_select_related = ("avtal__vardgivare", "avtal__avtalsomrade")
    search_prefix = ("avtal__ada_nummer",)
    search_text = ("avtal__vardgivare__namn",)
    search_help_text = "ADA-nummer eller vårdgivarens namn"
    autocomplete_fields = ("avtal",)
    ordering = ("avtal__ada_nummer", "giltig")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the rows with what has been seen."""
        return digitalformaga.with_traffic(super().get_queryset(request))

    @admin.display(description="Avtal", ordering="avtal__ada_nummer")
    def visa_avtal(self, rad: Formagekrav) -> str:
        """Return the contract with its area."""
        return str(rad.avtal)

    @admin.display(description="Vårdgivare", ordering="avtal__vardgivare__namn")
    def visa_vardgivare(self, rad: Formagekrav) -> str:
        """Return whose contract it is."""
        return str(rad.avtal.vardgivare)

    @admin.display(description="Anslutning")
    def visa_anslutning(self, rad: Any) -> Any:
        """Return whether anything has been seen."""
        if rad.forst_sedd is not None:
            return chip("Ansluten", "ok")
        idag = timezone.localdate()
        giltig = period(rad.giltig)
        if giltig.contains(idag):
            return chip("Inte ansluten", "ratta")
        return chip("Börjar senare" if giltig.start > idag else "Avslutat", "ingen")

    @admin.display(description="Först sedd")
    def visa_forst(self, rad: Any) -> Any:
        """Return when a journal system first reported under the contract."""
        return format_html('<span class="gvr-dag">{}</span>', moment(rad.forst_sedd))

    @admin.display(description="Senast sedd")
    def visa_senast(self, rad: Any) -> Any:
        """Return when a journal system last reported under the contract."""
        return format_html('<span class="gvr-dag">{}</span>', moment(rad.senast_sedd))


def moment(tid: datetime | None) -> str:
    """Return a moment by Swedish time, to the minute; empty for none."""
    return "" if tid is None else f"{timezone.localtime(tid):%Y-%m-%d %H.%M}"
