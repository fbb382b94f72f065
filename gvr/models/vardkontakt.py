"""Vardkontakt and its versions, which are never edited."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from gvr import bas
from gvr.core import vardkontakt as core
from gvr.core.fritext import mask_identities


class Vardkontakt(bas.Skyddad):
    """A contact's identity: who sent it and what they call it. Points at its newest version."""

    skydd = bas.PEKARE

    uuid = models.UUIDField("uuid", unique=True)
    kallsystem = models.CharField("källsystem", max_length=40)
    vardhandelse_id = models.CharField("vårdhändelse-id", max_length=64)
    vardgivare = models.ForeignKey(
        "gvr.Vardgivare", on_delete=models.PROTECT, null=True, verbose_name="vårdgivare"
    )
    enhet = models.ForeignKey(
        "gvr.Enhet", on_delete=models.PROTECT, null=True, verbose_name="enhet"
    )
    senaste_version = models.PositiveIntegerField("senaste version", default=1)

    class Meta:
        verbose_name = "vårdkontakt"
        verbose_name_plural = "vårdkontakter"
        constraints = [
            models.UniqueConstraint(
                fields=["kallsystem", "vardhandelse_id"], name="vardkontakt_naturlig_nyckel"
            ),
        ]

    def __str__(self) -> str:
        return mask_identities(self.vardhandelse_id)  # some senders put the patient in it


class Vardkontaktversion(bas.Skyddad):
    """The full content of one version. A correction adds a version, so does a cancellation."""

    skydd = bas.TILLAGG

    vardkontakt = models.ForeignKey(
        Vardkontakt, on_delete=models.PROTECT, verbose_name="vårdkontakt"
    )
    version = models.PositiveIntegerField("version")
    leverans = models.ForeignKey(
        "gvr.Leverans", on_delete=models.PROTECT, null=True, verbose_name="leverans"
    )
    makulerad = models.BooleanField("makulerad", default=False)
    vardgivare = models.ForeignKey(
        "gvr.Vardgivare", on_delete=models.PROTECT, null=True, verbose_name="vårdgivare"
    )
    enhet = models.ForeignKey(
        "gvr.Enhet", on_delete=models.PROTECT, null=True, verbose_name="enhet"
    )
    enhet_ref = models.CharField("enhet som rapporterat", max_length=32)
    patient_id = models.CharField("patientens id", max_length=12)
    dag = models.DateField("dag")
    slutdag = models.DateField("slutdag", null=True)
    tid = models.TimeField("tid", null=True)
    form = models.CharField("form", max_length=12, choices=[(f.value, f.value) for f in core.Form])
    btyp = models.CharField("besökstyp", max_length=2, null=True)
    vktyp = models.CharField("vårdkontakttyp", max_length=2, null=True)
    taxa = models.CharField("taxa", max_length=2, null=True)
    akut = models.CharField("akut", max_length=1, null=True)
    yrkeskategorier = ArrayField(models.TextField(), verbose_name="yrkeskategorier", default=list)
    diagnoser = ArrayField(models.TextField(), verbose_name="diagnoser", default=list)
    atgarder = ArrayField(models.TextField(), verbose_name="åtgärder", default=list)
    lakemedel = ArrayField(models.TextField(), verbose_name="läkemedel", default=list)
    tillstand = ArrayField(models.TextField(), verbose_name="tillstånd", default=list)
    produkter = ArrayField(models.TextField(), verbose_name="rapporterade produkter", default=list)
    ikod = models.CharField("inskrivningskod", max_length=1, null=True)
    ukod = models.CharField("utskrivningskod", max_length=1, null=True)
    vplan = models.CharField("vårdplan efter", max_length=1, null=True)
    remiss_fore = models.CharField("remitterande enhet", max_length=32, null=True)
    remiss_efter = models.CharField("remitterad till", max_length=32, null=True)
    lkf = models.CharField("län, kommun, församling", max_length=6, null=True)
    basomrade = models.CharField("basområde", max_length=7, null=True)
    fodd = models.DateField("född", null=True)
    kon = models.CharField("kön", max_length=1, null=True)
    ers_uppdrag = models.CharField("ersättningsuppdrag", max_length=7, null=True)
    tillhor_vardkontakt = models.CharField("tillhör vårdkontakt", max_length=64, null=True)
    tillhor_vardansvar = models.CharField("tillhör vårdansvar", max_length=64, null=True)
    lma_nummer = models.CharField("LMA-nummer", max_length=20, null=True)
    detaljer = models.JSONField("detaljer", null=True)
    anmarkningar = models.JSONField("anmärkningar", null=True)
    innehall_sha256 = models.BinaryField("innehållets sha256")
    registrerad = models.DateTimeField("registrerad")
    registrerad_av = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name="registrerad av",
    )
    orsak = models.CharField("orsak till rättelse", max_length=500, blank=True, default="")

    class Meta:
        verbose_name = "vårdkontaktversion"
        verbose_name_plural = "vårdkontaktversioner"
        constraints = [
            models.UniqueConstraint(
                fields=["vardkontakt", "version"], name="vardkontaktversion_version"
            ),
        ]
        indexes = [
            models.Index(fields=["patient_id", "dag"], name="version_patient_dag"),
            models.Index(fields=["vardgivare", "dag"], name="version_vardgivare_dag"),
            models.Index(fields=["registrerad"], name="version_registrerad"),
        ]

    def __str__(self) -> str:
        return f"{self.vardkontakt_id} version {self.version}"


class Ersattningshandelse(bas.Skyddad):
    """An event of ERSMOIndata that is not a contact (e.g. Vårdansvar): kept, never priced."""

    skydd = bas.TILLAGG

    handelse_id = models.CharField("händelse-id", max_length=64)
    kallsystem = models.CharField("källsystem", max_length=40)
    klass = models.CharField("händelseklass", max_length=20)
    leverans = models.ForeignKey("gvr.Leverans", on_delete=models.PROTECT, verbose_name="leverans")
    vardgivare = models.ForeignKey(
        "gvr.Vardgivare", on_delete=models.PROTECT, null=True, verbose_name="vårdgivare"
    )
    enhet = models.ForeignKey(
        "gvr.Enhet", on_delete=models.PROTECT, null=True, verbose_name="enhet"
    )
    enhet_ref = models.CharField("enhet som rapporterat", max_length=32)
    patient_id = models.CharField("patientens id", max_length=12)
    dag = models.DateField("dag")
    slutdag = models.DateField("slutdag", null=True)
    makulerad = models.BooleanField("makulerad", default=False)
    innehall = models.JSONField("innehåll")
    innehall_sha256 = models.BinaryField("innehållets sha256")
    registrerad = models.DateTimeField("registrerad")

    class Meta:
        verbose_name = "ersättningshändelse"
        verbose_name_plural = "ersättningshändelser"
        indexes = [
            models.Index(
                fields=["kallsystem", "handelse_id", "-id"], name="handelse_kallsystem_id"
            ),
            models.Index(fields=["patient_id", "klass"], name="handelse_patient_klass"),
            models.Index(fields=["registrerad"], name="handelse_registrerad"),
        ]

    def __str__(self) -> str:
        return self.klass
