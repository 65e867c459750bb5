"""What the frame around every page shows: the organization, and the way to the rooms a role may enter."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from apps.organizations import doors, visits
from apps.organizations.access import Permission, may
from apps.organizations.models import Role


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the side navigation."""

    view: str
    label: Any
    icon: str
    permission: Permission


ENTRIES = (
    Entry("attendance:board", _("Today"), "layout-dashboard", Permission.VIEW_BOARD),
    Entry("attendance:punches", _("Punches"), "list-details", Permission.VIEW_PUNCHES),
    Entry("people:people", _("People"), "users", Permission.VIEW_PEOPLE),
    Entry("people:departments", _("Departments"), "users-group", Permission.VIEW_PEOPLE),
    Entry("organizations:cameras", _("Cameras"), "device-tablet", Permission.VIEW_PLACES),
    Entry("organizations:sites", _("Sites"), "map-pin", Permission.VIEW_PLACES),
    Entry("organizations:members", _("Members"), "shield-lock", Permission.VIEW_MEMBERS),
    Entry("integrations:credentials", _("API keys"), "key", Permission.VIEW_CREDENTIALS),
    Entry("enrollment:recognition", _("Recognition"), "user-scan", Permission.VIEW_PLACES),
    Entry("organizations:audit", _("Audit"), "history", Permission.VIEW_AUDIT),
    Entry("staff:index", _("Staff admin"), "adjustments", Permission.VIEW_STAFF_ADMIN),
    # Last: the home of whoever has nothing else here.
    Entry("attendance:me", _("My time"), "clock", Permission.VIEW_OWN),
)


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context for base.html; reads nothing until a template asks."""
    return {"shell": SimpleLazyObject(lambda: _shell(request))}


def _shell(request: HttpRequest) -> dict[str, Any]:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"organization": None, "nav": [], "organizations": []}
    admission = getattr(request, "admission", None)
    return {
        "organization": getattr(request, "organization", None),
        "membership_role": Role(admission.role).label if admission else "",
        "nav": navigation(admission.slug, admission.role, request.path) if admission else [],
        "visit": visits.visit_of(request.organization, admission.visit_id) if admission else None,  # type: ignore[attr-defined]
        "user_email": user.email,
        "organizations": [
            {"name": one.name, "url": reverse("organizations:home", args=[one.slug]), "slug": one.slug}
            for one in doors.admissions(user.pk)
        ],
    }


def navigation(slug: str, role: str, path: str) -> list[dict[str, Any]]:
    """The entries this role may enter; the deepest one that holds the current address is marked."""
    entries = [
        {"url": reverse(entry.view, args=[slug]), "label": entry.label, "icon": entry.icon, "current": False}
        for entry in ENTRIES
        if may(role, entry.permission)
    ]
    holding = [entry for entry in entries if path.startswith(str(entry["url"]))]
    if holding:
        max(holding, key=lambda entry: len(str(entry["url"])))["current"] = True
    return entries
