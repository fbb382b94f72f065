"""What waits for the region's own people in HEJ."""

from datetime import date

import msgspec
from django.db import connection

from ersattning.hej.models import Prislista
from gvr.queries import publiceringar
from gvr.queries.publiceringar import Vantande


class Vantan(msgspec.Struct, frozen=True, kw_only=True):
    """Contacts that wait for the same thing: how many, of how many providers, since which day."""

    vantar_pa: str
    orsak: str
    antal: int
    vardgivare: int
    forsta_dag: date
    sista_dag: date


def waiting(*, limit: int = 200) -> tuple[Vantan, ...]:
    """Return what contacts wait for, most first; waiting contacts have an index of their own."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select vantar_pa, orsak, count(*), count(distinct vardgivare_id), min(dag), max(dag)"
            " from hej_kontaktlage where utfall = 'VANTAR' group by 1, 2"
            " order by 3 desc, 1 limit %s",
            [limit],
        )
        return tuple(
            Vantan(
                vantar_pa=vantar_pa,
                orsak=orsak,
                antal=antal,
                vardgivare=vardgivare,
                forsta_dag=forsta,
                sista_dag=sista,
            )
            for vantar_pa, orsak, antal, vardgivare, forsta, sista in cursor.fetchall()
        )


def for_approval() -> tuple[Vantande, ...]:
    """Return price lists that are handed in or approved but not yet published."""
    return publiceringar.waiting(Prislista.objects.all(), "hej_prislista", "Prislista")
