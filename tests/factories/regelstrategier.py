"""Hypothesis strategies for rules and contacts of a small world, where the two often meet."""

from datetime import date

from hypothesis import strategies as st

from ersattning.ersmo.core.orsaker import Orsak
from ersattning.ersmo.core.regel import Antal, Kodgrupp, Regel, Regelpaket, Tak, Typ
from ersattning.ersmo.core.villkor import ORD, Alla, Atom, Inte, NagotAv, Sats, Slag
from gvr.core.period import Period
from gvr.core.vardkontakt import Form, Innehall, Kontakt, Placering

# A small world: few codes, so that rules and contacts meet.
KODER = ("A01", "A02", "B10", "B11", "C99")
MONSTER = (*KODER, "A*", "A01-B10", "*", "@grupp")
DAGAR = (date(2023, 12, 31), date(2024, 1, 1), date(2024, 6, 30), date(2024, 7, 1))
FODDA = (None, date(2006, 1, 1), date(2006, 1, 2), date(1939, 7, 1), date(2004, 2, 29))


def rows_of(word):
    atoms = [
        st.builds(
            lambda sats, koder: Atom(ord=word, sats=sats, koder=koder),
            st.sampled_from((Sats.FORSTA, Sats.NAGON, Sats.ALLA, Sats.INGEN)),
            patterns(word),
        ),
        st.builds(lambda ja: Atom(ord=word, sats=Sats.FINNS, ja=ja), st.booleans()),
        st.builds(
            lambda koder, antal, olika: Atom(
                ord=word, sats=Sats.MINST, koder=koder, antal=antal, olika=olika
            ),
            patterns(word),
            st.integers(1, 3),
            st.booleans(),
        ),
    ]
    return st.one_of(atoms)


def patterns(word):
    bland = MONSTER if word == "atgard" else MONSTER[:-1]
    return st.lists(st.sampled_from(bland), min_size=1, max_size=3, unique=True).map(tuple)


def single(word, koder):
    return st.lists(st.sampled_from(koder), min_size=1, max_size=2, unique=True).map(
        lambda valda: Atom(ord=word, sats=Sats.AR, koder=tuple(valda))
    )


LAN = st.builds(
    lambda sats, koder: Atom(ord="lan", sats=sats, koder=koder),
    st.sampled_from((Sats.AR, Sats.ANNAT_AN)),
    st.sampled_from((("01",), ("03", "33"))),
)
GRANSER = st.builds(
    lambda word, fran, till: Atom(ord=word, sats=Sats.MELLAN, fran=fran, till=till),
    st.sampled_from(("alder", "langd")),
    st.sampled_from((None, 0, 18)),
    st.sampled_from((18, 84)),
)
ATOMER = st.one_of(
    *(rows_of(word.namn) for word in ORD.values() if word.slag is Slag.KODRAD),
    single("form", ("OPPENVARD", "SLUTENVARD")),
    single("besokstyp", ("0", "1", "9")),
    single("taxa", ("01", "10")),
    single("kon", ("K", "M")),
    single("basomrade", ("1210151", "12*")),
    single("kombika", ("10000000001", "1000000*")),
    single("uppdragstyp", ("300", "607")),
    st.just(Atom(ord="avtalsegenskap", sats=Sats.AR, namn="kategori", koder=("A",))),
    st.builds(lambda ja: Atom(ord="avgiftsavdrag", sats=Sats.JA, ja=ja), st.booleans()),
    LAN,
    GRANSER,
)
VILLKOR = st.recursive(
    ATOMER,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda delar: Alla(tuple(delar))),
        st.lists(inner, min_size=2, max_size=3).map(lambda delar: NagotAv(tuple(delar))),
        inner.map(Inte),
    ),
    max_leaves=5,
)
GILTIG = st.sampled_from((None, Period(DAGAR[1], DAGAR[2]), Period(DAGAR[3])))


