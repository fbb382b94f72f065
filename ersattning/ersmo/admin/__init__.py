"""ERSMO's part of the admin."""

from ersattning.ersmo.admin import regelpaket

__all__ = ["regelpaket"]
