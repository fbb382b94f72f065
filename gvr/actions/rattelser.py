"""Corrections by the region's own hand: a new version through the same door as a sender's.

Nothing is edited. The correction is checked like any report, names the version that was read, and
says why; the sender sees it in its feed of receipts. A number or day of the patient is never part
of the reason.
"""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import msgspec
import uuid_utils
from django.db import transaction
from django.utils.timezone import localdate

from gvr.actions import vardkontakter
from gvr.actions.leveranser import Avsandare, Begaran, Hinder, Svar
from gvr.actions.vardkontakter import Resultat
from gvr.core.avvikelse import Avvikelse
from gvr.core.fritext import contains_identity
from gvr.core.kontroll import check
from gvr.core.mottagning import Avsikt, Inkommet, checksum, identify
from gvr.core.vardkontakt import Innehall
from gvr.models import Vardgivare, Vardkontakt, Vardkontaktversion
from gvr.queries import koder, kontakter
from gvr.queries.kontakter import Registrerad

#: The code lists of a contact whose details are kept beside them in `detaljer`.
_LISTOR: Final = ("yrkeskategorier", "diagnoser", "atgarder", "lakemedel", "tillstand", "produkter")


class UnableToCorrect(Exception):
    """The correction was not made; the text says why."""


class Verkan(msgspec.Struct, frozen=True, kw_only=True):
    """What a correction would lead to. `fynd` is what the checks say of the new content.

    `fore` and `efter` are verdicts of the money engine (see `ersattning.kedja.verdicts`).
    """

    fore: dict[str, Any]
    efter: dict[str, Any]
    fynd: tuple[Avvikelse, ...]


def newest(kontakt_id: int) -> Registrerad | None:
    """Return the newest version of the contact."""
    return next(iter(kontakter.newest([kontakt_id])), None)


def preview(kontakt_id: int, innehall: Innehall | None, *, at: datetime) -> Verkan:
    """Return the money before and after, and what the checks say. Writes nothing.

    `innehall` None is a cancellation. Raises UnableToCorrect when there is no such contact.
    """
    nu = _held(kontakt_id)
    domen = vardkontakter.chain_verdict()
    inget = {"utfall": "MAKULERAD", "orsak": "", "vantar_pa": "", "rader": [], "summa": "0.00"}
    fore = inget if nu.makulerad else domen([(nu.innehall, nu.nyckel, nu.produktantal)], at)[0]
    if innehall is None:
        return Verkan(fore=fore, efter=inget, fynd=())
    innehall = settled(innehall)
    antal = nu.produktantal if innehall.produkter == nu.innehall.produkter else ()
    return Verkan(
        fore=fore,
        efter=domen([(innehall, nu.nyckel, antal)], at)[0],
        fynd=check(innehall, koder=koder.current(), today=localdate(at)),
    )


def correct_manually(
    kontakt_id: int, innehall: Innehall, *, orsak: str, vantad: int, by: Any, at: datetime
) -> Resultat:
    """Add a version with this content. `vantad` is the version that was read.

    Raises UnableToCorrect when the reason is missing or holds an identity, when another version has
    come meanwhile, or when the checks stop the content.
    """
    innehall = settled(innehall)
    detaljer = _details(kontakt_id, vantad, innehall)
    return _register(
        kontakt_id,
        Avsikt.RATTA,
        innehall=innehall,
        detaljer=detaljer,
        orsak=orsak,
        vantad=vantad,
        by=by,
        at=at,
    )


def cancel_manually(kontakt_id: int, *, orsak: str, vantad: int, by: Any, at: datetime) -> Resultat:
    """Add a cancelled version: what was paid is taken back, the contact stays to be seen."""
    return _register(
        kontakt_id,
        Avsikt.MAKULERA,
        innehall=None,
        detaljer=None,
        orsak=orsak,
        vantad=vantad,
        by=by,
        at=at,
    )


def settled(innehall: Innehall) -> Innehall:
    """Return the content with the patient's number in twelve digits, birthday and sex from it."""
    nummer, fodd, kon = identify(
        innehall.patient_id, day=innehall.dag, fodd=innehall.fodd, kon=innehall.kon
    )
    return msgspec.structs.replace(innehall, patient_id=nummer, fodd=fodd, kon=kon)


