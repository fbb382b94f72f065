"""The way of one contact: register, product, price, invoice – what happened in each, and why."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import msgspec
from django.conf import settings
from django.utils.timezone import localtime

from avstamning.core import ord as ordval
from avstamning.core.ord import Statusord
from avstamning.core.urval import waited_for
from avstamning.queries import kontakter, orsaker, samverkan
from avstamning.queries.kontakter import code_texts
from avstamning.queries.samverkan import Delvy
from ersattning.ersmo.core.orsaker import Orsak
from ersattning.ersmo.queries import regelpaket
from ersattning.hej.queries import lagen, prislistor
from ersattning.hej.queries.lagen import Beslutet, Postrad
from ersattning.vardfaktura.queries import kalender
from ersattning.vardfaktura.queries import portal as fakturaportal
from ersattning.vardfaktura.queries.portal import Lank
from gvr.core.avvikelse import Avvikelse
from gvr.core.period import Manad
from gvr.core.personnummer import mask
from gvr.queries import portal, portalhandelser
from gvr.queries.portal import (
    Kontakthuvud,
    Kontaktuppgift,
    Synfalt,
    Versionen,
)
from gvr.queries.portalhandelser import VidKontakt

_NOLL = Decimal("0.00")


class Steg(msgspec.Struct, frozen=True, kw_only=True):
    """A step of the way. `stil` is its colour, `ej` for a step not reached."""

    system: str
    vad: str
    nar: tuple[str, ...]
    stil: str


class Vag(msgspec.Struct, frozen=True, kw_only=True):
    """What every tab of a contact's page shows."""

    huvud: Kontakthuvud
    version: Versionen
    titel: str
    status: Statusord
    steg: tuple[Steg, ...]
    beslut: Beslutet | None
    orsak: Orsak | None
    vantar_text: str
    senast: date | None
    vantat_sedan: date | None
    avgors: date | None
    antal_versioner: int
    antal_kvittenser: int
    bredvid: VidKontakt
    delar: tuple[Delvy, ...]
    samverkansfynd: tuple[Avvikelse, ...]
    exempel: bool

    @property
    def patient(self) -> str:
        """The patient's number, masked."""
        return mask(self.version.patient_id)


def way(synfalt: Synfalt, uuid: UUID, *, frist: date, at: datetime) -> Vag | None:
    """Return a contact's way, None when it is not in view."""
    huvud = portal.contact(synfalt, uuid)
    if huvud is None:
        return None
    versioner = portal.versions(synfalt, huvud.id)
    if not versioner:
        return None
    version = versioner[0]
    beslut = next(iter(lagen.decisions(synfalt, huvud.id)), None)
    poster = lagen.posts_of_contact(synfalt, huvud.id)
    lankar = fakturaportal.links([post.id for post in poster])
    orsak = orsaker.of_decision(beslut.orsak, beslut.regelpaket) if beslut else None
    vantat = localtime(version.registrerad).date() if beslut and beslut.utfall == "VANTAR" else None
    delar, samverkansfynd = samverkan.of_contact(huvud.id, at=at)
    return Vag(
        huvud=huvud,
        version=version,
        titel=title(version),
        status=ordval.outcome(beslut.utfall) if beslut else ordval.UNDER_BEHANDLING,
        steg=(
            _register_step(version),
            _product_step(beslut, orsak),
            _price_step(beslut),
            _invoice_step(beslut, version, poster, lankar),
        ),
        beslut=beslut,
        orsak=orsak,
        vantar_text=waited_for(beslut.vantar_pa) if beslut and beslut.vantar_pa else "",
        senast=frist if beslut and beslut.utfall == "FEL" else None,
        vantat_sedan=vantat,
        avgors=vantat and vantat + timedelta(days=settings.PARKERING_DAGAR),
        antal_versioner=len(versioner),
        antal_kvittenser=len(portal.receipts(synfalt, huvud.id)),
        bredvid=portalhandelser.beside(huvud, version.version),
        delar=delar,
        samverkansfynd=samverkansfynd,
        exempel=beslut is not None and any(rad.exempel for rad in beslut.rader),
    )


def title(version: Versionen) -> str:
    """Say what kind of contact it is, for the heading."""
    innehall = version.innehall
    bred = Kontaktuppgift(
        kontakt_id=0,
        uuid=UUID(int=0),
        kallsystem="",
        vardhandelse_id="",
        patient_id="",
        tid=None,
        form=innehall["form"],
        btyp=innehall["btyp"],
        vktyp=innehall["vktyp"],
        taxa=innehall["taxa"],
        yrkeskategorier=tuple(innehall["yrkeskategorier"]),
        diagnoser=(),
        registrerad=version.registrerad,
    )
    texter = code_texts()
    typ = kontakter.contact_type(bred, texter)
    yrke = kontakter.profession(bred, texter)
    return typ if yrke == "–" else f"{typ}, {yrke[:1].lower()}{yrke[1:]}"


def _register_step(version: Versionen) -> Steg:
    nar = [f"{_moment(version.registrerad)}", f"version {version.version}"]
    if version.orsak:
        nar.append(version.orsak)
    return Steg(
        system="GVR",
        vad="Makulerad" if version.makulerad else "Registrerad",
        nar=tuple(nar),
        stil="faktura" if version.makulerad else "ok",
    )


