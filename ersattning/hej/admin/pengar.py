"""Decisions, where each contact stands, and the money: read-only, always."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html

from ersattning.hej.core import orsaker
from ersattning.hej.models import Beslut, Delbeslut, Kontaktlage, Post
from ersattning.hej.models.beslut import Utfall
from gvr.admin.bas import Logglista, chip, kr, mono
from gvr.admin.filter import Dagsfilter, Namnfilter, Sammanhang
from gvr.admin.leveranser import exact_uuid

CHIP = {
    Utfall.ERSATTS: "ok",
    Utfall.INGEN_ERSATTNING: "ingen",
    Utfall.VANTAR: "vanta",
    Utfall.FEL: "ratta",
    Utfall.MAKULERAD: "ingen",
}


def outcome(utfall: str) -> Any:
    """Return the outcome as word and colour."""
    varde = Utfall(utfall)
    return chip(varde.label, CHIP[varde])


def contact_link(kontakt_id: int | None, text: str) -> Any:
    """Return a link to the contact's own page."""
    if kontakt_id is None:
        return None
    adress = reverse("admin:gvr_vardkontakt_change", args=[kontakt_id])
    return format_html('<a class="gvr-kod" href="{}">{}</a>', adress, text)


class Utfallsfilter(Sammanhang):
    """An outcome; waiting contacts have an index of their own, the others need a provider."""

    title = "utfall"
    parameter_name = "utfall"
    kraver = "vardgivare__id__exact"
    kraver_namn = "vårdgivare"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        """Return the outcomes."""
        del request, model_admin
        return Utfall.choices

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow the list."""
        if self.value() == Utfall.VANTAR or self.usable(request):
            return queryset.filter(utfall=self.value())
        return queryset


class Vantarpafilter(Sammanhang):
    """What a contact waits for, exactly as it is written (ENHET:30216311004)."""

    title = "väntar på"
    parameter_name = "vantar_pa"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        """Return the value in use: the list of causes is a page of its own."""
        del model_admin
        vald = request.GET.get(self.parameter_name)
        return [(vald, vald)] if vald else [("-", "välj på sidan Väntar och fel")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow the list by the partial index of waiting contacts."""
        del request
        if self.value() in (None, "", "-"):
            return queryset
        return queryset.filter(utfall=Utfall.VANTAR, vantar_pa=self.value())


@admin.register(Kontaktlage)
class KontaktlageAdmin(Logglista):
    """Kontaktläge: where each contact stands."""

    list_display = (
        "dag",
        "visa_kontakt",
        "vardgivare",
        "enhet",
        "visa_utfall",
        "orsak",
        "vantar_pa",
        "visa_summa",
    )
    list_display_links = None
    list_filter = (
        ("vardgivare", Namnfilter),
        ("dag", Dagsfilter.with_filter("vardgivare__id__exact", "vårdgivare")),
        Utfallsfilter,
        Vantarpafilter,
    )
    list_select_related = ("vardkontakt", "vardgivare", "enhet")
    search_exact: ClassVar[Any] = ()

    def get_ordering(self, request: HttpRequest) -> Any:
        """Follow the index that the filters use."""
        if request.GET.get("vardgivare__id__exact"):
            return ("-dag", "-vardkontakt")
        return ("-vardkontakt",)

    @admin.display(description="Vårdkontakt")
    def visa_kontakt(self, rad: Kontaktlage) -> Any:
        """Return a link to the contact."""
        return contact_link(rad.vardkontakt_id, str(rad.vardkontakt))

    @admin.display(description="Utfall")
    def visa_utfall(self, rad: Kontaktlage) -> Any:
        """Return the outcome."""
        return outcome(rad.utfall)

    @admin.display(description="Summa")
    def visa_summa(self, rad: Kontaktlage) -> Any:
        """Return the sum."""
        return kr(rad.summa)


