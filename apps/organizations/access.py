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

    VIEW_OWN = "view_own"
    VIEW_BOARD = "view_board"
    VIEW_PUNCHES = "view_punches"
    PUNCH_FOR_OTHERS = "punch_for_others"
    EXPORT_PUNCHES = "export_punches"
    VIEW_PEOPLE = "view_people"
    EDIT_PEOPLE = "edit_people"
    INVITE_PEOPLE = "invite_people"
    VIEW_ENROLLMENT = "view_enrollment"
    ENROLL = "enroll"
    VIEW_PLACES = "view_places"
    EDIT_PLACES = "edit_places"
    OPERATE_CAMERA = "operate_camera"
    PAIR_CAMERA = "pair_camera"
    VIEW_MEMBERS = "view_members"
    EDIT_MEMBERS = "edit_members"
    VIEW_AUDIT = "view_audit"
    VIEW_STAFF_ADMIN = "view_staff_admin"
    VIEW_CREDENTIALS = "view_credentials"
    EDIT_CREDENTIALS = "edit_credentials"
    EDIT_SECURITY = "edit_security"
    EDIT_RECOGNITION = "edit_recognition"
    ASSIGN_RESPONSIBILITIES = "assign_responsibilities"
    VIEW_PRIVACY = "view_privacy"
    EDIT_PRIVACY = "edit_privacy"
    DECIDE_DUPLICATES = "decide_duplicates"
    ISSUE_BADGES = "issue_badges"
    HAND_OUT_RECORDS = "hand_out_records"
    ERASE_PEOPLE = "erase_people"

    @property
    def reads(self) -> bool:
        """Whether it shows and changes nothing."""
        return self.startswith("view_") or self == Permission.EXPORT_PUNCHES


_READS = frozenset(permission for permission in Permission if permission.reads)
GRANTS: dict[str, frozenset[Permission]] = {
    Role.OWNER: frozenset(Permission),
    Role.HR_MANAGER: _READS - {Permission.VIEW_CREDENTIALS}
    | {
        Permission.EDIT_PEOPLE,
        Permission.INVITE_PEOPLE,
        Permission.ENROLL,
        Permission.PUNCH_FOR_OTHERS,
        Permission.ASSIGN_RESPONSIBILITIES,
        Permission.DECIDE_DUPLICATES,
        Permission.ISSUE_BADGES,
        Permission.HAND_OUT_RECORDS,
        Permission.ERASE_PEOPLE,
    },
    # Of the people they are responsible for, and nobody else: apps/people/reach.py.
    Role.SUPERVISOR: frozenset(
        {
            Permission.VIEW_OWN,
            Permission.VIEW_BOARD,
            Permission.VIEW_PEOPLE,
            Permission.VIEW_PUNCHES,
            Permission.PUNCH_FOR_OTHERS,
        }
    ),
    Role.OPERATOR: frozenset(
        {
            Permission.VIEW_OWN,
            Permission.VIEW_PEOPLE,
            Permission.VIEW_ENROLLMENT,
            Permission.ENROLL,
            Permission.VIEW_PLACES,
            Permission.EDIT_PLACES,
            Permission.OPERATE_CAMERA,
            Permission.PAIR_CAMERA,
            Permission.VIEW_STAFF_ADMIN,
            Permission.ISSUE_BADGES,
        }
    ),
    # Everything of the organization, and no change.
    Role.AUDITOR: _READS,
    Role.EMPLOYEE: frozenset({Permission.VIEW_OWN}),
}


def may(role: str, permission: Permission) -> bool:
    """Whether this role is granted this act."""
    return permission in GRANTS.get(role, frozenset())


# Who may do these could take the organization over, or leave something behind that outlasts the visit: never platform
# staff, in no role.
MEMBERS_ONLY = frozenset(
    {
        Permission.EDIT_MEMBERS,
        Permission.INVITE_PEOPLE,
        Permission.EDIT_CREDENTIALS,
        Permission.EDIT_SECURITY,
        Permission.PAIR_CAMERA,
        Permission.EDIT_RECOGNITION,
        Permission.EDIT_PRIVACY,
        Permission.ISSUE_BADGES,
        Permission.HAND_OUT_RECORDS,
        Permission.ERASE_PEOPLE,
    }
)


def admits(admission: Admission, permission: Permission) -> bool:
    """Whether this admission includes this act: as its role, less what a visit of platform staff may not do."""
    return may(admission.role, permission) and not (admission.visit_id and permission in MEMBERS_ONLY)


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
            if not admits(request.admission, permission):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded_view.permission = permission  # type: ignore[attr-defined]  # read by the house test
        return guarded_view

    return guard


def allowed(request: Any, permission: Permission) -> bool:
    """Whether a page may offer this act to the one who looks at it."""
    return admits(request.admission, permission)
