"""What a sending system is known by, and for whom it may report."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
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


class Certifikat(bas.Skyddad):
    """A client certificate that an account may log in with. Several may hold at once, for a change.

    An account is known by issuer and HSA-id together, so a renewed certificate of the same issuer
    needs no registration; what is registered tells when it is time.
    """

    skydd = bas.REDIGERBAR

    maskinkonto = models.ForeignKey(
        "gvr.Maskinkonto", on_delete=models.PROTECT, verbose_name="maskinkonto"
    )
    hsa_id = models.CharField("HSA-id", max_length=64)
    utfardare = models.CharField("utfärdare", max_length=500)
    serienummer = models.CharField("serienummer", max_length=64)
    sha256 = models.CharField("avtryck (SHA-256)", max_length=64, unique=True)
    giltigt_fran = models.DateTimeField("giltigt från")
    giltigt_till = models.DateTimeField("giltigt till")
    aterkallat = models.DateTimeField("återkallat", null=True, blank=True)

    class Meta:
        verbose_name = "certifikat"
        verbose_name_plural = "certifikat"
        ordering = ["maskinkonto_id", "-giltigt_till"]
        constraints = [
            ExclusionConstraint(
                name="certifikat_ett_konto_per_identitet",
                expressions=[
                    ("utfardare", RangeOperators.EQUAL),
                    ("hsa_id", RangeOperators.EQUAL),
                    ("maskinkonto", RangeOperators.NOT_EQUAL),
                ],
                condition=Q(aterkallat__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hsa_id} till {self.giltigt_till:%Y-%m-%d}"


class Nekatanrop(bas.Skyddad):
    """A request that was refused before it became a delivery: found by its id for thirty days.

    No body and no parameters are kept. An account that could not be told is None.
    """

    skydd = bas.REDIGERBAR

    uuid = models.UUIDField("begäran", unique=True)
    maskinkonto = models.ForeignKey(
        "gvr.Maskinkonto", on_delete=models.PROTECT, null=True, verbose_name="maskinkonto"
    )
    tid = models.DateTimeField("tid")
    metod = models.CharField("metod", max_length=8)
    resurs = models.CharField("resurs", max_length=200)
    status = models.PositiveSmallIntegerField("status")
    kod = models.CharField("kod", max_length=40)

    class Meta:
        verbose_name = "nekat anrop"
        verbose_name_plural = "nekade anrop"
        indexes = [
            models.Index(fields=["maskinkonto", "-tid"], name="nekat_avsandare_tid"),
            models.Index(fields=["tid"], name="nekat_tid"),
        ]

    def __str__(self) -> str:
        return str(self.uuid)


class Rytm(bas.Skyddad):
    """A sender's learnt rhythm (`gvr.core.rytm.Vana`). Can be learnt again from its deliveries."""

    skydd = bas.REDIGERBAR

    maskinkonto = models.OneToOneField(
        "gvr.Maskinkonto",
        on_delete=models.PROTECT,
        primary_key=True,
        verbose_name="maskinkonto",
    )
    vana = models.JSONField("vana")
    lard = models.DateTimeField("lärd")

    class Meta:
        verbose_name = "rytm"
        verbose_name_plural = "rytmer"

    def __str__(self) -> str:
        return str(self.maskinkonto_id)
