"""A contact that was corrected whole, and a part that comes afterwards: nobody's change is lost."""

from datetime import date

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from gvr.core.helhet import Hel, combine
from gvr.core.vardkontakt import Form, Innehall

VARDEN = st.fixed_dictionaries(
    {
        "ikod": st.sampled_from(("1", "2", None)),
        "ukod": st.sampled_from(("1", "7", None)),
        "diagnoser": st.sampled_from(((), ("I109",), ("I109", "J250"))),
    }
)
PERIODER = st.sampled_from((None, "P1", "P2"))


def content(falt, vardperiod=None, **detaljer):
    if vardperiod is not None:
        detaljer["vardperiod"] = vardperiod
    return Hel(
        innehall=Innehall(
            enhet="90001311001",
            patient_id="191212121212",
            dag=date(2026, 11, 1),
            form=Form.SLUTENVARD,
            **falt,
        ),
        detaljer=detaljer,
    )


HELA = st.builds(content, VARDEN, PERIODER)


def values(hel):
    return {**msgspec.structs.asdict(hel.innehall), "vardperiod": hel.detaljer.get("vardperiod")}


@given(HELA, HELA, HELA)
def test_every_field_is_the_one_that_was_changed_and_two_changes_are_told(fore, hel, efter):
    svar = combine(fore=fore, hel=hel, efter=efter)

    var, ar, blir = values(fore), values(hel), values(efter)
    tvistiga = {f"/{f}" for f in var if ar[f] != var[f] and blir[f] != var[f] and ar[f] != blir[f]}
    if tvistiga:
        assert {fel.pekare for fel in svar} == tvistiga
        assert {fel.kod for fel in svar} == {"SLV011"}
        return
    assert values(svar) == {f: blir[f] if ar[f] == var[f] else ar[f] for f in var}


@given(HELA, HELA)
def test_a_whole_that_nobody_touched_becomes_what_the_parts_say(fore, efter):
    assert combine(fore=fore, hel=fore, efter=efter) == efter


def test_rows_that_are_written_another_way_are_no_change_and_the_stays_are_the_parts():
    rad = {"kod": "I109", "datum": None, "diagnosnr": None, "tillstandnr": None, "antal": None}
    fore = content({"diagnoser": ("I109",)}, diagnoser=[rad], vistelser=["en"])
    hel = content({"diagnoser": ("I109",), "ikod": "2"})
    efter = content({"diagnoser": ("J250", "I109")}, vistelser=["en", "två"])

    svar = combine(fore=fore, hel=hel, efter=efter)

    assert (svar.innehall.diagnoser, svar.innehall.ikod) == (("J250", "I109"), "2")
    assert svar.detaljer == {"vistelser": ["en", "två"]}
