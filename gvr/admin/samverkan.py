"""Collaboration, work without the patient, and events that are kept but never priced."""

from typing import Any, ClassVar

from django.contrib import admin
from django.utils.html import format_html, format_html_join

from gvr.admin.bas import Logglista, chip, mono
from gvr.admin.filter import Namnfilter
from gvr.admin.samverkansformular import Registrerbar
from gvr.core.fritext import mask_identities
from gvr.core.personnummer import mask
from gvr.core.samverkan import Koppling
from gvr.models import (
    Aktivitet,
    Delkvittens,
    Deltagande,
    Deltagandearende,
    Ersattningshandelse,
    Samverkanstillfalle,
)
from gvr.queries import samverkan

_KOPPLING = {
    Koppling.KOPPLAD: ("Kopplad", "ok"),
    Koppling.VANTAR_PA_HUVUDKONTAKT: ("Väntar på huvudkontakt", "vanta"),
    Koppling.FEL: ("Behöver rättas", "ratta"),
}


@admin.register(Samverkanstillfalle)
class SamverkanstillfalleAdmin(Logglista):
    """Samverkanstillfälle: an occasion where several parties meet a patient."""

    list_display = ("visa_huvud", "huvud_kallsystem")
    search_exact = ("huvud_vardhandelse_id",)
    search_help_text = "Huvudkontaktens hela vårdhändelse-id"
    fields = ("visa_huvud", "huvud_kallsystem")

    @admin.display(description="Huvudkontaktens vårdhändelse-id")
    def visa_huvud(self, rad: Samverkanstillfalle) -> Any:
        """Return the id, without any identity that is put in it."""
        return mono(mask_identities(rad.huvud_vardhandelse_id))


class Rapporterat(Logglista):
    """What Deltagande and Aktivitet share."""

    list_filter = (("vardgivare", Namnfilter),)
    list_select_related: ClassVar[Any] = ("vardgivare", "enhet")

    @admin.display(description="Dag")
    def visa_dag(self, rad: Any) -> Any:
        """Return the day, never broken over two lines."""
        return format_html('<span class="gvr-dag">{}</span>', rad.dag)

    @admin.display(description="Läge")
    def visa_lage(self, rad: Any) -> Any:
        """Return whether it is taken back."""
        return chip("Makulerad", "ingen") if rad.makulerad else chip("Registrerad", "ok")

    @admin.display(description="uuid")
    def visa_uuid(self, rad: Any) -> Any:
        """Return the id shown outward."""
        return mono(rad.uuid)

    @admin.display(description="Avsändarens id")
    def visa_id(self, rad: Any) -> Any:
        """Return the sender's id, without any identity that is put in it."""
        return mono(mask_identities(rad.extern_id))

    @admin.display(description="Åtgärder")
    def visa_atgarder(self, rad: Any) -> str:
        """Return the codes in one line."""
        return ", ".join(rad.atgarder)

    @admin.display(description="Patient")
    def visa_patient(self, rad: Any) -> Any:
        """Return the patient masked."""
        return mono(mask(rad.patient_id)) if rad.patient_id else None

    @admin.display(description="Yrkeskategorier")
    def visa_yrken(self, rad: Any) -> str:
        """Return the professions in one line."""
        return ", ".join(rad.yrkeskategorier)


