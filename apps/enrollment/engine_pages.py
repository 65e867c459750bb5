"""The page of an engine change: how many people have moved, how the next engine does, and who must enroll again."""

from typing import Any

from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.enrollment import moving, shadow
from apps.enrollment.engine_choice import chosen_entry, next_entry
from apps.enrollment.engine_tables import LeftBehindTable
from apps.enrollment.recognition_pages import tabs
from apps.organizations.access import OrganizationRequest, Permission, allowed, gate
from apps.organizations.pages import Action, Empty, Page, list_page
from apps.people.models import Person


@require_safe
@gate(Permission.VIEW_ENROLLMENT)
def engine_change(request: OrganizationRequest) -> HttpResponseBase:
    """Who must enroll again for the engine that is filled, or for the one that runs."""
    organization = request.organization
    present, following = chosen_entry(), next_entry()
    entry = following or present
    left = moving.left_behind(organization, entry) if entry else Person.objects.none()
    links = Action(reverse("enrollment:links_new", args=[organization.slug]), _("Send links"), "mail", primary=True)
    page = Page(
        _("Recognition"),
        _("Faces of two engines are never compared. Who is not enrolled with the engine that decides uses the PIN."),
        [links] if allowed(request, Permission.ENROLL) else [],
    )
    more: dict[str, Any] = {
        "views": tabs(request),
        "present": present,
        "following": following,
        "moved": moving.moved(organization, entry) if entry else None,
        "agreement": shadow.agreement_of(organization, present.name, following.name) if present and following else None,
        "enough": shadow.ENOUGH,
    }
    empty = Empty(_("Everybody is enrolled with this engine"), _("Whoever is not would be listed here."))
    table = LeftBehindTable(left, organization=organization)
    return list_page(request, page, table, empty, template="enrollment/engine_change.html", more=more)
