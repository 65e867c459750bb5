"""Where references are sealed and opened: each under its person's key, which the organization's wraps.

What is stored, and what a gallery holds, is turned into the organization's own space; a probe is turned once before it
is compared. Nothing here returns a vector as an engine made it.
"""

import uuid
from collections.abc import Sequence
from uuid import UUID

import numpy as np

from apps.enrollment import cipher, refusals, turning
from apps.enrollment.errors import ReferenceUnreadable
from apps.enrollment.models import PersonKey, Reference
from apps.organizations import keyring
from apps.organizations.master_key import KeyUnavailable
from apps.organizations.models import Organization
from apps.people.models import Person
from apps.recognition.shapes import Vector

PURPOSE = "references"


def key_problem(organization: Organization) -> KeyUnavailable | None:
    """Why no face of this organization is recognised or enrolled now, or None."""
    return keyring.problem_of(organization.pk, PURPOSE)


def turned(organization: Organization | UUID, vector: Vector) -> Vector:
    """A vector (D,) of an engine in the organization's own space, as its gallery has it. Raises KeyUnavailable."""
    return turning.turn(vector, newest_key(organization))


def newest_key(organization: Organization | UUID) -> bytes:
    """The organization's key whose rotation new vectors have; made where there is none. Raises KeyUnavailable."""
    organization_id = _id_of(organization)
    return keyring.key_of(organization_id, PURPOSE, keyring.newest_version(organization_id, PURPOSE))


def seal(
    organization: Organization, person: Person, reference_id: UUID, space: str, vector: Vector
) -> tuple[PersonKey, bytes]:
    """Turn a vector (D,) of an engine, and encrypt it under the person's key; inside the transaction that stores it.

    Raises KeyUnavailable.
    """
    key = held_key(organization, person)
    organization_key = keyring.key_of(organization.pk, PURPOSE, key.version)
    return key, seal_turned(turning.turn(vector, organization_key), key, reference_id, space)


def held_key(organization: Organization, person: Person) -> PersonKey:
    """The key that new references of this person are sealed under; it stays until the present transaction ends.

    Raises KeyUnavailable.
    """
    return person_key(organization.pk, person.pk, keyring.hold_newest(organization.pk, PURPOSE))


def seal_turned(vector: Vector, key: PersonKey, reference_id: UUID, space: str) -> bytes:
    """Encrypt a vector (D,) that has the rotation of the key's version already."""
    binding = cipher.Binding(key.organization_id, key.person_id, reference_id, space, key.version, key.pk)
    return cipher.seal(vector, binding, opened(key))


def seal_mean(organization: Organization, kept: Sequence[Reference], reference_id: UUID) -> tuple[PersonKey, bytes]:
    """Encrypt the mean of some references of one person and space, of whatever length it is; inside a transaction.

    Raises KeyUnavailable, or ReferenceUnreadable where one of them was altered.
    """
    version = keyring.hold_newest(organization.pk, PURPOSE)
    organization_key = keyring.key_of(organization.pk, PURPOSE, version)
    # Opened first: where the person's key was altered, asking for it would delete what it sealed.
    vectors = np.stack([open_as(one, organization_key) for one in kept])
    key = person_key(organization.pk, kept[0].person_id, version)
    return key, seal_turned(vectors.mean(axis=0), key, reference_id, kept[0].space)


def open_one(reference: Reference) -> Vector:
    """The vector (D,) of a stored reference, turned as the newest gallery is.

    Raises KeyUnavailable, or ReferenceUnreadable where the row or its key was altered.
    """
    return open_as(reference, newest_key(reference.organization_id))


def open_as(reference: Reference, organization_key: bytes) -> Vector:
    """The vector (D,) of a stored reference with the rotation of this key. Raises as `open_one` does."""
    key, organization_id = reference.key, reference.organization_id
    binding = cipher.Binding(organization_id, reference.person_id, reference.pk, reference.space, key.version, key.pk)
    vector = cipher.unseal(bytes(reference.ciphertext), binding, opened(key))
    own = keyring.key_of(organization_id, PURPOSE, key.version)
    return vector if own == organization_key else turning.turn_over(vector, own, organization_key)


def person_key(organization_id: UUID, person_id: UUID, version: int) -> PersonKey:
    """The person's key under this version of the organization's, made when there is none. Raises KeyUnavailable.

    One that was altered gives way to a new one, with what it sealed: nothing opens that any more, and whoever enrolls
    anew would be refused for ever.
    """
    kept = PersonKey.objects.filter(organization=organization_id, person=person_id, version=version).first()
    if kept is None:
        return _make(organization_id, person_id, version)
    try:
        opened(kept)
    except ReferenceUnreadable:
        lost = Reference.objects.filter(organization=organization_id, key=kept)
        refusals.note(kept.organization, tuple(lost.values_list("pk", flat=True)))
        kept.delete()
        return _make(organization_id, person_id, version)
    return kept


def _make(organization_id: UUID, person_id: UUID, version: int) -> PersonKey:
    key_id = uuid.uuid4()
    binding = cipher.KeyBinding(organization_id, person_id, key_id, version)
    wrapped = cipher.wrap(cipher.fresh_key(), binding, keyring.key_of(organization_id, PURPOSE, version))
    key, _ = PersonKey.objects.get_or_create(
        organization_id=organization_id,
        person_id=person_id,
        version=version,
        defaults={"id": key_id, "wrapped": wrapped},
    )
    return key


def opened(key: PersonKey) -> bytes:
    """The person's 32 bytes. Raises KeyUnavailable, or ReferenceUnreadable where the key's row was altered."""
    binding = cipher.KeyBinding(key.organization_id, key.person_id, key.pk, key.version)
    organization_key = keyring.key_of(key.organization_id, PURPOSE, key.version)
    return cipher.unwrap(bytes(key.wrapped), binding, organization_key)


def destroy_keys(organization: Organization, person: Person) -> list[str]:
    """Delete the person's keys, and what they sealed: what is left of it in a backup opens no more.

    Returns the ids of the keys, for the receipt.
    """
    keys = PersonKey.objects.filter(organization=organization, person=person)
    gone = sorted(str(one) for one in keys.values_list("pk", flat=True))
    keys.delete()
    return gone


def _id_of(organization: Organization | UUID) -> UUID:
    return organization if isinstance(organization, UUID) else organization.pk
