"""What a sending system may do: for whom it may report."""

from django.db import models
from django.db.models import Q

from gvr import bas


class Ombud(bas.Giltig):
    """That a machine account may report for a provider, or for one of its units only.

    The days are those of the reporting, not of the care. A right that is taken back stays as a row
    with its time; it holds for nothing that arrives after it.
    """

    skydd = bas.REDIGERBAR

    maskinkonto = models.ForeignKey(
        "gvr.Maskinkonto", on_delete=models.PROTECT, verbose_name="maskinkonto"
    )
    vardgivare = models.ForeignKey(
        "gvr.Vardgivare", on_delete=models.PROTECT, verbose_name="vårdgivare"
    )
    enhet = models.ForeignKey(
        "gvr.Enhet",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        verbose_name="enhet",
        help_text="Tomt betyder alla vårdgivarens enheter.",
    )
    grund = models.CharField(
        "grund", max_length=500, help_text="Varför kontot får rapportera, till exempel en anmälan."
    )
    aterkallat = models.DateTimeField("återkallat", null=True, blank=True, editable=False)

    class Meta:
        verbose_name = "ombud"
        verbose_name_plural = "ombud"
        ordering = ["maskinkonto_id", "vardgivare_id", "giltig"]
        constraints = [
            bas.never_empty("ombud"),
            bas.never_overlapping(
                "ombud_vardgivare",
                "maskinkonto",
                "vardgivare",
                condition=Q(enhet__isnull=True, aterkallat__isnull=True),
            ),
            bas.never_overlapping(
                "ombud_enhet",
                "maskinkonto",
                "enhet",
                condition=Q(enhet__isnull=False, aterkallat__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.maskinkonto} för {self.enhet or self.vardgivare}"
