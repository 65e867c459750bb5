"""Pages to list and edit people and departments, to say who they are, and what each role reaches."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from apps.organizations.access import OrganizationRequest, Permission, allowed, gate
from apps.organizations.forms import OrganizationForm
from apps.organizations.invitation_views import link_page
from apps.organizations.models import Invitation
from apps.organizations.pages import Action, Empty, Page, attempted, edit_page, form_page, get_or_post, list_page, saved
from apps.organizations.selectors import members_of
from apps.people import matrix, selectors, services
from apps.people.filters import PersonFilter
from apps.people.forms import DepartmentForm, InvitePersonForm, LinkForm, PersonForm, ResponsibilityForm
from apps.people.models import Department, Person
from apps.people.reach import reach_of
from apps.people.tables import DepartmentTable, PersonTable

ASK_FOR_PEOPLE = gettext_lazy("You look after nobody yet. Ask HR to give you the departments or sites that are yours.")


def address(request: OrganizationRequest, name: str) -> str:
    return reverse(f"people:{name}", args=[request.organization.slug])


def person_or_404(request: OrganizationRequest, pk: UUID) -> Person:
    return get_object_or_404(selectors.people_within(request.organization, reach_of(request)), pk=pk)


@require_safe
@gate(Permission.VIEW_PEOPLE)
def people(request: OrganizationRequest) -> HttpResponseBase:
    organization, editable = request.organization, allowed(request, Permission.EDIT_PEOPLE)
    add = Action(address(request, "person_add"), _("Add person"), "plus", primary=True) if editable else None
    reach = reach_of(request)
    sentence = _("Everybody whose attendance is kept.") if reach.is_everybody else _("The people you look after.")
    page = Page(_("People"), sentence, [*_to_enroll_many(request), *_to_erasures(request), *([add] if add else [])])
    chosen = PersonFilter(request.GET, queryset=selectors.people_within(organization, reach), request=request)
    table = PersonTable(chosen.qs, organization=organization, editable=editable)
    if not allowed(request, Permission.VIEW_ENROLLMENT):
        table.columns.hide("enroll")
    first = _("Add the first person, then enroll their face or give them a PIN.")
    empty = Empty(_("No people yet"), first if reach.is_everybody else ASK_FOR_PEOPLE, add)
    return list_page(request, page, table, empty, chosen.form)


def _to_erasures(request: OrganizationRequest) -> list[Action]:
    may_look = allowed(request, Permission.VIEW_PRIVACY)
    return [Action(address(request, "erasures"), _("Erasures"), "trash")] if may_look else []


def _to_enroll_many(request: OrganizationRequest) -> list[Action]:
    """The ways to enroll many at once."""
    if not allowed(request, Permission.ENROLL):
        return []
    photos, links = (reverse(f"enrollment:{name}", args=[request.organization.slug]) for name in ("photos", "links"))
    return [Action(links, _("Enrollment links"), "link"), Action(photos, _("Enroll from photos"), "photo-scan")]


@get_or_post
@gate(Permission.EDIT_PEOPLE)
def person_add(request: OrganizationRequest) -> HttpResponseBase:
    return _edit(request, PersonForm, Person(), Page(_("Add person")), "people", services.save_person)


@get_or_post
@gate(Permission.EDIT_PEOPLE)
def person_edit(request: OrganizationRequest, pk: UUID) -> HttpResponseBase:
    person = person_or_404(request, pk)
    if request.method != "POST":
        services.record_view(organization=request.organization, person=person)
    return _edit(
        request, PersonForm, person, Page(person.name, actions=_about(request, pk)), "people", services.save_person
    )


def _about(request: OrganizationRequest, pk: UUID) -> list[Action]:
    """What else there is to do for a person."""
    ways = (
        (Permission.EDIT_PEOPLE, "person_login", _("Own time"), "user"),
        (Permission.HAND_OUT_RECORDS, "person_record", _("Record"), "file-zip"),
        (Permission.ERASE_PEOPLE, "erase", _("Erase"), "trash"),
    )
    slug = request.organization.slug
    return [
        Action(reverse(f"people:{name}", args=[slug, pk]), label, icon)
        for permission, name, label, icon in ways
        if allowed(request, permission)
    ]


@require_safe
@gate(Permission.VIEW_PEOPLE)
def departments(request: OrganizationRequest) -> HttpResponseBase:
    organization, editable = request.organization, allowed(request, Permission.EDIT_PEOPLE)
    add = Action(address(request, "department_add"), _("Add department"), "plus", primary=True) if editable else None
    page = Page(_("Departments"), _("Groups of people, such as teams."), [add] if add else [])
    table = DepartmentTable(
        selectors.departments_within(organization, reach_of(request)), organization=organization, editable=editable
    )
    return list_page(request, page, table, Empty(_("No departments yet"), _("People can do without."), add))


@get_or_post
@gate(Permission.EDIT_PEOPLE)
def department_add(request: OrganizationRequest) -> HttpResponseBase:
    page = Page(_("Add department"))
    return _edit(request, DepartmentForm, Department(), page, "departments", services.save_department)


@get_or_post
@gate(Permission.EDIT_PEOPLE)
def department_edit(request: OrganizationRequest, pk: UUID) -> HttpResponseBase:
    department = get_object_or_404(selectors.departments_within(request.organization, reach_of(request)), pk=pk)
    return _edit(request, DepartmentForm, department, Page(department.name), "departments", services.save_department)


def _edit(
    request: OrganizationRequest, form_class: type[OrganizationForm], row: Any, page: Page, back: str, service: Any
) -> HttpResponseBase:
    form = form_class(request.POST or None, instance=row, organization=request.organization)
    return edit_page(request, page, form, address(request, back), service)


@get_or_post
@gate(Permission.EDIT_PEOPLE)
def person_login(request: OrganizationRequest, pk: UUID) -> HttpResponseBase:
    """Who signs in to see this person's time as their own."""
    person, organization = person_or_404(request, pk), request.organization
    back = reverse("people:person_edit", args=[organization.slug, pk])
    title, way_back = _("Own time of %(name)s") % {"name": person.name}, Action(back, person.name)
    page = Page(title, _("Who signs in as this person, to see their own time."), back=way_back)
    if person.user or person.invitation:
        return TemplateResponse(request, "people/person_linked.html", {"page": page, "person": person})
    invite = Action(reverse("people:person_invite", args=[organization.slug, pk]), _("Invite by email"), "mail")
    page = replace(page, actions=[invite] if allowed(request, Permission.INVITE_PEOPLE) else [])
    form = LinkForm(request.POST or None, organization=organization)
    if attempted(form, lambda: services.link_member(organization=organization, person=person, **form.cleaned_data)):
        return saved(request, _("%(name)s can now see their own time.") % {"name": person.name}, back)
    return form_page(request, page, form, back, _("Link"))


