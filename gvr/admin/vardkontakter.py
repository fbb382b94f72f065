"""Vårdkontakter: found by id or provider, read with a trace in the log, never edited in place."""

from datetime import time
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest, HttpResponseBase
from django.template.loader import render_to_string
from django.utils import timezone

from gvr.actions import logg
from gvr.admin.bas import Avgransad, Logglista, chip, mono
from gvr.admin.filter import Namnfilter
from gvr.admin.leveranser import exact_uuid
from gvr.admin.rattelser import Rattbar
from gvr.core.personnummer import mask
from gvr.models import Arende, Maskinkonto, Vardkontakt, Vardkontaktversion


class Kontaktlista(Avgransad):
    """The page's contacts, each with its newest version, in two queries."""

    result_list: Any

    def get_results(self, request: HttpRequest) -> None:
        """Read the newest versions of the contacts on this page only."""
        super().get_results(request)
        rader = list(self.result_list)
        versioner = {
            (rad.vardkontakt_id, rad.version): rad
            for rad in Vardkontaktversion.objects.filter(
                vardkontakt_id__in=[rad.pk for rad in rader]
            )
        }
        for rad in rader:
            rad.senaste = versioner.get((rad.pk, rad.senaste_version))
        self.result_list = rader


@admin.register(Vardkontakt)
class VardkontaktAdmin(Rattbar, Logglista):
    """Vårdkontakt: the list masks the patient; opening one is logged."""

    change_form_outer_before_template = "admin/vardkontakt_dorrar.html"
    list_display = (
        "visa_id",
        "visa_dag",
        "visa_patient",
        "vardgivare",
        "enhet",
        "kallsystem",
        "visa_version",
        "visa_lage",
    )
    list_filter = (("vardgivare", Namnfilter), ("enhet", Namnfilter))
    list_select_related = ("vardgivare", "enhet")
    search_exact = ("vardhandelse_id", "uuid")
    search_help_text = "Hela vårdhändelse-id eller uuid"
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("visa_id", "kallsystem"),
                    ("visa_dag", "visa_patient"),
                    ("vardgivare", "enhet"),
                    ("visa_version", "visa_lage"),
                    "visa_uuid",
                )
            },
        ),
        ("Innehåll", {"fields": ("visa_innehall",)}),
        ("Versioner", {"fields": ("visa_versioner",)}),
    )

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        """Return the list that reads versions a page at a time."""
        del request, kwargs
        return Kontaktlista

    def search_condition(self, term: str) -> Q:
        """Search the natural key by equality; every known sender is tried, so the index is used."""
        if (nyckel := exact_uuid(term)) is not None:
            return Q(uuid=nyckel)
        kanda = list(Maskinkonto.objects.values_list("kallsystem", flat=True).distinct())
        return Q(kallsystem__in=[*kanda, *EGNA_KALLSYSTEM], vardhandelse_id=term)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponseBase:
        """Show one contact, and log that it was shown."""
        kontakt = self.get_object(request, object_id)
        context = {"show_history": False, **(extra_context or {})}
        if kontakt is not None:
            log_view(request, kontakt)
            context["dorrar"] = self.doors(request, kontakt)
            context["arende"] = Arende.objects.filter(vardkontakt=kontakt).first()
        svar: HttpResponseBase = super().change_view(request, object_id, form_url, context)
        return svar

    @admin.display(description="Vårdhändelse-id")
    def visa_id(self, rad: Vardkontakt) -> Any:
        """Return the sender's id as one word."""
        return mono(rad)

    @admin.display(description="uuid")
    def visa_uuid(self, rad: Vardkontakt) -> Any:
        """Return the id shown outward."""
        return mono(rad.uuid)

    @admin.display(description="Dag")
    def visa_dag(self, rad: Vardkontakt) -> Any:
        """Return the day of care."""
        version = newest(rad)
        return version.dag if version else None

    @admin.display(description="Patient")
    def visa_patient(self, rad: Vardkontakt) -> Any:
        """Return the patient masked."""
        version = newest(rad)
        return mono(mask(version.patient_id)) if version else None

    @admin.display(description="Version")
    def visa_version(self, rad: Vardkontakt) -> str:
        """Return the number of the newest version."""
        return str(rad.senaste_version)

    @admin.display(description="Läge")
    def visa_lage(self, rad: Vardkontakt) -> Any:
        """Return whether the contact is cancelled."""
        version = newest(rad)
        if version is not None and version.makulerad:
            return chip("Makulerad", "ingen")
        return chip("Registrerad", "ok")

    @admin.display(description="Senaste version")
    def visa_innehall(self, rad: Vardkontakt) -> Any:
        """Return the content field by field."""
        version = newest(rad)
        return render_to_string(
            "admin/vardkontakt_innehall.html", {"falt": content_rows(version) if version else []}
        )

    @admin.display(description="Alla versioner")
    def visa_versioner(self, rad: Vardkontakt) -> Any:
        """Return when each version came, from whom, and what differed from the one before."""
        versioner = list(
            Vardkontaktversion.objects.filter(vardkontakt=rad)
            .select_related("registrerad_av", "leverans__maskinkonto")
            .order_by("version")
        )
        rader = []
        fore: Vardkontaktversion | None = None
        for version in versioner:
            rader.append({"version": version, "skillnad": differences(fore, version)})
            fore = version
        return render_to_string("admin/vardkontakt_versioner.html", {"rader": rader[::-1]})


