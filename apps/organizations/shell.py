"""What the frame around every page shows: the organization, and the way to the rooms a role may enter."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from apps.organizations import doors, visits
from apps.organizations.access import Permission, may
from apps.organizations.models import Organization, Role


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
    Entry("enrollment:privacy", _("Privacy"), "shield-check", Permission.VIEW_PRIVACY),
    Entry("organizations:audit", _("Audit"), "history", Permission.VIEW_AUDIT),
    Entry("staff:index", _("Staff admin"), "adjustments", Permission.VIEW_STAFF_ADMIN),
    # Last: the home of whoever has nothing else here.
    Entry("attendance:me", _("My time"), "clock", Permission.VIEW_OWN),
)


# What waits for somebody's decision, as the rooms above register it: shown below People while there is any.
WAITING: dict[str, tuple[Entry, Callable[[Organization], int]]] = {}


def waits(entry: Entry, count: Callable[[Organization], int]) -> None:
    """Register an entry that is in the navigation only while something waits there; a query a page for its role."""
    WAITING[entry.view] = (entry, count)


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
        "nav": _navigation(request, admission) if admission else [],
        "visit": visits.visit_of(request.organization, admission.visit_id) if admission else None,  # type: ignore[attr-defined]
        "user_email": user.email,
        "organizations": [
            {"name": one.name, "url": reverse("organizations:home", args=[one.slug]), "slug": one.slug}
            for one in doors.admissions(user.pk)
        ],
    }


def _navigation(request: HttpRequest, admission: doors.Admission) -> list[dict[str, Any]]:
    entries = navigation(admission.slug, admission.role, request.path)
    below_people = 1 + max((at for at, one in enumerate(entries) if one["label"] == _("People")), default=-1)
    for entry, count in WAITING.values():
        if not may(admission.role, entry.permission):
            continue
        if number := count(request.organization):  # type: ignore[attr-defined]
            url = reverse(entry.view, args=[admission.slug])
            shown = {"url": url, "label": entry.label, "icon": entry.icon, "current": False, "count": number}
            entries.insert(below_people, shown)
    return entries


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
