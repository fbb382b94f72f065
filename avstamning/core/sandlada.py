"""What to send to a sandbox to get a code: from the descriptions of the codes, by plain rules."""

import json
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

import msgspec

from avstamning.core.utvecklarkod import Beskrivning

JSON: Final = "application/json"
KALLSYSTEM: Final = "SANDLADA"  # of the sandbox's account, until it is emptied
MANGA: Final = 100  # codes in a list that holds 99


class Steg(msgspec.Struct, frozen=True, kw_only=True):
    """A request. `huvuden` with an empty value are left out of it.

    `{nummer}` in the body stands for the number in the answer to the step before.
    """

    metod: str
    vag: str
    huvuden: Mapping[str, str] = {}
    kropp: str = ""

    @property
    def indragen(self) -> str:
        """The body as a person reads it."""
        return json.dumps(json.loads(self.kropp), ensure_ascii=False, indent=2)


class Prov(msgspec.Struct, frozen=True, kw_only=True):
    """The requests whose last answer has the code; none when it cannot be had, and `hur` says why.

    One step rehearses; several are registered, since a later one needs what an earlier one left.
    """

    kod: str
    hur: str
    steg: tuple[Steg, ...] = ()

    @property
    def registreras(self) -> bool:
        """Say whether the steps leave anything behind."""
        return any(s.metod == "PUT" and "torrkorning" not in s.vag for s in self.steg)


def trial(kod: str, beskrivning: Beskrivning, *, mallar: Mapping[str, Any], today: date) -> Prov:
    """Return the trial of a code."""
    prova = _dated(beskrivning.prova, today)
    if "_hur" in prova and "_steg" not in prova:
        return Prov(kod=kod, hur=prova["_hur"])
    if "_svar" in prova:
        huvud = {"Sandlada-Svar": kod}
        return Prov(
            kod=kod,
            hur=f"Huvudet Sandlada-Svar: {kod}",
            steg=(Steg(metod="GET", vag="kvittenser", huvuden=huvud),),
        )
    mallar = _dated(mallar, today)
    if "_steg" in prova:
        steg = tuple(_step(kod, nr, rad, mallar) for nr, rad in enumerate(prova["_steg"], start=1))
        return Prov(kod=kod, hur=prova["_hur"], steg=steg)
    if "_anrop" in prova:
        return _request(kod, prova["_anrop"], mallar)
    if "_aktivitet" in prova:
        dokument = mallar["aktivitet"] | prova["_aktivitet"]
        dokument = {k: v for k, v in dokument.items() if v is not None}
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
    steg = Steg(
        metod="POST",
        vag=f"{resurs}?torrkorning=true",
        huvuden={"Content-Type": JSON, "Idempotency-Key": f"prov-{kod}"},
        kropp=json.dumps(dokument, ensure_ascii=False),
    )
    return Prov(kod=kod, hur=hur, steg=(steg,))


def _step(kod: str, nr: int, rad: Mapping[str, Any], mallar: Mapping[str, Any]) -> Steg:
    """Return one step: a sample with changes, its removal, or the reading of it.

    The ids of a trial are its own, so that no trial disturbs another; `_id` is added to them.
    """
    slag = next(rad[namn] for namn in ("_av", "_makulera", "_las") if namn in rad)
    mall = mallar[slag] | {namn: varde for namn, varde in rad.items() if varde is not None}
    borta = {namn for namn, varde in rad.items() if varde is None}
    dokument = {n: v for n, v in mall.items() if not n.startswith("_") and n not in borta}
    egen = f"PROV-{kod}{rad.get('_id', '')}"

    def named(text: str) -> str:
        ord_ = {"eget": egen, "kod": f"PROV-{kod}", "kallsystem": KALLSYSTEM}
        for namn, varde in ord_.items():
            text = text.replace(f"{{{namn}}}", varde)
        return text

    vag = named(mall["_vag"])
    if "_av" not in rad:
        return Steg(metod="DELETE" if "_makulera" in rad else "GET", vag=vag)
    huvuden = {"Content-Type": JSON}
    if "_metod" in mall:
        huvuden["Idempotency-Key"] = f"prov-{kod}-{nr}"
    kropp = named(json.dumps(dokument, ensure_ascii=False))
    return Steg(metod=mall.get("_metod", "PUT"), vag=vag, huvuden=huvuden, kropp=kropp)


def _request(kod: str, anrop: Mapping[str, Any], mallar: Mapping[str, Any]) -> Prov:
    metod = anrop.get("metod", "GET")
    kropp = anrop.get("kropp", "")
    for namn in ("besok", "fil"):
        mall = mallar[namn]
        text = mall if isinstance(mall, str) else json.dumps(mall, ensure_ascii=False)
        kropp = kropp.replace(f"{{{namn}}}", text)
    for fran, till in anrop.get("byt", {}).items():
        kropp = kropp.replace(fran, till)
    vag = anrop["vag"].replace("{id}", mallar["besok"]["vardhandelseId"])
    huvuden = {"Idempotency-Key": f"prov-{kod}"} if metod == "POST" else {}
    if metod in ("POST", "PUT"):
        huvuden["Content-Type"] = JSON
    egna = anrop.get("huvuden", {})
    huvuden |= {namn: varde or "" for namn, varde in egna.items()}
    med = "".join(
        f", {namn}: {varde}" if varde else f", utan {namn}" for namn, varde in egna.items()
    )
    steg = Steg(metod=metod, vag=vag, huvuden=huvuden, kropp=kropp)
    return Prov(kod=kod, hur=f"{metod} {vag}{med}", steg=(steg,))


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


_DAGAR: Final = {
    "igar": -1,
    "forrgar": -2,
    "imorgon": 1,
    "vecka_sedan": -7,
    "manad_sedan": -28,
    "gammal": -400,
}
