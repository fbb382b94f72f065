"""The ledger: balanced entries for every approved invoice."""

from django.db import models

from gvr import bas


class Verifikation(bas.Skyddad):
    """A ledger entry. Its rows balance, or the transaction fails at commit (trigger)."""

    skydd = bas.TILLAGG

    faktura = models.OneToOneField(
        "vardfaktura.Faktura", on_delete=models.PROTECT, verbose_name="faktura"
    )
    vardgivare = models.ForeignKey(
        "gvr.Vardgivare", on_delete=models.PROTECT, verbose_name="vårdgivare"
    )
    bokforingsdag = models.DateField("bokföringsdag")
    text = models.CharField("text", max_length=200)
    skapad = models.DateTimeField("skapad")

    class Meta:
        verbose_name = "verifikation"
        verbose_name_plural = "verifikationer"

    def __str__(self) -> str:
        return self.text


class Bokforingsrad(bas.Skyddad):
    """A row of an entry: debit or credit, never both, never negative. Kronor."""

    skydd = bas.TILLAGG

    verifikation = models.ForeignKey(
        Verifikation, on_delete=models.PROTECT, verbose_name="verifikation"
    )
    vardgivare = models.ForeignKey(
        "gvr.Vardgivare", on_delete=models.PROTECT, verbose_name="vårdgivare"
    )
    konto = models.CharField("konto", max_length=10)
    produktkod = models.CharField("produktkod", max_length=40, blank=True)
    debet = models.DecimalField("debet (kr)", max_digits=14, decimal_places=2, default=0)
    kredit = models.DecimalField("kredit (kr)", max_digits=14, decimal_places=2, default=0)

    class Meta:
        verbose_name = "bokföringsrad"
        verbose_name_plural = "bokföringsrader"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(debet__gt=0, kredit=0) | models.Q(debet=0, kredit__gt=0),
                name="bokforingsrad_debet_eller_kredit",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.konto} {self.debet} {self.kredit}"
