"""How a receipt reads outside the house: one form, in the feed and in a webhook."""

from collections.abc import Sequence
from datetime import date
from typing import Final

import msgspec
from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.timezone import localdate

# Each registers codes that a receipt may carry.
from gvr.core import anropsfel as _anrop  # noqa: F401
from gvr.core import kontroll as _kontroll  # noqa: F401
from gvr.core import samverkansfel as _samverkan  # noqa: F401
from gvr.core import vantetidsfel as _vantetid  # noqa: F401
from gvr.core import vardperiodsfel as _vardperiod  # noqa: F401
from gvr.core import vardtillfallesfel as _vardtillfalle  # noqa: F401
from gvr.core.avvikelse import camel
from gvr.core.felkatalog import FELKATALOG
from gvr.models import Kvittens as Kvittensrad

#: The outcomes that keep a contact from being paid until somebody acts. Nobody has to act on K4.
_ATT_GORA: Final = {"K2": frozenset({"PARKERAD"}), "K3": frozenset({"VANTAR", "FEL"})}


class Kvittens(msgspec.Struct, kw_only=True, omit_defaults=True, rename="camel"):
    """One receipt. Level K2 is the register, K3 the reimbursement, K4 the invoice.

    `ersatter` is the receipt of the same contact and level that no longer holds. `senast` is the
    last day, until 24.00, to do what `atgard` says for the contact to come on the invoice of the
    month that the receipt is from; given when the provider or its system is to do it.
    """

    sekvens: int
    vardhandelse_id: str
    uuid: str
    version: int
    niva: str
    utfall: str
    tid: str
    kod: str = ""
    belopp: str | None = None
    ersatter: int | None = None
    pekare: str = ""
    atgard: str = ""
    agare: str = ""
    senast: str | None = None


class Kvittenser(msgspec.Struct, kw_only=True, omit_defaults=True, rename="camel"):
    """A page of the feed; ask again with `efter` = `nasta`."""

    kvittenser: Sequence[Kvittens]
    nasta: int
    fler: bool


def as_kvittens(rad: Kvittensrad) -> Kvittens:
    """Return a receipt, with what is to be done, by whom, and the receipt it replaces."""
    atgard, agare = action(rad.kod)
    return Kvittens(
        ersatter=getattr(rad, "ersatter", None),
        pekare=_pointer(rad),
        atgard=atgard,
        agare=agare,
        senast=_last_day(rad, agare),
        sekvens=rad.sekvens,
        vardhandelse_id=rad.vardkontakt.vardhandelse_id,
        uuid=str(rad.vardkontakt.uuid),
        version=rad.version,
        niva=rad.niva,
        utfall=rad.utfall,
        tid=rad.tid.isoformat(),
        kod=rad.kod,
        belopp=None if rad.belopp is None else str(rad.belopp),
    )


def action(kod: str) -> tuple[str, str]:
    """Return what is to be done about a code, and who does it; nothing for what needs nothing."""
    post = FELKATALOG.get(kod)
    if post is not None:
        return post.atgard, post.agare
    orsak = import_string(settings.CHAIN_REASONS).get(kod)
    return (orsak.atgard, orsak.agare) if orsak is not None else ("", "")


def _last_day(rad: Kvittensrad, agare: str) -> str | None:
    """Return the deadline that lay ahead when the receipt was given, where somebody outside the
    region has something to do before the contact can be paid."""
    if agare in ("", "REGION") or rad.utfall not in _ATT_GORA.get(rad.niva, ()):
        return None
    frist = import_string(settings.CHAIN_DEADLINE)(localdate(rad.tid))
    dag: date = frist.dag
    return dag.isoformat()


def _pointer(rad: Kvittensrad) -> str:
    """Return where in the contact the code of a K2 receipt points."""
    if rad.niva != "K2" or not rad.kod:
        return ""
    anmarkningar = getattr(rad, "anmarkningar", None) or []
    return next((camel(a["pekare"]) for a in anmarkningar if a["kod"] == rad.kod), "")
