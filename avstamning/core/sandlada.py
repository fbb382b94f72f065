"""What to send to a sandbox to get a code: from the descriptions of the codes, by plain rules."""

import json
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

import msgspec

from avstamning.core.utvecklarkod import Beskrivning

JSON: Final = "application/json"
MANGA: Final = 100  # codes in a list that holds 99


class Prov(msgspec.Struct, frozen=True, kw_only=True):
    """A request that gives the code; `metod` is empty when there is none and `hur` says what to do.

    `huvuden` with an empty value are left out of the request.
    """

    kod: str
    hur: str
    metod: str = ""
    vag: str = ""
    huvuden: Mapping[str, str] = {}
    kropp: str = ""


def trial(kod: str, beskrivning: Beskrivning, *, mallar: Mapping[str, Any], today: date) -> Prov:
    """Return the trial of a code."""
    prova = _dated(beskrivning.prova, today)
    if "_hur" in prova:
        return Prov(kod=kod, hur=prova["_hur"])
    if "_svar" in prova:
        huvud = {"Sandlada-Svar": kod}
        return Prov(
            kod=kod,
            hur=f"Huvudet Sandlada-Svar: {kod}",
            metod="GET",
            vag="kvittenser",
            huvuden=huvud,
        )
    mallar = _dated(mallar, today)
    if "_anrop" in prova:
        return _request(kod, prova["_anrop"], mallar)
    if "_aktivitet" in prova:
        dokument = mallar["aktivitet"] | prova["_aktivitet"]
        hur = f"En aktivitet med {_changes(prova['_aktivitet'])}"
        return _post(kod, hur, "aktiviteter", dokument)
    bas = prova.pop("_bas", "besok")
    if "_manga" in prova:
        falt = prova.pop("_manga")
        dokument = mallar[bas] | {falt: ["XS012"] * MANGA}
        return _post(kod, f"{MANGA} koder i {falt}", "vardkontakter", dokument)
    dokument = {k: v for k, v in (mallar[bas] | prova).items() if v is not None}
    hur = ("" if bas == "besok" else "I ett slutenvårdstillfälle: ") + _changes(prova)
    return _post(kod, hur, "vardkontakter", dokument)


def _post(kod: str, hur: str, resurs: str, dokument: Mapping[str, Any]) -> Prov:
    return Prov(
        kod=kod,
        hur=hur,
        metod="POST",
        vag=f"{resurs}?torrkorning=true",
        huvuden={"Content-Type": JSON, "Idempotency-Key": f"prov-{kod}"},
        kropp=json.dumps(dokument, ensure_ascii=False),
    )


def _request(kod: str, anrop: Mapping[str, Any], mallar: Mapping[str, Any]) -> Prov:
    metod = anrop.get("metod", "GET")
    kropp = anrop.get("kropp", "").replace(
        "{besok}", json.dumps(mallar["besok"], ensure_ascii=False)
    )
    vag = anrop["vag"].replace("{id}", mallar["besok"]["vardhandelseId"])
    huvuden = {"Idempotency-Key": f"prov-{kod}"} if metod == "POST" else {}
    if metod in ("POST", "PUT"):
        huvuden["Content-Type"] = JSON
    egna = anrop.get("huvuden", {})
    huvuden |= {namn: varde or "" for namn, varde in egna.items()}
    med = "".join(
        f", {namn}: {varde}" if varde else f", utan {namn}" for namn, varde in egna.items()
    )
    return Prov(
        kod=kod, hur=f"{metod} {vag}{med}", metod=metod, vag=vag, huvuden=huvuden, kropp=kropp
    )


def _changes(prova: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{namn} utelämnas" if varde is None else f"{namn}: {json.dumps(varde, ensure_ascii=False)}"
        for namn, varde in prova.items()
    )


def _dated(varde: Any, today: date) -> Any:
    """Return the value with the words for days replaced by days, however deep."""
    if isinstance(varde, Mapping):
        return {k: _dated(v, today) for k, v in varde.items()}
    if isinstance(varde, list):
        return [_dated(v, today) for v in varde]
    if isinstance(varde, str):
        for namn, dagar in _DAGAR.items():
            varde = varde.replace(f"{{{namn}}}", str(today + timedelta(days=dagar)))
    return varde


_DAGAR: Final = {"igar": -1, "forrgar": -2, "imorgon": 1, "manad_sedan": -28, "gammal": -400}
