"""The scenarios: what the client is asked to do, and what happens to its requests on the way."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

#: A contact that another client changes between two of ours.
BAKOM_RYGGEN: Final = "KIT-KONFLIKT"


@dataclass(frozen=True)
class Handelse:
    """What happens to a writing request: cut before or after the work, refused, or slow.

    `kod` is answered instead of doing the work; `retry_after` goes with it. Seconds.
    """

    bryt_fore: bool = False
    bryt_efter: bool = False
    kod: str = ""
    retry_after: int | None = None
    droj: float = 0.0


@dataclass(frozen=True)
class Scenario:
    """A name, what it is for, the client's tasks in one or more runs, and the script."""

    namn: str
    titel: str
    krav: tuple[str, ...]
    omgangar: tuple[tuple[Mapping[str, Any], ...], ...]
    manus: tuple[Handelse, ...] = ()
    sidstorlek: int = 1000


def kontakt(vardhandelse_id: str, diagnos: str, **falt: Any) -> dict[str, Any]:
    """Return a plain visit; the patient is one of the tax agency's test numbers."""
    innehall = {
        "vardhandelseId": vardhandelse_id,
        "enhet": {"kombika": "90001311001"},
        "patientId": "196410102880",
        "dag": "2026-01-15",
        "btyp": "1",
        "taxa": "01",
        "yrkeskategorier": ["01"],
        "diagnoser": [diagnos],
        "lkf": "018001",
        **falt,
    }
    return {namn: varde for namn, varde in innehall.items() if varde is not None}


def report(vardhandelse_id: str, diagnos: str, **falt: Any) -> dict[str, Any]:
    """Return the task to report a contact."""
    return {"gor": "rapportera", "vardkontakt": kontakt(vardhandelse_id, diagnos, **falt)}


def correct(vardhandelse_id: str, diagnos: str) -> dict[str, Any]:
    """Return the task to correct it."""
    return {"gor": "ratta", "vardkontakt": kontakt(vardhandelse_id, diagnos)}


def cancel(vardhandelse_id: str) -> dict[str, Any]:
    """Return the task to cancel it."""
    return {"gor": "makulera", "vardhandelseId": vardhandelse_id}


RECEIPTS: Final[dict[str, Any]] = {"gor": "kvittenser"}
_BRYT_EFTER = Handelse(bryt_efter=True)
_BRYT_FORE = Handelse(bryt_fore=True)

SCENARIER: Final = (
    Scenario(
        "grund",
        "Rapportera, rätta och makulera när allt fungerar",
        ("NYCKEL_FINNS", "NYCKEL_UNIK", "ORDNING", "SLUTLAGE"),
        (
            (
                report("KIT-1", "I109"),
                report("KIT-2", "E119"),
                correct("KIT-1", "J069"),
                cancel("KIT-2"),
            ),
        ),
    ),
    Scenario(
        "svaret-bryts",
        "Anropet görs men svaret kommer inte fram, två gånger i rad",
        ("GOR_OM", "NYCKEL_BEHALLS", "HAMRAR_INTE", "SLUTLAGE"),
        ((report("KIT-3", "I109"),),),
        (_BRYT_EFTER, _BRYT_EFTER),
    ),
    Scenario(
        "anropet-bryts",
        "Förbindelsen bryts innan anropet är gjort",
        ("GOR_OM", "NYCKEL_BEHALLS", "SLUTLAGE"),
        ((report("KIT-4", "I109"),),),
        (_BRYT_FORE,),
    ),
    Scenario(
        "vanta",
        "Tjänsten ber om två sekunder (503), därefter om en (429)",
        ("GOR_OM", "NYCKEL_BEHALLS", "RETRY_AFTER", "SLUTLAGE"),
        ((report("KIT-5", "I109"),),),
        (
            Handelse(kod="TILLFALLIGT_FEL", retry_after=2),
            Handelse(kod="FOR_MANGA_ANROP", retry_after=1),
        ),
    ),
    Scenario(
        "pagar",
        "Svaret uteblir, och när anropet görs om pågår det första ännu",
        ("GOR_OM", "NYCKEL_BEHALLS", "RETRY_AFTER", "SLUTLAGE"),
        ((report("KIT-6", "I109"),),),
        (_BRYT_EFTER, Handelse(kod="PAGAR", retry_after=1)),
    ),
    Scenario(
        "langsamt",
        "Svaret dröjer tre sekunder",
        ("INGEN_DUBBLETT", "SLUTLAGE"),
        ((report("KIT-7", "I109"),),),
        (Handelse(droj=3.0),),
    ),
    Scenario(
        "ordning",
        "Fyra versioner av samma vårdkontakt medan tjänsten krånglar",
        ("ORDNING", "GOR_OM", "NYCKEL_UNIK", "SLUTLAGE"),
        (
            (
                report("KIT-8", "I109"),
                correct("KIT-8", "E119"),
                correct("KIT-8", "J069"),
                cancel("KIT-8"),
            ),
        ),
        (
            Handelse(kod="TILLFALLIGT_FEL", retry_after=1),
            _BRYT_EFTER,
            Handelse(),
            _BRYT_FORE,
        ),
    ),
    Scenario(
        "avvisad",
        "En vårdkontakt saknar taxa och avvisas; nästa är rätt",
        ("AVVISAD", "SLUTLAGE"),
        ((report("KIT-9", "I109", taxa=None), report("KIT-10", "I109")),),
    ),
    Scenario(
        "konflikt",
        "Någon annan har ändrat vårdkontakten när rättelsen kommer",
        ("KONFLIKT", "SLUTLAGE"),
        ((report(BAKOM_RYGGEN, "I109"),), (correct(BAKOM_RYGGEN, "E119"),)),
    ),
    Scenario(
        "kvittenser",
        "Kvittenserna kommer i flera sidor, och fler kommer efter en omstart",
        ("KVITTENSER", "SLUTLAGE"),
        ((*(report(f"KIT-K{nr}", "I109") for nr in range(5)), RECEIPTS), (RECEIPTS,)),
        sidstorlek=2,
    ),
)
