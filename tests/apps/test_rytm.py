"""Senders that go quiet are seen on the region's front page, by what was learnt of each."""

from datetime import UTC, datetime, timedelta

import pytest
import uuid_utils.compat as uuid

from avstamning.admin import min_dag
from gvr.actions import rytm
from gvr.models import Leverans, Maskinkonto, Rytm
from gvr.queries.behorighet import databaskontext
from tests.factories import sandare

NU = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)  # a Wednesday, 11.00 in Sweden


@pytest.fixture
def varlden(db):
    return sandare.open_region()


def delivered(*tider):
    """Keep deliveries of system A at these times."""
    konto = Maskinkonto.objects.get(kallsystem="JOURNAL-A")
    with databaskontext(alla=True):
        Leverans.objects.bulk_create(
            Leverans(
                uuid=uuid.uuid7(),
                maskinkonto=konto,
                metod="POST",
                resurs="/",
                kropp=b"",
                sha256=b"",
                svar=b"",
                status=200,
                mottagen=tid,
            )
            for tid in tider
        )
    return konto


def office_hours(till):
    start = NU - timedelta(days=27)
    alla = [start + timedelta(hours=n) for n in range(28 * 24)]
    return [tid for tid in alla if tid.weekday() < 5 and 7 <= tid.hour < 15 and tid <= till]


def silent(at=NU):
    with databaskontext(alla=True):
        return [rad.text for rad in min_dag._silent(at).rader]


def test_a_sender_that_stops_is_shown_the_same_morning(varlden):
    konto = delivered(*office_hours(NU - timedelta(hours=2, minutes=30)))

    assert rytm.learn(at=NU) == 1
    assert silent() == [konto.namn]


def test_a_sender_that_delivers_as_usual_is_not_shown(varlden):
    delivered(*office_hours(NU.replace(hour=14)))
    kvall = NU.replace(hour=23)  # it has rested since 15

    rytm.learn(at=kvall)

    assert silent() == []
    assert silent(kvall) == []


def test_what_is_learnt_can_be_learnt_again(varlden):
    delivered(*office_hours(NU))
    rytm.learn(at=NU)
    fore = Rytm.objects.get().vana
    Rytm.objects.all().delete()

    rytm.learn(at=NU)

    assert {**Rytm.objects.get().vana, "timmar": 0} == {**fore, "timmar": 0}
    assert set(Rytm.objects.get().vana["timmar"]) == set(fore["timmar"])


def test_a_sender_that_is_gone_keeps_what_was_learnt(varlden):
    delivered(*office_hours(NU))
    rytm.learn(at=NU)

    rytm.learn(at=NU + timedelta(days=60))

    assert Rytm.objects.count() == 1
    assert len(silent(NU + timedelta(days=60))) == 1


def test_a_sender_with_too_few_deliveries_has_no_rhythm(varlden):
    delivered(NU)

    assert rytm.learn(at=NU) == 0
    assert silent() == []
