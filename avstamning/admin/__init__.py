"""The reconciliation's part of the admin: pages, for it has no rows of its own."""

from typing import cast

from django.contrib import admin

from avstamning.admin import kontroll, stangning, vantar
from gvr.admin.sajt import Regionsajt, Sida

SAJT = cast(Regionsajt, admin.site)
for sida in (
    Sida(
        namn="vantar",
        adress="vantar/",
        titel="Väntar och parkerat",
        ikon="hourglass_empty",
        app="avstamning",
        view=vantar.waiting,
        behorigheter=("hej.view_kontaktlage",),
    ),
    Sida(
        namn="kontroll",
        adress="kontroll/",
        titel="Går pengarna ihop?",
        ikon="balance",
        app="avstamning",
        view=kontroll.check,
        behorigheter=("hej.view_post",),
    ),
    Sida(
        namn="stangning",
        adress="stang-manad/",
        titel="Stäng en månad",
        ikon="event_available",
        app="vardfaktura",
        view=stangning.close,
        behorigheter=("vardfaktura.view_manadsstangning",),
    ),
):
    SAJT.add_page(sida)
