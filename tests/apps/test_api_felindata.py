"""Bad input gets a clear answer, registers nothing by halves, and can be found again."""

import gzip
import io
import json
from datetime import timedelta

import pytest
from django.utils import timezone

from gvr.core.felkatalog import FELKATALOG
from gvr.models import Avvisning, Kvittens, Leverans, Vardkontakt
from tests.factories.sandare import PATIENT, Sandare, besok, codes, open_region

NDJSON = "application/x-ndjson"
XML = "application/xml"


@pytest.fixture
def sys_a(db):
    open_region()
    return Sandare("token-A")


def batch(antal=3):
    return json.dumps([besok(f"V{n}") for n in range(antal)]).encode()


def lines(antal=3):
    return b"".join(json.dumps(besok(f"V{n}")).encode() + b"\n" for n in range(antal))


BROKEN = {
    "no JSON": ("vardkontakter", b"inte json", {}, 400, "TRASIG_JSON"),
    "cut": ("vardkontakter", json.dumps(besok()).encode()[:-20], {}, 400, "TRASIG_JSON"),
    "more after it": (
        "vardkontakter",
        json.dumps(besok()).encode() + b"{}",
        {},
        400,
        "TRASIG_JSON",
    ),
    "empty": ("vardkontakter", b"", {"CONTENT_TYPE": "application/json"}, 400, "TOM_KROPP"),
    "only spaces": ("vardkontakter", b" \n ", {}, 400, "TOM_KROPP"),
    "latin-1": (
        "vardkontakter",
        json.dumps(besok(orsak="å"), ensure_ascii=False).encode("latin-1"),
        {},
        400,
        "TECKENKODNING",
    ),
    "utf-16": ("vardkontakter", json.dumps(besok()).encode("utf-16"), {}, 400, "TRASIG_JSON"),
    "deep": ("vardkontakter", b"[" * 100_000, {}, 400, "FOR_DJUPT"),
    "deep in a field": ("vardkontakter", b'{"dag":' + b'{"a":' * 50_000, {}, 400, "FOR_DJUPT"),
    "NaN": ("vardkontakter", b'{"version": NaN}', {}, 400, "TRASIG_JSON"),
    "no list": ("vardkontakter/batch", b'{"a": 1}', {}, 400, "TRASIG_JSON"),
    "cut list": ("vardkontakter/batch", batch()[:-40], {}, 400, "TRASIG_JSON"),
    "cut last line": (
        "vardkontakter/batch",
        lines()[:-40],
        {"mediatyp": NDJSON},
        400,
        "TRASIG_JSON",
    ),
    "cut gzip": (
        "vardkontakter/batch",
        gzip.compress(batch())[:-10],
        {"huvud": {"Content-Encoding": "gzip"}},
        400,
        "TRASIG_PACKNING",
    ),
    "no gzip": (
        "vardkontakter/batch",
        batch(),
        {"huvud": {"Content-Encoding": "gzip"}},
        400,
        "TRASIG_PACKNING",
    ),
    "gzip with a tail": (
        "vardkontakter/batch",
        gzip.compress(batch()) + b"x",
        {"huvud": {"Content-Encoding": "gzip"}},
        400,
        "TRASIG_PACKNING",
    ),
    "gzip bomb": (
        "vardkontakter/batch",
        gzip.compress(b" " * 200_000_000, compresslevel=1),
        {"huvud": {"Content-Encoding": "gzip"}},
        413,
        "FOR_STOR_KROPP",
    ),
    "unknown packing": (
        "vardkontakter",
        b"{}",
        {"huvud": {"Content-Encoding": "br"}},
        415,
        "MEDIATYP",
    ),
    "form": (
        "vardkontakter",
        b"a=1",
        {"mediatyp": "application/x-www-form-urlencoded"},
        415,
        "MEDIATYP",
    ),
    "xml for a contact": ("vardkontakter", b"<a/>", {"mediatyp": XML}, 415, "MEDIATYP"),
    "json for a file": ("leveranser/ersmoindata", b"{}", {}, 415, "MEDIATYP"),
    "no xml": ("leveranser/ersmoindata", b"{}", {"mediatyp": XML}, 400, "XML_TRASIG"),
}


@pytest.mark.parametrize("fall", BROKEN)
def test_a_body_that_cannot_be_read_is_refused_whole_and_kept(sys_a, fall):
    adress, kropp, sant, status, kod = BROKEN[fall]

    svar = sys_a("POST", adress, kropp, **sant)

    assert (svar.status_code, svar.json()["kod"]) == (status, kod)
    assert svar["Content-Type"] == "application/problem+json"
    assert Vardkontakt.objects.count() == 0
    leverans = Leverans.objects.get()
    assert (leverans.status, bytes(leverans.svar)) == (status, svar.content)
    if kod != "MEDIATYP":  # told by the headers alone
        assert bytes(leverans.kropp) == kropp


