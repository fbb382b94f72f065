"""Many contacts at once."""

import gzip
import json

import pytest

from gvr.models import Arende, Avvisning, Kvittens, Leverans, Vardkontakt, Vardkontaktversion
from tests.factories.sandare import (
    CEDERLUND,
    FEL_KONTROLLSIFFRA,
    OKAND,
    Sandare,
    besok,
    open_region,
    statements,
)

NDJSON = "application/x-ndjson"


@pytest.fixture
def region(db):
    return open_region()


@pytest.fixture
def sys_a(region):
    return Sandare("token-A")


def many(antal, **falt):
    return [besok(f"V{n}", **falt) for n in range(antal)]


def as_lines(kontakter):
    return "\n".join(json.dumps(kontakt) for kontakt in kontakter).encode()


def mixed():
    """Return 1 000 contacts of which seven are wrong in seven ways."""
    kontakter = many(1000)
    kontakter[3] = besok("V3", patientId=FEL_KONTROLLSIFFRA)
    kontakter[99] = besok("V99", pris=1000)
    kontakter[100] = besok("V100", dag="1899-12-31")
    kontakter[500] = besok("V500", enhet={"kombika": CEDERLUND})
    kontakter[501] = besok("V501", taxa=None)
    kontakter[998] = besok("V998", diagnoser=[""])
    kontakter[999] = 17
    return kontakter


WRONG = {
    3: (422, "GVR010", "/patientId"),
    99: (400, "OKANT_FALT", "/pris"),
    100: (422, "GVR030", "/dag"),
    500: (403, "OMBUD_SAKNAS", "/enhet"),
    501: (422, "GVR043", "/taxa"),
    998: (400, "FEL_LANGD", "/diagnoser/0"),
    999: (400, "FEL_TYP", ""),
}


def refused(resultat):
    return {
        rad["index"]: (rad["status"], rad["fel"][0]["kod"], rad["fel"][0]["pekare"])
        for rad in resultat
        if rad["utfall"] == "AVVISAD"
    }


@pytest.mark.parametrize("mediatyp", ["application/json", NDJSON])
def test_of_a_thousand_with_seven_wrong_all_the_others_are_registered(sys_a, mediatyp):
    kropp = as_lines(mixed()) if mediatyp == NDJSON else json.dumps(mixed()).encode()

    svar = sys_a("POST", "vardkontakter/batch", kropp, mediatyp=mediatyp)

    assert svar.status_code == 207
    besked = svar.json()
    assert (besked["antal"], besked["accepterade"], besked["avvisade"]) == (1000, 993, 7)
    assert [rad["index"] for rad in besked["resultat"]] == list(range(1000))
    assert refused(besked["resultat"]) == WRONG
    for modell in (Vardkontakt, Vardkontaktversion, Kvittens, Arende):
        assert modell.objects.count() == 993
    assert sorted(Avvisning.objects.values_list("plats", flat=True)) == sorted(WRONG)
    assert Leverans.objects.get().antal_avvisade == 7


def test_of_an_atomic_delivery_all_or_none_is_registered(sys_a):
    svar = sys_a.rapportera(*mixed(), query="?atomar=true")

    assert (svar.status_code, svar.json()["kod"]) == (422, "ATOMAR_AVVISAD")
    assert refused(svar.json()["resultat"]) == WRONG
    assert Vardkontakt.objects.count() == 0
    assert sorted(Avvisning.objects.values_list("plats", flat=True)) == sorted(WRONG)


def test_an_atomic_delivery_without_faults_is_registered(sys_a):
    svar = sys_a.rapportera(*many(3), query="?atomar=true")

    assert svar.status_code == 200
    assert Vardkontakt.objects.count() == 3


def test_every_refused_contact_is_found_with_its_provider(sys_a, region):
    sys_a.rapportera(*mixed())

    agare = dict(Avvisning.objects.values_list("plats", "vardgivare"))
    assert agare == dict.fromkeys(WRONG, region["A"].pk) | {500: None}


def test_versions_receipts_and_answers_agree(sys_a):
    svar = sys_a.rapportera(*many(40)).json()

    for rad in svar["resultat"]:
        kontakt = Vardkontakt.objects.get(vardhandelse_id=rad["vardhandelseId"])
        assert str(kontakt.uuid) == rad["uuid"]
        assert Kvittens.objects.get(vardkontakt=kontakt).sekvens == rad["kvittens"]
    sekvenser = [rad["kvittens"] for rad in svar["resultat"]]
    assert sekvenser == sorted(sekvenser)


