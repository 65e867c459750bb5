"""Django's admin inside one organization: rights from the role, rows from the guard, writes through services."""

from collections import Counter
from collections.abc import Callable
from functools import update_wrapper
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import NestedObjects, model_ngettext
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, router, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from apps.organizations.access import Permission, admits
from apps.organizations.errors import CodedError
from apps.organizations.forms import OrganizationForm

Patterns = list[URLPattern | URLResolver]
# Signing in and out is allauth's, and "view on site" would look up any table by its number.
NOT_OURS = {"login", "logout", "password_change", "password_change_done", "view_on_site"}
# What a filter of the list may say of its field; another lookup would let one guess a value letter by letter.
FILTER_LOOKUPS = ("", "__exact", "__id__exact", "__isnull", "__gte", "__lt")
NO_ACTION = (("", _("Choose…")),)
DATE_LOOKUPS = ("__year", "__month", "__day")


class StaffAdminSite(admin.AdminSite):
    """The admin of the organization in the address; admin_door.py gives it that organization's addresses."""

    site_header = site_title = _("Staff admin")
    index_title = _("Staff admin")
    site_url = None
    enable_nav_sidebar = False
    final_catch_all_view = False
    empty_value_display = "–"

    def has_permission(self, request: HttpRequest) -> bool:
        """A role with this right; `is_staff` and `is_superuser` say nothing in an organization."""
        return holds(request, Permission.VIEW_STAFF_ADMIN)

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Any:
        """The gate before every page: 403 for too small a role; who is no member met a 404 before it."""

        def gated(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not self.has_permission(request):
                raise PermissionDenied
            answer: HttpResponseBase = view(request, *args, **kwargs)
            return answer

        gated.permission = Permission.VIEW_STAFF_ADMIN  # type: ignore[attr-defined]
        return update_wrapper(gated, view)

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        """Choices while typing, for the fields that say so; Django would offer them for any reference."""
        asked = tuple(request.GET.get(name, "") for name in ("app_label", "model_name", "field_name"))
        offered = {
            (model._meta.app_label, model._meta.model_name, field)
            for model, page in self._registry.items()
            for field in page.autocomplete_fields
        }
        if asked not in offered:
            raise PermissionDenied
        return super().autocomplete_view(request)

    def get_urls(self) -> Patterns:
        return [one for one in super().get_urls() if getattr(one, "name", "") not in NOT_OURS]


site = StaffAdminSite(name="admin")


def holds(request: HttpRequest, permission: Permission) -> bool:
    """Whether what the request was admitted as has this right."""
    admission = getattr(request, "admission", None)
    return admission is not None and admits(admission, permission)


class BoundForm:
    """Mixed into a form of the admin: the organization it is for, and what its service refused."""

    bound_to: ClassVar[Any] = None
    refused: ClassVar[CodedError | None] = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, organization=self.bound_to, **kwargs)  # type: ignore[call-arg]

    def clean(self) -> Any:
        """Show the refusal of the first attempt; it is not attempted again."""
        if self.refused:
            raise ValidationError(self.refused.message, code=self.refused.code)
        return super().clean()  # type: ignore[misc]


class OrganizationAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """The base of every page here. A class says which right each act needs; an act without one is nobody's."""

    acts: ClassVar[dict[str, Permission]] = {}
    form: type[forms.ModelForm] = OrganizationForm  # type: ignore[type-arg]
    list_per_page = 25
    list_max_show_all = 200
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    view_on_site = False

    # --- Rights ---

    def may(self, request: HttpRequest, act: str) -> bool:
        """Whether this role has this act on this kind of row."""
        needed = self.acts.get(act)
        return needed is not None and self.admin_site.has_permission(request) and holds(request, needed)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.may(request, "view")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, "view")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may(request, "add")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, "change")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, "delete")

    # --- Rows ---

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Any]":
        """The organization's own rows, named here although the guard would limit them too."""
        return super().get_queryset(request).filter(organization=request.organization)  # type: ignore[attr-defined]

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """Only what the filters on the page say themselves; Django would allow any lookup on any own column."""
        names = [one[0] if isinstance(one, tuple) else one for one in self.list_filter]
        known = {f"{name}{end}" for name in names if isinstance(name, str) for end in FILTER_LOOKUPS}
        if self.date_hierarchy:
            known |= {f"{self.date_hierarchy}{end}" for end in DATE_LOOKUPS}
        return lookup in known

    def to_field_allowed(self, request: HttpRequest, to_field: str) -> bool:
        """Rows are referred to by their key and by nothing else."""
        return to_field == self.opts.pk.name

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> HttpResponseBase:
        raise Http404  # a foreign row answers like an absent one

    def get_urls(self) -> list[URLPattern]:
        """Without the history page: the audit trail is ours. What has no name only mends links of long ago."""
        named = [one for one in super().get_urls() if getattr(one, "name", None)]
        return [one for one in named if not str(one.name).endswith("_history")]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        title = {"title": capfirst(self.opts.verbose_name_plural)}
        return super().changelist_view(request, title | (extra_context or {}))

    def get_action_choices(self, request: HttpRequest, default_choices: Any = NO_ACTION) -> Any:
        return super().get_action_choices(request, [*default_choices])

    # --- Forms ---

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Beside a choice only the way to add one: what is chosen is changed and deleted on its own page."""
        field: Any = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(getattr(field, "widget", None), RelatedFieldWidgetWrapper):
            widget = field.widget
            widget.can_change_related = widget.can_delete_related = widget.can_view_related = False
        return field

    def get_form(self, request: Any, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        bound = {"bound_to": request.organization, "refused": getattr(request, "refused", None)}
        return type(form.__name__, (BoundForm, form), bound)

    def changeform_view(
        self, request: Any, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """As Django's; what a service refuses is undone and shown on the form."""
        try:
            with transaction.atomic():
                return super().changeform_view(request, object_id, form_url, extra_context)
        except CodedError as error:
            request.refused = error
            return super().changeform_view(request, object_id, form_url, extra_context)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What goes along belongs to the row: the right to delete the row covers it.

        What stands on it is counted, not shown: whoever may delete a camera may not see who punched at it.
        """
        listed, counts, _lacking, protected = super().get_deleted_objects(objs, request)
        return listed, counts, set(), standing_on(objs) if protected else []

    # --- Writes: each class names its services, which write the audit trail. Django's own log stays empty. ---

    def save_model(self, request: Any, obj: Any, form: Any, change: bool) -> None:
        raise NotImplementedError(f"{type(self).__name__} names no service that saves")

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        raise NotImplementedError(f"{type(self).__name__} names no service that deletes")

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        return None

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        return None

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        return None

    def each(self, request: HttpRequest, rows: "models.QuerySet[Any]", act: Callable[[Any], Any], said: Any) -> None:
        """Do this to every chosen row, or to none of them when one is refused."""
        chosen = list(rows)
        try:
            with transaction.atomic():
                for row in chosen:
                    act(row)
        except CodedError as error:
            self.message_user(request, error.message, messages.ERROR)
        else:
            self.message_user(request, said % {"count": len(chosen)}, messages.SUCCESS)


class ReadOnlyAdmin(OrganizationAdmin):
    """Rows that are written elsewhere, shown here: every field as text."""

    actions = None


def standing_on(rows: Any) -> list[str]:
    """How many rows of each kind keep these from being deleted."""
    chosen = list(rows)
    collector = NestedObjects(using=router.db_for_write(type(chosen[0])), origin=chosen)
    collector.collect(chosen)
    kinds = Counter(type(row) for row in collector.protected)
    return [f"{count} {model_ngettext(kind._meta, count)}" for kind, count in kinds.items()]


def chosen_rows(page: "admin.ModelAdmin[Any]", request: HttpRequest) -> "models.QuerySet[Any]":
    """The rows of a list as the address filters it, on every page of it."""
    rows: models.QuerySet[Any] = page.get_changelist_instance(request).get_queryset(request)
    return rows


site.disable_action("delete_selected")