def _product_step(beslut: Beslutet | None, orsak: Orsak | None) -> Steg:
    if beslut is None:
        return Steg(system="ERSMO", vad="Prövas inom kort", nar=(), stil="ej")
    nar = [_pack_name(namn) for namn in beslut.regelpaket]
    if beslut.utfall == "MAKULERAD":
        return Steg(system="ERSMO", vad="Prövas inte", nar=("makulerad",), stil="ej")
    if beslut.rader:
        nar.extend(dict.fromkeys(f"regel {rad.regel}" for rad in beslut.rader))
        return Steg(system="ERSMO", vad=_products(beslut), nar=tuple(nar[:4]), stil="ok")
    if beslut.orsak == "PRIS_SAKNAS":
        produkt = beslut.vantar_pa.partition(":")[2]
        return Steg(system="ERSMO", vad=f"Produkt {produkt}", nar=tuple(nar), stil="ok")
    stil = {"FEL": "fel", "VANTAR": "vanta"}.get(beslut.utfall, "ingen")
    titel = orsak.titel if orsak else ordval.outcome(beslut.utfall).text
    if beslut.vantar_pa:
        nar.append(f"väntar på {waited_for(beslut.vantar_pa)}")
    return Steg(system="ERSMO", vad=titel, nar=tuple(nar), stil=stil)


def _products(beslut: Beslutet) -> str:
    koder = [rad.produktkod for rad in beslut.rader if rad.typ != "AVDRAG"]
    text = " + ".join(dict.fromkeys(koder))
    avdrag = sum(1 for rad in beslut.rader if rad.typ == "AVDRAG")
    return f"{text} + avdrag" if avdrag and text else text or "Avdrag"


def _price_step(beslut: Beslutet | None) -> Steg:
    if beslut is None or beslut.utfall in ("INGEN_ERSATTNING", "FEL", "MAKULERAD"):
        return Steg(system="HEJ", vad="Inget pris", nar=(), stil="ej")
    if beslut.rader:
        listor = prislistor.published()
        namn = [
            f"{rad.lista.namn or rad.lista.kod}, version {rad.lista.version}"
            for beteckning in beslut.prislistor
            if (rad := listor.named(beteckning)) is not None
        ]
        return Steg(
            system="HEJ", vad=ordval.amount(beslut.summa) + "\u00a0kr", nar=tuple(namn), stil="ok"
        )
    if beslut.orsak == "PRIS_SAKNAS":
        produkt = beslut.vantar_pa.partition(":")[2]
        return Steg(
            system="HEJ", vad="Väntar på pris", nar=(f"pris för {produkt} saknas",), stil="vanta"
        )
    return Steg(system="HEJ", vad="Inget pris än", nar=(), stil="ej")


def _invoice_step(
    beslut: Beslutet | None,
    version: Versionen,
    poster: Sequence[Postrad],
    lankar: Mapping[int, Lank],
) -> Steg:
    gallande = [p for p in poster if p.aterfor is None and p.aterford_av is None]
    pa_faktura = [lankar[p.id] for p in poster if p.id in lankar]
    oppna = [p for p in poster if p.id not in lankar]
    oppet = sum((p.belopp for p in oppna), _NOLL)
    if not gallande:
        if pa_faktura and not oppet:
            return Steg(
                system="Vårdfaktura",
                vad="Krediterad",
                nar=(f"på {ordval.month_only(pa_faktura[-1].manad)}fakturan",),
                stil="faktura",
            )
        if oppet:
            manad = max(p.bokforingsmanad for p in oppna)
            return Steg(
                system="Vårdfaktura",
                vad=f"Krediteras på {ordval.month_only(manad)}fakturan",
                nar=_proposal(manad),
                stil="faktura",
            )
        return Steg(system="Vårdfaktura", vad="Ingen fakturarad", nar=(), stil="ej")
    saknas = [p for p in gallande if p.id not in lankar]
    if saknas:
        manad = max(p.bokforingsmanad for p in saknas)
        return Steg(
            system="Vårdfaktura",
            vad=f"Kommer på {ordval.month_only(manad)}fakturan",
            nar=_proposal(manad),
            stil="faktura",
        )
    sist = lankar[gallande[-1].id]
    nummer = f"faktura {sist.nummer}" if sist.nummer else "förslag som väntar på godkännande"
    return Steg(
        system="Vårdfaktura",
        vad=f"På {ordval.month_only(sist.manad)}fakturan",
        nar=(nummer,),
        stil="faktura",
    )


def _proposal(manad: Manad) -> tuple[str, ...]:
    klar = kalender.proposal_ready(manad)
    return (
        f"preliminär till {ordval.day_in_text(kalender.deadline_of(manad))}",
        f"förslag tidigast {ordval.day_in_text(klar)}",
    )


def _pack_name(beteckning: str) -> str:
    """Say which rules were used, as the rules call themselves."""
    publicerat = regelpaket.published().named(beteckning)
    if publicerat is None:
        return f"regelpaket {beteckning.rpartition(':')[0]}"
    paket = publicerat.kompilerat.paket
    return f"{paket.namn}, regelpaket {paket.version}"


def _moment(tid: datetime) -> str:
    lokal = kalender.swedish(tid)
    return f"{ordval.day_in_text(lokal.date())} {ordval.clock(lokal)}"
