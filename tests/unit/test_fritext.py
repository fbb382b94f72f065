"""Free text is refused when it points at a patient, and only then."""

import pytest

from gvr.core.fritext import contains_identity, mask_identities


@pytest.mark.parametrize(
    "text",
    [
        "191212121212",
        "Gäller Tolvan 19121212-1212, fel diagnos",
        "19121212 1212",
        "121212-1212",
        "121212+1212",
        "121212–1213 (fel kontrollsiffra)",
        "1212121212",
        "samordningsnummer 19701063-2391",
        "rad 1:\u00a019121212\u00a01212",
    ],
)
def test_a_number_that_points_at_somebody_is_found(text):
    assert contains_identity(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Fel taxa enligt avtal 2026-11-02",
        "Kombika 30216311004 saknas",
        "Organisationsnummer 2120000142",
        "Organisationsnummer 556016-0680",
        "Ring 0812345678",
        "Vårdhändelse 123456789012345",
        "Verifikation 209913401234",
        "Belopp 121 212,50 kr",
    ],
)
def test_other_numbers_are_let_through(text):
    assert not contains_identity(text)


def test_an_id_that_holds_a_patient_is_shown_without():
    masked = "\u2022" * 12
    assert mask_identities("191212121212_30216311004_2014") == f"{masked}_30216311004_2014"


@pytest.mark.parametrize("id_", ["1-20261026-000000", "20261026-0001", "DEMO-000123", ""])
def test_an_id_that_only_looks_like_one_is_left_alone(id_):
    assert mask_identities(id_) == id_
