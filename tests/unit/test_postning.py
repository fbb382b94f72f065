"""Posting the difference between what is posted and what should be."""

from collections import Counter
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from ersattning.hej.core.postning import NyPost, Postad, Postrad, difference, target
from ersattning.hej.core.prissattning import Prisrad
from gvr.core.period import Manad

NOVEMBER = Manad(2026, 11)


def rad(produktkod="BESOK", antal=1, apris="100.00", typ="GRUND", **andrat):
    falt = {"avtal_id": 1, "enhet_id": 2, "vardmanad": NOVEMBER} | andrat
    return Postrad(
        produktkod=produktkod,
        typ=typ,
        antal=antal,
        apris=Decimal(apris),
        belopp=antal * Decimal(apris),
        **falt,
    )


def posted(*rader):
    return [Postad(id=nr, rad=rad) for nr, rad in enumerate(rader, start=1)]


def total(poster):
    return sum((post.rad.belopp for post in poster), Decimal(0))


def test_the_first_decision_posts_every_line():
    assert difference([], [rad("A"), rad("B")]) == (NyPost(rad=rad("A")), NyPost(rad=rad("B")))


def test_what_is_already_right_stays():
    assert difference(posted(rad("A"), rad("B")), [rad("B"), rad("A")]) == ()


def test_a_changed_line_is_reversed_and_the_right_one_added():
    nya = difference(posted(rad("A"), rad("B", apris="50.00")), [rad("A"), rad("B", apris="60.00")])

    assert nya == (
        NyPost(
            rad=Postrad(
                avtal_id=1,
                enhet_id=2,
                produktkod="B",
                typ="GRUND",
                antal=-1,
                apris=Decimal("50.00"),
                belopp=Decimal("-50.00"),
                vardmanad=NOVEMBER,
            ),
            aterfor=2,
        ),
        NyPost(rad=rad("B", apris="60.00")),
    )


def test_a_cancelled_contact_is_reversed_to_nothing():
    paid = posted(rad("A"), rad("AVG", apris="-27.50", typ="AVDRAG"))
    nya = difference(paid, [])

    assert [post.aterfor for post in nya] == [1, 2]
    assert [post.rad.belopp for post in nya] == [Decimal("-100.00"), Decimal("27.50")]
    assert total(paid) + total(nya) == 0


def test_a_line_that_should_be_there_twice_is_added_once_more():
    assert difference(posted(rad("A")), [rad("A"), rad("A")]) == (NyPost(rad=rad("A")),)


def test_a_line_that_is_there_twice_loses_one():
    (ny,) = difference(posted(rad("A"), rad("A")), [rad("A")])

    assert ny.aterfor == 2


def test_everything_that_shows_on_an_invoice_makes_a_line_another():
    was = rad()
    others = [
        rad(avtal_id=9),
        rad(enhet_id=9),
        rad(produktkod="ANNAN"),
        rad(typ="TILLAGG"),
        rad(antal=2, apris="50.00"),
        rad(vardmanad=Manad(2026, 10)),
    ]

    for now in others:
        assert [p.aterfor for p in difference(posted(was), [now])] == [1, None]


def test_a_priced_contact_becomes_lines_of_its_month_unit_and_contract():
    prisrad = Prisrad(
        regel_id="R1",
        produktkod="BESOK",
        typ="GRUND",
        antal=2,
        apris=Decimal("100.00"),
        belopp=Decimal("200.00"),
        prislista_id=7,
        exempel=False,
        not_="TAK_REDUCERAT",
    )

    assert target([prisrad], avtal_id=1, enhet_id=2, vardmanad=NOVEMBER) == (rad(antal=2),)


# Properties -------------------------------------------------------------------------------------

RADER = st.lists(
    st.builds(
        rad,
        st.sampled_from("ABC"),
        st.integers(1, 3),
        st.sampled_from(["100.00", "0.00", "-27.50", "0.01"]),
        st.sampled_from(["GRUND", "AVDRAG"]),
        avtal_id=st.integers(1, 2),
        vardmanad=st.sampled_from([NOVEMBER, Manad(2026, 10)]),
    ),
    max_size=6,
)


class Bok:
    """Every post ever made for one contact, as a table that only grows."""

    def __init__(self):
        self.poster = []

    def standing(self):
        reversed_ids = {post.aterfor for post in self.poster}
        return [
            Postad(id=nr, rad=post.rad)
            for nr, post in enumerate(self.poster, start=1)
            if post.aterfor is None and nr not in reversed_ids
        ]

    def decide(self, mal):
        nya = difference(self.standing(), mal)
        self.poster.extend(nya)
        return nya


@given(st.lists(RADER, min_size=1, max_size=5))
def test_the_posts_of_a_contact_always_sum_to_its_newest_decision(beslut):
    bok = Bok()
    for mal in beslut:
        bok.decide(mal)

        assert total(bok.poster) == sum((rad.belopp for rad in mal), Decimal(0))
        assert Counter(post.rad for post in bok.standing()) == Counter(mal)


@given(st.lists(RADER, min_size=1, max_size=5))
def test_deciding_the_same_again_posts_nothing(beslut):
    bok = Bok()
    for mal in beslut:
        bok.decide(mal)

    assert bok.decide(list(reversed(beslut[-1]))) == ()


@given(st.lists(RADER, min_size=1, max_size=5))
def test_a_post_is_reversed_at_most_once_and_a_reversal_never(beslut):
    bok = Bok()
    for mal in [*beslut, []]:
        bok.decide(mal)

    reversed_ids = [post.aterfor for post in bok.poster if post.aterfor is not None]
    assert len(reversed_ids) == len(set(reversed_ids))
    for post in bok.poster:
        if post.aterfor is not None:
            original = bok.poster[post.aterfor - 1]
            assert original.aterfor is None
            assert (original.rad.antal, original.rad.belopp) == (-post.rad.antal, -post.rad.belopp)
            assert original.rad.apris == post.rad.apris
    assert total(bok.poster) == 0


@given(RADER, RADER)
def test_nothing_is_reversed_that_the_target_still_has(postade, mal):
    nya = difference(posted(*postade), mal)
    reversed_rows = Counter(postade[post.aterfor - 1] for post in nya if post.aterfor)

    assert reversed_rows == Counter(postade) - Counter(mal)
    assert Counter(p.rad for p in nya if p.aterfor is None) == Counter(mal) - Counter(postade)
