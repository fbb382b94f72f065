"""Regelallvar: what a rule of the checks is in a contract area, from one day to another."""

from django.db import models

from gvr import bas
from gvr.core import regelallvar as core


class Regelallvar(bas.Giltig):
    """A rule made milder or stricter. Its history is kept like that of all master data."""

    skydd = bas.REDIGERBAR

    kod = models.CharField("regel", max_length=40, choices=core.rules)
    avtalsomrade = models.ForeignKey(
        "gvr.Avtalsomrade", on_delete=models.PROTECT, verbose_name="avtalsområde"
    )
    allvar = models.CharField("följd", max_length=10, choices=core.severities)
    grund = models.CharField(
        "grund", max_length=500, help_text="Beslutet eller det som gör att regeln ändras."
    )

    class Meta:
        verbose_name = "regels allvar"
        verbose_name_plural = "reglers allvar"
        ordering = ["kod", "avtalsomrade_id", "giltig"]
        constraints = [
            bas.never_empty("regelallvar"),
            bas.never_overlapping("regelallvar", "kod", "avtalsomrade"),
            models.CheckConstraint(
                condition=models.Q(kod__in=sorted(core.ANDRINGSBARA)),
                name="regelallvar_far_andras",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kod} i {self.avtalsomrade}"
