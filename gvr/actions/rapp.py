"""What a provider's person registers, corrects and cancels by hand: through the senders' own door.

The same checks, versions, receipts and work for the money engine as for a journal system. What is
refused is told to the person at the form, who mends it there; it is not kept as an Avvisning.
"""

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import uuid_utils
from django.db import transaction
from django.utils.timezone import localdate

from gvr.actions import reservnummer, vardkontakter
from gvr.actions.leveranser import Avsandare, Begaran, Hinder, Svar
from gvr.actions.rattelser import settled
from gvr.actions.reservnummer import Besked
from gvr.actions.vardkontakter import OFORANDRAD, Resultat
from gvr.core.mottagning import Avsikt, Inkommet, checksum
from gvr.core.rapp import system_of
from gvr.core.reservnummer import Koppling, Uppgifter
from gvr.core.vardkontakt import Innehall
from gvr.queries.behorighet import as_region

RESURS = "/registrera/"


class Handlaggare(msgspec.Struct, frozen=True, kw_only=True):
    """A person at work for a provider."""

    anvandare: Any
    vardgivare_id: int


class UnableNow(Exception):
    """The database had other things to do; the same form may be sent again."""


class _TakeBack(Exception):
    """Undo what a refused form would have left behind."""


def rehearse(
    innehall: Innehall, *, vardhandelse_id: str, vantad: int | None, by: Handlaggare, at: datetime
) -> Resultat:
    """Return what would become of the contact, with every finding and what it would earn.

    `vantad` is the version that would be replaced, None for a new contact. Writes nothing.
    """
    avsikt = Avsikt.SKAPA if vantad is None else Avsikt.RATTA
    inkommet = _arrived(avsikt, vardhandelse_id, innehall, vantad, "")
    return _receive(inkommet, by=by, at=at, torrkorning=True)


def register(
    innehall: Innehall, *, vardhandelse_id: str, by: Handlaggare, at: datetime
) -> Resultat:
    """Register a new contact. The same id and content again is OFORANDRAD and changes nothing.

    A result outside `vardkontakter.ACCEPTERADE` left nothing behind; its findings say why.
    """
    inkommet = _arrived(Avsikt.SKAPA, vardhandelse_id, innehall, None, "")
    return _receive(inkommet, by=by, at=at)


def correct(
    innehall: Innehall,
    *,
    vardhandelse_id: str,
    vantad: int,
    orsak: str,
    by: Handlaggare,
    at: datetime,
) -> Resultat:
    """Add a version with this content in the place of version `vantad`."""
    inkommet = _arrived(Avsikt.RATTA, vardhandelse_id, innehall, vantad, orsak)
    return _receive(inkommet, by=by, at=at)


def cancel(
    *, vardhandelse_id: str, vantad: int, orsak: str, by: Handlaggare, at: datetime
) -> Resultat:
    """Withdraw the contact: a cancelled version in the place of version `vantad`."""
    inkommet = _arrived(Avsikt.MAKULERA, vardhandelse_id, None, vantad, orsak)
    return _receive(inkommet, by=by, at=at)


def _arrived(
    avsikt: Avsikt,
    vardhandelse_id: str,
    innehall: Innehall | None,
    vantad: int | None,
    orsak: str,
) -> Inkommet:
    if innehall is not None:
        innehall = settled(innehall)
    return Inkommet(
        plats=0,
        avsikt=avsikt,
        vardhandelse_id=vardhandelse_id,
        innehall=innehall,
        summa=b"" if innehall is None else checksum(innehall, None),
        vantad=vantad,
        orsak=orsak.strip(),
    )


