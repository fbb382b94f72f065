"""Delbeslut: the decision receipt of a deltagande, which is never a vårdkontakt."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from ersattning.hej.models.beslut import Utfall
from gvr import bas


class Delbeslut(bas.Skyddad):
    """Why this sum for taking part in another party's contact, or why nothing.

    One row per state of knowledge; the newest of a `deltagande` (its uuid) counts. `huvudkontakt`
    is the contact that it was tied to. `rader` are as in Beslut.
    """

    skydd = bas.TILLAGG

    deltagande = models.UUIDField("deltagande")
    version = models.PositiveIntegerField("version")
    dag = models.DateField("dag")
    tid = models.DateTimeField("beslutat")
    huvudkontakt = models.ForeignKey(
        "gvr.Vardkontakt", on_delete=models.PROTECT, null=True, verbose_name="huvudkontakt"
    )
    vardgivare = models.ForeignKey(
        "gvr.Vardgivare", on_delete=models.PROTECT, verbose_name="vårdgivare"
    )
    enhet = models.ForeignKey("gvr.Enhet", on_delete=models.PROTECT, verbose_name="enhet")
    avtal = models.ForeignKey(
        "gvr.Avtal", on_delete=models.PROTECT, null=True, verbose_name="avtal"
    )
    uppdragstyp = models.CharField("uppdragstyp", max_length=3, blank=True)
    stamdataversion = models.BigIntegerField("stamdataversion")
    regelpaket = ArrayField(models.TextField(), verbose_name="regelpaket", default=list)
    prislistor = ArrayField(models.TextField(), verbose_name="prislistor", default=list)
    utfall = models.CharField("utfall", max_length=16, choices=Utfall.choices)
    orsak = models.CharField("orsak", max_length=40, blank=True)
    vantar_pa = models.CharField("väntar på", max_length=80, blank=True)
    rader = models.JSONField("rader")
    summa = models.DecimalField("summa (kr)", max_digits=14, decimal_places=2)

    class Meta:
        verbose_name = "beslut om deltagande"
        verbose_name_plural = "beslut om deltaganden"
        indexes = [
            models.Index(fields=["deltagande", "-id"], name="delbeslut_deltagande"),
            models.Index(
                fields=["deltagande"], name="delbeslut_vantar", condition=models.Q(utfall="VANTAR")
            ),
            models.Index(fields=["vardgivare", "avtal", "dag"], name="delbeslut_avtal_dag"),
        ]

    def __str__(self) -> str:
        return f"{self.deltagande} v{self.version} {self.utfall}"
