"""What a sending system may ask about itself."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
from django.http import HttpResponse
from django.utils.timezone import localtime, make_aware
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from gvr.api import kvot, schema
from gvr.api.anrop import Anrop, Vy, read
from gvr.api.kontrakt import Utgaende
from gvr.api.problem import Avvisat, respond
from gvr.core import giltighetstid
from gvr.queries import anropslogg, maskinkonton
from gvr.queries import ombud as ombudsfragor
from gvr.queries.behorighet import Maskin


class Ombudsratt(Utgaende):
    """A provider, or one unit of it, that the sender may report for; days are inclusive."""

    vardgivare: str
    orgnr: str
    fran_dag: str
    galler: bool
    till_dag: str | None = None
    kombika: str | None = None
    enhet: str | None = None


class Kvotlage(Utgaende):
    """A bound per minute and what is left of it; `kvar` is absent when nobody counts just now."""

    per_minut: int
    kvar: int | None = None


class Certifikatlage(Utgaende):
    """The certificate that was shown. `varning` is 60, 30 or 7 days before its end."""

    giltigt_till: str
    dagar_kvar: int
    varning: int | None = None


class Anslutning(Utgaende):
    """Who the sender is to us, and what it may do."""

    konto: str
    kallsystem: str
    hsa_id: str
    inloggning: str
    servertid: str
    ombud: Sequence[Ombudsratt]
    anrop: Kvotlage
    kontakter: Kvotlage
    certifikat: Certifikatlage | None = None
    stoppdatum: str | None = None


class Leveranskvittens(Utgaende):
    """A receipt of a whole delivery: K0 that it is kept, K1 whether its form could be read."""

    niva: str
    utfall: str
    tid: str
    kod: str = ""


class Leveranssvar(Utgaende):
    """A delivery with its receipts, the answer it got, and its body with nobody to be seen in it.

    `kropp` is absent when it cannot be shown with certainty.
    """

    uuid: str
    mottagen: str
    metod: str
    resurs: str
    status: int
    antal: int
    avvisade: int
    kvittenser: Sequence[Leveranskvittens]
    svar: Any = None
    kropp: str | None = None


class Anropsrad(Utgaende):
    """A request and how it went; `leverans` is true for one that is kept with its answer."""

    uuid: str
    tid: str
    metod: str
    resurs: str
    status: int
    leverans: bool
    antal: int = 0
    avvisade: int = 0
    kod: str = ""


class Anropslogg(Utgaende):
    """A page of the log, newest first; ask again with `efter` = `nasta`."""

    anrop: Sequence[Anropsrad]
    nasta: str | None = None


class EnLeverans(Vy):
    """One delivery by its id."""

    @schema.beskriv(
        "lasLeverans",
        "Läs en leverans",
        "Kvittenserna K0 (mottagen) och K1 (form) och det svar leveransen fick. Id är svarets "
        "leverans, eller huvudet Begaran-Id.",
        avdelning="Leveranser",
        svar={200: Leveranssvar},
        parametrar=[schema.LEVERANS],
    )
    def get(self, request: Request, uuid: UUID) -> HttpResponse:
        """Show one of the sender's own deliveries."""
        anrop = read(request, ())
        detalj = anropslogg.detail(anrop.avsandare.konto_id or 0, uuid)
        if detalj is None:
            raise NotFound
        rad = detalj.anrop
        tid = localtime(rad.tid).isoformat()
        oformlig = rad.status >= 400 and not rad.antal
        body = Leveranssvar(
            uuid=str(rad.uuid),
            mottagen=tid,
            metod=rad.metod,
            resurs=rad.resurs,
            status=rad.status,
            antal=rad.antal,
            avvisade=rad.avvisade,
            kvittenser=[
                Leveranskvittens(niva="K0", utfall="MOTTAGEN", tid=tid),
                Leveranskvittens(
                    niva="K1",
                    utfall="AVVISAD" if oformlig else "GODKAND",
                    tid=tid,
                    kod=rad.kod if oformlig else "",
                ),
            ],
            svar=detalj.svar,
            kropp=detalj.kropp,
        )
        return respond(200, msgspec.json.encode(body), begaran_id=str(anrop.id))


class Anropsloggvy(Vy):
    """What the sender has sent."""

    @schema.beskriv(
        "lasAnropslogg",
        "Läs anropsloggen",
        "Systemets egna anrop, det nyaste först: leveranser, och anrop som nekades innan de blev "
        "en leverans (de senare i 30 dagar). status är en svarskod eller en klass, som 4xx.",
        avdelning="Avsändaren",
        svar={200: Anropslogg},
        parametrar=[
            schema.EFTER_ANROP,
            schema.FORE,
            schema.FRAN,
            schema.STATUS,
            schema.ANTAL_KVITTENSER,
        ],
    )
    def get(self, request: Request) -> HttpResponse:
        """Return a page of the log."""
        anrop = read(request, ("efter", "fore", "fran", "status", "antal"))
        antal = anrop.number("antal", fran=1, till=1000) or 100
        rader = anropslogg.of_account(
            anrop.avsandare.konto_id or 0,
            fore=_moment(anrop, "fore"),
            efter=_place(anrop),
            fran=_moment(anrop, "fran"),
            status=_status(anrop),
            antal=antal + 1,
        )
        sida = rader[:antal]
        body = Anropslogg(
            anrop=[
                Anropsrad(
                    uuid=str(rad.uuid),
                    tid=localtime(rad.tid).isoformat(),
                    metod=rad.metod,
                    resurs=rad.resurs,
                    status=rad.status,
                    leverans=rad.leverans,
                    antal=rad.antal,
                    avvisade=rad.avvisade,
                    kod=rad.kod,
                )
                for rad in sida
            ],
            nasta=str(sida[-1].uuid) if len(rader) > antal else None,
        )
        return respond(200, msgspec.json.encode(body), begaran_id=str(anrop.id))


