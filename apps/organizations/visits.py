"""Visits: how platform staff step into an organization, with a reason, for a time, seen by its owners."""

from datetime import timedelta
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.organizations import audit
from apps.organizations.errors import WrongChoice
from apps.organizations.models import Organization, PlatformVisit, Role, User
from apps.organizations.tenancy import acting_for

MINUTES = (15, 60, 240)
SHOWN = 20


@audit.held()
def step_in(*, organization_id: UUID, user: User, role: str, reason: str, minutes: int) -> PlatformVisit:
    """Open an organization to a member of platform staff; a visit that is still open ends. Raises WrongChoice."""
    if not user.is_staff or not user.is_active:
        raise WrongChoice(_("Only platform staff step in."))
    if role not in Role.values or minutes not in MINUTES or not reason.strip():
        raise WrongChoice(_("Give a reason, a role and a time out of the list."))
    end(organization_id=organization_id, user=user)
    with acting_for(organization_id):
        now = timezone.now()
        visit = PlatformVisit.objects.create(
            organization=Organization.objects.get(pk=organization_id),
            user=user,
            role=role,
            reason=reason.strip(),
            started_at=now,
            expires_at=now + timedelta(minutes=minutes),
        )
        new = {"role": role, "expires_at": visit.expires_at, "user": user}
        _record("visit.start", visit, new, visit.reason)
    return visit


@audit.held()
def end(*, organization_id: UUID, user: User) -> None:
    """End this user's open visit of the organization, if there is one."""
    with acting_for(organization_id):
        now = timezone.now()
        visits = PlatformVisit.objects.filter(organization=organization_id, user=user, ended_at=None)
        for visit in visits.filter(expires_at__gt=now).select_related("organization"):
            visit.ended_at = now
            visit.save(update_fields=["ended_at"])
            _record("visit.end", visit, {"ended_at": now}, "")


def _record(action: str, visit: PlatformVisit, new: dict[str, object], reason: str) -> None:
    """Into the chain of the organization, and into the platform's: neither side can forget it alone."""
    audit.record(organization=visit.organization, action=action, subject=visit, new=new, reason=reason)
    audit.record_account(action=action, user_id=visit.user_id, reason=reason)


def visits_of(organization: Organization) -> "QuerySet[PlatformVisit]":
    """The latest visits, for the organization's owners."""
    visits = PlatformVisit.objects.filter(organization=organization).select_related("user")
    return visits.order_by("-started_at", "id")[:SHOWN]


def visit_of(organization: Organization, visit_id: UUID | None) -> PlatformVisit | None:
    """The visit that a request is made under."""
    return PlatformVisit.objects.filter(organization=organization, pk=visit_id).first() if visit_id else None
