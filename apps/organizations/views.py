"""Pages to found an organization and to keep its sites, cameras and members."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.organizations import doors, selectors, services, shell, visits
from apps.organizations.access import OrganizationRequest, Permission, SignedInRequest, allowed, gate
from apps.organizations.account_tables import VisitTable
from apps.organizations.accounts import may_be_reset_by, password_path
from apps.organizations.errors import WrongChoice
from apps.organizations.forms import CameraForm, MembershipForm, OrganizationForm, SiteForm
from apps.organizations.models import Camera, Membership, Organization, Role, Site
from apps.organizations.pages import Action, Empty, Page, attempted, edit_page, form_page, get_or_post, list_page, saved
from apps.organizations.tables import CameraTable, MemberTable, SiteTable


def address(organization: Organization, name: str, *args: object) -> str:
    return reverse(f"organizations:{name}", args=[organization.slug, *args])


@login_required
@require_safe
def home(request: SignedInRequest) -> HttpResponseBase:
    """Go to the only organization, or choose one."""
    admissions = doors.admissions(request.user.pk)
    if len(admissions) == 1:
        return HttpResponseRedirect(reverse("organizations:home", args=[admissions[0].slug]))
    return TemplateResponse(request, "organizations/choose.html", {"admissions": admissions})


def nothing_here(request: HttpRequest) -> HttpResponseBase:
    """In place of a page of a library that is not for here."""
    raise Http404


@require_safe
def organization_home(request: OrganizationRequest, slug: str) -> HttpResponseBase:
    """Go to the first page this role may see."""
    return HttpResponseRedirect(shell.navigation(slug, request.admission.role, request.path)[0]["url"])


@require_safe
@gate(Permission.VIEW_PLACES)
def sites(request: OrganizationRequest) -> HttpResponseBase:
    organization, editable = request.organization, allowed(request, Permission.EDIT_PLACES)
    add = Action(address(organization, "site_add"), _("Add site"), "plus", primary=True) if editable else None
    page = Page(
        _("Sites"), _("Places with a time zone. Punches are booked in their site's time."), [add] if add else []
    )
    table = SiteTable(selectors.sites_of(organization), organization=organization, editable=editable)
    return list_page(request, page, table, Empty(_("No sites yet"), _("Add the first place people come to."), add))


@get_or_post
@gate(Permission.EDIT_PLACES)
def site_add(request: OrganizationRequest) -> HttpResponseBase:
    return _edit(request, SiteForm, Site(), Page(_("Add site")), "sites", services.save_site)


@get_or_post
@gate(Permission.EDIT_PLACES)
def site_edit(request: OrganizationRequest, pk: UUID) -> HttpResponseBase:
    site = get_object_or_404(selectors.sites_of(request.organization), pk=pk)
    return _edit(request, SiteForm, site, Page(site.name), "sites", services.save_site)


@require_safe
@gate(Permission.VIEW_PLACES)
def cameras(request: OrganizationRequest) -> HttpResponseBase:
    organization, editable = request.organization, allowed(request, Permission.EDIT_PLACES)
    add = Action(address(organization, "camera_add"), _("Add camera"), "plus", primary=True) if editable else None
    page = Page(_("Cameras"), _("Kiosks, tablets and webcams people punch at."), [add] if add else [])
    table = CameraTable(selectors.cameras_of(organization), organization=organization, editable=editable)
    if not allowed(request, Permission.OPERATE_CAMERA):
        table.columns.hide("kiosk")
    return list_page(request, page, table, Empty(_("No cameras yet"), _("Add the first kiosk."), add))


@get_or_post
@gate(Permission.EDIT_PLACES)
def camera_add(request: OrganizationRequest) -> HttpResponseBase:
    return _edit(request, CameraForm, Camera(), Page(_("Add camera")), "cameras", services.save_camera)


@get_or_post
@gate(Permission.EDIT_PLACES)
def camera_edit(request: OrganizationRequest, pk: UUID) -> HttpResponseBase:
    camera = get_object_or_404(selectors.cameras_of(request.organization), pk=pk)
    device = Action(address(request.organization, "camera_devices", pk), _("Paired device"), "device-tablet")
    pictures = Action(
        reverse("attendance:camera_tests", args=[request.organization.slug, pk]), _("Test with pictures"), "eye"
    )
    page = Page(camera.name, actions=[pictures, device] if allowed(request, Permission.PAIR_CAMERA) else [pictures])
    return _edit(request, CameraForm, camera, page, "cameras", services.save_camera)


@require_safe
@gate(Permission.VIEW_MEMBERS)
def members(request: OrganizationRequest) -> HttpResponseBase:
    """Who signs in here, and who of the platform's staff came in."""
    organization, editable = request.organization, allowed(request, Permission.EDIT_MEMBERS)
    roles = Action(reverse("people:roles", args=[organization.slug]), _("Roles"), "shield-half")
    actions = [
        roles,
        Action(address(organization, "sign_in_rules"), _("Sign-in rules"), "shield-lock"),
        Action(address(organization, "invitations"), _("Invitations"), "link"),
        Action(address(organization, "invitation_add"), _("Invite"), "plus", primary=True),
    ]
    page = Page(_("Members"), _("Who signs in here, and in which role."), actions if editable else [roles])
    table = MemberTable(selectors.members_of(organization), organization=organization, editable=editable)
    empty = Empty(_("No members"), "")
    visited = VisitTable(visits.visits_of(organization), organization=organization, prefix="visits-")
    return list_page(request, page, table, empty, template="organizations/members.html", more={"visits": visited})