#: What the region and the portal call themselves as senders.
EGNA_KALLSYSTEM = ("PORTAL", "REGION")

_DOLDA = {"id", "vardkontakt", "version", "leverans", "innehall_sha256", "registrerad_av"}
_EJ_INNEHALL = _DOLDA | {"vardgivare", "enhet", "registrerad", "orsak", "anmarkningar", "makulerad"}


def newest(rad: Vardkontakt) -> Vardkontaktversion | None:
    """Return the newest version, read once per object."""
    if not hasattr(rad, "senaste"):
        rad.senaste = Vardkontaktversion.objects.filter(  # type: ignore[attr-defined]
            vardkontakt=rad, version=rad.senaste_version
        ).first()
    return rad.senaste  # type: ignore[attr-defined,no-any-return]


def content_rows(version: Vardkontaktversion) -> list[tuple[str, str]]:
    """Return (label, value) of every field that has a value, the patient masked."""
    svar = []
    for falt in Vardkontaktversion._meta.concrete_fields:
        if falt.name in _EJ_INNEHALL:
            continue
        text = shown(falt.name, getattr(version, falt.name))
        if text:
            svar.append((str(falt.verbose_name), text))
    return svar


def differences(
    fore: Vardkontaktversion | None, efter: Vardkontaktversion
) -> list[tuple[str, str, str]]:
    """Return (label, before, after) of every field of the content that a version changed."""
    if fore is None:
        return []
    svar = []
    for falt in Vardkontaktversion._meta.concrete_fields:
        if falt.name in _EJ_INNEHALL and falt.name != "makulerad":
            continue
        gammalt, nytt = getattr(fore, falt.name), getattr(efter, falt.name)
        if gammalt != nytt:
            svar.append((str(falt.verbose_name), shown(falt.name, gammalt), shown(falt.name, nytt)))
    return svar


def shown(namn: str, value: Any) -> str:
    """Return a value as text: lists in one line, the patient masked, nothing for nothing."""
    if value is None or value in ("", [], {}):
        return ""
    if namn == "patient_id":
        return mask(value)
    if namn == "fodd":
        return f"{value:%Y}"
    if isinstance(value, bool):
        return "ja" if value else "nej"
    if isinstance(value, time):
        return f"{value.hour}.{value:%M}"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, dict):
        return ", ".join(f"{nyckel}: {del_}" for nyckel, del_ in value.items())
    return str(value)


def log_view(request: HttpRequest, kontakt: Vardkontakt, *, handelse: str = "LASNING") -> None:
    """Log that a contact was shown."""
    version = newest(kontakt)
    logg.record(
        by=request.user,
        handelse=handelse,
        patienter=[version.patient_id] if version else [],
        objekt=f"vardkontakt:{kontakt.uuid}",
        vardgivare_id=kontakt.vardgivare_id,
        enhet=version.enhet_ref if version else "",
        skal="Regionens administration",
        at=timezone.now(),
    )


@admin.register(Arende)
class ArendeAdmin(Logglista):
    """Ärende: contacts with work waiting; parked ones with the reason."""

    list_display = ("visa_kontakt", "skapad", "forsok", "visa_lage", "lease_till", "visa_fel")
    list_filter = ("parkerad",)
    list_select_related = ("vardkontakt",)
    ordering: ClassVar[Any] = ("skapad",)
    fields = ("visa_kontakt", ("skapad", "forsok"), ("visa_lage", "lease_till"), "fel")

    @admin.display(description="Vårdkontakt")
    def visa_kontakt(self, rad: Arende) -> Any:
        """Return the contact's id."""
        return mono(rad.vardkontakt)

    @admin.display(description="Läge")
    def visa_lage(self, rad: Arende) -> Any:
        """Return whether the work is parked."""
        return chip("Parkerat", "ratta") if rad.parkerad else chip("I kö", "vanta")

    @admin.display(description="Fel")
    def visa_fel(self, rad: Arende) -> str:
        """Return the first line of the reason."""
        return rad.fel.splitlines()[0][:120] if rad.fel else ""
