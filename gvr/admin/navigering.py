"""What the theme asks for on every page: style sheet, menu, account links, search."""

from typing import Any, cast

from django.contrib import admin
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse

from gvr.admin.sajt import Regionsajt


def stylesheet(request: HttpRequest) -> str:
    """Return the address of our own additions to the theme."""
    del request
    return static("admin/region.css")


def script(request: HttpRequest) -> str:
    """Return the address of our own script, which mends the theme's accessibility."""
    del request
    return static("admin/region.js")


def account(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the links under the user's name."""
    del request
    return [
        {"title": "Byt lösenord", "link": reverse("admin:password_change")},
        {"title": "Till portalen", "link": reverse("portal:start")},
    ]


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the menu: Min dag first, then the sections of the chain with what the user may see."""
    ikoner = {**ICONS, **{sida.namn: sida.ikon for sida in cast(Regionsajt, admin.site).sidor}}
    grupper: list[dict[str, Any]] = [
        {
            "title": None,
            "items": [{"title": "Min dag", "icon": "today", "link": reverse("admin:index")}],
        }
    ]
    for sektion in admin.site.get_app_list(request):
        poster = [
            {
                "title": _capitalized(rad["name"]),
                "icon": ikoner.get(rad["object_name"], "chevron_right"),
                "link": rad["admin_url"],
            }
            for rad in sektion["models"]
            if rad["admin_url"]
        ]
        if poster:
            grupper.append(
                {
                    "title": sektion["name"],
                    "items": poster,
                }
            )
    return grupper


def search(request: HttpRequest, term: str) -> list[Any]:
    """Return what the palette (Ctrl-K) finds beside the menu."""
    from gvr.admin import sokning  # noqa: PLC0415  - reads models; this module is named in settings

    return sokning.find(request, term)


def _capitalized(name: object) -> str:
    text = str(name)
    return text[:1].upper() + text[1:]


ICONS = {
    "Kodverk": "menu_book",
    "Kod": "label",
    "Vardgivare": "apartment",
    "Enhet": "local_hospital",
    "Uppdrag": "assignment",
    "Enhetsuppdrag": "link",
    "Avtalsomrade": "category",
    "Avtal": "contract",
    "Maskinkonto": "dns",
    "Ombud": "handshake",
    "Nekatanrop": "do_not_disturb_on",
    "Regelallvar": "rule_settings",
    "Leverans": "inbox",
    "Avvisning": "block",
    "Kvittens": "receipt_long",
    "Webhook": "webhook",
    "Webhookmeddelande": "outgoing_mail",
    "Vardkontakt": "medical_information",
    "Vardkontaktversion": "history",
    "Arende": "pending_actions",
    "Samverkanstillfalle": "diversity_3",
    "Deltagande": "group",
    "Aktivitet": "event_note",
    "Deltagandearende": "pending_actions",
    "Delkvittens": "receipt_long",
    "Delbeslut": "gavel",
    "Formagekrav": "cable",
    "Ersattningshandelse": "event",
    "Reservnummer": "badge",
    "Reservnummerkoppling": "link",
    "Vardtillfallesdel": "hotel",
    "Periodrapport": "date_range",
    "Vantetid": "hourglass_empty",
    "Loggpost": "policy",
    "Andring": "manage_history",
    "Regelpaket": "rule",
    "Prislista": "sell",
    "Pris": "payments",
    "Beslut": "gavel",
    "Kontaktlage": "checklist",
    "Post": "paid",
    "Faktura": "request_quote",
    "Verifikation": "account_balance",
    "Manadsstangning": "event_available",
    "User": "person",
    "Group": "groups",
}
