"""Faktura: proposal, approval, number; its lines, and which posts are on which line."""

from django.conf import settings
from django.db import models

from gvr import bas


class Fakturastatus(models.TextChoices):
    """Where an invoice stands."""

    FORSLAG = "FORSLAG", "Förslag"
    GODKAND = "GODKAND", "Godkänd"


class Faktura(bas.Skyddad):
    """One invoice per provider, contract and month. Frozen by approval (trigger).

    `summa` is kronor; a negative month is a credit note (`typ` 381).
    """

    skydd = bas.PEKARE

    uuid = models.UUIDField("uuid", unique=True)
    vardgivare = models.ForeignKey(
        "gvr.Vardgivare", on_delete=models.PROTECT, verbose_name="vårdgivare"
    )
    avtal = models.ForeignKey("gvr.Avtal", on_delete=models.PROTECT, verbose_name="avtal")
    manad = models.DateField("månad")
    status = models.CharField(
        "status", max_length=8, choices=Fakturastatus.choices, default=Fakturastatus.FORSLAG
    )
    typ = models.CharField(
        "typ", max_length=3, choices=[("380", "Faktura"), ("381", "Kreditfaktura")]
    )
    summa = models.DecimalField("summa (kr)", max_digits=14, decimal_places=2)
    innehall_hash = models.CharField("innehållets hash", max_length=64)
    skapad = models.DateTimeField("skapad")
    nummer = models.PositiveBigIntegerField("nummer", null=True, unique=True)
    godkand = models.DateTimeField("godkänd", null=True)
    godkand_av = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name="godkänd av",
    )

    class Meta:
        verbose_name = "faktura"
        verbose_name_plural = "fakturor"
        ordering = ["-manad", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["vardgivare", "avtal", "manad"], name="faktura_en_per_manad"
            ),
            models.CheckConstraint(
                condition=(
                    models.Q(
                        status="FORSLAG",
                        nummer__isnull=True,
                        godkand__isnull=True,
                        godkand_av__isnull=True,
                    )
                    | models.Q(
                        status="GODKAND",
                        nummer__isnull=False,
                        godkand__isnull=False,
                        godkand_av__isnull=False,
                    )
                ),
                name="faktura_godkand_har_nummer",
            ),
            models.CheckConstraint(
                condition=models.Q(typ="380", summa__gte=0) | models.Q(typ="381", summa__lt=0),
                name="faktura_typ_foljer_tecken",
            ),
        ]

    def __str__(self) -> str:
        return str(self.nummer) if self.nummer else "förslag"


class Fakturarad(bas.Skyddad):
    """A line: one product at one price in one section of the invoice."""

    skydd = bas.TILLAGG

    faktura = models.ForeignKey(Faktura, on_delete=models.PROTECT, verbose_name="faktura")
    vardgivare = models.ForeignKey(
        "gvr.Vardgivare", on_delete=models.PROTECT, verbose_name="vårdgivare"
    )
    radnr = models.PositiveIntegerField("radnr")
    sektion = models.CharField("sektion", max_length=8)
    vardmanad = models.DateField("vårdmånad")
    produktkod = models.CharField("produktkod", max_length=40)
    typ = models.CharField("typ", max_length=8)
    antal = models.IntegerField("antal")
    apris = models.DecimalField("à-pris (kr)", max_digits=12, decimal_places=2)
    belopp = models.DecimalField("belopp (kr)", max_digits=14, decimal_places=2)

    class Meta:
        verbose_name = "fakturarad"
        verbose_name_plural = "fakturarader"
        ordering = ["faktura_id", "radnr"]
        constraints = [
            models.UniqueConstraint(fields=["faktura", "radnr"], name="fakturarad_radnr"),
        ]

    def __str__(self) -> str:
        return f"{self.faktura_id}/{self.radnr}"


class FakturaradPost(bas.Skyddad):
    """That a post is on a line. The post is the key: it can be billed once, ever.

    The database checks whole statements instead of foreign keys row by row (migration 0003): both
    ends exist, the line is the sum of its posts, and the invoice is still a proposal. Neither end
    can ever be deleted, and the check of each row would more than double the time of a month close.
    """

    skydd = bas.TILLAGG

    post = models.OneToOneField(
        "hej.Post",
        on_delete=models.PROTECT,
        primary_key=True,
        db_constraint=False,
        verbose_name="post",
    )
    fakturarad = models.ForeignKey(
        Fakturarad, on_delete=models.PROTECT, db_constraint=False, verbose_name="fakturarad"
    )

    class Meta:
        verbose_name = "post på fakturarad"
        verbose_name_plural = "poster på fakturarader"

    def __str__(self) -> str:
        return f"{self.post_id} på {self.fakturarad_id}"


class Fakturahandling(bas.Skyddad):
    """The documents of an approved invoice as they were sent: Peppol BIS Billing 3 and PDF."""

    skydd = bas.TILLAGG

    faktura = models.OneToOneField(Faktura, on_delete=models.PROTECT, verbose_name="faktura")
    vardgivare = models.ForeignKey(
        "gvr.Vardgivare", on_delete=models.PROTECT, verbose_name="vårdgivare"
    )
    peppol = models.BinaryField("Peppol BIS Billing 3")
    pdf = models.BinaryField("PDF")
    skapad = models.DateTimeField("skapad")

    class Meta:
        verbose_name = "fakturahandling"
        verbose_name_plural = "fakturahandlingar"

    def __str__(self) -> str:
        return str(self.faktura_id)


class Nummerserie(bas.Skyddad):
    """The last number given. Locked while an invoice is approved, so the series has no gaps."""

    skydd = bas.PEKARE

    serie = models.CharField("serie", max_length=20, primary_key=True)
    senaste = models.PositiveBigIntegerField("senaste")

    class Meta:
        verbose_name = "nummerserie"
        verbose_name_plural = "nummerserier"

    def __str__(self) -> str:
        return f"{self.serie} {self.senaste}"
