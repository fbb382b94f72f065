"""What the register adds to contacts that are handed on: units, contracts, payers, referrers."""

from collections.abc import Sequence
from datetime import date

import msgspec

from gvr.core import kodverk
from gvr.core.avvikelse import Avvikelse
from gvr.core.betalare import SAKNAS, Betalare, paid_by
from gvr.core.ersmoindata import Handelse
from gvr.core.register import Enhetslage, Register
from gvr.core.varduppgift import Avtalsuppgift, Uppgifter
from gvr.models import Kod, Uppdrag
from gvr.queries import betalare, register
from gvr.queries.betalare import Fraga
from gvr.queries.kontakter import fallback_days

HSA_ID = "SE"


def of_events(handelser: Sequence[Handelse]) -> list[Uppgifter]:
    """Return what the register knows of each contact's day, and who pays; constant SQL."""
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
    uppgifter = [
        _details(handelse, lage, bild, namn, texter)
        for handelse, lage in zip(handelser, lagen, strict=True)
    ]
    return _with_payers(handelser, lagen, uppgifter, bild)


def _with_payers(
    handelser: Sequence[Handelse],
    lagen: Sequence[tuple[Enhetslage, date] | None],
    uppgifter: list[Uppgifter],
    bild: Register,
) -> list[Uppgifter]:
    """Say who pays under each commission; for a contact without one there is nobody to name."""
    fragor = {
        plats: Fraga(
            kombika=lage[0].kombika,
            dag=lage[1],
            form=handelse.innehall.form,
            remittent=uppgifter[plats].remittent,
        )
        for plats, (handelse, lage) in enumerate(zip(handelser, lagen, strict=True))
        if lage is not None and handelse.innehall is not None and uppgifter[plats].avtal
    }
    svar = dict(zip(fragor, betalare.of_contacts(list(fragor.values()), bild), strict=True))
    return [
        _with_payer(uppgift, svar[plats]) if plats in svar else uppgift
        for plats, uppgift in enumerate(uppgifter)
    ]


def _with_payer(uppgift: Uppgifter, funnen: Betalare | Avvikelse | None) -> Uppgifter:
    avtal = [
        msgspec.structs.replace(rad, betalare=paid_by(funnen, i_kraft=rad.i_kraft))
        for rad in uppgift.avtal
    ]
    okand = any(rad.betalare is None for rad in avtal)
    fel = funnen.kod if isinstance(funnen, Avvikelse) else SAKNAS
    return msgspec.structs.replace(uppgift, avtal=avtal, betalarfel=fel if okand else None)


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
                i_kraft=bild.in_force(rad.avtal_id, dag),
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
