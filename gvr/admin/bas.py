"""What every list and form of the admin shares: pages that never count all rows, periods, reasons.

Nothing is ever deleted from the admin: master data is ended, the rest is append-only. A list of a
table that grows with the contacts is a `Logglista`: read-only, ordered by its key, searched by
equality, its filters chosen so that an index serves them.
"""

import json
from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from functools import cached_property
from itertools import pairwise
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.postgres.constraints import ExclusionConstraint
from django.core.exceptions import FieldDoesNotExist, PermissionDenied
from django.core.paginator import Paginator
from django.db.models import ForeignKey, Model, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from psycopg.types.range import DateRange
from unfold.admin import ModelAdmin
from unfold.views import ChangeList
from unfold.widgets import UnfoldAdminSingleDateWidget, UnfoldAdminTextInputWidget

from gvr.actions import andringar
from gvr.admin.filter import Rullista
from gvr.core import belopp
from gvr.core.fritext import contains_identity
from gvr.core.period import Period
from gvr.queries import andringar as andringsfragor
from gvr.queries import register

TILLS_VIDARE = "tills vidare"


class Kapad(Paginator):  # type: ignore[type-arg]
    """A paginator that stops counting after `tak` rows and offers no page beyond them."""

    tak = 10_000
    template_name = "admin/sidor.html"

    @cached_property
    def count(self) -> int:
        """Count at most `tak` rows; one more is read to know that there are more."""
        return min(self._counted, self.tak)

    @cached_property
    def _counted(self) -> int:
        rader = self.object_list
        if isinstance(rader, QuerySet):
            return int(rader.order_by()[: self.tak + 1].count())
        return len(rader)

    @property
    def capped(self) -> bool:
        """Say whether there are more rows than are shown."""
        return self._counted > self.tak


class Avgransad(ChangeList):
    """A list that is narrowed by the filters it shows, and by no other name in the address."""

    def get_filters(self, request: HttpRequest) -> tuple[Any, ...]:
        """Return the filters. Raises DisallowedModelAdminLookup (400) for what none of them took.

        Django would take it for a column of its own choice, or send the reader to the whole list.
        """
        try:
            filter_: tuple[Any, ...] = super().get_filters(request)
        except IncorrectLookupParameters as fault:
            if isinstance(fault.__cause__, FieldDoesNotExist):
                raise DisallowedModelAdminLookup("okänd parameter i adressen") from fault
            raise
        if filter_[2]:
            raise DisallowedModelAdminLookup("okänd parameter i adressen")
        return filter_


class Lista(ModelAdmin):
    """A list with its form. `search_exact` and `search_text` name what the search box looks in."""

    list_fullwidth = True
    list_per_page = 50
    list_max_show_all = 0
    list_filter_submit = True
    show_full_result_count = False
    paginator = Kapad
    actions: ClassVar[Sequence[Any]] = ()
    compressed_fields = True
    warn_unsaved_form = True
    date_hierarchy = None

    search_exact: ClassVar[tuple[str, ...]] = ()
    search_prefix: ClassVar[tuple[str, ...]] = ()
    search_text: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Say that there is a search box when something is searched."""
        super().__init_subclass__(**kwargs)
        cls.search_fields = (*cls.search_exact, *cls.search_prefix, *cls.search_text)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        """Return the list that takes only the names of its own filters."""
        del request, kwargs
        return Avgransad

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Search by equality and prefix where an index can help; in texts only on small tables."""
        term = search_term.strip()
        if not term:
            return queryset, False
        return queryset.filter(self.search_condition(term)), False

    def search_condition(self, term: str) -> Q:
        """Return the condition of the search box."""
        villkor = Q()
        for falt in self.search_exact:
            villkor |= Q(**{falt: term})
        for falt in self.search_prefix:
            villkor |= Q(**{f"{falt}__startswith": term})
        for falt in self.search_text:
            villkor |= Q(**{f"{falt}__icontains": term})
        return villkor

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nothing is deleted here."""
        del request, obj
        return False

    def page(self, request: HttpRequest, mall: str, title: str, **context: Any) -> TemplateResponse:
        """Return a page of our own in the admin's frame."""
        request.current_app = self.admin_site.name
        return TemplateResponse(
            request,
            mall,
            {
                **self.admin_site.each_context(request),
                "opts": self.model._meta,
                "title": title,
                **context,
            },
        )


