"""Who sends the provider's contacts, how often, and how much of it is refused."""

from datetime import datetime

import msgspec

from avstamning.core import ord as ordval
from avstamning.core import tystnad
from avstamning.core.tystnad import Leveransrytm
from avstamning.queries.oversikt import LYSSNA
from gvr.queries import portal
from gvr.queries.portal import Avsandare, Synfalt


class Avsandarrad(msgspec.Struct, frozen=True, kw_only=True):
    """A sender with its rhythm and the share that was refused in the last thirty days."""

    avsandare: Avsandare
    rytm: Leveransrytm | None
    andel_avvisade: str


def senders(synfalt: Synfalt, *, at: datetime) -> tuple[Avsandarrad, ...]:
    """Return the systems that have reported in the last thirty days."""
    return tuple(
        Avsandarrad(
            avsandare=rad,
            rytm=tystnad.rhythm(rad.tider, at=at) if rad.tider else None,
            andel_avvisade=ordval.share(rad.avvisade, rad.registrerade + rad.avvisade),
        )
        for rad in portal.senders(synfalt, fran=at - LYSSNA)
    )
