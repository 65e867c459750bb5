"""Pages on which operators hand out links to enroll: to one person, or to all who are not enrolled yet."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from tablib import Dataset

from apps.enrollment import invitations
from apps.enrollment.models import EnrollmentInvitation
from apps.enrollment.own_forms import LinkForm
from apps.enrollment.privacy import face_mode
from apps.enrollment.tables import LinkTable, ToInviteTable
from apps.organizations.access import OrganizationRequest, Permission, allowed, gate
from apps.organizations.exports import harmless
from apps.organizations.pages import Action, Empty, Page, get_or_post, list_page, saved
from apps.organizations.qr import QrPicture, picture_of
from apps.people.filters import PersonFilter
from apps.people.models import Person
from apps.people.reach import reach_of
from apps.people.selectors import people_within

MOST_AT_ONCE = 200
LIST, MAIL, CSV = "list", "mail", "csv"


@dataclass(frozen=True, slots=True)
class Handed:
    """A link that is shown now and never again, and where it is mailed to, as far as that is known."""

    person: Person
    link: str
    email: str

    @property
    def qr(self) -> QrPicture:
        return picture_of(self.link)


def address(request: OrganizationRequest, name: str, *args: object) -> str:
    return reverse(f"enrollment:{name}", args=[request.organization.slug, *args])


def person_or_404(request: OrganizationRequest, pk: UUID) -> Person:
    people = invitations.with_addresses(people_within(request.organization, reach_of(request)))
    return get_object_or_404(people, pk=pk)


def link_box(request: OrganizationRequest, person: Person) -> dict[str, Any]:
    """What the box about links on a person's page shows."""
    if not allowed(request, Permission.ENROLL):
        return {}
    addressed = person_or_404(request, person.pk)
    return {
        "open_link": invitations.links_to_end(request.organization, person).first(),
        "face_mode": face_mode(request.organization),
        "link_form": LinkForm(initial={"email": email_of(addressed)}) if settings.EMAIL_URL else None,
    }


@require_POST
@gate(Permission.ENROLL)
def link_new(request: OrganizationRequest, pk: UUID) -> HttpResponseBase:
    """Make a link and show it once; mailed too where an address was given."""
    person, form = person_or_404(request, pk), LinkForm(request.POST)
    email = form.cleaned_data["email"] if form.is_valid() else ""
    made = invitations.invite(organization=request.organization, person=person, invited_by=request.user)
    handed = _handed(request, [made], {person.pk: email})[0]
    back = address(request, "person", pk)
    context = {
        "page": Page(_("A link for %(name)s") % {"name": person.name}, back=Action(back, person.name)),
        "handed": handed,
        "until": made[0].expires_at,
        "wanted": str(form.data.get("email", "")),
        "mailed": _mailing(request, [handed]),
        "back": back,
    }
    return TemplateResponse(request, "enrollment/link.html", context)


@require_POST
@gate(Permission.ENROLL)
def link_revoke(request: OrganizationRequest, pk: UUID) -> HttpResponseBase:
    """Take back the links of this person that are open, or that may be started again with."""
    person = person_or_404(request, pk)
    for one in invitations.links_to_end(request.organization, person):
        invitations.revoke(organization=request.organization, invitation=one)
    return saved(request, _("The link was taken back. It works no more."), address(request, "person", pk))


@require_safe
@gate(Permission.ENROLL)
def links(request: OrganizationRequest) -> HttpResponseBase:
    """The links of the last month, and what came of them."""
    organization = request.organization
    add = Action(address(request, "links_new"), _("Send links"), "link", primary=True)
    page = Page(
        _("Enrollment links"),
        _("With a link, people decide and enroll on their own phone. What came of each in the last 30 days:"),
        [add],
        Action(reverse("people:people", args=[organization.slug]), _("People")),
    )
    rows = invitations.links_within(organization, reach_of(request))
    table = LinkTable(rows, organization=organization, editable=True)
    empty = Empty(_("No links yet"), _("Send one from a person’s page, or to everybody who is not enrolled."), add)
    return list_page(request, page, table, empty)


