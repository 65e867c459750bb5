"""Pages to list and edit people and departments."""

from typing import Any
from uuid import UUID

from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.organizations.access import OrganizationRequest, Permission, allowed, gate
from apps.organizations.forms import OrganizationForm
from apps.organizations.pages import Action, Empty, Page, edit_page, get_or_post, list_page
from apps.people import selectors, services
from apps.people.filters import PersonFilter
from apps.people.forms import DepartmentForm, PersonForm
from apps.people.models import Department, Person
from apps.people.tables import DepartmentTable, PersonTable


def address(request: OrganizationRequest, name: str) -> str:
    return reverse(f"people:{name}", args=[request.organization.slug])


@require_safe
@gate(Permission.VIEW_PEOPLE)
def people(request: OrganizationRequest) -> HttpResponseBase:
    organization, editable = request.organization, allowed(request, Permission.EDIT_PEOPLE)
    add = Action(address(request, "person_add"), _("Add person"), "plus", primary=True) if editable else None
    page = Page(_("People"), _("Everybody whose attendance is kept."), [add] if add else [])
    chosen = PersonFilter(request.GET, queryset=selectors.people_of(organization), request=request)
    table = PersonTable(chosen.qs, organization=organization, editable=editable)
    if not allowed(request, Permission.ENROLL):
        table.columns.hide("enroll")
    empty = Empty(_("No people yet"), _("Add the first person, then enroll their face or give them a PIN."), add)
    return list_page(request, page, table, empty, chosen.form)


@get_or_post
@gate(Permission.EDIT_PEOPLE)
def person_add(request: OrganizationRequest) -> HttpResponseBase:
    return _edit(request, PersonForm, Person(), Page(_("Add person")), "people", services.save_person)


@get_or_post
@gate(Permission.EDIT_PEOPLE)
def person_edit(request: OrganizationRequest, pk: UUID) -> HttpResponseBase:
    person = get_object_or_404(selectors.people_of(request.organization), pk=pk)
    return _edit(request, PersonForm, person, Page(person.name), "people", services.save_person)


@require_safe
@gate(Permission.VIEW_PEOPLE)
def departments(request: OrganizationRequest) -> HttpResponseBase:
    organization, editable = request.organization, allowed(request, Permission.EDIT_PEOPLE)
    add = Action(address(request, "department_add"), _("Add department"), "plus", primary=True) if editable else None
    page = Page(_("Departments"), _("Groups of people, such as teams."), [add] if add else [])
    table = DepartmentTable(selectors.departments_of(organization), organization=organization, editable=editable)
    return list_page(request, page, table, Empty(_("No departments yet"), _("People can do without."), add))


@get_or_post
@gate(Permission.EDIT_PEOPLE)
def department_add(request: OrganizationRequest) -> HttpResponseBase:
    page = Page(_("Add department"))
    return _edit(request, DepartmentForm, Department(), page, "departments", services.save_department)


@get_or_post
@gate(Permission.EDIT_PEOPLE)
def department_edit(request: OrganizationRequest, pk: UUID) -> HttpResponseBase:
    department = get_object_or_404(selectors.departments_of(request.organization), pk=pk)
    return _edit(request, DepartmentForm, department, Page(department.name), "departments", services.save_department)


def _edit(
    request: OrganizationRequest, form_class: type[OrganizationForm], row: Any, page: Page, back: str, service: Any
) -> HttpResponseBase:
    form = form_class(request.POST or None, instance=row, organization=request.organization)
    return edit_page(request, page, form, address(request, back), service)
