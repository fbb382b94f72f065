"""Price lists: prices beside those of the version before, two persons, prices from a workbook."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from unfold.widgets import UnfoldAdminSelectWidget

from ersattning.hej.actions import prislistor as actions
from ersattning.hej.core import jamforelse
from ersattning.hej.core import prislista as core
from ersattning.hej.models import Pris, Prislista
from gvr.admin import bas
from gvr.admin.bas import Lista, chip, kr, mono
from gvr.admin.filer import Filbar, Uppladdning
from gvr.admin.filter import Namnfilter
from gvr.admin.publicering import Flik, Publiceringsadmin
from gvr.admin.resurs import Dagkolumn, Kolumn, Resurs
from gvr.bas import Status
from gvr.core import cell
from gvr.core.avvikelse import Avvikelse


@admin.register(Prislista)
class PrislistaAdmin(Publiceringsadmin):
    """Prislista: one version of a list, with its prices."""

    search_text = ("namn", "kod")
    ordering = ("kod", "-version")

    def document(self, rad: Prislista) -> dict[str, Any]:
        """Return the document that the list can be made from."""
        return actions.export(rad)

    def create(self, document: Any, *, request: HttpRequest, skal: str) -> Any:
        """Create a draft."""
        del skal
        return actions.create_draft(document, by=request.user, at=timezone.now())

    def edit(self, rad: Prislista, document: Any, *, request: HttpRequest, skal: str) -> Any:
        """Replace a draft."""
        return actions.replace_prices(rad, document, by=request.user, skal=skal)

    def submit(self, rad: Prislista, *, request: HttpRequest) -> Any:
        """Hand in."""
        return actions.submit(rad, by=request.user, at=timezone.now())

    def current_hash(self, rad: Prislista) -> str:
        """Return the hash of what the rows say now, not of what they once said."""
        return core.content_hash(actions.export(rad))

    def findings(self, rad: Prislista) -> Sequence[Avvikelse]:
        """Return overlaps, gaps and faults."""
        return core.check(actions.export(rad))

    def versions(self, rad: Prislista) -> QuerySet[Any]:
        """Return the other versions of the list."""
        return (
            Prislista.objects.filter(kod=rad.kod)
            .exclude(pk=rad.pk)
            .select_related("avtalsomrade")
            .order_by("-version")
        )

    def parts(self, rad: Prislista, *, mot: Any) -> list[Flik]:
        """Return what differs and all prices."""
        ny = actions.as_core(rad)
        fore = actions.as_core(mot) if mot is not None else None
        skillnader = jamforelse.compare(fore, ny) if fore is not None else ()
        return [
            Flik(
                "skillnad",
                "Vad som ändras",
                "admin/prislista_skillnad.html",
                {
                    "skillnader": skillnader,
                    "stora": sum(rad.stor for rad in skillnader),
                    "grans": jamforelse.STOR_ANDRING,
                    "forlorade": jamforelse.previous_gaps(fore, ny) if fore is not None else (),
                    "mot": mot,
                },
            ),
            Flik(
                "priser",
                f"Alla priser ({len(ny.priser)})",
                "admin/prislista_priser.html",
                {
                    "priser": ny.priser,
                    "utkast": rad.status == Status.UTKAST,
                    "import_adress": f"{reverse('admin:hej_pris_import')}?prislista={rad.pk}",
                    "export_adress": (
                        f"{reverse('admin:hej_pris_export')}?prislista__id__exact={rad.pk}"
                    ),
                },
            ),
        ]


class PrisResurs(Resurs):
    """The prices of one draft, by product and first day."""

    nyckel: ClassVar[tuple[str, ...]] = ("produktkod",)
    filnamn = "Priser"
    produktkod = Kolumn("produktkod", "Produktkod", krav=True, hjalp="Skriv som text.")
    fr_o_m = Dagkolumn("fr_o_m", "Fr.o.m.", krav=True, hjalp="Första dagen, 2026-01-31.")
    t_o_m = Dagkolumn("t_o_m", "T.o.m.", hjalp="Sista dagen. Tom cell betyder tills vidare.")
    text = Kolumn("text", "Text", krav=True)
    belopp = Kolumn(
        "belopp",
        "Belopp",
        cell.not_negative,
        krav=True,
        hjalp="Kronor: 1234,50. Avdrag skrivs utan minustecken.",
    )
    reducerat = Kolumn(
        "reducerat", "Reducerat arvode", cell.not_negative, hjalp="Bara nationella taxan."
    )
    tak1 = Kolumn("tak1", "Tak för normalarvode", cell.not_negative, hjalp="Kronor per kalenderår.")
    tak2 = Kolumn("tak2", "Ersättningstak", cell.not_negative, hjalp="Kronor per kalenderår.")
    exempel = Kolumn(
        "exempel", "Exempel", cell.yes_no, val=("ja", "nej"), hjalp="ja: priset är inte offentligt."
    )
    kalla = Kolumn("kalla", "Källa", krav=True)

    class Meta(Resurs.Meta):
        model = Pris

    def __init__(self, *, prislista: Prislista | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.prislista = prislista

    def get_queryset(self) -> QuerySet[Any]:
        """Return the draft's own prices."""
        rader = Pris.objects.select_related("prislista")
        return rader if self.prislista is None else rader.filter(prislista=self.prislista)

    def init_instance(self, row: Any = None) -> Any:
        """Return an empty price of the draft."""
        del row
        return Pris(prislista=self.prislista)


