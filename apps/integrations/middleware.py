"""The door of programs: opens the organization that a bearer secret belongs to, for addresses below /api/ only."""

import logging
import re
import uuid

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone

from apps.integrations import services
from apps.integrations.rate import seconds_to_wait
from apps.organizations import doors
from apps.organizations.audit import Actor, acting_as
from apps.organizations.middleware import Respond
from apps.organizations.models import Credential
from apps.organizations.problems import is_api, problem
from apps.organizations.tenancy import acting_for

log = logging.getLogger(__name__)

BEARER = re.compile(r"bearer +([\w-]{1,100})", re.IGNORECASE | re.ASCII)


class CredentialMiddleware:
    """Admits credentials and acts for their organization until the answer is rendered.

    The organization comes from the credential alone. A session opens nothing here, a secret nothing elsewhere.
    """

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not is_api(request):
            return self.get_response(request)
        request_id = str(uuid.uuid4())
        response = as_problem(self._answer(request))
        response.headers["X-Request-Id"] = request_id
        credential = getattr(request, "credential", None)
        # The route, not the address: an address may hold a person's number.
        route = request.resolver_match.route if request.resolver_match else "-"
        log.info(
            "%s %s %s %s by %s", request_id, request.method, route, response.status_code, credential and credential.pk
        )
        return response

    def _answer(self, request: HttpRequest) -> HttpResponseBase:
        given = BEARER.fullmatch(request.headers.get("Authorization", ""))
        found = doors.credential_of(services.secret_hash(given[1])) if given else None
        if found is None:
            return unauthorized()
        now = timezone.now()
        with acting_for(found.organization_id):
            credential = services.admitted(organization_id=found.organization_id, credential_id=found.id, at=now)
            if credential is None:
                return unauthorized()
            wait = seconds_to_wait(organization_id=found.organization_id, credential_id=found.id, now=now.timestamp())
            return too_many(wait) if wait else self._admit(request, credential)

    def _admit(self, request: HttpRequest, credential: Credential) -> HttpResponseBase:
        request.credential = credential  # type: ignore[attr-defined]
        request.organization = credential.organization  # type: ignore[attr-defined]
        with acting_as(Actor("credential", credential.pk)):
            return self.get_response(request)


def unauthorized() -> HttpResponse:
    """401, the same for no secret, an unknown one, a revoked one and an expired one."""
    detail = "Send a valid API key: Authorization: Bearer att_…"
    return problem(401, "not_authenticated", detail, headers={"WWW-Authenticate": "Bearer"})


def too_many(wait: int) -> HttpResponse:
    """429, and when to come back."""
    detail = f"Too many requests. Ask again in {wait} s."
    return problem(429, "too_many_requests", detail, headers={"Retry-After": str(wait)})


def as_problem(response: HttpResponseBase) -> HttpResponseBase:
    """What failed outside of a view was answered with a page: a program is given a problem instead."""
    if response.status_code < 400 or response.headers.get("Content-Type") == "application/problem+json":
        return response
    return problem(response.status_code, "failed", "The request could not be answered. It changed nothing.")
