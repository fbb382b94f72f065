"""Prissättning: what the products of one contact are worth, and what a year's ceiling leaves.

Every amount is in kronor with whole öre. A row always satisfies `belopp = antal * apris`, rounded
once; deductions (AVDRAG) have a negative `apris`, so the sum of a contact is the sum of its rows.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, time
from decimal import Decimal
from functools import lru_cache
from itertools import groupby
from typing import Final

import msgspec

from ersattning.ersmo.core.klassning import Klassning, Produktrad
from ersattning.hej.core.prislista import Pris, Prislista
from gvr.core.belopp import line_amount

#: Notes on rows that a yearly ceiling has changed, and the reason of a contact it left unpaid.
TAK_REDUCERAT: Final = "TAK_REDUCERAT"
TAK_KAPAT: Final = "TAK_KAPAT"
TAK_NATT: Final = "TAK_NATT"

_NOLL: Final = Decimal("0.00")


class Prisrad(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One priced row of a contact. `not_` says why the amount is not the ordinary price."""

    regel_id: str
    produktkod: str
    typ: str  # GRUND | TILLAGG | AVDRAG
    antal: int
    apris: Decimal
    belopp: Decimal
    prislista_id: int
    exempel: bool
    not_: str | None = None


class Prissattning(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The priced rows of one contact, or the products it waits for: never some of both."""

    rader: tuple[Prisrad, ...] = ()
    saknas: tuple[str, ...] = ()


def price(klassning: Klassning, *, day: date, prislistor: Sequence[Prislista]) -> Prissattning:
    """Price every product that the contact earned on its day of care.

    The first list in order that has the product on the day wins, so a contract's own list stands
    before the list of its area. One missing price makes the whole contact wait: `saknas` names the
    products and no row is paid.
    """
    rader: list[Prisrad] = []
    saknas: dict[str, None] = {}
    for rad in klassning.rader:
        for prislista in prislistor:
            pris = prislista.find(rad.produktkod, day)
            if pris is not None:
                rader.append(_row(rad, pris, prislista))
                break
        else:
            saknas[rad.produktkod] = None
    return Prissattning(saknas=tuple(saknas)) if saknas else Prissattning(rader=tuple(rader))


def _row(rad: Produktrad, pris: Pris, prislista: Prislista) -> Prisrad:
    apris, belopp = _amounts(pris.belopp, rad.typ, rad.antal, prislista.avrundning)
    return Prisrad(
        regel_id=rad.regel_id,
        produktkod=rad.produktkod,
        typ=rad.typ,
        antal=rad.antal,
        apris=apris,
        belopp=belopp,
        prislista_id=prislista.id,
        exempel=pris.exempel or rad.exempel,
    )


@lru_cache(maxsize=50_000)
def _amounts(kr: Decimal, typ: str, antal: int, avrundning: str) -> tuple[Decimal, Decimal]:
    """Return unit price and amount. A year of contacts has few different ones: remember them."""
    apris = line_amount(-1 if typ == "AVDRAG" else 1, kr, avrundning)
    return apris, line_amount(antal, apris, avrundning)


class Takkontakt(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A contact as a yearly ceiling sees it: when it was, and its rows at the normal price."""

    kontakt_id: int
    nyckel: tuple[str, str]
    dag: date
    tid: time | None = None
    rader: tuple[Prisrad, ...]


class Takutfall(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What the ceiling leaves of one contact.

    `mottaget` is what had been received in the year before the contact, in kronor. `orsak` is
    TAK_NATT for a contact that comes after the final ceiling; it then has neither rows nor
    `saknas`.
    """

    kontakt_id: int
    prissattning: Prissattning
    mottaget: Decimal
    orsak: str | None = None


def apply_year_ceiling(
    kontakter: Iterable[Takkontakt], *, prislistor: Iterable[Prislista]
) -> tuple[Takutfall, ...]:
    """Decide the fees of all priced contacts of one avtal in one calendar year (LOL and LOF).

    1. Order the contacts by day, time (a contact without one comes first on its day) and natural
       key. When they arrived plays no part.
    2. While the fees received so far in the year are at most `tak1`, a fee is paid in full. Above
       it the reduced fee is paid. The fee that would pass `tak2` is cut to what remains, and after
       that nothing is paid.
    3. A fee is counted before the patient fee is deducted, and a locum's count with the doctor's
       own. A contact whose reduced fee is not public waits as a whole and counts for nothing.

    `prislistor` are the lists that the rows were priced with. Raises ValueError for contacts of
    different years, for a natural key that comes twice and for a row without its price.

    Source: förordning (1994:1121) 5-6 §§ (LOL) and förordning (1994:1120) 4-5 §§ (LOF).
    """
    ordered = sorted(kontakter, key=lambda k: (k.dag, k.tid or time.min, k.nyckel))
    _check_group(ordered)
    listor = {prislista.id: prislista for prislista in prislistor}
    mottaget = _NOLL
    utfall = []
    for kontakt in ordered:
        beslutat, mottaget = _decide(kontakt, mottaget, listor)
        utfall.append(beslutat)
    return tuple(utfall)


def _check_group(ordered: Sequence[Takkontakt]) -> None:
    if ordered and ordered[0].dag.year != ordered[-1].dag.year:
        raise ValueError("Ett årstak räknas för ett kalenderår i taget.")
    nycklar = {kontakt.nyckel for kontakt in ordered}
    if len(nycklar) < len(ordered):
        raise ValueError("Samma vårdkontakt finns två gånger under årstaket.")


def _decide(
    kontakt: Takkontakt, mottaget: Decimal, listor: Mapping[int, Prislista]
) -> tuple[Takutfall, Decimal]:
    """Decide one contact, and return what has been received in the year after it."""
    rader: list[Prisrad] = []
    saknas: dict[str, None] = {}
    after = mottaget
    for rad in kontakt.rader:
        prislista, pris = _price_of(rad, kontakt.dag, listor)
        if rad.typ == "AVDRAG" or pris.tak1 is None:
            rader.append(rad)
            continue
        fees = _cap(rad, pris, after, prislista.avrundning)
        if fees is None:
            saknas[rad.produktkod] = None
            continue
        rader.extend(fees)
        after += sum((fee.belopp for fee in fees), _NOLL)

    if saknas:
        return _outcome(kontakt, mottaget, Prissattning(saknas=tuple(saknas))), mottaget
    if _nothing_left(rader):
        # Without a fee there is nothing to deduct a patient fee from.
        return _outcome(kontakt, mottaget, Prissattning(), orsak=TAK_NATT), mottaget
    return _outcome(kontakt, mottaget, Prissattning(rader=tuple(rader))), after


def _outcome(
    kontakt: Takkontakt, mottaget: Decimal, prissattning: Prissattning, orsak: str | None = None
) -> Takutfall:
    return Takutfall(
        kontakt_id=kontakt.kontakt_id, prissattning=prissattning, mottaget=mottaget, orsak=orsak
    )


def _price_of(rad: Prisrad, day: date, listor: Mapping[int, Prislista]) -> tuple[Prislista, Pris]:
    prislista = listor.get(rad.prislista_id)
    pris = None if prislista is None else prislista.find(rad.produktkod, day)
    if prislista is None or pris is None:
        raise ValueError(
            f"{rad.produktkod} har inget pris {day} i prislista {rad.prislista_id}, "
            "som raden är prissatt med."
        )
    return prislista, pris


def _cap(rad: Prisrad, pris: Pris, mottaget: Decimal, avrundning: str) -> list[Prisrad] | None:
    """Return the row as the ceiling leaves it, or None when its reduced fee is not public.

    A quantity above one is so many fees, each judged after the one before it; equal ones stay
    together on a row.
    """
    fees: list[tuple[Decimal, str | None]] = []
    for _ in range(rad.antal):
        fee = _single_fee(pris, mottaget)
        if fee is None:
            return None
        fees.append(fee)
        mottaget += fee[0]
    return [
        msgspec.structs.replace(
            rad, antal=antal, apris=apris, belopp=line_amount(antal, apris, avrundning), not_=not_
        )
        for (apris, not_), equal in groupby(fees)
        for antal in [len(list(equal))]
    ]


def _single_fee(pris: Pris, mottaget: Decimal) -> tuple[Decimal, str | None] | None:
    """Return one fee and the note it gets, after `mottaget` kronor in the year."""
    if pris.tak2 is not None and mottaget >= pris.tak2:
        return _NOLL, TAK_NATT
    if pris.tak1 is None or mottaget <= pris.tak1:
        fee, not_ = pris.belopp, None
    elif pris.reducerat is not None:
        fee, not_ = pris.reducerat, TAK_REDUCERAT
    else:
        return None
    if pris.tak2 is not None and mottaget + fee > pris.tak2:
        return pris.tak2 - mottaget, TAK_KAPAT
    return fee, not_


def _nothing_left(rader: Iterable[Prisrad]) -> bool:
    return any(rad.not_ == TAK_NATT for rad in rader) and not any(rad.belopp > 0 for rad in rader)
