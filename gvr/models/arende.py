"""Work that waits to be done, claimed from PostgreSQL."""

from django.db import models

from gvr import bas


class Arende(bas.Skyddad):
    """One contact with work waiting. Deleted in the transaction that finishes it.

    A worker claims rows with a lease; an expired lease may be claimed by anyone. After three failed
    attempts the row is parked (`parkerad`) with the reason until someone releases it.
    """

    skydd = bas.REDIGERBAR

    vardkontakt = models.OneToOneField(
        "gvr.Vardkontakt", on_delete=models.PROTECT, primary_key=True, verbose_name="vårdkontakt"
    )
    skapad = models.DateTimeField("skapad")
    omgang = models.BigIntegerField(
        "omgång", default=0, help_text="Ökar när kontakten ändras medan ett arbete pågår."
    )
    lease_till = models.DateTimeField("uthyrd till", null=True)
    forsok = models.PositiveSmallIntegerField("försök", default=0)
    parkerad = models.BooleanField("parkerad", default=False)
    fel = models.TextField("fel", blank=True, default="")

    class Meta:
        verbose_name = "ärende"
        verbose_name_plural = "ärenden"
        indexes = [
            models.Index(
                fields=["skapad"], name="arende_att_gora", condition=models.Q(parkerad=False)
            )
        ]

    def __str__(self) -> str:
        return str(self.vardkontakt_id)


class Deltagandearende(bas.Skyddad):
    """One deltagande to decide, now or again. Deleted in the transaction that decides it.

    The row is locked while a worker decides: whoever wants a new decision meanwhile waits, and adds
    the row anew. After three failed attempts it is parked with the reason until it changes.
    """

    skydd = bas.REDIGERBAR

    uuid = models.UUIDField("deltagande", primary_key=True)
    skapad = models.DateTimeField("skapad")
    forsok = models.PositiveSmallIntegerField("försök", default=0)
    parkerad = models.BooleanField("parkerad", default=False)
    fel = models.TextField("fel", blank=True, default="")

    class Meta:
        verbose_name = "deltagandeärende"
        verbose_name_plural = "deltagandeärenden"

    def __str__(self) -> str:
        return str(self.uuid)
