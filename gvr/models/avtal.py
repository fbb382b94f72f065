"""Avtalsomrade and a provider's dated Avtal in it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from gvr import bas


class Avtalsomrade(bas.Skyddad):
    """A contract area, e.g. Husläkarverksamhet: who shares rules and price list."""

    skydd = bas.REDIGERBAR

    kod = models.SlugField("kod", max_length=50, unique=True)
    namn = models.CharField("namn", max_length=200)
    uppdragstyper = ArrayField(
        models.CharField(max_length=3), verbose_name="uppdragstyper", default=list, blank=True
    )
    kalla = models.TextField("källa", blank=True)

    class Meta:
        verbose_name = "avtalsområde"
        verbose_name_plural = "avtalsområden"
        ordering = ["namn"]

    def __str__(self) -> str:
        return self.namn


class Avtal(bas.Giltig):
    """A contract during a period. Every invoice carries its ADA number."""

    skydd = bas.REDIGERBAR

    ada_nummer = models.CharField("ADA-nummer", max_length=30)
    vardgivare = models.ForeignKey(
        "gvr.Vardgivare", on_delete=models.PROTECT, verbose_name="vårdgivare"
    )
    avtalsomrade = models.ForeignKey(
        Avtalsomrade, on_delete=models.PROTECT, verbose_name="avtalsområde"
    )
    momskompensation = models.BooleanField(
        "momskompensation", default=False, help_text="Tillägg på 6 % av fakturerat belopp."
    )
    avgiftsavdrag = models.BooleanField(
        "avdrag för patientavgift",
        default=True,
        help_text="Patientavgiften dras av från ersättningen.",
    )
    egenskaper = models.JSONField(
        "egenskaper",
        default=dict,
        blank=True,
        help_text='T.ex. {"arvodeskategori": "A"} för LOF.',
    )

    class Meta:
        verbose_name = "avtal"
        verbose_name_plural = "avtal"
        ordering = ["ada_nummer", "giltig"]
        constraints = [
            bas.never_empty("avtal"),
            bas.never_overlapping("avtal", "ada_nummer"),
        ]

    def __str__(self) -> str:
        return f"{self.ada_nummer} {self.avtalsomrade}"
