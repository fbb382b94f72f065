"""A small register in memory that answers as the API does: keys, versions, findings, receipts.

It knows the rules that a client meets, not those of care: the only content it refuses is an
open-care contact without taxa (GVR043). The real API decides what is right; a test holds this one
against it.
"""

import hashlib
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

BAS: Final = "/api/v1/"

_TITLAR: Final = {
    "FINNS_REDAN": (409, "Vårdkontakten finns redan"),
    "GAMMAL_VERSION": (409, "En nyare version finns"),
    "REDAN_MAKULERAD": (409, "Vårdkontakten är makulerad"),
    "VERSION_STAMMER_EJ": (412, "Versionen är en annan"),
    "HITTAS_INTE_ATT_MAKULERA": (404, "Vårdkontakten finns inte"),
    "HITTAS_INTE": (404, "Finns inte"),
    "GVR043": (422, "Taxa saknas"),
    "NYCKEL_SAKNAS": (400, "Idempotency-Key saknas"),
    "NYCKEL_UPPTAGEN": (422, "Idempotency-Key är redan använd"),
    "PAGAR": (409, "Anropet pågår redan"),
    "TRASIG_JSON": (400, "Innehållet är inte JSON"),
    "FEL_ANTAL": (422, "Antalet stämmer inte"),
    "EJ_INLOGGAD": (401, "Maskinkontot är inte inloggat"),
    "FOR_MANGA_ANROP": (429, "För många anrop"),
    "TILLFALLIGT_FEL": (503, "Tillfälligt fel"),
    "TEKNISKT_FEL": (500, "Tekniskt fel"),
}


@dataclass(frozen=True)
class Begaran:
    """A request: address with query, headers in lower case, body."""

    metod: str
    adress: str
    huvuden: Mapping[str, str]
    kropp: bytes

    @property
    def vag(self) -> str:
        """Return what comes after /api/v1/, without the query."""
        return urlsplit(self.adress).path.removeprefix(BAS)

    @property
    def parametrar(self) -> dict[str, str]:
        """Return the query."""
        return {k: v[0] for k, v in parse_qs(urlsplit(self.adress).query).items()}

    @property
    def nyckel(self) -> str | None:
        """Return the idempotency key."""
        return self.huvuden.get("idempotency-key")


@dataclass(frozen=True)
class Gensvar:
    """An answer: status, body, headers beyond the usual."""

    status: int
    dokument: Mapping[str, Any]
    huvuden: Mapping[str, str] = field(default_factory=dict)

    @property
    def kropp(self) -> bytes:
        """Return the body."""
        return json.dumps(self.dokument, ensure_ascii=False).encode()


@dataclass
class Kontakt:
    """What is registered of one contact."""

    version: int
    makulerad: bool
    innehall: Mapping[str, Any]


def problem(kod: str, *, huvuden: Mapping[str, str] | None = None, detail: str = "") -> Gensvar:
    """Return a refusal as a problem document."""
    status, titel = _TITLAR[kod]
    fel = {"kod": kod, "allvar": "STOPP", "pekare": "", "text": titel, "atgard": "", "agare": ""}
    return Gensvar(
        status,
        {
            "type": f"/utvecklare/fel/{kod}", "title": titel, "status": status, "kod": kod,
            "begaran_id": str(uuid.uuid4()), "detail": detail or titel, "fel": [fel],
        },
        {"Content-Type": "application/problem+json", **(huvuden or {})},
    )  # fmt: skip


