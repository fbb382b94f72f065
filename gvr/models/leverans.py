"""What arrived, exactly as it came, and what was answered."""

from django.conf import settings
from django.db import models

from gvr import bas


class Maskinkonto(bas.Skyddad):
    """A sending system. Never removed, only stopped.

    It is known by the HSA-id and issuer of its certificate (Certifikat), or by its token.
    """

    skydd = bas.REDIGERBAR

    namn = models.CharField("namn", max_length=200)
    kallsystem = models.CharField(
        "källsystem", max_length=40, help_text="Systemets namn; vårdhändelse-id är unikt inom det."
    )
    hsa_id = models.CharField("HSA-id", max_length=32, blank=True)
    anvandare = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, verbose_name="användare"
    )
    token_hash = models.CharField("token (hash)", max_length=64, unique=True, editable=False)
    stoppdatum = models.DateField("stoppdatum", null=True, blank=True)
    anrop_per_minut = models.PositiveIntegerField(
        "anrop per minut", null=True, blank=True, help_text="Tomt betyder installationens gräns."
    )
    kontakter_per_minut = models.PositiveIntegerField(
        "vårdkontakter per minut",
        null=True,
        blank=True,
        help_text="Tomt betyder installationens gräns.",
    )

    class Meta:
        verbose_name = "maskinkonto"
        verbose_name_plural = "maskinkonton"
        ordering = ["namn"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(kallsystem__istartswith="RAPP-"),
                name="maskinkonto_ej_rapp",
                violation_error_message="Namn som börjar med RAPP- hör till regionens formulär.",
            )
        ]

    def __str__(self) -> str:
        return self.namn


class Leverans(bas.Skyddad):
    """One message from a sender: bytes, hash, key, answer. Never changed."""

    skydd = bas.TILLAGG

    uuid = models.UUIDField("uuid", unique=True)
    maskinkonto = models.ForeignKey(
        Maskinkonto, on_delete=models.PROTECT, null=True, verbose_name="maskinkonto"
    )
    anvandare = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name="användare",
    )
    metod = models.CharField("metod", max_length=8)
    resurs = models.CharField("resurs", max_length=200)
    idempotensnyckel = models.CharField("idempotensnyckel", max_length=255, null=True)
    mediatyp = models.CharField("mediatyp", max_length=100, blank=True)
    kropp = models.BinaryField("kropp")
    sha256 = models.BinaryField("sha256")
    mottagen = models.DateTimeField("mottagen")
    status = models.PositiveSmallIntegerField("status", help_text="HTTP-status som besvarades.")
    svar = models.BinaryField("svar")
    antal = models.PositiveIntegerField("antal", default=0)
    antal_avvisade = models.PositiveIntegerField("antal avvisade", default=0)

    class Meta:
        verbose_name = "leverans"
        verbose_name_plural = "leveranser"
        constraints = [
            models.UniqueConstraint(
                fields=["maskinkonto", "idempotensnyckel"], name="leverans_idempotens"
            ),
        ]
        indexes = [models.Index(fields=["maskinkonto", "-mottagen"], name="leverans_avsandare_tid")]

    def __str__(self) -> str:
        return str(self.uuid)


class Avvisning(bas.Skyddad):
    """A contact that was refused, with its findings, so that it can be found and mended."""

    skydd = bas.TILLAGG

    leverans = models.ForeignKey(Leverans, on_delete=models.PROTECT, verbose_name="leverans")
    plats = models.PositiveIntegerField("plats", help_text="Ordningsnummer i leveransen, från 0.")
    vardgivare = models.ForeignKey(
        "gvr.Vardgivare", on_delete=models.PROTECT, null=True, verbose_name="vårdgivare"
    )
    enhet = models.ForeignKey(
        "gvr.Enhet", on_delete=models.PROTECT, null=True, verbose_name="enhet"
    )
    vardhandelse_id = models.CharField("vårdhändelse-id", max_length=64, blank=True)
    dag = models.DateField("dag", null=True)
    avvikelser = models.JSONField("avvikelser")
    tid = models.DateTimeField("tid")

    class Meta:
        verbose_name = "avvisning"
        verbose_name_plural = "avvisningar"
        indexes = [models.Index(fields=["vardgivare", "-tid"], name="avvisning_vardgivare_tid")]

    def __str__(self) -> str:
        return f"{self.leverans_id}/{self.plats}"


class Kvittens(bas.Skyddad):
    """A receipt in a sender's feed, in the order the sender may read them.

    `sekvens` grows within a sender in order of commit: it is drawn while the sender's advisory lock
    is held, so a reader that asks for what comes after N never misses a late transaction.
    """

    skydd = bas.TILLAGG

    sekvens = models.BigAutoField("sekvens", primary_key=True)
    kallsystem = models.CharField("källsystem", max_length=40)
    vardkontakt = models.ForeignKey(
        "gvr.Vardkontakt", on_delete=models.PROTECT, verbose_name="vårdkontakt"
    )
    vardgivare = models.ForeignKey(
        "gvr.Vardgivare", on_delete=models.PROTECT, null=True, verbose_name="vårdgivare"
    )
    enhet_id = models.BigIntegerField("enhet", null=True)
    version = models.PositiveIntegerField("version")
    niva = models.CharField(
        "nivå", max_length=2, help_text="K2 register, K3 ersättning, K4 faktura."
    )
    utfall = models.CharField("utfall", max_length=20)
    kod = models.CharField("kod", max_length=40, blank=True)
    belopp = models.DecimalField("belopp (kr)", max_digits=14, decimal_places=2, null=True)
    tid = models.DateTimeField("tid")

    class Meta:
        verbose_name = "kvittens"
        verbose_name_plural = "kvittenser"
        indexes = [
            models.Index(fields=["kallsystem", "sekvens"], name="kvittens_kallsystem"),
            models.Index(fields=["vardkontakt", "sekvens"], name="kvittens_vardkontakt"),
        ]

    def __str__(self) -> str:
        return str(self.sekvens)