@get_or_post
@gate(Permission.INVITE_PEOPLE)
def person_invite(request: OrganizationRequest, pk: UUID) -> HttpResponseBase:
    """Invite a person who is no member yet; the link is shown to copy."""
    person, organization = person_or_404(request, pk), request.organization
    back = reverse("people:person_login", args=[organization.slug, pk])
    form = InvitePersonForm(request.POST or None)
    made: list[tuple[Invitation, str]] = []
    if attempted(
        form,
        lambda: made.append(
            services.invite_person(
                organization=organization, person=person, invited_by=request.user, **form.cleaned_data
            )
        ),
    ):
        return link_page(request, *made[0], back=back)
    page = Page(
        _("Invite %(name)s") % {"name": person.name},
        _("They become a member who sees their own time and nothing else."),
    )
    return form_page(request, page, form, back, _("Make the link"))


@require_POST
@gate(Permission.EDIT_PEOPLE)
def person_unlink(request: OrganizationRequest, pk: UUID) -> HttpResponseBase:
    """End that somebody sees this person's time as their own."""
    person = person_or_404(request, pk)
    services.unlink_member(organization=request.organization, person=person)
    back = reverse("people:person_login", args=[request.organization.slug, pk])
    return saved(request, _("Nobody signs in as %(name)s now.") % {"name": person.name}, back)


@require_safe
@gate(Permission.VIEW_MEMBERS)
def roles(request: OrganizationRequest) -> HttpResponseBase:
    """What each role may do, for whom, and whom each supervisor looks after."""
    members = Action(reverse("organizations:members", args=[request.organization.slug]), _("Members"))
    context = {
        "page": Page(_("Roles"), _("What each role may do, and for whom."), back=members),
        "roles": matrix.roles(),
        "rows": matrix.rows(),
        "supervisors": selectors.supervisors_of(request.organization),
        "may_assign": allowed(request, Permission.ASSIGN_RESPONSIBILITIES),
    }
    return TemplateResponse(request, "people/roles.html", context)


@get_or_post
@gate(Permission.ASSIGN_RESPONSIBILITIES)
def responsibilities(request: OrganizationRequest, pk: UUID) -> HttpResponseBase:
    """The departments and sites a supervisor looks after."""
    organization, back = request.organization, address(request, "roles")
    membership = get_object_or_404(members_of(organization), pk=pk)
    rows = membership.responsibilities.all()
    given = {
        "departments": [one.department_id for one in rows if one.department_id],
        "sites": [one.site_id for one in rows if one.site_id],
    }
    # Bound by the method: nothing ticked posts nothing, and means nobody.
    ticked = request.POST if request.method == "POST" else None
    form = ResponsibilityForm(ticked, initial=given, organization=organization)
    if attempted(
        form,
        lambda: services.assign_responsibilities(organization=organization, membership=membership, **form.cleaned_data),
    ):
        return saved(request, _("Saved what %(who)s looks after.") % {"who": membership.user.email}, back)
    page = Page(
        membership.user.email,
        _("As a supervisor they see and act for the people of what is ticked here, and for nobody else."),
        back=Action(back, _("Roles")),
    )
    return form_page(request, page, form, back, _("Save"))
