"""Pages about recognition in use: tries that failed, drift, and what stands against pictures held up."""

from typing import Any

from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.attendance import performance
from apps.attendance.spoof_reading import results_by_camera
from apps.attendance.tries_words import drift_of, site_rows, tries_words
from apps.enrollment.recognition_pages import tabs
from apps.organizations.access import OrganizationRequest, Permission, allowed, gate
from apps.organizations.pages import Page
from apps.organizations.selectors import sites_of
from apps.recognition.liveness.passive import passive_installed


@require_safe
@gate(Permission.VIEW_PLACES)
def recognition_use(request: OrganizationRequest) -> HttpResponseBase:
    """How often somebody has to try again, where, and whether faces drift away from their references."""
    organization, now = request.organization, timezone.now()
    sites = performance.tries_of(organization, now)
    total = performance.whole(sites)
    context: dict[str, Any] = {
        "page": Page(
            _("Recognition"), _("How it went with the people who stepped up to a camera in the last 30 days.")
        ),
        "views": tabs(request),
        "total": total,
        "sentence": tries_words(total),
        "sites": site_rows(sites),
        "enough": performance.ENOUGH,
        "drift": drift_of(organization, now),
    }
    return TemplateResponse(request, "attendance/recognition_use.html", context)


@require_safe
@gate(Permission.VIEW_PLACES)
def liveness(request: OrganizationRequest) -> HttpResponseBase:
    """What each site asks for against pictures held up, and how each camera's last test went."""
    sites = list(sites_of(request.organization))
    context = {
        "page": Page(_("Recognition"), _("What stands against a picture held up to a camera.")),
        "views": tabs(request),
        "sites": sites,
        "cameras": results_by_camera(request.organization),
        "installed": passive_installed(),
        "may_edit": allowed(request, Permission.EDIT_PLACES),
    }
    return TemplateResponse(request, "attendance/liveness.html", context)
