"""Invoices, ledger entries and month closes: read-only."""

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.template.loader import render_to_string

from ersattning.vardfaktura.models import (
    Bokforingsrad,
    Faktura,
    Fakturarad,
    Manadsstangning,
    Verifikation,
)
from ersattning.vardfaktura.models.stangning import Stangningsstatus
from gvr.admin.bas import Logglista, chip, kr, mono
from gvr.admin.filter import Namnfilter, Valfilter

MAX_RADER = 500


@admin.register(Faktura)
class FakturaAdmin(Logglista):
    """Faktura: proposal or approved. Approved in the portal by the provider, never here."""

    list_display = (
        "visa_nummer",
        "vardgivare",
        "visa_avtal",
        "visa_manad",
        "typ",
        "visa_status",
        "visa_summa",
        "godkand",
    )
    list_filter = (("vardgivare", Namnfilter), ("avtal", Namnfilter), ("status", Valfilter))
    list_select_related = ("vardgivare", "avtal__avtalsomrade", "godkand_av")
    search_exact = ("nummer",)
    search_help_text = "Fakturanummer"
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("visa_nummer", "visa_status"),
                    ("vardgivare", "avtal"),
                    ("visa_manad", "typ"),
                    ("visa_summa", "skapad"),
                    ("godkand", "godkand_av"),
                    "innehall_hash",
                )
            },
        ),
        ("Rader", {"fields": ("visa_rader",)}),
    )

    def search_condition(self, term: str) -> Q:
        """Search by number."""
        if term.isascii() and term.isdigit() and len(term) < 19:
            return Q(nummer=int(term))
        return Q(pk__in=[])

    @admin.display(description="Nummer")
    def visa_nummer(self, rad: Faktura) -> Any:
        """Return the number, or that it is a proposal."""
        return mono(rad.nummer) if rad.nummer is not None else "förslag"

    @admin.display(description="Avtal")
    def visa_avtal(self, rad: Faktura) -> Any:
        """Return the contract's number."""
        return mono(rad.avtal.ada_nummer)

    @admin.display(description="Månad")
    def visa_manad(self, rad: Faktura) -> str:
        """Return the month."""
        return f"{rad.manad:%Y-%m}"

    @admin.display(description="Status")
    def visa_status(self, rad: Faktura) -> Any:
        """Return the state."""
        return chip(rad.get_status_display(), "ok" if rad.nummer is not None else "vanta")

    @admin.display(description="Summa")
    def visa_summa(self, rad: Faktura) -> Any:
        """Return the sum."""
        return kr(rad.summa)

    @admin.display(description="Fakturarader")
    def visa_rader(self, rad: Faktura) -> Any:
        """Return the lines as a table."""
        rader = list(Fakturarad.objects.filter(faktura=rad).order_by("radnr")[: MAX_RADER + 1])
        return render_to_string(
            "admin/fakturarader.html",
            {"rader": rader[:MAX_RADER], "fler": len(rader) > MAX_RADER, "max": MAX_RADER},
        )


@admin.register(Verifikation)
class VerifikationAdmin(Logglista):
    """Verifikation: a balanced ledger entry."""

    list_display = ("visa_nummer", "bokforingsdag", "vardgivare", "text", "skapad")
    list_filter = (("vardgivare", Namnfilter),)
    list_select_related = ("vardgivare", "faktura")
    fields = (("visa_nummer", "bokforingsdag"), ("vardgivare", "faktura"), "text", "visa_rader")

    @admin.display(description="Verifikation")
    def visa_nummer(self, rad: Verifikation) -> Any:
        """Return the number ungrouped."""
        return mono(rad.pk)

    @admin.display(description="Rader")
    def visa_rader(self, verifikation: Verifikation) -> Any:
        """Return the rows with their sums."""
        rader = list(Bokforingsrad.objects.filter(verifikation=verifikation).order_by("pk"))
        return render_to_string(
            "admin/bokforingsrader.html",
            {
                "rader": rader,
                "debet": sum((rad.debet for rad in rader), Decimal("0.00")),
                "kredit": sum((rad.kredit for rad in rader), Decimal("0.00")),
            },
        )


@admin.register(Manadsstangning)
class ManadsstangningAdmin(Logglista):
    """Månadsstängning: how far the close of a month has come."""

    list_display = (
        "visa_manad",
        "vardgivare",
        "visa_avtal",
        "visa_status",
        "forsok",
        "andrad",
        "fel",
    )
    list_filter = (("vardgivare", Namnfilter), ("status", Valfilter))
    list_select_related = ("vardgivare", "avtal__avtalsomrade")
    fields = (
        ("visa_manad", "visa_status"),
        ("vardgivare", "avtal"),
        ("forsok", "andrad"),
        "fel",
    )

    @admin.display(description="Månad")
    def visa_manad(self, rad: Manadsstangning) -> str:
        """Return the month."""
        return f"{rad.manad:%Y-%m}"

    @admin.display(description="Avtal")
    def visa_avtal(self, rad: Manadsstangning) -> Any:
        """Return the contract's number."""
        return mono(rad.avtal.ada_nummer)

    @admin.display(description="Status")
    def visa_status(self, rad: Manadsstangning) -> Any:
        """Return how it went."""
        slag = {Stangningsstatus.KLAR: "ok", Stangningsstatus.FEL: "ratta"}
        status = Stangningsstatus(rad.status)
        return chip(status.label, slag.get(status, "ingen"))
