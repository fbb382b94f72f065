"""Regelpaket: one version of an ersättningsmodell, as a document."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from gvr import bas


class Regelpaket(bas.Publicering):
    """Rules with examples for one contract area. `giltig` says for which days of care.

    Several published versions may hold on the same day: the newest that was known at the time of
    the decision counts, so both time axes are kept and nothing is overwritten.
    """

    skydd = bas.REDIGERBAR

    modell = models.SlugField("ersättningsmodell", max_length=50)
    namn = models.CharField("namn", max_length=200)
    avtalsomrade = models.ForeignKey(
        "gvr.Avtalsomrade", on_delete=models.PROTECT, verbose_name="avtalsområde"
    )
    innehall = models.JSONField(
        "innehåll", encoder=DjangoJSONEncoder, help_text="Regelpaketets dokument."
    )

    class Meta:
        verbose_name = "regelpaket"
        verbose_name_plural = "regelpaket"
        ordering = ["modell", "-version"]
        constraints = [
            bas.never_empty("regelpaket"),
            models.UniqueConstraint(fields=["modell", "version"], name="regelpaket_version"),
            # Two models that both decide the same day's contacts of an area would be a toss-up.
            ExclusionConstraint(
                name="regelpaket_en_modell_per_omrade",
                expressions=[
                    ("avtalsomrade", RangeOperators.EQUAL),
                    ("modell", RangeOperators.NOT_EQUAL),
                    ("giltig", RangeOperators.OVERLAPS),
                ],
                condition=models.Q(status=bas.Status.PUBLICERAD),
            ),
            *bas.two_persons("regelpaket"),
        ]
        permissions = [
            ("submit_regelpaket", "Kan lämna in regelpaket"),
            ("approve_regelpaket", "Kan godkänna regelpaket"),
            ("publish_regelpaket", "Kan publicera regelpaket"),
        ]

    def __str__(self) -> str:
        return f"{self.modell}:{self.version}"
