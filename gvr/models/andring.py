"""Andring: every change of master data and of who may do what, as it was and as it became."""

from django.db import models

from gvr import bas


class Andring(bas.Skyddad):
    """One changed row. Written by triggers, so imports and raw SQL leave the same trace as a form.

    `fore` and `efter` hold the whole row as JSON; `fore` is null for a new row, `efter` for one
    that was taken away. `anvandare` and `skal` are what the transaction signed itself with.
    """

    skydd = bas.TILLAGG

    tid = models.DateTimeField("tid")
    transaktion = models.BigIntegerField("transaktion")
    tabell = models.CharField("tabell", max_length=63)
    rad = models.CharField("rad", max_length=40)
    fore = models.JSONField("före", null=True)
    efter = models.JSONField("efter", null=True)
    anvandare = models.CharField("användare", max_length=200, blank=True)
    skal = models.CharField("skäl", max_length=500, blank=True)

    class Meta:
        verbose_name = "ändring"
        verbose_name_plural = "ändringar"
        indexes = [
            models.Index(fields=["tabell", "rad", "id"], name="andring_rad"),
            models.Index(fields=["-tid"], name="andring_tid"),
        ]

    def __str__(self) -> str:
        return f"{self.tabell} {self.rad}"
