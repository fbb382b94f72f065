"""Prices as a provider reads them: what holds on a day, what will change, and products by name."""

from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal

import msgspec

from ersattning.hej.core.prislista import Pris
from ersattning.hej.models import Pris as Prisrad
from ersattning.hej.queries import prislistor
from ersattning.hej.queries.prislistor import Publicerad
from gvr.core.period import Period
from gvr.queries.portal import Avtalsrad


class Gallande(msgspec.Struct, frozen=True, kw_only=True):
    """A price on a day. Kronor. `nasta` is what it becomes, and when, where that is published."""

    produktkod: str
    text: str
    belopp: Decimal
    giltig: Period
    exempel: bool
    kalla: str
    lista: str
    listnamn: str
    version: int
    eget_avtal: bool
    reducerat: Decimal | None = None
    tak1: Decimal | None = None
    tak2: Decimal | None = None
    nasta: Decimal | None = None
    nasta_dag: date | None = None


class Andring(msgspec.Struct, frozen=True, kw_only=True):
    """How many of a contract's products change price on a coming day."""

    dag: date
    antal: int
    avtal: str


def valid_prices(avtal: Avtalsrad, day: date) -> tuple[Gallande, ...]:
    """Return the price of every product of a contract on a day, the contract's own list first."""
    bild = prislistor.published()
    listor = bild.valid(avtal.omrade, avtal.id, day)
    senare = _later(avtal, day)
    svar: dict[str, Gallande] = {}
    for rad in listor:
        for pris in rad.lista.priser:
            if pris.giltig.contains(day) and pris.produktkod not in svar:
                nasta_dag, nasta = senare.get(pris.produktkod, (None, None))
                svar[pris.produktkod] = _shown(rad, pris, nasta_dag, nasta)
    return tuple(svar[kod] for kod in sorted(svar))


def coming_changes(avtal: Sequence[Avtalsrad], day: date) -> tuple[Andring, ...]:
    """Return the days after `day` on which published prices of these contracts change."""
    svar: dict[tuple[date, str], int] = {}
    for rad in avtal:
        for nasta_dag, _ in _later(rad, day).values():
            nyckel = (nasta_dag, rad.omradesnamn)
            svar[nyckel] = svar.get(nyckel, 0) + 1
    return tuple(
        Andring(dag=dag, antal=antal, avtal=namn) for (dag, namn), antal in sorted(svar.items())
    )


def product_codes(avtal: Sequence[Avtalsrad], period: Period) -> tuple[str, ...]:
    """Return every product that has a price under these contracts at either end of a period."""
    bild = prislistor.published()
    return tuple(
        sorted(
            {
                pris.produktkod
                for rad in avtal
                for dag in (period.fr_o_m, period.t_o_m or period.fr_o_m)
                if rad.giltig.contains(dag)
                for publicerad in bild.valid(rad.omrade, rad.id, dag)
                for pris in publicerad.lista.priser
                if pris.giltig.contains(dag)
            }
        )
    )


def product_names(koder: Collection[str]) -> dict[str, str]:
    """Return what products are called in the newest price list that names them."""
    rader = Prisrad.objects.filter(produktkod__in=set(koder)).exclude(text="")
    return dict(rader.order_by("giltig").values_list("produktkod", "text"))


def _later(avtal: Avtalsrad, day: date) -> dict[str, tuple[date, Decimal]]:
    """Return, per product, the first later day on which its price is another, and that price."""
    bild = prislistor.published()
    nu = bild.valid(avtal.omrade, avtal.id, day)
    listor = (*nu, *bild.coming(avtal.omrade, avtal.id, day))
    borjar = sorted(
        {
            pris.giltig.start
            for rad in listor
            for pris in rad.lista.priser
            if pris.giltig.start > day
        }
        | {rad.lista.giltig.start for rad in listor if rad.lista.giltig.start > day}
    )
    svar: dict[str, tuple[date, Decimal]] = {}
    today = _amounts(nu, day)
    for dag in borjar:
        if avtal.giltig.contains(dag):
            for kod, belopp in _amounts(bild.valid(avtal.omrade, avtal.id, dag), dag).items():
                if kod not in svar and today.get(kod) != belopp:
                    svar[kod] = (dag, belopp)
    return svar


def _amounts(listor: Sequence[Publicerad], day: date) -> dict[str, Decimal]:
    svar: dict[str, Decimal] = {}
    for rad in listor:
        for pris in rad.lista.priser:
            if pris.giltig.contains(day):
                svar.setdefault(pris.produktkod, pris.belopp)
    return svar


def _shown(rad: Publicerad, pris: Pris, nasta_dag: date | None, nasta: Decimal | None) -> Gallande:
    return Gallande(
        produktkod=pris.produktkod,
        text=pris.text,
        belopp=pris.belopp,
        giltig=pris.giltig,
        exempel=pris.exempel,
        kalla=pris.kalla or rad.lista.kalla,
        lista=rad.lista.kod,
        listnamn=rad.lista.namn,
        version=rad.lista.version,
        eget_avtal=rad.avtal_id is not None,
        reducerat=pris.reducerat,
        tak1=pris.tak1,
        tak2=pris.tak2,
        nasta=nasta,
        nasta_dag=nasta_dag,
    )
