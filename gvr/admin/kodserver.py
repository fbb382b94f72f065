"""Exports of the code server: upload, see what would change, confirm exactly that."""

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec
from django import forms
from django.contrib import admin, messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from gvr.actions import kodserver, mek
from gvr.actions.kodserver import Inlasning
from gvr.actions.mek import Mekinlasning
from gvr.admin.bas import Skal
from gvr.admin.filer import MAX_AGE, Kvitto, Mellanlager
from gvr.core import kodserverdiff
from gvr.core.kodserver import BASOMRNY, TABELLER, UPPDRAGSTYP, Filfel, table_of
from gvr.core.kodserverdiff import Cell
from gvr.core.mek import FELMEK, MEK
from gvr.models import Vardgivare

ENHETER: Final = "gvr.import_enhet"
KODER: Final = "gvr.import_kod"
BEHORIGHETER: Final = (ENHETER, KODER)
#: The tables that whoever keeps the code lists reads in; the others are units and contracts.
_KODTABELLER: Final = frozenset({UPPDRAGSTYP, BASOMRNY})
LISTA: Final = "gvr.Kodserverpost"
SALT: Final = "gvr.admin.kodserver"
MAX_FIL: Final = 200 * 1024 * 1024
VISA: Final = 200
#: Every kind of file that is read in here, by what it is called.
KALLOR: Final = {
    **{rad.kod: rad.namn for rad in TABELLER.values()},
    MEK: "Mappningar (MEK)",
    FELMEK: "Felmappningar (FelMEK)",
}


