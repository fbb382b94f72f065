"""The invoice pages: the list, one invoice, one line, and what comes next."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

import msgspec

from avstamning.core.ord import HARDA
from ersattning.hej.queries import priser
from ersattning.vardfaktura.core.fakturering import SEKTIONSNAMN, Fakturarad, Sektion
from ersattning.vardfaktura.queries import fakturor, kalender
from ersattning.vardfaktura.queries import portal as fakturaportal
from ersattning.vardfaktura.queries.fakturor import Brygga, Faktura, Rad, Radpost
from ersattning.vardfaktura.queries.portal import Kommande
from gvr.core.period import Manad
from gvr.queries import portal
from gvr.queries.portal import Synfalt

_NOLL = Decimal("0.00")
SIDA = 50
RADER = 50


class Fakturarader(msgspec.Struct, frozen=True, kw_only=True):
    """A section of an invoice with its lines and sum; empty sections are shown as empty."""

    sektion: str
    namn: str
    rader: Sequence[Rad | Fakturarad]
    namn_av: dict[str, str]
    summa: Decimal


class Fakturalista(msgspec.Struct, frozen=True, kw_only=True):
    """Invoices of a provider, newest month first, and what comes on the next ones."""

    fakturor: tuple[Faktura, ...]
    fler: str
    kommande: tuple[Kommande, ...]
    manad: Manad
    forslag_klart: date

    @property
    def summa_kommande(self) -> Decimal:
        """The sum of the coming invoices."""
        return sum((rad.summa for rad in self.kommande), _NOLL)


class Kommandesida(msgspec.Struct, frozen=True, kw_only=True):
    """The coming invoice of one contract, laid out as the real one."""

    kommande: Kommande
    sektioner: tuple[Fakturarader, ...]


class Fakturasida(msgspec.Struct, frozen=True, kw_only=True):
    """One invoice. `fore` is the contract's invoice before it."""

    faktura: Faktura
    sektioner: tuple[Fakturarader, ...]
    brygga: Brygga
    fore: Faktura | None
    har_handlingar: bool

    @property
    def skillnad_fore(self) -> Decimal:
        """The difference to the invoice before, in kronor."""
        return self.faktura.summa - (self.fore.summa if self.fore else _NOLL)


class Radsida(msgspec.Struct, frozen=True, kw_only=True):
    """A line with its posts. `patienter` is for the log."""

    faktura: Faktura
    rad: Rad
    namn: str
    poster: tuple[Radpost, ...]
    efter: int | None
    patienter: tuple[str, ...]


def invoice_list(
    vardgivare_id: int, *, day: date, fore: tuple[date, int] | None = None
) -> Fakturalista:
    """Return a page of invoices, and the coming ones of this month and those not yet made."""
    sida = fakturor.of_providers([vardgivare_id], before=fore, size=SIDA + 1)
    manad = Manad.of(day)
    sist = sida[SIDA - 1] if len(sida) > SIDA else None
    return Fakturalista(
        fakturor=sida[:SIDA],
        fler=f"{sist.manad.first.isoformat()}.{sist.id}" if sist else "",
        kommande=fakturaportal.coming(vardgivare_id, portal.contracts(vardgivare_id), manad),
        manad=manad,
        forslag_klart=kalender.proposal_ready(manad),
    )


def coming(vardgivare_id: int, *, manad: Manad) -> tuple[Kommandesida, ...]:
    """Return what the month's close would make now, contract by contract."""
    return tuple(
        Kommandesida(
            kommande=rad,
            sektioner=sections(rad.rader, priser.product_names({r.produktkod for r in rad.rader})),
        )
        for rad in fakturaportal.coming(vardgivare_id, portal.contracts(vardgivare_id), manad)
    )


def invoice(vardgivare_id: int, uuid: UUID) -> Fakturasida | None:
    """Return one of the provider's invoices, None for another's and for one that is not there."""
    faktura = one_of(vardgivare_id, uuid)
    if faktura is None:
        return None
    rader = fakturor.lines(faktura)
    return Fakturasida(
        faktura=faktura,
        sektioner=sections(rader, {rad.produktkod: rad.text for rad in rader}),
        brygga=fakturor.bridge(faktura),
        fore=fakturor.previous(faktura),
        har_handlingar=faktura.godkand is not None,
    )


def any_in_reach(uuid: UUID) -> Faktura | None:
    """Return an invoice that row level security shows, whichever provider's it is."""
    return fakturor.by_uuid(uuid)


def one_of(vardgivare_id: int, uuid: UUID) -> Faktura | None:
    """Return an invoice if it is this provider's."""
    faktura = fakturor.by_uuid(uuid)
    return faktura if faktura is not None and faktura.vardgivare_id == vardgivare_id else None


def line(synfalt: Synfalt, uuid: UUID, radnr: int, *, efter: int) -> Radsida | None:
    """Return a line with a page of its posts; None when line or invoice is not in view."""
    faktura = one_of(synfalt.vardgivare_id, uuid)
    if faktura is None:
        return None
    rad = next((rad for rad in fakturor.lines(faktura) if rad.radnr == radnr), None)
    if rad is None:
        return None
    poster = fakturor.posts_of_line(rad.id, after=efter, size=RADER + 1)
    visade = poster[:RADER]
    return Radsida(
        faktura=faktura,
        rad=rad,
        namn=rad.text,
        poster=visade,
        efter=visade[-1].post_id if len(poster) > RADER else None,
        patienter=portal.patients_of(
            synfalt, [post.kontakt_id for post in visade if post.kontakt_id is not None]
        ),
    )


def document(vardgivare_id: int, uuid: UUID, slag: str) -> tuple[Faktura, bytes] | None:
    """Return the PDF or the e-invoice of an approved invoice, exactly as it was made."""
    faktura = one_of(vardgivare_id, uuid)
    handlingar = fakturor.documents(faktura.id) if faktura else None
    if faktura is None or handlingar is None:
        return None
    peppol, pdf = handlingar
    return faktura, pdf if slag == "pdf" else peppol


def sections(rader: Sequence[Rad | Fakturarad], namn: dict[str, str]) -> tuple[Fakturarader, ...]:
    """Return the lines by section, in the order of invoices, without lines of nothing."""
    return tuple(
        Fakturarader(
            sektion=sektion.value,
            namn=SEKTIONSNAMN[sektion],
            rader=tuple(rad for rad in rader if rad.sektion == sektion and rad.antal),
            namn_av=namn,
            summa=sum((rad.belopp for rad in rader if rad.sektion == sektion), _NOLL),
        )
        for sektion in Sektion
    )


def title(faktura: Faktura) -> str:
    """Say which invoice it is: its number, or that it is a proposal."""
    slag = "Kreditfaktura" if faktura.typ == "381" else "Faktura"
    return f"{slag}{HARDA}{faktura.nummer}" if faktura.nummer else f"{slag}förslag"
