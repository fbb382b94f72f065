"""Synthetic rules and contacts with the spread of real ones, for properties and for measuring."""

import random
from datetime import date, timedelta

from ersattning.ersmo.core.regel import Antal, Regel, Regelpaket, Typ
from ersattning.ersmo.core.villkor import ORD, Alla, Atom, NagotAv, Sats
from gvr.core.period import Period
from gvr.core.vardkontakt import Form, Innehall, Kontakt, Placering

BESOKSTYPER = ("0", "1", "2", "8", "9", "A", "B", "H", "I", "L", "P")
TAXOR = ("01", "02", "03", "04", "10", "12", "19", "69", "73", "78")
YRKEN = ("01", "11", "21", "31", "41", "51", "61", "70", "74", "75", "77", "78", "79", "91", "99")
UPPDRAG = ("300", "301", "302", "311", "313", "604", "605", "606", "607", "611", "612", "800")
LAN = ("01", "01", "01", "01", "01", "01", "03", "04", "05", "12", "14", "25")
ATGARDER = tuple(f"{a}{b}{n:03d}" for a in "ADQUX" for b in "ADSV" for n in range(1, 16))
DIAGNOSER = tuple(f"{a}{n:02d}{s}" for a in "EFIJKLMNRSZ" for n in range(0, 100, 2) for s in "09")
EGENSKAPER = ((), (("arvodeskategori", "A"),), (("arvodeskategori", "B"),))


def _koder(slump: random.Random, bland: tuple[str, ...], hogst: int) -> tuple[str, ...]:
    return tuple(slump.sample(bland, slump.randint(1, hogst)))


def _villkor(slump: random.Random) -> Alla:
    """Draw conditions: most rules ask for contact kind, profession and procedures or diagnosis."""
    delar: list = [Atom(ord="uppdragstyp", sats=Sats.AR, koder=_koder(slump, UPPDRAG, 6))]
    delar.append(Atom(ord="besokstyp", sats=Sats.AR, koder=_koder(slump, BESOKSTYPER, 5)))
    if slump.random() < 0.8:
        yrken = ("01-69",) if slump.random() < 0.4 else _koder(slump, YRKEN, 4)
        sats = Sats.FORSTA if slump.random() < 0.8 else Sats.NAGON
        delar.append(Atom(ord="yrkeskategori", sats=sats, koder=yrken))
    if slump.random() < 0.45:
        sats = slump.choice((Sats.NAGON, Sats.NAGON, Sats.NAGON, Sats.ALLA, Sats.INGEN))
        koder = _koder(slump, ATGARDER, 2 if sats is Sats.ALLA else 25)
        delar.append(Atom(ord="atgard", sats=sats, koder=koder))
    if slump.random() < 0.3:
        sats = slump.choice((Sats.FORSTA, Sats.NAGON))
        bokstav = slump.choice("EFIJKLMNRSZ")
        koder = (f"{bokstav}00-{bokstav}99",) if slump.random() < 0.5 else (f"{bokstav}1*",)
        delar.append(Atom(ord="diagnos", sats=sats, koder=koder))
    if slump.random() < 0.3:
        fran = slump.choice((0, 18, 65, 75))
        delar.append(Atom(ord="alder", sats=Sats.MELLAN, fran=fran, till=fran + 40))
    if slump.random() < 0.3:
        delar.append(Atom(ord="taxa", sats=Sats.AR, koder=_koder(slump, TAXOR, 5)))
    if slump.random() < 0.15:
        sats = slump.choice((Sats.AR, Sats.ANNAT_AN))
        delar.append(Atom(ord="lan", sats=sats, koder=("01",)))
    if slump.random() < 0.05:
        delar.append(Atom(ord="kon", sats=Sats.AR, koder=("K",)))
    if slump.random() < 0.1:
        akut = Alla((Atom(ord="akut", sats=Sats.AR, koder=("J",)),))
        akuttaxa = Alla((Atom(ord="taxa", sats=Sats.AR, koder=("03",)),))
        delar.append(NagotAv((akut, akuttaxa)))
    # A document is read in the order of the vocabulary, with the alternatives last.
    plats = {namn: nummer for nummer, namn in enumerate(ORD)}
    delar.sort(key=lambda del_: plats[del_.ord] if isinstance(del_, Atom) else len(plats))
    return Alla(tuple(delar))


