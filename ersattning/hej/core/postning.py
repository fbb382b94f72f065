"""Postning: the money lines that take a contact from what it has been paid to what it should be.

Posts are only ever added. A line that is no longer right is reversed by a post that repeats it
with the sign turned and points at it, and the right line is added beside it. The same function
serves the first price, a correction, a cancellation, a new price list and a new rule.
"""

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal

import msgspec

from ersattning.hej.core.prissattning import Prisrad
from gvr.core.period import Manad


class Postrad(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a money line shows on an invoice. Two lines are the same when all of this is the same.

    Kronor with whole öre; `belopp` is `antal` times `apris`. `vardmanad` is the month of care.
    """

    avtal_id: int
    enhet_id: int
    produktkod: str
    typ: str  # GRUND | TILLAGG | AVDRAG
    antal: int
    apris: Decimal
    belopp: Decimal
    vardmanad: Manad


class Postad(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A post that exists and still counts: it is no reversal, and nothing has reversed it."""

    id: int
    rad: Postrad


class NyPost(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A post to add: a new line, or the reversal of the post whose id is `aterfor`."""

    rad: Postrad
    aterfor: int | None = None


def target(
    rader: Iterable[Prisrad], *, avtal_id: int, enhet_id: int, vardmanad: Manad
) -> tuple[Postrad, ...]:
    """Return the lines that a contact with these priced rows should have."""
    return tuple(
        Postrad(
            avtal_id=avtal_id,
            enhet_id=enhet_id,
            produktkod=rad.produktkod,
            typ=rad.typ,
            antal=rad.antal,
            apris=rad.apris,
            belopp=rad.belopp,
            vardmanad=vardmanad,
        )
        for rad in rader
    )


def difference(postade: Iterable[Postad], mal: Iterable[Postrad]) -> tuple[NyPost, ...]:
    """Return the posts that make what is posted equal to the target; nothing when it already is.

    1. Pair each standing post with an equal line of the target, one to one: those stay.
    2. Reverse the posts without a pair, in the order they were given.
    3. Add the lines of the target without a pair, in the order they first came.

    The sum of `postade` plus the sum of the answer is the sum of `mal`, always.
    """
    wanted = Counter(mal)
    reversals = []
    for post in postade:
        if wanted[post.rad] > 0:
            wanted[post.rad] -= 1
        else:
            reversals.append(NyPost(rad=_reversed(post.rad), aterfor=post.id))
    new = [NyPost(rad=rad) for rad in wanted.elements()]
    return (*reversals, *new)


def _reversed(rad: Postrad) -> Postrad:
    """Return the line with its sign turned: the quantity and the amount, never the unit price."""
    return msgspec.structs.replace(rad, antal=-rad.antal, belopp=-rad.belopp)
