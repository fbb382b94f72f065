"""Who is told of receipts without asking, and what has been sent to them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from gvr import bas
from gvr.core.webhook import LANGSTA_FEL, Lage, Orsak, Status


class Webhook(bas.Skyddad):
    """A receiver of a machine account: its address, what it wants and whether it is paused.

    What people decide stands here and is kept in the history; what happens stands in Webhooklage.
    One that is taken away is kept, without its secret.
    """

    skydd = bas.REDIGERBAR

    uuid = models.UUIDField("uuid", unique=True)
    maskinkonto = models.ForeignKey(
        "gvr.Maskinkonto", on_delete=models.PROTECT, verbose_name="maskinkonto"
    )
    adress = models.CharField("adress", max_length=500)
    nivaer = ArrayField(models.CharField(max_length=2), verbose_name="nivåer")
    lage = models.CharField(
        "läge",
        max_length=10,
        choices=[(Lage.AKTIV.value, "Aktiv"), (Lage.PAUSAD.value, "Pausad")],
        default=Lage.AKTIV.value,
    )
    orsak = models.CharField(
        "orsak till paus", max_length=20, blank=True, choices=[(o.value, o.value) for o in Orsak]
    )
    pausad = models.DateTimeField("pausad", null=True)
    skapad = models.DateTimeField("skapad")
    skapad_av = models.CharField("skapad av", max_length=150)
    borttagen = models.DateTimeField("borttagen", null=True)

    class Meta:
        verbose_name = "webhook"
        verbose_name_plural = "webhookar"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["maskinkonto", "adress"],
                condition=Q(borttagen__isnull=True),
                name="webhook_en_per_adress",
            ),
            models.CheckConstraint(
                condition=Q(lage=Lage.PAUSAD.value, pausad__isnull=False) & ~Q(orsak="")
                | Q(lage=Lage.AKTIV.value, pausad__isnull=True, orsak=""),
                name="webhook_paus_har_orsak",
            ),
        ]

    def __str__(self) -> str:
        return self.adress


class Webhooklage(bas.Skyddad):
    """How far a receiver has come, how it has answered, and its secrets, sealed.

    `sekvens` is the last number that is in a message; `nasta` is when the next call may be made.
    The former secret signs too until `tidigare_till`.
    """

    skydd = bas.REDIGERBAR

    webhook = models.OneToOneField(
        Webhook,
        on_delete=models.PROTECT,
        primary_key=True,
        related_name="tillstand",
        verbose_name="webhook",
    )
    hemlighet = models.BinaryField("hemlighet (förseglad)")
    tidigare = models.BinaryField("tidigare hemlighet (förseglad)", null=True)
    tidigare_till = models.DateTimeField("tidigare hemlighet gäller till", null=True)
    roterad = models.DateTimeField("hemligheten bytt", null=True)
    sekvens = models.BigIntegerField("sekvens")
    nasta = models.DateTimeField("nästa anrop tidigast")
    lease_till = models.DateTimeField("uthyrd till", null=True)
    misslyckade = models.PositiveIntegerField("misslyckade i rad", default=0)
    senast_lyckad = models.DateTimeField("senast lyckad", null=True)
    senast_forsok = models.DateTimeField("senaste försök", null=True)
    senaste_status = models.PositiveSmallIntegerField("senaste status", null=True)
    senaste_fel = models.CharField("senaste fel", max_length=LANGSTA_FEL, blank=True)

    class Meta:
        verbose_name = "webhooks läge"
        verbose_name_plural = "webhookars lägen"

    def __str__(self) -> str:
        return str(self.webhook_id)


class Webhookmeddelande(bas.Skyddad):
    """A message to a receiver: the receipts after `efter` up to and with `till`, or a test.

    Its uuid is the webhook-id of every call. The receipts are read anew for each call, and what the
    receiver answers is kept as a status and a word of ours, never its text.
    """

    skydd = bas.REDIGERBAR

    uuid = models.UUIDField("uuid", unique=True)
    webhook = models.ForeignKey(Webhook, on_delete=models.PROTECT, verbose_name="webhook")
    typ = models.CharField("typ", max_length=20)
    efter = models.BigIntegerField("efter sekvens", null=True)
    till = models.BigIntegerField("till sekvens", null=True)
    antal = models.PositiveIntegerField("antal kvittenser", default=0)
    skapad = models.DateTimeField("skapat")
    status = models.CharField(
        "läge",
        max_length=10,
        choices=[
            (Status.VANTAR.value, "Väntar"),
            (Status.LEVERERAT.value, "Levererat"),
            (Status.UPPGIVET.value, "Uppgivet"),
            (Status.ERSATT.value, "Ersatt av omspelning"),
        ],
        default=Status.VANTAR.value,
    )
    forsok = models.PositiveSmallIntegerField("försök", default=0)
    senast_forsok = models.DateTimeField("senaste försök", null=True)
    nasta_forsok = models.DateTimeField("nästa försök", null=True)
    levererat = models.DateTimeField("levererat", null=True)
    millisekunder = models.PositiveIntegerField("millisekunder", null=True)
    senaste_status = models.PositiveSmallIntegerField("senaste status", null=True)
    senaste_fel = models.CharField("senaste fel", max_length=LANGSTA_FEL, blank=True)

    class Meta:
        verbose_name = "webhookmeddelande"
        verbose_name_plural = "webhookmeddelanden"
        constraints = [
            # A receiver gets its receipts in order: nothing is sent past what is not delivered.
            models.UniqueConstraint(
                fields=["webhook", "typ"],
                condition=Q(status=Status.VANTAR.value),
                name="webhookmeddelande_ett_i_taget",
            ),
        ]
        indexes = [
            models.Index(fields=["webhook", "-id"], name="webhookmeddelande_nyast"),
            models.Index(fields=["skapad"], name="webhookmeddelande_skapad"),
        ]

    def __str__(self) -> str:
        return str(self.uuid)
