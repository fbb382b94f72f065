"""Runs a client through the scenarios and writes the report."""

import hashlib
import html
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from gvr_klient.kit.domare import KRAV, judge
from gvr_klient.kit.manus import SCENARIER, Scenario
from gvr_klient.kit.server import Sedd, Server

TOKEN: Final = "kitets-token"  # noqa: S105 - guards nothing: the server is this machine's own
GODKANT: Final = "GODKANT"
UNDERKANT: Final = "UNDERKANT"
EJ_PROVAT: Final = "EJ_PROVAT"
_ORD: Final = {GODKANT: "Godkänt", UNDERKANT: "Underkänt", EJ_PROVAT: "Ej prövat"}


@dataclass(frozen=True)
class Utfall:
    """One scenario: what was wrong by requirement, what came, and how the client ended."""

    scenario: str
    titel: str
    brister: Mapping[str, Sequence[str]]
    anrop: Sequence[str]
    utgangskoder: Sequence[int]


@dataclass(frozen=True)
class Provat:
    """One requirement over all scenarios; `resultat` is GODKANT, UNDERKANT or EJ_PROVAT."""

    krav: str
    titel: str
    varfor: str
    resultat: str
    iakttagelser: Sequence[str]


@dataclass(frozen=True)
class Rapport:
    """The whole trial of one client."""

    klient: str
    tid: str
    godkand: bool
    krav: Sequence[Provat]
    scenarier: Sequence[Utfall]

    def as_json(self) -> str:
        """Return the report with a checksum of all that stands before it."""
        dokument = asdict(self)
        text = json.dumps(dokument, ensure_ascii=False, sort_keys=True)
        dokument["sha256"] = hashlib.sha256(text.encode()).hexdigest()
        return json.dumps(dokument, ensure_ascii=False, indent=2)


def run(
    kommando: Sequence[str],
    *,
    klient: str,
    at: datetime,
    scenarier: Sequence[Scenario] = SCENARIER,
    tidsgrans: float = 60.0,
    samtidigt: int = 4,
) -> Rapport:
    """Run the command once for every run of every scenario, and judge what came.

    The command finds its task in the file that GVR_UPPDRAG names, the address in GVR_URL, its token
    in GVR_TOKEN, and a folder of its own that lasts between runs in GVR_MAPP.
    """
    with ThreadPoolExecutor(samtidigt) as pool:
        utfall = list(pool.map(lambda s: play(s, kommando, tidsgrans=tidsgrans), scenarier))
    provade = tuple(_sum_up(krav, utfall) for krav in KRAV)
    return Rapport(
        klient=klient,
        tid=at.astimezone(UTC).isoformat(timespec="seconds"),
        godkand=all(p.resultat == GODKANT for p in provade),
        krav=provade,
        scenarier=utfall,
    )


def play(scenario: Scenario, kommando: Sequence[str], *, tidsgrans: float) -> Utfall:
    """Run the command through one scenario."""
    koder = []
    with TemporaryDirectory() as mapp, Server(scenario, TOKEN) as server:
        for nr, steg in enumerate(scenario.omgangar):
            server.begin(nr)
            uppdrag = Path(mapp) / f"uppdrag-{nr}.json"
            uppdrag.write_text(json.dumps({"steg": steg}, ensure_ascii=False), encoding="utf-8")
            env = {
                "GVR_URL": server.url,
                "GVR_TOKEN": TOKEN,
                "GVR_UPPDRAG": str(uppdrag),
                "GVR_MAPP": mapp,
            }
            koder.append(_call(kommando, env, tidsgrans))
        sedda = list(server.sedda)
        brister = judge(scenario, sedda, server.register.kontakter)
    forst = sedda[0].tid if sedda else 0.0
    return Utfall(
        scenario=scenario.namn,
        titel=scenario.titel,
        brister=brister,
        anrop=[_line(s, forst) for s in sedda],
        utgangskoder=koder,
    )


