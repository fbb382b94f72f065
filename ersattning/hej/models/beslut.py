"""Beslut, the decision receipt, and Kontaktlage, the read model of lists."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from gvr import bas


class Utfall(models.TextChoices):
    """The outcome of a decision; a closed list."""

    ERSATTS = "ERSATTS", "Ger ersättning"
    INGEN_ERSATTNING = "INGEN_ERSATTNING", "Ger ingen ersättning"
    VANTAR = "VANTAR", "Väntar"
    FEL = "FEL", "Behöver rättas"
    MAKULERAD = "MAKULERAD", "Makulerad"


class Beslut(bas.Skyddad):
    """Why this sum, or why nothing: one row per contact version and state of knowledge.

    `rader` holds {regel, produktkod, typ, antal, apris, belopp, prislista, exempel, not}; amounts
    are kronor with two decimals as text. `regelpaket` and `prislistor` name what was used as
    "modell:version:hash".
    """

    skydd = bas.TILLAGG

    vardkontakt = models.ForeignKey(
        "gvr.Vardkontakt", on_delete=models.PROTECT, verbose_name="vårdkontakt"
    )
    version = models.PositiveIntegerField("version")
    tid = models.DateTimeField("beslutat")
    vardgivare = models.ForeignKey(
        "gvr.Vardgivare", on_delete=models.PROTECT, null=True, verbose_name="vårdgivare"
    )
    enhet = models.ForeignKey(
        "gvr.Enhet", on_delete=models.PROTECT, null=True, verbose_name="enhet"
    )
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
        verbose_name = "beslut"
        verbose_name_plural = "beslut"
        indexes = [models.Index(fields=["vardkontakt", "-id"], name="beslut_kontakt")]

    def __str__(self) -> str:
        return f"{self.vardkontakt_id} v{self.version} {self.utfall}"


class Kontaktlage(bas.Skyddad):
    """Where each contact stands, for lists. A read model: rebuildable, compared with the truth."""

    skydd = bas.REDIGERBAR

    vardkontakt = models.OneToOneField(
        "gvr.Vardkontakt", on_delete=models.PROTECT, primary_key=True, verbose_name="vårdkontakt"
    )
    version = models.PositiveIntegerField("version")
    beslut = models.ForeignKey(Beslut, on_delete=models.PROTECT, verbose_name="beslut")
    vardgivare = models.ForeignKey(
        "gvr.Vardgivare", on_delete=models.PROTECT, null=True, verbose_name="vårdgivare"
    )
    enhet = models.ForeignKey(
        "gvr.Enhet", on_delete=models.PROTECT, null=True, verbose_name="enhet"
    )
    avtal = models.ForeignKey(
        "gvr.Avtal", on_delete=models.PROTECT, null=True, verbose_name="avtal"
    )
    dag = models.DateField("dag")
    utfall = models.CharField("utfall", max_length=16, choices=Utfall.choices)
    orsak = models.CharField("orsak", max_length=40, blank=True)
    vantar_pa = models.CharField("väntar på", max_length=80, blank=True)
    summa = models.DecimalField("summa (kr)", max_digits=14, decimal_places=2)

    class Meta:
        verbose_name = "kontaktläge"
        verbose_name_plural = "kontaktlägen"
        indexes = [
            models.Index(fields=["vardgivare", "-dag", "-vardkontakt"], name="lage_vardgivare_dag"),
            models.Index(
                fields=["vantar_pa"], name="lage_vantar", condition=models.Q(utfall="VANTAR")
            ),
            models.Index(fields=["avtal", "dag"], name="lage_avtal_dag"),
        ]

    def __str__(self) -> str:
        return f"{self.vardkontakt_id} {self.utfall}"


class Avgorande(bas.Skyddad):
    """That a person has settled a waiting contact: it gives no payment, with the reason.

    It is about one version: a correction is judged anew. The newest row of a version counts;
    `galler` false takes the one before back.
    """

    skydd = bas.TILLAGG

    vardkontakt = models.ForeignKey(
        "gvr.Vardkontakt", on_delete=models.PROTECT, verbose_name="vårdkontakt"
    )
    version = models.PositiveIntegerField("version")
    galler = models.BooleanField("gäller", default=True)
    vantade_pa = models.CharField("väntade på", max_length=80, blank=True)
    skal = models.CharField("skäl", max_length=500)
    avgjort_av = models.CharField("avgjort av", max_length=200)
    tid = models.DateTimeField("avgjort")

    class Meta:
        verbose_name = "avgörande"
        verbose_name_plural = "avgöranden"
        indexes = [models.Index(fields=["vardkontakt", "-id"], name="avgorande_kontakt")]

    def __str__(self) -> str:
        return f"{self.vardkontakt_id} v{self.version}"
