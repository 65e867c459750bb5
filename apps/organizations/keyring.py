"""The keys of an organization, a row a version, each wrapped by the master key and opened in memory only."""

import logging
import os
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max

from apps.organizations.master_key import KEY_BYTES, KeyUnavailable, wrapper
from apps.organizations.models import Organization, OrganizationKey
from apps.organizations.tenancy import acting_for

log = logging.getLogger(__name__)

RETRY_SECONDS = 10.0
Place = tuple[UUID, str, int]
_opened: dict[Place, bytes] = {}
_refused: dict[Place, tuple[float, KeyUnavailable]] = {}
# Made in a transaction that may still be undone: kept, such a key would seal what nobody can open.
_unsure: set[Place] = set()


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
    opened = _opened.get(place)  # asked once: another thread may forget it meanwhile
    if opened is None:
        opened = _tried(place, _unwrapped)
        if place not in _unsure:
            _opened[place] = opened
    return opened


def problem_of(organization_id: UUID, purpose: str) -> KeyUnavailable | None:
    """Why nothing of this purpose can be sealed or opened here now, or None. Makes no key."""
    rows = OrganizationKey.objects.filter(organization=organization_id, purpose=purpose)
    newest = rows.order_by("-version").values_list("version", flat=True).first()
    try:
        if newest is None:
            wrapper().key_id()
        else:
            key_of(organization_id, purpose, newest)
    except KeyUnavailable as error:
        return error
    return None


def add_version(*, organization: Organization, purpose: str) -> int:
    """Make a new version beside the older ones; returns its number. Raises KeyUnavailable."""
    return _make(organization.pk, purpose, newest_version(organization.pk, purpose) + 1)


def versions_of(organization_id: UUID, purpose: str) -> list[int]:
    """The versions that stand beside each other, oldest first: two while everything is sealed anew."""
    rows = OrganizationKey.objects.filter(organization=organization_id, purpose=purpose)
    return list(rows.order_by("version").values_list("version", flat=True))


def hold_older(organization_id: UUID, purpose: str, newest: int) -> list[int]:
    """The versions before the newest; until the present transaction ends nothing is sealed under them."""
    rows = OrganizationKey.objects.filter(organization=organization_id, purpose=purpose, version__lt=newest)
    return list(rows.select_for_update().order_by("version").values_list("version", flat=True))


def destroy_older(organization_id: UUID, purpose: str, newest: int) -> None:
    """Delete the versions before this one: what they sealed opens no more, in a backup neither without its keys."""
    OrganizationKey.objects.filter(organization=organization_id, purpose=purpose, version__lt=newest).delete()
    transaction.on_commit(partial(forget_before, organization_id, purpose, newest))


def forget_before(organization_id: UUID, purpose: str, version: int) -> None:
    """Drop what this process opened of versions that are gone."""
    for place in list(_opened):  # a copy, made at once: other threads open keys meanwhile
        if place[:2] == (organization_id, purpose) and place[2] < version:
            _opened.pop(place, None)


@dataclass(frozen=True, slots=True)
class Rewrapped:
    """What wrapping keys anew came to; `refused` are organizations with a key that does not open."""

    master_key: str
    organizations: int = 0
    keys: int = 0
    refused: tuple[UUID, ...] = ()


def rewrap_all(organization_ids: Sequence[UUID]) -> Rewrapped:
    """Wrap every organization's keys under the present master key, some organizations a transaction.

    Those that are wrapped with it already stay as they are, so what was interrupted is run again. Raises KeyUnavailable
    where there is no present one.
    """
    present, keys, refused = wrapper().key_id(), Counter[UUID](), list[UUID]()
    for start in range(0, len(organization_ids), _AT_ONCE):
        with transaction.atomic():
            for one in organization_ids[start : start + _AT_ONCE]:
                with acting_for(one):
                    try:
                        keys[one] += _rewrap(one, present)
                    except KeyUnavailable as error:
                        log.error("organization %s: %s [%s]", one, error.message, error.code)
                        refused.append(one)
    return Rewrapped(present, sum(map(bool, keys.values())), keys.total(), tuple(refused))


_AT_ONCE = 100


# Written out, because building these two with the ORM costs twice what they do; each names its organization.
_TO_WRAP = """select id, purpose, version, wrapped, master_key_id from organizations_organizationkey
where organization_id = %s"""
_WRAP = """update organizations_organizationkey set wrapped = %s, master_key_id = %s
where organization_id = %s and id = %s"""


def _rewrap(organization_id: UUID, present: str) -> int:
    keys, count = wrapper(), 0
    here = OrganizationKey._meta.get_field("organization").get_db_prep_value(organization_id, connection)
    with connection.cursor() as cursor:
        cursor.execute(_TO_WRAP, [here])  # nosemgrep: no-raw-sql  (names its organization)
        for pk, purpose, version, wrapped, before in cursor.fetchall():
            if before != present:
                whose = OrganizationKey(organization_id=organization_id, purpose=purpose, version=version)
                plain = keys.unwrap(bytes(wrapped), context_of(whose), before)
                values = [keys.wrap(plain, context_of(whose)), present, here, pk]
                cursor.execute(_WRAP, values)  # nosemgrep: no-raw-sql  (names its organization)
                count += cursor.rowcount
    return count


def context_of(row: OrganizationKey) -> bytes:
    """What a wrapped key belongs to; every part is authenticated."""
    return f"organization_key.v1|{row.organization_id}|{row.purpose}|{row.version}".encode()


def forget_keys() -> None:
    """Drop what this process opened, and what it was refused (a change of keys, tests)."""
    _opened.clear()
    _refused.clear()
    _unsure.clear()


def _tried(place: Place, act: Callable[[Place], bytes]) -> bytes:
    """Do it, unless it was refused just now: that is said again, and no key service is asked for every frame."""
    until, said = _refused.get(place, (0.0, None))
    if said is not None and time.monotonic() < until:
        raise KeyUnavailable(said.message, code=said.code)
    try:
        return act(place)
    except KeyUnavailable as error:
        log.error("%s [%s]", error.message, error.code)
        _refused[place] = (time.monotonic() + RETRY_SECONDS, error)
        raise


def _unwrapped(place: Place) -> bytes:
    organization_id, purpose, version = place
    row = OrganizationKey.objects.get(organization=organization_id, purpose=purpose, version=version)
    return wrapper().unwrap(bytes(row.wrapped), context_of(row), row.master_key_id)


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
