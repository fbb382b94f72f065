"""Template filters: the one place where a page turns a value into the words a person reads."""

import json
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django import template
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from avstamning.core import ord as ordval
from avstamning.core.urval import Urval, waited_for
from gvr.core.belopp import format_kr
from gvr.core.period import Manad, Period
from gvr.core.personnummer import mask
from gvr.core.reservnummer import SKALTEXTER, Skal
from gvr.core.webhook import Status
from gvr.queries.webhookar import Meddelande

register = template.Library()


@register.filter
def kr(belopp: Decimal | None) -> str:
    """1 234 567,50 kr; a dash for an amount that is not known."""
    return "–" if belopp is None else format_kr(belopp)


@register.filter
def belopp(varde: Decimal | None) -> str:
    """1 234 567,50 under a heading that says kronor."""
    return "–" if varde is None else ordval.amount(varde)


@register.filter
def antal(varde: int) -> str:
    """12 345."""
    return ordval.quantity(varde)


@register.filter
def dag(varde: date | None) -> str:
    """2026-11-23, for tables."""
    return "–" if varde is None else varde.isoformat()


@register.filter
def dag_i_text(varde: date) -> str:
    """23 november 2026, for sentences."""
    return ordval.day_in_text(varde)


@register.filter
def veckodag(varde: date) -> str:
    """måndag 30 november."""
    return ordval.day_short(varde)


@register.filter
def tidpunkt(varde: datetime | None) -> str:
    """2026-11-23 kl. 9.05, Swedish time."""
    if varde is None:
        return "–"
    lokal = localtime(varde)
    return f"{lokal.date().isoformat()}{ordval.HARDA}{ordval.clock(lokal)}"


@register.filter
def tidpunkt_i_text(varde: datetime) -> str:
    """23 november 2026 kl. 9.05, Swedish time."""
    lokal = localtime(varde)
    return f"{ordval.day_in_text(lokal.date())} {ordval.clock(lokal)}"


@register.filter
def klockslag(varde: time | datetime | None) -> str:
    """kl. 9.05; nothing for a time that was not reported."""
    if varde is None:
        return ""
    return ordval.clock(localtime(varde) if isinstance(varde, datetime) else varde)


@register.filter
def manad(varde: Manad) -> str:
    """november 2026."""
    return ordval.month_name(varde)


@register.filter
def bara_manad(varde: Manad) -> str:
    """november."""
    return ordval.month_only(varde)


@register.filter
def stor(text: str) -> str:
    """Begin the text with a capital and leave the rest as it is."""
    return text[:1].upper() + text[1:]


@register.filter
def t_o_m(period: Period) -> str:
    """Return the last day of a period, or "tills vidare"."""
    return "tills vidare" if period.t_o_m is None else period.t_o_m.isoformat()


@register.filter
def giltighet(text: str) -> str:
    """Say a period that is written as two days: an open end is "tills vidare"."""
    return f"från {text[:-1]} tills vidare" if text.endswith("–") else text


@register.filter
def maskad(nummer: str) -> str:
    """19••••••-••34."""
    return mask(nummer)


@register.filter
def id_text(varde: Any) -> str:
    """Return a number that is a name: without spaces between thousands."""
    return str(varde)


@register.filter
def agare(kod: str) -> str:
    """Return who acts, in words."""
    return ordval.owner(kod)


@register.filter
def vantar(kod: str) -> str:
    """Say what a contact waits for."""
    return waited_for(kod)


@register.filter
def posttyp(kod: str) -> str:
    """Grundersättning, Tillägg or Avdrag."""
    return ordval.POSTTYP.get(kod, kod)


@register.filter
def regeltyp(kod: Any) -> str:
    """Return the kind of a rule in words."""
    return ordval.REGELTYP.get(str(kod), str(kod))


@register.filter
def allvar(kod: Any) -> str:
    """Say how far a contact with this finding may travel."""
    return ordval.ALLVAR.get(str(kod) if kod else "", str(kod))


@register.filter
def handelse(kod: str) -> str:
    """Return what the access log says was done, in words."""
    return ordval.event(kod)


