"""Samverkanstillfalle, Deltagande, Aktivitet: collaboration, and work without patient contact."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from gvr import bas
from gvr.core import aktivitet
from gvr.core import samverkan as core


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
    atgarder = ArrayField(models.TextField(), verbose_name="åtgärder", default=list)
    innehall_sha256 = models.BinaryField("innehållets sha256")
    registrerad = models.DateTimeField("registrerad")

    class Meta:
        abstract = True


class Deltagande(Rapporterad):
    """A unit's part in an occasion whose main contact another party reports.

    It points the contact out by `tillfalle`, or by `huvud_enhet`, `patient_id` and the day.
    """

    tillfalle = models.ForeignKey(
        Samverkanstillfalle,
        on_delete=models.PROTECT,
        null=True,
        verbose_name="samverkanstillfälle",
    )
    huvud_enhet = models.ForeignKey(
        "gvr.Enhet",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name="huvudansvarig enhet",
    )
    patient_id = models.CharField("patientens id", max_length=12, null=True)
    avtal = models.ForeignKey("gvr.Avtal", on_delete=models.PROTECT, verbose_name="avtal")
    roll = models.CharField(
        "roll", max_length=40, default=core.Roll.MEDVERKANDE, choices=list(core.ROLLER.items())
    )
    yrkeskategorier = ArrayField(models.TextField(), verbose_name="yrkeskategorier", default=list)

    class Meta:
        verbose_name = "deltagande"
        verbose_name_plural = "deltaganden"
        constraints = [
            models.UniqueConstraint(
                fields=["kallsystem", "extern_id", "version"], name="deltagande_version"
            ),
            models.CheckConstraint(
                condition=models.Q(tillfalle__isnull=False)
                | models.Q(huvud_enhet__isnull=False, patient_id__isnull=False),
                name="deltagande_pekar_ut_huvudkontakt",
            ),
        ]
        indexes = [
            models.Index(fields=["vardgivare", "-dag"], name="deltagande_vardgivare_dag"),
            models.Index(fields=["patient_id", "dag"], name="deltagande_patient_dag"),
            models.Index(fields=["avtal", "registrerad"], name="deltagande_avtal_registrerad"),
        ]

    def __str__(self) -> str:
        return self.extern_id


class Aktivitet(Rapporterad):
    """Work for or about a patient without the patient. Never a vårdkontakt, never a fee."""

    yrkeskategori = models.CharField("yrkeskategori", max_length=2)
    typ = models.CharField(
        "typ",
        max_length=20,
        default=aktivitet.Aktivitetstyp.REHABKOORDINATOR,
        choices=list(aktivitet.AKTIVITETSTYPER.items()),
    )
    avser = models.CharField(
        "gäller",
        max_length=10,
        default=aktivitet.Avser.PATIENT,
        choices=list(aktivitet.AVSER.items()),
    )
    avtal = models.ForeignKey(
        "gvr.Avtal", on_delete=models.PROTECT, null=True, verbose_name="avtal"
    )
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
        indexes = [
            models.Index(fields=["vardgivare", "-dag"], name="aktivitet_vardgivare_dag"),
            models.Index(fields=["avtal", "registrerad"], name="aktivitet_avtal_registrerad"),
        ]

    def __str__(self) -> str:
        return self.extern_id


class Delkvittens(bas.Skyddad):
    """What became of a deltagande, for its sender: level K3, the ersättning."""

    skydd = bas.TILLAGG

    sekvens = models.BigAutoField("sekvens", primary_key=True)
    kallsystem = models.CharField("källsystem", max_length=40)
    uuid = models.UUIDField("deltagande")
    vardgivare = models.ForeignKey(
        "gvr.Vardgivare", on_delete=models.PROTECT, verbose_name="vårdgivare"
    )
    enhet = models.ForeignKey("gvr.Enhet", on_delete=models.PROTECT, verbose_name="enhet")
    version = models.PositiveIntegerField("version")
    niva = models.CharField("nivå", max_length=2)
    utfall = models.CharField("utfall", max_length=20)
    kod = models.CharField("kod", max_length=40, blank=True)
    belopp = models.DecimalField("belopp (kr)", max_digits=14, decimal_places=2, null=True)
    tid = models.DateTimeField("tid")

    class Meta:
        verbose_name = "kvittens för deltagande"
        verbose_name_plural = "kvittenser för deltaganden"
        indexes = [models.Index(fields=["uuid", "sekvens"], name="delkvittens_deltagande")]

    def __str__(self) -> str:
        return str(self.sekvens)
