"""The public policy about faces: what an organization really does, from its settings; nobody signs in to read it."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.enrollment import selectors
from apps.enrollment.languages import language_name
from apps.enrollment.models.consents import LONGEST_DAYS
from apps.enrollment.privacy import rules_of
from apps.organizations import doors
from apps.organizations.models import Organization
from apps.organizations.platform_key import public_key
from apps.organizations.tenancy import acting_for


@require_safe
def biometric_policy(request: HttpRequest, organization: str) -> HttpResponse:
    """The policy of the organization at this address, 404 where there is none.

    Its parameter is not the `slug` whose members alone are admitted: whoever stands before a camera may read this.
    """
    organization_id = doors.organization_id_of(organization)
    if organization_id is None:
        raise Http404
    with acting_for(organization_id):
        return render(request, "enrollment/policy.html", _told(Organization.objects.get(pk=organization_id)))


def _told(organization: Organization) -> dict[str, Any]:
    rules = rules_of(organization)
    texts = selectors.newest_texts(organization) or [selectors.first_text(organization)]
    return {
        "organization_name": organization.name,
        "rules": rules,
        "longest_days": LONGEST_DAYS,
        "purpose": rules.purpose or selectors.FIRST_WHY,
        "texts": [(text, language_name(text.language)) for text in texts],
        "public_key": public_key(organization.pk),
    }
