"""Which senders have gone quiet, each judged by its own learnt rhythm."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from django.db import connection

from gvr.core import rytm
from gvr.core.rytm import Vana
from gvr.models import Rytm


def times(*, fran: datetime) -> Mapping[int, Sequence[datetime]]:
    """Return when each account that is not stopped has delivered since `fran`, oldest first.

    Deliveries within five minutes are one. Needs a context that shows every delivery.
    """
    steg = f"{rytm.STEG.total_seconds():.0f} seconds"
    with connection.cursor() as cursor:
        cursor.execute(
            "select l.maskinkonto_id, array_agg(distinct date_bin(%s::interval, l.mottagen, %s)"
            "   order by date_bin(%s::interval, l.mottagen, %s))"
            " from gvr_leverans l join gvr_maskinkonto k on k.id = l.maskinkonto_id"
            " where l.mottagen >= %s group by l.maskinkonto_id",
            [steg, fran, steg, fran, fran],
        )
        return dict(cursor.fetchall())


def learnt() -> Mapping[int, Vana]:
    """Return the learnt rhythm of each account that has one."""
    return {
        pk: msgspec.convert(vana, Vana)
        for pk, vana in Rytm.objects.values_list("maskinkonto_id", "vana")
    }
