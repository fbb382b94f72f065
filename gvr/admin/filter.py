"""Filters that an index can serve."""

from collections.abc import Iterator
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    RangeDateFilter,
)
from unfold.contrib.filters.forms import DropdownForm

__all__ = ["Dagsfilter", "Namnfilter", "Rullista", "Sammanhang", "Valfilter"]


class Namnfilter(AutocompleteSelectFilter):
    """One row of another table, found by typing a part of its name."""


class Valfilter(ChoicesDropdownFilter):
    """One of a closed list."""


class Dagsfilter(RangeDateFilter):
    """A range of days. With `kraver` set it is only used together with that other filter.

    Without it the day would have no index to lean on and the whole table would be read.
    """

    kraver: ClassVar[str] = ""
    kraver_namn: ClassVar[str] = ""

    @classmethod
    def with_filter(cls, parameter: str, namn: str) -> "type[Dagsfilter]":
        """Return the filter that waits for another one."""
        return type("Dagsfilter", (cls,), {"kraver": parameter, "kraver_namn": namn})

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any] | None:
        """Narrow the list, or say what else must be chosen."""
        if self.kraver and self.used_parameters and not request.GET.get(self.kraver):
            messages.info(request, f"Välj också {self.kraver_namn} för att avgränsa på dag.")
            return queryset
        narrowed: QuerySet[Any] | None = super().queryset(request, queryset)
        return narrowed


class Rullista(admin.SimpleListFilter):
    """A drop-down with choices of our own, in the theme's form."""

    template = "unfold/filters/filters_field.html"

    def choices(self, changelist: Any) -> Iterator[Any]:
        """Return the form of the drop-down."""
        del changelist
        yield {
            "form": DropdownForm(
                label=str(self.title)[:1].upper() + str(self.title)[1:],
                name=self.parameter_name,
                choices=[("", "Alla"), *self.lookup_choices],
                data={self.parameter_name: self.value()},
            )
        }


class Sammanhang(Rullista):
    """A drop-down that is only used together with another filter (see Dagsfilter)."""

    kraver: ClassVar[str] = ""
    kraver_namn: ClassVar[str] = ""

    def usable(self, request: HttpRequest) -> bool:
        """Say whether the other filter is set; tell the user when it is not."""
        if not self.value():
            return False
        if request.GET.get(self.kraver):
            return True
        messages.info(request, f"Välj också {self.kraver_namn} för att avgränsa på {self.title}.")
        return False
