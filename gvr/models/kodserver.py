"""Master data as its sources give it: entries of the code server, MEK, and what we knew when."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Deferrable, F, Q

from gvr import bas
from gvr.models.organisation import HSA_ID, KOMBIKA


class Kodserverpost(bas.Giltig):
    """An entry of a code server table, whole: {"texter": {…}, "lankar": [{…}]}.

    Units and commissions are made of these; what they have no column for stays here.
    """

    skydd = bas.REDIGERBAR

    tabell = models.CharField("tabell", max_length=12)
    kod = models.CharField("kod", max_length=20)
    innehall = models.JSONField("innehåll", encoder=DjangoJSONEncoder)

    class Meta:
        verbose_name = "post i Kodservern"
        verbose_name_plural = "poster i Kodservern"
        ordering = ["tabell", "kod", "giltig"]
        constraints = [
            bas.never_empty("kodserverpost"),
            bas.never_overlapping(
                "kodserverpost", "tabell", "kod", deferrable=Deferrable.IMMEDIATE
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tabell} {self.kod}"


class Hsamappning(bas.Giltig):
    """MEK: the HSA-id of a kombika during a period.

    `fil_fran` and `fil_till` are the first and the last MEK export that we read and that said so;
    `fil_till` is null as long as the newest one does. Both are null for a row of another source.
    """

    skydd = bas.REDIGERBAR

    kombika = models.CharField("kombika", max_length=11, validators=[KOMBIKA])
    hsa_id = models.CharField("HSA-id", max_length=32, validators=[HSA_ID])
    fil_fran = models.PositiveIntegerField("från MEK-fil", null=True, blank=True)
    fil_till = models.PositiveIntegerField("till MEK-fil", null=True, blank=True)

    class Meta:
        verbose_name = "HSA-mappning"
        verbose_name_plural = "HSA-mappningar"
        ordering = ["kombika", "giltig"]
        constraints = [
            bas.never_empty("hsamappning"),
            bas.never_overlapping("hsamappning", "kombika", deferrable=Deferrable.IMMEDIATE),
        ]
        indexes = [models.Index(fields=["hsa_id"], name="hsamappning_hsa_id")]

    def __str__(self) -> str:
        return f"{self.kombika} – {self.hsa_id}"


class Felmappning(bas.Skyddad):
    """A row of FelMEK: a mapping that MEK exports carried and that was wrong, and what we did.

    The exports `fran_mek_fil` to `till_mek_fil` said that `kombika` had `fel_hsa_id`. From
    `fr_o_m`, up to but not including `till`, it should have been `ratt_hsa_id`, or nothing.
    """

    class Utfall(models.TextChoices):
        """What the row led to here."""

        RATTAD = "RATTAD", "Rättad"
        REDAN_RATT = "REDAN_RATT", "Redan rätt"
        EJ_INLAST = "EJ_INLAST", "Den felaktiga mappningen har aldrig lästs in"
        NYARE = "NYARE", "En senare MEK-fil säger något annat"

    skydd = bas.TILLAGG

    kombika = models.CharField("kombika", max_length=11)
    fel_hsa_id = models.CharField("felaktigt HSA-id", max_length=32)
    ratt_hsa_id = models.CharField("rätt HSA-id", max_length=32, blank=True)
    fr_o_m = models.DateField("fr.o.m.", null=True)
    till = models.DateField("till (ej med)", null=True)
    fran_mek_fil = models.PositiveIntegerField("från MEK-fil")
    till_mek_fil = models.PositiveIntegerField("till och med MEK-fil")
    felmek_fil = models.PositiveIntegerField("FelMEK-fil")
    skapad_i_mek = models.CharField("skapad i MEK", max_length=40)
    utfall = models.CharField("utfall", max_length=12, choices=Utfall.choices)
    inlast = models.DateTimeField("inläst")
    inlast_av = models.CharField("inläst av", max_length=200, blank=True)

    class Meta:
        verbose_name = "felmappning"
        verbose_name_plural = "felmappningar"
        constraints = [
            models.UniqueConstraint(
                fields=[
                    *("kombika", "fel_hsa_id", "fr_o_m", "till"),
                    *("fran_mek_fil", "till_mek_fil", "skapad_i_mek"),
                ],
                name="felmappning_en_gang",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kombika} {self.fel_hsa_id}"


class Kunskap(bas.Giltig):
    """The second time axis: what a row of master data said, and while we believed it.

    Written by triggers, so a form, an import and raw SQL leave the same trace. `nyckel` is what
    the row is about (a kombika, a commission, enhet:uppdrag); `giltig` when it holds in the world.
    We believed it from `version_fran` and `kand_fran` up to but not including `version_till` and
    `kand_till`; null there is what we believe now. A decision keeps its `stamdataversion`, which
    is a place on this axis.
    """

    skydd = bas.PEKARE

    tabell = models.CharField("tabell", max_length=63)
    rad = models.BigIntegerField("rad")
    nyckel = models.CharField("nyckel", max_length=64)
    innehall = models.JSONField("innehåll")
    version_fran = models.BigIntegerField("från stamdataversion")
    version_till = models.BigIntegerField("till stamdataversion", null=True)
    kand_fran = models.DateTimeField("känd från")
    kand_till = models.DateTimeField("känd till", null=True)

    class Meta:
        verbose_name = "kunskap"
        verbose_name_plural = "kunskap"
        constraints = [
            bas.never_empty("kunskap"),
            ExclusionConstraint(
                name="kunskap_en_sanning",
                expressions=[
                    # The most telling column first: a GiST index is built on it.
                    ("nyckel", RangeOperators.EQUAL),
                    ("tabell", RangeOperators.EQUAL),
                    ("giltig", RangeOperators.OVERLAPS),
                ],
                condition=Q(kand_till__isnull=True),
                deferrable=Deferrable.DEFERRED,
            ),
            models.CheckConstraint(
                name="kunskap_framat",
                condition=(
                    Q(kand_till__isnull=True, version_till__isnull=True)
                    | Q(kand_till__gte=F("kand_fran"), version_till__gte=F("version_fran"))
                ),
            ),
        ]
        indexes = [
            models.Index(fields=["tabell", "rad", "version_fran"], name="kunskap_rad"),
            models.Index(fields=["tabell", "nyckel"], name="kunskap_nyckel"),
            models.Index(fields=["version_fran"], name="kunskap_fran"),
            models.Index(
                fields=["version_till"],
                name="kunskap_till",
                condition=Q(version_till__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tabell} {self.nyckel}"
