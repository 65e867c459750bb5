"""The keys of an organization, a row a version, each wrapped by the master key and opened in memory only."""

import os
from functools import partial
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from apps.organizations.master_key import KEY_BYTES, wrapper
from apps.organizations.models import Organization, OrganizationKey

_opened: dict[tuple[UUID, str, int], bytes] = {}
# Made in a transaction that may still be undone: kept, such a key would seal what nobody can open.
_unsure: set[tuple[UUID, str, int]] = set()


def newest_version(organization_id: UUID, purpose: str) -> int:
    """The version that new things are sealed under; the first is made when there is none. Raises KeyUnavailable."""
    rows = OrganizationKey.objects.filter(organization=organization_id, purpose=purpose)
    return rows.aggregate(newest=Max("version"))["newest"] or _make(organization_id, purpose, 1)


def hold_newest(organization_id: UUID, purpose: str) -> int:
    """The newest version, kept from being retired until the present transaction ends. Raises KeyUnavailable."""
    rows = OrganizationKey.objects.filter(organization=organization_id, purpose=purpose).select_for_update()
    while not (versions := list(rows.order_by("version").values_list("version", flat=True))):
        newest_version(organization_id, purpose)  # none yet, or the last one was retired while its row was waited for
    return max(versions)


def key_of(organization_id: UUID, purpose: str, version: int) -> bytes:
    """The 32 bytes of this version. Raises KeyUnavailable, or OrganizationKey.DoesNotExist once it was retired."""
    place = (organization_id, purpose, version)
    if place not in _opened:
        row = OrganizationKey.objects.get(organization=organization_id, purpose=purpose, version=version)
        opened = wrapper().unwrap(bytes(row.wrapped), context_of(row), row.master_key_id)
        if place in _unsure:
            return opened
        _opened[place] = opened
    return _opened[place]


def add_version(*, organization: Organization, purpose: str) -> int:
    """Make a new version beside the older ones; returns its number. Raises KeyUnavailable."""
    return _make(organization.pk, purpose, newest_version(organization.pk, purpose) + 1)


def context_of(row: OrganizationKey) -> bytes:
    """What a wrapped key belongs to; every part is authenticated."""
    return f"organization_key.v1|{row.organization_id}|{row.purpose}|{row.version}".encode()


def forget_keys() -> None:
    """Drop what this process opened (a change of keys, tests)."""
    _opened.clear()
    _unsure.clear()


def _make(organization_id: UUID, purpose: str, version: int) -> int:
    """Store a fresh key; whoever loses the race to make it takes the winner's."""
    place, keys = (organization_id, purpose, version), wrapper()
    _unsure.add(place)
    transaction.on_commit(partial(_unsure.discard, place))
    row = OrganizationKey(organization_id=organization_id, purpose=purpose, version=version)
    fresh = keys.wrap(os.urandom(KEY_BYTES), context_of(row))
    OrganizationKey.objects.get_or_create(
        organization_id=organization_id,
        purpose=purpose,
        version=version,
        defaults={"wrapped": fresh, "master_key_id": keys.key_id()},
    )
    return version
