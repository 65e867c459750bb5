"""People and departments in the staff admin: search, filters, bulk actions, import and export."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from apps.organizations.access import Permission
from apps.organizations.admin_site import OrganizationAdmin, site
from apps.organizations.selectors import sites_of
from apps.people import services, staff_list
from apps.people.admin_import import export_view, import_view
from apps.people.forms import DepartmentForm, PersonForm
from apps.people.models import Department, Person

PEOPLE: dict[str, Permission] = {
    "view": Permission.VIEW_PEOPLE,
    "add": Permission.EDIT_PEOPLE,
    "change": Permission.EDIT_PEOPLE,
    "delete": Permission.EDIT_PEOPLE,
}


class MoveForm(forms.Form):
    """Where to move the chosen people; nowhere is a choice too."""

    place: "forms.ModelChoiceField[Any]" = forms.ModelChoiceField(queryset=None, required=False, empty_label=_("None"))

    def __init__(self, *args: Any, places: "QuerySet[Any]", label: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].queryset, self.fields["place"].label = places, label  # type: ignore[attr-defined]


@admin.register(Department, site=site)
class DepartmentAdmin(OrganizationAdmin):
    """Groups of people."""

    acts = PEOPLE
    form = DepartmentForm
    list_display = ("name",)
    search_fields = ("name",)
    ordering = ("name",)

    def save_model(self, request: Any, obj: Department, form: Any, change: bool) -> None:
        services.save_department(organization=request.organization, department=obj)

    def delete_model(self, request: Any, obj: Department) -> None:
        staff_list.remove_department(organization=request.organization, department=obj)


@admin.register(Person, site=site)
class PersonAdmin(OrganizationAdmin):
    """Everybody whose attendance is kept."""

    acts = PEOPLE
    form = PersonForm
    change_list_template = "admin/people_list.html"
    list_display = ("full_name", "external_id", "department", "home_site", "is_active")
    list_filter = ("is_active", "department", "home_site")
    list_select_related = ("department", "home_site")
    search_fields = ("given_name", "family_name", "external_id")
    autocomplete_fields = ("department", "home_site")
    ordering = ("family_name", "given_name", "id")
    actions = ("activate", "deactivate", "move_to_department", "move_to_site")

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        """Nothing can be done to who was erased."""
        return super().get_queryset(request).filter(erased_at=None)

    @admin.display(description=_("Name"), ordering="family_name")
    def full_name(self, person: Person) -> str:
        return person.name

    def save_model(self, request: Any, obj: Person, form: Any, change: bool) -> None:
        services.save_person(organization=request.organization, person=obj)

    def delete_model(self, request: Any, obj: Person) -> None:
        staff_list.remove_person(organization=request.organization, person=obj)

    def changeform_view(
        self, request: Any, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        answer = super().changeform_view(request, object_id, form_url, extra_context)
        if object_id and request.method != "POST":
            person = self.get_object(request, object_id)
            services.record_view(organization=request.organization, person=person)  # type: ignore[arg-type]
        return answer

    # --- Bulk actions ---

    @admin.action(description=_("Activate"), permissions=["change"])
    def activate(self, request: HttpRequest, queryset: "QuerySet[Person]") -> None:
        self._change(request, queryset, is_active=True)

    @admin.action(description=_("Deactivate"), permissions=["change"])
    def deactivate(self, request: HttpRequest, queryset: "QuerySet[Person]") -> None:
        self._change(request, queryset, is_active=False)

    @admin.action(description=_("Move to department…"), permissions=["change"])
    def move_to_department(self, request: Any, queryset: "QuerySet[Person]") -> HttpResponseBase | None:
        places = Department.objects.filter(organization=request.organization).order_by("name")
        return self._move(request, queryset, "department", places)

    @admin.action(description=_("Move to site…"), permissions=["change"])
    def move_to_site(self, request: Any, queryset: "QuerySet[Person]") -> HttpResponseBase | None:
        return self._move(request, queryset, "home_site", sites_of(request.organization))

    def _move(
        self, request: Any, people: "QuerySet[Person]", field: str, places: "QuerySet[Any]"
    ) -> HttpResponseBase | None:
        """Ask where to, then move them."""
        label = Person._meta.get_field(field).verbose_name.capitalize()  # type: ignore[union-attr]
        form = MoveForm(request.POST if "move" in request.POST else None, places=places, label=label)
        if form.is_valid():
            self._change(request, people, **{field: form.cleaned_data["place"]})
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": _("Move people"),
            "form": form,
            "opts": self.opts,
            "chosen": people[:20],
            "hidden": [(name, value) for name in self._kept(request) for value in request.POST.getlist(name)],
        }
        return TemplateResponse(request, "admin/move_people.html", context)

    def _kept(self, request: HttpRequest) -> list[str]:
        return ["action", "select_across", "index", ACTION_CHECKBOX_NAME]

    def _change(self, request: Any, people: "QuerySet[Person]", **values: Any) -> None:
        counted = staff_list.change_people(organization=request.organization, people=list(people), **values)
        self.message_user(request, _("People changed: %(count)s.") % {"count": counted}, messages.SUCCESS)

    # --- Import and export ---

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("import/", view(lambda request: import_view(self, request)), name="people_person_import"),
            path(
                "export/<slug:form>/",
                view(lambda request, form: export_view(self, request, form)),
                name="people_person_export",
            ),
        ]
        return own + super().get_urls()

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        extra = {"may_import": self.has_change_permission(request), **(extra_context or {})}
        return super().changelist_view(request, extra)
