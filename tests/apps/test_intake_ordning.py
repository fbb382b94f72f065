"""The order in which messages arrive, and how often, does not matter."""

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gvr.models import Arende, Kvittens, Vardkontakt, Vardkontaktversion
from gvr.queries.behorighet import databaskontext
from tests.factories.sandare import Sandare, besok, open_region

REPORT, CORRECT, CORRECT_AGAIN, CANCEL = range(1, 5)
BTYP = {REPORT: "1", CORRECT: "2", CORRECT_AGAIN: "0"}

_numbers = itertools.count(1)


def send(sys_a, vid, nummer):
    """Send one message; its number is its version."""
    if nummer == REPORT:
        return sys_a("POST", "vardkontakter", besok(vid, version=1, btyp=BTYP[1]))
    if nummer == CANCEL:
        return sys_a("DELETE", f"vardkontakter/{vid}?version=4")
    return sys_a("PUT", f"vardkontakter/{vid}", besok(vid, version=nummer, btyp=BTYP[nummer]))


def send_until_known(sys_a, vid, meddelanden):
    """Send in this order; what was not there yet is sent again last, as a journal system does."""
    statusar = []
    kvar = list(meddelanden)
    while kvar:
        igen = []
        for nummer in kvar:
            svar = send(sys_a, vid, nummer)
            statusar.append(svar.status_code)
            if svar.status_code == 404:
                igen.append(nummer)
        kvar = igen
    return statusar


def state(vid):
    kontakt = Vardkontakt.objects.get(vardhandelse_id=vid)
    version = Vardkontaktversion.objects.get(vardkontakt=kontakt, version=kontakt.senaste_version)
    return version.version, version.makulerad, version.btyp


messages = st.lists(
    st.sampled_from([CORRECT, CORRECT_AGAIN, CANCEL]), min_size=0, max_size=8
).flatmap(lambda rest: st.permutations([REPORT, *rest]))


@pytest.fixture
def sys_a(db):
    open_region()
    return Sandare("token-A")


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(meddelanden=messages)
def test_messages_in_any_order_and_any_number_end_as_they_would_in_order(sys_a, meddelanden):
    vid = f"O{next(_numbers)}"

    statusar = send_until_known(sys_a, vid, meddelanden)

    sist = max(meddelanden)
    version, makulerad, btyp = state(vid)
    assert set(statusar) <= {200, 201, 404, 409}
    assert (version, makulerad) == (sist, sist == CANCEL)
    assert makulerad or btyp == BTYP[sist]


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    innehall=st.lists(st.sampled_from(["1", "2", "0"]), min_size=1, max_size=6),
    upprepa=st.integers(1, 3),
)
def test_without_numbers_what_comes_last_counts_and_repeats_change_nothing(
    sys_a, innehall, upprepa
):
    vid = f"S{next(_numbers)}"

    for btyp in innehall:
        for _ in range(upprepa):
            assert sys_a("PUT", f"vardkontakter/{vid}", besok(vid, btyp=btyp)).status_code < 300

    olika = [btyp for btyp, _ in itertools.groupby(innehall)]
    assert state(vid) == (len(olika), False, innehall[-1])
    assert Kvittens.objects.filter(vardkontakt__vardhandelse_id=vid).count() == len(olika)
    assert Arende.objects.get(vardkontakt__vardhandelse_id=vid).omgang == len(olika) - 1


@pytest.fixture
def i_drift(egen_databas):
    """The region in a database where commits are real."""
    with databaskontext(alla=True):
        open_region()
    return egen_databas


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    meddelanden=st.lists(
        st.sampled_from([CORRECT, CORRECT_AGAIN, CANCEL]), min_size=3, max_size=12
    ).flatmap(lambda rest: st.permutations([REPORT, REPORT, *rest]))
)
def test_four_senders_at_once_end_as_one_would_in_order(i_drift, meddelanden):
    vid = f"T{next(_numbers)}"
    start = threading.Barrier(4)

    def run(delen):
        start.wait()
        try:
            return send_until_known(Sandare("token-A"), vid, delen)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as tradar:
        statusar = set().union(*tradar.map(run, [meddelanden[n::4] for n in range(4)]))

    sist = max(meddelanden)
    assert statusar <= {200, 201, 404, 409}
    with databaskontext(alla=True):
        version, makulerad, btyp = state(vid)
        antal = Vardkontaktversion.objects.filter(vardkontakt__vardhandelse_id=vid).count()
        kvittenser = Kvittens.objects.filter(vardkontakt__vardhandelse_id=vid).count()
    assert (version, makulerad) == (sist, sist == CANCEL)
    assert makulerad or btyp == BTYP[sist]
    assert antal == kvittenser
