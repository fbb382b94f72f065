"""A person decides what has waited too long: try it again, or no payment, with the reason."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from ersattning.hej.queries import parkerade
from gvr.actions import arenden


@transaction.atomic
def offer_again(*, vantar_pa: str, orsak: str, at: datetime) -> int:
    """Let every contact that waits for one thing be decided again; return how many."""
    ids = parkerade.contacts(vantar_pa, orsak)
    arenden.enqueue(ids, at=at)
    arenden.ring()
    return len(ids)


@transaction.atomic
def settle(*, vantar_pa: str, orsak: str, skal: str, by: Any, at: datetime) -> int:
    """Settle that those which have waited too long for one thing give no payment.

    Each gets a row with the reason, and a decision of its own when it is tried next: nothing is
    dropped, and money that was posted before is reversed. Younger ones go on waiting. Returns how
    many. A correction of a contact is judged anew.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into hej_avgorande"
            " (vardkontakt_id, version, galler, vantade_pa, skal, avgjort_av, tid)"
            " select l.vardkontakt_id, l.version, true, l.vantar_pa, %s, %s, %s"
            " from hej_kontaktlage l join gvr_vardkontaktversion v"
            "  on v.vardkontakt_id = l.vardkontakt_id and v.version = l.version"
            " where l.utfall = 'VANTAR' and l.vantar_pa = %s and l.orsak = %s"
            "  and v.registrerad <= %s"
            " returning vardkontakt_id",
            [skal, by.get_username(), at, vantar_pa, orsak, parkerade.limit(at)],
        )
        ids = [pk for (pk,) in cursor.fetchall()]
    return _try(ids, at)


@transaction.atomic
def take_back(*, avgjort_av: str, tid: datetime, skal: str, by: Any, at: datetime) -> int:
    """Take back what one person settled at one time; the contacts are decided again."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into hej_avgorande"
            " (vardkontakt_id, version, galler, vantade_pa, skal, avgjort_av, tid)"
            " select vardkontakt_id, version, false, vantade_pa, %s, %s, %s from hej_avgorande a"
            " where galler and avgjort_av = %s and tid = %s and not exists ("
            "  select from hej_avgorande n"
            "  where n.vardkontakt_id = a.vardkontakt_id and n.id > a.id)"
            " returning vardkontakt_id",
            [skal, by.get_username(), at, avgjort_av, tid],
        )
        ids = [pk for (pk,) in cursor.fetchall()]
    return _try(ids, at)


def _try(ids: Sequence[int], at: datetime) -> int:
    arenden.enqueue(ids, at=at)
    arenden.ring()
    return len(ids)