class Logglista(Lista):
    """A list that is only read. Sorting by column would sort the whole table, so there is none."""

    sortable_by: ClassVar[tuple[str, ...]] = ()
    ordering: ClassVar[tuple[str, ...]] = ("-pk",)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Rows come from the chain, never from a form."""
        del request, obj
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Rows are never changed."""
        del request, obj
        return False


# Periods ----------------------------------------------------------------------------------------


def show_fr_o_m(rad: Any) -> str:
    """Return the first day."""
    return "" if rad.giltig is None else f"{register.period(rad.giltig).fr_o_m}"


def show_t_o_m(rad: Any) -> str:
    """Return the last day, inclusive."""
    t_o_m = register.period(rad.giltig).t_o_m
    return TILLS_VIDARE if t_o_m is None else f"{t_o_m}"


class Giltighetsfilter(Rullista):
    """Which rows hold today, later or no more."""

    title = "giltighet"
    parameter_name = "giltighet"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the choices."""
        del request, model_admin
        return [("nu", "Gäller i dag"), ("kommande", "Kommande"), ("avslutad", "Avslutad")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow the list."""
        del request
        idag = timezone.localdate()
        match self.value():
            case "nu":
                return queryset.filter(giltig__contains=idag)
            case "kommande":
                return queryset.filter(giltig__startswith__gt=idag)
            case "avslutad":
                return queryset.filter(giltig__endswith__lte=idag)
        return queryset


