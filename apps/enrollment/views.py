"""Pages for one person's face: consent, capture, withdrawal."""

from typing import Any
from urllib.parse import urlencode
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
from apps.enrollment.consents import is_due_again, is_minor
from apps.enrollment.face_notes import notes_of
from apps.enrollment.forms import ConsentForm, PaperConsentForm, ReadForm
from apps.enrollment.languages import language_name
from apps.enrollment.link_pages import link_box
from apps.enrollment.models import Consent, ConsentText, EnrollmentSession
from apps.enrollment.privacy import face_mode
from apps.organizations.access import OrganizationRequest, Permission, allowed, gate
from apps.organizations.headers import camera_page
from apps.organizations.models import Organization
from apps.organizations.pages import Action, Page, attempted, saved
from apps.people.models import Person
from apps.people.reach import oneself, reach_of
from apps.people.selectors import own_person, people_within
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
    form = ConsentForm(request.POST, is_minor=is_minor(one))
    if _has_changed(request, form):
        return _read_again(request, pk, form)
    opened: list[EnrollmentSession] = []

    def agree() -> None:
        given = _given(request, one, form, Consent.Method.ON_SCREEN)
        opened.append(
            services.start_session(
                organization=request.organization, person=one, consent=given, started_by=request.user
            )
        )

    if attempted(form, agree):
        return HttpResponseRedirect(address(request, "capture", opened[0].pk))
    return _person_page(request, one, form)


@require_POST
@gate(Permission.ENROLL)
def consent_on_paper(request: OrganizationRequest, pk: UUID) -> HttpResponseBase:
    """Store that a signed paper is kept; the camera opens with the next step."""
    one = person_or_404(request, pk)
    form = PaperConsentForm(request.POST, is_minor=is_minor(one))
    if _has_changed(request, form):
        return _read_again(request, pk, form)
    if attempted(form, lambda: _given(request, one, form, Consent.Method.ON_PAPER)):
        return saved(request, _("The consent was recorded."), address(request, "person", pk))
    return _person_page(request, one, paper_form=form)


def _has_changed(request: OrganizationRequest, form: ReadForm) -> bool:
    """Whether another text has taken the place of the one that was read."""
    if not form.is_valid():
        return False
    text = services.consent_text(organization=request.organization, language=form.cleaned_data["language"])
    return bool(text.version != form.cleaned_data["text_version"])


def _read_again(request: OrganizationRequest, pk: UUID, form: ReadForm) -> HttpResponseBase:
    messages.warning(request, _("The text has changed in the meantime. Please read it again."))
    query = urlencode({"language": form.cleaned_data["language"]})
    return HttpResponseRedirect(f"{address(request, 'person', pk)}?{query}")


def _given(request: OrganizationRequest, one: Person, form: ReadForm, method: str) -> Consent:
    """The consent as it was signed, to the text that was read. Raises ConsentRefused."""
    organization = request.organization
    text = services.consent_text(organization=organization, language=form.cleaned_data["language"])
    return services.give_consent(
        organization=organization, person=one, text=text, method=method, witness=request.user, **form.said
    )


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


@require_POST
@gate(Permission.VIEW_OWN)
def withdraw_own(request: OrganizationRequest) -> HttpResponseBase:
    """The person ends their own consent: what was kept of their face is gone with the answer."""
    one, back = (
        own_person(request.organization, oneself(request)),
        reverse("attendance:me", args=[request.organization.slug]),
    )
    if one is None:
        return HttpResponseRedirect(back)
    services.withdraw_consent(organization=request.organization, person=one)
    text = _("You withdrew. What was kept of your face is deleted; a PIN or a badge records your time.")
    return saved(request, text, back)


def _person_page(
    request: OrganizationRequest,
    one: Person,
    form: ConsentForm | None = None,
    paper_form: PaperConsentForm | None = None,
) -> HttpResponseBase:
    organization, minor = request.organization, is_minor(one)
    asked = form or paper_form
    language = str(asked["language"].value() if asked else request.GET.get("language", ""))
    text = selectors.text_to_show(organization, language)
    read = {"language": text.language, "text_version": text.version}
    live = selectors.live_consent(organization, one)
    context: dict[str, Any] = {
        "page": Page(
            one.name,
            _("Face, PIN and badge record time equally; the person chooses."),
            back=Action(reverse("people:people", args=[organization.slug]), _("People")),
        ),
        "person": one,
        "text": text,
        "languages": _languages(organization, text),
        "consent": live,
        "due": live is not None and is_due_again(live),
        "minor": minor,
        "faces_on": face_mode(organization),
        "references": selectors.active_references(organization, one).count(),
        "may_enroll": allowed(request, Permission.ENROLL),
        "may_issue_badges": allowed(request, Permission.ISSUE_BADGES),
        "form": form or ConsentForm(initial=read, is_minor=minor),
        "paper_form": paper_form or PaperConsentForm(initial=read, is_minor=minor),
        "notes": notes_of(request, one),
        **link_box(request, one),
    }
    return TemplateResponse(request, "enrollment/person.html", context, status=422 if asked else 200)


def _languages(organization: Organization, shown: ConsentText) -> list[dict[str, Any]]:
    """The languages the text can be read in, as tabs; none where there is one only."""
    texts = selectors.newest_texts(organization)
    tabs = [
        {
            "url": f"?language={one.language}",
            "label": language_name(one.language),
            "current": one.language == shown.language,
        }
        for one in texts
    ]
    return tabs if len(tabs) > 1 else []
