"""Whole code lists from their source: a document, or a release of ICD-10-SE as a zip file."""

import hashlib
import io
import zipfile
from datetime import date
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
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextInputWidget,
)

from gvr.actions import koder
from gvr.admin import yamltext
from gvr.admin.bas import Skal
from gvr.admin.filer import MAX_AGE, Kvitto, Mellanlager
from gvr.core import icd, kodimport
from gvr.core.avvikelse import Avvikelse
from gvr.core.kodimport import Skillnad

BEHORIGHET: Final = "gvr.import_kod"
LISTA: Final = "gvr.Kodverk"
SALT: Final = "gvr.admin.kodinlasning"
MAX_FIL: Final = 10 * 1024 * 1024
MAX_UPPACKAT: Final = 40 * 1024 * 1024
VISA: Final = 200


class Kodfil(forms.Form):
    """The file, and for a release from which day it holds and where it comes from."""

    fil = forms.FileField(
        label="Fil",
        widget=UnfoldAdminFileFieldWidget,
        help_text="Ett kodverk som YAML, eller en utgåva av ICD-10-SE som zip med "
        f"{', '.join(icd.FILER)}.",
    )
    fr_o_m = forms.DateField(
        label="Utgåvan gäller fr.o.m.",
        required=False,
        widget=UnfoldAdminSingleDateWidget,
        help_text="Bara för ICD-10-SE: koder som utgåvan saknar avslutas dagen före.",
    )
    kalla = forms.CharField(
        label="Utgåvans källa",
        required=False,
        max_length=200,
        widget=UnfoldAdminTextInputWidget,
        help_text="Bara för ICD-10-SE, till exempel Socialstyrelsen, ICD-10-SE 2027.",
    )
    skal = Skal(label="Skäl")

    def clean_fil(self) -> Any:
        """Refuse a large file before it is read."""
        fil = self.cleaned_data["fil"]
        if fil.size > MAX_FIL:
            raise forms.ValidationError("Filen är större än 10 MB.")
        return fil


class Bekraftelse(forms.Form):
    """The signed receipt of the preview, and the reason."""

    kvitto = forms.CharField(widget=forms.HiddenInput)
    skal = Skal(widget=forms.HiddenInput)