class Periodformular(forms.ModelForm):  # type: ignore[type-arg]
    """A form that shows a validity as its first and last day, and says why it was changed."""

    fr_o_m = forms.DateField(
        label="Gäller fr.o.m.",
        widget=UnfoldAdminSingleDateWidget,
        help_text="Första dagen.",
    )
    t_o_m = forms.DateField(
        label="Gäller t.o.m.",
        required=False,
        widget=UnfoldAdminSingleDateWidget,
        help_text="Sista dagen. Tomt betyder tills vidare.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is not None and "fr_o_m" in self.fields:
            giltig = register.period(self.instance.giltig)
            self.initial.setdefault("fr_o_m", giltig.fr_o_m)
            self.initial.setdefault("t_o_m", giltig.t_o_m)

    def clean(self) -> dict[str, Any]:
        """Turn first and last day into the stored period, and refuse one that overlaps another."""
        data: dict[str, Any] = super().clean() or {}
        fr_o_m, t_o_m = data.get("fr_o_m"), data.get("t_o_m")
        if fr_o_m is None or "t_o_m" in self.errors:
            return data
        try:
            giltig = Period.inclusive(fr_o_m, t_o_m)
        except ValueError:
            self.add_error("t_o_m", f"Sista dagen {t_o_m} ligger före första dagen {fr_o_m}.")
            return data
        self.instance.giltig = DateRange(giltig.start, giltig.slut)
        self._refuse_overlap(data, giltig)
        return data

    def _refuse_overlap(self, data: dict[str, Any], giltig: Period) -> None:
        nycklar = period_key(self._meta.model)
        varden = {namn: data.get(namn, getattr(self.instance, namn, None)) for namn in nycklar}
        if any(varde in (None, "") for varde in varden.values()):
            return
        andra = (
            self._meta.model.objects.filter(**varden, giltig__overlap=self.instance.giltig)
            .exclude(pk=self.instance.pk)
            .order_by("giltig")
        )
        for rad in andra[:1]:
            upptagen = register.period(rad.giltig)
            self.add_error(
                "fr_o_m",
                f"{giltig} överlappar {upptagen}, som redan finns. "
                "Avsluta den raden dagen före den nya börjar.",
            )

    def validate_constraints(self) -> None:
        """Leave the constraints to `clean`, whose words a person understands, and the database."""


def period_key(model: type[Model]) -> tuple[str, ...]:
    """Return the fields of which no two rows may hold on the same day."""
    for constraint in model._meta.constraints:
        if isinstance(constraint, ExclusionConstraint):
            return tuple(
                str(uttryck) for uttryck, _ in constraint.expressions if uttryck != "giltig"
            )
    return ()


class Skal(forms.Field):
    """Why something is changed: kept in the history, never with a patient's identity."""

    widget = UnfoldAdminTextInputWidget
    default_error_messages = {"required": "Skriv varför uppgiften ändras."}

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", "Skäl till ändringen")
        kwargs.setdefault(
            "help_text", "Sparas i historiken. Skriv inga personnummer eller patientuppgifter."
        )
        super().__init__(**kwargs)

    def clean(self, value: Any) -> str:
        """Refuse an empty reason and one that carries a patient's identity."""
        text = str(super().clean(value) or "").strip()
        if self.required and not text:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        if contains_identity(text):
            raise forms.ValidationError(
                "Texten ser ut att innehålla ett personnummer. Ta bort det; "
                "händelsens nummer räcker för att hitta den."
            )
        if len(text) > 500:
            raise forms.ValidationError("Skälet är längre än 500 tecken.")
        return text


class Stamdataformular(Periodformular):
    """The form of dated master data."""

    skal = Skal()


class Grundformular(forms.ModelForm):  # type: ignore[type-arg]
    """The form of master data without a period."""

    skal = Skal()


class Stamdata(Lista):
    """Master data that the region edits: saved by its action, with a reason, never deleted."""

    form: ClassVar[Any] = Grundformular

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Put the period and the reason after the model's own fields."""
        if self.fieldsets:
            return self.fieldsets
        falt = [
            falt.name
            for falt in self.model._meta.get_fields()
            if getattr(falt, "editable", False)
            and falt.concrete
            and not falt.auto_created
            and falt.name != "giltig"
        ]
        if self.has_change_permission(request, obj) or obj is None:
            if issubclass(self.form, Periodformular):
                falt.append(("fr_o_m", "t_o_m"))
            falt.append("skal")
        elif issubclass(self.form, Periodformular):
            falt.append(("visa_fr_o_m", "visa_t_o_m"))
        return [(None, {"fields": falt})]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Show the period as text where nothing may be changed."""
        return (*super().get_readonly_fields(request, obj), "visa_fr_o_m", "visa_t_o_m")

    @admin.display(description="Gäller fr.o.m.", ordering="giltig")
    def visa_fr_o_m(self, rad: Any) -> str:
        """Return the first day."""
        return show_fr_o_m(rad)

    @admin.display(description="Gäller t.o.m.")
    def visa_t_o_m(self, rad: Any) -> str:
        """Return the last day."""
        return show_t_o_m(rad)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """Show who changed the row, when and why, and how it was on a day."""
        del extra_context
        rad = self.get_object(request, object_id)
        if rad is None:
            raise Http404
        if not self.has_view_permission(request, rad):
            raise PermissionDenied
        tabell = self.model._meta.db_table
        try:
            per = date.fromisoformat(request.GET.get("per", ""))
        except ValueError:
            per = None
        sparade = andringsfragor.of_row(tabell, rad.pk)
        som_den_var = (
            andringsfragor.as_it_was(tabell, rad.pk, at=_end_of(per)) if per is not None else None
        )
        return self.page(
            request,
            "admin/historik.html",
            f"Historik: {rad}",
            original=rad,
            per="" if per is None else per.isoformat(),
            som_den_var=labelled(self.model, som_den_var),
            andringar=[
                {
                    "tid": andring.tid,
                    "anvandare": andring.anvandare,
                    "skal": andring.skal,
                    "skillnad": changed_fields(self.model, andring.fore, andring.efter),
                }
                for andring in sparade
            ],
        )

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001
        """Save by the action, which also lets waiting contacts be tried again."""
        del change
        andringar.save(
            obj, by=request.user, skal=form.cleaned_data.get("skal", ""), at=timezone.now()
        )
        for lucka in gaps(obj):
            messages.warning(
                request,
                f"Det finns en lucka {lucka}: vårdkontakter från de dagarna väntar på uppgiften.",
            )


def _end_of(day: date) -> datetime:
    """Return the last moment of a Swedish day."""
    return timezone.make_aware(datetime.combine(day, time.max))


def labelled(model: type[Model], rad: dict[str, Any] | None) -> list[tuple[str, str]]:
    """Return a stored row's values with the names that people know the fields by."""
    return [(_label(model, falt), _value(model, falt, v)) for falt, v in (rad or {}).items()]


def changed_fields(
    model: type[Model], fore: dict[str, Any] | None, efter: dict[str, Any] | None
) -> list[tuple[str, str, str]]:
    """Return (field, before, after) of what differs between two stored rows."""
    gammal, ny = fore or {}, efter or {}
    return [
        (
            _label(model, falt),
            _value(model, falt, gammal.get(falt)),
            _value(model, falt, ny.get(falt)),
        )
        for falt in (ny or gammal)
        if gammal.get(falt) != ny.get(falt)
    ]


def _label(model: type[Model], kolumn: str) -> str:
    for falt in model._meta.concrete_fields:
        if falt.column == kolumn:
            return _capitalized(str(falt.verbose_name))
    return kolumn


def _value(model: type[Model], kolumn: str, value: Any) -> str:
    """Write a stored value: periods by first and last day, other rows by what they are called."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "ja" if value else "nej"
    if kolumn == "giltig":
        return _period(str(value))
    for falt in model._meta.concrete_fields:
        if falt.column == kolumn and isinstance(falt, ForeignKey):
            rad = falt.related_model._default_manager.filter(pk=value).first()
            return f"{rad} ({value})" if rad is not None else str(value)
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def _period(text: str) -> str:
    """Write a stored range, "[2022-01-01,2023-01-01)", by its first and last day."""
    start, _, slut = text.strip("[)").partition(",")
    try:
        return str(Period(date.fromisoformat(start), date.fromisoformat(slut) if slut else None))
    except ValueError:
        return text


def _capitalized(text: str) -> str:
    return text[:1].upper() + text[1:]


def gaps(rad: Any) -> list[Period]:
    """Return the days between two periods of the same key that no row covers."""
    nycklar = period_key(type(rad))
    if not nycklar:
        return []
    varden = {namn: getattr(rad, namn) for namn in nycklar}
    perioder = [
        register.period(giltig)
        for giltig in type(rad)
        .objects.filter(**varden)
        .order_by("giltig")
        .values_list("giltig", flat=True)
    ]
    return [
        Period(fore.slut, efter.start)
        for fore, efter in pairwise(perioder)
        if fore.slut is not None and fore.slut < efter.start
    ]


# Shown values -----------------------------------------------------------------------------------


def kr(value: Decimal | None) -> SafeString | str:
    """Return an amount as people read it, on one line and to the right."""
    if value is None:
        return "–"
    return format_html('<span class="gvr-belopp">{}</span>', belopp.format_kr(value))


def chip(text: str, slag: str) -> SafeString:
    """Return a status: word and colour. `slag` is ok, vanta, ratta, ingen or info."""
    return format_html('<span class="gvr-chip gvr-{}">{}</span>', slag, text)


def mono(text: object) -> SafeString:
    """Return a number or code that is never grouped by thousands."""
    return format_html('<span class="gvr-kod">{}</span>', str(text))
