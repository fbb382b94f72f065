"""Post: one append-only money row."""

from django.db import models

from gvr import bas


class Kalla(models.TextChoices):
    """What a post comes from."""

    KONTAKT = "KONTAKT", "Vårdkontakt"
    DELTAGANDE = "DELTAGANDE", "Deltagande"
    MOMSKOMPENSATION = "MOMSKOMPENSATION", "Momskompensation"


class Posttyp(models.TextChoices):
    """The kind of a row."""

    GRUND = "GRUND", "Grundersättning"
    TILLAGG = "TILLAGG", "Tillägg"
    AVDRAG = "AVDRAG", "Avdrag"


class Post(bas.Skyddad):
    """The sum of a contact's posts is what it has been paid. Kronor, two decimals.

    A post is reversed by one that names it in `aterfor` and carries the opposite amount; it can be
    reversed once. `vardmanad` and `bokforingsmanad` are the first day of the month of care and of
    the month the post was made in (Europe/Stockholm).
    """

    skydd = bas.TILLAGG

    kalla = models.CharField("källa", max_length=16, choices=Kalla.choices)
    vardkontakt = models.ForeignKey(
        "gvr.Vardkontakt", on_delete=models.PROTECT, null=True, verbose_name="vårdkontakt"
    )
    beslut = models.ForeignKey(
        "hej.Beslut", on_delete=models.PROTECT, null=True, verbose_name="beslut"
    )
    delbeslut = models.ForeignKey(
        "hej.Delbeslut",
        on_delete=models.PROTECT,
        null=True,
        db_index=False,
        verbose_name="beslut om deltagande",
    )
    vardgivare = models.ForeignKey(
        "gvr.Vardgivare", on_delete=models.PROTECT, verbose_name="vårdgivare"
    )
    enhet = models.ForeignKey(
        "gvr.Enhet", on_delete=models.PROTECT, null=True, verbose_name="enhet"
    )
    avtal = models.ForeignKey("gvr.Avtal", on_delete=models.PROTECT, verbose_name="avtal")
    regel = models.CharField("regel", max_length=60, blank=True)
    produktkod = models.CharField("produktkod", max_length=40)
    typ = models.CharField("typ", max_length=8, choices=Posttyp.choices)
    antal = models.IntegerField("antal")
    apris = models.DecimalField("à-pris (kr)", max_digits=12, decimal_places=2)
    belopp = models.DecimalField("belopp (kr)", max_digits=14, decimal_places=2)
    vardmanad = models.DateField("vårdmånad")
    bokforingsmanad = models.DateField("bokföringsmånad")
    aterfor = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        null=True,
        related_name="aterford_av",
        verbose_name="återför",
    )
    skapad = models.DateTimeField("skapad")

    class Meta:
        verbose_name = "post"
        verbose_name_plural = "poster"
        constraints = [
            models.CheckConstraint(
                condition=(
                    models.Q(
                        kalla="KONTAKT",
                        vardkontakt__isnull=False,
                        beslut__isnull=False,
                        delbeslut__isnull=True,
                    )
                    | models.Q(
                        kalla="DELTAGANDE",
                        vardkontakt__isnull=True,
                        beslut__isnull=True,
                        delbeslut__isnull=False,
                    )
                    | models.Q(
                        kalla="MOMSKOMPENSATION", vardkontakt__isnull=True, delbeslut__isnull=True
                    )
                ),
                name="post_har_kalla",
            ),
        ]
        indexes = [
            models.Index(fields=["vardkontakt"], name="post_kontakt"),
            models.Index(
                fields=["delbeslut"],
                name="post_delbeslut",
                condition=models.Q(delbeslut__isnull=False),
            ),
            models.Index(fields=["vardgivare", "avtal", "bokforingsmanad"], name="post_stangning"),
        ]

    def __str__(self) -> str:
        return f"{self.produktkod} {self.belopp}"
