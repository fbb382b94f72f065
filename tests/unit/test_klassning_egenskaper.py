"""The fast engine against the plain one: they agree on every pack and every contact."""

from hypothesis import given, settings
from hypothesis import strategies as st

from ersattning.ersmo.core.klassning import (
    classify,
    classify_interpreted,
    compile_paket,
    trace,
)
from ersattning.ersmo.core.kodrad import Minne
from ersattning.ersmo.core.regelpaket import content_hash, dump, parse
from tests.factories.regelstrategier import contacts, packs
from tests.factories.regler import bench_contacts, bench_rules


@settings(max_examples=300, deadline=None)
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


def test_a_full_memory_is_emptied_and_goes_on_being_right():
    asked = []
    minne = Minne(lambda key: asked.append(key) or key * 2, tak=2)

    assert [minne[key] for key in (1, 2, 1, 3, 1)] == [2, 4, 2, 6, 2]
    assert asked == [1, 2, 3, 1]
    assert len(minne) == 2
