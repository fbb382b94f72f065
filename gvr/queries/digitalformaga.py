"""Digital förmåga: who must be connected to the service for samverkan, and who has been seen there.

A contract is connected when a journal system has reported a deltagande or an aktivitet under it.
What people write in a form is no connection. Source: Vårdgivarguiden, "GVR-tjänst för samverkan".
"""

from datetime import date

import msgspec
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Greatest, Least

from gvr.core.rapp import FORLED
from gvr.models import Aktivitet, Deltagande, Formagekrav
from gvr.queries.behorighet import as_region
from gvr.queries.register import period


class Krav(msgspec.Struct, frozen=True, kw_only=True):
    """A requirement that nothing has been seen of: the contract, its area, the first day."""

    ada_nummer: str
    avtalsomrade: str
    fr_o_m: date
    galler: bool


def with_traffic(rader: QuerySet[Formagekrav]) -> QuerySet[Formagekrav]:
    """Add `forst_sedd` and `senast_sedd`: when a journal system first and last reported."""
    return rader.annotate(
        forst_sedd=Least(_seen(Deltagande, "registrerad"), _seen(Aktivitet, "registrerad")),
        senast_sedd=Greatest(_seen(Deltagande, "-registrerad"), _seen(Aktivitet, "-registrerad")),
    )


def unmet(vardgivare_id: int, *, day: date) -> tuple[Krav, ...]:
    """Return what the provider's contracts ask, now or from a later day, and has not been seen.

    Seen as the region: a visitor who sees some of the units must not be told that nobody reports.
    """
    with as_region():
        rader = with_traffic(
            Formagekrav.objects.filter(
                Q(giltig__endswith=None) | Q(giltig__endswith__gt=day),
                avtal__vardgivare_id=vardgivare_id,
            )
        )
        return tuple(
            Krav(
                ada_nummer=rad.avtal.ada_nummer,
                avtalsomrade=rad.avtal.avtalsomrade.namn,
                fr_o_m=period(rad.giltig).fr_o_m,
                galler=period(rad.giltig).contains(day),
            )
            for rad in rader.filter(Q(forst_sedd=None))
            .select_related("avtal__avtalsomrade")
            .order_by("giltig", "avtal__ada_nummer")
        )


def _seen(modell: type[Deltagande] | type[Aktivitet], ordning: str) -> Subquery:
    rader = modell._default_manager.filter(avtal=OuterRef("avtal")).exclude(
        kallsystem__startswith=FORLED
    )
    return Subquery(rader.order_by(ordning).values("registrerad")[:1])
