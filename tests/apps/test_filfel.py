"""The cases of filfel.yaml: what the register does with each fault met in real files."""

from datetime import date
from pathlib import Path

import pytest
import yaml
from psycopg.types.range import DateRange

from gvr.actions import behorigheter
from gvr.models import (
    Avtal,
    Avtalsomrade,
    Avvisning,
    Enhet,
    Enhetsuppdrag,
    Ersattningshandelse,
    Uppdrag,
    Vardgivare,
    Vardkontakt,
    Vardkontaktversion,
)
from tests.factories.sandare import Sandare

FALLEN = Path(__file__).resolve().parents[1] / "cases" / "filfel.yaml"
FALL = yaml.safe_load(FALLEN.read_text(encoding="utf-8"))["fall"]
KOMBIKA = "30216311002"
ATTRIBUT = {
    "ID": "H1",
    "Startdatum": "2026-03-02",
    "Slutdatum": "2026-03-02",
    "Startverksamhet": KOMBIKA,
    "Slutverksamhet": KOMBIKA,
}
PATIENT = {
    "ID": "191212121212",
    "Lkf": "018001",
    "Basområde": "1210151",
    "Födelsedatum": "1912-12-12",
    "Kön": "M",
}
KONTAKT = {
    "Händelseform": "Öppenvårdskontakt",
    "Händelsetyp": "013",
    "Typ": "1",
    "Avgiftsklass": "006",
    "Patientavgift": "01",
    "Akut": "N",
}
DIAGNOS = '<Diagnos Klass="008" Kod="I109" OrdnNr="1"/>'
YRKE = '<Yrkeskategorier><Yrkeskategori Klass="001" Kod="01" OrdnNr="1"/></Yrkeskategorier>'


def element(tagg, falt, innehall=""):
    skrivet = " ".join(f'{namn}="{varde}"' for namn, varde in falt.items() if varde != "")
    return f"<{tagg} {skrivet}>{innehall}</{tagg}>"


def as_file(fall):
    """Return the file of a case."""
    if fall.get("klass") == "Vårdansvar":
        klass = element("Vårdansvar", {"Händelseform": "Hemsjukvårdsansvar"})
    else:
        koder = "" if fall.get("utan_koder") else fall.get("diagnoser", DIAGNOS)
        diagnoser = f"<Diagnoser>{koder}</Diagnoser>" if koder else ""
        klass = element(
            "Vårdkontakt",
            KONTAKT | fall.get("kontakt", {}),
            YRKE + diagnoser + fall.get("innehall", ""),
        )
    patient = element("Patient", PATIENT | fall.get("patient", {}))
    handelse = element(
        "Ersättningshändelse",
        ATTRIBUT | fall.get("attribut", {}),
        ("" if fall.get("utan_patient") else patient) + f"<Händelseklass>{klass}</Händelseklass>",
    )
    kodning = fall.get("kodning", "iso-8859-1")
    sager = fall.get("sager", kodning.removesuffix("-sig").upper())
    text = f'<?xml version="1.0" encoding="{sager}"?>\n<ERSMOIndata Källa="GVR" ID="1">{handelse}'
    return (text + "</ERSMOIndata>").encode(kodning)


@pytest.fixture
def deliver(db):
    """Return what delivers a case to a register that is as the case says."""

    def run(fall):
        lage = {"fran": date(2013, 1, 1), "till": None, **fall.get("registret", {})}
        giltig = DateRange(date(2013, 1, 1), None)
        vardgivare = Vardgivare.objects.create(namn="Regionen", orgnr="2321000016")
        avtal = Avtal.objects.create(
            ada_nummer="10273",
            vardgivare=vardgivare,
            avtalsomrade=Avtalsomrade.objects.create(kod="rygg", namn="Ryggkirurgi"),
            giltig=giltig,
        )
        enhet = Enhet.objects.create(
            vardgivare=vardgivare,
            kombika=KOMBIKA,
            hsa_id=lage.get("hsa_id", "SE2321000016-15CQ"),
            namn="Enheten",
            giltig=DateRange(lage["fran"], lage["till"]),
        )
        if lage.get("uppdrag", True):
            uppdrag = Uppdrag.objects.create(
                samverks_id="9081",
                uppdragstyp="615",
                avtal=avtal if lage.get("avtal", True) else None,
                test=lage.get("test", False),
                giltig=DateRange(lage.get("uppdrag_fran", date(2013, 1, 1)), None),
            )
            Enhetsuppdrag.objects.create(enhet=enhet, uppdrag=uppdrag, giltig=giltig)
        behorigheter.create_machine_account(
            namn="GVR", kallsystem="GVR", hsa_id="", token="token-G", vardgivare=[vardgivare]
        )
        return Sandare("token-G")(
            "POST", "leveranser/ersmoindata", as_file(fall), mediatyp="application/xml"
        )

    return run


@pytest.mark.parametrize("fall", [pytest.param(fall, id=fall["namn"]) for fall in FALL])
def test_the_register_does_with_the_fault_what_the_case_says(deliver, fall):
    svar = deliver(fall)

    if fall["utfall"] == "HELA_FILEN":
        assert svar.status_code in (400, 422)
        assert {fel["kod"] for fel in svar.json()["fel"]} == set(fall["koder"])
        assert all(fel["rad"] for fel in svar.json()["fel"])
        assert not Vardkontakt.objects.exists()
        return
    (rad,) = svar.json()["resultat"]
    assert rad["utfall"] == fall["utfall"]
    if "koder" in fall:
        assert [fel["kod"] for fel in rad.get("fel", [])] == fall["koder"]
    if fall["utfall"] == "TESTUPPDRAG":
        assert Avvisning.objects.exists()
        assert not Vardkontakt.objects.exists()
        return
    if not fall.get("ar_kontakt", True):
        assert Ersattningshandelse.objects.exists()
        assert not Vardkontakt.objects.exists()
        return
    version = Vardkontaktversion.objects.get()
    for falt, namn in (
        ("taxa", "taxa"),
        ("dag", "dag"),
        ("lakemedel", "lakemedel"),
        ("diagnoskoder", "diagnoser"),
    ):
        if falt in fall:
            assert getattr(version, namn) == fall[falt]


def test_there_is_a_case_for_each_fault_met():
    assert len(FALL) >= 25
    assert len({fall["namn"] for fall in FALL}) == len(FALL)
