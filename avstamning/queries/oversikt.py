"""The overview of a month: four sums, everything reported, what to do and why."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import msgspec

from avstamning.core import diagram, tystnad
from avstamning.core import ord as ordval
from avstamning.core.ord import Statusord
from avstamning.core.tystnad import Leveransrytm
from avstamning.queries import orsaker
from ersattning.ersmo.core.orsaker import Orsak
from ersattning.hej.queries import lagen, priser
from ersattning.hej.queries.lagen import Orsaksgrupp, Utfallssumma
from ersattning.hej.queries.priser import Andring
from ersattning.vardfaktura.queries import fakturor
from ersattning.vardfaktura.queries import portal as fakturaportal
from ersattning.vardfaktura.queries.fakturor import Faktura
from gvr.core.period import Manad, Period
from gvr.queries import digitalformaga, portal
from gvr.queries import kalender as helger
from gvr.queries import rytm as rytmfragor
from gvr.queries.digitalformaga import Krav
from gvr.queries.portal import Synfalt

_SVENSK = ZoneInfo("Europe/Stockholm")
_NOLL = Decimal("0.00")
#: More than this many is "fler än 10 000": counting on would cost more than the number is worth.
TAK = 10_000
#: How long back senders are listened for.
LYSSNA = timedelta(days=30)


class Utfallsrad(msgspec.Struct, frozen=True, kw_only=True):
    """One bar of the overview. `bredd` is its length in thousandths of the longest."""

    status: Statusord
    antal: int
    summa: Decimal
    bredd: str


class Orsaksrad(msgspec.Struct, frozen=True, kw_only=True):
    """A group of contacts to mend or wait for, in words."""

    orsak: Orsak
    grupp: Orsaksgrupp
    vantar_pa: str
    senast: date


class Fakturakort(msgspec.Struct, frozen=True, kw_only=True):
    """What the month's invoices are, or will be, worth. `klara` of the sum is on invoices made."""

    summa: Decimal
    klara: int
    forslag: tuple[Faktura, ...]
    kommande: int


class Oversikt(msgspec.Struct, frozen=True, kw_only=True):
    """Everything on the overview of a month.

    `behover_rattas` is about contacts with outcome FEL; its `riskbelopp` is what they were worth
    before, and only `riskantal` of them ever were. `faktura` is None when not the whole provider
    is in view.
    """

    manad: Manad
    rapporterat: int
    under_behandling: int
    rader: tuple[Utfallsrad, ...]
    ersatts: Utfallssumma
    behover_rattas: Utfallssumma
    vantar: Utfallssumma
    avvisade: int
    faktura: Fakturakort | None
    orsaker: tuple[Orsaksrad, ...]
    obetalda_forslag: tuple[Faktura, ...]
    prisandringar: tuple[Andring, ...]
    rytm: Leveransrytm | None
    formagor: tuple[Krav, ...]


def overview(synfalt: Synfalt, *, manad: Manad, at: datetime, hela: bool, frist: date) -> Oversikt:
    """Return the overview of a month. `hela`: the whole provider is in view, with its invoices.

    `frist` is the deadline that lies ahead.
    """
    today = at.astimezone(_SVENSK).date()
    per_utfall = {rad.utfall: rad for rad in lagen.outcomes(synfalt, manad.period)}
    under_behandling = lagen.undecided(synfalt, manad.period, limit=TAK)
    avtal = portal.contracts(synfalt.vardgivare_id)
    return Oversikt(
        manad=manad,
        rapporterat=sum(rad.antal for rad in per_utfall.values()) + under_behandling,
        under_behandling=under_behandling,
        rader=bars(per_utfall, under_behandling),
        ersatts=_of(per_utfall, "ERSATTS"),
        behover_rattas=_of(per_utfall, "FEL"),
        vantar=_of(per_utfall, "VANTAR"),
        avvisade=portal.count_refused(
            synfalt,
            fran=midnight(manad.first),
            till=midnight(manad.next.first),
            limit=TAK,
        ),
        faktura=_invoice_card(synfalt.vardgivare_id, avtal, manad) if hela else None,
        orsaker=tuple(
            Orsaksrad(
                orsak=orsaker.words(grupp.orsak, orsaker.catalogue(avtal, manad.first)),
                grupp=grupp,
                vantar_pa=grupp.vantar_pa,
                senast=frist,
            )
            for grupp in lagen.reasons(synfalt, manad.period)[:8]
        ),
        obetalda_forslag=(
            fakturor.of_providers([synfalt.vardgivare_id], status="FORSLAG", size=5) if hela else ()
        ),
        prisandringar=priser.coming_changes(
            [rad for rad in avtal if rad.giltig.contains(today)], today
        )[:3],
        rytm=rhythm(synfalt, at=at),
        formagor=digitalformaga.unmet(synfalt.vardgivare_id, day=today),
    )


def rhythm(synfalt: Synfalt, *, at: datetime) -> Leveransrytm | None:
    """Return how the provider's newest sender delivers, None when nobody has for a month."""
    fran = (at - LYSSNA).astimezone(_SVENSK).date()
    vanor, helgdagar = rytmfragor.learnt(), helger.around(at.astimezone(_SVENSK).date())
    rytmer = [
        tystnad.rhythm(tider, at=at, vana=vanor.get(konto_id), helgdagar=helgdagar)
        for konto_id, tider in portal.delivery_times(synfalt, fran=fran).items()
    ]
    return max(rytmer, key=lambda rytm: rytm.senaste, default=None)


def bars(per_utfall: dict[str, Utfallssumma], under_behandling: int) -> tuple[Utfallsrad, ...]:
    """Return a bar for every outcome, also those without contacts, in a fixed order."""
    rader = [(ordval.UTFALL[kod], _of(per_utfall, kod)) for kod in ordval.UTFALL]
    if under_behandling:
        rader.append((ordval.UNDER_BEHANDLING, Utfallssumma("", under_behandling, _NOLL, 0, _NOLL)))
    langder = diagram.widths([summa.antal for _, summa in rader])
    return tuple(
        Utfallsrad(status=status, antal=summa.antal, summa=summa.summa, bredd=langd)
        for (status, summa), langd in zip(rader, langder, strict=True)
    )


def midnight(day: date) -> datetime:
    """Return the first instant of a Swedish day."""
    return datetime.combine(day, time(), tzinfo=_SVENSK)


def month_around(day: date, *, antal: int) -> Period:
    """Return the days of this month and the `antal` - 1 before it."""
    forsta = Manad.of(day)
    for _ in range(antal - 1):
        forsta = forsta.previous
    return Period(forsta.first, Manad.of(day).next.first)


def _of(per_utfall: dict[str, Utfallssumma], utfall: str) -> Utfallssumma:
    return per_utfall.get(utfall) or Utfallssumma(utfall, 0, _NOLL, 0, _NOLL)


def _invoice_card(
    vardgivare_id: int, avtal: tuple[portal.Avtalsrad, ...], manad: Manad
) -> Fakturakort:
    klara = fakturor.of_providers([vardgivare_id], manad=manad, size=200)
    kommande = fakturaportal.coming(vardgivare_id, avtal, manad)
    return Fakturakort(
        summa=sum((rad.summa for rad in klara), _NOLL)
        + sum((rad.summa for rad in kommande), _NOLL),
        klara=len(klara),
        forslag=klara,
        kommande=len(kommande),
    )