@admin.register(Deltagande)
class DeltagandeAdmin(Registrerbar, Rapporterat):
    """Deltagande: a unit's part in an occasion that another party reports."""

    list_display = (
        "visa_dag",
        "visa_id",
        "vardgivare",
        "enhet",
        "roll",
        "visa_yrken",
        "version",
        "visa_lage",
    )
    list_select_related: ClassVar[Any] = (
        "vardgivare",
        "enhet",
        "tillfalle",
        "huvud_enhet",
        "avtal__avtalsomrade",
    )
    fields = (
        ("dag", "tid"),
        ("visa_id", "kallsystem"),
        ("vardgivare", "enhet"),
        ("tillfalle", "huvud_enhet"),
        ("roll", "minuter"),
        ("visa_patient", "visa_yrken"),
        "avtal",
        "visa_atgarder",
        "visa_koppling",
        ("version", "makulerad"),
        ("registrerad", "visa_uuid"),
    )

    @admin.display(description="Koppling")
    def visa_koppling(self, rad: Deltagande) -> Any:
        """Return how the part stands now, why, and which other contacts report the occasion."""
        bild = samverkan.occasions([(rad.kallsystem, rad.extern_id)]).get(
            (rad.kallsystem, rad.extern_id)
        )
        if bild is None:
            return None
        dom = bild.tie_of((rad.kallsystem, rad.extern_id))
        text, slag = _KOPPLING[dom.koppling]
        rader = [(a.kod, a.text) for a in (*dom.avvikelser, *bild.avvikelser)]
        rader += [(a.kod, f"{k.vardgivare}, {k.enhet}") for k, a in bild.dubbletter]
        return format_html(
            "{} {}",
            chip(text, slag),
            format_html_join("", "<br>{} {}", dict.fromkeys(rader)),
        )


@admin.register(Aktivitet)
class AktivitetAdmin(Registrerbar, Rapporterat):
    """Aktivitet: work for a patient without the patient."""

    list_display = (
        "visa_dag",
        "visa_id",
        "typ",
        "visa_patient",
        "vardgivare",
        "enhet",
        "version",
        "visa_lage",
    )
    fields = (
        ("dag", "tid"),
        ("visa_id", "kallsystem"),
        ("vardgivare", "enhet"),
        ("typ", "avser"),
        ("visa_patient", "avtal"),
        ("yrkeskategori", "minuter"),
        ("visa_diagnoser", "visa_atgarder"),
        ("version", "makulerad"),
        ("registrerad", "visa_uuid"),
    )

    @admin.display(description="Diagnoser")
    def visa_diagnoser(self, rad: Aktivitet) -> str:
        """Return the codes in one line."""
        return ", ".join(rad.diagnoser)


@admin.register(Deltagandearende)
class DeltagandearendeAdmin(Logglista):
    """Deltagandeärende: a deltagande that waits to be decided, or could not be."""

    list_display = ("visa_uuid", "skapad", "forsok", "parkerad", "fel")
    fields = (("visa_uuid", "skapad"), ("forsok", "parkerad"), "fel")
    ordering = ("uuid",)

    @admin.display(description="Deltagande")
    def visa_uuid(self, rad: Deltagandearende) -> Any:
        """Return the id shown outward."""
        return mono(rad.uuid)


@admin.register(Delkvittens)
class DelkvittensAdmin(Logglista):
    """Kvittens för deltagande: what its sender was told became of it."""

    list_display = ("visa_sekvens", "kallsystem", "niva", "utfall", "kod", "belopp", "tid")
    fields = (("visa_sekvens", "kallsystem"), ("niva", "utfall"), ("kod", "belopp"), "tid")

    @admin.display(description="Sekvens")
    def visa_sekvens(self, rad: Delkvittens) -> Any:
        """Return the number ungrouped."""
        return mono(rad.sekvens)


@admin.register(Ersattningshandelse)
class ErsattningshandelseAdmin(Logglista):
    """Ersättningshändelse: an event that is no contact, e.g. Vårdansvar."""

    list_display = ("dag", "klass", "visa_patient", "vardgivare", "enhet", "makulerad")
    list_filter = (("vardgivare", Namnfilter),)
    list_select_related = ("vardgivare", "enhet")
    fields = (
        ("dag", "slutdag"),
        ("klass", "kallsystem"),
        ("vardgivare", "enhet"),
        ("visa_patient", "makulerad"),
        ("registrerad", "leverans"),
    )

    @admin.display(description="Patient")
    def visa_patient(self, rad: Ersattningshandelse) -> Any:
        """Return the patient masked."""
        return mono(mask(rad.patient_id))
