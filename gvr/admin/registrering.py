"""The register's part of the admin: importing this module registers every list."""

from typing import cast

from django.contrib import admin

from gvr.admin import (
    anvandare,
    koder,
    kodinlasning,
    leveranser,
    logg,
    maskinkonton,
    ombud,
    organisation,
    samverkan,
    vardkontakter,
)
from gvr.admin.sajt import Regionsajt, Sida

cast(Regionsajt, admin.site).add_page(
    Sida(
        namn="kodinlasning",
        adress="las-in-kodverk/",
        titel="Läs in kodverk",
        ikon="upload_file",
        app="gvr",
        view=kodinlasning.read_in,
        behorigheter=(kodinlasning.BEHORIGHET,),
    )
)

__all__ = [
    "anvandare",
    "koder",
    "kodinlasning",
    "leveranser",
    "logg",
    "maskinkonton",
    "ombud",
    "organisation",
    "samverkan",
    "vardkontakter",
]
