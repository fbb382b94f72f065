"""ERSMO's tables."""

from ersattning.ersmo.models.regelpaket import Regelpaket

__all__ = ["Regelpaket"]
