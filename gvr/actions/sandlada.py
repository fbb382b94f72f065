"""Emptying an account's sandbox: everything is cancelled, and the account begins anew."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
import uuid_utils.compat as uuid
from django.db import transaction
from django.utils.timezone import localdate

from gvr.actions import andringar, vardkontakter
from gvr.actions.leveranser import Avsandare, Begaran, Svar
from gvr.actions.vardkontakter import Resultat
from gvr.core.mottagning import Avsikt, Inkommet
from gvr.core.sandlada import next_generation
from gvr.models import Maskinkonto
from gvr.queries import vardkontakter as registrerade
from gvr.queries.behorighet import databaskontext

CHUNK: Final = 1000
ORSAK: Final = "Sandlådan återställd"


class Aterstallt(msgspec.Struct, frozen=True, kw_only=True):
    """What was done: the source system's new name, and how many contacts were cancelled."""

    kallsystem: str
    makulerade: int


def reset(avsandare: Avsandare, *, begaran_id: UUID, at: datetime) -> Aterstallt:
    """Cancel every contact of the account and give its source system a new generation.

    Tables are only added to, so nothing is removed: money goes to nought by its own reversals, and
    the account no longer sees what belongs to the old generation.
    """
    makulerade = 0
    while ids := registrerade.not_cancelled(avsandare.kallsystem, limit=CHUNK):
        vardkontakter.receive(
            [
                Inkommet(
                    plats=plats,
                    avsikt=Avsikt.MAKULERA,
                    vardhandelse_id=vardhandelse_id,
                    makulerad=True,
                    orsak=ORSAK,
                )
                for plats, vardhandelse_id in enumerate(ids)
            ],
            avsandare=avsandare,
            begaran=_request(begaran_id if makulerade == 0 else uuid.uuid7(), at),
            today=localdate(at),
            utforma=_as_answer,
        )
        makulerade += len(ids)
    ny = next_generation(avsandare.kallsystem)
    with databaskontext(alla=True), transaction.atomic():
        konto = Maskinkonto.objects.select_for_update().get(kallsystem=avsandare.kallsystem)
        andringar.sign(by=konto.anvandare, skal=ORSAK)
        konto.kallsystem = ny
        konto.save(update_fields=["kallsystem"])
    return Aterstallt(kallsystem=ny, makulerade=makulerade)


def _request(begaran_id: UUID, at: datetime) -> Begaran:
    return Begaran(
        uuid=begaran_id,
        metod="POST",
        resurs="/api/v1/sandlada/aterstallning",
        mediatyp="",
        nyckel=None,
        kropp=b"",
        sha256=hashlib.sha256(b"").digest(),
        mottagen=at,
    )


def _as_answer(resultat: Sequence[Resultat], stoppat: bool) -> Svar:  # noqa: FBT001 - the seam's form
    return Svar(status=200, kropp=msgspec.json.encode({"antal": len(resultat)}))
