"""The same care reported twice: found whoever reports it, remarked on, never refused."""

import pytest

from gvr.actions import behorigheter
from gvr.models import Vardgivare, Vardkontaktversion
from tests.factories.sandare import EKBACKEN, PATIENT, Sandare, besok, open_region, statements

KOD = "DUBBELRAPPORTERAD"
ANNAN_PATIENT = "201212121212"


@pytest.fixture
def sys_a(db):
    open_region()
    return Sandare("token-A")


@pytest.fixture
def annat_system(sys_a):
    """Another system of the same provider."""
    behorigheter.create_machine_account(
        namn="Journalsystem E",
        kallsystem="JOURNAL-E",
        hsa_id="",
        token="token-E",
        vardgivare=[Vardgivare.objects.get(namn__startswith="Ekbacken")],
    )
    return Sandare("token-E")


def kontakt(vardhandelse_id="V1", **falt):
    return besok(vardhandelse_id, **{"tid": "10:15", **falt})


def remarks(vardhandelse_id):
    version = Vardkontaktversion.objects.filter(
        vardkontakt__vardhandelse_id=vardhandelse_id
    ).latest("version")
    return [rad for rad in version.anmarkningar or [] if rad["kod"] == KOD]


def test_another_id_of_the_same_system_is_named(sys_a):
    sys_a("POST", "vardkontakter", kontakt("V1"))

    svar = sys_a("POST", "vardkontakter", kontakt("V2"))

    assert svar.status_code == 201
    (fynd,) = [rad for rad in svar.json()["anmarkningar"] if rad["kod"] == KOD]
    assert (fynd["allvar"], fynd["varde"]) == ("ANMARKNING", "V1")
    assert remarks("V1") == []
    assert len(remarks("V2")) == 1


def test_an_id_that_holds_the_patient_is_not_shown(sys_a):
    sys_a("POST", "vardkontakter", kontakt(f"X{PATIENT}"))

    svar = sys_a("POST", "vardkontakter", kontakt("V2"))

    assert PATIENT not in svar.content.decode()


def test_another_system_is_found_without_its_id(sys_a, annat_system):
    sys_a("POST", "vardkontakter", kontakt("HEMLIGT-ID"))

    svar = annat_system("POST", "vardkontakter", kontakt("HEMLIGT-ID"))

    assert svar.status_code == 201
    (fynd,) = [rad for rad in svar.json()["anmarkningar"] if rad["kod"] == KOD]
    assert "ett annat system" in fynd["text"]
    assert "HEMLIGT-ID" not in str(fynd)


@pytest.mark.parametrize(
    "annat",
    [
        {"tid": "10:16"},
        {"tid": None},
        {"patientId": ANNAN_PATIENT},
        {"enhet": {"kombika": "90001311002"}},
    ],
)
def test_what_differs_in_one_value_is_another_contact(sys_a, annat):
    sys_a("POST", "vardkontakter", kontakt("V1"))

    svar = sys_a("POST", "vardkontakter", kontakt("V2", **annat))

    assert svar.status_code == 201, svar.content
    assert remarks("V2") == []


def test_the_same_contact_again_or_corrected_is_not_its_own_double(sys_a):
    sys_a("POST", "vardkontakter", kontakt("V1"))
    sys_a("POST", "vardkontakter", kontakt("V1"))
    sys_a("PUT", "vardkontakter/V1", kontakt("V1", btyp="2"))

    assert remarks("V1") == []


def test_a_cancelled_contact_is_nobodys_double(sys_a):
    sys_a("POST", "vardkontakter", kontakt("V1"))
    sys_a("DELETE", "vardkontakter/V1")

    sys_a("POST", "vardkontakter", kontakt("V2"))

    assert remarks("V2") == []


def test_a_contact_that_was_moved_away_is_nobodys_double(sys_a):
    sys_a("POST", "vardkontakter", kontakt("V1"))
    sys_a("PUT", "vardkontakter/V1", kontakt("V1", tid="11:00"))

    sys_a("POST", "vardkontakter", kontakt("V2"))

    assert remarks("V2") == []


def test_the_same_unit_by_another_name_is_the_same_unit(sys_a):
    sys_a("POST", "vardkontakter", kontakt("V1"))

    from gvr.models import Enhet  # noqa: PLC0415  - after the world is built

    hsa_id = Enhet.objects.get(kombika=EKBACKEN).hsa_id
    svar = sys_a("POST", "vardkontakter", kontakt("V2", enhet={"hsaId": hsa_id}))

    assert svar.status_code == 201, svar.content
    assert len(remarks("V2")) == 1


def test_two_of_one_delivery_are_found_with_one_statement_whatever_its_size(sys_a):
    sys_a("POST", "vardkontakter", kontakt("varm"))

    def send(namn, antal):
        return statements(
            lambda: sys_a.rapportera(
                *(kontakt(f"{namn}{i}", tid=f"{i // 60:02d}:{i % 60:02d}") for i in range(antal)),
                kontakt(f"{namn}-igen", tid="00:00"),
            )
        )

    liten, stor = send("A", 20), send("B", 600)

    assert len(liten) == len(stor)
    assert len(remarks("A-igen")) == 1
    assert len(remarks("B19")) == 1
    assert remarks("B599") == []
