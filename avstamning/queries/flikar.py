"""The tabs of a contact's page: explanation, money, versions, receipts and message."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import msgspec
from lxml import etree

from avstamning.core import jamforelse, meddelande
from avstamning.core import ord as ordval
from avstamning.core.halsouppgifter import DOLT, FALT, ORD
from avstamning.core.jamforelse import Faltrad
from avstamning.queries import orsaker
from avstamning.queries.kontakter import code_texts, texts_by_system
from avstamning.queries.ratta import Fynd, finding
from avstamning.queries.vag import Vag
from ersattning import kedja
from ersattning.ersmo.core.forklaring import Forklaring, Regelsvar, Villkorssvar
from ersattning.hej.queries import lagen, priser
from ersattning.hej.queries.lagen import Beslutet, Postrad
from ersattning.vardfaktura.queries import portal as fakturaportal
from ersattning.vardfaktura.queries.portal import Lank
from gvr.queries import portal
from gvr.queries.portal import Kvittensrad, Synfalt, Versionen

_NOLL = Decimal("0.00")
#: Near misses shown at once; the rest are folded.
NARMAST = 3


class Villkor(msgspec.Struct, frozen=True, kw_only=True):
    """A condition as it is shown: `svar` is ja, nej or okand."""

    text: str
    svar: str
    delar: "tuple[Villkor, ...]" = ()


class Regeln(msgspec.Struct, frozen=True, kw_only=True):
    """A rule as it is shown. `exempel` names what of it no public source gives."""

    regel_id: str
    titel: str
    typ: str
    produktkod: str
    avsnitt: str
    kalla: tuple[str, ...]
    exempel: tuple[str, ...]
    villkor: tuple[Villkor, ...]
    fattas: int
    skal: str


class Beloppsrad(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the calculation with its product by name."""

    produktkod: str
    namn: str
    typ: str
    antal: int
    apris: Decimal
    belopp: Decimal
    exempel: bool
    not_: str


class Forklarat(msgspec.Struct, frozen=True, kw_only=True):
    """The explanation tab: rules that decided, that were met in vain, near misses and the rest."""

    ger: tuple[Regeln, ...]
    bortvalda: tuple[Regeln, ...]
    nara: tuple[Regeln, ...]
    ovriga: tuple[Regeln, ...]
    tips: tuple[str, ...]
    rader: tuple[Beloppsrad, ...]
    summa: Decimal
    paket: str
    anmarkningar: tuple[Fynd, ...]

    @property
    def antal_ovriga(self) -> int:
        """How many rules are folded."""
        return len(self.bortvalda) + len(self.ovriga)


def explanation(vag: Vag, *, ser_diagnos: bool) -> Forklarat:
    """Return why a contact has its price, or none: the rules asked again, with their answers."""
    beslut = vag.beslut
    forklaring: Forklaring | None = None
    if beslut is not None and beslut.regelpaket:
        forklaring = kedja.explain(
            vag.huvud.id, beslut.version, beslut.regelpaket, texter=texts_by_system()
        )
    regler = forklaring.regler if forklaring else ()
    missar = [r for r in regler if not r.traff and r.typ != "INGEN"]
    if beslut is not None and beslut.rader:
        missar = [r for r in missar if r.typ == "TILLAGG"]
    nara = [r for r in missar if r.fattas <= 2][:NARMAST]
    rader = beslut.rader if beslut else ()
    namn = priser.product_names({rad.produktkod for rad in rader}) if rader else {}
    return Forklarat(
        ger=tuple(_rule(r, ser_diagnos) for r in regler if r.ger),
        bortvalda=tuple(_rule(r, ser_diagnos) for r in regler if r.traff and not r.ger),
        nara=tuple(_rule(r, ser_diagnos) for r in nara),
        ovriga=tuple(_rule(r, ser_diagnos) for r in missar if r not in nara)[:40],
        tips=forklaring.tips if forklaring else (),
        rader=tuple(
            Beloppsrad(
                produktkod=rad.produktkod,
                namn=namn.get(rad.produktkod, ""),
                typ=ordval.POSTTYP.get(rad.typ, rad.typ),
                antal=rad.antal,
                apris=rad.apris,
                belopp=rad.belopp,
                exempel=rad.exempel,
                not_=NOTER.get(rad.not_, rad.not_),
            )
            for rad in rader
        ),
        summa=beslut.summa if beslut else _NOLL,
        paket=f"{forklaring.paket}, version {forklaring.version}" if forklaring else "",
        anmarkningar=tuple(
            finding(fynd, ser_diagnos=ser_diagnos) for fynd in vag.version.anmarkningar
        ),
    )


