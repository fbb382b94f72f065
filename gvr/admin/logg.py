"""The access log and the history of changes: read, searched, never written here."""

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone

from gvr.actions import logg
from gvr.admin.bas import Logglista
from gvr.core.avvikelse import Avvikelse
from gvr.core.personnummer import mask, parse
from gvr.models import Andring, Loggpost


@admin.register(Loggpost)
class LoggpostAdmin(Logglista):
    """Loggpost: who read or changed which patient's data. Looking here is logged too."""

    list_display = ("tid", "anvandare", "handelse", "objekt", "enhet", "visa_patienter", "skal")
    search_exact = ("anvandare", "patienter__contains")
    search_help_text = "Användarnamn, eller patientens hela nummer (tolv siffror)"
    fields = (
        ("tid", "anvandare"),
        ("handelse", "objekt"),
        ("vardgivare_id", "enhet"),
        "visa_patienter",
        "skal",
    )

    def search_condition(self, term: str) -> Q:
        """Search one patient by the whole number, else a user; both have an index or few rows."""
        identitet = parse(term)
        if isinstance(identitet, Avvikelse):
            return Q(anvandare=term)
        return Q(patienter__contains=[identitet.nummer])

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Log that somebody asked who has read about a patient."""
        identitet = parse(search_term.strip())
        if not isinstance(identitet, Avvikelse):
            logg.record(
                by=request.user,
                handelse="LOGGSOKNING",
                patienter=[identitet.nummer],
                at=timezone.now(),
                skal="Sökning i åtkomstloggen",
            )
        return super().get_search_results(request, queryset, search_term)

    @admin.display(description="Patienter")
    def visa_patienter(self, rad: Loggpost) -> str:
        """Return the patients masked; many are only counted."""
        if len(rad.patienter) > 3:
            return f"{len(rad.patienter)} patienter"
        return ", ".join(mask(nummer) for nummer in rad.patienter)


@admin.register(Andring)
class AndringAdmin(Logglista):
    """Ändring: one changed row of master data or permissions, before and after."""

    list_display = ("tid", "visa_tabell", "visa_vad", "anvandare", "skal")
    search_exact = ("anvandare", "tabell")
    search_help_text = "Användarnamn eller tabell (t.ex. gvr_avtal)"
    fields = (("tid", "anvandare"), ("tabell", "rad"), "skal", "visa_skillnad")

    @admin.display(description="Vad")
    def visa_tabell(self, rad: Andring) -> str:
        """Return the table by its Swedish name."""
        return table_name(rad.tabell)

    @admin.display(description="Ändring")
    def visa_vad(self, rad: Andring) -> str:
        """Return what happened in a few words."""
        return summary(rad)

    @admin.display(description="Skillnad")
    def visa_skillnad(self, rad: Andring) -> Any:
        """Return the changed fields with old and new value."""
        return render_to_string("admin/skillnad.html", {"falt": changed_fields(rad)})


def table_name(tabell: str) -> str:
    """Return the verbose name of the model of a table, or the table's own name."""
    for model in apps.get_models(include_auto_created=True):
        if model._meta.db_table == tabell:
            return str(model._meta.verbose_name)
    return tabell


def changed_fields(rad: Andring) -> list[tuple[str, Any, Any]]:
    """Return (field, before, after) for every field that differs."""
    fore, efter = rad.fore or {}, rad.efter or {}
    return [
        (falt, fore.get(falt), efter.get(falt))
        for falt in (efter or fore)
        if fore.get(falt) != efter.get(falt)
    ]


def summary(rad: Andring) -> str:
    """Return "ny", "borttagen" or the names of the changed fields."""
    if rad.fore is None:
        return "ny rad"
    if rad.efter is None:
        return "borttagen"
    return ", ".join(falt for falt, _, _ in changed_fields(rad))
