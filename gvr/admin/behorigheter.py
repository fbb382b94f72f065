"""Who may see a provider or a unit: django-guardian's pages, with only what may be given away."""

from typing import Any, ClassVar

from django import forms
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.http import HttpRequest
from guardian.admin import GroupManage, GuardedModelAdminMixin, UserManage
from guardian.forms import GroupObjectPermissionsForm, UserObjectPermissionsForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextInputWidget


class Objektbehorighet(GuardedModelAdminMixin):
    """Pages for grants on one row. `delegerbara` are the only permissions that can be given."""

    delegerbara: ClassVar[tuple[str, ...]] = ()

    def delegable(self) -> Any:
        """Return the permissions that may be given, in the order they are named."""
        typ = ContentType.objects.get_for_model(self.model)  # type: ignore[attr-defined]
        per_kod = {
            rad.codename: rad
            for rad in Permission.objects.filter(content_type=typ, codename__in=self.delegerbara)
        }
        return [per_kod[kod] for kod in self.delegerbara if kod in per_kod]

    def get_obj_perms_base_context(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        """Show only the columns that can be given."""
        context: dict[str, Any] = super().get_obj_perms_base_context(  # type: ignore[no-untyped-call]
            request, obj
        )
        context["model_perms"] = self.delegable()
        context["title"] = f"Behörigheter till {obj}"
        return context

    def get_obj_perms_manage_user_form(self, request: HttpRequest) -> Any:
        """Return the form of one user's grants."""
        del request
        return _form(UserObjectPermissionsForm, self.delegable())

    def get_obj_perms_manage_group_form(self, request: HttpRequest) -> Any:
        """Return the form of one group's grants."""
        del request
        return _form(GroupObjectPermissionsForm, self.delegable())

    def get_obj_perms_user_select_form(self, request: HttpRequest) -> Any:
        """Return the form that picks a user."""
        del request
        return Anvandarval

    def get_obj_perms_group_select_form(self, request: HttpRequest) -> Any:
        """Return the form that picks a group."""
        del request
        return Gruppval


def _form(bas: Any, rattigheter: list[Permission]) -> Any:
    val = [(rad.codename, rad.name) for rad in rattigheter]

    class Formular(bas):
        """Grants as boxes to tick."""

        def get_obj_perms_field_choices(self) -> list[tuple[str, str]]:
            """Return what can be given."""
            return val

        def get_obj_perms_field_widget(self) -> Any:
            """Return boxes."""
            return UnfoldAdminCheckboxSelectMultipleWidget

        def get_obj_perms_field_label(self) -> str:
            """Return the heading."""
            return "Behörigheter"

        def get_obj_perms_field_initial(self) -> list[str]:
            """Return what is given now."""
            kanda = {kod for kod, _ in val}
            return [kod for kod in super().get_obj_perms_field_initial() if kod in kanda]

    return Formular


class Anvandarval(UserManage):
    """Pick a user by user name."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"] = forms.CharField(
            label="Användarnamn",
            max_length=150,
            widget=UnfoldAdminTextInputWidget,
            error_messages={"does_not_exist": "Det finns ingen användare med det namnet."},
        )


class Gruppval(GroupManage):
    """Pick a group by name."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["group"] = forms.CharField(
            label="Grupp",
            max_length=150,
            widget=UnfoldAdminTextInputWidget,
            error_messages={"does_not_exist": "Det finns ingen grupp med det namnet."},
        )
