"""The command line: `gvr-klient skicka FIL`, `rätta`, `makulera`, `torrkör`, `kvittenser` …

The address and the token come from the environment (GVR_URL, GVR_TOKEN): a token on the command
line can be read by everyone on the machine.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from gvr_klient.kit import korning
from gvr_klient.klient import Klient, Kvittens, Stoppad
from gvr_klient.omforsok import Avbrott
from gvr_klient.utkorg import (
    AVVISAD,
    KONFLIKT,
    RESURSER,
    VARDKONTAKTER,
    FelAdress,
    Handelse,
    Lage,
)

KLART: Final = 0
KVAR: Final = 1  # something waits, was refused or is in conflict
FEL: Final = 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; return 0 when all is well, 1 when something is left, 2 when it cannot run."""
    val = _parser().parse_args(argv)
    try:
        return int(val.kor(val))
    except (Stoppad, FelAdress, FileNotFoundError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return FEL


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="gvr-klient",
        description="Rapporterar vårdkontakter till GVR. Adress och token tas ur miljön: GVR_URL"
        " (slutar på /api/v1) och GVR_TOKEN. Utkorgen är filen i GVR_UTKORG.",
    )
    parser.add_argument("--utkorg", default=os.environ.get("GVR_UTKORG", "gvr-utkorg.sqlite"))
    parser.add_argument(
        "--certifikat", nargs=2, metavar=("CERT", "NYCKEL"), help="klientcertifikat, PEM"
    )
    parser.add_argument("--rot", metavar="FIL", help="rotcertifikat som servern prövas mot, PEM")
    delar = parser.add_subparsers(required=True, metavar="KOMMANDO")

    def command(namn: str, kor: Any, hjalp: str) -> argparse.ArgumentParser:
        del_ = delar.add_parser(namn, help=hjalp, description=hjalp)
        del_.set_defaults(kor=kor)
        return del_

    def patience(del_: argparse.ArgumentParser) -> None:
        del_.add_argument(
            "--vanta", type=float, default=60.0, metavar="SEKUNDER", help="längsta väntan på svar"
        )

    def kind(del_: argparse.ArgumentParser) -> None:
        del_.add_argument(
            "--resurs",
            choices=RESURSER,
            default=VARDKONTAKTER,
            help="när det inte är vårdkontakter",
        )

    for namn, kor, hjalp in (
        ("skicka", _send, "Lägg vårdkontakter i utkorgen och skicka."),
        ("ratta", _correct, "Lägg nya versioner i utkorgen och skicka."),
    ):
        del_ = command(namn, kor, hjalp)
        del_.add_argument("fil", help="JSON eller NDJSON; - läser standard in")
        kind(del_)
        patience(del_)
    del_ = command("makulera", _cancel, "Makulera en vårdkontakt.")
    del_.add_argument("vardhandelse_id")
    kind(del_)
    del_.add_argument("--orsak", default="")
    patience(del_)
    patience(command("fortsatt", _continue, "Skicka det som ligger kvar i utkorgen."))
    del_ = command("torrkor", _rehearse, "Pröva vårdkontakter. Inget registreras.")
    del_.add_argument("fil", help="JSON eller NDJSON; - läser standard in")
    command("kvittenser", _receipts, "Läs kvittenser som kommit sedan sist, en rad JSON var.")
    del_ = command("status", _status, "Visa utkorgen, eller en vårdkontakts versioner.")
    del_.add_argument("vardhandelse_id", nargs="?")
    del_ = command("los", _resolve, "Avsluta en konflikt: behåll vår version eller registrets.")
    del_.add_argument("vardhandelse_id")
    del_.add_argument("--behall", choices=("vart", "registrets"), required=True)
    patience(del_)
    command("prova", _try_connection, "Pröva adress, token och certifikat.")
    del_ = command("kit", _kit, "Pröva en klient mot testkitet och skriv en rapport.")
    del_.add_argument(
        "--kommando", default="", help="startar er klient; utelämnas för referensklienten"
    )
    del_.add_argument("--klient", default="Referensklienten", help="namn och version i rapporten")
    del_.add_argument("--rapport", default="testkit", metavar="MAPP")
    del_.add_argument("--vanta", type=float, default=60.0, metavar="SEKUNDER", help="per omgång")
    return parser


def _open(val: argparse.Namespace) -> Klient:
    url = os.environ.get("GVR_URL", "")
    if not url:
        raise ValueError("GVR_URL saknas i miljön, till exempel https://gvr.example/api/v1")
    return Klient.open(
        url,
        token=os.environ.get("GVR_TOKEN", ""),
        utkorg=val.utkorg,
        certifikat=tuple(val.certifikat) if val.certifikat else None,
        rot=val.rot,
    )