class Utkastval(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A draft, by name and version."""

    def label_from_instance(self, obj: Any) -> str:
        """Return "Namn (kod:version)"."""
        return f"{obj.namn} ({obj})"


class Prisuppladdning(Uppladdning):
    """The upload also says which draft the prices belong to."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["prislista"] = Utkastval(
            label="Utkast",
            queryset=Prislista.objects.filter(status=Status.UTKAST).order_by("kod", "-version"),
            widget=UnfoldAdminSelectWidget,
            help_text="Bara utkast kan ändras. Priser som inte står i filen lämnas som de är.",
            error_messages={"invalid_choice": "Utkastet finns inte längre."},
        )
        self.order_fields(["resource", "prislista", "import_file", "format", "skal"])


@admin.register(Pris)
class PrisAdmin(Filbar, Lista):
    """Pris: every price of every version. Changed by file in a draft, never here."""

    resurs = PrisResurs
    import_form_class = Prisuppladdning
    list_display = (
        "visa_kod",
        "text",
        "visa_belopp",
        "visa_fr_o_m",
        "visa_t_o_m",
        "prislista",
        "visa_status",
        "visa_exempel",
    )
    list_display_links = None
    list_filter = (("prislista", Namnfilter), bas.Giltighetsfilter)
    list_select_related = ("prislista",)
    search_prefix = ("produktkod",)
    search_text = ("text",)
    search_help_text = "Produktkodens början eller en del av texten"
    ordering = ("produktkod", "giltig")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Prices are written in the list's document or a workbook."""
        del request, obj
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Prices are written in the list's document or a workbook."""
        del request, obj
        return False

    @admin.display(description="Produktkod", ordering="produktkod")
    def visa_kod(self, rad: Pris) -> Any:
        """Return the code as one word."""
        return mono(rad.produktkod)

    @admin.display(description="Belopp", ordering="belopp")
    def visa_belopp(self, rad: Pris) -> Any:
        """Return the amount."""
        return kr(rad.belopp)

    @admin.display(description="Gäller fr.o.m.", ordering="giltig")
    def visa_fr_o_m(self, rad: Pris) -> str:
        """Return the first day."""
        return bas.show_fr_o_m(rad)

    @admin.display(description="Gäller t.o.m.")
    def visa_t_o_m(self, rad: Pris) -> str:
        """Return the last day."""
        return bas.show_t_o_m(rad)

    @admin.display(description="Läge")
    def visa_status(self, rad: Pris) -> Any:
        """Return the state of the list."""
        status = Status(rad.prislista.status)
        return chip(status.label, "ok" if status is Status.PUBLICERAD else "vanta")

    @admin.display(description="Anmärkning")
    def visa_exempel(self, rad: Pris) -> Any:
        """Say when the price is invented."""
        return chip("Exempel", "info") if rad.exempel else None

    # Files ------------------------------------------------------------------------------------

    def get_import_form_initial(self, request: HttpRequest) -> dict[str, Any]:
        """Choose the draft that the link came from."""
        vald = request.GET.get("prislista", "")
        return {"prislista": int(vald)} if vald.isdigit() else {}

    def choices_of(self, data: dict[str, Any]) -> dict[str, Any]:
        """Give the resource its draft."""
        return {"prislista": data["prislista"]} if data.get("prislista") else {}

    def receipt_choices(self, data: dict[str, Any]) -> dict[str, str]:
        """Remember the draft."""
        return {"prislista": str(data["prislista"].pk)}

    def choices_from_receipt(self, val: dict[str, str]) -> dict[str, Any]:
        """Find the draft again; if it has been handed in meanwhile the database refuses."""
        return {"prislista": Prislista.objects.get(pk=int(val["prislista"]))}

    def after_written(self, request: HttpRequest, resurs: Any) -> None:
        """Let the draft's hash follow its prices."""
        actions.rehash(resurs.prislista, by=request.user, skal=resurs.skal)

    def address_after(self, resurs: Any) -> str:
        """Go back to the draft."""
        return reverse("admin:hej_prislista_change", args=[resurs.prislista.pk])
