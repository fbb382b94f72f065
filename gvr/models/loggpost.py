"""The access log: who read or changed which patient's data, when, where and why."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from gvr import bas


class Loggpost(bas.Skyddad):
    """One act on patient data. Without foreign keys: the log outlives what it speaks of.

    Kept at least five years (HSLF-FS 2016:40 4 kap. 9 §).
    """

    skydd = bas.TILLAGG

    tid = models.DateTimeField("tid")
    anvandare_id = models.BigIntegerField("användarens id", null=True)
    anvandare = models.CharField("användare", max_length=200)
    handelse = models.CharField("händelse", max_length=40)
    objekt = models.CharField("objekt", max_length=200, blank=True)
    vardgivare_id = models.BigIntegerField("vårdgivarens id", null=True)
    enhet = models.CharField("enhet", max_length=200, blank=True)
    patienter = ArrayField(models.TextField(), verbose_name="patienter", default=list)
    skal = models.CharField("skäl", max_length=500, blank=True)

    class Meta:
        verbose_name = "loggpost"
        verbose_name_plural = "loggposter"
        indexes = [
            models.Index(fields=["-tid"], name="loggpost_tid"),
            GinIndex(fields=["patienter"], name="loggpost_patienter"),
        ]

    def __str__(self) -> str:
        return f"{self.tid:%Y-%m-%d %H:%M} {self.anvandare} {self.handelse}"
