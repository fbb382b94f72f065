"""Packs and prices that were published at the decision, and the yearly ceilings."""

from decimal import Decimal

from tests.granskare.plats import Vantar, holds

NOLL = Decimal("0.00")


def pack_for(kontakt, plats, dag, regelpaket):
    """Return the newest pack that held on the day of care and was published at the decision."""
    kanda = [
        paket
        for paket in regelpaket
        if paket["avtalsomrade"] == plats["avtalsomrade"]
        and holds(dag, paket["giltig_fran"], paket["giltig_till"])
        and paket["publicerad"] <= kontakt["beslutat"]
    ]
    if not kanda:
        raise Vantar("REGELPAKET_SAKNAS")
    return max(kanda, key=lambda paket: paket["version"])


def lists_for(kontakt, plats, dag, priser):
    """Return the lists to look in, the contract's own first: of each the newest that held then."""
    senaste = {}
    for pris in priser:
        egen = pris["ada_nummer"] == plats["ada_nummer"]
        if (
            pris["avtalsomrade"] == plats["avtalsomrade"]
            and (egen or pris["ada_nummer"] is None)
            and holds(dag, pris["lista_fran"], pris["lista_till"])
            and pris["publicerad"] <= kontakt["beslutat"]
        ):
            nyckel = (not egen, pris["kod"])
            if nyckel not in senaste or senaste[nyckel] < pris["version"]:
                senaste[nyckel] = pris["version"]
    return [(kod, version) for (_, kod), version in sorted(senaste.items())]


def price(kontakt, plats, rader, dag, priser):
    """Return [(product, kind, quantity, price row)]; raises Vantar when a price is missing."""
    listor = lists_for(kontakt, plats, dag, priser)
    svar = []
    for produkt, typ, antal in rader:
        traffar = [
            pris
            for lista in listor
            for pris in priser
            if (pris["kod"], pris["version"]) == lista
            and pris["produktkod"] == produkt
            and holds(dag, pris["giltig_fran"], pris["giltig_till"])
        ]
        if not traffar:
            raise Vantar(f"PRIS:{produkt}")
        svar.append((produkt, typ, antal, traffar[0]))
    return svar


def as_rows(prissatta):
    """Return priced products as rows (product, kind, quantity, unit price); deductions negative."""
    return [
        (produkt, typ, antal, -pris["belopp"] if typ == "AVDRAG" else pris["belopp"])
        for produkt, typ, antal, pris in prissatta
    ]


def apply_ceilings(grupp):
    """Return the rows of each contact of a contract and calendar year, by contact.

    Order is day, clock and natural key. Up to the first ceiling a fee is paid in full, above it the
    reduced fee; what would pass the final ceiling is cut, and after that nothing is paid. Without
    any fee left there is no deduction either. A reduced fee that is not public makes the contact
    wait, and it then counts for nothing.
    """
    mottaget = NOLL
    svar = {}
    for fall in sorted(grupp, key=lambda fall: fall.ordning):
        efter, rader, slut, vantar = mottaget, [], False, False
        for produkt, typ, antal, pris in fall.prissatta:
            if typ == "AVDRAG" or pris["tak1"] is None:
                rader += as_rows([(produkt, typ, antal, pris)])
                continue
            for _ in range(antal):
                arvode = pris["belopp"] if efter <= pris["tak1"] else pris["reducerat"]
                tak2 = pris["tak2"]
                if tak2 is not None and efter >= tak2:
                    arvode, slut = NOLL, True
                elif arvode is None:
                    vantar = True
                    break
                elif tak2 is not None and efter + arvode > tak2:
                    arvode = tak2 - efter
                efter += arvode
                rader.append((produkt, typ, 1, arvode))
        if vantar:
            svar[fall.kontakt] = None
        elif slut and not any(apris > 0 for _, _, _, apris in rader):
            svar[fall.kontakt] = []
        else:
            svar[fall.kontakt] = rader
            mottaget = efter
    return svar
