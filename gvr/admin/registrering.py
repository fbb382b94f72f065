"""The register's part of the admin: importing this module registers every list."""

from gvr.admin import (
    anvandare,
    koder,
    leveranser,
    logg,
    maskinkonton,
    organisation,
    samverkan,
    vardkontakter,
)

__all__ = [
    "anvandare",
    "koder",
    "leveranser",
    "logg",
    "maskinkonton",
    "organisation",
    "samverkan",
    "vardkontakter",
]