class Rad(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the preview."""

    slag: str
    ord: str
    kod: str
    namn: str
    giltig: str
    celler: tuple[Cell, ...] = ()


class Exportfil(forms.Form):
    """The file, which table it is, and who owns units whose company is not known."""

    fil = forms.FileField(
        label="Fil",
        widget=UnfoldAdminFileFieldWidget,
        help_text="En export från Kodservern eller MEK (XML), högst 200 MB.",
    )
    tabell = forms.ChoiceField(
        label="Tabell",
        required=False,
        widget=UnfoldAdminSelectWidget,
        choices=[
            ("", "Enligt filens namn"),
            *KALLOR.items(),
        ],
    )
    orgnr = forms.CharField(
        label="Vårdgivare för enheter vars företag inte är känt",
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text="Organisationsnummer. Tomt: sådana enheter läses inte in utan visas som fynd.",
    )
    skal = Skal(label="Skäl", initial="Inläsning från Kodservern")

    def clean_fil(self) -> Any:
        """Refuse a large file before it is read."""
        fil = self.cleaned_data["fil"]
        if fil.size > MAX_FIL:
            raise forms.ValidationError("Filen är större än 200 MB.")
        return fil

    def clean_orgnr(self) -> str:
        """Refuse a number that no provider has."""
        orgnr = str(self.cleaned_data["orgnr"]).replace("-", "").strip()
        if orgnr and not Vardgivare.objects.filter(orgnr=orgnr).exists():
            raise forms.ValidationError("Ingen vårdgivare har det organisationsnumret.")
        return orgnr

    def clean(self) -> dict[str, Any]:
        """Find the table by the file's name when nobody has said which it is."""
        data: dict[str, Any] = super().clean() or {}
        if not data.get("tabell") and data.get("fil") is not None:
            data["tabell"] = source_of(data["fil"].name)
            if data["tabell"] is None:
                self.add_error("tabell", "Filens namn säger inte vilken tabell den är. Välj en.")
        return data


class Bekraftelse(forms.Form):
    """The signed receipt of the preview, and the reason."""

    kvitto = forms.CharField(widget=forms.HiddenInput)
    skal = Skal(widget=forms.HiddenInput)


def read_in(request: HttpRequest) -> HttpResponseBase:
    """Show the form, the preview of a file, or write what was previewed."""
    if request.method == "POST" and "kvitto" in request.POST:
        return _write(request)
    form = Exportfil(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        tabell = form.cleaned_data["tabell"]
        _demand(request, tabell)
        val = {"tabell": tabell, "orgnr": form.cleaned_data["orgnr"]}
        lager = Mellanlager()
        sha256 = lager.save_chunks(form.cleaned_data["fil"].chunks())
        svar = _run(lager.chunks(), val, request=request, skal=form.cleaned_data["skal"], prov=True)
        if isinstance(svar, Filfel):
            lager.remove()
            context["filfel"] = svar
        else:
            context |= _preview(svar)
            if _empty(svar):
                lager.remove()
            else:
                context["bekrafta"] = _receipt(
                    request, lager, sha256, val, form.cleaned_data["skal"], svar
                )
    return TemplateResponse(
        request,
        "admin/kodserver.html",
        {**admin.site.each_context(request), "title": "Läs in från Kodservern", **context},
    )


def _demand(request: HttpRequest, tabell: str) -> None:
    if not request.user.has_perm(KODER if tabell in _KODTABELLER else ENHETER):
        raise PermissionDenied


def source_of(filnamn: str) -> str | None:
    """Return which kind of file a name says it is, or None."""
    namn = filnamn.rpartition("/")[2].upper()
    if namn.startswith(("FELMEK", "MEK")):
        return FELMEK if namn.startswith("FELMEK") else MEK
    return table_of(filnamn)


def _empty(svar: Inlasning | Mekinlasning) -> bool:
    return svar.empty if isinstance(svar, Mekinlasning) else svar.skillnad.empty


def _preview(svar: Inlasning | Mekinlasning) -> dict[str, Any]:
    fel = svar.fel if isinstance(svar, Mekinlasning) else (*svar.skillnad.fel, *svar.fynd)
    return {
        "tabell": KALLOR[svar.tabell],
        "antal": _counts(svar),
        "verkan": effects(svar),
        "rader": list(_rows(svar)),
        "fel": fel[:VISA],
        "visa": VISA,
    }


def _counts(svar: Inlasning | Mekinlasning) -> dict[str, int]:
    if isinstance(svar, Mekinlasning):
        return svar.antal
    return kodserverdiff.counts(svar.skillnad)


def effects(svar: Inlasning | Mekinlasning) -> dict[str, int]:
    """Return what the file makes of the register, by the words shown to people; zeros left out."""
    register = svar.register
    antal = {
        "nya vårdgivare": svar.nya_vardgivare if isinstance(svar, Inlasning) else 0,
        "nya enheter": register.nya_enheter,
        "ändrade enheter": register.andrade_enheter,
        "nya uppdrag": register.nya_uppdrag,
        "ändrade uppdrag": register.andrade_uppdrag,
        "nya enhetsuppdrag": register.nya_enhetsuppdrag,
        "ändrade enhetsuppdrag": register.andrade_enhetsuppdrag,
        "borttagna enhetsuppdrag": register.borttagna_enhetsuppdrag,
    }
    return {ord_: tal for ord_, tal in antal.items() if tal}


def _rows(svar: Inlasning | Mekinlasning) -> Iterator[Rad]:
    if isinstance(svar, Mekinlasning):
        for andring in svar.andringar[:VISA]:
            yield Rad(
                slag="vanta" if andring.fore else "ok",
                ord="Ändrad" if andring.fore else "Ny",
                kod=andring.kombika,
                namn="",
                giltig="",
                celler=(Cell(falt="HSA-id", fore=andring.fore, efter=andring.efter),),
            )
        return
    skillnad = svar.skillnad
    for slag, ord_, andrade in (
        ("info", "Avslutad", skillnad.avslutade),
        ("vanta", "Ändrad", skillnad.andrade),
    ):
        for rad in andrade[:VISA]:
            yield Rad(
                slag=slag,
                ord=ord_,
                kod=rad.efter.kod,
                namn=rad.efter.name,
                giltig=str(rad.efter.giltig),
                celler=rad.cells,
            )
    for registrerad in skillnad.borttagna[:VISA]:
        post = registrerad.post
        yield Rad(
            slag="fel", ord="Borttagen", kod=post.kod, namn=post.name, giltig=str(post.giltig)
        )
    for post in skillnad.nya[:VISA]:
        yield Rad(slag="ok", ord="Ny", kod=post.kod, namn=post.name, giltig=str(post.giltig))


def _receipt(
    request: HttpRequest,
    lager: Mellanlager,
    sha256: str,
    val: dict[str, str],
    skal: str,
    svar: Inlasning | Mekinlasning,
) -> Bekraftelse:
    kvitto = Kvitto(
        fil=str(lager.name),
        sha256=sha256,
        avtryck=fingerprint(svar),
        anvandare=request.user.pk or 0,
        lista=LISTA,
        val=val,
    )
    signerat = signing.dumps(msgspec.to_builtins(kvitto), salt=SALT, compress=True)
    return Bekraftelse(initial={"kvitto": signerat, "skal": skal})


def _write(request: HttpRequest) -> HttpResponseBase:
    tillbaka = HttpResponseRedirect(reverse("admin:kodserver"))
    form = Bekraftelse(request.POST)
    try:
        if not form.is_valid():
            raise signing.BadSignature
        rad = signing.loads(form.cleaned_data["kvitto"], salt=SALT, max_age=MAX_AGE)
        kvitto = msgspec.convert(rad, Kvitto)
        lager = Mellanlager(name=kvitto.fil)
        summa = hashlib.sha256()
        for chunk in lager.chunks():
            summa.update(chunk)
    except (signing.BadSignature, msgspec.ValidationError, FileNotFoundError):
        messages.error(request, "Förhandsgranskningen gäller inte längre. Ladda upp filen igen.")
        return tillbaka
    if kvitto.anvandare != request.user.pk or summa.hexdigest() != kvitto.sha256:
        raise PermissionDenied
    _demand(request, kvitto.val["tabell"])
    skal = form.cleaned_data["skal"]
    provat = _run(lager.chunks(), kvitto.val, request=request, skal=skal, prov=True)
    if isinstance(provat, Filfel) or fingerprint(provat) != kvitto.avtryck:
        messages.error(
            request,
            "Uppgifterna har ändrats sedan du förhandsgranskade. Inget har skrivits. Granska igen.",
        )
        return tillbaka
    _run(lager.chunks(), kvitto.val, request=request, skal=skal, prov=False)
    lager.remove()
    antal = {**_counts(provat), **effects(provat)}
    messages.success(
        request, "Inläst: " + ", ".join(f"{tal} {ord_}" for ord_, tal in antal.items()) + "."
    )
    return tillbaka


def fingerprint(svar: Inlasning | Mekinlasning) -> str:
    """Return a hash of what an import leads to."""
    return hashlib.sha256(msgspec.json.encode(svar)).hexdigest()


def _run(
    chunks: Iterable[bytes],
    val: dict[str, str],
    *,
    request: HttpRequest,
    skal: str,
    prov: bool,
) -> Inlasning | Mekinlasning | Filfel:
    nu = timezone.now()
    if val["tabell"] in (MEK, FELMEK):
        las = mek.import_mek if val["tabell"] == MEK else mek.import_felmek
        return las(chunks, at=nu, by=request.user, skal=skal, dry_run=prov)
    orgnr = val.get("orgnr", "")
    return kodserver.import_table(
        chunks,
        tabell=val["tabell"],
        at=nu,
        by=request.user,
        skal=skal,
        vardgivare_id=Vardgivare.objects.get(orgnr=orgnr).pk if orgnr else None,
        dry_run=prov,
    )
