"""The pages of a person who follows their link: read, decide, look into the camera, done. Nobody signs in.

The secret leaves the address at once; after that the browser's session says which link was followed (FOLLOWED) and
which visit was opened by it here (VISIT): a second browser that followed the same link has the first and not the other.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from allauth.core.internal.ratelimit import consume
from allauth.core.ratelimit import respond_429
from django.conf import settings
from django.core.mail import send_mail
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.enrollment import capture, invitations, selectors, services
from apps.enrollment.consents import is_minor
from apps.enrollment.invitations import DeadLink
from apps.enrollment.languages import language_name
from apps.enrollment.models import ConsentText, EnrollmentInvitation, EnrollmentSession
from apps.enrollment.own_forms import OtherWayForm, OwnConsentForm
from apps.organizations.headers import camera_page
from apps.organizations.pages import attempted
from apps.people.models import PunchMethod

FOLLOWED, VISIT, DECLINED = "followed_enrollment", "own_visit", "declined_enrollment"
SOCKET = "/ws/enroll/"
# A whole company may follow its links from behind one address; guessing 256 bits is hopeless at any rate.
RATES = {"follow": "300/m/ip", "answer": "60/m/ip"}
View = Callable[..., HttpResponseBase]


def limited(action: str) -> Callable[[View], View]:
    """Answer 429 to an address that asks more often than RATES allows."""

    def limit(view: View) -> View:
        @wraps(view)
        def limited_view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            taken = consume(request, app="enrollment", action=action, config=RATES, limit_get=True)
            return view(request, *args, **kwargs) if taken else respond_429(request)

        return limited_view

    return limit


def while_open(view: View) -> View:
    """Answer every link that does not work alike, with what to do."""

    @wraps(view)
    def answering(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except DeadLink as dead:
            return TemplateResponse(request, "enrollment/own_dead.html", {"error": dead}, status=dead.status)

    return answering


@require_safe
@limited("follow")
def follow(request: HttpRequest, token: str) -> HttpResponseBase:
    """Take the secret out of the address at once: it must not stand in a history, a referrer or a picture."""
    token_hash = invitations.hash_of(token)
    if request.session.get(FOLLOWED) != token_hash:
        for name in (VISIT, DECLINED):
            request.session.pop(name, None)
        request.session[FOLLOWED] = token_hash
    response = HttpResponseRedirect(reverse("enroll"))
    response["Referrer-Policy"] = "no-referrer"
    return response


@require_safe
@while_open
def ask(request: HttpRequest) -> HttpResponseBase:
    """Who asks, what is kept and why, and both ways to answer."""
    if request.session.get(VISIT) or request.session.get(DECLINED):
        return HttpResponseRedirect(reverse("enroll_done"))
    with invitations.opened(followed(request)) as invitation:
        return _asking(request, invitation)


@require_POST
@limited("answer")
@while_open
def agree(request: HttpRequest) -> HttpResponseBase:
    """Store the consent, open the visit, and remember in this browser that it is its own."""
    with invitations.opened(followed(request)) as invitation:
        form = OwnConsentForm(request.POST, is_minor=is_minor(invitation.person))
        done: list[EnrollmentInvitation] = []
        if not attempted(form, lambda: done.append(_agreed(request, form))):
            return _asking(request, invitation, form)
    request.session.cycle_key()
    request.session[VISIT] = str(done[0].session_id)
    return HttpResponseRedirect(reverse("enroll_here"))


def _agreed(request: HttpRequest, form: OwnConsentForm) -> EnrollmentInvitation:
    return invitations.agree(token_hash=followed(request), **form.cleaned_data)


@require_POST
@limited("answer")
@while_open
def decline(request: HttpRequest) -> HttpResponseBase:
    """The other way: as good, and said to whoever sent the link."""
    form = OtherWayForm(request.POST)
    if not form.is_valid():
        return HttpResponseRedirect(reverse("enroll"))
    invitation = invitations.decline(token_hash=followed(request), method=form.cleaned_data["method"])
    request.session[DECLINED] = form.cleaned_data["method"]
    context = {"tell": _telling(invitation, request), "way": form.cleaned_data["method"]}
    return TemplateResponse(request, "enrollment/own_declined.html", context | _place(invitation))


def _telling(invitation: EnrollmentInvitation, request: HttpRequest) -> Callable[[], str]:
    """Called while the page is rendered, after the transaction: a mail that fails undoes nothing."""
    person, inviter = invitation.person, invitation.invited_by
    there = reverse("enrollment:person", args=[invitation.organization.slug, person.pk])
    said = {
        "person": person.name,
        "way": person.get_preferred_method_display(),
        "link": request.build_absolute_uri(there),
    }

    def tell() -> str:
        if settings.EMAIL_URL and inviter:
            text = render_to_string("enrollment/declined_mail.txt", said)
            subject = _("%(name)s chose another way") % {"name": " ".join(person.name.split())}
            try:
                send_mail(subject, text, None, [inviter.email])
            except OSError:  # smtplib's errors are among these; the page of links says it in any case
                return ""
        return ""

    return tell


@require_safe
@camera_page
@while_open
def here(request: HttpRequest) -> HttpResponseBase:
    """The camera page, the same as the operator's."""
    with invitations.visited(followed(request), visit_id(request)) as invitation:
        visit = invitation.session
        if visit is None or visit.state != EnrollmentSession.State.OPEN:
            return HttpResponseRedirect(reverse("enroll_done"))
        page_settings = {
            "socket": SOCKET,
            "needed": capture.NEEDED,
            "name": invitation.person.name,
            "done_url": reverse("enroll_done"),
            "cancel_url": reverse("enroll_done"),
        }
        context = {"settings": page_settings, "person": None, "cancel_url": reverse("enroll_cancel"), "is_own": True}
        return TemplateResponse(request, "enrollment/capture.html", context)


