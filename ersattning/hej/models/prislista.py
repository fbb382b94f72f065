"""Prislista and its dated Pris."""

from django.db import models

from gvr import bas


class Prislista(bas.Publicering):
    """One version of a price list for a contract area, or for one contract in it."""

    skydd = bas.REDIGERBAR

    kod = models.SlugField("kod", max_length=50)
    namn = models.CharField("namn", max_length=200)
    avtalsomrade = models.ForeignKey(
        "gvr.Avtalsomrade", on_delete=models.PROTECT, verbose_name="avtalsområde"
    )
    avtal = models.ForeignKey(
        "gvr.Avtal",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        verbose_name="avtal",
        help_text="Bara för listor som gäller ett enda avtal; går före områdets lista.",
    )
    avrundning = models.CharField(
        "avrundning",
        max_length=10,
        choices=[("HALF_UP", "halva uppåt"), ("HALF_EVEN", "halva till jämnt")],
        default="HALF_UP",
    )
    kalla = models.TextField("källa")

    class Meta:
        verbose_name = "prislista"
        verbose_name_plural = "prislistor"
        ordering = ["kod", "-version"]
        constraints = [
            bas.never_empty("prislista"),
            models.UniqueConstraint(fields=["kod", "version"], name="prislista_version"),
            *bas.two_persons("prislista"),
        ]
        permissions = [
            ("submit_prislista", "Kan lämna in prislistor"),
            ("approve_prislista", "Kan godkänna prislistor"),
            ("publish_prislista", "Kan publicera prislistor"),
        ]

    def __str__(self) -> str:
        return f"{self.kod}:{self.version}"


class Pris(bas.Giltig):
    """What a product is worth during a period, in kronor.

    `reducerat`, `tak1` and `tak2` belong to the national tariffs: above `tak1` (kronor in a
    calendar year) the reduced fee is paid, above `tak2` nothing. A null `reducerat` where `tak1` is
    set means that the reduced fee is not public: contacts above the ceiling wait for a price.
    """

    skydd = bas.REDIGERBAR

    prislista = models.ForeignKey(Prislista, on_delete=models.CASCADE, verbose_name="prislista")
    produktkod = models.CharField("produktkod", max_length=40)
    text = models.CharField("text", max_length=200, blank=True)
    belopp = models.DecimalField("belopp (kr)", max_digits=12, decimal_places=2)
    reducerat = models.DecimalField(
        "reducerat arvode (kr)", max_digits=12, decimal_places=2, null=True, blank=True
    )
    tak1 = models.DecimalField(
        "tak för normalarvode (kr)", max_digits=14, decimal_places=2, null=True, blank=True
    )
    tak2 = models.DecimalField(
        "ersättningstak (kr)", max_digits=14, decimal_places=2, null=True, blank=True
    )
    exempel = models.BooleanField("exempel", default=False, help_text="Priset är inte offentligt.")
    kalla = models.TextField("källa", blank=True)

    class Meta:
        verbose_name = "pris"
        verbose_name_plural = "priser"
        ordering = ["produktkod", "giltig"]
        constraints = [
            bas.never_empty("pris"),
            bas.never_overlapping("pris", "prislista", "produktkod"),
            models.CheckConstraint(condition=models.Q(belopp__gte=0), name="pris_ej_negativt"),
        ]

    def __str__(self) -> str:
        return f"{self.produktkod} {self.belopp}"
