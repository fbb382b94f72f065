"""What developers may see of what was sent."""

import json

import pytest

from gvr.core.maskning import DOLT, LANGST, masked_body

KROPP = {
    "vardhandelseId": "V1",
    "patientId": "191212121212",
    "diagnoser": ["I109", {"kod": "J459"}],
    "tillstand": ["T1"],
    "atgarder": ["XS012"],
    "namn": "Tolvan Tolvansson",
    "orsak": "gäller 19121212-1212",
}


def test_patients_names_and_diagnoses_are_not_seen_and_the_rest_is():
    svar = json.loads(masked_body(json.dumps(KROPP).encode()))

    assert svar == {
        "vardhandelseId": "V1",
        "patientId": "19••••••-••12",
        "diagnoser": DOLT,
        "tillstand": DOLT,
        "atgarder": ["XS012"],
        "namn": DOLT,
        "orsak": "gäller •••••••••••••",
    }


def test_every_contact_of_a_delivery_is_masked():
    lista = masked_body(json.dumps([KROPP, KROPP]).encode())
    rader = masked_body("\n".join([json.dumps(KROPP)] * 2).encode())

    for text in (lista, rader):
        assert "I109" not in text
        assert "1212121212" not in text
        assert text.count("XS012") == 2


@pytest.mark.parametrize(
    "kropp",
    [b"", b"{trasigt I109", b"\xff", b"<Patient>191212121212</Patient>", b'"' + b"x" * LANGST],
    ids=["empty", "broken", "bytes", "xml", "long"],
)
def test_what_cannot_be_taken_apart_is_not_shown(kropp):
    assert masked_body(kropp) is None


def test_a_patient_written_as_a_number_is_hidden():
    assert json.loads(masked_body(b'{"patientId": 191212121212}')) == {"patientId": DOLT}
