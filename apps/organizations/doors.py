"""The doors: what may be read before an organization is known. One function a door; reviewed by a house test.

Each looks up by the signed-in user, by the hash of a secret, or by an exact name given on the operator's own command
line, and returns ids and names only. Nothing else in the project may call `unguarded`. Row-level security knows the
same doors (`door_arms` of the models): nothing here passes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import QuerySet
from django.utils import timezone

from apps.organizations.models import (
    CameraKey,
    Credential,
    Invitation,
    Job,
    Membership,
    Organization,
    Pairing,
    PlatformVisit,
)
from apps.organizations.tenancy import EVERY, at_door, unguarded


@dataclass(frozen=True, slots=True)
class Admission:
    """What a signed-in user is admitted to: one organization, in one role; a visit is platform staff's."""

    organization_id: UUID
    slug: str
    name: str
    membership_id: UUID | None
    role: str
    visit_id: UUID | None = None


def admission(user_id: UUID, slug: str) -> Admission | None:
    """The user's admission to the organization of this slug, or None (foreign and absent alike)."""
    return next((one for one in admissions(user_id) if one.slug == slug), None)


def admissions(user_id: UUID) -> Sequence[Admission]:
    """Every organization this user is an active member of, or visits as platform staff, by name."""
    now = timezone.now()
    visits = unguarded(PlatformVisit).filter(user__is_staff=True, ended_at=None, expires_at__gt=now)
    with at_door(user_id=user_id):
        own = _admitting(unguarded(Membership).filter(is_active=True), user_id)
        visited = _admitting(visits, user_id)
    found = [Admission(place, slug, name, pk, role) for place, slug, name, pk, role in own]
    members = {one.organization_id for one in found}
    found += [
        Admission(place, slug, name, None, role, pk) for place, slug, name, pk, role in visited if place not in members
    ]
    return sorted(found, key=lambda one: (one.name, one.slug))


def organization_ids_of(user_id: UUID) -> set[UUID]:
    """Every organization that has this user, suspended and visited ones included."""
    with at_door(user_id=user_id):
        member = unguarded(Membership).filter(user_id=user_id).values_list("organization_id", flat=True)
        visited = unguarded(PlatformVisit).filter(user_id=user_id).values_list("organization_id", flat=True)
        return {*member, *visited}


def _admitting(rows: "QuerySet[Membership] | QuerySet[PlatformVisit]", user_id: UUID) -> list[Any]:
    live = rows.filter(user_id=user_id, user__is_active=True)
    return list(live.values_list("organization_id", "organization__slug", "organization__name", "id", "role"))


def organization_id_of(slug: str) -> UUID | None:
    """The organization of this slug: for commands run by the operator of the machine, and for its public policy."""
    with at_door(lookup=slug):
        return unguarded(Organization).filter(slug=slug).values_list("id", flat=True).first()


def demo_slugs() -> Sequence[str]:
    """The demo organizations, for the check that keeps them on this machine."""
    with at_door(lookup=EVERY):
        return list(unguarded(Organization).filter(is_demo=True).values_list("slug", flat=True))


def organization_ids() -> Sequence[UUID]:
    """Every organization, for sweepers that loop and open each in turn."""
    with at_door(lookup=EVERY):
        return list(unguarded(Organization).order_by("created_at", "id").values_list("id", flat=True))


def organization_names() -> Sequence[tuple[str, str]]:
    """Slug and name of every organization, for the page from which platform staff step in."""
    with at_door(lookup=EVERY):
        return list(unguarded(Organization).order_by("name").values_list("slug", "name"))


def organizations_lacking_job(kind: str) -> Sequence[UUID]:
    """The organizations without an open job of this kind, so that the schedule can be filled up."""
    with at_door(lookup=EVERY):
        having = unguarded(Job).filter(kind=kind, finished_at=None).values("organization_id")
        return list(unguarded(Organization).exclude(pk__in=having).values_list("id", flat=True))


def organizations_with_due_jobs(now: datetime) -> Sequence[UUID]:
    """The organizations that have work due; the loop opens each in turn."""
    due = unguarded(Job).filter(finished_at=None, due_at__lte=now)
    with at_door(lookup=EVERY):
        return list(due.order_by("organization_id").values_list("organization_id", flat=True).distinct())


@dataclass(frozen=True, slots=True)
class Found:
    """The organization and the row that a secret belongs to; whether it is still good, the service decides."""

    organization_id: UUID
    id: UUID


def invitation_of(token_hash: str) -> Found | None:
    """The invitation whose link carries this secret."""
    with at_door(lookup=token_hash):
        return _found(unguarded(Invitation).filter(token_hash=token_hash))


def pairing_of(code_hash: str) -> Found | None:
    """The pairing with this code."""
    with at_door(lookup=code_hash):
        return _found(unguarded(Pairing).filter(code_hash=code_hash))


def camera_key_of(fingerprint: str) -> Found | None:
    """The camera key with this fingerprint."""
    with at_door(lookup=fingerprint):
        return _found(unguarded(CameraKey).filter(fingerprint=fingerprint))


def credential_of(secret_hash: str) -> Found | None:
    """The credential with this secret."""
    with at_door(lookup=secret_hash):
        return _found(unguarded(Credential).filter(secret_hash=secret_hash))


def enrollment_link_of(token_hash: str) -> Found | None:
    """The invitation to enroll whose link carries this secret; its model is of a room above, so it is named here."""
    model: Any = apps.get_model("enrollment", "EnrollmentInvitation")
    with at_door(lookup=token_hash):
        return _found(unguarded(model).filter(token_hash=token_hash))


def _found(rows: "QuerySet[Any]") -> Found | None:
    row = rows.values_list("organization_id", "id").first()
    return Found(*row) if row else None
