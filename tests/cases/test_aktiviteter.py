"""The cases of aktiviteter.yaml: what the register says of an activity, readable by the region."""

from collections import defaultdict
from datetime import date
from pathlib import Path

import msgspec
import pytest
import yaml

from gvr.core import aktivitet, samverkan
from gvr.core.aktivitet import Insats
from gvr.core.felkatalog import FELKATALOG
from gvr.core.kodverk import Kodregister
from gvr.core.period import Period

DOKUMENT = yaml.safe_load((Path(__file__).parent / "aktiviteter.yaml").read_text(encoding="utf-8"))
FALL = DOKUMENT["fall"]
ALLTID = date(1970, 1, 1)
KODER = Kodregister(
    {
        lista: {
            rad["kod"]: (Period.inclusive(rad.get("fr_o_m", ALLTID), rad.get("t_o_m")),)
            for rad in rader
        }
        for lista, rader in DOKUMENT["kodverk"].items()
    },
    frozenset(DOKUMENT["kodverk"]),
)


def said_of(fall):
    insats = msgspec.convert(DOKUMENT["grundaktivitet"] | fall.get("aktivitet", {}), Insats)
    return [
        *aktivitet.check_activity(
            typ=insats.typ,
            avser=insats.avser,
            har_patient=insats.patient_id is not None,
            yrkeskategori=insats.yrkeskategori,
            diagnoser=insats.diagnoser,
            atgarder=insats.atgarder,
        ),
        *aktivitet.check_patient(insats),
        *samverkan.check_codes(
            {
                "/yrkeskategori": ("VDG", (insats.yrkeskategori,)),
                "/diagnoser": ("DIAGNOS", insats.diagnoser),
                "/atgarder": ("OPKOD", insats.atgarder),
            },
            dag=insats.dag,
            koder=KODER,
        ),
    ]


@pytest.mark.parametrize("fall", [pytest.param(fall, id=fall["namn"]) for fall in FALL])
def test_the_register_says_what_the_case_says(fall):
    assert [fynd.kod for fynd in said_of(fall)] == fall["vantat"]


@pytest.mark.parametrize(
    ("yrke", "far"),
    [
        *((f"{n:02d}", True) for n in (1, 2, 35, 69)),
        *((kod, True) for kod in ("70", "74", "75", "77", "78", "96", "A2", "A3")),
        *((kod, False) for kod in ("00", "71", "72", "73", "76", "79", "95", "97", "A1", "A4")),
    ],
)
def test_a_rehabkoordinator_has_a_profession_of_their_own(yrke, far):
    sagt = [fynd.kod for fynd in said_of({"aktivitet": {"yrkeskategori": yrke}})]

    assert ("AKT003" in sagt) is not far


def test_every_rule_is_tried_where_it_hits_and_where_it_does_not():
    hit, miss = defaultdict(int), defaultdict(int)
    for fall in FALL:
        if "regel" in fall:
            (hit if fall["regel"] in fall["vantat"] else miss)[fall["regel"]] += 1
    koder = {kod for kod in FELKATALOG if kod.startswith("AKT")} | {"GVR080", "GVR081", "GVR082"}

    assert koder == set(hit)
    assert koder == set(miss)
