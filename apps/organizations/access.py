"""Who may do what: the one permission table, and the gate in front of every view and socket."""

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from apps.organizations.doors import Admission
from apps.organizations.models import Organization, Role, User


class Permission(StrEnum):
    """The acts that are granted; each view, socket and command names one."""

    VIEW_BOARD = "view_board"
    VIEW_PEOPLE = "view_people"
    EDIT_PEOPLE = "edit_people"
    VIEW_PLACES = "view_places"
    EDIT_PLACES = "edit_places"
    VIEW_MEMBERS = "view_members"
    EDIT_MEMBERS = "edit_members"
    OPERATE_CAMERA = "operate_camera"
    ENROLL = "enroll"
    VIEW_PUNCHES = "view_punches"
    EXPORT_PUNCHES = "export_punches"
    PUNCH_FOR_OTHERS = "punch_for_others"


_VIEW = {
    Permission.VIEW_BOARD,
    Permission.VIEW_PEOPLE,
    Permission.VIEW_PLACES,
    Permission.VIEW_PUNCHES,
}
GRANTS: dict[str, frozenset[Permission]] = {
    Role.OWNER: frozenset(Permission),
    Role.HR_MANAGER: frozenset(set(Permission) - {Permission.EDIT_PLACES, Permission.EDIT_MEMBERS}),
    Role.SUPERVISOR: frozenset(_VIEW | {Permission.PUNCH_FOR_OTHERS}),
    Role.OPERATOR: frozenset(
        {
            Permission.VIEW_PEOPLE,
            Permission.VIEW_PLACES,
            Permission.EDIT_PLACES,
            Permission.OPERATE_CAMERA,
            Permission.ENROLL,
        }
    ),
    Role.AUDITOR: frozenset(_VIEW | {Permission.VIEW_MEMBERS, Permission.EXPORT_PUNCHES}),
    Role.EMPLOYEE: frozenset(),
}


def may(role: str, permission: Permission) -> bool:
    """Whether this role is granted this act."""
    return permission in GRANTS.get(role, frozenset())


class SignedInRequest(HttpRequest):
    """A request of somebody who signed in."""

    user: User


class OrganizationRequest(SignedInRequest):
    """A request inside an organization: what the middleware added to it."""

    organization: Organization
    admission: Admission


P = ParamSpec("P")
View = Callable[Concatenate[OrganizationRequest, P], HttpResponseBase]


def gate(permission: Permission) -> Callable[[View[P]], Callable[..., HttpResponseBase]]:
    """Put this permission in front of a view: too small a role is answered 403.

    Who is no member of the organization was answered 404 before, by the middleware.
    """

    def guard(view: View[P]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def guarded_view(
            request: OrganizationRequest, slug: str, *args: P.args, **kwargs: P.kwargs
        ) -> HttpResponseBase:
            if not may(request.admission.role, permission):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded_view.permission = permission  # type: ignore[attr-defined]  # read by the house test
        return guarded_view

    return guard


def allowed(request: Any, permission: Permission) -> bool:
    """Whether a page may offer this act to the one who looks at it."""
    return may(request.admission.role, permission)
