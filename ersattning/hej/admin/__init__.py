"""HEJ's part of the admin."""

from ersattning.hej.admin import pengar

__all__ = ["pengar"]
