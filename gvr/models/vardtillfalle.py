"""Vardtillfallesdel: inskrivning, flytt and utskrivning as reported, one row a version."""

from django.db import models

from gvr import bas
from gvr.core import vardtillfalle as core
from gvr.core.fritext import mask_identities


class Vardtillfallesdel(bas.Skyddad):
    """One version of one part of an in-patient episode. The newest version of each part counts.

    The parts of an episode are merged to one Vardkontakt whose vardhandelse_id is the episode's id.
    `kontaktversion` is the version of it that this row came to, None where it changed nothing.
    """

    skydd = bas.TILLAGG

    uuid = models.UUIDField("uuid")
    kallsystem = models.CharField("källsystem", max_length=40)
    vardtillfalle_id = models.CharField("vårdtillfälle-id", max_length=64)
    slag = models.CharField(
        "slag", max_length=12, choices=[(s.value, s.value.capitalize()) for s in core.Slag]
    )
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
    tid = models.TimeField("tid", null=True)
    innehall = models.JSONField("innehåll")
    innehall_sha256 = models.BinaryField("innehållets sha256")
    kontaktversion = models.PositiveIntegerField("vårdkontaktens version", null=True)
    registrerad = models.DateTimeField("registrerad")
    orsak = models.CharField("orsak till rättelse", max_length=500, blank=True, default="")

    class Meta:
        verbose_name = "del av vårdtillfälle"
        verbose_name_plural = "delar av vårdtillfällen"
        constraints = [
            models.UniqueConstraint(
                fields=["kallsystem", "slag", "extern_id", "version"],
                name="vardtillfallesdel_version",
            ),
        ]
        indexes = [
            models.Index(fields=["kallsystem", "vardtillfalle_id"], name="vardtillfallesdel_tillf"),
            models.Index(fields=["vardgivare", "-dag"], name="vardtillfallesdel_vardgivare"),
            models.Index(fields=["patient_id", "dag"], name="vardtillfallesdel_patient"),
        ]

    def __str__(self) -> str:
        return f"{self.get_slag_display()} {mask_identities(self.vardtillfalle_id)}"
