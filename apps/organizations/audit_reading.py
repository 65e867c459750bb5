"""Reads of the audit trail: its entries, and the names that its ids have today, in one query a kind of row."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import models
from django.db.models import Exists, OuterRef, QuerySet

from apps.organizations.audit import chain_name
from apps.organizations.audit_anchor import Note, last_verified
from apps.organizations.models import AuditEntry, Membership, Organization, PlatformEntry, User

# The rows that stand behind an actor.
ACTOR_ROWS = {
    "user": "organizations.user",
    "visit": "organizations.platformvisit",
    "camera": "organizations.camerakey",
    "credential": "organizations.credential",
}
Key = tuple[str, UUID]
Names = Mapping[Key, str]


def entries_of(organization: Organization) -> "QuerySet[AuditEntry]":
    return AuditEntry.objects.filter(organization=organization).order_by("-sequence")


def account_entries_of(organization: Organization) -> "QuerySet[PlatformEntry]":
    """What members did to their accounts since they belong here: sign-ins, passwords, second steps."""
    membership = Membership.objects.filter(
        organization=organization, user_id=OuterRef("user_id"), is_active=True, created_at__lte=OuterRef("at")
    )
    return PlatformEntry.objects.filter(Exists(membership)).order_by("-sequence")


def member_users(organization: Organization) -> "QuerySet[User]":
    """Whoever is or was a member."""
    members = Membership.objects.filter(organization=organization)
    return User.objects.filter(pk__in=members.values("user_id")).order_by("email")


def last_verification(organization: Organization) -> Note | None:
    return last_verified(chain_name(organization.pk))


def names_of(entries: Iterable[AuditEntry | PlatformEntry]) -> Names:
    """The names of everything these entries mention; what is gone has none."""
    wanted: dict[str, set[UUID]] = defaultdict(set)
    for entry in entries:
        for kind, key in _mentioned(entry):
            wanted[kind].add(key)
    return {(kind, row.pk): str(row) for kind, keys in sorted(wanted.items()) for row in _rows(kind, keys)}


def values_of(text: str) -> dict[str, Any]:
    """The old or new values of an entry, by field."""
    values: dict[str, Any] = json.loads(text) if text else {}
    return values


@lru_cache
def model_of(kind: str) -> type[models.Model] | None:
    """The model of a kind such as `people.person`; None for one that is not there any more."""
    try:
        return apps.get_model(kind) if kind else None
    except LookupError:
        return None


def field_of(kind: str, name: str) -> "models.Field[Any, Any] | None":
    """The field of this name, if the kind's rows have one."""
    model = model_of(kind)
    return next((one for one in model._meta.concrete_fields if one.name == name), None) if model else None


def key_of(kind: str, name: str, value: Any) -> Key | None:
    """The row that a value of a field points at."""
    field = field_of(kind, name)
    to = field.related_model if field else model_of(POINTERS.get(name, ""))
    try:
        return (to._meta.label_lower, UUID(value)) if isinstance(to, type) else None
    except (TypeError, ValueError, AttributeError):
        return None


# Values that point at a row although the entry's subject has no such field.
POINTERS = {
    "person": "people.person",
    "site": "organizations.site",
    "camera": "organizations.camera",
    "consent": "enrollment.consent",
    "punch": "attendance.punch",
    "department": "people.department",
    "departments": "people.department",
    "sites": "organizations.site",
}


def _mentioned(entry: AuditEntry | PlatformEntry) -> Iterator[Key]:
    if entry.actor_id and entry.actor_kind in ACTOR_ROWS:
        yield ACTOR_ROWS[entry.actor_kind], entry.actor_id
    if entry.subject_id:
        yield entry.subject_kind, entry.subject_id
    if isinstance(entry, PlatformEntry) and entry.user_id:
        yield "organizations.user", entry.user_id
    for text in (entry.old, entry.new):
        for name, value in values_of(text).items():
            keys = (key_of(entry.subject_kind, name, one) for one in (value if isinstance(value, list) else [value]))
            yield from (key for key in keys if key)


def _rows(kind: str, keys: set[UUID]) -> Iterable[models.Model]:
    model = model_of(kind)
    return model._base_manager.filter(pk__in=keys).select_related() if model else ()
