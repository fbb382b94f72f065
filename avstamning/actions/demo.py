"""The fictional region, made with the chain's own actions: for the demo and for the tests."""

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec

from ersattning import ersmo, hej
from ersattning.ersmo.actions import regelpaket
from ersattning.hej.actions import prislistor
from gvr.actions import behorigheter, koder, publicering, roller, stamdata
from gvr.core import icd
from gvr.core.demonycklar import derive
from gvr.queries import demo
from gvr.queries.behorighet import databaskontext

ICD_FR_O_M = date(1997, 1, 1)


class Inloggning(msgspec.Struct, frozen=True, kw_only=True):
    """Who can log in, how, and as what."""

    anvandarnamn: str
    losenord: str
    namn: str
    roll: str


def build(*, secret: str, at: datetime, sandlada: bool = False) -> list[Inloggning]:
    """Make code lists, providers, people, rules and prices. Running it again changes nothing.

    `secret` is the installation's own; passwords and tokens are made from it. A `sandlada` also has
    units that are wrong in some way, and an account that may report for all but one of them.
    """
    varld = demo.world()
    with databaskontext(alla=True):
        roller.ensure_groups()
        vardgivare = stamdata.load(varld)
        inloggningar = [_person(rad, vardgivare, secret) for rad in varld["anvandare"]]
        _machines(varld, vardgivare, secret)
        if sandlada:
            extra = demo.sandbox_world()
            _machines(extra, {**vardgivare, **stamdata.load(extra)}, secret)
    with databaskontext(alla=True):
        load_codes(at=at)
    with databaskontext(alla=True):
        _publish_all(at)
    return inloggningar


def _person(rad: Mapping[str, Any], vardgivare: Mapping[str, Any], secret: str) -> Inloggning:
    losenord = derive(secret, rad["nyckel"], 12)
    user = behorigheter.create_user(
        namn=rad["namn"],
        anvandarnamn=rad["nyckel"],
        losenord=losenord,
        region=rad.get("region", False),
        grupper=rad["grupper"],
    )
    ser = [vardgivare[nyckel] for nyckel in rad.get("ser", ())]
    attest = [vardgivare[nyckel] for nyckel in rad.get("attesterar", ())]
    behorigheter.grant(user=user, permission=behorigheter.VIEW, vardgivare=ser)
    behorigheter.grant(user=user, permission=behorigheter.APPROVE, vardgivare=attest)
    for_hand = [vardgivare[nyckel] for nyckel in rad.get("registrerar", ())]
    behorigheter.grant(user=user, permission=behorigheter.REGISTER, vardgivare=for_hand)
    hos = "Regionen" if rad.get("region") else ", ".join(v.namn for v in ser)
    vad = "godkänner fakturor" if attest else rad["grupper"][0].lower()
    vad = "registrerar för hand" if for_hand else vad
    return Inloggning(
        anvandarnamn=rad["nyckel"], losenord=losenord, namn=rad["namn"], roll=f"{hos}: {vad}"
    )


def _machines(varld: Mapping[str, Any], vardgivare: Mapping[str, Any], secret: str) -> None:
    for rad in varld["maskinkonton"]:
        behorigheter.create_machine_account(
            namn=rad["namn"],
            kallsystem=rad["kallsystem"],
            hsa_id=rad["hsa_id"],
            token=derive(secret, rad["nyckel"], 40),
            vardgivare=[vardgivare[nyckel] for nyckel in rad["rapporterar_for"]],
        )


def load_codes(*, at: datetime) -> None:
    """Load the code lists that come with the system, and the excerpt of ICD-10-SE."""
    for document in demo.documents(demo.DATA / "kodverk"):
        svar = koder.import_kodverk(document, at=at)
        if isinstance(svar, tuple):
            raise ValueError(f"{document['kodverk']}: {svar[0].text}")
    mapp = demo.DATA / "kodverk" / "icd-10-se"
    utgava = icd.parse_release({fil.name: fil.read_bytes() for fil in sorted(mapp.glob("*.txt"))})
    if isinstance(utgava, tuple):
        raise ValueError(f"ICD-10-SE: {utgava[0].text}")
    koder.import_icd(
        utgava,
        fr_o_m=ICD_FR_O_M,
        kalla="Socialstyrelsen, ICD-10-SE (urval)",
        at=at,
        fullstandig=False,
    )


def _publish_all(at: datetime) -> None:
    """Publish every pack and list that comes with the system and is not already there."""
    skriver, godkanner = behorigheter.people("anna", "astrid")
    for app, actions in ((ersmo, regelpaket), (hej, prislistor)):
        mapp = Path(app.__path__[0]) / "data" / actions.FOLDER
        for document in demo.documents(mapp):
            if actions.exists(document):
                continue
            utkast = actions.create_draft(document, by=skriver, at=at)
            inlamnat = (
                utkast if isinstance(utkast, tuple) else actions.submit(utkast, by=skriver, at=at)
            )
            if isinstance(inlamnat, tuple):
                raise ValueError(f"{document['namn']}: {inlamnat[0].pekare} {inlamnat[0].text}")
            godkand = publicering.approve(
                inlamnat, by=godkanner, at=at, innehall_hash=inlamnat.innehall_hash
            )
            publicering.publish(godkand, by=skriver, at=at)
