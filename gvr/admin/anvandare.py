"""People and their roles. Nobody is made superuser or given single permissions here."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangosGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangosUserAdmin
from django.contrib.auth.models import Group, Permission, User
from django.db.models import Model
from django.http import HttpRequest
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from gvr.actions import roller
from gvr.admin.bas import Lista
from gvr.admin.filter import Namnfilter

admin.site.unregister(User)
admin.site.unregister(Group)


@admin.register(User)
class UserAdmin(DjangosUserAdmin, Lista):  # type: ignore[type-arg,misc]
    """Användare: log-in, role groups, whether the person works for the region."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "first_name", "last_name", "visa_grupper", "is_staff", "is_active")
    list_filter = (("groups", Namnfilter), "is_staff", "is_active")
    search_prefix = ("username",)
    search_text = ("first_name", "last_name", "email")
    search_help_text = "Användarnamn eller namn"
    ordering = ("username",)
    autocomplete_fields = ("groups",)
    filter_horizontal: ClassVar[Any] = ()
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "email")}),
        ("Roller", {"fields": ("is_active", "is_staff", "groups")}),
        ("Tider", {"fields": ("last_login", "date_joined")}),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        """Read the groups of all shown users at once."""
        return super().get_queryset(request).prefetch_related("groups")

    @admin.display(description="Grupper")
    def visa_grupper(self, rad: User) -> str:
        """Return the role groups."""
        return ", ".join(sorted(grupp.name for grupp in rad.groups.all()))

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """People are stopped (not active), never removed: the history names them."""
        del request, obj
        return False


class Behorighetsval(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Permissions by their Swedish names alone."""

    def label_from_instance(self, obj: Any) -> str:
        """Return the name; the package also writes app and model in English."""
        return str(obj.name)


@admin.register(Group)
class GroupAdmin(DjangosGroupAdmin, Lista):  # type: ignore[misc]
    """Grupp: a role and what it may do."""

    list_display = ("name",)
    search_text = ("name",)
    ordering = ("name",)
    filter_horizontal: ClassVar[Any] = ()

    def formfield_for_manytomany(self, db_field: Any, request: Any = None, **kwargs: Any) -> Any:
        """Offer what some role may do; the rest opens nothing."""
        if db_field.name == "permissions":
            kwargs["queryset"] = (
                Permission.objects.filter(
                    codename__in={kod.split(".")[1] for kod in roller.GIVBARA}
                )
                .select_related("content_type")
                .order_by("content_type__app_label", "content_type__model", "codename")
            )
            kwargs["widget"] = UnfoldAdminCheckboxSelectMultipleWidget
            kwargs["form_class"] = Behorighetsval
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Roles are emptied, never removed."""
        del request, obj
        return False
