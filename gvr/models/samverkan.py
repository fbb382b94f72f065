"""Samverkanstillfalle, Deltagande, Aktivitet: collaboration, and work without patient contact."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from gvr import bas


class Samverkanstillfalle(bas.Skyddad):
    """An occasion where several contract parties meet a patient.

    One party reports the vårdkontakt (BTYP A or B); it is named here by its natural key, so the
    others may report before or after it.
    """

    skydd = bas.TILLAGG

    huvud_kallsystem = models.CharField("huvudkontaktens källsystem", max_length=40)
    huvud_vardhandelse_id = models.CharField("huvudkontaktens vårdhändelse-id", max_length=64)

    class Meta:
        verbose_name = "samverkanstillfälle"
        verbose_name_plural = "samverkanstillfällen"
        constraints = [
            models.UniqueConstraint(
                fields=["huvud_kallsystem", "huvud_vardhandelse_id"], name="tillfalle_huvudkontakt"
            ),
        ]

    def __str__(self) -> str:
        return self.huvud_vardhandelse_id


class Rapporterad(bas.Skyddad):
    """What a Deltagande and an Aktivitet share. Versions are rows; the newest counts."""

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
        "gvr.Vardgivare", on_delete=models.PROTECT, verbose_name="vårdgivare"
    )
    enhet = models.ForeignKey("gvr.Enhet", on_delete=models.PROTECT, verbose_name="enhet")
    dag = models.DateField("dag")
    tid = models.TimeField("tid", null=True)
    minuter = models.PositiveSmallIntegerField("minuter", null=True)
    yrkeskategori = models.CharField("yrkeskategori", max_length=2)
    atgarder = ArrayField(models.TextField(), verbose_name="åtgärder", default=list)
    innehall_sha256 = models.BinaryField("innehållets sha256")
    registrerad = models.DateTimeField("registrerad")

    class Meta:
        abstract = True


class Deltagande(Rapporterad):
    """A unit's part in an occasion whose main contact another party reports."""

    tillfalle = models.ForeignKey(
        Samverkanstillfalle, on_delete=models.PROTECT, verbose_name="samverkanstillfälle"
    )
    avtal = models.ForeignKey("gvr.Avtal", on_delete=models.PROTECT, verbose_name="avtal")
    roll = models.CharField("roll", max_length=40, default="MEDVERKANDE")

    class Meta:
        verbose_name = "deltagande"
        verbose_name_plural = "deltaganden"
        constraints = [
            models.UniqueConstraint(
                fields=["kallsystem", "extern_id", "version"], name="deltagande_version"
            ),
        ]
        indexes = [models.Index(fields=["vardgivare", "-dag"], name="deltagande_vardgivare_dag")]

    def __str__(self) -> str:
        return self.extern_id


class Aktivitet(Rapporterad):
    """Work for or about a patient without the patient. Never a vårdkontakt, never a fee."""

    typ = models.CharField("typ", max_length=20, default="REHABKOORDINATOR")
    patient_id = models.CharField("patientens id", max_length=12, null=True)
    diagnoser = ArrayField(models.TextField(), verbose_name="diagnoser", default=list)

    class Meta:
        verbose_name = "aktivitet"
        verbose_name_plural = "aktiviteter"
        constraints = [
            models.UniqueConstraint(
                fields=["kallsystem", "extern_id", "version"], name="aktivitet_version"
            ),
        ]
        indexes = [models.Index(fields=["vardgivare", "-dag"], name="aktivitet_vardgivare_dag")]

    def __str__(self) -> str:
        return self.extern_id
