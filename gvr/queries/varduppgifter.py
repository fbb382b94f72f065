"""What the register adds to contacts that are handed on: units, contracts and referrers."""

from collections.abc import Sequence
from datetime import date

from gvr.core import kodverk
from gvr.core.avvikelse import Avvikelse
from gvr.core.ersmoindata import Handelse
from gvr.core.register import Enhetslage, Register
from gvr.core.varduppgift import Avtalsuppgift, Uppgifter
from gvr.models import Kod, Uppdrag
from gvr.queries import register
from gvr.queries.kontakter import fallback_days

HSA_ID = "SE"


def of_events(handelser: Sequence[Handelse]) -> list[Uppgifter]:
    """Return what the register knows of each contact's day; constant SQL."""
    bild = register.current()
    lagen = [_unit(handelse, bild) for handelse in handelser]
    uppdrag = {
        rad.uppdrag_id
        for lage in lagen
        if lage is not None
        for rad in bild.commissions(lage[0], lage[1])
    }
    namn = dict(Uppdrag.objects.filter(pk__in=uppdrag).values_list("pk", "namn"))
    texter = _texts()
    return [
        _details(handelse, lage, bild, namn, texter)
        for handelse, lage in zip(handelser, lagen, strict=True)
    ]


def _unit(handelse: Handelse, bild: Register) -> tuple[Enhetslage, date] | None:
    innehall = handelse.innehall
    if innehall is None:
        return None
    atgardsdagar = [date.fromisoformat(dag) for dag in handelse.detaljer.get("atgardsdagar", ())]
    dagar = fallback_days(innehall.dag, innehall.slutdag, atgardsdagar)
    funnen = bild.unit(innehall.enhet, innehall.dag, fallback=dagar)
    return None if isinstance(funnen, Avvikelse) else funnen


def _details(
    handelse: Handelse,
    lage: tuple[Enhetslage, date] | None,
    bild: Register,
    namn: dict[int, str],
    texter: dict[str, list[tuple[date | None, date | None, str]]],
) -> Uppgifter:
    fore = None if handelse.innehall is None else handelse.innehall.remiss_fore
    dag = handelse.dag
    if lage is None:
        remittent = None if fore is None or dag is None else _referrer(fore, dag, bild)
        return Uppgifter(remittent=remittent)
    enhet, dag = lage
    return Uppgifter(
        kombika=enhet.kombika,
        hsa_id=enhet.hsa_id or None,
        avtal=[
            Avtalsuppgift(
                samverks_id=rad.samverks_id,
                namn=namn.get(rad.uppdrag_id, ""),
                uppdragstyp=rad.uppdragstyp,
                uppdragstyp_text=_text_on(texter.get(rad.uppdragstyp, ()), dag),
                regionen_betalar=True if bild.in_force(rad.avtal_id, dag) else None,
            )
            for rad in bild.commissions(enhet, dag)
        ],
        remittent=None if fore is None else _referrer(fore, dag, bild),
    )


def _referrer(fore: str, dag: date, bild: Register) -> str | None:
    """Return the referrer's HSA-id on the day, or the last before it; an expired one is fine."""
    enhet = bild.last_known(fore, dag)
    if enhet is not None:
        return enhet.hsa_id or None
    return fore if fore.startswith(HSA_ID) else None


def _texts() -> dict[str, list[tuple[date | None, date | None, str]]]:
    texter: dict[str, list[tuple[date | None, date | None, str]]] = {}
    rader = Kod.objects.filter(kodverk__kod=kodverk.UPPDRAGSTYP).values_list(
        "kod", "giltig", "text"
    )
    for kod, giltig, text in rader:
        texter.setdefault(kod, []).append((giltig.lower, giltig.upper, text))
    return texter


def _text_on(lagen: Sequence[tuple[date | None, date | None, str]], dag: date) -> str | None:
    for fran, till, text in lagen:
        if (fran is None or fran <= dag) and (till is None or dag < till):
            return text or None
    return None
