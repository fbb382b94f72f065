"""What a sending system may ask about itself."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from django.http import HttpResponse
from django.utils.timezone import localtime
from rest_framework.request import Request

from gvr.api import kvot, schema
from gvr.api.anrop import Vy, read
from gvr.api.kontrakt import Utgaende
from gvr.api.problem import respond
from gvr.core import giltighetstid
from gvr.queries import maskinkonton
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
