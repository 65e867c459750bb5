"""Pages for one person's face: consent, capture, withdrawal."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.enrollment import capture, selectors, services
from apps.enrollment.face_notes import notes_of
from apps.enrollment.forms import ConsentForm
from apps.enrollment.link_pages import link_box
from apps.enrollment.models import EnrollmentSession
from apps.organizations.access import OrganizationRequest, Permission, allowed, gate
from apps.organizations.headers import camera_page
from apps.organizations.pages import Action, Page, saved
from apps.people.models import Person
from apps.people.reach import reach_of
from apps.people.selectors import people_within
from apps.people.services import record_view


def address(request: OrganizationRequest, name: str, *args: object) -> str:
    return reverse(f"enrollment:{name}", args=[request.organization.slug, *args])


def person_or_404(request: OrganizationRequest, pk: UUID) -> Person:
    return get_object_or_404(people_within(request.organization, reach_of(request)), pk=pk)


def session_or_404(request: OrganizationRequest, pk: UUID) -> EnrollmentSession:
    return get_object_or_404(selectors.sessions_within(request.organization, reach_of(request)), pk=pk)


@require_safe
@gate(Permission.VIEW_ENROLLMENT)
def person(request: OrganizationRequest, pk: UUID) -> HttpResponseBase:
    """Where a person's enrollment stands, and the next step."""
    one = person_or_404(request, pk)
    record_view(organization=request.organization, person=one)
    return _person_page(request, one)


@require_POST
@gate(Permission.ENROLL)
def consent(request: OrganizationRequest, pk: UUID) -> HttpResponseBase:
    """Store the consent first; only then does the camera page open."""
    one = person_or_404(request, pk)
    form = ConsentForm(request.POST)
    text = services.consent_text(organization=request.organization)
    if not form.is_valid():
        return _person_page(request, one, form)
    if form.cleaned_data["text_version"] != text.version:
        messages.warning(request, _("The text has changed in the meantime. Please read it again."))
        return HttpResponseRedirect(address(request, "person", pk))
    given = services.give_consent(organization=request.organization, person=one, text=text, witness=request.user)
    session = services.start_session(
        organization=request.organization, person=one, consent=given, started_by=request.user
    )
    return HttpResponseRedirect(address(request, "capture", session.pk))


@require_POST
@gate(Permission.ENROLL)
def session_start(request: OrganizationRequest, pk: UUID) -> HttpResponseBase:
    """Enroll again under the consent that is there."""
    one = person_or_404(request, pk)
    live = selectors.live_consent(request.organization, one)
    session = services.start_session(
        organization=request.organization, person=one, consent=live, started_by=request.user
    )
    return HttpResponseRedirect(address(request, "capture", session.pk))


@require_POST
@gate(Permission.ENROLL)
def withdraw(request: OrganizationRequest, pk: UUID) -> HttpResponseBase:
    """End the consent and delete what was kept of the face."""
    one = person_or_404(request, pk)
    deleted = services.withdraw_consent(organization=request.organization, person=one)
    text = _("Consent ended. %(count)d references were deleted.") % {"count": deleted}
    return saved(request, text, address(request, "person", pk))


@require_safe
@gate(Permission.ENROLL)
@camera_page
def capture_page(request: OrganizationRequest, pk: UUID) -> HttpResponseBase:
    """The camera page of an open session."""
    session = session_or_404(request, pk)
    back = address(request, "person", session.person_id)
    if session.state != EnrollmentSession.State.OPEN:
        return HttpResponseRedirect(back)
    page_settings = {
        "socket": f"/ws/o/{request.organization.slug}/enrollments/{session.pk}/",
        "needed": capture.NEEDED,
        "name": session.person.name,
        "done_url": back,
        "cancel_url": back,
    }
    context = {
        "settings": page_settings,
        "session": session,
        "person": session.person,
        "cancel_url": address(request, "cancel", pk),
    }
    return TemplateResponse(request, "enrollment/capture.html", context)


@require_POST
@gate(Permission.ENROLL)
def cancel(request: OrganizationRequest, pk: UUID) -> HttpResponseBase:
    """Leave the capture page without a trace of the face."""
    session = session_or_404(request, pk)
    if session.state == EnrollmentSession.State.OPEN:
        services.cancel_session(organization=request.organization, session=session)
    return HttpResponseRedirect(address(request, "person", session.person_id))


def _person_page(request: OrganizationRequest, one: Person, form: ConsentForm | None = None) -> HttpResponseBase:
    organization = request.organization
    text = selectors.text_to_show(organization)
    context: dict[str, Any] = {
        "page": Page(
            one.name,
            _("Face, PIN and badge record time equally; the person chooses."),
            back=Action(reverse("people:people", args=[organization.slug]), _("People")),
        ),
        "person": one,
        "text": text,
        "consent": selectors.live_consent(organization, one),
        "references": selectors.active_references(organization, one).count(),
        "may_enroll": allowed(request, Permission.ENROLL),
        "may_issue_badges": allowed(request, Permission.ISSUE_BADGES),
        "form": form or ConsentForm(initial={"text_version": text.version}),
        "notes": notes_of(request, one),
        **link_box(request, one),
    }
    return TemplateResponse(request, "enrollment/person.html", context, status=422 if form else 200)
