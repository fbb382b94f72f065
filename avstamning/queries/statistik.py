"""Statistics: production and payment per month, and what gives no payment, with charts."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import msgspec

from avstamning.core import diagram
from avstamning.core import ord as ordval
from avstamning.core.diagram import Diagram, Serie
from avstamning.queries import orsaker
from avstamning.queries.oversikt import month_around
from ersattning.hej.queries import lagen
from ersattning.hej.queries.lagen import Manadssumma
from gvr.core.period import Manad, Period
from gvr.queries import portal
from gvr.queries.portal import Synfalt

_NOLL = Decimal("0.00")
#: Reasons with a colour of their own in the chart; the rest are added up.
STORSTA = 3
_FARGER = ("fel", "vanta", "faktura", "ingen")


class Manadsrad(msgspec.Struct, frozen=True, kw_only=True):
    """A month: contacts and kronor by day of care, and (`bokfort`) kronor by month of posting."""

    manad: Manad
    antal: int
    ersatta: int
    utan: int
    produktion: Decimal
    bokfort: Decimal

    @property
    def andel_utan(self) -> str:
        """The share of contacts without payment, in per cent."""
        return ordval.share(self.utan, self.antal)


class Orsaksandel(msgspec.Struct, frozen=True, kw_only=True):
    """A reason's share of the contacts without payment."""

    titel: str
    kod: str
    antal: int
    andel: str


class Statistik(msgspec.Struct, frozen=True, kw_only=True):
    """The statistics page."""

    manader: tuple[Manadsrad, ...]
    produktion: Diagram
    andelar: Diagram
    orsaker: tuple[Orsaksandel, ...]
    period: Period

    @property
    def summa(self) -> Decimal:
        """Kronor of all months of care."""
        return sum((rad.produktion for rad in self.manader), _NOLL)

    @property
    def bokfort(self) -> Decimal:
        """Kronor of all months of posting."""
        return sum((rad.bokfort for rad in self.manader), _NOLL)

    @property
    def antal(self) -> int:
        """Contacts of all months."""
        return sum(rad.antal for rad in self.manader)

    @property
    def utan(self) -> int:
        """Contacts without payment."""
        return sum(rad.utan for rad in self.manader)

    @property
    def andel_utan(self) -> str:
        """The share of contacts without payment."""
        return ordval.share(self.utan, self.antal)


def statistics(synfalt: Synfalt, *, day: date, antal: int = 12) -> Statistik:
    """Return the last `antal` months. Cancelled contacts are counted nowhere."""
    period = month_around(day, antal=antal)
    summor = [rad for rad in lagen.per_month(synfalt, period) if rad.utfall != "MAKULERAD"]
    bokfort = dict(lagen.booked_per_month(synfalt, period))
    manader = tuple(_month(manad, summor, bokfort) for manad in months(period))
    egna = orsaker.catalogue(portal.contracts(synfalt.vardgivare_id), day)
    per_orsak: dict[str, int] = {}
    for rad in summor:
        if rad.utfall != "ERSATTS":
            per_orsak[rad.orsak] = per_orsak.get(rad.orsak, 0) + rad.antal
    storst = sorted(per_orsak, key=lambda kod: (-per_orsak[kod], kod))
    totalt = sum(per_orsak.values())
    rubriker = [f"{ordval.month_only(rad.manad)[:3]} {rad.manad.ar % 100:02d}" for rad in manader]
    return Statistik(
        manader=manader,
        period=period,
        produktion=diagram.columns(
            rubriker,
            [
                Serie("Produktion i vårdmånaden", "ok", tuple(r.produktion for r in manader)),
                Serie("Bokfört i månaden", "ljus", tuple(r.bokfort for r in manader)),
            ],
            skriv=lambda kronor: f"{ordval.amount(kronor)} kr",
            skala=whole_kronor,
        ),
        andelar=diagram.columns(
            rubriker,
            _reason_series(summor, manader, storst, lambda kod: orsaker.words(kod, egna).titel),
            skriv=lambda antal: ordval.quantity(int(antal)),
            staplade=True,
            hojd=220,
        ),
        orsaker=tuple(
            Orsaksandel(
                titel=orsaker.words(kod, egna).titel if kod else "Ingen orsak angiven",
                kod=kod,
                antal=per_orsak[kod],
                andel=ordval.share(per_orsak[kod], totalt),
            )
            for kod in storst[:20]
        ),
    )


def months(period: Period) -> tuple[Manad, ...]:
    """Return the months of a stretch of whole months."""
    svar = [Manad.of(period.start)]
    while period.slut is not None and svar[-1].next.first < period.slut:
        svar.append(svar[-1].next)
    return tuple(svar)


def whole_kronor(belopp: Decimal) -> str:
    """Write a scale: "250 tkr" for thousands, "1,5 mnkr" for millions, kronor below."""
    if abs(belopp) >= 1_000_000:
        text = f"{belopp / 1_000_000:f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
        return f"{text.replace('.', ',').replace('-', chr(0x2212))}{ordval.HARDA}mnkr"
    if abs(belopp) >= 1000:
        return f"{ordval.quantity(int(belopp / 1000))}{ordval.HARDA}tkr"
    return f"{ordval.quantity(int(belopp))}{ordval.HARDA}kr"


def _month(manad: Manad, summor: list[Manadssumma], bokfort: dict[Manad, Decimal]) -> Manadsrad:
    egna = [rad for rad in summor if rad.manad == manad]
    antal = sum(rad.antal for rad in egna)
    ersatta = sum(rad.antal for rad in egna if rad.utfall == "ERSATTS")
    return Manadsrad(
        manad=manad,
        antal=antal,
        ersatta=ersatta,
        utan=antal - ersatta,
        produktion=sum((rad.summa for rad in egna), _NOLL),
        bokfort=bokfort.get(manad, _NOLL),
    )


def _reason_series(
    summor: list[Manadssumma],
    manader: tuple[Manadsrad, ...],
    storst: list[str],
    titel: Callable[[str], str],
) -> list[Serie]:
    """Return one series for each of the largest reasons and one for the rest."""
    egna = storst[:STORSTA]

    def values(koder: set[str]) -> tuple[Decimal, ...]:
        return tuple(
            Decimal(
                sum(
                    rad.antal
                    for rad in summor
                    if rad.manad == m.manad and rad.utfall != "ERSATTS" and rad.orsak in koder
                )
            )
            for m in manader
        )

    serier = [
        Serie(titel(kod) if kod else "Ingen orsak angiven", farg, values({kod}))
        for kod, farg in zip(egna, _FARGER, strict=False)
    ]
    if len(storst) > STORSTA:
        serier.append(Serie("Övriga orsaker", _FARGER[STORSTA], values(set(storst[STORSTA:]))))
    return serier
