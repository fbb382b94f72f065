"""What is reported beside contacts: parts of episodes, periods and waiting times. Read only."""

from typing import Any

from django.contrib import admin

from gvr.admin.bas import Logglista, mono
from gvr.admin.filter import Namnfilter
from gvr.core.fritext import mask_identities
from gvr.core.personnummer import mask
from gvr.models import Periodrapport, Vantetid, Vardtillfallesdel


class Handelselista(Logglista):
    """What every such list shares."""

    list_filter = (("vardgivare", Namnfilter),)
    list_select_related = ("vardgivare", "enhet")

    @admin.display(description="Avsändarens id")
    def visa_id(self, rad: Any) -> Any:
        """Return the sender's id, without any identity that is put in it."""
        return mono(mask_identities(rad.extern_id))

    @admin.display(description="Patient")
    def visa_patient(self, rad: Any) -> Any:
        """Return the patient masked."""
        return mono(mask(rad.patient_id))

    @admin.display(description="uuid")
    def visa_uuid(self, rad: Any) -> Any:
        """Return the id shown outward."""
        return mono(rad.uuid)


@admin.register(Vardtillfallesdel)
class VardtillfallesdelAdmin(Handelselista):
    """Del av vårdtillfälle: inskrivning, flytt or utskrivning."""

    list_display = (
        "dag",
        "slag",
        "visa_tillfalle",
        "visa_patient",
        "vardgivare",
        "enhet",
        "version",
        "makulerad",
    )
    fields = (
        ("dag", "tid"),
        ("slag", "visa_tillfalle"),
        ("visa_id", "kallsystem"),
        ("vardgivare", "enhet"),
        ("visa_patient", "kontaktversion"),
        ("version", "makulerad"),
        ("registrerad", "orsak"),
        ("leverans", "visa_uuid"),
    )

    @admin.display(description="Vårdtillfälle")
    def visa_tillfalle(self, rad: Vardtillfallesdel) -> Any:
        """Return the episode's id, without any identity that is put in it."""
        return mono(mask_identities(rad.vardtillfalle_id))


@admin.register(Periodrapport)
class PeriodrapportAdmin(Handelselista):
    """Periodrapport: the start or end of a vårdansvar or a vårdperiod."""

    list_display = (
        "dag",
        "slag",
        "moment",
        "visa_id",
        "visa_patient",
        "vardgivare",
        "enhet",
        "version",
        "makulerad",
    )
    fields = (
        ("dag", "moment"),
        ("slag", "kallsystem"),
        ("visa_id", "visa_patient"),
        ("vardgivare", "enhet"),
        ("version", "makulerad"),
        ("registrerad", "orsak"),
        ("leverans", "visa_uuid"),
    )


@admin.register(Vantetid)
class VantetidAdmin(Handelselista):
    """Väntetid: the wait for a visit."""

    list_display = (
        "dag",
        "besoksdag",
        "visa_id",
        "visa_patient",
        "vardgivare",
        "enhet",
        "version",
        "makulerad",
    )
    fields = (
        ("dag", "besoksdag"),
        ("visa_id", "kallsystem"),
        ("vardgivare", "enhet"),
        ("visa_patient", "visa_besok"),
        ("version", "makulerad"),
        ("registrerad", "orsak"),
        ("leverans", "visa_uuid"),
    )

    @admin.display(description="Besökets vårdhändelse-id")
    def visa_besok(self, rad: Vantetid) -> Any:
        """Return the contact's id, without any identity that is put in it."""
        return mono(mask_identities(rad.vardhandelse_id)) if rad.vardhandelse_id else None
