"""Who sends the provider's contacts, how often, and how much of it is refused."""

from datetime import datetime

import msgspec

from avstamning.core import ord as ordval
from avstamning.core import tystnad
from avstamning.core.tystnad import Leveransrytm
from avstamning.queries.oversikt import LYSSNA
from gvr.queries import portal, webhookar
from gvr.queries.behorighet import as_region
from gvr.queries.portal import Avsandare, Synfalt
from gvr.queries.webhookar import Mottagare


class Avsandarrad(msgspec.Struct, frozen=True, kw_only=True):
    """A sender with its rhythm, the share refused in thirty days, and whom it lets be told."""

    avsandare: Avsandare
    rytm: Leveransrytm | None
    andel_avvisade: str
    mottagare: tuple[Mottagare, ...]


def senders(synfalt: Synfalt, *, at: datetime) -> tuple[Avsandarrad, ...]:
    """Return the systems that have reported in the last thirty days."""
    rader = portal.senders(synfalt, fran=at - LYSSNA)
    with as_region():
        mottagare = webhookar.of_systems([rad.kallsystem for rad in rader])
    return tuple(
        Avsandarrad(
            avsandare=rad,
            rytm=tystnad.rhythm(rad.tider, at=at) if rad.tider else None,
            andel_avvisade=ordval.share(rad.avvisade, rad.registrerade + rad.avvisade),
            mottagare=tuple(mottagare.get(rad.kallsystem, ())),
        )
        for rad in rader
    )
