"""Whom somebody may see and act for: everybody, the people they are responsible for, or themselves.

A reach holds no list. Its condition asks the database within the query it limits, so a responsibility that was taken
away, like a role that was, counts from the next request on.
"""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from django.db.models import Q

from apps.organizations.access import OrganizationRequest, Permission
from apps.organizations.models import Organization, Role
from apps.people.models import Responsibility


class Scope(StrEnum):
    """How far a role reaches."""

    EVERYBODY = "everybody"
    RESPONSIBLE = "responsible"
    ONESELF = "oneself"


SCOPES: dict[str, Scope] = {
    Role.OWNER: Scope.EVERYBODY,
    Role.HR_MANAGER: Scope.EVERYBODY,
    Role.SUPERVISOR: Scope.RESPONSIBLE,
    Role.OPERATOR: Scope.EVERYBODY,
    Role.AUDITOR: Scope.EVERYBODY,
    Role.EMPLOYEE: Scope.ONESELF,
}
# The acts that touch people: they go as far as the reach. The others are about the organization itself.
ON_PEOPLE = frozenset(
    {
        Permission.VIEW_BOARD,
        Permission.VIEW_PUNCHES,
        Permission.PUNCH_FOR_OTHERS,
        Permission.EXPORT_PUNCHES,
        Permission.VIEW_PEOPLE,
        Permission.EDIT_PEOPLE,
        Permission.INVITE_PEOPLE,
        Permission.VIEW_ENROLLMENT,
        Permission.ENROLL,
        Permission.ISSUE_BADGES,
        Permission.HAND_OUT_RECORDS,
        Permission.ERASE_PEOPLE,
    }
)


@dataclass(frozen=True, slots=True)
class Reach:
    """How far one viewer reaches, and whose responsibilities or own record it is about."""

    scope: Scope
    membership_id: UUID | None = None
    user_id: UUID | None = None

    @property
    def is_everybody(self) -> bool:
        return self.scope == Scope.EVERYBODY


EVERYBODY = Reach(Scope.EVERYBODY)


def reach_of(request: OrganizationRequest) -> Reach:
    """The reach of the one who asks, by the role they are admitted in now."""
    admission = request.admission
    return Reach(SCOPES.get(admission.role, Scope.ONESELF), admission.membership_id, request.user.pk)


def oneself(request: OrganizationRequest) -> Reach:
    """Only the one who asks, whatever their role."""
    return Reach(Scope.ONESELF, user_id=request.user.pk)


def within(organization: Organization, reach: Reach, path: str = "") -> Q:
    """The condition on a row whose person stands at the end of `path`, such as "person__"."""
    if reach.is_everybody:
        return Q()
    if reach.scope == Scope.ONESELF:
        # `in` a list: nobody's id finds nobody, where `= None` would find everybody who never signed in.
        own = [reach.user_id]
        return Q(**{f"{path}user__in": own}) | Q(**{f"{path}invitation__accepted_by__in": own})
    looked_after = Responsibility.objects.filter(organization=organization, membership__in=[reach.membership_id])
    return Q(**{f"{path}department__in": looked_after.values("department")}) | Q(
        **{f"{path}home_site__in": looked_after.values("site")}
    )
