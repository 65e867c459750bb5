"""References of the first form, sealed with a key derived from the master key: a migration seals them anew.

What it needs is repeated here, so that the present form may change without changing what the migration did.
"""

import os
import uuid
from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter
from typing import Any
from uuid import UUID

import numpy as np
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.management.base import CommandError

from apps.enrollment import cipher, turning
from apps.organizations import keyring
from apps.organizations.master_key import KEY_BYTES, KeyUnavailable, organization_key, wrapper
from apps.recognition.shapes import Vector

FORM = b"\x01"
_PURPOSE = "references"
_ROWS = 500


def seal_anew(historical: Any, organization_id: UUID) -> int:
    """Seal every reference of the first form under a key of its person; returns how many. Raises CommandError.

    One that does not open under the right master key was altered before: it is given a key and stays as it is, to be
    refused, and audited, when a gallery is loaded.
    """
    references = historical.get_model("enrollment", "Reference").objects.filter(organization=organization_id, key=None)
    if not references.exists():
        return 0
    try:
        version, key = _organization_key(historical, organization_id)
    except KeyUnavailable as error:
        raise CommandError(f"References are to be sealed anew, and cannot be opened: {error.message}") from error
    opened = 0
    for person_id, rows in groupby(_by_person(references), key=attrgetter("person_id")):
        opened += _seal_person(historical, organization_id, person_id, [*rows], version, key)
    if not opened:
        raise CommandError("MASTER_KEY opens no stored reference: give the key that this site was started with.")
    return opened


def _by_person(references: Any) -> Iterator[Any]:
    """Read them a few at a time, for writes go on beside: a cursor may not stay open on SQLite."""
    ids = list(references.order_by("person_id").values_list("pk", flat=True))
    for start in range(0, len(ids), _ROWS):
        yield from references.model.objects.filter(pk__in=ids[start : start + _ROWS]).order_by("person_id")


def _organization_key(historical: Any, organization_id: UUID) -> tuple[int, bytes]:
    """The newest version and its key, made when there is none. Raises KeyUnavailable."""
    keys, wrapping = historical.get_model("organizations", "OrganizationKey"), wrapper()
    row = keys.objects.filter(organization=organization_id, purpose=_PURPOSE).order_by("-version").first()
    if row is not None:
        opened = wrapping.unwrap(bytes(row.wrapped), keyring.context_of(row), row.master_key_id)
        return row.version, opened
    fresh = os.urandom(KEY_BYTES)
    row = keys(organization_id=organization_id, purpose=_PURPOSE, version=1, master_key_id=wrapping.key_id())
    row.wrapped = wrapping.wrap(fresh, keyring.context_of(row))
    row.save()
    return 1, fresh


def _seal_person(
    historical: Any, organization_id: UUID, person_id: UUID, rows: list[Any], version: int, organization: bytes
) -> int:
    """Give one person a key, and their references the present form; returns how many opened."""
    keys = historical.get_model("enrollment", "PersonKey").objects
    key = keys.filter(organization=organization_id, person=person_id, version=version).first()
    if key is None:
        binding = cipher.KeyBinding(organization_id, person_id, uuid.uuid4(), version)
        key = keys.model(id=binding.key_id, organization_id=organization_id, person_id=person_id, version=version)
        key.wrapped = cipher.wrap(cipher.fresh_key(), binding, organization)
        key.save()
    binding = cipher.KeyBinding(organization_id, person_id, key.pk, version)
    person_key, opened = cipher.unwrap(bytes(key.wrapped), binding, organization), 0
    for row in rows:
        vector, row.key = _opened(row), key
        if vector is not None:
            to = cipher.Binding(organization_id, person_id, row.pk, row.space, version, key.pk)
            row.ciphertext, opened = cipher.seal(turning.turn(vector, organization), to, person_key), opened + 1
        row.save(update_fields=["key", "ciphertext"])
    return opened


def _opened(row: Any) -> Vector | None:
    """Decrypt a reference of the first form; None where it does not open."""
    sealed = bytes(row.ciphertext)
    bound = ("reference.v1", row.organization_id, row.person_id, row.pk, row.space)
    key = organization_key(settings.MASTER_KEY, row.organization_id, "reference.v1")
    try:
        plain = AESGCM(key).decrypt(sealed[1:13], sealed[13:], "|".join(map(str, bound)).encode())
    except (InvalidTag, ValueError):
        return None
    return np.frombuffer(plain, dtype="<f4") if sealed[:1] == FORM else None