@admin.register(Beslut)
class BeslutAdmin(Logglista):
    """Beslut: the decision receipt."""

    list_display = (
        "tid",
        "visa_kontakt",
        "visa_version",
        "vardgivare",
        "visa_utfall",
        "orsak",
        "visa_summa",
    )
    list_filter = (("vardgivare", Namnfilter),)
    list_select_related = ("vardkontakt", "vardgivare", "enhet", "avtal__avtalsomrade")
    search_exact = ("vardkontakt",)
    search_help_text = "Vårdkontaktens interna nummer"
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("tid", "visa_kontakt"),
                    ("vardgivare", "enhet"),
                    ("avtal", "uppdragstyp"),
                    ("visa_utfall", "visa_summa"),
                    ("orsak", "vantar_pa"),
                )
            },
        ),
        ("Rader", {"fields": ("visa_rader",)}),
        ("Vad som användes", {"fields": ("visa_underlag",)}),
    )

    def search_condition(self, term: str) -> Q:
        """Search by the contact's number."""
        if term.isascii() and term.isdigit() and len(term) < 19:
            return Q(vardkontakt_id=int(term))
        return Q(pk__in=[])

    @admin.display(description="Vårdkontakt")
    def visa_kontakt(self, rad: Beslut) -> Any:
        """Return a link to the contact."""
        return contact_link(rad.vardkontakt_id, str(rad.vardkontakt))

    @admin.display(description="Version")
    def visa_version(self, rad: Beslut) -> str:
        """Return which version was decided."""
        return str(rad.version)

    @admin.display(description="Utfall")
    def visa_utfall(self, rad: Beslut) -> Any:
        """Return the outcome."""
        return outcome(rad.utfall)

    @admin.display(description="Summa")
    def visa_summa(self, rad: Beslut) -> Any:
        """Return the sum."""
        return kr(rad.summa)

    @admin.display(description="Rader")
    def visa_rader(self, rad: Beslut) -> Any:
        """Return the rows as a table."""
        return render_to_string("admin/beslutsrader.html", {"rader": rad.rader})

    @admin.display(description="Underlag")
    def visa_underlag(self, rad: Beslut) -> Any:
        """Return packs and lists by name, version and hash."""
        return render_to_string(
            "admin/underlag.html",
            {
                "underlag": [*rad.regelpaket, *rad.prislistor],
                "stamdataversion": str(rad.stamdataversion),
            },
        )


@admin.register(Delbeslut)
class DelbeslutAdmin(Logglista):
    """Beslut om deltagande: why this sum for taking part, or why nothing."""

    list_display = (
        "visa_dag",
        "vardgivare",
        "enhet",
        "visa_utfall",
        "visa_orsak",
        "visa_summa",
    )
    list_filter = (("vardgivare", Namnfilter), ("avtal", Namnfilter))
    list_select_related = ("vardgivare", "enhet", "avtal__avtalsomrade", "huvudkontakt")
    search_exact = ("deltagande",)
    search_help_text = "Deltagandets uuid"
    fields = (
        ("visa_dag", "visa_deltagande"),
        ("vardgivare", "enhet"),
        ("avtal", "uppdragstyp"),
        ("visa_utfall", "visa_orsak"),
        ("vantar_pa", "visa_summa"),
        "visa_rader",
        ("regelpaket", "prislistor"),
        ("version", "stamdataversion"),
        ("visa_huvudkontakt", "tid"),
    )

    def search_condition(self, term: str) -> Q:
        """Search by the deltagande; what is no id finds nothing."""
        return Q(deltagande=exact_uuid(term))

    @admin.display(description="Dag")
    def visa_dag(self, rad: Delbeslut) -> Any:
        """Return the day, never broken over two lines."""
        return format_html('<span class="gvr-dag">{}</span>', rad.dag)

    @admin.display(description="Deltagande")
    def visa_deltagande(self, rad: Delbeslut) -> Any:
        """Return the id shown outward."""
        return mono(rad.deltagande)

    @admin.display(description="Utfall")
    def visa_utfall(self, rad: Delbeslut) -> Any:
        """Return the outcome."""
        return outcome(rad.utfall)

    @admin.display(description="Orsak")
    def visa_orsak(self, rad: Delbeslut) -> str:
        """Return the reason in words; one of a pack's own as its code."""
        orsak = orsaker.ORSAKER.get(rad.orsak)
        return rad.orsak if orsak is None else orsak.titel

    @admin.display(description="Summa")
    def visa_summa(self, rad: Delbeslut) -> Any:
        """Return the sum."""
        return kr(rad.summa)

    @admin.display(description="Rader")
    def visa_rader(self, rad: Delbeslut) -> Any:
        """Return the rows as a table."""
        return render_to_string("admin/beslutsrader.html", {"rader": rad.rader})

    @admin.display(description="Huvudkontakt")
    def visa_huvudkontakt(self, rad: Delbeslut) -> Any:
        """Return a link to the contact it was tied to."""
        if rad.huvudkontakt is None:
            return None
        return contact_link(rad.huvudkontakt_id, str(rad.huvudkontakt))