class Register:
    """The register of one sender."""

    def __init__(self, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """Begin with nothing registered."""
        self.kontakter: dict[str, Kontakt] = {}
        self.kvittenser: list[dict[str, Any]] = []
        self._nycklar: dict[str, tuple[bytes, Gensvar]] = {}
        self._now = now

    def answer(self, begaran: Begaran) -> Gensvar:
        """Do what is asked, once per key, and answer."""
        if begaran.metod == "GET":
            return self._read(begaran)
        if begaran.metod == "POST" and begaran.nyckel is None:
            return problem("NYCKEL_SAKNAS")
        summa = hashlib.sha256(
            f"{begaran.metod} {begaran.adress}\n".encode() + begaran.kropp
        ).digest()
        tidigare = self._nycklar.get(begaran.nyckel) if begaran.nyckel else None
        if tidigare is not None:
            if tidigare[0] != summa:
                return problem("NYCKEL_UPPTAGEN")
            svar = tidigare[1]
            return Gensvar(
                svar.status, svar.dokument, {**svar.huvuden, "Idempotens-Upprepad": "true"}
            )
        svar = self._write(begaran)
        if begaran.nyckel and begaran.parametrar.get("torrkorning") != "true":
            self._nycklar[begaran.nyckel] = (summa, svar)
        return svar

    # --- reading ---------------------------------------------------------------------------------

    def _read(self, begaran: Begaran) -> Gensvar:
        if begaran.vag == "kvittenser":
            efter = int(begaran.parametrar.get("efter", 0))
            antal = int(begaran.parametrar.get("antal", 100))
            rader = [rad for rad in self.kvittenser if rad["sekvens"] > efter]
            sida = rader[:antal]
            return Gensvar(
                200,
                {
                    "kvittenser": sida,
                    "nasta": sida[-1]["sekvens"] if sida else efter,
                    "fler": len(rader) > antal,
                },
            )
        kontakt = self.kontakter.get(self._id(begaran))
        if kontakt is None:
            return problem("HITTAS_INTE")
        return Gensvar(
            200,
            {
                "uuid": "", "version": kontakt.version, "makulerad": kontakt.makulerad,
                "registrerad": "", "vardkontakt": kontakt.innehall,
            },
            {"ETag": f'"{kontakt.version}"'},
        )  # fmt: skip

    @staticmethod
    def _id(begaran: Begaran) -> str:
        return unquote(begaran.vag.removeprefix("vardkontakter/"))

    # --- writing ---------------------------------------------------------------------------------

    def _write(self, begaran: Begaran) -> Gensvar:
        vag = begaran.vag
        if begaran.metod == "DELETE":
            return self._cancel(self._id(begaran), begaran)
        try:
            if vag == "vardkontakter/batch":
                return self._batch(begaran)
            dokument = json.loads(begaran.kropp)
        except ValueError:
            return problem("TRASIG_JSON")
        skapa = begaran.metod == "POST"
        return self._report(dokument, begaran, skapa=skapa)

    def _batch(self, begaran: Begaran) -> Gensvar:
        if "ndjson" in begaran.huvuden.get("content-type", ""):
            kontakter = [json.loads(rad) for rad in begaran.kropp.splitlines() if rad.strip()]
        else:
            kontakter = json.loads(begaran.kropp)
        if begaran.parametrar.get("antal", str(len(kontakter))) != str(len(kontakter)):
            return problem("FEL_ANTAL")
        rader = []
        for nr, kontakt in enumerate(kontakter):
            svar = self._report(kontakt, begaran, skapa=True)
            dokument = svar.dokument
            rad = {"index": nr, "status": svar.status, "utfall": dokument.get("utfall", "AVVISAD")}
            rad["vardhandelseId"] = kontakt.get("vardhandelseId", "")
            rad |= {k: dokument[k] for k in ("version", "kvittens", "fel") if k in dokument}
            rader.append(rad)
        avvisade = sum(1 for rad in rader if rad["utfall"] == "AVVISAD")
        return Gensvar(
            207 if avvisade else 200,
            {
                "antal": len(rader), "accepterade": len(rader) - avvisade, "avvisade": avvisade,
                "resultat": rader,
            },
        )  # fmt: skip

    def _report(self, dokument: Mapping[str, Any], begaran: Begaran, *, skapa: bool) -> Gensvar:
        innehall = {k: v for k, v in dokument.items() if k not in ("version", "orsak")}
        handelse, version = str(innehall.get("vardhandelseId")), dokument.get("version")
        if "taxa" not in innehall and innehall.get("form", "OPPENVARD") == "OPPENVARD":
            return problem("GVR043")
        kontakt = self.kontakter.get(handelse)
        vantad = _expected(begaran)
        if kontakt is None:
            if vantad is not None:
                return problem("VERSION_STAMMER_EJ")
            return self._register(handelse, version or 1, innehall, makulerad=False, status=201)
        nyare = version is not None and version > kontakt.version
        if innehall == kontakt.innehall and not kontakt.makulerad and not nyare:
            return self._unchanged(handelse, kontakt)
        if vantad not in (None, kontakt.version):
            return problem("VERSION_STAMMER_EJ")
        if not nyare and (skapa or version is not None):
            return problem("FINNS_REDAN" if skapa else "GAMMAL_VERSION")
        if version is None and kontakt.makulerad and vantad is None:
            return problem("REDAN_MAKULERAD")
        ny = version or kontakt.version + 1
        return self._register(handelse, ny, innehall, makulerad=False, status=200)

    def _cancel(self, handelse: str, begaran: Begaran) -> Gensvar:
        kontakt = self.kontakter.get(handelse)
        if kontakt is None:
            return problem("HITTAS_INTE_ATT_MAKULERA")
        text = begaran.parametrar.get("version")
        version = int(text) if text else kontakt.version + 1
        if kontakt.makulerad and (text is None or version <= kontakt.version):
            return self._unchanged(handelse, kontakt)
        if _expected(begaran) not in (None, kontakt.version):
            return problem("VERSION_STAMMER_EJ")
        if version <= kontakt.version:
            return problem("GAMMAL_VERSION")
        return self._register(handelse, version, kontakt.innehall, makulerad=True, status=200)

    def _register(
        self,
        handelse: str,
        version: int,
        innehall: Mapping[str, Any],
        *,
        makulerad: bool,
        status: int,
    ) -> Gensvar:
        self.kontakter[handelse] = Kontakt(version, makulerad, innehall)
        utfall = "MAKULERAD" if makulerad else "REGISTRERAD"
        self.add_receipt(handelse, version, "K2", utfall)
        return Gensvar(
            status,
            {
                "utfall": utfall, "vardhandelseId": handelse, "version": version,
                "kvittens": len(self.kvittenser),
            },
            {"ETag": f'"{version}"'},
        )  # fmt: skip

    def add_receipt(self, handelse: str, version: int, niva: str, utfall: str) -> None:
        """Add a receipt to the feed."""
        self.kvittenser.append(
            {
                "sekvens": len(self.kvittenser) + 1, "vardhandelseId": handelse, "uuid": "",
                "version": version, "niva": niva, "utfall": utfall, "kod": "",
                "tid": self._now().isoformat(),
            }
        )  # fmt: skip

    @staticmethod
    def _unchanged(handelse: str, kontakt: Kontakt) -> Gensvar:
        return Gensvar(
            200,
            {"utfall": "OFORANDRAD", "vardhandelseId": handelse, "version": kontakt.version},
            {"ETag": f'"{kontakt.version}"'},
        )


def _expected(begaran: Begaran) -> int | None:
    """Return the version of If-Match; None when it is absent or any."""
    text = begaran.huvuden.get("if-match", "").removeprefix("W/").strip('"* ')
    return int(text) if text.isdigit() else None
