"""Vårdfaktura's tables."""

from ersattning.vardfaktura.models.bokforing import Bokforingsrad, Verifikation
from ersattning.vardfaktura.models.faktura import (
    Faktura,
    Fakturahandling,
    Fakturarad,
    FakturaradPost,
    Nummerserie,
)
from ersattning.vardfaktura.models.stangning import Manadsstangning

__all__ = [
    "Bokforingsrad",
    "Faktura",
    "Fakturahandling",
    "Fakturarad",
    "FakturaradPost",
    "Manadsstangning",
    "Nummerserie",
    "Verifikation",
]