@admin.register(Post)
class PostAdmin(Logglista):
    """Post: one money row."""

    list_display = (
        "visa_nummer",
        "vardgivare",
        "visa_avtal",
        "produktkod",
        "typ",
        "visa_antal",
        "visa_apris",
        "visa_belopp",
        "visa_vardmanad",
        "visa_bokforingsmanad",
        "visa_aterfor",
    )
    list_filter = (("vardgivare", Namnfilter), ("avtal", Namnfilter))
    list_select_related = (
        "vardgivare",
        "avtal__avtalsomrade",
        "enhet",
        "vardkontakt",
        "delbeslut",
    )
    search_exact = ("vardkontakt",)
    search_help_text = "Vårdkontaktens interna nummer"
    fields = (
        ("visa_nummer", "kalla"),
        ("vardgivare", "enhet"),
        ("avtal", "visa_kontakt"),
        "delbeslut",
        ("regel", "produktkod"),
        ("typ", "visa_antal"),
        ("visa_apris", "visa_belopp"),
        ("visa_vardmanad", "visa_bokforingsmanad"),
        ("visa_aterfor", "skapad"),
    )

    def search_condition(self, term: str) -> Q:
        """Search by the contact's number."""
        if term.isascii() and term.isdigit() and len(term) < 19:
            return Q(vardkontakt_id=int(term))
        return Q(pk__in=[])

    @admin.display(description="Post")
    def visa_nummer(self, rad: Post) -> Any:
        """Return the number ungrouped."""
        return mono(rad.pk)

    @admin.display(description="Avtal")
    def visa_avtal(self, rad: Post) -> Any:
        """Return the contract's number."""
        return mono(rad.avtal.ada_nummer)

    @admin.display(description="Vårdkontakt")
    def visa_kontakt(self, rad: Post) -> Any:
        """Return a link to the contact."""
        if rad.vardkontakt is None:
            return None
        return contact_link(rad.vardkontakt_id, str(rad.vardkontakt))

    @admin.display(description="Antal")
    def visa_antal(self, rad: Post) -> str:
        """Return the quantity."""
        return str(rad.antal)

    @admin.display(description="À-pris")
    def visa_apris(self, rad: Post) -> Any:
        """Return the unit price."""
        return kr(rad.apris)

    @admin.display(description="Belopp")
    def visa_belopp(self, rad: Post) -> Any:
        """Return the amount."""
        return kr(rad.belopp)

    @admin.display(description="Vårdmånad")
    def visa_vardmanad(self, rad: Post) -> str:
        """Return the month of care."""
        return f"{rad.vardmanad:%Y-%m}"

    @admin.display(description="Bokförd")
    def visa_bokforingsmanad(self, rad: Post) -> str:
        """Return the month of booking."""
        return f"{rad.bokforingsmanad:%Y-%m}"

    @admin.display(description="Återför")
    def visa_aterfor(self, rad: Post) -> Any:
        """Return the post that this one reverses."""
        return mono(rad.aterfor_id) if rad.aterfor_id else None
