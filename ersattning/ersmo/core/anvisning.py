"""Anvisning: the reporting instruction (rapporteringsanvisning) of a pack, as values to lay out.

Every sentence comes from the same document that decides, so the instruction cannot say one thing
and the payment another.
"""

from collections.abc import Iterator

import msgspec

from ersattning.ersmo.core.mening import Sprak, Texter, describe
from ersattning.ersmo.core.regel import ALLA_PRODUKTER, DELTAGARE, Kodgrupp, Regel, Regelpaket, Typ
from ersattning.ersmo.core.villkor import Alla, Inte, NagotAv, Villkor


class Krav(msgspec.Struct, frozen=True, kw_only=True):
    """One line of what is asked; `delar` are the alternatives or the exception under it."""

    text: str
    delar: "tuple[Krav, ...]" = ()


class Regelavsnitt(msgspec.Struct, frozen=True, kw_only=True):
    """One rule as the instruction shows it. `exempel_falt` are values that are not public."""

    regel_id: str
    titel: str
    typ: Typ
    produktkod: str
    text: str
    krav: tuple[Krav, ...]
    antal: str
    dessutom: tuple[str, ...]  # how the rule goes together with others
    giltig: str
    kalla: tuple[str, ...]
    exempel_falt: tuple[str, ...]
    exempel: tuple[tuple[str, bool], ...]  # the name of each example, and whether it is paid


class Anvisningsavsnitt(msgspec.Struct, frozen=True, kw_only=True):
    """The rules under one heading, in the order of the document."""

    rubrik: str
    regler: tuple[Regelavsnitt, ...]


class Kodlistrad(msgspec.Struct, frozen=True, kw_only=True):
    """The codes of a named list during one period."""

    namn: str
    text: str
    giltig: str
    koder: tuple[str, ...]


class Anvisning(msgspec.Struct, frozen=True, kw_only=True):
    """A whole instruction: what holds for all rules, then the rules by heading, then the lists."""

    namn: str
    modell: str
    version: str
    giltig: str
    inledning: str
    galler_for: tuple[Krav, ...]
    avsnitt: tuple[Anvisningsavsnitt, ...]
    listor: tuple[Kodlistrad, ...]
    kallor: tuple[str, ...]
    exempel_falt: tuple[str, ...]


def write_instruction(paket: Regelpaket, *, texter: Texter | None = None) -> Anvisning:
    """Return the reporting instruction of a pack. `texter` gives codes their texts."""
    sprak = Sprak.of(paket, texter)
    rubriker = dict.fromkeys(regel.avsnitt or "Övrigt" for regel in paket.regler)
    return Anvisning(
        namn=paket.namn,
        modell=paket.modell,
        version=paket.version,
        giltig=str(paket.giltig),
        inledning=paket.inledning,
        galler_for=tuple(_asked(part, sprak) for part in paket.galler_for.delar),
        avsnitt=tuple(
            Anvisningsavsnitt(
                rubrik=rubrik,
                regler=tuple(
                    _rule(regel, paket, sprak)
                    for regel in paket.regler
                    if (regel.avsnitt or "Övrigt") == rubrik
                ),
            )
            for rubrik in rubriker
        ),
        listor=tuple(row for grupp in paket.grupper for row in _list_rows(grupp)),
        kallor=paket.kallor,
        exempel_falt=paket.exempel_falt,
    )


def _rule(regel: Regel, paket: Regelpaket, sprak: Sprak) -> Regelavsnitt:
    return Regelavsnitt(
        regel_id=regel.id,
        titel=regel.titel,
        typ=regel.typ,
        produktkod=regel.produktkod,
        text=regel.text or (regel.orsak.text if regel.orsak is not None else ""),
        krav=(*_participation(regel), *(_asked(part, sprak) for part in regel.villkor.delar)),
        antal=_quantity(regel, sprak),
        dessutom=tuple(_together(regel, paket)),
        giltig=str(regel.giltig or paket.giltig),
        kalla=regel.kalla,
        exempel_falt=regel.exempel_falt,
        exempel=tuple((exempel.namn, exempel.traff) for exempel in regel.exempel),
    )


def _participation(regel: Regel) -> Iterator[Krav]:
    if not regel.samverkan:
        return
    text = "Gäller ett deltagande i en annan parts vårdkontakt"
    if DELTAGARE not in regel.samverkan:
        text += f" som {' eller '.join(regel.samverkan)}"
    yield Krav(text=text)


def _asked(villkor: Villkor, sprak: Sprak) -> Krav:
    if isinstance(villkor, NagotAv):
        delar = tuple(Krav(text=describe(part, sprak)) for part in villkor.delar)
        return Krav(text="Ett av följande:", delar=delar)
    if isinstance(villkor, Inte):
        inner = villkor.villkor
        parts = inner.delar if isinstance(inner, Alla) else (inner,)
        return Krav(text="Gäller inte när:", delar=tuple(_asked(part, sprak) for part in parts))
    return Krav(text=describe(villkor, sprak))


def _quantity(regel: Regel, sprak: Sprak) -> str:
    antal = regel.antal
    hogst = "" if antal.hogst is None else f", högst {antal.hogst}"
    if antal.per_produkt:
        koder = sprak.codes("PRODUKT", antal.per_produkt)
        return f"så många som rapporteras av produkten {koder}{hogst}"
    if not antal.per_atgard:
        return str(antal.fast)
    koder = sprak.codes("OPKOD", antal.per_atgard)
    return f"ett per åtgärd av {koder}{hogst}"


def _together(regel: Regel, paket: Regelpaket) -> Iterator[str]:
    if regel.kraver_grund == (ALLA_PRODUKTER,):
        yield "Kräver en grundersättning."
    elif regel.kraver_grund:
        yield f"Kräver grundersättningen {_products(regel.kraver_grund)}."
    if regel.utesluts_av:
        yield f"Betalas inte tillsammans med {_products(regel.utesluts_av)}."
    if regel.exklusivitetsgrupp is not None:
        ahead = [
            other.produktkod or other.id
            for other in paket.regler
            if other.exklusivitetsgrupp == regel.exklusivitetsgrupp
            and paket.rank[other.id] < paket.rank[regel.id]
        ]
        if ahead:
            yield f"Gäller när inget av {', '.join(dict.fromkeys(ahead))} gäller."
    if regel.tak is not None:
        tak = {ett.namn: ett for ett in paket.tak}[regel.tak]
        yield tak.text or f"Tillsammans med andra under taket {tak.namn} högst {tak.hogst}."


def _products(monster: tuple[str, ...]) -> str:
    return " eller ".join(ett.replace("*", "…") for ett in monster)


def _list_rows(grupp: Kodgrupp) -> Iterator[Kodlistrad]:
    for period, koder in grupp.perioder:
        text = grupp.text or grupp.namn
        yield Kodlistrad(namn=grupp.namn, text=text, giltig=str(period), koder=koder)