def test_broken_json_is_pointed_out(sys_a):
    svar = sys_a("POST", "vardkontakter", b'{\n  "dag": igar\n}')

    assert "rad 2, tecken 10" in svar.json()["detail"]


def test_a_body_shorter_than_it_says_is_refused(sys_a):
    kropp = lines(10)
    kom_fram = io.BytesIO(kropp[: len(kropp) * 6 // 10])

    svar = sys_a("POST", "vardkontakter/batch", kropp, mediatyp=NDJSON, **{"wsgi.input": kom_fram})

    assert (svar.status_code, svar.json()["kod"]) == (400, "AVKORTAD_KROPP")
    assert (Vardkontakt.objects.count(), Kvittens.objects.count()) == (0, 0)
    assert bytes(Leverans.objects.get().kropp) == kom_fram.getvalue()


def test_a_cut_delivery_can_be_sent_again_whole(sys_a):
    sys_a("POST", "vardkontakter/batch", lines(10)[:-40], mediatyp=NDJSON)

    svar = sys_a("POST", "vardkontakter/batch", lines(10), mediatyp=NDJSON)

    assert svar.json()["accepterade"] == 10


def test_thirty_megabytes_are_too_many(sys_a):
    svar = sys_a("POST", "vardkontakter/batch", b" " * 30_000_000)

    assert (svar.status_code, svar.json()["kod"]) == (413, "FOR_STOR_KROPP")
    assert Leverans.objects.get().status == 413


FIELDS = {
    "NUL in the id": ({"vardhandelseId": "V\0"}, 400, "FEL_FORMAT", "/vardhandelseId"),
    "newline after the id": ({"vardhandelseId": "V1\n"}, 400, "FEL_FORMAT", "/vardhandelseId"),
    "NUL in a code": ({"diagnoser": ["I10\0"]}, 422, "GVR066", "/diagnoser/0"),
    "NUL in the number": ({"patientId": "1912\0"}, 422, "GVR005", "/patientId"),
    "NUL in a text": ({"orsak": "a\0b"}, 400, "OTILLATET_TECKEN", "/orsak"),
    "NUL in an LMA number": ({"lmaNummer": "1\0"}, 422, "GVR074", "/lmaNummer"),
    "huge number": ({"version": 10**40}, 400, "FEL_OMFANG", "/version"),
    "a float": ({"version": 1.5}, 400, "FEL_TYP", "/version"),
    "a boolean": ({"version": True}, 400, "FEL_TYP", "/version"),
    "null": ({"dag": None, "slutdag": 0}, 400, "FALT_SAKNAS", "/dag"),
    "no such day": ({"dag": "2025-02-29"}, 400, "FEL_FORMAT", "/dag"),
    "a moment for a day": ({"dag": "2025-02-01T10:00:00"}, 400, "FEL_FORMAT", "/dag"),
    "before 1900": ({"dag": "1899-12-31"}, 422, "GVR030", "/dag"),
    "year 1": ({"dag": "0001-01-01"}, 422, "GVR030", "/dag"),
    "no such hour": ({"tid": "25:00"}, 400, "FEL_FORMAT", "/tid"),
    "a time with a zone": ({"tid": "12:00:00+02:00"}, 422, "GVR037", "/tid"),
    "wrong check digit": ({"patientId": "191212121211"}, 422, "GVR010", "/patientId"),
    "spaces in the number": ({"patientId": "19121212 1212"}, 422, "GVR002", "/patientId"),
    "a letter": ({"enhet": {"kombika": "9000131100Z"}, "taxa": "??"}, 422, "GVR063", "/taxa"),
    "a long list": ({"diagnoser": ["I109"] * 501}, 400, "FEL_LANGD", "/diagnoser"),
    "a hundred codes": ({"diagnoser": ["I109"] * 100}, 422, "GVR051", "/diagnoser"),
    "a lone surrogate": ({"orsak": "\ud800"}, 400, "TRASIG_JSON", None),
}


@pytest.mark.parametrize("fall", FIELDS)
def test_a_bad_value_is_refused_with_its_code_and_its_place(sys_a, fall):
    falt, status, kod, pekare = FIELDS[fall]

    svar = sys_a("POST", "vardkontakter", besok(**falt))

    assert svar.status_code == status, svar.content
    if pekare is None:
        assert svar.json()["kod"] == kod
    else:
        assert (kod, pekare) in codes(svar)
        assert Avvisning.objects.count() == 1
    assert Vardkontakt.objects.count() == 0


def test_tomorrow_has_not_been_yet(sys_a):
    imorgon = timezone.localdate() + timedelta(days=1)

    svar = sys_a("POST", "vardkontakter", besok(dag=str(imorgon)))

    assert codes(svar) == [("GVR032", "/dag")]


@pytest.mark.parametrize("namn", [PATIENT, "x" * 5000, "a/b~c", "\0", "å" * 3, "<script>"])
def test_a_field_name_is_shown_only_when_it_is_safe_to_show(sys_a, namn):
    svar = sys_a("POST", "vardkontakter", besok(**{namn: 1}))

    assert svar.status_code == 400
    (fel,) = svar.json()["fel"]
    assert fel["kod"] == "OKANT_FALT"
    assert PATIENT not in svar.content.decode()
    assert len(svar.content) < 2000
    assert "<script>" not in svar.content.decode()


@pytest.mark.parametrize(
    ("adress", "metod"),
    [
        ("finnsinte", "GET"),
        ("vardkontakter/", "POST"),
        ("vardkontakter/V1/mer", "GET"),
        ("vardkontakter/%00", "GET"),
        ("", "PATCH"),
    ],
)
def test_an_address_that_does_not_exist_is_answered_as_a_problem(sys_a, adress, metod):
    svar = sys_a(metod, adress, nyckel="k")

    assert (svar.status_code, svar.json()["kod"]) == (404, "HITTAS_INTE")


@pytest.mark.parametrize("metod", ["PATCH", "PUT", "TRACE"])
def test_a_method_that_does_not_exist_is_answered_as_a_problem(sys_a, metod):
    svar = sys_a(metod, "vardkontakter", besok())

    assert (svar.status_code, svar.json()["kod"]) == (405, "METOD_SAKNAS")
    assert "POST" in svar["Allow"]


def test_an_answer_in_another_format_is_not_given(sys_a):
    svar = sys_a("GET", "kvittenser", huvud={"Accept": "text/csv"})

    assert (svar.status_code, svar.json()["kod"]) == (406, "SVARSFORMAT")


@pytest.mark.parametrize(
    ("metod", "fraga"),
    [
        ("POST", "torrkorning=ja"),
        ("POST", "torrkorning=true&torrkorning=false"),
        ("DELETE", "version=0"),
        ("DELETE", "version=1e3"),
        ("DELETE", "version=" + "9" * 400),
        ("DELETE", "orsak=" + "x" * 501),
        ("DELETE", "orsak=%00"),
        ("DELETE", "orsak=a%E2%80%AEb"),
    ],
)
def test_a_parameter_that_cannot_be_read_is_refused(sys_a, metod, fraga):
    adress = "vardkontakter" if metod == "POST" else "vardkontakter/V1"

    svar = sys_a(metod, f"{adress}?{fraga}", besok())

    assert (svar.status_code, svar.json()["kod"]) == (400, "OGILTIG_PARAMETER")


def test_a_patients_number_in_the_reason_is_refused_and_stored_nowhere(sys_a):
    svar = sys_a("DELETE", f"vardkontakter/V1?orsak=fel%20patient,%20{PATIENT}")

    assert (svar.status_code, svar.json()["kod"]) == (422, "IDENTITET_I_TEXT")
    assert PATIENT not in Leverans.objects.get().resurs


@pytest.mark.parametrize("varde", ["abc", '"0"', '"1" , "2"', "-1", '"' + "9" * 30 + '"', ""])
def test_an_if_match_that_cannot_be_read_is_refused(sys_a, varde):
    svar = sys_a("PUT", "vardkontakter/V1", besok(), huvud={"If-Match": varde})

    assert (svar.status_code, svar.json()["kod"]) == (400, "OGILTIG_PARAMETER")


def test_a_fault_of_our_own_says_so_and_nothing_more(sys_a, monkeypatch, caplog):
    def broken(*args, **kwargs):
        raise RuntimeError(f"patient {PATIENT}")

    monkeypatch.setattr("gvr.actions.vardkontakter.judge", broken)

    svar = sys_a("POST", "vardkontakter", besok())

    assert (svar.status_code, svar.json()["kod"]) == (500, "TEKNISKT_FEL")
    assert PATIENT not in svar.content.decode()
    assert svar.json()["begaran_id"] in caplog.text


def test_every_code_of_the_api_has_a_text_a_remedy_and_a_status():
    from gvr.api import problem  # noqa: PLC0415  - needs Django

    for _, kod in problem._KODER:
        post = FELKATALOG[kod]
        assert all((post.titel, post.text, post.atgard, post.http)), kod
