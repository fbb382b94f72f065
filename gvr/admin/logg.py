"""The access log and the history of changes: read, searched, never written here."""

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone

from gvr.actions import logg
from gvr.admin.bas import Logglista, changed_fields
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
        falt = changed_fields(table_model(rad.tabell), rad.fore, rad.efter)
        return render_to_string("admin/skillnad.html", {"falt": falt})


def table_model(tabell: str) -> type[Model]:
    """Return the model of a table; the history's own where there is none."""
    for model in apps.get_models(include_auto_created=True):
        if model._meta.db_table == tabell:
            return model
    return Andring


#: Tables of the packages, which call them something in English.
_KOPPLINGAR = {
    "auth_user_groups": "användares grupp",
    "auth_user_user_permissions": "användares behörighet",
    "auth_group_permissions": "grupps behörighet",
    "guardian_userobjectpermission": "användares behörighet till vårdgivare eller enhet",
    "guardian_groupobjectpermission": "grupps behörighet till vårdgivare eller enhet",
}


def table_name(tabell: str) -> str:
    """Return what the rows of a table are called, or the table's own name."""
    if tabell in _KOPPLINGAR:
        return _KOPPLINGAR[tabell]
    model = table_model(tabell)
    return tabell if model is Andring else str(model._meta.verbose_name)


def summary(rad: Andring) -> str:
    """Return "ny", "borttagen" or the names of the changed fields."""
    if rad.fore is None:
        return "ny rad"
    if rad.efter is None:
        return "borttagen"
    return ", ".join(
        falt for falt, _, _ in changed_fields(table_model(rad.tabell), rad.fore, rad.efter)
    )
