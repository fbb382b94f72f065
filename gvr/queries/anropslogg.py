"""What a sender has sent and how it went: deliveries, and requests that never became one.

For the API (`GET /api/v1/anropslogg`) and for a developers' page: call `of_account` with the
account's id and show the rows; `detail` gives one delivery with its body masked. Both see one
account only, and neither shows a patient, a name or a diagnosis.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from django.db.models import Model, QuerySet

from gvr.core.fritext import mask_identities
from gvr.core.maskning import masked_body
from gvr.models import Leverans, Nekatanrop
from gvr.queries.behorighet import databaskontext

Rad = TypeVar("Rad", bound=Model)


class Anrop(msgspec.Struct, frozen=True, kw_only=True):
    """A request: `leverans` says whether it was stored; `antal` contacts of which some refused."""

    uuid: UUID
    tid: datetime
    metod: str
    resurs: str
    status: int
    kod: str = ""
    leverans: bool = True
    antal: int = 0
    avvisade: int = 0


class Plats(msgspec.Struct, frozen=True):
    """A row's place in the log: the time, and the id that tells rows of one instant apart."""

    tid: datetime
    uuid: UUID


class Detalj(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery with its body masked (None when it cannot be shown) and the answer it got."""

    anrop: Anrop
    kropp: str | None
    svar: Any


def of_account(
    konto_id: int,
    *,
    fore: datetime | None = None,
    efter: Plats | None = None,
    fran: datetime | None = None,
    status: tuple[int, int] | None = None,
    antal: int = 100,
) -> Sequence[Anrop]:
    """Return an account's requests, newest first: before `fore`, since `fran`, with a status in
    [first, last].

    After a place (`efter`) are the older rows and, of the same instant, those with a lower id.
    """
    villkor: dict[str, Any] = {"maskinkonto_id": konto_id}
    if status is not None:
        villkor["status__range"] = status
    with databaskontext(alla=True):
        lagrade = [
            _delivery(*rad)
            for rad in _between(Leverans.objects.filter(**villkor), "mottagen", (fore, efter, fran))
            .order_by("-mottagen", "-uuid")
            .values_list(
                "uuid", "mottagen", "metod", "resurs", "status", "antal", "antal_avvisade"
            )[:antal]
        ]
        nekade = [
            Anrop(
                uuid=rad.uuid,
                tid=rad.tid,
                metod=rad.metod,
                resurs=rad.resurs,
                status=rad.status,
                kod=rad.kod,
                leverans=False,
            )
            for rad in _between(
                Nekatanrop.objects.filter(**villkor), "tid", (fore, efter, fran)
            ).order_by("-tid", "-uuid")[:antal]
        ]
    return sorted([*lagrade, *nekade], key=lambda rad: (rad.tid, rad.uuid), reverse=True)[:antal]


def place_of(konto_id: int, uuid: UUID) -> Plats | None:
    """Return where one of the account's requests stands; None when it has none with this id."""
    with databaskontext(alla=True):
        tid = (
            Leverans.objects.filter(maskinkonto_id=konto_id, uuid=uuid)
            .values_list("mottagen", flat=True)
            .first()
            or Nekatanrop.objects.filter(maskinkonto_id=konto_id, uuid=uuid)
            .values_list("tid", flat=True)
            .first()
        )
    return None if tid is None else Plats(tid, uuid)


def _between(
    rader: QuerySet[Rad],
    falt: str,
    granser: tuple[datetime | None, Plats | None, datetime | None],
) -> QuerySet[Rad]:
    fore, efter, fran = granser
    if fran is not None:
        rader = rader.filter(**{f"{falt}__gte": fran})
    if fore is not None:
        rader = rader.filter(**{f"{falt}__lt": fore})
    if efter is None:
        return rader
    return rader.filter(**{f"{falt}__lte": efter.tid}).exclude(
        **{falt: efter.tid, "uuid__gte": efter.uuid}
    )


def detail(konto_id: int, uuid: UUID) -> Detalj | None:
    """Return one of the account's deliveries; None when it has none with this id."""
    with databaskontext(alla=True):
        rad = Leverans.objects.filter(maskinkonto_id=konto_id, uuid=uuid).first()
    if rad is None:
        return None
    try:
        svar = msgspec.json.decode(bytes(rad.svar))
    except msgspec.DecodeError:
        svar = None
    anrop = _delivery(
        rad.uuid, rad.mottagen, rad.metod, rad.resurs, rad.status, rad.antal, rad.antal_avvisade
    )
    kod = svar.get("kod", "") if isinstance(svar, dict) else ""
    return Detalj(
        anrop=msgspec.structs.replace(anrop, kod=kod),
        kropp=masked_body(bytes(rad.kropp)),
        svar=svar,
    )


def _delivery(
    uuid: UUID, tid: datetime, metod: str, resurs: str, status: int, antal: int, avvisade: int
) -> Anrop:
    return Anrop(
        uuid=uuid,
        tid=tid,
        metod=metod,
        resurs=mask_identities(resurs),
        status=status,
        antal=antal,
        avvisade=avvisade,
    )
