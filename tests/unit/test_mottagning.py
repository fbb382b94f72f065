"""What an arriving version does to what is registered."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gvr.core import mottagning
from gvr.core.avvikelse import Avvikelse
from gvr.core.mottagning import OFORANDRAD, Avsikt, Befintlig, Inkommet
from gvr.core.vardkontakt import Innehall

A, B = b"a", b"b"


def inkommet(avsikt, summa=B, plats=0, **falt):
    return Inkommet(plats=plats, avsikt=avsikt, vardhandelse_id="V1", summa=summa, **falt)


def befintlig(version=3, *, makulerad=False, summa=A):
    return Befintlig(1, "V1", "u", version, makulerad, summa, 1, 1)


def decide(rad, finns):
    svar = mottagning.decide(rad, finns)
    return svar.kod if isinstance(svar, Avvikelse) else svar


SKAPA, RATTA, MAKULERA, LEVERERA = Avsikt
CASES = [
    # new
    (inkommet(SKAPA), None, 1),
    (inkommet(SKAPA, version=5), None, 5),
    (inkommet(RATTA), None, 1),
    (inkommet(RATTA, vantad=0), None, "VERSION_STAMMER_EJ"),
    (inkommet(LEVERERA), None, 1),
    (inkommet(LEVERERA, makulerad=True), None, 1),
    (inkommet(MAKULERA), None, "HITTAS_INTE_ATT_MAKULERA"),
    # the same content
    (inkommet(SKAPA, A), befintlig(), OFORANDRAD),
    (inkommet(SKAPA, A, version=3), befintlig(), OFORANDRAD),
    (inkommet(RATTA, A), befintlig(), OFORANDRAD),
    (inkommet(RATTA, A, version=2), befintlig(), OFORANDRAD),
    (inkommet(RATTA, A, vantad=2), befintlig(), OFORANDRAD),
    (inkommet(RATTA, A, version=4), befintlig(), 4),
    (inkommet(LEVERERA, A), befintlig(), OFORANDRAD),
    (inkommet(LEVERERA, A, makulerad=True), befintlig(), 4),
    (inkommet(LEVERERA, A), befintlig(makulerad=True), 4),
    (inkommet(LEVERERA, A, makulerad=True), befintlig(makulerad=True), OFORANDRAD),
    # another content
    (inkommet(SKAPA), befintlig(), "FINNS_REDAN"),
    (inkommet(SKAPA, version=3), befintlig(), "FINNS_REDAN"),
    (inkommet(SKAPA, version=4), befintlig(), 4),
    (inkommet(RATTA), befintlig(), 4),
    (inkommet(RATTA, version=9), befintlig(), 9),
    (inkommet(RATTA, version=3), befintlig(), "GAMMAL_VERSION"),
    (inkommet(RATTA, vantad=3), befintlig(), 4),
    (inkommet(RATTA, vantad=0), befintlig(), 4),
    (inkommet(RATTA, vantad=2), befintlig(), "VERSION_STAMMER_EJ"),
    (inkommet(LEVERERA), befintlig(), 4),
    # cancelled
    (inkommet(RATTA, A), befintlig(makulerad=True), "REDAN_MAKULERAD"),
    (inkommet(RATTA), befintlig(makulerad=True), "REDAN_MAKULERAD"),
    (inkommet(RATTA, vantad=3), befintlig(makulerad=True), 4),
    (inkommet(RATTA, version=4), befintlig(makulerad=True), 4),
    (inkommet(SKAPA, A), befintlig(makulerad=True), "FINNS_REDAN"),
    (inkommet(MAKULERA), befintlig(), 4),
    (inkommet(MAKULERA, version=9), befintlig(), 9),
    (inkommet(MAKULERA, version=3), befintlig(), "GAMMAL_VERSION"),
    (inkommet(MAKULERA, vantad=2), befintlig(), "VERSION_STAMMER_EJ"),
    (inkommet(MAKULERA), befintlig(makulerad=True), OFORANDRAD),
    (inkommet(MAKULERA, vantad=2), befintlig(makulerad=True), OFORANDRAD),
    (inkommet(MAKULERA, version=9), befintlig(makulerad=True), 9),
]


@pytest.mark.parametrize(("rad", "finns", "vantat"), CASES)
def test_what_arrives_does_what_the_rules_of_versions_say(rad, finns, vantat):
    assert decide(rad, finns) == vantat


@given(
    version=st.none() | st.integers(1, 20),
    vantad=st.none() | st.integers(0, 20),
    avsikt=st.sampled_from(Avsikt),
    finns=st.integers(1, 20),
    makulerad=st.booleans(),
)
def test_a_version_never_goes_back(version, vantad, avsikt, finns, makulerad):
    rad = inkommet(avsikt, version=version, vantad=vantad)

    svar = mottagning.decide(rad, befintlig(finns, makulerad=makulerad))

    assert not isinstance(svar, int) or svar > finns


def test_doubles_are_pointed_out_at_every_place():
    rader = [inkommet(SKAPA, plats=plats) for plats in range(3)]
    rader[1].vardhandelse_id = "V2"

    dubbletter = mottagning.find_doubles(rader)

    assert {plats: a.kod for plats, a in dubbletter.items()} == {0: "DUBBLETT", 2: "DUBBLETT"}
    assert "0, 2" in dubbletter[0].text


def test_what_has_no_id_is_no_double():
    rader = [inkommet(SKAPA, plats=plats) for plats in range(3)]
    for rad in rader:
        rad.vardhandelse_id = ""

    assert mottagning.find_doubles(rader) == {}


INNEHALL = Innehall(enhet="30216311002", patient_id="191212121212", dag=date(2026, 1, 1))


def test_the_sum_is_of_the_content_and_not_of_the_order_of_its_details():
    en = mottagning.checksum(INNEHALL, {"a": 1, "b": 2})
    annan = mottagning.checksum(INNEHALL, {"b": 2, "a": 1})

    assert en == annan
    assert en != mottagning.checksum(INNEHALL, None)
    assert len(en) == 32


@pytest.mark.parametrize(
    ("nummer", "fodd", "kon", "vantat"),
    [
        ("191212121212", None, None, ("191212121212", date(1912, 12, 12), "M")),
        ("19121212-1212", None, None, ("191212121212", date(1912, 12, 12), "M")),
        ("191212121212", date(1912, 1, 1), "K", ("191212121212", date(1912, 1, 1), "K")),
        ("191212121211", None, None, ("191212121211", None, None)),
        ("", None, "K", ("", None, "K")),
    ],
)
def test_a_number_says_birthday_and_sex_where_the_sender_does_not(nummer, fodd, kon, vantat):
    assert mottagning.identify(nummer, day=date(2026, 1, 1), fodd=fodd, kon=kon) == vantat
