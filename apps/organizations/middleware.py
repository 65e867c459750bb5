"""The HTTP door: opens the organization named in the address, and one transaction around a write."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import Resolver404, resolve
from django.views.defaults import permission_denied

from apps.organizations import doors
from apps.organizations.errors import CodedError, SignedOut, TooSmallRole
from apps.organizations.headers import prefers_json
from apps.organizations.models import Organization
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


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Answers 403: too small a role."""
    if prefers_json(request):
        return error_response(request, TooSmallRole("Whoever is signed in here may not do this. Ask an owner."))
    return permission_denied(request, exception)


class WriteMiddleware:
    """Runs each writing view in one transaction and answers its coded errors.

    The transaction ends before a TemplateResponse is rendered. It must stand around the view itself: around
    `get_response` it would commit, because Django turns an exception into a response inside.
    """

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponseBase], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        if request.method in SAFE_METHODS:
            return None
        try:
            with transaction.atomic():
                return view(request, *args, **kwargs)
        except CodedError as error:
            if error.afterwards:
                error.afterwards()
            return error_response(request, error)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        return error_response(request, error) if isinstance(error, CodedError) else None


def error_response(request: HttpRequest, error: CodedError) -> HttpResponse:
    """The coded error as JSON for programs, as a page for people."""
    if prefers_json(request):
        return JsonResponse({"state": "refused", "code": error.code, "hint": error.message}, status=error.status)
    return TemplateResponse(request, "refused.html", {"error": error}, status=error.status)
