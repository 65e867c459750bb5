"""Seals every reference of an organization anew: a new key, a new rotation, and the older ones destroyed.

One person a transaction, so faces are recognised meanwhile, and what is interrupted is run again: it goes on with the
version that was begun.
"""

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from apps.enrollment import refusals, vault
from apps.enrollment.errors import ReferenceUnreadable, RotationUnfinished
from apps.enrollment.models import PersonKey, Reference
from apps.enrollment.services import renew_gallery
from apps.organizations import audit, keyring
from apps.organizations.models import Organization


@dataclass(frozen=True, slots=True)
class Rotated:
    """What came of it: the version that everything is under now, and how many people and references were moved."""

    version: int
    people: int
    references: int


ROUNDS = 10
"""Who enrolled while the version was begun is moved in the next round; from then on everybody gets the new one."""


def rotate(organization: Organization) -> Rotated:
    """Seal everything of this organization under a new version. Raises KeyUnavailable, RotationUnfinished."""
    version = begin(organization)
    people = references = 0
    for _round in range(ROUNDS):
        for person_id in _left(organization, version):
            references += move_person(organization, person_id, version)
            people += 1
        if finish(organization, version):
            return Rotated(version, people, references)
    raise RotationUnfinished(
        f"After {ROUNDS} rounds something is still sealed under an older key; nothing is lost. Stop what enrolls with "
        "an older release, and run this again: it goes on where it stopped."
    )


@transaction.atomic
def begin(organization: Organization) -> int:
    """Make a new version; where one was begun before, return that. Raises KeyUnavailable."""
    versions = keyring.versions_of(organization.pk, vault.PURPOSE)
    if len(versions) > 1:
        return versions[-1]
    version = keyring.add_version(organization=organization, purpose=vault.PURPOSE)
    renew_gallery(organization=organization)  # from now on a probe is turned by the new version
    audit.record(organization=organization, action="organization_key.add", new={"version": version})
    return version


def _left(organization: Organization, version: int) -> list[UUID]:
    """The people with a key under an older version."""
    keys = PersonKey.objects.filter(organization=organization, version__lt=version)
    return list(keys.order_by("person_id").values_list("person_id", flat=True).distinct())


@transaction.atomic
def move_person(organization: Organization, person_id: UUID, version: int) -> int:
    """Turn and seal one person's references under this version; returns how many. Raises KeyUnavailable."""
    keyring.hold_older(organization.pk, vault.PURPOSE, version)
    older = PersonKey.objects.filter(organization=organization, person=person_id, version__lt=version)
    references = list(Reference.objects.filter(organization=organization, key__in=older).select_related("key"))
    if references:
        key = vault.person_key(organization.pk, person_id, version)
        refused = [row.pk for row in references if not _move(row, key)]
        Reference.objects.filter(organization=organization).bulk_update(
            references, ["key", "ciphertext"], batch_size=100
        )
        refusals.note(organization, tuple(refused))
    older.delete()
    return len(references)


def _move(reference: Reference, key: PersonKey) -> bool:
    """Seal a reference under another key; one that does not open stays as it is, to be refused there too."""
    try:
        vector = vault.open_as(reference, keyring.key_of(key.organization_id, vault.PURPOSE, key.version))
    except ReferenceUnreadable:
        reference.key = key
        return False
    reference.key = key
    reference.ciphertext = vault.seal_turned(vector, key, reference.pk, reference.space)
    return True


@audit.held()
def finish(organization: Organization, version: int) -> bool:
    """Destroy the older versions, unless something was sealed under them meanwhile."""
    older = keyring.hold_older(organization.pk, vault.PURPOSE, version)
    if _left(organization, version):
        return False
    keyring.destroy_older(organization.pk, vault.PURPOSE, version)
    renew_gallery(organization=organization)
    old, new = {"version": max(older, default=None)}, {"version": version}
    audit.record(organization=organization, action="organization_key.retire", old=old, new=new)
    return True
