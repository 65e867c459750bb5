"""The two shapes most pages have: a list with its filters, and a form. Rendered after the view's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import django_tables2
from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.organizations.access import OrganizationRequest
from apps.organizations.errors import CodedError
from apps.organizations.forms import OrganizationForm
from apps.organizations.tables import OrganizationTable

get_or_post = require_http_methods(["GET", "HEAD", "POST"])
ROWS_PER_PAGE = 25


@dataclass(frozen=True, slots=True)
class Action:
    """A button in the title row; `post` makes it a form of its own."""

    url: str
    label: Any
    icon: str = ""
    primary: bool = False
    post: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """The title row of a page."""

    title: Any
    sentence: Any = ""
    actions: Sequence[Action] = field(default_factory=list)
    back: Action | None = None


@dataclass(frozen=True, slots=True)
class Empty:
    """What a list says while there is nothing to list."""

    title: Any
    text: Any
    action: Action | None = None


def list_page(
    request: OrganizationRequest,
    page: Page,
    table: OrganizationTable,
    empty: Empty,
    filter_form: Any = None,
    *,
    template: str = "pages/list.html",
    more: dict[str, Any] | None = None,
) -> HttpResponseBase:
    """A table under its title; sorting and paging come from the address. `more` is what another template shows."""
    django_tables2.RequestConfig(request, paginate={"per_page": ROWS_PER_PAGE}).configure(table)
    context = {"page": page, "table": table, "empty": empty, "filter_form": filter_form, **(more or {})}
    return TemplateResponse(request, template, context)


def form_page(
    request: OrganizationRequest, page: Page, form: forms.BaseForm, cancel_url: str, submit_label: Any
) -> HttpResponseBase:
    """A form under its title; answers 422 when it holds errors."""
    context = {"page": page, "form": form, "cancel_url": cancel_url, "submit_label": submit_label}
    return TemplateResponse(request, "pages/form.html", context, status=422 if form.is_bound else 200)


def edit_page(
    request: OrganizationRequest, page: Page, form: OrganizationForm, back: str, service: Any
) -> HttpResponseBase:
    """Create or change one row: its form, then its service called with the row under its model's name."""
    row = form.instance
    if attempted(form, lambda: service(organization=request.organization, **{row._meta.model_name: row})):
        return saved(request, _("%(name)s was saved.") % {"name": row}, back)
    return form_page(request, page, form, back, _("Save"))


def saved(request: OrganizationRequest, message: Any, url: str) -> HttpResponseBase:
    """Say that it is done, and go back to the list."""
    messages.success(request, message)
    return HttpResponseRedirect(url)


def attempted(form: forms.BaseForm, act: Any) -> bool:
    """Run a service for a valid form; its coded error becomes an error of the form, and what it wrote is undone."""
    if not form.is_valid():
        return False
    try:
        with transaction.atomic():
            act()
    except CodedError as error:
        form.add_error(None, error.message)
        return False
    return True
