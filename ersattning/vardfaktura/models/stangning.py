"""Manadsstangning: how far the close of a month has come for each provider and contract."""

from django.db import models

from gvr import bas


class Stangningsstatus(models.TextChoices):
    """How it went."""

    KLAR = "KLAR", "Klar"
    TOM = "TOM", "Inget att fakturera"
    FEL = "FEL", "Misslyckades"


class Manadsstangning(bas.Skyddad):
    """The close of one month for one provider and contract. A failure is kept and retried."""

    skydd = bas.REDIGERBAR

    vardgivare = models.ForeignKey(
        "gvr.Vardgivare", on_delete=models.PROTECT, verbose_name="vårdgivare"
    )
    avtal = models.ForeignKey("gvr.Avtal", on_delete=models.PROTECT, verbose_name="avtal")
    manad = models.DateField("månad")
    status = models.CharField("status", max_length=4, choices=Stangningsstatus.choices)
    fel = models.TextField("fel", blank=True, default="")
    forsok = models.PositiveIntegerField("försök", default=1)
    andrad = models.DateTimeField("ändrad")

    class Meta:
        verbose_name = "månadsstängning"
        verbose_name_plural = "månadsstängningar"
        constraints = [
            models.UniqueConstraint(
                fields=["vardgivare", "avtal", "manad"], name="stangning_nyckel"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.manad:%Y-%m} {self.status}"
