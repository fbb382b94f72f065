"""What arrived, what was refused, what was answered – and the accounts that send."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string

from gvr.admin.bas import Logglista, mono
from gvr.admin.filter import Namnfilter
from gvr.core.fritext import mask_identities
from gvr.models import Avvisning, Kvittens, Leverans, Nekatanrop

MAX_SHOWN = 20_000


@admin.register(Leverans)
class LeveransAdmin(Logglista):
    """Leverans: one message exactly as it came. The body is never shown here, its answer is."""

    list_display = (
        "mottagen",
        "visa_avsandare",
        "metod",
        "resurs",
        "visa_status",
        "visa_antal",
        "visa_avvisade",
    )
    list_filter = (("maskinkonto", Namnfilter),)
    list_select_related = ("maskinkonto", "anvandare")
    search_exact = ("uuid", "idempotensnyckel")
    search_help_text = "Leveransens uuid eller idempotensnyckel"
    fields = (
        ("mottagen", "visa_avsandare"),
        ("metod", "resurs"),
        ("visa_status", "mediatyp"),
        ("visa_antal", "visa_avvisade"),
        "visa_uuid",
        "idempotensnyckel",
        "visa_storlek",
        "visa_sha256",
        "visa_svar",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Leave the messages themselves where they are until one is opened."""
        rader: QuerySet[Any] = super().get_queryset(request)
        return rader.defer("kropp", "svar")

    def search_condition(self, term: str) -> Q:
        """Search by uuid when the text is one, else by key."""
        nyckel = exact_uuid(term)
        return Q(uuid=nyckel) if nyckel is not None else Q(idempotensnyckel=term)

    @admin.display(description="Avsändare")
    def visa_avsandare(self, rad: Leverans) -> str:
        """Return the sending system, or the person who wrote in the portal."""
        if rad.maskinkonto is not None:
            return rad.maskinkonto.namn
        return rad.anvandare.get_username() if rad.anvandare is not None else "systemet"

    @admin.display(description="Status")
    def visa_status(self, rad: Leverans) -> Any:
        """Return the HTTP status that was answered."""
        return mono(rad.status)

    @admin.display(description="Vårdkontakter")
    def visa_antal(self, rad: Leverans) -> str:
        """Return how many contacts the message held."""
        return str(rad.antal)

    @admin.display(description="Avvisade")
    def visa_avvisade(self, rad: Leverans) -> str:
        """Return how many of them were refused."""
        return str(rad.antal_avvisade)

    @admin.display(description="uuid")
    def visa_uuid(self, rad: Leverans) -> Any:
        """Return the id shown outward."""
        return mono(rad.uuid)

    @admin.display(description="Storlek")
    def visa_storlek(self, rad: Leverans) -> str:
        """Return the size of the body."""
        return f"{len(rad.kropp)} byte"

    @admin.display(description="sha256")
    def visa_sha256(self, rad: Leverans) -> Any:
        """Return the hash of the body."""
        return mono(bytes(rad.sha256).hex())

    @admin.display(description="Svar")
    def visa_svar(self, rad: Leverans) -> Any:
        """Return the answer as text, without identities."""
        text = bytes(rad.svar[:MAX_SHOWN]).decode("utf-8", "replace")
        return render_to_string("admin/ratext.html", {"text": mask_identities(text)})


@admin.register(Avvisning)
class AvvisningAdmin(Logglista):
    """Avvisning: a contact that was refused, with every finding."""

    list_display = ("tid", "vardgivare", "enhet", "visa_id", "dag", "visa_koder")
    list_filter = (("vardgivare", Namnfilter),)
    list_select_related = ("vardgivare", "enhet")
    fields = (
        ("tid", "leverans"),
        ("vardgivare", "enhet"),
        ("visa_id", "dag"),
        "visa_avvikelser",
    )

    @admin.display(description="Vårdhändelse-id")
    def visa_id(self, rad: Avvisning) -> Any:
        """Return the sender's id."""
        return mono(mask_identities(rad.vardhandelse_id)) if rad.vardhandelse_id else None

    @admin.display(description="Koder")
    def visa_koder(self, rad: Avvisning) -> str:
        """Return the codes of the findings."""
        return ", ".join(fel.get("kod", "") for fel in rad.avvikelser)

    @admin.display(description="Vad som var fel")
    def visa_avvikelser(self, rad: Avvisning) -> Any:
        """Return the findings as a table."""
        return render_to_string("admin/avvikelser.html", {"avvikelser": rad.avvikelser})


@admin.register(Kvittens)
class KvittensAdmin(Logglista):
    """Kvittens: a receipt in a sender's feed."""

    list_display = ("visa_sekvens", "kallsystem", "niva", "utfall", "kod", "tid")
    search_exact = ("sekvens",)
    search_help_text = "Kvittensens sekvensnummer"
    fields = (("visa_sekvens", "kallsystem"), ("niva", "utfall"), ("kod", "belopp"), "tid")

    def search_condition(self, term: str) -> Q:
        """Search by number."""
        if term.isascii() and term.isdigit() and len(term) < 19:
            return Q(sekvens=int(term))
        return Q(pk__in=[])

    @admin.display(description="Sekvens")
    def visa_sekvens(self, rad: Kvittens) -> Any:
        """Return the number ungrouped."""
        return mono(rad.sekvens)


def exact_uuid(term: str) -> UUID | None:
    """Return the uuid that the text is, or None."""
    try:
        return UUID(term)
    except ValueError:
        return None


@admin.register(Nekatanrop)
class NekatanropAdmin(Logglista):
    """Nekade anrop: refused before they became a delivery, also from those nobody knows."""

    list_display = ("tid", "maskinkonto", "metod", "resurs", "visa_status", "kod")
    list_filter = (("maskinkonto", Namnfilter),)
    list_select_related = ("maskinkonto",)
    search_exact = ("uuid",)
    search_help_text = "Begäran-id"
    ordering = ("-tid",)

    def search_condition(self, term: str) -> Q:
        """Find a request by its id; what is no id finds nothing."""
        return Q(uuid=exact_uuid(term))

    @admin.display(description="Status")
    def visa_status(self, rad: Nekatanrop) -> Any:
        """Return the answer's status as it is written."""
        return mono(rad.status)
