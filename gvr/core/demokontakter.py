"""Made-up contacts of the fictional region: the same seed gives the same contacts.

Used by the demo's journal system, by volume data and by tests. Patients are numbers from the tax
agency's test series; codes are real.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from datetime import date, time, timedelta
from typing import Any

import msgspec

from gvr.core.vardkontakt import Form, Innehall

HUSLAKARE = ("90001311001", "90001311002", "90001311003")
GYN = "90002312001"
ASTMA = "90002312002"
VARMT_KLIMAT = "90002312003"
LOL = "90003313001"
LOF = "90004314001"
OKAND_ENHET = "90001311009"  # not in the register: its contacts wait

_VANLIGA = ("I109", "E119", "J069", "J459", "M545", "F329", "R104", "L309", "N390", "Z000")
_LAN = ("030101", "050102", "120103", "140101", "180101")
_GYN = ("N939", "N809", "N979", "N812", "Z300", "N832")
_RORELSE = ("M545", "M751", "M170", "M542")


class Planerad(msgspec.Struct, frozen=True):
    """A contact that a journal system will send, under its own id."""

    kallsystem: str
    vardhandelse_id: str
    innehall: Innehall


def generate(
    *, seed: int, antal: int, fr_o_m: date, t_o_m: date, patienter: Sequence[str]
) -> Iterator[Planerad]:
    """Yield `antal` contacts with care days in [fr_o_m, t_o_m], both inclusive, in day order."""
    slump = random.Random(seed)  # noqa: S311 - made-up data
    dagar = [fr_o_m + timedelta(days=n) for n in range((t_o_m - fr_o_m).days + 1)]
    vardagar = [dag for dag in dagar if dag.weekday() < 5] or dagar
    for nr, dag in enumerate(sorted(slump.choices(vardagar, k=antal))):
        kallsystem, make = _pick(slump)
        patient = slump.choice(patienter)
        yield Planerad(kallsystem, f"{seed}-{dag:%Y%m%d}-{nr:06d}", make(slump, patient, dag))


def generate_late(*, seed: int, antal: int, patienter: Sequence[str]) -> Iterator[Planerad]:
    """Yield late reports by the national tariffs, from years whose whole tables are public."""
    slump = random.Random(seed)  # noqa: S311 - made-up data
    for nr in range(antal):
        make, ar = ((_doctor, 2019), (_physiotherapy, 2021))[nr % 2]
        dag = date(ar, 1, 7) + timedelta(days=7 * (nr % 40))
        yield Planerad(
            "JOURNAL-B", f"{seed}-sen-{nr:06d}", make(slump, slump.choice(patienter), dag)
        )


def _pick(slump: random.Random) -> tuple[str, Callable[[random.Random, str, date], Innehall]]:
    dragning = slump.random()
    if dragning < 0.66:
        return "JOURNAL-A", _primary_care
    if dragning < 0.84:
        return "JOURNAL-B", _gynaecology
    if dragning < 0.94:
        return "JOURNAL-B", _asthma_day
    if dragning < 0.97:
        return "JOURNAL-B", _warm_climate
    return "JOURNAL-B", _physiotherapy


def _clock(slump: random.Random) -> time:
    return time(slump.randint(8, 16), slump.choice((0, 10, 20, 30, 40, 50)))


def _lkf(slump: random.Random) -> str | None:
    dragning = slump.random()
    if dragning < 0.02:
        return None  # the journal system forgot it
    return slump.choice(_LAN) if dragning < 0.10 else "018001"


def _primary_care(slump: random.Random, patient: str, dag: date) -> Innehall:
    slag = slump.random()
    yrke = slump.choices(("01", "70", "74", "77"), (50, 35, 8, 7))[0]
    btyp = "1"
    atgarder: tuple[str, ...] = ()
    if slag < 0.12:
        btyp, atgarder = "9", ("XS012",)
    elif slag < 0.20:
        btyp, atgarder = "9", ("UX007",)
    elif slag < 0.27:
        btyp = "2"
    elif slag < 0.30:
        btyp, atgarder = "H", ("XV016",)
    elif slag < 0.45:
        btyp = "0"
    enhet = OKAND_ENHET if slump.random() < 0.012 else slump.choice(HUSLAKARE)
    return Innehall(
        enhet=enhet,
        patient_id=patient,
        dag=dag,
        tid=_clock(slump),
        btyp=btyp,
        taxa=slump.choices(("01", "10"), (80, 20))[0],
        akut="N",
        yrkeskategorier=(yrke,),
        diagnoser=(slump.choice(_VANLIGA),),
        atgarder=atgarder,
        lkf=_lkf(slump),
    )


def _gynaecology(slump: random.Random, patient: str, dag: date) -> Innehall:
    atgarder = slump.choice((("AL008",), (), ("TLC00",), ("LFF10",), ("LEG13",), ("LCB11",)))
    return Innehall(
        enhet=GYN,
        patient_id=patient,
        dag=dag,
        tid=_clock(slump),
        btyp=slump.choice(("0", "1")),
        taxa="02",
        akut="N",
        yrkeskategorier=(slump.choice(("01", "01", "70")),),
        diagnoser=(slump.choice(_GYN),),
        atgarder=atgarder,
        lkf="018001",
    )


def _asthma_day(slump: random.Random, patient: str, dag: date) -> Innehall:
    team = ("01", "77", "79") if slump.random() < 0.85 else ("01",)
    return Innehall(
        enhet=ASTMA,
        patient_id=patient,
        dag=dag,
        tid=time(9, 0),
        btyp="A",
        taxa="02",
        akut="N",
        yrkeskategorier=team,
        diagnoser=(slump.choice(("J459", "J449")),),
        lkf="018001",
    )


def _warm_climate(slump: random.Random, patient: str, dag: date) -> Innehall:
    return Innehall(
        enhet=VARMT_KLIMAT,
        patient_id=patient,
        dag=dag - timedelta(days=27),
        slutdag=dag,
        form=Form.SLUTENVARD,
        yrkeskategorier=("01",),
        diagnoser=("M069",) if slump.random() < 0.9 else (),
        ikod="1",
        ukod="1",
        lkf="018001",
    )


def _doctor(slump: random.Random, patient: str, dag: date) -> Innehall:
    return Innehall(
        enhet=LOL,
        patient_id=patient,
        dag=dag,
        tid=_clock(slump),
        btyp="1",
        taxa="01",
        akut="N",
        yrkeskategorier=("01",),
        diagnoser=(slump.choice(_VANLIGA),),
        lkf="018001",
    )


def _physiotherapy(slump: random.Random, patient: str, dag: date) -> Innehall:
    return Innehall(
        enhet=LOF,
        patient_id=patient,
        dag=dag,
        tid=_clock(slump),
        btyp="1",
        taxa="01",
        akut="N",
        yrkeskategorier=("77",),
        diagnoser=(slump.choice(_RORELSE),),
        produkter=("NORMAL",),
        lkf="018001",
    )


def as_json(vardhandelse_id: str, innehall: Innehall) -> dict[str, Any]:
    """Return the contact as the API takes it; what is not known is left out."""
    falt = {
        _camel(namn): varde
        for namn, varde in msgspec.to_builtins(innehall).items()
        if varde not in (None, []) and namn != "enhet"
    }
    if innehall.tid is not None:
        falt["tid"] = innehall.tid.isoformat(timespec="minutes")
    return {
        "vardhandelseId": vardhandelse_id,
        "enhet": {"kombika": innehall.enhet},
        **falt,
    }


def _camel(namn: str) -> str:
    forst, *resten = namn.split("_")
    return forst + "".join(del_.capitalize() for del_ in resten)


def faulty(slump: random.Random, planerad: Planerad) -> Planerad:
    """Return the contact with one of the faults that real systems make."""
    innehall = planerad.innehall
    fel: tuple[dict[str, Any], ...] = (
        {"patient_id": innehall.patient_id[:-1] + str((int(innehall.patient_id[-1]) + 1) % 10)},
        {"taxa": "22"},
        {"btyp": "Z9"},
        {"yrkeskategorier": ()},
        {"slutdag": innehall.dag - timedelta(days=3)},
    )
    return Planerad(
        planerad.kallsystem,
        planerad.vardhandelse_id,
        msgspec.structs.replace(innehall, **slump.choice(fel)),
    )
