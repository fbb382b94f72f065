"""The form as text: what is typed, what the buttons do, and what becomes of it."""

from datetime import date, time

import pytest

from avstamning.core import blankett
from avstamning.core.blankett import Blankett, Fel
from gvr.core.avvikelse import Allvar, Avvikelse
from gvr.core.vardkontakt import Form, Innehall

GRUND = Innehall(enhet="", patient_id="191212121212", dag=date(2026, 11, 20))
ENHET = "90001311001"
IFYLLD = Blankett(
    handelse="R261120-BCDFGHJK",
    enhet=ENHET,
    dag="2026-11-19",
    tid="9.30",
    btyp="1",
    taxa="01",
    yrkeskategorier=("01",),
    diagnoser=("I109", "F329"),
)


@pytest.mark.parametrize(
    ("text", "tid"),
    [
        ("9.30", time(9, 30)),
        ("09:30", time(9, 30)),
        ("0930", time(9, 30)),
        ("23.59", time(23, 59)),
        ("24.00", None),
        ("halv tio", None),
        ("", None),
    ],
)
def test_a_time_is_read_as_people_write_it(text, tid):
    assert blankett.read_time(text) == tid


@pytest.mark.parametrize(
    ("text", "dag"),
    [
        ("2026-11-19", date(2026, 11, 19)),
        ("20261119", date(2026, 11, 19)),
        ("2026-02-29", None),
        ("19/11 2026", None),
        ("٢٠٢٦-١١-١٩", None),
    ],
)
def test_a_day_is_read_only_when_it_is_one(text, dag):
    assert blankett.read_day(text) == dag


def test_a_filled_in_form_is_a_contact():
    innehall, fel = blankett.as_content(IFYLLD, GRUND, enheter=[ENHET])

    assert fel == ()
    assert innehall == Innehall(
        enhet=ENHET,
        patient_id="191212121212",
        dag=date(2026, 11, 19),
        tid=time(9, 30),
        btyp="1",
        taxa="01",
        yrkeskategorier=("01",),
        diagnoser=("I109", "F329"),
    )


def test_a_contact_in_a_form_and_back_is_the_same_contact():
    innehall = Innehall(
        enhet=ENHET,
        patient_id="191212121212",
        dag=date(2026, 11, 19),
        tid=time(9, 5),
        form=Form.HEMSJUKVARD,
        btyp="2",
        taxa="10",
        akut="N",
        yrkeskategorier=("70", "91"),
        diagnoser=("I109",),
        atgarder=("XS008",),
        lakemedel=("A10BA02",),
        tillstand=("ASA1",),
        lkf="018001",
        basomrade="1210151",
        remiss_fore="90002312001",
        lma_nummer="10-123456",
    )

    skrivet = blankett.of_content(innehall, handelse="R261120-BCDFGHJK", vantad=3)

    assert blankett.as_content(skrivet, innehall, enheter=[ENHET]) == (innehall, ())
    assert skrivet.vantad == "3"


def test_what_cannot_be_read_stays_and_is_told_at_its_field():
    skrivet = Blankett(dag="i går", tid="sen", enhet="okänd", form="SLUTENVARD", fodd="x")

    _, fel = blankett.as_content(skrivet, GRUND, enheter=[ENHET])

    assert {rad.falt for rad in fel} == {"dag", "tid", "enhet", "form", "fodd"}
    assert skrivet.dag == "i går"


def test_what_is_typed_in_a_search_field_is_not_lost_in_silence():
    skrivet = Blankett(sok={"diagnoser": "F32", "atgarder": ""})

    assert [rad.falt for rad in blankett.unfinished(skrivet)] == ["diagnoser"]


@pytest.mark.parametrize(
    ("knapp", "koder"),
    [
        ("lagg:diagnoser:J069", ("I109", "F329", "J069")),
        ("lagg:diagnoser:I109", ("I109", "F329")),
        ("bort:diagnoser:I109", ("F329",)),
        ("bort:diagnoser:J069", ("I109", "F329")),
        ("forst:diagnoser:F329", ("F329", "I109")),
        ("forst:diagnoser:J069", ("I109", "F329")),
        ("lagg:patient_id:191212121212", ("I109", "F329")),
        ("registrera", ("I109", "F329")),
        ("", ("I109", "F329")),
    ],
)
def test_a_button_changes_its_list_and_nothing_else(knapp, koder):
    efter = blankett.press(IFYLLD, knapp)

    assert efter.diagnoser == koder
    assert (efter.dag, efter.btyp, efter.atgarder) == (IFYLLD.dag, IFYLLD.btyp, ())


def test_a_finding_is_told_at_the_field_it_points_at():
    def found(pekare):
        rad = Avvikelse(
            kod="GVR043", allvar=Allvar.STOPP, pekare=pekare, text="Fel.", atgard="Rätta."
        )
        return blankett.findings([rad], IFYLLD)[0]

    assert (found("/diagnoser/1").falt, found("/diagnoser/1").saknas) == ("diagnoser", False)
    assert (found("/akut").falt, found("/akut").saknas) == ("akut", True)
    assert found("/vktyp").falt == "btyp"
    assert found("/patient_id").falt == ""
    assert found("").falt == ""


def test_a_field_that_cannot_be_read_is_told_once():
    egen = Fel(falt="dag", text="Dagen går inte att läsa.")
    kontroll = Fel(falt="dag", text="Dagen är i framtiden.", kod="GVR032")
    taxa = Fel(falt="taxa", text="Taxa saknas.", kod="GVR043")

    assert blankett.in_order([taxa, kontroll, egen, taxa]) == (egen, taxa)


def test_a_copy_is_todays_and_has_neither_time_nor_referral():
    innehall, _ = blankett.as_content(IFYLLD, GRUND, enheter=[ENHET])

    kopia = blankett.copy_of(innehall, handelse="R261120-BCDFGHJL", day=date(2026, 11, 20))

    assert (kopia.dag, kopia.tid, kopia.remiss_fore, kopia.vantad) == ("2026-11-20", "", "", "")
    assert kopia.diagnoser == IFYLLD.diagnoser


@pytest.mark.parametrize("orsak", ["", "fel patient 19121212-1212"])
def test_a_reason_is_given_and_names_nobody(orsak):
    assert [rad.falt for rad in blankett.judge_reason(orsak)] == ["orsak"]


def test_a_plain_reason_is_enough():
    assert blankett.judge_reason("Fel diagnos") == ()
