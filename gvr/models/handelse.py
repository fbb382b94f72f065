"""What is reported beside contacts, one row a version: periods, and waiting times."""

from django.db import models

from gvr import bas
from gvr.core import vardperiod
from gvr.core.fritext import mask_identities


class Handelserapport(bas.Skyddad):
    """What every such report shares. Versions are rows; the newest counts."""

    skydd = bas.TILLAGG

    uuid = models.UUIDField("uuid")
    kallsystem = models.CharField("källsystem", max_length=40)
    extern_id = models.CharField("avsändarens id", max_length=64)
    version = models.PositiveIntegerField("version")
    makulerad = models.BooleanField("makulerad", default=False)
    leverans = models.ForeignKey(
        "gvr.Leverans", on_delete=models.PROTECT, null=True, verbose_name="leverans"
    )
    vardgivare = models.ForeignKey(
        "gvr.Vardgivare", on_delete=models.PROTECT, null=True, verbose_name="vårdgivare"
    )
    enhet = models.ForeignKey(
        "gvr.Enhet", on_delete=models.PROTECT, null=True, verbose_name="enhet"
    )
    enhet_ref = models.CharField("enhet som rapporterat", max_length=32)
    patient_id = models.CharField("patientens id", max_length=12)
    dag = models.DateField("dag")
    innehall = models.JSONField("innehåll")
    innehall_sha256 = models.BinaryField("innehållets sha256")
    registrerad = models.DateTimeField("registrerad")
    orsak = models.CharField("orsak till rättelse", max_length=500, blank=True, default="")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return mask_identities(self.extern_id)


class Periodrapport(Handelserapport):
    """The start or the end of a vårdansvar or a vårdperiod.

    What the two come to is kept as an Ersattningshandelse, beside periods that came in files.
    """

    slag = models.CharField(
        "slag", max_length=12, choices=[(s.value, vardperiod.KLASS[s]) for s in vardperiod.Slag]
    )
    moment = models.CharField(
        "moment",
        max_length=5,
        choices=[(m.value, m.value.capitalize()) for m in vardperiod.Moment],
    )

    class Meta:
        verbose_name = "periodrapport"
        verbose_name_plural = "periodrapporter"
        constraints = [
            models.UniqueConstraint(
                fields=["kallsystem", "slag", "extern_id", "moment", "version"],
                name="periodrapport_version",
            ),
        ]
        indexes = [
            models.Index(fields=["vardgivare", "-dag"], name="periodrapport_vardgivare"),
            models.Index(fields=["patient_id", "dag"], name="periodrapport_patient"),
        ]


class Vantetid(Handelserapport):
    """A patient's wait from referral, decision or booking to a visit. Followed up, never paid.

    `dag` is the first day of the wait, `vardhandelse_id` the contact once it has happened.
    """

    besoksdag = models.DateField("besöksdag", null=True)
    vardhandelse_id = models.CharField("besökets vårdhändelse-id", max_length=64, null=True)

    class Meta:
        verbose_name = "väntetid"
        verbose_name_plural = "väntetider"
        constraints = [
            models.UniqueConstraint(
                fields=["kallsystem", "extern_id", "version"], name="vantetid_version"
            ),
        ]
        indexes = [
            models.Index(fields=["vardgivare", "-dag"], name="vantetid_vardgivare"),
            models.Index(fields=["kallsystem", "vardhandelse_id"], name="vantetid_besok"),
        ]