@require_POST
@while_open
def cancel(request: HttpRequest) -> HttpResponseBase:
    """Leave the camera page without a trace of the face."""
    with invitations.visited(followed(request), visit_id(request)) as invitation:
        if invitation.session:
            services.cancel_session(organization=invitation.organization, session=invitation.session)
    return HttpResponseRedirect(reverse("enroll_done"))


@require_POST
@limited("answer")
@while_open
def again(request: HttpRequest) -> HttpResponseBase:
    """Go back to the camera after a visit that was cancelled."""
    invitation = invitations.start_again(token_hash=followed(request), session_id=visit_id(request))
    request.session[VISIT] = str(invitation.session_id)
    return HttpResponseRedirect(reverse("enroll_here"))


@require_safe
@while_open
def done(request: HttpRequest) -> HttpResponseBase:
    """How it ended: enrolled, waiting for a decision, cancelled, or another way."""
    if way := request.session.get(DECLINED):
        return TemplateResponse(request, "enrollment/own_declined.html", {"way": way})
    with invitations.visited(followed(request), visit_id(request)) as invitation:
        if invitation.session and invitation.session.state == EnrollmentSession.State.OPEN:
            return HttpResponseRedirect(reverse("enroll_here"))
        context = {
            "stage": invitations.stage_of(invitation, timezone.now()),
            "may_start_again": invitation.expires_at > timezone.now(),
            "way": PunchMethod.FACE,
        }
        return TemplateResponse(request, "enrollment/own_done.html", context | _place(invitation))


def followed(request: HttpRequest) -> str:
    return str(request.session.get(FOLLOWED, ""))


def visit_id(request: HttpRequest) -> UUID | None:
    stored = request.session.get(VISIT)
    return UUID(stored) if stored else None


def _place(invitation: EnrollmentInvitation) -> dict[str, Any]:
    """What every page of the link says: whose it is, and for whom."""
    organization = invitation.organization
    return {
        "organization_name": organization.name,
        "policy_url": reverse("biometric_policy", args=[organization.slug]),
        "given_name": invitation.person.given_name,
    }


def _asking(
    request: HttpRequest, invitation: EnrollmentInvitation, form: OwnConsentForm | None = None
) -> HttpResponseBase:
    texts = selectors.newest_texts(invitation.organization) or [selectors.text_to_show(invitation.organization)]
    text = _chosen(texts, request)
    said = {"language": text.language, "version": text.version}
    if form:
        form.data = {**dict(form.data.items()), **said}  # what is signed next is the text that stands there now
    context = {
        "languages": [(one.language, language_name(one.language), one.pk == text.pk) for one in texts],
        "text": text,
        "form": form or OwnConsentForm(initial=said, is_minor=is_minor(invitation.person)),
        "inviter": invitation.invited_by.email if invitation.invited_by else "",
    }
    return TemplateResponse(request, "enrollment/own.html", context | _place(invitation), status=422 if form else 200)


def _chosen(texts: list[ConsentText], request: HttpRequest) -> ConsentText:
    """The text in the language asked for, else the browser's, else the first."""
    wanted = [request.POST.get("language") or request.GET.get("language"), request.LANGUAGE_CODE]
    return next((text for one in wanted for text in texts if text.language == one), texts[0])