def _call(kommando: Sequence[str], env: Mapping[str, str], tidsgrans: float) -> int:
    try:
        return subprocess.run(
            kommando,
            env={**os.environ, **env},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=tidsgrans,
            check=False,
        ).returncode
    except subprocess.TimeoutExpired:
        return -1


def _line(s: Sedd, forst: float) -> str:
    svar = "inget svar" if s.svar is None else f"{s.svar.status} {s.svar.dokument.get('kod', '')}"
    return f"{s.tid - forst:7.2f} s  {s.begaran.metod} {s.begaran.vag} → {svar}".rstrip()


def _sum_up(krav: str, utfall: Sequence[Utfall]) -> Provat:
    provade = [u for u in utfall if krav in u.brister and (u.anrop or krav == "SLUTLAGE")]
    iakttagelser = [f"{u.scenario}: {text}" for u in provade for text in u.brister[krav]]
    resultat = UNDERKANT if iakttagelser else GODKANT if provade else EJ_PROVAT
    post = KRAV[krav]
    return Provat(krav, post.titel, post.varfor, resultat, iakttagelser)


def write(rapport: Rapport, mapp: Path) -> tuple[Path, Path]:
    """Write the report as HTML and JSON in a folder; return both files."""
    mapp.mkdir(parents=True, exist_ok=True)
    sida, dokument = mapp / "rapport.html", mapp / "rapport.json"
    sida.write_text(as_html(rapport), encoding="utf-8")
    dokument.write_text(rapport.as_json(), encoding="utf-8")
    return sida, dokument


def as_html(rapport: Rapport) -> str:
    """Return the report as one page without scripts."""
    e = html.escape
    utfall = "Godkänd" if rapport.godkand else "Underkänd"
    rader = "".join(
        f"<tr><th scope='row'>{e(p.titel)}<p>{e(p.varfor)}</p></th>"
        f"<td class='{p.resultat}'>{_ORD[p.resultat]}</td>"
        f"<td>{'<br>'.join(e(i) for i in p.iakttagelser) or '–'}</td></tr>"
        for p in rapport.krav
    )
    scenarier = "".join(
        f"<h3>{e(u.titel)}</h3><pre tabindex='0'>{e(chr(10).join(u.anrop) or 'Inga anrop.')}</pre>"
        for u in rapport.scenarier
    )
    return (
        "<!doctype html><html lang='sv'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<title>Testkit: {e(rapport.klient)}</title><style>{_STIL}</style></head><body><main>"
        f"<h1>{e(rapport.klient)}: {utfall}</h1><p>Prövad {e(rapport.tid)} med gvr-klient.</p>"
        "<table><caption>Krav</caption><thead><tr><th scope='col'>Krav</th>"
        "<th scope='col'>Resultat</th><th scope='col'>Iakttagelser</th></tr></thead>"
        f"<tbody>{rader}</tbody></table><h2>Vad som kom fram</h2>{scenarier}</main></body></html>"
    )


_STIL: Final = (
    "body{font:16px/1.5 system-ui,sans-serif;color:#13222a;margin:0}"
    "main{max-width:72rem;margin:auto;padding:1rem}table{border-collapse:collapse;width:100%}"
    "caption{text-align:left;font-weight:600}th,td{text-align:left;vertical-align:top;"
    "padding:.5rem;border-bottom:1px solid #d6dfe3;overflow-wrap:anywhere}"
    "th p{font-weight:400;margin:0;color:#44565f}.GODKANT{color:#1a653f;font-weight:600}"
    ".UNDERKANT{color:#9f281c;font-weight:600}pre{background:#f4f7f8;padding:1rem;overflow:auto}"
)


def reference_command() -> list[str]:
    """Return the command that takes the reference client itself through the kit."""
    return [sys.executable, "-m", "gvr_klient.kit.referens"]


def split(kommando: str) -> list[str]:
    """Return a command line as a list."""
    return shlex.split(kommando)
