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

    @classmethod
    def of(cls, anrop: Anrop) -> "Plats":
        """Return the place of a row."""
        return cls(anrop.tid, anrop.uuid)


class Detalj(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery with its body masked (None when it cannot be shown) and the answer it got."""

    anrop: Anrop
    kropp: str | None
    svar: Any


def of_account(
    konto_id: int,
    *,
    fore: datetime | Plats | None = None,
    fran: datetime | None = None,
    status: tuple[int, int] | None = None,
    antal: int = 100,
) -> Sequence[Anrop]:
    """Return an account's requests, newest first: before `fore`, since `fran`, with a status in
    [first, last].

    Before a Plats are the older rows and, of the same instant, those that stand after it.
    """
    villkor: dict[str, Any] = {"maskinkonto_id": konto_id}
    if status is not None:
        villkor["status__range"] = status
    with databaskontext(alla=True):
        lagrade = [
            _delivery(*rad)
            for rad in _between(Leverans.objects.filter(**villkor), "mottagen", fore, fran)
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
            for rad in _between(Nekatanrop.objects.filter(**villkor), "tid", fore, fran).order_by(
                "-tid", "-uuid"
            )[:antal]
        ]
    return sorted([*lagrade, *nekade], key=lambda rad: (rad.tid, rad.uuid), reverse=True)[:antal]


def _between(
    rader: QuerySet[Rad], falt: str, fore: datetime | Plats | None, fran: datetime | None
) -> QuerySet[Rad]:
    if fran is not None:
        rader = rader.filter(**{f"{falt}__gte": fran})
    if isinstance(fore, Plats):
        return rader.filter(**{f"{falt}__lte": fore.tid}).exclude(
            **{falt: fore.tid, "uuid__gte": fore.uuid}
        )
    return rader if fore is None else rader.filter(**{f"{falt}__lt": fore})


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
