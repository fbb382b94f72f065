"""Import and export of a list: upload, see what would change, confirm exactly that.

What is confirmed is the file that was shown (its hash), with the outcome that was shown (its
fingerprint), by the person it was shown to, within an hour. If something else has changed the table
meanwhile, nothing is written and the preview is shown again.
"""

import hashlib
import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, ClassVar
from uuid import uuid4

import msgspec
from django import forms
from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from import_export.admin import ImportExportMixin
from import_export.tmp_storages import BaseStorage
from unfold.contrib.import_export.forms import ExportForm, ImportForm

from gvr.admin import arbetsbok, filformat
from gvr.admin.arbetsbok import UnableToRead
from gvr.admin.bas import Skal
from gvr.admin.resurs import Cell, Resurs

SALT = "gvr.admin.inlasning"
MAX_AGE = 3600
MAX_SHOWN = 500
_OLD = 24 * 3600
_CHUNK = 1024 * 1024


class Mellanlager(BaseStorage):
    """Uploaded files between preview and confirmation: a closed folder, emptied after a day."""

    def save(self, data: bytes) -> None:
        """Keep the bytes under a name nobody can guess."""
        self.save_chunks([data])

    def save_chunks(self, chunks: Iterable[bytes]) -> str:
        """Keep a file that comes in parts, never whole in memory; return its sha256."""
        folder = Path(settings.IMPORT_FOLDER)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _remove_old(folder)
        self.name = uuid4().hex
        handle = os.open(self._path(), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        summa = hashlib.sha256()
        with os.fdopen(handle, "wb") as fil:
            for chunk in chunks:
                summa.update(chunk)
                fil.write(chunk)
        return summa.hexdigest()

    def chunks(self) -> Iterator[bytes]:
        """Yield the file in parts. Raises FileNotFoundError when it is gone."""
        with self._path().open("rb") as fil:
            while chunk := fil.read(_CHUNK):
                yield chunk

    def read(self) -> bytes:
        """Return the bytes. Raises FileNotFoundError when they are gone."""
        return self._path().read_bytes()

    def remove(self) -> None:
        """Forget the file."""
        self._path().unlink(missing_ok=True)

    def _path(self) -> Path:
        return Path(settings.IMPORT_FOLDER) / Path(str(self.name)).name


def _remove_old(folder: Path) -> None:
    limit = time.time() - _OLD
    for fil in folder.iterdir():
        if fil.is_file() and fil.stat().st_mtime < limit:
            fil.unlink(missing_ok=True)


class Uppladdning(ImportForm):
    """The first step: choose a file and say why."""

    skal = Skal()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["import_file"].label = "Fil"
        self.fields["import_file"].help_text = (
            f"Excel (.xlsx) eller textfil med semikolon (.csv), högst "
            f"{arbetsbok.MAX_BYTES // 1024 // 1024} MB och {arbetsbok.MAX_ROWS} rader."
        )
        self.fields["format"].widget = forms.HiddenInput()
        self.order_fields(["resource", "import_file", "format", "skal"])

    def clean_import_file(self) -> Any:
        """Refuse a large file before anything of it is read."""
        fil = self.cleaned_data["import_file"]
        if fil.size > arbetsbok.MAX_BYTES:
            raise forms.ValidationError(
                f"Filen är större än {arbetsbok.MAX_BYTES // 1024 // 1024} MB. Dela upp den."
            )
        return fil


class Kvitto(msgspec.Struct, frozen=True):
    """What was shown: which file, leading to what, to whom, for which list."""

    fil: str
    sha256: str
    avtryck: str
    anvandare: int
    lista: str
    val: dict[str, str] = {}


class Bekraftelse(forms.Form):
    """The second step: a signed receipt of the preview, and the reason."""

    kvitto = forms.CharField(widget=forms.HiddenInput)
    skal = Skal(widget=forms.HiddenInput)


class Granskad(msgspec.Struct, frozen=True):
    """A row of the preview."""

    plats: str
    slag: str
    ord: str
    celler: tuple[Cell, ...]


class Filbar(ImportExportMixin):
    """A list that travels by file. `resurs` says how."""

    resurs: ClassVar[type[Resurs]]
    tmp_storage_class = Mellanlager
    import_form_class = Uppladdning
    export_form_class = ExportForm
    import_template_name = "admin/inlasning.html"
    export_template_name = "admin/utlasning.html"

    @property
    def import_formats(self) -> list[Any]:
        """Read both kinds; which one is seen by the file itself."""
        return [filformat.Fil]

    @property
    def export_formats(self) -> list[Any]:
        """Write either."""
        return [filformat.Excel, filformat.Csv]

    def get_resource_classes(self, request: HttpRequest) -> list[type[Resurs]]:
        """Return the one resource of the list."""
        del request
        return [self.resurs]

    def get_urls(self) -> list[Any]:
        """Add the template to fill in."""
        info = self.model._meta.app_label, self.model._meta.model_name
        egna = [
            path(
                "import/mall/",
                self.admin_site.admin_view(self.template_view),
                name="{}_{}_mall".format(*info),
            )
        ]
        ovriga: list[Any] = super().get_urls()
        return egna + ovriga

    def template_view(self, request: HttpRequest) -> HttpResponse:
        """Return an empty workbook with headings, choices and an explanation of each column."""
        if not self.has_import_permission(request):
            raise PermissionDenied
        resurs = self.resurs()
        falt = list(resurs.fields.values())
        data = filformat.workbook(
            [kolumn.column_name for kolumn in falt],
            [],
            namn=resurs.filnamn,
            hjalp=[("Kolumn", "Så fylls den i")]
            + [
                (
                    kolumn.column_name,
                    ("Måste fyllas i. " if kolumn.krav else "") + kolumn.hjalp,
                )
                for kolumn in falt
            ],
            val=[kolumn.val for kolumn in falt],
        )
        svar = HttpResponse(data, content_type=filformat.Excel().get_content_type())
        svar["Content-Disposition"] = f'attachment; filename="mall-{resurs.filnamn.lower()}.xlsx"'
        return svar

    # Upload and preview -------------------------------------------------------------------------

    def add_data_read_fail_error_to_form(self, form: Any, fault: Exception) -> None:
        """Say what is wrong with the file, in words; anything unforeseen is not hidden."""
        if not isinstance(fault, UnableToRead):
            raise fault
        for text in fault.texter:
            form.add_error("import_file", text)

    def get_import_resource_kwargs(self, request: HttpRequest, **kwargs: Any) -> dict[str, Any]:
        """Give the resource the reason, and what else the list needs."""
        form = kwargs.get("form")
        data = getattr(form, "cleaned_data", {})
        return {"skal": data.get("skal", ""), **self.choices_of(data)}

    def choices_of(self, data: dict[str, Any]) -> dict[str, Any]:
        """Return further choices of the form that the resource takes (a list may need some)."""
        del data
        return {}

    def get_import_data_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """Write all rows or none."""
        del kwargs
        return {"rollback_on_validation_errors": True}

    def create_confirm_form(self, request: HttpRequest, import_form: Any = None) -> Any:
        """The receipt is made when the preview's outcome is known (see `import_action`)."""
        del request, import_form
        return Bekraftelse()

    def import_action(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Show the form, or the preview of the uploaded file."""
        svar: HttpResponseBase = super().import_action(request, **kwargs)
        context = getattr(svar, "context_data", None)
        if context is None:
            return svar
        context["title"] = f"Läs in {self.model._meta.verbose_name_plural}"
        context["kolumner"] = list(self.resurs().fields.values())
        context["mall"] = self._address("mall")
        result = context.get("result")
        if result is not None:
            context.update(self.preview(result))
        form = context["form"]
        fil = getattr(form, "cleaned_data", {}).get("import_file")
        lagrad = getattr(fil, "tmp_storage_name", None)
        if lagrad and "confirm_form" in context and context["antal"]["ändras"]:
            context["confirm_form"] = self._receipt_form(request, form, lagrad, result)
        else:
            context.pop("confirm_form", None)
            if lagrad:
                Mellanlager(name=lagrad).remove()
        return svar

    def _receipt_form(self, request: HttpRequest, form: Any, lagrad: str, result: Any) -> Any:
        data = Mellanlager(name=lagrad).read()
        kvitto = Kvitto(
            fil=lagrad,
            sha256=hashlib.sha256(data).hexdigest(),
            avtryck=result.avtryck,
            anvandare=request.user.pk or 0,
            lista=self.model._meta.label,
            val=self.receipt_choices(form.cleaned_data),
        )
        return Bekraftelse(
            initial={
                "kvitto": signing.dumps(msgspec.to_builtins(kvitto), salt=SALT, compress=True),
                "skal": form.cleaned_data["skal"],
            }
        )

    def receipt_choices(self, data: dict[str, Any]) -> dict[str, str]:
        """Return the form's further choices as text, to be confirmed with the rest."""
        del data
        return {}

    def choices_from_receipt(self, val: dict[str, str]) -> dict[str, Any]:
        """Return what the resource takes, from what the receipt says."""
        del val
        return {}

    def preview(self, result: Any) -> dict[str, Any]:
        """Return what the template shows: counts, rows, faults with their cells, warnings."""
        rader = [self._reviewed(result, nummer, rad) for nummer, rad in enumerate(result.rows)]
        giltiga = [rad for rad in rader if rad is not None]
        giltiga.sort(key=lambda rad: rad.slag == "oforandrad")
        antal = {
            "nya": sum(rad.slag == "ny" for rad in giltiga),
            "ändrade": sum(rad.slag == "andrad" for rad in giltiga),
            "avslutade": sum(rad.slag == "avslutad" for rad in giltiga),
            "oförändrade": sum(rad.slag == "oforandrad" for rad in giltiga),
        }
        antal["ändras"] = antal["nya"] + antal["ändrade"] + antal["avslutade"]
        return {
            "rader": giltiga[:MAX_SHOWN],
            "fler": max(0, len(giltiga) - MAX_SHOWN),
            "antal": antal,
            "radfel": self._faults(result),
            "filfel": [text for fel in result.base_errors for text in _texts(fel.error)],
            "varningar": getattr(result, "varningar", [])[:MAX_SHOWN],
            "rubriker": result.diff_headers,
        }

    def _reviewed(self, result: Any, index: int, rad: Any) -> Granskad | None:
        if rad.diff is None:
            return None
        blad = result.blad
        slag, ord_ = _kind(result.diff_headers, rad)
        return Granskad(
            plats=blad.place(blad.rader[index][0]),
            slag=slag,
            ord=ord_,
            celler=tuple(rad.diff),
        )

    def _faults(self, result: Any) -> list[tuple[str, str]]:
        """Return (place, text) of everything that is wrong with single cells."""
        resurs = self.resurs()
        per_attribut = {falt.attribute: falt.column_name for falt in resurs.fields.values()}
        svar = []
        for rad in result.invalid_rows:
            radnr = result.blad.rader[rad.number - 1][0]
            for namn, texter in rad.field_specific_errors.items():
                falt = resurs.fields.get(namn)
                rubrik = falt.column_name if falt is not None else per_attribut.get(namn, "")
                kolumn = (
                    result.blad.rubriker.index(rubrik) if rubrik in result.blad.rubriker else None
                )
                plats = result.blad.place(radnr, kolumn)
                svar += [(f"{plats} ({rubrik})" if rubrik else plats, text) for text in texter]
            svar += [(result.blad.place(radnr), text) for text in rad.non_field_specific_errors]
        for rad in result.error_rows:
            radnr = result.blad.rader[rad.number - 1][0]
            svar += [(result.blad.place(radnr), str(fel.error)) for fel in rad.errors]
        return svar

    # Confirmation -------------------------------------------------------------------------------

    def process_import(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Write exactly what was shown, or nothing."""
        del kwargs
        if request.method != "POST":
            return HttpResponse(status=405)
        if not self.has_import_permission(request):
            raise PermissionDenied
        form = Bekraftelse(request.POST)
        kvitto = self._read_receipt(request, form)
        if kvitto is None:
            messages.error(
                request,
                "Förhandsgranskningen gäller inte längre. Ladda upp filen igen.",
            )
            return HttpResponseRedirect(self._address("import"))
        lager = Mellanlager(name=kvitto.fil)
        data = lager.read()
        dataset = filformat.Fil().create_dataset(data)
        resurs = self.resurs(
            skal=form.cleaned_data["skal"], **self.choices_from_receipt(kvitto.val)
        )
        with transaction.atomic():
            result = resurs.import_data(
                dataset,
                dry_run=False,
                raise_errors=False,
                rollback_on_validation_errors=True,
                user=request.user,
            )
            same = getattr(result, "avtryck", None) == kvitto.avtryck
            written = not (result.has_errors() or result.has_validation_errors())
            if not (same and written):
                transaction.set_rollback(True)
        if not (same and written):
            messages.error(
                request,
                "Listan har ändrats sedan du förhandsgranskade. Inget har skrivits. "
                "Ladda upp filen igen och granska på nytt.",
            )
            return HttpResponseRedirect(self._address("import"))
        lager.remove()
        self.after_written(request, resurs)
        antal = self.preview(result)["antal"]
        messages.success(
            request,
            f"Inläst: {antal['nya']} nya, {antal['ändrade']} ändrade, "
            f"{antal['avslutade']} avslutade, {antal['oförändrade']} oförändrade.",
        )
        return HttpResponseRedirect(self.address_after(resurs))

    def after_written(self, request: HttpRequest, resurs: Any) -> None:
        """Do what else follows from the rows (nothing, for most lists)."""

    def address_after(self, resurs: Any) -> str:
        """Return where to go when all is written."""
        del resurs
        return self._address("changelist")

    def _read_receipt(self, request: HttpRequest, form: Bekraftelse) -> Kvitto | None:
        if not form.is_valid():
            return None
        try:
            rad = signing.loads(form.cleaned_data["kvitto"], salt=SALT, max_age=MAX_AGE)
            kvitto = msgspec.convert(rad, Kvitto)
            data = Mellanlager(name=kvitto.fil).read()
        except (signing.BadSignature, msgspec.ValidationError, FileNotFoundError):
            return None
        egen = kvitto.anvandare == request.user.pk
        ratt_lista = kvitto.lista == self.model._meta.label
        samma_fil = hashlib.sha256(data).hexdigest() == kvitto.sha256
        return kvitto if egen and ratt_lista and samma_fil else None

    def _address(self, vy: str) -> str:
        meta = self.model._meta
        return reverse(f"admin:{meta.app_label}_{meta.model_name}_{vy}")

    # Export -------------------------------------------------------------------------------------

    def get_export_filename(self, request: HttpRequest, queryset: Any, file_format: Any) -> str:
        """Return a name with the list and the day."""
        del request, queryset
        dag = timezone.localdate().isoformat()
        return f"{self.resurs.filnamn.lower()}-{dag}.{file_format.get_extension()}"

    def init_request_context_data(self, request: HttpRequest, form: Any) -> dict[str, Any]:
        """Name the page."""
        context: dict[str, Any] = super().init_request_context_data(request, form)
        context["title"] = f"Hämta {self.model._meta.verbose_name_plural}"
        return context


def _kind(rubriker: list[str], rad: Any) -> tuple[str, str]:
    """Return what happens to a row, as a class name and as a word."""
    if rad.is_skip():
        return "oforandrad", "Oförändrad"
    if rad.is_new():
        return "ny", "Ny"
    andrade = [rubrik for rubrik, c in zip(rubriker, rad.diff, strict=True) if c.andrad]
    slut = [c for rubrik, c in zip(rubriker, rad.diff, strict=True) if rubrik == "T.o.m."]
    if andrade == ["T.o.m."] and slut and slut[0].efter:
        return "avslutad", "Avslutad"
    return "andrad", "Ändrad"


def _texts(fault: Exception) -> tuple[str, ...]:
    return fault.texter if isinstance(fault, UnableToRead) else (str(fault),)
