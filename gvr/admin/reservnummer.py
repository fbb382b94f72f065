"""Reservnummer and their ties: read here, issued and tied in the portal and by API."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q

from gvr.admin.bas import Logglista, mono
from gvr.admin.filter import Namnfilter
from gvr.core.avvikelse import Avvikelse
from gvr.core.personnummer import mask, parse
from gvr.models import Reservnummer, Reservnummerkoppling


def _number(term: str) -> str:
    """Return a number in twelve digits; what is no number as it is."""
    identitet = parse(term)
    return term if isinstance(identitet, Avvikelse) else identitet.nummer


@admin.register(Reservnummer)
class ReservnummerAdmin(Logglista):
    """Reservnummer: a number issued to a patient without any other."""

    list_display = ("visa_nummer", "skal", "vardgivare", "utfardat", "utfardat_av")
    list_filter = (("vardgivare", Namnfilter),)
    list_select_related: ClassVar[Any] = ("vardgivare", "utfardat_av")
    search_exact = ("nummer",)
    search_help_text = "Hela reservnumret (tolv siffror)"
    fields = (
        ("visa_nummer", "skal"),
        ("fodelsear", "kon"),
        ("visa_lma", "lma_t_o_m"),
        ("vardgivare", "utfardat"),
        "utfardat_av",
    )

    def search_condition(self, term: str) -> Q:
        """Search one number."""
        return Q(nummer=_number(term))

    @admin.display(description="Reservnummer")
    def visa_nummer(self, rad: Reservnummer) -> Any:
        """Return the number masked."""
        return mono(mask(rad.nummer))

    @admin.display(description="LMA-nummer")
    def visa_lma(self, rad: Reservnummer) -> str:
        """Say whether there is one; the number itself is the patient's."""
        return "finns" if rad.lma_nummer else "–"


@admin.register(Reservnummerkoppling)
class ReservnummerkopplingAdmin(Logglista):
    """Koppling: that a reservnummer and a personnummer are one person, or are so no longer."""

    list_display = ("visa_nummer", "visa_person", "aterkallad", "vardgivare", "tid", "av")
    list_filter = (("vardgivare", Namnfilter),)
    list_select_related: ClassVar[Any] = ("vardgivare", "av")
    search_exact = ("nummer", "personnummer")
    search_help_text = "Hela reservnumret eller personnumret (tolv siffror)"
    fields = (
        ("visa_nummer", "visa_person"),
        ("aterkallad", "skal"),
        "lkf",
        ("vardgivare", "tid"),
        "av",
    )

    def search_condition(self, term: str) -> Q:
        """Search one number of either kind."""
        nummer = _number(term)
        return Q(nummer=nummer) | Q(personnummer=nummer)

    @admin.display(description="Reservnummer")
    def visa_nummer(self, rad: Reservnummerkoppling) -> Any:
        """Return the reservnummer masked."""
        return mono(mask(rad.nummer))

    @admin.display(description="Personnummer")
    def visa_person(self, rad: Reservnummerkoppling) -> Any:
        """Return the personnummer masked."""
        return mono(mask(rad.personnummer)) if rad.personnummer else None
