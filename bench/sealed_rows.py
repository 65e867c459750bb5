"""Rows as a database would give them: vectors sealed under keys of their people."""

from collections.abc import Sequence
from uuid import UUID, uuid4

from apps.enrollment import cipher
from apps.recognition.shapes import Matrix

ORGANIZATION_KEY = bytes(range(32))


def sealed_rows(organization_id: UUID, space: str, owners: Sequence[UUID], vectors: Matrix) -> list[cipher.SealedRow]:
    """Seal row i of `vectors` (N, D) as a reference of `owners[i]`, under version 1 of ORGANIZATION_KEY."""
    keys = {owner: _key_of(organization_id, owner) for owner in dict.fromkeys(owners)}
    rows = []
    for owner, vector in zip(owners, vectors, strict=True):
        key_id, key, wrapped = keys[owner]
        binding = cipher.Binding(organization_id, owner, uuid4(), space, 1, key_id)
        sealed = cipher.seal(vector, binding, key)
        rows.append(cipher.SealedRow(owner, binding.reference_id, key_id, 1, wrapped, sealed))
    return rows


def _key_of(organization_id: UUID, person_id: UUID) -> tuple[UUID, bytes, bytes]:
    """Return a fresh key's id, the key, and it wrapped."""
    key_id, key = uuid4(), cipher.fresh_key()
    return key_id, key, cipher.wrap(key, cipher.KeyBinding(organization_id, person_id, key_id, 1), ORGANIZATION_KEY)
