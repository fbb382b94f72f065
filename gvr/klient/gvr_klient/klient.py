"""The client: puts in the outbox, empties it, and follows the receipts."""

import json
import random
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from gvr_klient.anslutning import Anslutning
from gvr_klient.omforsok import (
    KONFLIKTER,
    Avbrott,
    Dela,
    Klar,
    NyNyckel,
    Stanna,
    Svar,
    Vanta,
    backoff,
    decide,
)
from gvr_klient.utkorg import (
    AVVISAD,
    KLAR,
    KONFLIKT,
    RESURSER,
    SLUT,
    UTAN_ORSAK,
    VARDKONTAKTER,
    Behall,
    Besked,
    Handelse,
    Lage,
    Sandning,
    Slag,
    Utkorg,
    address,
)


class Stoppad(Exception):
    """Nothing more is sent until a person has looked. What is in the outbox stays there."""

    def __init__(self, kod: str, text: str) -> None:
        super().__init__(f"{kod}: {text}")
        self.kod = kod


@dataclass(frozen=True)
class Kvittens:
    """A receipt: level K2 is the register, K3 the reimbursement, K4 the invoice."""

    sekvens: int
    vardhandelse_id: str
    version: int
    niva: str
    utfall: str
    kod: str
    belopp: str | None
    tid: str


