"""The fast engine against the plain one: they agree on every pack and every contact."""

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from ersattning.ersmo.core.klassning import (
    classify,
    classify_interpreted,
    compile_paket,
    trace,
)
from ersattning.ersmo.core.orsaker import Orsak
from ersattning.ersmo.core.regel import Antal, Kodgrupp, Regel, Regelpaket, Tak, Typ
from ersattning.ersmo.core.regelpaket import content_hash, dump, parse
from ersattning.ersmo.core.villkor import ORD, Alla, Atom, Inte, NagotAv, Sats, Slag
from gvr.core.period import Period
from gvr.core.vardkontakt import Form, Innehall, Kontakt, Placering
from tests.factories.regler import bench_contacts, bench_rules

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
    counts = draw(st.booleans())
    return Regel(
        id=f"R{nummer}",
        titel=f"Regel {nummer}",
        typ=typ,
        produktkod="" if typ is Typ.INGEN else f"P{nummer}",
        villkor=Alla((draw(VILLKOR),)),
        kalla=("Påhittad",),
        giltig=draw(GILTIG),
        antal=Antal(per_atgard=("A*", "@grupp"), hogst=2) if counts else Antal(),
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
    )


@settings(max_examples=200, deadline=None)
@given(packs(), st.lists(contacts(), min_size=1, max_size=8))
def test_the_fast_engine_always_agrees_with_the_plain_one(paket, kontakter):
    kompilerat = compile_paket(paket)

    for kontakt in kontakter:
        assert classify(kontakt, kompilerat) == classify_interpreted(kontakt, paket)


@settings(max_examples=100, deadline=None)
@given(packs(), contacts())
def test_an_explanation_ends_in_the_same_outcome_as_the_decision(paket, kontakt):
    kompilerat = compile_paket(paket)

    forklaring = trace(kontakt, kompilerat)

    assert forklaring.klassning == classify(kontakt, kompilerat)
    assert {r.regel_id for r in forklaring.regler if r.ger} == (
        {rad.regel_id for rad in forklaring.klassning.rader}
        | ({forklaring.klassning.regel_id} - {None})
    )


@settings(max_examples=60, deadline=None)
@given(packs(), st.lists(contacts(), min_size=2, max_size=6))
def test_what_was_classified_before_never_matters(paket, kontakter):
    used = compile_paket(paket)
    for kontakt in reversed(kontakter):
        classify(kontakt, used)

    for kontakt in kontakter:
        assert classify(kontakt, used) == classify(kontakt, compile_paket(paket))


@settings(max_examples=100, deadline=None)
@given(packs(), contacts())
def test_no_outcome_breaks_its_own_promises(paket, kontakt):
    klassning = classify(kontakt, compile_paket(paket))

    assert bool(klassning.rader) is (klassning.orsak is None)
    assert all(rad.antal >= 1 for rad in klassning.rader)
    assert not klassning.rader or klassning.rader[0].typ == "GRUND"
    regler = {regel.id: regel for regel in paket.regler}
    grupper = [regler[rad.regel_id].exklusivitetsgrupp for rad in klassning.rader]
    taken = [grupp for grupp in grupper if grupp is not None]
    assert len(taken) == len(set(taken))
    assert sum(rad.antal for rad in klassning.rader if regler[rad.regel_id].tak) <= 2
    if klassning.orsak is not None:
        assert paket.reason(klassning.orsak).titel


def test_the_engines_agree_on_rules_and_contacts_like_real_ones():
    paket = bench_rules(120)
    kompilerat = compile_paket(paket)

    svar = [(classify(k, kompilerat), classify_interpreted(k, paket)) for k in bench_contacts(150)]

    assert all(snabb == enkel for snabb, enkel in svar)
    assert sum(bool(snabb.rader) for snabb, _ in svar) > 30


def test_a_generated_pack_survives_being_written_and_read():
    paket = bench_rules(60)

    document = dump(paket)

    assert parse(document) == paket
    assert content_hash(dump(parse(document))) == content_hash(document)
