"""The page that enrolls people from a ZIP or a folder of photos: the browser reads it, and no file is uploaded."""

from typing import Any

from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.enrollment.photo_rules import MOST_PHOTOS, MOST_REFERENCE
from apps.enrollment.privacy import face_mode
from apps.organizations.access import OrganizationRequest, Permission, gate
from apps.organizations.pages import Action, Page


@require_safe
@gate(Permission.ENROLL)
def photos(request: OrganizationRequest) -> HttpResponseBase:
    """Choose photos, see whom they belong to, try it out, enroll."""
    organization = request.organization
    people = reverse("people:people", args=[organization.slug])
    sentence = _("Enroll many people at once. Each picture is looked at and forgotten; none is stored.")
    context: dict[str, Any] = {
        "page": Page(_("Enroll from photos"), sentence, back=Action(people, _("People"))),
        "faces_on": face_mode(organization),
        "most_photos": MOST_PHOTOS,
        "most_reference": MOST_REFERENCE,
        "settings": {"socket": f"/ws/o/{organization.slug}/enrollment/photos/", "people_url": people},
    }
    return TemplateResponse(request, "enrollment/photos.html", context)