class Klient:
    """Reports contacts. Clock, sleep and chance can be replaced, for tests."""

    def __init__(
        self,
        anslutning: Anslutning,
        utkorg: Utkorg,
        *,
        storst: int = 500,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """Send new reports at most `storst` at a time."""
        self.anslutning = anslutning
        self.utkorg = utkorg
        self._storst = storst
        self._now, self._sleep, self._chance = now, sleep, chance

    @classmethod
    def open(
        cls, url: str, *, utkorg: str | Path, token: str = "", storst: int = 500, **anslutning: Any
    ) -> Self:
        """Open the outbox and the connection. `anslutning`: see Anslutning."""
        return cls(
            Anslutning(url, token=token, **anslutning), Utkorg(utkorg, url=url), storst=storst
        )

    def close(self) -> None:
        """Close both."""
        self.anslutning.close()
        self.utkorg.close()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()

    # --- in --------------------------------------------------------------------------------------

    def report(self, dokument: Mapping[str, Any], *, resurs: str = VARDKONTAKTER) -> int:
        """Put a contact in the outbox; one that is there already is corrected. Returns its version.

        `dokument` is the contract's vårdkontakt without `version`: versions are numbered here. With
        `resurs` it is a part of an episode, a period, a wait or what else stands in RESURSER.
        """
        return self._put("RAPPORT", dokument, resurs)

    def correct(self, dokument: Mapping[str, Any], *, resurs: str = VARDKONTAKTER) -> int:
        """Put a new version of a contact in the outbox. Returns its number."""
        return self._put("RATTELSE", dokument, resurs)

    def cancel(self, id_: str, *, orsak: str = "", resurs: str = VARDKONTAKTER) -> int:
        """Put a cancellation in the outbox. Returns the number of the cancelled version.

        Raises ValueError for a reason where the address takes none.
        """
        if orsak and resurs in UTAN_ORSAK:
            raise ValueError(f"{resurs} makuleras utan orsak.")
        return self.utkorg.put("MAKULERING", id_, {"orsak": orsak} if orsak else {}, resurs=resurs)

    def _put(self, slag: Slag, dokument: Mapping[str, Any], resurs: str) -> int:
        id_ = dokument[RESURSER[resurs]]
        if resurs in SLUT:  # its id stands in the address only
            dokument = {namn: varde for namn, varde in dokument.items() if namn != "id"}
        return self.utkorg.put(slag, id_, dokument, resurs=resurs)

    # --- out -------------------------------------------------------------------------------------

    def flush(self, *, patience: float = 60.0) -> Lage:
        """Send what is in the outbox, again and again until all is answered; return how it stands.

        Gives up waiting when the next try would come later than `patience` seconds from now; what
        is left goes with the next flush. Raises Stoppad when a person must look.
        """
        slut = self._now() + patience
        while True:
            sandning = self.utkorg.next_request(now=self._now(), storst=self._storst)
            if sandning is not None:
                paus = self._make(sandning)
                if paus > 0 and not self._wait(paus, slut):
                    return self.utkorg.status()
                continue
            tid = self.utkorg.next_time()
            if tid is None or not self._wait(tid - self._now(), slut):
                return self.utkorg.status()

    def _wait(self, sekunder: float, slut: float) -> bool:
        """Sleep, unless it would end after `slut`."""
        if self._now() + sekunder > slut:
            return False
        self._sleep(max(0.0, sekunder))
        return True

    def _make(self, sandning: Sandning) -> float:
        """Make one try. Returns for how many seconds nothing at all should be sent."""
        self.utkorg.tried(sandning)
        huvuden = {"Idempotency-Key": sandning.nyckel}
        if sandning.kropp:
            huvuden["Content-Type"] = sandning.mediatyp
        if sandning.om_version is not None:
            huvuden["If-Match"] = f'"{sandning.om_version}"'
        svar = self.anslutning.call(
            sandning.metod, sandning.vag, kropp=sandning.kropp, huvuden=huvuden
        )
        beslut = decide(
            svar,
            forsok=sandning.forsok + 1,
            antal=sandning.antal,
            byten=sandning.byten,
            slump=self._chance(),
            now=datetime.now(UTC),
        )
        match beslut:
            case Vanta(sekunder, alla):
                why = svar.text if isinstance(svar, Avbrott) else f"HTTP {svar.status} {svar.kod}"
                self.utkorg.postpone(sandning, until=self._now() + sekunder, senast=why)
                return sekunder if alla else 0.0
            case NyNyckel():
                self.utkorg.renew_key(sandning)
            case Dela():
                self.utkorg.split(sandning)
            case Stanna(kod, text):
                raise Stoppad(kod, text)
            case Klar():
                assert isinstance(svar, Svar)  # noqa: S101  - only an answer is final
                self.utkorg.finish(
                    sandning,
                    self._read(svar, self.utkorg.handelser_of(sandning)),
                    begaran_id=svar.huvuden.get("begaran-id", ""),
                )
        return 0.0

    def _read(self, svar: Svar, handelser: Sequence[Handelse]) -> list[Besked]:
        """Return what an answer says of each contact of its request."""
        dokument = svar.dokument
        if "resultat" in dokument and svar.status < 300:
            rader = {rad["index"]: rad for rad in dokument["resultat"]}
            return [self._one(h, rader[nr]) for nr, h in enumerate(handelser)]
        return [self._one(handelser[0], dokument)]

    def _one(self, handelse: Handelse, rad: Mapping[str, Any]) -> Besked:
        """Return what became of one contact: `rad` is its answer alone or its row of a batch."""
        utfall = rad.get("utfall", "AVVISAD")
        if utfall != "AVVISAD":
            return Besked(
                handelse.id,
                KLAR,
                utfall,
                fel=rad.get("anmarkningar", rad.get("fel", ())),
                registrerad=rad.get("version"),
            )
        fel = list(rad.get("fel", ()))
        if "kod" in rad and rad["kod"] not in {f["kod"] for f in fel}:
            text = rad.get("detail") or rad.get("title", "")
            fel.append({"kod": rad["kod"], "text": text, "atgard": rad.get("atgard", "")})
        koder = {f["kod"] for f in fel}
        tillstand = KONFLIKT if koder & KONFLIKTER else AVVISAD
        return Besked(handelse.id, tillstand, utfall, fel=fel)

    # --- conflicts -------------------------------------------------------------------------------

    def resolve(self, vardhandelse_id: str, *, behall: Behall, resurs: str = VARDKONTAKTER) -> None:
        """End a conflict after a person has compared: keep ours, or the register's version.

        The register's version is read first, and the next version goes with If-Match against it: if
        somebody has changed it once more meanwhile, the register says no again.
        """
        rad = self.read(vardhandelse_id, resurs=resurs)
        registrerad = 0 if rad is None else _version(rad, resurs)
        self.utkorg.resolve(vardhandelse_id, behall=behall, registrerad=registrerad, resurs=resurs)

    def read(self, vardhandelse_id: str, *, resurs: str = VARDKONTAKTER) -> dict[str, Any] | None:
        """Return a contact as it is registered; None when it is not.

        A period comes whole, with its start and its end, whichever of them is asked for.
        """
        svar = self._ask("GET", address(SLUT.get(resurs, resurs), vardhandelse_id))
        return None if svar.status == 404 else svar.dokument

    # --- asking ----------------------------------------------------------------------------------

    def rehearse(self, kontakt: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the register would say of a contact, and what it would earn. Stores nothing.

        The answer is a registration with `torrkorning`, or a problem document with all findings.
        """
        svar = self._ask(
            "POST",
            "vardkontakter?torrkorning=true",
            kropp=json.dumps(kontakt, ensure_ascii=False).encode(),
            huvuden={"Idempotency-Key": str(uuid.uuid4()), "Content-Type": "application/json"},
        )
        return svar.dokument

    def receipts(
        self,
        handle: Callable[[Sequence[Kvittens]], None] | None = None,
        *,
        antal: int = 1000,
    ) -> int:
        """Read the receipts that have come since last time, page by page; return how many.

        `handle` gets each page before the cursor moves past it: whoever dies in between gets the
        page again, and never loses one.
        """
        lasta = 0
        while True:
            efter = self.utkorg.cursor
            sida = self._ask("GET", f"kvittenser?efter={efter}&antal={antal}").dokument
            rader = sida.get("kvittenser", [])
            if rader:
                if handle is not None:
                    handle([_as_receipt(rad) for rad in rader])
                self.utkorg.keep_receipts(rader, efter=sida["nasta"])
                lasta += len(rader)
            if not sida.get("fler"):
                return lasta

    def _ask(
        self,
        metod: str,
        vag: str,
        *,
        kropp: bytes = b"",
        huvuden: Mapping[str, str] | None = None,
        forsok_som_mest: int = 6,
    ) -> Svar:
        """Make a request that changes nothing, again where that may help. Raises Stoppad."""
        last = ""
        for forsok in range(1, forsok_som_mest + 1):
            svar = self.anslutning.call(metod, vag, kropp=kropp, huvuden=huvuden)
            if isinstance(svar, Avbrott):
                last = svar.text
                self._sleep(backoff(forsok, self._chance()))
                continue
            if svar.status in (401, 403) and not svar.dokument.get("fel"):
                raise Stoppad(svar.kod or f"HTTP_{svar.status}", str(svar.dokument.get("title")))
            beslut = decide(svar, forsok=forsok, antal=1, slump=self._chance())
            if not isinstance(beslut, Vanta) or svar.status < 300:
                return svar
            last = f"HTTP {svar.status} {svar.kod}"
            self._sleep(beslut.sekunder)
        raise Stoppad("INGET_SVAR", last)


def _version(rad: Mapping[str, Any], resurs: str) -> int:
    """Return the registered version of what was read; 0 for an end that is not there."""
    moment = "slut" if resurs in SLUT else "start"
    rapport = rad if "version" in rad else rad.get(moment) or {}
    return int(rapport.get("version", 0))


def _as_receipt(rad: Mapping[str, Any]) -> Kvittens:
    return Kvittens(
        sekvens=rad["sekvens"],
        vardhandelse_id=rad["vardhandelseId"],
        version=rad["version"],
        niva=rad["niva"],
        utfall=rad["utfall"],
        kod=rad.get("kod", ""),
        belopp=rad.get("belopp"),
        tid=rad["tid"],
    )
