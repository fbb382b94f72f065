"""Kodverk and their dated codes."""

from django.db import models

from gvr import bas


class Kodverk(bas.Skyddad):
    """A code system, e.g. TAXA. `fullstandigt`: a code outside the list is certainly wrong."""

    skydd = bas.REDIGERBAR

    kod = models.CharField("kod", max_length=20, unique=True)
    namn = models.CharField("namn", max_length=200)
    klass = models.CharField("klass", max_length=3, blank=True, help_text="T.ex. 013 för BTYP.")
    kalla = models.TextField("källa")
    fullstandigt = models.BooleanField(
        "fullständigt", default=False, help_text="En kod utanför listan är fel, inte bara okänd."
    )

    class Meta:
        verbose_name = "kodverk"
        verbose_name_plural = "kodverk"
        ordering = ["kod"]

    def __str__(self) -> str:
        return f"{self.kod} – {self.namn}"


class Kod(bas.Giltig):
    """A code during a period. The same code may come back with another text."""

    skydd = bas.REDIGERBAR

    kodverk = models.ForeignKey(
        Kodverk, on_delete=models.PROTECT, related_name="koder", verbose_name="kodverk"
    )
    kod = models.CharField("kod", max_length=10)
    text = models.CharField("text", max_length=500, blank=True)
    text_offentlig = models.BooleanField("texten är offentlig", default=True)
    slutsats = models.BooleanField(
        "slutsats", default=False, help_text="Texten är härledd, inte hämtad ur källan."
    )
    kalla = models.TextField("källa", blank=True)
    egenskaper = models.JSONField("egenskaper", default=dict, blank=True)

    class Meta:
        verbose_name = "kod"
        verbose_name_plural = "koder"
        ordering = ["kodverk_id", "kod", "giltig"]
        constraints = [
            bas.never_empty("kod"),
            bas.never_overlapping("kod", "kodverk", "kod"),
        ]
        indexes = [models.Index(fields=["kodverk", "kod"], name="kod_kodverk_kod")]

    def __str__(self) -> str:
        return f"{self.kod} {self.text}".strip()
