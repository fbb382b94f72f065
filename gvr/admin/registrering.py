"""The register's part of the admin: importing this module registers every list."""

from typing import cast

from django.contrib import admin

from gvr.admin import (
    anvandare,
    digitalformaga,
    handelser,
    koder,
    kodinlasning,
    kodserver,
    kunskap,
    leveranser,
    logg,
    maskinkonton,
    ombud,
    organisation,
    regelallvar,
    reservnummer,
    samverkan,
    utlamning,
    vardkontakter,
    webhookar,
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
cast(Regionsajt, admin.site).add_page(
    Sida(
        namn="kodserver",
        adress="kodserver/",
        titel="Läs in från Kodservern",
        ikon="sync_alt",
        app="gvr",
        view=kodserver.read_in,
        behorigheter=kodserver.BEHORIGHETER,
    )
)
cast(Regionsajt, admin.site).add_page(
    Sida(
        namn="kunskap",
        adress="vad-visste-vi/",
        titel="Vad visste vi när",
        ikon="history_toggle_off",
        app="gvr",
        view=kunskap.show,
        behorigheter=(kunskap.BEHORIGHET,),
    )
)

__all__ = [
    "anvandare",
    "digitalformaga",
    "handelser",
    "koder",
    "kodinlasning",
    "kodserver",
    "kunskap",
    "leveranser",
    "logg",
    "maskinkonton",
    "ombud",
    "organisation",
    "regelallvar",
    "reservnummer",
    "samverkan",
    "vardkontakter",
    "webhookar",
]
cast(Regionsajt, admin.site).add_page(
    Sida(
        namn="utlamning",
        adress="lamna-ut-handelser/",
        titel="Lämna ut händelser",
        ikon="download",
        app="gvr",
        view=utlamning.hand_out,
        behorigheter=(utlamning.BEHORIGHET,),
    )
)