@get_or_post
@gate(Permission.ENROLL)
def links_new(request: OrganizationRequest) -> HttpResponseBase:
    """Whom links would go to, and three ways to hand them out."""
    organization = request.organization
    people = invitations.with_addresses(invitations.to_invite(organization, reach_of(request)))
    chosen = PersonFilter(request.GET, queryset=people, request=request)
    chosen.form.fields.pop("is_active")
    if request.method == "POST":
        return _hand_out(request, list(chosen.qs[:MOST_AT_ONCE]), request.POST.get("way", LIST))
    back = Action(address(request, "links"), _("Enrollment links"))
    sentence = _("Everybody who is not enrolled, has no open link and did not choose another way.")
    table = ToInviteTable(chosen.qs, organization=organization)
    more = {
        "count": chosen.qs.count(),
        "most": MOST_AT_ONCE,
        "has_mail": bool(settings.EMAIL_URL),
        "face_mode": face_mode(organization),
    }
    nobody = Empty(_("Nobody to ask"), _("Everybody is enrolled, has a link, or chose a PIN or badge."))
    page = Page(_("Send links"), sentence, back=back)
    return list_page(request, page, table, nobody, chosen.form, template="enrollment/links_new.html", more=more)


def _hand_out(request: OrganizationRequest, people: Sequence[Person], way: str) -> HttpResponseBase:
    """Make the links and show them once: mailed, to print, or as a file."""
    if not people:
        return HttpResponseRedirect(address(request, "links_new"))
    made = invitations.invite_all(organization=request.organization, people=people, invited_by=request.user)
    handed = _handed(request, made, {one.pk: email_of(one) if way == MAIL else "" for one in people})
    if way == CSV:
        return _file(handed)
    context = {
        "page": Page(
            _("Links"),
            _("Shown once. Each works for one person, once, for %(days)d days.") % {"days": invitations.DAYS},
        ),
        "by_hand": [one for one in handed if not one.email],
        "by_mail": [one for one in handed if one.email],
        "mailed": _mailing(request, handed),
        "back": address(request, "links"),
    }
    return TemplateResponse(request, "enrollment/links_made.html", context)


def email_of(person: Person) -> str:
    """Where a mail reaches this person: their own account's address, or the one they were invited by; "" if neither."""
    return str(getattr(person, "own_email", None) or getattr(person, "invited_email", None) or "")


def _handed(
    request: OrganizationRequest, made: Iterable[tuple[EnrollmentInvitation, str]], emails: dict[UUID, str]
) -> list[Handed]:
    return [
        Handed(
            invitation.person,
            request.build_absolute_uri(reverse("enroll_link", args=[secret])),
            emails.get(invitation.person_id, ""),
        )
        for invitation, secret in made
    ]


def _file(handed: Sequence[Handed]) -> HttpResponse:
    rows = [(one.person.external_id, one.person.name, one.link) for one in handed]
    text = harmless(Dataset(*rows, headers=[_("Person number"), _("Name"), _("Link")])).export("csv")
    attachment = {"Content-Disposition": 'attachment; filename="enrollment-links.csv"'}
    return HttpResponse(text, content_type="text/csv; charset=utf-8", headers=attachment)


def _mailing(request: OrganizationRequest, handed: Sequence[Handed]) -> Callable[[], int]:
    """Called while the page is rendered, after the transaction: how many mails went out; a failure undoes nothing."""
    name = " ".join(request.organization.name.split())
    subject = _("%(organization)s asks: your face, a PIN or a badge?") % {"organization": name}

    def mailed() -> int:
        messages = [_mail(subject, name, one) for one in handed if one.email and settings.EMAIL_URL]
        try:
            return int(get_connection().send_messages(messages) or 0) if messages else 0
        except OSError:  # smtplib's errors are among these
            return 0

    return mailed


def _mail(subject: str, organization: str, handed: Handed) -> EmailMessage:
    said = {"organization": organization, "given_name": handed.person.given_name, "link": handed.link}
    return EmailMessage(subject, render_to_string("enrollment/link_mail.txt", said), None, [handed.email])
