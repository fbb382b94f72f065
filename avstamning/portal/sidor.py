"""What every page of the portal shares: who is here, which provider it is about, one render."""

from collections.abc import Callable
from datetime import date, datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

import msgspec
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.timezone import localtime, now

from avstamning.core import ord as ordval
from ersattning.vardfaktura.core.frist import Frist
from ersattning.vardfaktura.queries import kalender
from gvr.core.rapp import system_of
from gvr.queries import portal
from gvr.queries.behorighet import Omfang
from gvr.queries.portal import Enhetsval, Synfalt, Vardgivarval

P = ParamSpec("P")
F = TypeVar("F", bound=Callable[..., HttpResponseBase])

VARDGIVARE = "vardgivare"  # keys of the session
ENHET = "enhet"

SEES_PATIENTS = "Vårdadministratör"  # the group that may see identities and diagnoses


class Besok(msgspec.Struct, frozen=True, kw_only=True):
    """One visit to one page: who, when, which provider and unit, and what may be seen.

    `ser_patient` lets identities be shown on request and diagnoses be shown at all. `byte` says
    that there is more than one provider or unit to choose from.
    """

    anvandare: Any
    at: datetime
    omfang: Omfang
    vardgivare: Vardgivarval
    enhet: Enhetsval | None
    ser_patient: bool
    byte: bool
    frist: Frist

    @property
    def dag(self) -> date:
        """Today, in Sweden."""
        return localtime(self.at).date()

    @property
    def klockslag(self) -> str:
        """The time of the visit as people write it, in Sweden."""
        return ordval.clock(localtime(self.at))

    @property
    def synfalt(self) -> Synfalt:
        """The rows that pages show: the provider, or only the units chosen or in reach."""
        if self.enhet is not None:
            return Synfalt(vardgivare_id=self.vardgivare.id, enheter=self.enhet.ids)
        return self.provider_synfalt

    @property
    def provider_synfalt(self) -> Synfalt:
        """All rows in reach of the provider, whatever unit is chosen."""
        if self.vardgivare.hela:
            return Synfalt(vardgivare_id=self.vardgivare.id)
        return Synfalt(
            vardgivare_id=self.vardgivare.id,
            enheter=frozenset(pk for enhet in self.vardgivare.enheter for pk in enhet.ids),
        )

    @property
    def synfalt_hela(self) -> Synfalt:
        """The whole provider, for what belongs to it and not to a unit, such as an invoice."""
        return Synfalt(vardgivare_id=self.vardgivare.id)

    @property
    def far_attestera(self) -> bool:
        """True for the people who may approve the provider's invoices."""
        return self.vardgivare.id in self.omfang.attest

    @property
    def far_registrera(self) -> bool:
        """True for the people who may register the provider's contacts by hand."""
        return self.vardgivare.id in self.omfang.registrera

    @property
    def handsystem(self) -> str:
        """The källsystem of what the provider's people register by hand."""
        return system_of(self.vardgivare.id)

    def unit(self, enhet_id: int | None) -> Enhetsval | None:
        """Return the unit that a row belongs to."""
        for enhet in self.vardgivare.enheter:
            if enhet_id in enhet.ids:
                return enhet
        return None

    def unit_name(self, enhet_id: int | None) -> str:
        """Return the name of a row's unit."""
        enhet = self.unit(enhet_id)
        return enhet.namn if enhet else "okänd enhet"


Vy = Callable[Concatenate[HttpRequest, Besok, P], HttpResponseBase]


def fragor(*namn: str) -> Callable[[F], F]:
    """Name the query parameters that a page reads.

    A page that names none takes none: `avstamning.portal.middleware.fragenamn` answers 400 to every
    other name, so that nothing of an address reaches a question by a way nobody has thought of, and
    a misspelt filter is not taken for an empty one.
    """

    def named(vy: F) -> F:
        vy.fragor = frozenset(namn)  # type: ignore[attr-defined]
        return vy

    return named


def sida(vy: "Vy[P]") -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Let only people in, and only to a provider in their reach; else ask them to choose one."""

    @login_required
    @wraps(vy)
    def wrapper(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        besok = visit(request)
        if besok is None:
            fraga = urlencode({"nasta": request.get_full_path()}) if request.method == "GET" else ""
            return redirect(f"{reverse('portal:byt')}?{fraga}")
        return vy(request, besok, *args, **kwargs)

    return cast("Callable[Concatenate[HttpRequest, P], HttpResponseBase]", wrapper)


def visit(request: HttpRequest, vardgivare_id: int | None = None) -> Besok | None:
    """Return the visit of a signed-in person; None when no provider is chosen or in reach.

    Without a choice the only provider in reach is taken; whoever has several must choose.
    """
    omfang: Omfang = request.omfang  # type: ignore[attr-defined]
    vald = vardgivare_id if vardgivare_id is not None else request.session.get(VARDGIVARE)
    vardgivare = None
    if isinstance(vald, int):
        vardgivare = portal.provider(omfang, vald)
    flera = True
    if not omfang.alla:
        i_narheten = portal.providers(omfang, limit=2)
        flera = len(i_narheten) > 1
        if vardgivare is None and len(i_narheten) == 1:
            vardgivare = portal.provider(omfang, i_narheten[0].id)
    if vardgivare is None:
        return None
    at = now()
    kombika = request.session.get(ENHET)
    return Besok(
        anvandare=request.user,
        at=at,
        omfang=omfang,
        vardgivare=vardgivare,
        enhet=next((e for e in vardgivare.enheter if e.kombika == kombika), None),
        ser_patient=omfang.alla or request.user.groups.filter(name=SEES_PATIENTS).exists(),
        byte=flera or len(vardgivare.enheter) > 1,
        frist=kalender.deadline(localtime(at).date()),
    )


def registrering(vy: "Vy[P]") -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Let only those in who may register by hand for the provider.

    Raises PermissionDenied for others.
    """

    @wraps(vy)
    def wrapper(
        request: HttpRequest, besok: Besok, *args: P.args, **kwargs: P.kwargs
    ) -> HttpResponseBase:
        if not besok.far_registrera:
            raise PermissionDenied
        return vy(request, besok, *args, **kwargs)

    return sida(cast("Vy[P]", wrapper))


def show(
    request: HttpRequest, besok: Besok, mall: str, *, status: int = 200, **innehall: Any
) -> HttpResponse:
    """Render a page of the portal."""
    return render(request, f"portal/{mall}.html", {"besok": besok, **innehall}, status=status)


def or_404(varde: Any) -> Any:
    """Return the value; what is absent and what is somebody else's are the same 404."""
    if varde is None:
        raise Http404
    return varde