def _moment(anrop: Anrop, namn: str) -> datetime | None:
    text = anrop.parametrar.get(namn)
    if text is None:
        return None
    try:
        return _as_moment(text)
    except (ValueError, OverflowError):
        raise Avvisat(
            "OGILTIG_PARAMETER", text=f"{namn} ska vara en tidpunkt, som 2026-11-23T08:00:00+01:00."
        ) from None


def _place(anrop: Anrop) -> anropslogg.Plats | None:
    """Return the place of the request that `efter` points out; None when nothing is.

    Raises NotFound for a request that is not in the account's log.
    """
    text = anrop.parametrar.get("efter")
    if text is None:
        return None
    try:
        uuid = UUID(text)
    except ValueError:
        raise Avvisat("OGILTIG_PARAMETER", text="efter ska vara nasta från sidan innan.") from None
    plats = anropslogg.place_of(anrop.avsandare.konto_id or 0, uuid)
    if plats is None:
        raise NotFound
    return plats


def _as_moment(text: str) -> datetime:
    """Read a time, Swedish where it has no zone. Raises ValueError or OverflowError."""
    tid = datetime.fromisoformat(text.replace(" ", "+"))
    return (make_aware(tid) if tid.tzinfo is None else tid).astimezone(UTC)


def _status(anrop: Anrop) -> tuple[int, int] | None:
    text = anrop.parametrar.get("status")
    if text is None:
        return None
    if re.fullmatch("[1-5]xx", text):
        return int(text[0]) * 100, int(text[0]) * 100 + 99
    if not re.fullmatch("[1-5][0-9]{2}", text):
        raise Avvisat("OGILTIG_PARAMETER", text="status ska vara en svarskod, eller som 4xx.")
    return int(text), int(text)


class Anslutningstest(Vy):
    """Whether a system is connected as it should be."""

    @schema.beskriv(
        "provaAnslutning",
        "Pröva anslutningen",
        "Vem systemet är för oss, hur det loggade in och hur länge certifikatet gäller, vilka det "
        "får rapportera för, vad som är kvar av minutens kvot och hur mycket klockan är här. Inget "
        "registreras.",
        avdelning="Avsändaren",
        svar={200: Anslutning},
    )
    def get(self, request: Request) -> HttpResponse:
        """Echo the identity and what it may do."""
        anrop = read(request, ())
        maskin = request.auth
        assert isinstance(maskin, Maskin)  # noqa: S101  - permission_classes let nobody else in
        anrop_kvar, kontakter_kvar = kvot.left(request, at=anrop.at)
        tak = kvot.bounds(maskin)
        konto = maskinkonton.by_id(maskin.konto_id)
        body = Anslutning(
            konto=konto.namn,
            kallsystem=konto.kallsystem,
            hsa_id=konto.hsa_id,
            inloggning=maskin.inloggning,
            stoppdatum=None if konto.stoppdatum is None else konto.stoppdatum.isoformat(),
            servertid=localtime(anrop.at).isoformat(timespec="seconds"),
            anrop=Kvotlage(per_minut=tak.anrop, kvar=anrop_kvar),
            kontakter=Kvotlage(per_minut=tak.kontakter, kvar=kontakter_kvar),
            certifikat=_as_certificate(maskin.certifikat_till, at=anrop.at),
            ombud=[
                _as_right(rad, galler=rad.giltig.contains(anrop.today))
                for rad in ombudsfragor.of_account(konto.pk, day=anrop.today)
            ],
        )
        return respond(200, msgspec.json.encode(body), begaran_id=str(anrop.id))


def _as_certificate(till: datetime | None, *, at: datetime) -> Certifikatlage | None:
    if till is None:
        return None
    return Certifikatlage(
        giltigt_till=localtime(till).isoformat(timespec="seconds"),
        dagar_kvar=giltighetstid.days_left(till, at=at),
        varning=giltighetstid.warning(till, at=at),
    )


def _as_right(rad: ombudsfragor.Ombudsrad, *, galler: bool) -> Ombudsratt:
    t_o_m = rad.giltig.t_o_m
    return Ombudsratt(
        vardgivare=rad.vardgivare,
        orgnr=rad.orgnr,
        kombika=rad.kombika or None,
        enhet=rad.enhet or None,
        fran_dag=rad.giltig.fr_o_m.isoformat(),
        till_dag=None if t_o_m is None else t_o_m.isoformat(),
        galler=galler,
    )
