"""Fakturering: which lines a month's posts become, what the invoice says, and its ledger rows.

Kronor with whole öre everywhere. A line repeats the unit price of its posts and adds their
quantities, so the lines sum to the posts exactly: nothing is rounded between a post and the total.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final, Self

import msgspec

from gvr.core.belopp import line_amount, round_kr
from gvr.core.period import Manad

FAKTURA: Final = "380"
KREDITFAKTURA: Final = "381"

KONTAKT: Final = "KONTAKT"
MOMSKOMPENSATION: Final = "MOMSKOMPENSATION"

#: The product of the line that compensates for VAT the provider cannot deduct.
MOMSKOMPENSATION_PRODUKT: Final = "MOMSKOMP"
#: Source: vardgivarguiden.se, Fakturera Region Stockholm: 6 % of the invoiced amount.
MOMSKOMPENSATION_ANDEL: Final = Decimal("0.06")
_TEXTER: Final = {MOMSKOMPENSATION_PRODUKT: "Momskompensation 6 %"}

_NOLL: Final = Decimal("0.00")


class Sektion(StrEnum):
    """Why a line is on the invoice, in the order the sections are shown."""

    MANAD = "MANAD"  # care of the month of the invoice
    SENA = "SENA"  # care of an earlier month that was not billed then
    KREDIT = "KREDIT"  # care of an earlier month that is taken back
    TILLAGG = "TILLAGG"  # what the contract adds to the sum of the rest


SEKTIONSNAMN: Final = {
    Sektion.MANAD: "Denna månad",
    Sektion.SENA: "Sena från tidigare månader",
    Sektion.KREDIT: "Krediteringar",
    Sektion.TILLAGG: "Tillägg",
}
_SEKTIONSORDNING: Final = {sektion: nr for nr, sektion in enumerate(Sektion)}


class Moms(msgspec.Struct, frozen=True, kw_only=True):
    """How a VAT code is written on an invoice (UNCL 5305 category, rate in per cent, reason)."""

    kategori: str
    procent: int
    skal: str
    skalkod: str


#: Care is exempt. Nothing that the chain pays for carries VAT.
MOMSKODER: Final = {
    "E": Moms(
        kategori="E",
        procent=0,
        skal="Undantag från skatteplikt: sjukvård",
        skalkod="VATEX-EU-132",  # article 132 of directive 2006/112/EC
    )
}


class Fakturapost(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A post to invoice, or equal posts already added up: grouping gives the same lines.

    `belopp` is `antal` times `apris`. `aterforing` says that the post reverses another.
    """

    produktkod: str
    typ: str  # GRUND | TILLAGG | AVDRAG
    antal: int
    apris: Decimal
    belopp: Decimal
    vardmanad: Manad
    aterforing: bool = False
    kalla: str = KONTAKT
    momskod: str = "E"


class Fakturarad(msgspec.Struct, frozen=True, kw_only=True):
    """A line: one product at one unit price in one section and care month. `radnr` is from 1."""

    radnr: int
    sektion: Sektion
    vardmanad: Manad
    produktkod: str
    text: str
    typ: str
    antal: int
    apris: Decimal
    belopp: Decimal
    momskod: str = "E"

    def __post_init__(self) -> None:
        if self.belopp != self.antal * self.apris:
            raise ValueError(f"Rad {self.radnr}: beloppet är inte antal gånger à-pris.")
        if self.momskod not in MOMSKODER:
            raise ValueError(f"Rad {self.radnr}: momskoden {self.momskod!r} finns inte.")


def section(vardmanad: Manad, *, manad: Manad, aterforing: bool, kalla: str = KONTAKT) -> Sektion:
    """Return the section of a post on the invoice of `manad`.

    What the contract adds to the rest is TILLAGG. Care of the month itself is MANAD, also when it
    is taken back: it was never billed before, and so the section is what the month has produced. Of
    earlier months, what is taken back is KREDIT and what is new is SENA.

    Raises ValueError for care after the month of the invoice.
    """
    if kalla == MOMSKOMPENSATION:
        return Sektion.TILLAGG
    if vardmanad > manad:
        raise ValueError(f"Vård i {vardmanad} kan inte faktureras för {manad}.")
    if vardmanad == manad:
        return Sektion.MANAD
    return Sektion.KREDIT if aterforing else Sektion.SENA


def group(
    poster: Iterable[Fakturapost], *, manad: Manad, texter: Mapping[str, str] | None = None
) -> tuple[Fakturarad, ...]:
    """Add up the posts of one vårdgivare, avtal and month into lines.

    Posts go together when section, care month, product, kind, unit price and VAT code are the
    same. A line can have the quantity 0, when everything on it was taken back before it was ever
    billed: it keeps its posts from being billed again, and documents leave it out.

    `texter` names the products; one without a name shows its code.
    """
    sums: dict[tuple[Sektion, Manad, str, str, Decimal, str], int] = {}
    for post in poster:
        sektion = section(post.vardmanad, manad=manad, aterforing=post.aterforing, kalla=post.kalla)
        key = (sektion, post.vardmanad, post.produktkod, post.typ, post.apris, post.momskod)
        if post.belopp != post.antal * post.apris:
            raise ValueError(f"En post på {post.produktkod} är inte antal gånger à-pris.")
        sums[key] = sums.get(key, 0) + post.antal
    ordered = sorted(sums.items(), key=lambda item: (_SEKTIONSORDNING[item[0][0]], *item[0][1:]))
    names = _TEXTER | dict(texter or {})
    return tuple(
        Fakturarad(
            radnr=radnr,
            sektion=sektion,
            vardmanad=vardmanad,
            produktkod=produktkod,
            text=names.get(produktkod, produktkod),
            typ=typ,
            antal=antal,
            apris=apris,
            belopp=line_amount(antal, apris),
            momskod=momskod,
        )
        for radnr, ((sektion, vardmanad, produktkod, typ, apris, momskod), antal) in enumerate(
            ordered, start=1
        )
    )