@register.filter
def minus(varde: Decimal) -> str:
    """Write an amount that is taken away: what the bridge subtracts."""
    return ordval.amount(-varde if varde else varde)


@register.filter
def kalla(text: str) -> SafeString:
    """Write a source; an address becomes a link."""
    if text.startswith(("https://", "http://")) and " " not in text:
        return format_html('<a class="id" href="{}" rel="noreferrer">{}</a>', text, text)
    return format_html("{}", text or "–")


@register.filter
def niva(kod: str) -> str:
    """Register, Ersättning or Faktura."""
    return ordval.NIVA.get(kod, kod)


@register.filter
def snyggt(varde: Any) -> str:
    """Return JSON that a person can read."""
    return json.dumps(varde, ensure_ascii=False, indent=2)


@register.filter
def reservskal(kod: Any) -> str:
    """Say why a reservnummer was issued."""
    return SKALTEXTER[Skal(kod)]


@register.filter
def vardhandelse(text: str) -> SafeString:
    """Let a long id break where it must, without changing what is copied."""
    return format_html('<span class="id">{}</span>', text)


@register.simple_tag
def status(kod: str) -> SafeString:
    """A decision's outcome as a chip: colour, sign and words."""
    return chip(ordval.outcome(kod))


@register.simple_tag
def fakturastatus(kod: str) -> SafeString:
    """An invoice's state as a chip."""
    return chip(ordval.FAKTURASTATUS[kod])


@register.simple_tag
def chip(ord_: ordval.Statusord) -> SafeString:
    """Any state as a chip."""
    return format_html(
        '<span class="chip {}"><span aria-hidden="true">{}</span> {}</span>',
        ord_.stil,
        ord_.tecken,
        ord_.text,
    )


@register.simple_tag
def anropssvar(status: int, avvisade: int) -> SafeString:
    """What a request came to, as a chip."""
    return chip(ordval.answer(status, avvisade))


@register.simple_tag
def meddelandestatus(meddelande: Meddelande) -> SafeString:
    """What has become of a webhook's message, as a chip."""
    stil, tecken = _MEDDELANDE[meddelande.status]
    return format_html(
        '<span class="chip {}"><span aria-hidden="true">{}</span> {}</span>',
        stil,
        tecken,
        meddelande.status_i_ord,
    )


_MEDDELANDE = {
    Status.VANTAR: ("vanta", "…"),
    Status.LEVERERAT: ("ok", "✓"),
    Status.UPPGIVET: ("fel", "!"),
    Status.ERSATT: ("ingen", "–"),
}


@register.simple_tag
def exempel() -> SafeString:
    """The mark on a price or a code that is not taken from a public source."""
    return format_html('<span class="exempel" title="{}">exempel</span>', EXEMPEL_BETYDER)


EXEMPEL_BETYDER = "Värdet är ett exempel: ingen offentlig källa anger det."


@register.filter
def personnummer_delat(nummer: str) -> str:
    """19121212-1212."""
    return f"{nummer[:8]}-{nummer[8:]}"


@register.simple_tag
def fraga_delar(urval: Urval, **andrat: Any) -> str:
    """Return a filter's address, with some of it changed."""
    return urlencode(urval.query(**{namn: str(varde) for namn, varde in andrat.items()}))


@register.simple_tag
def fraga(**delar: Any) -> str:
    """Build a query string of the parts that say something."""
    kvar = {namn: varde for namn, varde in delar.items() if varde not in (None, "", False)}
    return f"?{urlencode(kvar)}" if kvar else ""


@register.simple_block_tag
def kod(content: str, sprak: str, rubrik: str) -> SafeString:
    """Show a block of code under a heading; `sprak` is what it is written in.

    Every block in bash or python of the developer portal is run by the tests, in order.
    """
    return format_html(
        '<figure class="kodblock"><figcaption><span>{}</span> <span class="sprak">{}</span>'
        '</figcaption><pre tabindex="0" role="region" aria-label="{}"><code data-sprak="{}">{}'
        "</code></pre></figure>",
        rubrik,
        sprak,
        rubrik,
        sprak,
        escape(content.strip("\n")),  # a template's own text is safe only where it is HTML
    )
