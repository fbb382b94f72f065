"""The cases of kontroll.yaml: what the register says of a contact, in words the region can read."""

from collections import defaultdict
from pathlib import Path

import msgspec
import pytest
import yaml

from gvr.core import icd, kodverk
from gvr.core.kontroll import REGLER, check
from gvr.core.period import Period
from gvr.core.vardkontakt import Innehall

HERE = Path(__file__).parent
DATA = HERE.parents[1] / "gvr" / "data" / "kodverk"

DOKUMENT = yaml.safe_load((HERE / "kontroll.yaml").read_text(encoding="utf-8"))
FALL = DOKUMENT["fall"]

#: Raised by lists longer than a case should spell out; tested in tests/unit/test_kontroll.py.
PROVAS_I_KOD = {"GVR051"}


def koder_in_use():
    listor = {}
    for path in sorted(DATA.glob("*.yaml")):
        lista = kodverk.parse(yaml.safe_load(path.read_text(encoding="utf-8")))
        listor[lista.kodverk] = lista
    utgava = yaml.safe_load((DATA / "icd-10-se" / "utgava.yaml").read_text(encoding="utf-8"))
    diagnoser = icd.parse_release(
        {fil: (DATA / "icd-10-se" / fil).read_bytes() for fil in icd.FILER}
    )
    listor[kodverk.DIAGNOS] = diagnoser.as_kodverk(
        giltig=Period(utgava["fr_o_m"]), kalla=utgava["kalla"], fullstandig=utgava["fullstandig"]
    )
    for document in DOKUMENT["kodverk"]:
        lista = kodverk.parse(document)
        listor[lista.kodverk] = lista
    return kodverk.Kodregister.of(listor.values())


KODER = koder_in_use()


def contact_of(fall):
    falt = DOKUMENT[fall.get("fran", "grundkontakt")] | fall.get("kontakt", {})
    for namn in fall.get("utan", ()):
        del falt[namn]
    return msgspec.convert(falt, Innehall)


@pytest.mark.parametrize("fall", [pytest.param(fall, id=fall["namn"]) for fall in FALL])
def test_the_register_says_what_the_case_says(fall):
    found = check(
        contact_of(fall),
        koder=KODER,
        today=fall.get("idag", DOKUMENT["idag"]),
        kanal=fall.get("kanal", "API"),
        detaljer=fall.get("detaljer"),
    )

    said = [{"kod": f.kod, "allvar": f.allvar.value, "pekare": f.pekare} for f in found]
    assert said == [
        {namn: vantat[namn] for namn in ("kod", "allvar", "pekare")} for vantat in fall["vantat"]
    ]
    for finding, vantat in zip(found, fall["vantat"], strict=True):
        for part in vantat.get("text", ()):
            assert part in finding.text
        if "varde" in vantat:
            assert finding.varde == vantat["varde"]
        assert finding.agare == vantat.get("agare", finding.agare)
        assert vantat.get("kalla", "") in (finding.kalla or "")


def test_every_rule_is_tried_where_it_hits_and_where_it_does_not():
    hit, miss = defaultdict(int), defaultdict(int)
    for fall in FALL:
        if "regel" in fall:
            hits = any(vantat["kod"] == fall["regel"] for vantat in fall["vantat"])
            (hit if hits else miss)[fall["regel"]] += 1
    koder = {kod for regel in REGLER for kod in regel.koder} - PROVAS_I_KOD

    assert koder == set(hit)
    assert koder == set(miss)


def test_no_two_cases_have_the_same_name():
    namn = [fall["namn"] for fall in FALL]

    assert len(namn) == len(set(namn))