def _receive(
    inkommet: Inkommet, *, by: Handlaggare, at: datetime, torrkorning: bool = False
) -> Resultat:
    utfall: list[Resultat] = []

    def answer(resultat: Sequence[Resultat], stoppat: bool) -> Svar:  # noqa: FBT001
        del stoppat
        utfall[:] = resultat
        return Svar(status=resultat[0].status, kropp=b"{}")

    # The door widens what the transaction sees; a page must be as narrow afterwards as before.
    with as_region():
        try:
            with transaction.atomic():
                svar = vardkontakter.receive(
                    [inkommet],
                    avsandare=_sender(by),
                    begaran=_request(inkommet, at),
                    today=localdate(at),
                    utforma=answer,
                    torrkorning=torrkorning,
                )
                if isinstance(svar, Hinder) or not utfall:
                    raise UnableNow
                if not torrkorning and not kept(utfall[0]):
                    raise _TakeBack
        except _TakeBack:
            pass
    return utfall[0]


def kept(resultat: Resultat) -> bool:
    """Say whether the contact is registered as it was sent: now, or already before."""
    return resultat.utfall in vardkontakter.ACCEPTERADE - {vardkontakter.TEST}


def unchanged(resultat: Resultat) -> bool:
    """Say whether the contact was already registered like this."""
    return resultat.utfall == OFORANDRAD


def issue_number(uppgifter: Uppgifter, *, by: Handlaggare, at: datetime) -> Besked:
    """Issue a reservnummer to the provider."""
    return _deliver_number(
        lambda begaran, utforma: reservnummer.issue(
            uppgifter,
            vardgivare_id=by.vardgivare_id,
            avsandare=_sender(by),
            begaran=begaran,
            today=localdate(at),
            utforma=utforma,
        ),
        uppgifter,
        at,
    )


def tie_number(koppling: Koppling, *, by: Handlaggare, at: datetime) -> Besked:
    """Tie a reservnummer to a personnummer, or withdraw the tie."""
    return _deliver_number(
        lambda begaran, utforma: reservnummer.tie(
            koppling,
            avsandare=_sender(by),
            begaran=begaran,
            today=localdate(at),
            utforma=utforma,
        ),
        koppling,
        at,
    )


def _deliver_number(
    work: Callable[[Begaran, reservnummer.Utforma], Svar | Hinder],
    dokument: msgspec.Struct,
    at: datetime,
) -> Besked:
    utfall: list[Besked] = []

    def answer(besked: Besked) -> Svar:
        utfall[:] = [besked]
        return Svar(status=besked.status, kropp=b"{}")

    with as_region():
        try:
            with transaction.atomic():
                svar = work(_begaran("POST", msgspec.json.encode(dokument), at), answer)
                if isinstance(svar, Hinder) or not utfall:
                    raise UnableNow
                if utfall[0].avvikelser:
                    raise _TakeBack
        except _TakeBack:
            pass
    return utfall[0]


def _sender(by: Handlaggare) -> Avsandare:
    egen = frozenset({by.vardgivare_id})
    return Avsandare(
        konto_id=None,
        anvandare_id=by.anvandare.pk,
        anvandare=by.anvandare.get_username(),
        kallsystem=system_of(by.vardgivare_id),
        rapport=egen,
        synliga=egen,
    )


def _request(inkommet: Inkommet, at: datetime) -> Begaran:
    """Return the delivery that the form is kept as."""
    dokument: dict[str, Any] = {"vardhandelseId": inkommet.vardhandelse_id}
    if inkommet.innehall is not None:
        dokument |= msgspec.to_builtins(inkommet.innehall)
    if inkommet.orsak:
        dokument["orsak"] = inkommet.orsak
    return _begaran(_METOD[inkommet.avsikt], msgspec.json.encode(dokument), at)


def _begaran(metod: str, kropp: bytes, at: datetime) -> Begaran:
    return Begaran(
        uuid=UUID(str(uuid_utils.uuid7())),
        metod=metod,
        resurs=RESURS,
        mediatyp="application/json",
        nyckel=None,
        kropp=kropp,
        sha256=hashlib.sha256(kropp).digest(),
        mottagen=at,
    )


_METOD = {Avsikt.SKAPA: "POST", Avsikt.RATTA: "PUT", Avsikt.MAKULERA: "DELETE"}