#: Why a row is not paid at the ordinary price.
NOTER = {
    "TAK_REDUCERAT": "reducerat arvode: taket för normalarvode är nått",
    "TAK_KAPAT": "kapat vid årets ersättningstak",
    "TAK_NATT": "årets ersättningstak är nått",
}


def _rule(regel: Regelsvar, ser_diagnos: bool) -> Regeln:  # noqa: FBT001 - a plain answer
    return Regeln(
        regel_id=regel.regel_id,
        titel=regel.titel,
        typ=ordval.REGELTYP.get(regel.typ, regel.typ),
        produktkod=regel.produktkod,
        avsnitt=regel.avsnitt,
        kalla=regel.kalla,
        exempel=regel.exempel_falt,
        villkor=tuple(_condition(v, ser_diagnos) for v in regel.villkor),
        fattas=regel.fattas,
        skal=regel.skal or "",
    )


def _condition(svar: Villkorssvar, ser_diagnos: bool) -> Villkor:  # noqa: FBT001 - as above
    dolt = not ser_diagnos and _clinical(svar)
    return Villkor(
        text=f"Villkor om {_clinical_word(svar)} ({DOLT})" if dolt else svar.text,
        svar="ja" if svar.traff else ("okand" if svar.okand else "nej"),
        delar=() if dolt else tuple(_condition(del_, ser_diagnos) for del_ in svar.delar),
    )


def _clinical(svar: Villkorssvar) -> bool:
    return svar.ord in ORD or any(_clinical(del_) for del_ in svar.delar)


def _clinical_word(svar: Villkorssvar) -> str:
    if svar.ord in ORD:
        return {"diagnos": "diagnos", "lakemedel": "läkemedel"}.get(svar.ord, "tillstånd")
    return next((_clinical_word(del_) for del_ in svar.delar if _clinical(del_)), "diagnos")


class Pengarad(msgspec.Struct, frozen=True, kw_only=True):
    """A post with where it was billed. `aterfor_lank` is the invoice of what it takes back."""

    post: Postrad
    namn: str
    lank: Lank | None
    aterfor_lank: Lank | None


class Pengar(msgspec.Struct, frozen=True, kw_only=True):
    """The money tab: every post, in the order they were made, and the decisions behind them."""

    rader: tuple[Pengarad, ...]
    summa: Decimal
    fakturerat: Decimal
    beslut: tuple[Beslutet, ...]
    stammer: bool


def money(synfalt: Synfalt, vag: Vag) -> Pengar:
    """Return what a contact has been paid, post by post."""
    poster = lagen.posts_of_contact(synfalt, vag.huvud.id)
    lankar = fakturaportal.links([post.id for post in poster])
    namn = priser.product_names({post.produktkod for post in poster})
    summa = sum((post.belopp for post in poster), _NOLL)
    return Pengar(
        rader=tuple(
            Pengarad(
                post=post,
                namn=namn.get(post.produktkod, ""),
                lank=lankar.get(post.id),
                aterfor_lank=lankar.get(post.aterfor) if post.aterfor else None,
            )
            for post in poster
        ),
        summa=summa,
        fakturerat=sum((post.belopp for post in poster if post.id in lankar), _NOLL),
        beslut=lagen.decisions(synfalt, vag.huvud.id),
        stammer=vag.beslut is None or vag.beslut.summa == summa,
    )


class Versionsjamforelse(msgspec.Struct, frozen=True, kw_only=True):
    """The versions tab: all versions, and two of them side by side."""

    versioner: tuple[Versionen, ...]
    fore: Versionen | None
    efter: Versionen
    rader: tuple[Faltrad, ...]
    par: tuple[tuple[int, int], ...]


