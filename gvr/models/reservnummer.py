"""Reservnummer and what they are tied to. Rows are added, never changed."""

from django.conf import settings
from django.db import models

from gvr import bas
from gvr.core.personnummer import mask
from gvr.core.reservnummer import SKALTEXTER


class Reservnummer(bas.Skyddad):
    """A number that was issued here, to whom as far as was known, by whom and why."""

    skydd = bas.TILLAGG

    uuid = models.UUIDField("uuid", unique=True)
    nummer = models.CharField("nummer", max_length=12, unique=True)
    ar = models.PositiveSmallIntegerField("år")
    lopnummer = models.PositiveIntegerField("löpnummer")
    skal = models.CharField(
        "skäl", max_length=16, choices=[(kod.value, text) for kod, text in SKALTEXTER.items()]
    )
    fodd = models.DateField("född", null=True)
    fodelsear = models.PositiveSmallIntegerField("födelseår", null=True)
    kon = models.CharField("kön", max_length=1, null=True, help_text="Tomt är okänt.")
    lma_nummer = models.CharField("LMA-nummer", max_length=25, blank=True, default="")
    lma_t_o_m = models.DateField("LMA-kortet gäller till och med", null=True)
    vardgivare = models.ForeignKey(
        "gvr.Vardgivare", on_delete=models.PROTECT, verbose_name="vårdgivare"
    )
    utfardat = models.DateTimeField("utfärdat")
    utfardat_av = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name="utfärdat av",
    )

    class Meta:
        verbose_name = "reservnummer"
        verbose_name_plural = "reservnummer"
        constraints = [
            models.UniqueConstraint(fields=["ar", "lopnummer"], name="reservnummer_en_gang"),
        ]

    def __str__(self) -> str:
        return mask(self.nummer)


class Reservnummerkoppling(bas.Skyddad):
    """That a reservnummer is tied to a personnummer, or (`aterkallad`) is so no longer.

    The newest row of a number counts. The number need not have been issued here: journal systems
    issue them too.
    """

    skydd = bas.TILLAGG

    nummer = models.CharField("reservnummer", max_length=12)
    personnummer = models.CharField("personnummer", max_length=12, blank=True, default="")
    lkf = models.CharField("län, kommun, församling", max_length=6, null=True)
    aterkallad = models.BooleanField("återkallad", default=False)
    skal = models.CharField("skäl", max_length=500, blank=True, default="")
    vardgivare = models.ForeignKey(
        "gvr.Vardgivare",
        on_delete=models.PROTECT,
        null=True,
        verbose_name="vårdgivare",
        help_text="Tomt när regionen kopplade.",
    )
    tid = models.DateTimeField("tid")
    av = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="av"
    )

    class Meta:
        verbose_name = "koppling av reservnummer"
        verbose_name_plural = "kopplingar av reservnummer"
        indexes = [
            models.Index(fields=["nummer", "-id"], name="reservkoppling_nummer"),
            models.Index(fields=["personnummer"], name="reservkoppling_person"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(aterkallad=True, personnummer="")
                | (models.Q(aterkallad=False) & ~models.Q(personnummer="")),
                name="reservkoppling_har_person",
            ),
        ]

    def __str__(self) -> str:
        return mask(self.nummer)