def test_the_same_batch_again_changes_nothing(sys_a):
    sys_a.rapportera(*many(30))

    svar = sys_a.rapportera(*many(30)).json()

    assert {rad["utfall"] for rad in svar["resultat"]} == {"OFORANDRAD"}
    assert Vardkontaktversion.objects.count() == 30


def test_a_batch_corrects_by_number(sys_a):
    sys_a.rapportera(*many(20, version=1))

    svar = sys_a.rapportera(*many(20, version=2, btyp="2"), *many(0)).json()

    assert {(rad["status"], rad["version"]) for rad in svar["resultat"]} == {(200, 2)}
    assert Vardkontaktversion.objects.count() == 40
    assert set(Vardkontakt.objects.values_list("senaste_version", flat=True)) == {2}
    assert set(Arende.objects.values_list("omgang", flat=True)) == {1}


def test_a_batch_does_not_overwrite_without_a_number(sys_a):
    sys_a.rapportera(*many(20))

    svar = sys_a.rapportera(*many(20, btyp="2")).json()

    assert {(rad["status"], rad["fel"][0]["kod"]) for rad in svar["resultat"]} == {
        (409, "FINNS_REDAN")
    }


def test_the_same_id_twice_in_a_delivery_is_refused_at_both_places(sys_a):
    svar = sys_a.rapportera(besok("V1"), besok("V2"), besok("V1", btyp="2"))

    assert refused(svar.json()["resultat"]) == {
        0: (422, "DUBBLETT", "/vardhandelseId"),
        2: (422, "DUBBLETT", "/vardhandelseId"),
    }
    assert Vardkontakt.objects.get().vardhandelse_id == "V2"


def test_unknown_units_wait_beside_the_others(sys_a):
    svar = sys_a.rapportera(*many(15), besok("X", enhet={"kombika": OKAND})).json()

    assert [rad["utfall"] for rad in svar["resultat"]] == ["REGISTRERAD"] * 15 + ["PARKERAD"]


def test_a_rehearsed_batch_stores_nothing(sys_a):
    svar = sys_a.rapportera(*many(3), query="?torrkorning=true").json()

    assert [rad["ersattning"]["utfall"] for rad in svar["resultat"]] == ["VANTAR"] * 3
    assert (Vardkontakt.objects.count(), Leverans.objects.count()) == (0, 0)


def test_a_packed_batch_is_unpacked(sys_a):
    svar = sys_a(
        "POST",
        "vardkontakter/batch",
        gzip.compress(json.dumps(many(20)).encode()),
        huvud={"Content-Encoding": "gzip"},
    )

    assert svar.status_code == 200
    assert Vardkontakt.objects.count() == 20


def test_an_empty_list_is_taken(sys_a):
    svar = sys_a.rapportera()

    assert (svar.status_code, svar.json()["antal"]) == (200, 0)


def test_a_delivery_says_how_many_it_should_have(sys_a):
    ratt = sys_a("POST", "vardkontakter/batch?antal=2", as_lines(many(2)), mediatyp=NDJSON)
    fel = sys_a("POST", "vardkontakter/batch?antal=4", as_lines(many(3)), mediatyp=NDJSON)

    assert (ratt.status_code, fel.status_code) == (200, 422)
    assert fel.json()["kod"] == "FEL_ANTAL"
    assert Vardkontakt.objects.count() == 2


def test_more_than_five_thousand_is_too_many(sys_a):
    svar = sys_a("POST", "vardkontakter/batch", b"{}\n" * 5001, mediatyp=NDJSON)

    assert (svar.status_code, svar.json()["kod"]) == (400, "FOR_MANGA_KONTAKTER")


def test_the_work_of_a_chunk_does_not_grow_with_its_size(sys_a):
    sys_a("POST", "vardkontakter", besok("varm"))

    nya = {n: len(statements(lambda n=n: sys_a.rapportera(*batch(n)))) for n in (100, 1000, 5000)}
    rattade = {
        n: len(statements(lambda n=n: sys_a.rapportera(*batch(n, version=2, btyp="2"))))
        for n in (100, 5000)
    }

    assert set(nya.values()) == {12}
    assert set(rattade.values()) == {13}


def batch(n, **falt):
    return [besok(f"{n}-{i}", **falt) for i in range(n)]