def _regel(slump: random.Random, nummer: int) -> Regel:
    typ = slump.choices((Typ.GRUND, Typ.TILLAGG, Typ.AVDRAG), (70, 22, 8))[0]
    counts = typ is Typ.TILLAGG and slump.random() < 0.1
    antal = Antal(per_atgard=_koder(slump, ATGARDER, 10), hogst=2) if counts else Antal()
    return Regel(
        id=f"R{nummer:05d}",
        titel=f"Regel {nummer}",
        typ=typ,
        produktkod=f"P{nummer:05d}",
        villkor=_villkor(slump),
        kalla=("Påhittad",),
        antal=antal,
        exklusivitetsgrupp=f"G{nummer % 40}" if typ is Typ.GRUND else None,
        prioritet=1 + nummer % 7 if typ is Typ.GRUND else 1,
        kraver_grund=() if typ is Typ.GRUND else ("*",),
    )


def bench_rules(antal: int, *, seed: int = 1) -> Regelpaket:
    """Return a pack with so many rules, always the same for the same seed."""
    slump = random.Random(seed)
    return Regelpaket(
        modell="000",
        namn="Syntetiskt",
        avtalsomrade="syntetiskt",
        version="1",
        giltig=Period(date(2020, 1, 1)),
        kallor=("Påhittad",),
        regler=tuple(_regel(slump, nummer) for nummer in range(antal)),
    )


def _common_first(slump: random.Random, bland: tuple[str, ...], antal: int) -> tuple[str, ...]:
    """Draw codes as clinics do: a few all the time, most of them seldom."""
    return tuple(slump.choices(bland, [1 / (n + 1) for n in range(len(bland))], k=antal))


def bench_contacts(antal: int, *, seed: int = 2) -> list[Kontakt]:
    """Return so many contacts; no two patients share a birthday more than by chance."""
    slump = random.Random(seed)
    return [_kontakt(slump, nummer) for nummer in range(antal)]


def _kontakt(slump: random.Random, nummer: int) -> Kontakt:
    yrken = slump.choices(YRKEN, k=1 if slump.random() < 0.9 else 2)
    innehall = Innehall(
        enhet=f"9000131{slump.randint(1000, 1200)}",
        patient_id="191212121212",
        dag=date(2026, 1, 1) + timedelta(days=slump.randint(0, 364)),
        form=Form.HEMSJUKVARD if slump.random() < 0.05 else Form.OPPENVARD,
        btyp=slump.choice(BESOKSTYPER),
        taxa=slump.choice(TAXOR),
        akut=slump.choice("JNNNN"),
        yrkeskategorier=tuple(yrken),
        diagnoser=_common_first(slump, DIAGNOSER, slump.choice((1, 1, 1, 2, 3))),
        atgarder=_common_first(slump, ATGARDER, slump.choice((0, 0, 1, 1, 2, 4))),
        lkf=f"{slump.choice(LAN)}8001",
        fodd=date(1930, 1, 1) + timedelta(days=slump.randint(0, 34000)),
        kon=slump.choice("KM"),
    )
    placering = Placering(
        vardgivare_id=nummer % 50,
        enhet_id=nummer % 200,
        uppdragstyp=slump.choice(UPPDRAG),
        uppdrag_id=nummer % 200,
        avtal_id=nummer % 60,
        avtalsomrade="syntetiskt",
        avtalsegenskaper=slump.choice(EGENSKAPER),
    )
    return Kontakt(
        kontakt_id=nummer,
        version=1,
        nyckel=("S", str(nummer)),
        innehall=innehall,
        placering=placering,
    )