@get_or_post
@gate(Permission.EDIT_MEMBERS)
def member_edit(request: OrganizationRequest, pk: UUID) -> HttpResponseBase:
    organization = request.organization
    membership = get_object_or_404(selectors.members_of(organization), pk=pk)
    form = MembershipForm(request.POST or None, initial={"role": membership.role, "is_active": membership.is_active})
    back = address(organization, "members")
    if attempted(
        form,
        lambda: services.change_membership(organization=organization, membership=membership, **form.cleaned_data),
    ):
        return saved(request, _("The membership was saved."), back)
    link = Action(address(organization, "member_link", pk), _("New password link"), "link", post=True)
    actions = [link] if may_be_reset_by(organization, membership.user) else []
    if membership.role == Role.SUPERVISOR:
        looks_after = reverse("people:responsibilities", args=[organization.slug, pk])
        actions.append(Action(looks_after, _("Looks after"), "users-group"))
    return form_page(request, Page(membership.user.email, actions=actions), form, back, _("Save"))


@require_POST
@gate(Permission.EDIT_MEMBERS)
def member_link(request: OrganizationRequest, pk: UUID) -> HttpResponseBase:
    """A link to set a password, for a member of this organization alone who lost theirs or never had one."""
    membership = get_object_or_404(selectors.members_of(request.organization), pk=pk)
    if not may_be_reset_by(request.organization, membership.user):
        raise WrongChoice(_("This account belongs to other organizations too. Its owner resets the password."))
    services.record_password_link(organization=request.organization, membership=membership)
    return _link_page(request, membership)


def _link_page(request: OrganizationRequest, membership: Membership) -> HttpResponseBase:
    context = {
        "page": Page(membership.user.email),
        "membership": membership,
        "link": request.build_absolute_uri(password_path(membership.user)),
        "back": address(request.organization, "members"),
    }
    return TemplateResponse(request, "organizations/member_link.html", context)


def _edit(
    request: OrganizationRequest, form_class: type[OrganizationForm], row: Any, page: Page, back: str, service: Any
) -> HttpResponseBase:
    form = form_class(request.POST or None, instance=row, organization=request.organization)
    return edit_page(request, page, form, address(request.organization, back), service)
