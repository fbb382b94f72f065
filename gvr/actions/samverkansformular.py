"""Report, correct and cancel deltaganden and aktiviteter by form: in the portal and in the admin.

The same door as a journal system's: what is written becomes a Leverans with its answer, a version
and a row in the access log. Only the sender is a person.
"""

import hashlib
from collections.abc import Collection
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
import uuid_utils
from django.utils.timezone import localdate

from gvr.actions import samverkan
from gvr.actions.leveranser import Avsandare, Begaran, Hinder, Svar
from gvr.actions.samverkan import Besked, Rapport
from gvr.core.aktivitet import Insats
from gvr.core.mottagning import Avsikt
from gvr.core.samverkan import Del
from gvr.models import Aktivitet, Deltagande, Vardgivare

_RESURS: Final = {"portal": "/samverkan/", "admin": "/admin/gvr/"}


class UnableToReport(Exception):
    """The report was not taken now; trying again may help."""


def new_id() -> str:
    """Return an id for a new report; sending the same form twice then changes nothing."""
    return f"W-{uuid_utils.uuid7().hex}"


def report(
    innehall: Del | Insats,
    *,
    vardgivare: Collection[int],
    by: Any,
    at: datetime,
    kallsystem: str,
    vantad: int | None = None,
    skal: str = "",
    fran: str = "portal",
) -> Besked:
    """Register it, or with `vantad` – the version that was read – correct it.

    `kallsystem` is the series of ids it belongs to (`gvr.core.rapp.system_of`), `vardgivare` the
    providers that the person may report for. Raises UnableToReport when somebody else holds what
    it needs.
    """
    modell = Deltagande if isinstance(innehall, Del) else Aktivitet
    avsikt = Avsikt.SKAPA if vantad is None else Avsikt.RATTA
    return _send(
        Rapport(id=innehall.id, avsikt=avsikt, innehall=innehall, vantad=vantad),
        modell,
        avsandare=_sender(vardgivare, kallsystem, by),
        kropp={"innehall": innehall, "skal": skal},
        at=at,
        fran=fran,
    )


def cancel(
    modell: type[Deltagande] | type[Aktivitet],
    extern_id: str,
    *,
    vardgivare: Collection[int],
    by: Any,
    at: datetime,
    vantad: int,
    kallsystem: str,
    skal: str = "",
    fran: str = "portal",
) -> Besked:
    """Add a cancelled version: what was reported stays to be seen. Raises as `report`."""
    return _send(
        Rapport(id=extern_id, avsikt=Avsikt.MAKULERA, vantad=vantad),
        modell,
        avsandare=_sender(vardgivare, kallsystem, by),
        kropp={"id": extern_id, "skal": skal},
        at=at,
        fran=fran,
    )


def every_provider() -> frozenset[int]:
    """Return the providers that the region may report for: all of them."""
    return frozenset(Vardgivare.objects.values_list("pk", flat=True))


def as_reported(rad: Deltagande | Aktivitet) -> Del | Insats:
    """Return what is registered as the value it was reported as."""
    if isinstance(rad, Aktivitet):
        return Insats(
            id=rad.extern_id,
            typ=rad.typ,
            avser=rad.avser,
            enhet=rad.enhet.kombika,
            dag=rad.dag,
            tid=rad.tid,
            minuter=rad.minuter,
            yrkeskategori=rad.yrkeskategori,
            patient_id=rad.patient_id,
            diagnoser=tuple(rad.diagnoser),
            atgarder=tuple(rad.atgarder),
        )
    return Del(
        id=rad.extern_id,
        enhet=rad.enhet.kombika,
        dag=rad.dag,
        tid=rad.tid,
        minuter=rad.minuter,
        roll=rad.roll,
        yrkeskategorier=tuple(rad.yrkeskategorier),
        atgarder=tuple(rad.atgarder),
        patient_id=rad.patient_id,
        huvud_enhet=rad.huvud_enhet.kombika if rad.huvud_enhet is not None else "",
        huvud_kallsystem=rad.tillfalle.huvud_kallsystem if rad.tillfalle is not None else "",
        huvud_vardhandelse_id=(
            rad.tillfalle.huvud_vardhandelse_id if rad.tillfalle is not None else ""
        ),
    )


def _sender(vardgivare: Collection[int], kallsystem: str, by: Any) -> Avsandare:
    ids = frozenset(vardgivare)
    return Avsandare(
        konto_id=None,
        anvandare_id=by.pk,
        anvandare=by.get_username(),
        kallsystem=kallsystem,
        rapport=ids,
        synliga=ids,
    )


def _send(
    rapport: Rapport,
    modell: type[Deltagande] | type[Aktivitet],
    *,
    avsandare: Avsandare,
    kropp: dict[str, Any],
    at: datetime,
    fran: str,
) -> Besked:
    beskeden: list[Besked] = []

    def answer(besked: Besked) -> Svar:
        beskeden[:] = [besked]
        return Svar(status=besked.status, kropp=b"{}")

    bytes_ = msgspec.json.encode(kropp)
    svar = samverkan.receive(
        rapport,
        modell,
        avsandare=avsandare,
        begaran=Begaran(
            uuid=UUID(str(uuid_utils.uuid7())),
            metod={"SKAPA": "POST", "RATTA": "PUT"}.get(rapport.avsikt, "DELETE"),
            resurs=_RESURS[fran],
            mediatyp="application/json",
            nyckel=None,
            kropp=bytes_,
            sha256=hashlib.sha256(bytes_).digest(),
            mottagen=at,
        ),
        today=localdate(at),
        utforma=answer,
    )
    if isinstance(svar, Hinder) or not beskeden:
        raise UnableToReport("Det gick inte att spara just nu. Försök igen.")
    return beskeden[0]
