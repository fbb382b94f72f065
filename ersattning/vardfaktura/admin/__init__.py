"""Vårdfaktura's part of the admin."""

from ersattning.vardfaktura.admin import fakturor

__all__ = ["fakturor"]
