"""What the developer portal shows: every code, the API's document, the changelog."""

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
import yaml
from django.conf import settings

from avstamning.core import openapi
from avstamning.core.utvecklarkod import Beskrivning, Kod, Sort
from avstamning.queries.orsaker import findings
from ersattning.ersmo.core.orsaker import Orsak
from ersattning.hej.core.orsaker import ORSAKER
from gvr.core.felkatalog import Felpost

DATA = Path(__file__).resolve().parents[1] / "data" / "utvecklare"
#: Codes about the region's own files, units and invoices, which no journal system ever meets.
REGIONENS = re.compile(
    r"(?:KOD|ICD|ERSMO|HEJ|VF)\d{3}|BETALARE_\w+|AVTALSOMRADE_OKANT|KALLSYSTEM_RESERVERAT"
)


@lru_cache(maxsize=1)
def descriptions() -> dict[str, Beskrivning]:
    """Return what koder.yaml says, by code."""
    dokument = yaml.safe_load((DATA / "koder.yaml").read_text(encoding="utf-8"))
    return msgspec.convert(dokument, dict[str, Beskrivning])


def codes() -> dict[str, Kod]:
    """Return every code that an answer or a receipt can carry, in order."""
    alla = {post.kod: _of_finding(post) for post in findings()}
    for orsak in ORSAKER.values():
        alla.setdefault(orsak.kod, _of_reason(orsak))
    return dict(sorted(alla.items()))


def _of_finding(post: Felpost) -> Kod:
    text = descriptions().get(post.kod)
    return Kod(
        kod=post.kod,
        sort=_sort(post),
        titel=post.titel,
        text=post.text,
        varfor="" if text is None else text.varfor,
        atgard=post.atgard,
        agare=post.agare,
        en="" if text is None else text.en,
        http=post.http,
        allvar=None if post.allvar is None else post.allvar.value,
        kalla=post.kalla,
        beslut=post.kod in ORSAKER,
    )


def _sort(post: Felpost) -> Sort:
    if REGIONENS.fullmatch(post.kod):
        return Sort.REGIONEN
    return Sort.ANROP if post.allvar is None else Sort.VARDKONTAKT


def _of_reason(orsak: Orsak) -> Kod:
    text = descriptions().get(orsak.kod)
    return Kod(
        kod=orsak.kod,
        sort=Sort.BESLUT,
        titel=orsak.titel,
        text=orsak.text,
        varfor="" if text is None else text.varfor,
        atgard=orsak.atgard or "Inget behöver göras.",
        agare=orsak.agare,
        en="" if text is None else text.en,
        http=None,
        allvar=None,
        kalla=None,
        beslut=True,
    )


def example(kod: Kod) -> str:
    """Return how the code looks where it is met: in a problem document, a row or a receipt."""
    fynd: dict[str, Any] = {
        "kod": kod.kod,
        "allvar": kod.allvar,
        "pekare": "",
        "text": kod.text,
        "atgard": kod.atgard,
        "agare": kod.agare,
    }
    if kod.sort is Sort.BESLUT:
        svar: dict[str, Any] = {
            "sekvens": 4711,
            "vardhandelseId": "A-2026-000123",
            "version": 1,
            "niva": "K3",
            "utfall": "VANTAR" if ORSAKER[kod.kod].vantar else "INGEN_ERSATTNING",
            "kod": kod.kod,
        }
    elif kod.http is None:
        svar = {"utfall": "REGISTRERAD", "vardhandelseId": "A-2026-000123", "version": 1}
        if kod.allvar == "PARKERA":
            svar["utfall"] = "PARKERAD"
        svar["anmarkningar"] = [fynd]
    else:
        svar = {
            "type": f"/utvecklare/fel/{kod.kod}",
            "title": kod.titel,
            "status": kod.http,
            "kod": kod.kod,
            "begaran_id": "0193f0c2-6a1e-7c3b-9d55-2f6d1f3f8a10",
            "detail": kod.text,
            "atgard": kod.atgard,
        }
        if kod.sort is not Sort.ANROP:
            svar["fel"] = [fynd]
    return json.dumps(svar, ensure_ascii=False, indent=2)


@lru_cache(maxsize=1)
def _document() -> dict[str, Any]:
    """Return the OpenAPI document that is kept with the code."""
    fil = settings.ROOT / "docs" / "api" / "openapi.yaml"
    # CSafeLoader is SafeLoader in C, ten times faster.
    dokument: dict[str, Any] = yaml.load(fil.read_bytes(), Loader=yaml.CSafeLoader)
    return dokument


@lru_cache(maxsize=1)
def reference() -> tuple[tuple[openapi.Avdelning, ...], tuple[openapi.Schema, ...]]:
    """Return the API's operations by section, and the objects they carry."""
    return openapi.sections(_document()), openapi.schemas(_document())


def api_version() -> str:
    """Return the version of the API."""
    return str(_document()["info"]["version"])


class Utgava(msgspec.Struct, frozen=True):
    """A release: its title and what it brought, by kind (Added, Changed …)."""

    titel: str
    punkter: tuple[tuple[str, tuple[str, ...]], ...]


@lru_cache(maxsize=1)
def releases() -> tuple[Utgava, ...]:
    """Return the releases of CHANGELOG.md, the newest first."""
    utgavor: list[tuple[str, dict[str, list[str]]]] = []
    slag = ""
    for rad in (settings.ROOT / "CHANGELOG.md").read_text(encoding="utf-8").splitlines():
        if rad.startswith("## "):
            utgavor.append((rad[3:], {}))
        elif rad.startswith("### "):
            slag = rad[4:]
        elif not utgavor or not rad.strip():
            continue
        elif rad.startswith("- "):
            utgavor[-1][1].setdefault(slag, []).append(rad[2:])
        elif slag in utgavor[-1][1]:
            utgavor[-1][1][slag][-1] += " " + rad.strip()
    return tuple(
        Utgava(titel, tuple((slag, tuple(p)) for slag, p in punkter.items()))
        for titel, punkter in utgavor
    )
