"""Learning the rhythm of every sender anew from its deliveries."""

from datetime import datetime, timedelta

import msgspec
from django.utils.timezone import localdate

from gvr.core import rytm
from gvr.models import Rytm
from gvr.queries import kalender
from gvr.queries import rytm as rytmfragor
from gvr.queries.behorighet import databaskontext


def learn(*, at: datetime) -> int:
    """Learn from the last four weeks and return how many senders have a rhythm.

    A sender that has been quiet for so long that it has too few deliveries keeps what was learnt.
    """
    helgdagar = kalender.around(localdate(at))
    with databaskontext(alla=True):
        vanor = {
            konto_id: rytm.learn(tider, at=at, helgdagar=helgdagar)
            for konto_id, tider in rytmfragor.times(fran=at - timedelta(days=rytm.DAGAR)).items()
        }
        rader = [
            Rytm(maskinkonto_id=konto_id, vana=msgspec.to_builtins(vana), lard=at)
            for konto_id, vana in vanor.items()
            if vana is not None
        ]
        Rytm.objects.bulk_create(
            rader,
            update_conflicts=True,
            unique_fields=["maskinkonto"],
            update_fields=["vana", "lard"],
        )
    return len(rader)