def _contacts(fil: str) -> Iterator[Mapping[str, Any]]:
    """Yield the contacts of a file: one object, a list, or one object a line."""
    text = sys.stdin.read() if fil == "-" else Path(fil).read_text(encoding="utf-8")
    try:
        dokument = json.loads(text)
    except ValueError:
        yield from (json.loads(rad) for rad in text.splitlines() if rad.strip())
        return
    yield from dokument if isinstance(dokument, list) else [dokument]


def _send(val: argparse.Namespace) -> int:
    with _open(val) as klient:
        for kontakt in _contacts(val.fil):
            klient.report(kontakt, resurs=val.resurs)
        return _flush(klient, val)


def _correct(val: argparse.Namespace) -> int:
    with _open(val) as klient:
        for kontakt in _contacts(val.fil):
            klient.correct(kontakt, resurs=val.resurs)
        return _flush(klient, val)


def _cancel(val: argparse.Namespace) -> int:
    with _open(val) as klient:
        klient.cancel(val.vardhandelse_id, orsak=val.orsak, resurs=val.resurs)
        return _flush(klient, val)


def _continue(val: argparse.Namespace) -> int:
    with _open(val) as klient:
        return _flush(klient, val)


def _resolve(val: argparse.Namespace) -> int:
    with _open(val) as klient:
        klient.resolve(val.vardhandelse_id, behall=val.behall)
        return _flush(klient, val)


def _flush(klient: Klient, val: argparse.Namespace) -> int:
    lage = klient.flush(patience=val.vanta)
    _show(klient, lage)
    return KLART if lage.vantar == lage.avvisade == lage.konflikter == 0 else KVAR


def _show(klient: Klient, lage: Lage) -> None:
    _say(
        f"{lage.klara} klara, {lage.vantar} väntar, {lage.avvisade} avvisade,"
        f" {lage.konflikter} i konflikt"
    )
    for tillstand in (AVVISAD, KONFLIKT):
        for handelse in klient.utkorg.in_state(tillstand):
            _say(_line(handelse))


def _line(handelse: Handelse) -> str:
    koder = ", ".join(f"{f['kod']} {f.get('pekare', '')}".strip() for f in handelse.fel)
    ord_ = handelse.utfall or handelse.tillstand
    slag = "" if handelse.resurs == VARDKONTAKTER else f"{handelse.resurs} "
    return f"{slag}{handelse.vardhandelse_id} version {handelse.version}: {ord_} {koder}".rstrip()


def _rehearse(val: argparse.Namespace) -> int:
    alla_bra = True
    with _open(val) as klient:
        for kontakt in _contacts(val.fil):
            svar = klient.rehearse(kontakt)
            alla_bra = alla_bra and "utfall" in svar
            _say(json.dumps(svar, ensure_ascii=False, indent=2))
    return KLART if alla_bra else KVAR


def _receipts(val: argparse.Namespace) -> int:
    def show(sida: Sequence[Kvittens]) -> None:
        for kvittens in sida:
            _say(json.dumps(vars(kvittens), ensure_ascii=False))

    with _open(val) as klient:
        klient.receipts(show)
    return KLART


def _status(val: argparse.Namespace) -> int:
    with _open(val) as klient:
        if val.vardhandelse_id is None:
            _show(klient, klient.utkorg.status())
            return KLART
        for handelse in klient.utkorg.history(val.vardhandelse_id):
            _say(_line(handelse))
        for kvittens in klient.utkorg.receipts_of(val.vardhandelse_id):
            _say(json.dumps(kvittens, ensure_ascii=False))
    return KLART


def _try_connection(val: argparse.Namespace) -> int:
    with _open(val) as klient:
        svar = klient.anslutning.call("GET", "kvittenser?antal=1")
        if isinstance(svar, Avbrott):
            _say(f"Ingen förbindelse: {svar.text}")
            return FEL
        if svar.status != 200:
            _say(f"HTTP {svar.status} {svar.kod}: {svar.dokument.get('detail', '')}".rstrip())
            return FEL
        _say("Förbindelsen fungerar och kontot är godkänt.")
    return KLART


def _kit(val: argparse.Namespace) -> int:
    rapport = korning.run(
        korning.split(val.kommando) or korning.reference_command(),
        klient=val.klient,
        at=datetime.now(UTC),
        tidsgrans=val.vanta,
    )
    for provat in rapport.krav:
        _say(f"{provat.resultat:<10} {provat.titel}")
        for iakttagelse in provat.iakttagelser:
            _say(f"           {iakttagelse}")
    sida, dokument = korning.write(rapport, Path(val.rapport))
    _say(f"{'Godkänd' if rapport.godkand else 'Underkänd'}. Rapport: {sida} och {dokument}")
    return KLART if rapport.godkand else KVAR


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