def vat_compensation(poster: Iterable[Fakturapost], *, manad: Manad) -> tuple[Fakturapost, ...]:
    """Return the post that compensates for VAT: 6 % of the net sum, rounded once. None for 0 kr.

    Called for contracts that say so. A net sum that is negative gives a negative compensation, so
    what was compensated for care that is taken back is taken back as well.
    """
    net = sum((post.belopp for post in poster), _NOLL)
    belopp = round_kr(net * MOMSKOMPENSATION_ANDEL)
    if not belopp:
        return ()
    return (
        Fakturapost(
            produktkod=MOMSKOMPENSATION_PRODUKT,
            typ="TILLAGG",
            antal=1,
            apris=belopp,
            belopp=belopp,
            vardmanad=manad,
            kalla=MOMSKOMPENSATION,
        ),
    )


def invoice_type(summa: Decimal) -> str:
    """Return 381, a credit note, for a negative sum and 380, an invoice, for any other.

    An invoice of 0 kr asks for no money, and is made all the same: it shows what cancelled out and
    closes its posts.
    """
    return KREDITFAKTURA if summa < 0 else FAKTURA


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Seller or buyer. `orgnr` is ten digits, `momsregnr` is written SE…01 when there is one."""

    namn: str
    orgnr: str
    momsregnr: str | None = None
    f_skatt: bool = False
    adress: str = ""
    postnummer: str = ""
    ort: str = ""
    epost: str = ""


class Fakturareferens(msgspec.Struct, frozen=True, kw_only=True):
    """An earlier invoice that this one takes something back from."""

    nummer: str
    datum: date | None = None


class Fakturaunderlag(msgspec.Struct, frozen=True, kw_only=True):
    """Everything an invoice says: the e-invoice, the PDF and the screen are made from it alone.

    `summa` is what the buyer owes in kronor, negative for a credit note. Number and dates are None
    until the invoice is approved. There is no place for a patient in it.

    Raises ValueError when the lines do not sum to `summa` or `typ` does not follow its sign.
    """

    typ: str
    manad: Manad
    saljare: Part
    kopare: Part
    avtalsnummer: str  # ADA number
    er_referens: str
    bankgiro: str
    rader: tuple[Fakturarad, ...]
    summa: Decimal
    avtalsnamn: str = ""
    krediterar: tuple[Fakturareferens, ...] = ()
    nummer: str | None = None
    fakturadatum: date | None = None
    forfallodatum: date | None = None

    def __post_init__(self) -> None:
        if self.summa != total(self.rader):
            raise ValueError("Fakturans rader summerar inte till fakturans belopp.")
        if self.typ != invoice_type(self.summa):
            raise ValueError(f"Typ {self.typ} stämmer inte med fakturans tecken.")

    @property
    def synliga_rader(self) -> tuple[Fakturarad, ...]:
        """The lines that documents show: those with something left on them.

        An invoice on which everything cancelled out shows them all, since it must have a line.
        """
        return tuple(rad for rad in self.rader if rad.antal) or self.rader

    def approved(self, *, nummer: str, fakturadatum: date, forfallodatum: date) -> Self:
        """Return the invoice with its number and dates."""
        return msgspec.structs.replace(
            self, nummer=nummer, fakturadatum=fakturadatum, forfallodatum=forfallodatum
        )


def total(rader: Iterable[Fakturarad]) -> Decimal:
    """Return the sum of the lines in kronor."""
    return sum((rad.belopp for rad in rader), _NOLL)


class Kontoplan(msgspec.Struct, frozen=True, kw_only=True):
    """The accounts of the buyer's ledger that an invoice is entered on."""

    vard: str  # care bought
    avdrag: str  # patient fees that the providers keep
    momskompensation: str
    skuld: str  # owed to the providers


class Bokforingsrad(msgspec.Struct, frozen=True, kw_only=True):
    """A ledger row: debit or credit in kronor, one of them 0 and neither negative."""

    konto: str
    produktkod: str
    debet: Decimal
    kredit: Decimal


def entries(rader: Iterable[Fakturarad], *, kontoplan: Kontoplan) -> tuple[Bokforingsrad, ...]:
    """Return the balanced ledger rows of an invoice, two for each account and product.

    The amount of a product is debited its account and credited the debt; a negative one the other
    way round. Debit less credit over the cost accounts is the sum of the invoice, and the rows of
    every single product balance.
    """
    amounts: dict[tuple[str, str], Decimal] = {}
    for rad in rader:
        key = (_account(rad, kontoplan), rad.produktkod)
        amounts[key] = amounts.get(key, _NOLL) + rad.belopp
    rows = []
    for (konto, produktkod), belopp in sorted(amounts.items()):
        if belopp:
            debet, kredit = (konto, kontoplan.skuld) if belopp > 0 else (kontoplan.skuld, konto)
            rows.append(_ledger_row(debet, produktkod, debet=abs(belopp)))
            rows.append(_ledger_row(kredit, produktkod, kredit=abs(belopp)))
    return tuple(rows)


def _account(rad: Fakturarad, kontoplan: Kontoplan) -> str:
    if rad.produktkod == MOMSKOMPENSATION_PRODUKT:
        return kontoplan.momskompensation
    return kontoplan.avdrag if rad.typ == "AVDRAG" else kontoplan.vard


def _ledger_row(
    konto: str, produktkod: str, *, debet: Decimal = _NOLL, kredit: Decimal = _NOLL
) -> Bokforingsrad:
    return Bokforingsrad(konto=konto, produktkod=produktkod, debet=debet, kredit=kredit)