@st.composite
def rules(draw, nummer):
    typ = draw(st.sampled_from((Typ.GRUND, Typ.GRUND, Typ.TILLAGG, Typ.AVDRAG, Typ.INGEN)))
    needs_base = typ in (Typ.TILLAGG, Typ.AVDRAG)
    antal = draw(
        st.sampled_from(
            (
                Antal(),
                Antal(),
                Antal(per_atgard=("A*", "@grupp"), hogst=2),
                Antal(per_produkt=("A*",)),
                Antal(per_produkt=("A*", "B10"), hogst=3),
            )
        )
    )
    return Regel(
        id=f"R{nummer}",
        titel=f"Regel {nummer}",
        typ=typ,
        produktkod="" if typ is Typ.INGEN else f"P{nummer}",
        villkor=Alla((draw(VILLKOR),)),
        kalla=("Påhittad",),
        giltig=draw(GILTIG),
        antal=antal,
        exklusivitetsgrupp=draw(st.sampled_from((None, "G1", "G2"))),
        prioritet=draw(st.integers(1, 3)),
        tak=draw(st.sampled_from((None, None, "T"))),
        kraver_grund=draw(st.sampled_from((("*",), ("P1",)))) if needs_base else (),
        utesluts_av=draw(st.sampled_from(((), (), ("P0",)))),
        orsak=Orsak(kod=f"NEJ_{nummer}", titel="Nej", text="Nej.") if typ is Typ.INGEN else None,
    )


@st.composite
def packs(draw):
    antal = draw(st.integers(1, 6))
    return Regelpaket(
        modell="001",
        namn="Prov",
        avtalsomrade="prov",
        version="1",
        giltig=Period(DAGAR[1], date(2025, 1, 1)),
        kallor=("Påhittad",),
        regler=tuple(draw(rules(nummer)) for nummer in range(antal)),
        grupper=(
            Kodgrupp(
                namn="grupp",
                ord="atgard",
                text="",
                perioder=((Period(DAGAR[1], DAGAR[3]), ("B10",)), (Period(DAGAR[3]), ("B11",))),
            ),
        ),
        tak=(Tak(namn="T", hogst=2),),
    )


rader = st.lists(st.sampled_from(KODER), max_size=3).map(tuple)


def _counts(produkter):
    styck = st.lists(st.integers(1, 4), min_size=len(produkter), max_size=len(produkter))
    return st.one_of(st.just(()), styck.map(tuple))


@st.composite
def contacts(draw):
    dag = draw(st.sampled_from((*DAGAR, date(2024, 2, 28))))
    innehall = Innehall(
        enhet=draw(st.sampled_from(("10000000001", "20000000001"))),
        patient_id="191212121212",
        dag=dag,
        slutdag=draw(st.sampled_from((None, dag, date(2024, 12, 31)))),
        form=draw(st.sampled_from(Form)),
        btyp=draw(st.sampled_from((None, "0", "1", "9"))),
        taxa=draw(st.sampled_from((None, "01", "10"))),
        yrkeskategorier=draw(rader),
        diagnoser=draw(rader),
        atgarder=draw(rader),
        lakemedel=draw(rader),
        tillstand=draw(rader),
        produkter=draw(rader),
        lkf=draw(st.sampled_from((None, "", "018001", "038001", "339900"))),
        basomrade=draw(st.sampled_from((None, "1210151", "9910151"))),
        fodd=draw(st.sampled_from(FODDA)),
        kon=draw(st.sampled_from((None, "K", "M"))),
    )
    placering = Placering(
        vardgivare_id=1,
        enhet_id=1,
        uppdragstyp=draw(st.sampled_from(("300", "607"))),
        uppdrag_id=1,
        avtal_id=1,
        avtalsomrade="prov",
        avtalsegenskaper=draw(st.sampled_from(((), (("kategori", "A"),), (("kategori", "B"),)))),
        avgiftsavdrag=draw(st.booleans()),
    )
    return Kontakt(
        kontakt_id=1,
        version=1,
        nyckel=("S", "1"),
        innehall=innehall,
        placering=draw(st.sampled_from((placering, placering, placering, placering, None))),
        makulerad=draw(st.sampled_from((False,) * 9 + (True,))),
        produktantal=draw(_counts(innehall.produkter)),
    )
