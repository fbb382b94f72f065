"""A contact that is printed shows neither the patient nor what is built from the patient."""

from datetime import date

from gvr.core.mottagning import Avsikt, Inkommet
from gvr.core.vardkontakt import Form, Innehall, Kontakt

PATIENT = "191212121212"
INNEHALL = Innehall(
    enhet="90001311001",
    patient_id=PATIENT,
    dag=date(2026, 10, 1),
    fodd=date(1912, 12, 12),
    btyp="1",
    tillhor_vardkontakt=f"A{PATIENT}",
    tillhor_vardansvar=f"B{PATIENT}",
    lma_nummer="50-1234567",
)


def test_a_printed_contact_hides_the_patient_and_shows_the_care():
    text = repr(INNEHALL)

    assert "1212" not in text
    assert "1234567" not in text
    assert "patient_id=…" in text
    assert "enhet='90001311001'" in text
    assert "btyp='1'" in text
    assert "taxa" not in text


def test_it_is_hidden_inside_other_values_too():
    inkommet = Inkommet(plats=0, avsikt=Avsikt.SKAPA, vardhandelse_id="V1", innehall=INNEHALL)
    kontakt = Kontakt(
        kontakt_id=1, version=1, nyckel=("J", "V1"), innehall=INNEHALL, placering=None
    )

    assert PATIENT not in f"{inkommet!r} {kontakt!r}"


def test_every_field_is_either_shown_or_named_as_the_patients():
    alla = {
        namn: date(2026, 1, 1) if namn in ("dag", "slutdag", "fodd") else f"[{namn}]"
        for namn in Innehall.__struct_fields__
    }

    text = repr(Innehall(**{**alla, "form": Form.OPPENVARD}))

    gomda = {namn for namn in alla if f"{namn}=…" in text}
    assert gomda == {
        "patient_id", "fodd", "tillhor_vardkontakt", "tillhor_vardansvar", "lma_nummer",
    }  # fmt: skip
    assert all(f"{namn}=" in text for namn in alla)
