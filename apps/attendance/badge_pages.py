"""A person's badges: issue one and print it, adopt a card they have, revoke one."""

from uuid import UUID

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.attendance import badges
from apps.attendance.forms import CardForm
from apps.attendance.models import Badge
from apps.organizations.access import OrganizationRequest, Permission, gate
from apps.organizations.models import Organization
from apps.organizations.pages import Action, Page, attempted, saved
from apps.organizations.qr import picture_of
from apps.people.models import Person
from apps.people.reach import Reach, reach_of, within
from apps.people.selectors import people_within
from apps.people.services import record_view


def _address(request: OrganizationRequest, person: Person) -> str:
    return reverse("attendance:badges", args=[request.organization.slug, person.pk])


def person_or_404(request: OrganizationRequest, pk: UUID) -> Person:
    return get_object_or_404(people_within(request.organization, reach_of(request)), pk=pk)


def badges_within(organization: Organization, reach: Reach) -> "QuerySet[Badge]":
    """The badges of people within reach, live ones first, the newest on top."""
    found = Badge.objects.filter(within(organization, reach, "person__"), organization=organization)
    return found.select_related("person", "issued_by").order_by("revoked_at", "-issued_at")


@require_safe
@gate(Permission.ISSUE_BADGES)
def person_badges(request: OrganizationRequest, pk: UUID) -> HttpResponseBase:
    """The badges of a person, and how they get one."""
    person = person_or_404(request, pk)
    record_view(organization=request.organization, person=person)
    return _page(request, person, CardForm())


@require_POST
@gate(Permission.ISSUE_BADGES)
def badge_issue(request: OrganizationRequest, pk: UUID) -> HttpResponseBase:
    """Issue a badge and show it, once, in the size of a card."""
    person = person_or_404(request, pk)
    badge, code = badges.issue_badge(organization=request.organization, person=person, issued_by=request.user)
    context = {
        "page": Page(_("Badge of %(name)s") % {"name": person.name}),
        "person": person,
        "badge": badge,
        "code": code,
        "qr": picture_of(code),
        "back": _address(request, person),
    }
    return TemplateResponse(request, "attendance/badge_shown.html", context)


@require_POST
@gate(Permission.ISSUE_BADGES)
def card_adopt(request: OrganizationRequest, pk: UUID) -> HttpResponseBase:
    """Let a card that the person has be their badge: its number comes from a reader, as if typed."""
    person = person_or_404(request, pk)
    form = CardForm(request.POST)

    def adopt() -> None:
        code = form.cleaned_data["code"]
        badges.adopt_card(organization=request.organization, person=person, code=code, issued_by=request.user)

    if attempted(form, adopt):
        return saved(
            request, _("The card punches for %(name)s now.") % {"name": person.name}, _address(request, person)
        )
    return _page(request, person, form)


@require_POST
@gate(Permission.ISSUE_BADGES)
def badge_revoke(request: OrganizationRequest, pk: UUID) -> HttpResponseBase:
    """The badge punches for nobody from now on."""
    badge = get_object_or_404(badges_within(request.organization, reach_of(request)), pk=pk)
    badges.revoke_badge(organization=request.organization, badge=badge)
    words = _("The badge that ends in %(ending)s is revoked.") % {"ending": badge.ending}
    return saved(request, words, _address(request, badge.person))


def _page(request: OrganizationRequest, person: Person, form: CardForm) -> HttpResponseBase:
    organization = request.organization
    own = badges_within(organization, reach_of(request)).filter(person=person)
    back = Action(reverse("enrollment:person", args=[organization.slug, person.pk]), person.name)
    page = Page(
        _("Badges of %(name)s") % {"name": person.name}, _("A badge counts as much as a face or a PIN."), back=back
    )
    context = {"page": page, "person": person, "badges": own, "form": form}
    status = 422 if form.is_bound else 200
    return TemplateResponse(request, "attendance/badges.html", context, status=status)
