"""The HTTP door: opens the organization named in the address, and one transaction around a write."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import Resolver404, resolve
from django.views.defaults import permission_denied

from apps.organizations import doors, second_step
from apps.organizations.audit import NOBODY, Actor, acting_as, run_held
from apps.organizations.errors import CodedError, SignedOut, TooSmallRole
from apps.organizations.headers import prefers_json
from apps.organizations.models import Organization
from apps.organizations.problems import is_api, problem
from apps.organizations.tenancy import acting_for

Respond = Callable[[HttpRequest], HttpResponseBase]
SAFE_METHODS = {"GET", "HEAD", "OPTIONS", "TRACE"}


class OrganizationMiddleware:
    """Admits members of the organization in `/o/<slug>/…` and acts for it until the response is rendered."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        slug = organization_slug(request)
        if slug is None:
            return self.get_response(request)
        if not request.user.is_authenticated:
            return sign_in_first(request)
        admission = doors.admission(request.user.pk, slug)
        if admission is None:
            raise Http404  # a foreign organization answers like an absent one
        with acting_for(admission.organization_id):
            request.admission = admission  # type: ignore[attr-defined]
            request.organization = Organization.objects.get(pk=admission.organization_id)  # type: ignore[attr-defined]
            if second_step.missing(request.session, request.user, admission, request.organization):  # type: ignore[attr-defined]
                return second_step_first(request)
            return self.get_response(request)


def organization_slug(request: HttpRequest) -> str | None:
    """The slug in the address, if the address is inside an organization."""
    try:
        return resolve(request.path_info).kwargs.get("slug")
    except Resolver404:
        return None


def sign_in_first(request: HttpRequest) -> HttpResponseBase:
    """The way to sign in for people; for the kiosk's script a coded answer that it can show."""
    if prefers_json(request):
        ended = SignedOut("This camera's session has ended. Ask whoever set it up to sign in again.")
        return error_response(request, ended)
    return redirect_to_login(request.get_full_path())


def second_step_first(request: HttpRequest) -> HttpResponseBase:
    """The way to the second step for people; for programs a coded answer."""
    return error_response(request, second_step.refusal()) if prefers_json(request) else second_step.ask(request)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Answers 403: too small a role."""
    if prefers_json(request):
        return error_response(request, TooSmallRole("Whoever is signed in here may not do this. Ask an owner."))
    return permission_denied(request, exception)


def actor_of(request: HttpRequest) -> Actor:
    """In whose name this request's entries of the audit trail are written."""
    visit_id = getattr(getattr(request, "admission", None), "visit_id", None)
    if visit_id:
        return Actor("visit", visit_id)
    return Actor("user", request.user.pk) if request.user.is_authenticated else NOBODY


class WriteMiddleware:
    """Runs each writing view in one transaction, in the name of who asks, and answers its coded errors.

    The transaction ends before a TemplateResponse is rendered. It must stand around the view itself: around
    `get_response` it would commit, because Django turns an exception into a response inside.
    """

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with acting_as(actor_of(request)):
            return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponseBase], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        if request.method in SAFE_METHODS or view.__module__.startswith("allauth."):
            # allauth hashes passwords, for 50 ms, under which SQLite's one writer must not wait; and it answers by
            # exceptions that only its own middleware understands.
            return None
        try:
            return run_held(lambda: view(request, *args, **kwargs))
        except CodedError as error:
            return error_response(request, error)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        return error_response(request, error) if isinstance(error, CodedError) else None


def error_response(request: HttpRequest, error: CodedError) -> HttpResponse:
    """The coded error as JSON for programs, as a page for people."""
    if is_api(request):
        return problem(error.status, error.code, error.message)
    if prefers_json(request):
        return JsonResponse({"state": "refused", "code": error.code, "hint": error.message}, status=error.status)
    return TemplateResponse(request, "refused.html", {"error": error}, status=error.status)
