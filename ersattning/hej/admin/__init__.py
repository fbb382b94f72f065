"""HEJ's part of the admin."""

from ersattning.hej.admin import pengar, prislistor

__all__ = ["pengar", "prislistor"]
