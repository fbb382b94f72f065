"""Formagekrav: which contract asks for a digital förmåga, and from which day."""

from typing import Final

from django.db import models

from gvr import bas

SAMVERKAN: Final = "SAMVERKAN"
FORMAGOR: Final = {SAMVERKAN: "Samverkan och aktiviteter"}


class Formagekrav(bas.Giltig):
    """That a contract asks the provider's journal system to be connected, during a period of days.

    Whether it is connected is never stored: it is seen by what has been reported.
    """

    skydd = bas.REDIGERBAR

    avtal = models.ForeignKey("gvr.Avtal", on_delete=models.PROTECT, verbose_name="avtal")
    formaga = models.CharField(
        "förmåga", max_length=20, choices=list(FORMAGOR.items()), default=SAMVERKAN
    )
    grund = models.CharField(
        "grund", max_length=500, help_text="Var kravet står, till exempel avtalets bilaga."
    )

    class Meta:
        verbose_name = "krav på digital förmåga"
        verbose_name_plural = "krav på digital förmåga"
        ordering = ["avtal_id", "giltig"]
        constraints = [
            bas.never_empty("formagekrav"),
            bas.never_overlapping("formagekrav", "avtal", "formaga"),
        ]

    def __str__(self) -> str:
        return f"{FORMAGOR[self.formaga]} i {self.avtal}"
