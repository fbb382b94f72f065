"""Vardgivare, their dated units (Enhet) and commissions (Uppdrag)."""

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Deferrable

from gvr import bas

KOMBIKA = RegexValidator(
    r"^[0-9]{8}[A-Za-zÅÄÖåäö0-9]{1,3}$", "Kombika är åtta siffror och ett till tre tecken."
)
HSA_ID = RegexValidator(r"^SE[0-9]{10}-[A-Za-z0-9]+$", "HSA-id skrivs SE2321000016-XXXX.")
ORGNR = RegexValidator(r"^[0-9]{10}$", "Organisationsnummer skrivs med tio siffror.")


class Vardgivare(bas.Skyddad):
    """A legal person that gives care and is paid."""

    skydd = bas.REDIGERBAR

    namn = models.CharField("namn", max_length=200)
    orgnr = models.CharField("organisationsnummer", max_length=10, unique=True, validators=[ORGNR])
    hsa_id = models.CharField("HSA-id", max_length=32, blank=True, validators=[HSA_ID])
    adress = models.CharField("adress", max_length=200, blank=True)
    postnummer = models.CharField("postnummer", max_length=6, blank=True)
    ort = models.CharField("ort", max_length=100, blank=True)
    bankgiro = models.CharField("bankgiro", max_length=8, blank=True)
    f_skatt = models.BooleanField("godkänd för F-skatt", default=True)
    epost = models.EmailField("e-post", blank=True)

    class Meta:
        verbose_name = "vårdgivare"
        verbose_name_plural = "vårdgivare"
        ordering = ["namn"]
        permissions = [
            ("attestera_vardgivare", "Kan godkänna vårdgivarens fakturor"),
            ("rapportera_vardgivare", "Får rapportera vårdkontakter för vårdgivaren"),
            ("registrera_vardgivare", "Kan registrera vårdgivarens vårdkontakter för hand"),
        ]

    def __str__(self) -> str:
        return self.namn


class Enhet(bas.Giltig):
    """A unit during a period. A unit that changes owner or name gets a new row."""

    skydd = bas.REDIGERBAR

    vardgivare = models.ForeignKey(Vardgivare, on_delete=models.PROTECT, verbose_name="vårdgivare")
    kombika = models.CharField("kombika", max_length=11, validators=[KOMBIKA])
    hsa_id = models.CharField("HSA-id", max_length=32, blank=True, validators=[HSA_ID])
    namn = models.CharField("namn", max_length=200)

    class Meta:
        verbose_name = "enhet"
        verbose_name_plural = "enheter"
        ordering = ["kombika", "giltig"]
        constraints = [
            bas.never_empty("enhet"),
            bas.never_overlapping("enhet", "kombika", deferrable=Deferrable.IMMEDIATE),
        ]
        indexes = [models.Index(fields=["hsa_id"], name="enhet_hsa_id")]

    def __str__(self) -> str:
        return f"{self.namn} ({self.kombika})"


class Uppdrag(bas.Giltig):
    """A commission (SAMVERKS) of a type, under a contract, during a period.

    `styp` 06, 07 and 08 give payment; `test` (Följer mall = N) means that nothing sent is real.
    """

    skydd = bas.REDIGERBAR

    samverks_id = models.CharField("samverks-id", max_length=7)
    uppdragstyp = models.CharField("uppdragstyp", max_length=3)
    styp = models.CharField("styp", max_length=2, default="06")
    namn = models.CharField("namn", max_length=200, blank=True)
    avtal = models.ForeignKey(
        "gvr.Avtal", on_delete=models.PROTECT, null=True, blank=True, verbose_name="avtal"
    )
    test = models.BooleanField("testuppdrag", default=False)

    class Meta:
        verbose_name = "uppdrag"
        verbose_name_plural = "uppdrag"
        ordering = ["samverks_id", "giltig"]
        constraints = [
            bas.never_empty("uppdrag"),
            bas.never_overlapping("uppdrag", "samverks_id", deferrable=Deferrable.IMMEDIATE),
        ]

    def __str__(self) -> str:
        return f"{self.samverks_id} {self.namn}".strip()


class Enhetsuppdrag(bas.Giltig):
    """That a unit works under a commission during a period."""

    skydd = bas.REDIGERBAR

    enhet = models.ForeignKey(Enhet, on_delete=models.PROTECT, verbose_name="enhet")
    uppdrag = models.ForeignKey(Uppdrag, on_delete=models.PROTECT, verbose_name="uppdrag")

    class Meta:
        verbose_name = "enhetsuppdrag"
        verbose_name_plural = "enhetsuppdrag"
        ordering = ["enhet_id", "giltig"]
        constraints = [
            bas.never_empty("enhetsuppdrag"),
            bas.never_overlapping(
                "enhetsuppdrag", "enhet", "uppdrag", deferrable=Deferrable.IMMEDIATE
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enhet_id} – {self.uppdrag_id}"


class Stamdataversion(bas.Skyddad):
    """One row: how many times master data has changed. Bumped by triggers, read by snapshots."""

    skydd = bas.PEKARE

    version = models.BigIntegerField("version", default=1)
    omprovad = models.BigIntegerField(
        "omprövad", default=1, help_text="Den version som väntande vårdkontakter prövats mot."
    )

    class Meta:
        verbose_name = "stamdataversion"
        verbose_name_plural = "stamdataversioner"

    def __str__(self) -> str:
        return str(self.version)