def compare_versions(
    synfalt: Synfalt, vag: Vag, *, nr: int | None, ser_diagnos: bool
) -> Versionsjamforelse | None:
    """Compare a version with the one before it (the newest when none is named)."""
    versioner = portal.versions(synfalt, vag.huvud.id)
    per_nr = {version.version: version for version in versioner}
    efter = per_nr.get(nr if nr is not None else versioner[0].version)
    if efter is None:
        return None
    fore = per_nr.get(efter.version - 1)
    texter = code_texts()
    return Versionsjamforelse(
        versioner=versioner,
        fore=fore,
        efter=efter,
        rader=jamforelse.compare(
            fore.innehall if fore else None,
            efter.innehall,
            text=lambda verk, kod: texter.get((verk, kod), ""),
            dolda=None if ser_diagnos else dict.fromkeys(FALT, DOLT),
        ),
        par=jamforelse.pairs(tuple(per_nr)),
    )


class Kvittensen(msgspec.Struct, frozen=True, kw_only=True):
    """A receipt in words."""

    rad: Kvittensrad
    niva: str
    utfall: str
    orsak: str


def receipts(synfalt: Synfalt, vag: Vag) -> tuple[Kvittensen, ...]:
    """Return the receipts that the sender has had of a contact, newest first."""
    return tuple(
        Kvittensen(
            rad=rad,
            niva=ordval.NIVA.get(rad.niva, rad.niva),
            utfall=KVITTENSORD.get(rad.utfall, rad.utfall.replace("_", " ").capitalize()),
            orsak=orsaker.words(rad.kod).titel if rad.kod else "",
        )
        for rad in portal.receipts(synfalt, vag.huvud.id)
    )


#: What a receipt says, in words; outcomes of decisions have theirs already.
KVITTENSORD = {
    **{kod: ord_.text for kod, ord_ in ordval.UTFALL.items()},
    "MOTTAGEN": "Mottagen",
    "REGISTRERAD": "Registrerad",
    "ACCEPTERAD": "Registrerad",
    "ANMARKNING": "Registrerad med anmärkning",
    "PARKERAD": "Registrerad, väntar",
    "AVVISAD": "Avvisad",
    "FAKTURERAD": "På faktura",
    "GODKAND": "På godkänd faktura",
    "FORSLAG": "På fakturaförslag",
    "KREDITERAD": "Krediterad",
}


class Radata(msgspec.Struct, frozen=True, kw_only=True):
    """The message tab. `text` is empty when the contact's part could not be told apart."""

    mottagen: datetime
    mediatyp: str
    metod: str
    uuid: UUID
    antal: int
    text: str


def message(vag: Vag) -> Radata | None:
    """Return what the sender wrote of this contact, with the patient masked."""
    leverans = portal.delivery_of(vag.version)
    if leverans is None:
        return None
    if leverans.kropp.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        text = _xml_part(leverans.kropp, vag.huvud.vardhandelse_id)
    else:
        del_ = meddelande.json_part(leverans.kropp, vag.huvud.vardhandelse_id)
        text = meddelande.pretty(del_) if del_ is not None else ""
    return Radata(
        mottagen=leverans.mottagen,
        mediatyp=leverans.mediatyp,
        metod=leverans.metod,
        uuid=leverans.uuid,
        antal=leverans.antal,
        text=meddelande.without_patient(text, vag.version.patient_id),
    )


def _xml_part(kropp: bytes, vardhandelse_id: str) -> str:
    """Return the largest part of a file that holds this event and no other."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        rot = etree.fromstring(kropp, parser)
    except etree.XMLSyntaxError:
        return ""
    for element in rot.iter(etree.Element):
        if (element.text or "").strip() == vardhandelse_id:
            yttre = element
            for foralder in element.iterancestors():
                if sum(1 for _ in foralder.iter(element.tag)) > 1:
                    break
                yttre = foralder
            return str(etree.tostring(yttre, encoding="unicode", pretty_print=True))
    return ""