def _held(kontakt_id: int) -> Registrerad:
    nu = newest(kontakt_id)
    if nu is None:
        raise UnableToCorrect("Vårdkontakten finns inte.")
    return nu


def _details(kontakt_id: int, version: int, innehall: Innehall) -> dict[str, Any] | None:
    """Return the details that still belong to the codes; those of a changed list are dropped."""
    fore = Vardkontaktversion.objects.filter(vardkontakt_id=kontakt_id, version=version).first()
    if fore is None or fore.detaljer is None:
        return None
    andrade = {namn for namn in _LISTOR if tuple(getattr(fore, namn)) != getattr(innehall, namn)}
    if "atgarder" in andrade:
        andrade.add("atgardsdagar")
    return {namn: varde for namn, varde in fore.detaljer.items() if namn not in andrade}


def _register(
    kontakt_id: int,
    avsikt: Avsikt,
    *,
    innehall: Innehall | None,
    detaljer: dict[str, Any] | None,
    orsak: str,
    vantad: int,
    by: Any,
    at: datetime,
) -> Resultat:
    orsak = orsak.strip()
    if not orsak:
        raise UnableToCorrect("Skriv varför vårdkontakten rättas.")
    if contains_identity(orsak):
        raise UnableToCorrect("Skälet ser ut att innehålla ett personnummer. Ta bort det.")
    kontakt = Vardkontakt.objects.filter(pk=kontakt_id).first()
    if kontakt is None:
        raise UnableToCorrect("Vårdkontakten finns inte.")
    inkommet = Inkommet(
        plats=0,
        avsikt=avsikt,
        vardhandelse_id=kontakt.vardhandelse_id,
        innehall=innehall,
        detaljer=detaljer,
        summa=b"" if innehall is None else checksum(innehall, detaljer),
        vantad=vantad,
        orsak=orsak,
        atgardsdagar=tuple(
            date.fromisoformat(dag) for dag in (detaljer or {}).get("atgardsdagar", ())
        ),
    )
    utfall: list[Resultat] = []

    def answer(resultat: Sequence[Resultat], stoppat: bool) -> Svar:  # noqa: FBT001
        del stoppat
        utfall[:] = resultat
        return Svar(status=resultat[0].status, kropp=b"{}")

    with transaction.atomic():
        svar = vardkontakter.receive(
            [inkommet],
            avsandare=_region(kontakt.kallsystem, by),
            begaran=_request(kontakt, avsikt, orsak, at),
            today=localdate(at),
            utforma=answer,
        )
        resultat = utfall[0] if utfall else None
        if isinstance(svar, Hinder) or resultat is None:
            raise UnableToCorrect("Rättelsen kunde inte göras just nu. Försök igen.")
        if resultat.utfall not in vardkontakter.ACCEPTERADE:
            raise UnableToCorrect(" ".join(a.text for a in resultat.avvikelser))
        if resultat.utfall == vardkontakter.OFORANDRAD:
            raise UnableToCorrect("Rättelsen ändrar ingenting.")
    return resultat


def _region(kallsystem: str, by: Any) -> Avsandare:
    """Return the region as the one who reports, in the sender's own series of ids."""
    alla = frozenset(Vardgivare.objects.values_list("pk", flat=True))
    return Avsandare(
        konto_id=None,
        anvandare_id=by.pk,
        anvandare=by.get_username(),
        kallsystem=kallsystem,
        rapport=alla,
        synliga=alla,
    )


def _request(kontakt: Vardkontakt, avsikt: Avsikt, orsak: str, at: datetime) -> Begaran:
    """Return the delivery that the correction is kept as."""
    kropp = msgspec.json.encode({"vardkontakt": str(kontakt.uuid), "orsak": orsak})
    return Begaran(
        uuid=UUID(str(uuid_utils.uuid7())),
        metod="PUT" if avsikt is Avsikt.RATTA else "DELETE",
        resurs="/admin/gvr/vardkontakt/",
        mediatyp="application/json",
        nyckel=None,
        kropp=kropp,
        sha256=hashlib.sha256(kropp).digest(),
        mottagen=at,
    )