def read_in(request: HttpRequest) -> HttpResponseBase:
    """Show the form, the preview of a file, or write what was previewed."""
    if not request.user.has_perm(BEHORIGHET):
        raise PermissionDenied
    if request.method == "POST" and "kvitto" in request.POST:
        return _write(request)
    form = Kodfil(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data["fil"].read()
        val = {
            "fr_o_m": str(form.cleaned_data["fr_o_m"] or ""),
            "kalla": form.cleaned_data["kalla"],
        }
        svar = _run(data, val, request=request, skal=form.cleaned_data["skal"], dry_run=True)
        if isinstance(svar, Skillnad):
            context |= _preview(request, data, val, form.cleaned_data["skal"], svar)
        else:
            context["fynd"] = svar
    return TemplateResponse(
        request,
        "admin/kodinlasning.html",
        {**admin.site.each_context(request), "title": "Läs in kodverk", **context},
    )


def _preview(
    request: HttpRequest, data: bytes, val: dict[str, str], skal: str, svar: Skillnad
) -> dict[str, Any]:
    rader = {
        "nya": svar.nya[:VISA],
        "andrade": svar.andrade[:VISA],
        "avslutade": svar.avslutade[:VISA],
    }
    context: dict[str, Any] = {"antal": kodimport.counts(svar), "visa": VISA, **rader}
    if not svar.empty:
        lager = Mellanlager()
        lager.save(data)
        kvitto = Kvitto(
            fil=str(lager.name),
            sha256=hashlib.sha256(data).hexdigest(),
            avtryck=fingerprint(svar),
            anvandare=request.user.pk or 0,
            lista=LISTA,
            val=val,
        )
        signerat = signing.dumps(msgspec.to_builtins(kvitto), salt=SALT, compress=True)
        context["bekrafta"] = Bekraftelse(initial={"kvitto": signerat, "skal": skal})
    return context


def _write(request: HttpRequest) -> HttpResponseBase:
    tillbaka = HttpResponseRedirect(reverse("admin:kodinlasning"))
    form = Bekraftelse(request.POST)
    try:
        if not form.is_valid():
            raise signing.BadSignature
        rad = signing.loads(form.cleaned_data["kvitto"], salt=SALT, max_age=MAX_AGE)
        kvitto = msgspec.convert(rad, Kvitto)
        lager = Mellanlager(name=kvitto.fil)
        data = lager.read()
    except (signing.BadSignature, msgspec.ValidationError, FileNotFoundError):
        messages.error(request, "Förhandsgranskningen gäller inte längre. Ladda upp filen igen.")
        return tillbaka
    if kvitto.anvandare != request.user.pk or hashlib.sha256(data).hexdigest() != kvitto.sha256:
        raise PermissionDenied
    skal = form.cleaned_data["skal"]
    provat = _run(data, kvitto.val, request=request, skal=skal, dry_run=True)
    if not isinstance(provat, Skillnad) or fingerprint(provat) != kvitto.avtryck:
        messages.error(
            request,
            "Koderna har ändrats sedan du förhandsgranskade. Inget har skrivits. Granska igen.",
        )
        return tillbaka
    _run(data, kvitto.val, request=request, skal=skal, dry_run=False)
    lager.remove()
    antal = kodimport.counts(provat)
    messages.success(
        request, "Inläst: " + ", ".join(f"{tal} {ord_}" for ord_, tal in antal.items()) + "."
    )
    return HttpResponseRedirect(reverse("admin:gvr_kodverk_changelist"))


def fingerprint(svar: Skillnad) -> str:
    """Return a hash of what an import leads to."""
    return hashlib.sha256(msgspec.json.encode(svar)).hexdigest()


def _run(
    data: bytes, val: dict[str, str], *, request: HttpRequest, skal: str, dry_run: bool
) -> Skillnad | tuple[Any, ...]:
    """Read the file and import it, or return everything that is wrong with it."""
    nu = timezone.now()
    if data.startswith(b"PK\x03\x04"):
        filer = _unpack(data)
        if isinstance(filer, str):
            return (yamltext.Fel(filer),)
        utgava = icd.parse_release(filer)
        if isinstance(utgava, tuple):
            return utgava
        if not val["fr_o_m"] or not val["kalla"]:
            return (yamltext.Fel("Ange från vilken dag utgåvan gäller, och dess källa."),)
        return koder.import_icd(
            utgava,
            fr_o_m=date.fromisoformat(val["fr_o_m"]),
            kalla=val["kalla"],
            at=nu,
            by=request.user,
            skal=skal,
            dry_run=dry_run,
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return (yamltext.Fel("Filen är varken en zip-fil eller text i UTF-8."),)
    last = yamltext.read(text)
    if isinstance(last, tuple):
        return last
    svar = koder.import_kodverk(last.innehall, at=nu, by=request.user, skal=skal, dry_run=dry_run)
    if isinstance(svar, Skillnad):
        return svar
    return tuple(_on_line(avvikelse, last) for avvikelse in svar)


def _on_line(avvikelse: Avvikelse, last: yamltext.Dokument) -> yamltext.Fel:
    return yamltext.Fel(f"{avvikelse.text} {avvikelse.atgard}", last.line(avvikelse.pekare))


def _unpack(data: bytes) -> dict[str, bytes] | str:
    """Return the release's files, or why the archive is refused before it is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as arkiv:
            delar = {
                del_.filename.rsplit("/", 1)[-1]: del_
                for del_ in arkiv.infolist()
                if del_.filename.rsplit("/", 1)[-1] in icd.FILER
            }
            if sum(del_.file_size for del_ in delar.values()) > MAX_UPPACKAT:
                return "Filen blir för stor när den packas upp."
            return {namn: arkiv.read(del_) for namn, del_ in delar.items()}
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError):
        return "Zip-filen är skadad eller lösenordsskyddad."
