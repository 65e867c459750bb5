"""The doors: what may be read before an organization is known. One function a door; reviewed by a house test.

Each looks up by the signed-in user or by an exact name given on the operator's own command line, and returns ids
and names only. Nothing else in the project may call `unguarded`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from apps.organizations.models import Job, Membership, Organization
from apps.organizations.tenancy import unguarded


@dataclass(frozen=True, slots=True)
class Admission:
    """What a signed-in user is admitted to: one organization, in one role."""

    organization_id: UUID
    slug: str
    name: str
    membership_id: UUID
    role: str


def admission(user_id: UUID, slug: str) -> Admission | None:
    """The user's active membership in the organization of this slug, or None (foreign and absent alike)."""
    return next((one for one in admissions(user_id) if one.slug == slug), None)


def admissions(user_id: UUID) -> Sequence[Admission]:
    """Every organization this user is an active member of, by name."""
    rows = (
        unguarded(Membership)
        .filter(user_id=user_id, user__is_active=True, is_active=True)
        .order_by("organization__name", "organization_id")
        .values_list("organization_id", "organization__slug", "organization__name", "id", "role")
    )
    return [Admission(*row) for row in rows]


def organization_id_of(slug: str) -> UUID | None:
    """The organization of this slug, for commands run by the operator of the machine."""
    return unguarded(Organization).filter(slug=slug).values_list("id", flat=True).first()


def demo_slugs() -> Sequence[str]:
    """The demo organizations, for the check that keeps them on this machine."""
    return list(unguarded(Organization).filter(is_demo=True).values_list("slug", flat=True))


def organization_ids() -> Sequence[UUID]:
    """Every organization, for sweepers that loop and open each in turn."""
    return list(unguarded(Organization).order_by("created_at", "id").values_list("id", flat=True))


def organizations_lacking_job(kind: str) -> Sequence[UUID]:
    """The organizations without an open job of this kind, so that the schedule can be filled up."""
    having = unguarded(Job).filter(kind=kind, finished_at=None).values("organization_id")
    return list(unguarded(Organization).exclude(pk__in=having).values_list("id", flat=True))


def organizations_with_due_jobs(now: object) -> Sequence[UUID]:
    """The organizations that have work due; the loop opens each in turn."""
    due = unguarded(Job).filter(finished_at=None, due_at__lte=now)
    return list(due.order_by("organization_id").values_list("organization_id", flat=True).distinct())
