"""The judge: what came to the server, held against what a client must do. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from gvr_klient.kit.manus import BAKOM_RYGGEN, Scenario
from gvr_klient.kit.register import Kontakt
from gvr_klient.kit.server import Sedd

TIDIGT: Final = 0.05  # seconds before Retry-After that are forgiven
FLEST_PER_SEKUND: Final = 5


@dataclass(frozen=True)
class Krav:
    """What a client must do, and why."""

    id: str
    titel: str
    varfor: str


KRAV: Final = {
    krav.id: krav
    for krav in (
        Krav(
            "NYCKEL_FINNS",
            "Varje POST har en Idempotency-Key",
            "Utan nyckel kan ett anrop som görs om bli två vårdkontakter.",
        ),
        Krav(
            "NYCKEL_UNIK",
            "Olika anrop har olika nycklar",
            "Samma nyckel betyder samma anrop: det andra avvisas eller blir aldrig gjort.",
        ),
        Krav(
            "GOR_OM",
            "Ett anrop utan svar, eller med 429, 503 eller PAGAR, görs om",
            "Annars saknas vårdkontakten i registret, och ingen får veta det.",
        ),
        Krav(
            "NYCKEL_BEHALLS",
            "Ett anrop som görs om har samma nyckel och samma innehåll",
            "Med en ny nyckel vet registret inte att det är samma anrop.",
        ),
        Krav(
            "RETRY_AFTER",
            "Inget nytt försök kommer tidigare än Retry-After",
            "Den som inte väntar förlänger avbrottet för alla.",
        ),
        Krav(
            "HAMRAR_INTE",
            f"Högst {FLEST_PER_SEKUND} försök per sekund utan svar",
            "Många klienter som hamrar samtidigt håller tjänsten nere.",
        ),
        Krav(
            "INGEN_DUBBLETT",
            "Ett långsamt svar leder inte till ett andra anrop med ny nyckel",
            "Det första anropet pågår; ett till kan registrera vårdkontakten två gånger.",
        ),
        Krav(
            "ORDNING",
            "En senare version skickas först när den tidigare är besvarad",
            "Annars kan den äldre versionen bli den som gäller, eller avvisas.",
        ),
        Krav(
            "AVVISAD",
            "En avvisad vårdkontakt skickas inte om oförändrad",
            "Svaret blir detsamma. Vårdkontakten ska rättas, och andra ska gå vidare.",
        ),
        Krav(
            "KONFLIKT",
            "En ändring som någon annan gjort skrivs inte över utan att ha lästs",
            "Rättelsen byggde på ett innehåll som inte längre gäller.",
        ),
        Krav(
            "KVITTENSER",
            "Kvittenserna läses till slut, i ordning, och från rätt plats efter en omstart",
            "Den som hoppar över en kvittens vet inte vad som gav ersättning.",
        ),
        Krav(
            "SLUTLAGE",
            "Registret slutar som uppdraget säger",
            "Det är hela syftet.",
        ),
    )
}


def judge(
    scenario: Scenario, sedda: Sequence[Sedd], kontakter: Mapping[str, Kontakt]
) -> dict[str, list[str]]:
    """Return what was wrong, by requirement; an empty list where nothing was."""
    skrivna = [s for s in sedda if s.skriver]
    return {
        krav: list(_SLUTLAGE(scenario, kontakter))
        if krav == "SLUTLAGE"
        else list(_REGLER[krav](scenario, sedda if krav in _ALLA else skrivna))
        for krav in scenario.krav
    }


def _has_key(_: Scenario, sedda: Sequence[Sedd]) -> Iterator[str]:
    for s in sedda:
        if s.begaran.metod == "POST" and not s.begaran.nyckel:
            yield f"POST {s.begaran.vag} saknar Idempotency-Key."


def _keys_differ(_: Scenario, sedda: Sequence[Sedd]) -> Iterator[str]:
    forst: dict[str, Sedd] = {}
    for s in sedda:
        nyckel = s.begaran.nyckel
        if nyckel is None:
            continue
        annan = forst.setdefault(nyckel, s)
        if _content(annan) != _content(s):
            yield f"Nyckeln {nyckel!r} används för {_name(annan)} och för {_name(s)}."


def _again(_: Scenario, sedda: Sequence[Sedd]) -> Iterator[str]:
    for nr, s in enumerate(sedda):
        if _disturbed(s) and not any(_same(s, senare) for senare in sedda[nr + 1 :]):
            yield f"{_name(s)} {_what(s)} och gjordes aldrig om."


def _key_kept(_: Scenario, sedda: Sequence[Sedd]) -> Iterator[str]:
    for nr, s in enumerate(sedda):
        if not _disturbed(s):
            continue
        nasta = next((n for n in sedda[nr + 1 :] if _same(s, n)), None)
        if nasta is None:
            continue
        if s.begaran.metod == "POST" and nasta.begaran.nyckel != s.begaran.nyckel:
            yield f"{_name(s)} {_what(s)} och gjordes om med en annan nyckel."
        if nasta.begaran.kropp != s.begaran.kropp:
            yield f"{_name(s)} {_what(s)} och gjordes om med annat innehåll."


def _waits(_: Scenario, sedda: Sequence[Sedd]) -> Iterator[str]:
    for nr, s in enumerate(sedda):
        vantan = s.handelse.retry_after
        if vantan is None or s.besvarad is None:
            continue
        for senare in sedda[nr + 1 :]:
            gick = senare.tid - s.besvarad
            if gick < vantan - TIDIGT:
                yield (
                    f"{_name(senare)} kom efter {gick:.1f} s; Retry-After var {vantan} s."
                ).replace(".", ",", 1)


def _calm(_: Scenario, sedda: Sequence[Sedd]) -> Iterator[str]:
    tider = [s.tid for s in sedda]
    for nr, tid in enumerate(tider):
        inom = sum(1 for annan in tider[nr:] if annan < tid + 1)
        if inom > FLEST_PER_SEKUND:
            yield f"{inom} anrop kom inom en sekund."
            return


def _no_double(_: Scenario, sedda: Sequence[Sedd]) -> Iterator[str]:
    for nr, s in enumerate(sedda):
        for senare in sedda[nr + 1 :]:
            medan = s.besvarad is None or senare.tid < s.besvarad
            if medan and _same(s, senare) and senare.begaran.nyckel != s.begaran.nyckel:
                yield f"{_name(s)} skickades igen med en ny nyckel medan svaret dröjde."


def _in_order(scenario: Scenario, sedda: Sequence[Sedd]) -> Iterator[str]:
    """A version may come when the one before it has been answered, not only asked to wait."""
    steg = _steps(scenario)
    klara: dict[str, int] = {}
    for s in sedda:
        for namn, innehall in s.contacts():
            nr = _number(steg.get(namn, []), innehall)
            if nr is not None and nr > klara.get(namn, 0):
                yield (f"Version {nr + 1} av {namn} kom innan version {nr} var besvarad.")
                return
            if nr is not None and s.framme and not s.handelse.kod:
                klara[namn] = max(klara.get(namn, 0), nr + 1)


def _not_again(_: Scenario, sedda: Sequence[Sedd]) -> Iterator[str]:
    avvisade: list[Sedd] = []
    for s in sedda:
        if any(_same(s, a) for a in avvisade):
            yield f"{_name(s)} avvisades och skickades igen oförändrad."
        if s.svar is not None and s.svar.status == 422:
            avvisade.append(s)


def _no_overwriting(_: Scenario, sedda: Sequence[Sedd]) -> Iterator[str]:
    nekad = False
    for s in sedda:
        if s.omgang == 0:
            continue
        if s.begaran.metod == "GET" and s.begaran.vag.startswith("vardkontakter/"):
            nekad = False  # it has been read: what comes next is a choice
        elif s.skriver and nekad:
            yield f"{_name(s)} skickades igen efter nekandet utan att vårdkontakten lästs."
        elif s.skriver and s.svar is not None:
            if s.svar.status < 300:
                yield f"{_name(s)} skrev över en ändring som någon annan gjort."
            nekad = s.svar.status in (409, 412)


def _receipts(_: Scenario, sedda: Sequence[Sedd]) -> Iterator[str]:
    nasta, fler = 0, True
    lasta = [s for s in sedda if s.begaran.vag == "kvittenser" and s.svar is not None]
    for omgang in (0, 1):
        sidor = [s for s in lasta if s.omgang == omgang]
        if not sidor:
            yield f"Kvittenserna lästes inte i omgång {omgang + 1}."
            continue
        for s in sidor:
            efter = int(s.begaran.parametrar.get("efter", 0))
            if efter != nasta:
                yield f"Omgång {omgang + 1}: läste efter={efter}, väntat efter={nasta}."
            assert s.svar is not None  # noqa: S101 - only answered ones are in the list
            nasta, fler = int(s.svar.dokument["nasta"]), bool(s.svar.dokument["fler"])
        if fler:
            yield f"Omgång {omgang + 1}: slutade läsa fast det fanns fler."


def _SLUTLAGE(scenario: Scenario, kontakter: Mapping[str, Kontakt]) -> Iterator[str]:  # noqa: N802
    vantat: dict[str, tuple[bool, Any]] = {}
    for namn, steg in _steps(scenario).items():
        for innehall in steg:
            if innehall is None:
                vantat[namn] = (True, vantat[namn][1])
            elif "taxa" in innehall:
                vantat[namn] = (False, innehall["diagnoser"])
    if BAKOM_RYGGEN in vantat:
        vantat[BAKOM_RYGGEN] = (False, ["R104"])
    for namn, lage in vantat.items():
        kontakt = kontakter.get(namn)
        if kontakt is None:
            yield f"{namn} är inte registrerad."
        elif (kontakt.makulerad, kontakt.innehall.get("diagnoser")) != lage:
            yield f"{namn} har fel innehåll, eller är makulerad fast den inte ska vara det."
    for namn in sorted(set(kontakter) - set(vantat)):
        yield f"{namn} är registrerad men ingick inte."


_REGLER: Final[dict[str, Callable[[Scenario, Sequence[Sedd]], Iterator[str]]]] = {
    "NYCKEL_FINNS": _has_key,
    "NYCKEL_UNIK": _keys_differ,
    "GOR_OM": _again,
    "NYCKEL_BEHALLS": _key_kept,
    "RETRY_AFTER": _waits,
    "HAMRAR_INTE": _calm,
    "INGEN_DUBBLETT": _no_double,
    "ORDNING": _in_order,
    "AVVISAD": _not_again,
    "KONFLIKT": _no_overwriting,
    "KVITTENSER": _receipts,
}
_ALLA: Final = frozenset({"KONFLIKT", "KVITTENSER"})  # these look at reads too


def _steps(scenario: Scenario) -> dict[str, list[Mapping[str, Any] | None]]:
    """Return the contents of each contact in order; None for a cancellation."""
    steg: dict[str, list[Mapping[str, Any] | None]] = {}
    for omgang in scenario.omgangar:
        for ett in omgang:
            if "vardkontakt" in ett:
                steg.setdefault(ett["vardkontakt"]["vardhandelseId"], []).append(ett["vardkontakt"])
            elif "vardhandelseId" in ett:
                steg.setdefault(ett["vardhandelseId"], []).append(None)
    return steg


def _number(
    steg: Sequence[Mapping[str, Any] | None], innehall: Mapping[str, Any] | None
) -> int | None:
    """Return which of the contact's steps a request is, from 0."""
    for nr, ett in enumerate(steg):
        if (ett is None) != (innehall is None):
            continue
        if ett is None or innehall is None or ett["diagnoser"] == innehall.get("diagnoser"):
            return nr
    return None


def _content(s: Sedd) -> tuple[str, str, bytes]:
    return s.begaran.metod, s.begaran.vag, s.begaran.kropp


def _same(en: Sedd, annan: Sedd) -> bool:
    """True when both carry the same contacts in the same way."""
    return en.begaran.metod == annan.begaran.metod and _bare(en) == _bare(annan)


def _bare(s: Sedd) -> list[tuple[str, Any]]:
    return [
        (namn, None if i is None else {k: v for k, v in i.items() if k != "version"})
        for namn, i in s.contacts()
    ]


def _disturbed(s: Sedd) -> bool:
    return s.handelse.bryt_fore or s.handelse.bryt_efter or bool(s.handelse.kod)


def _what(s: Sedd) -> str:
    return f"fick {s.handelse.kod}" if s.handelse.kod else "fick inget svar"


def _name(s: Sedd) -> str:
    namn = ", ".join(namn for namn, _ in s.contacts()[:3])
    return f"{s.begaran.metod} {namn}".strip()
