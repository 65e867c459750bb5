"""Seals a reference vector: AES-256-GCM, bound to its organization, person, row and space.

The key of an organization is derived from the master key (HKDF-SHA256, RFC 5869), so a sealed vector copied to
another organization, person, row or space does not open. A 128-float vector seals to 541 bytes.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

import numpy as np
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from numpy.typing import NDArray

from apps.enrollment.errors import ReferenceUnreadable
from apps.organizations.master_key import organization_key
from apps.recognition.shapes import Matrix, Vector

VERSION = b"\x01"
NONCE_BYTES = 12
_TAG_BYTES = 16
_FLOAT_BYTES = 4
_UNREADABLE = (
    "A stored reference does not open: the master key is not the one it was written with, or the row was "
    "altered. Restore the key, or enroll this person again."
)

SealedRow = tuple[UUID, UUID, bytes]
"""The person's id, the reference's id, and what `seal` gave."""


@dataclass(frozen=True, slots=True)
class Binding:
    """What a sealed vector belongs to; every part is authenticated."""

    organization_id: UUID
    person_id: UUID
    reference_id: UUID
    space: str

    @property
    def associated(self) -> bytes:
        parts = ("reference.v1", self.organization_id, self.person_id, self.reference_id, self.space)
        return "|".join(str(part) for part in parts).encode()


def seal(vector: Vector, binding: Binding, master_key: str) -> bytes:
    """Encrypt a (D,) float32 vector."""
    nonce = os.urandom(NONCE_BYTES)
    plain = np.ascontiguousarray(vector, dtype="<f4").tobytes()
    key = _organization_key(master_key, binding.organization_id)
    return VERSION + nonce + key.encrypt(nonce, plain, binding.associated)


def unseal(sealed: bytes, binding: Binding, master_key: str) -> Vector:
    """Decrypt to a (D,) float32 vector. Raises ReferenceUnreadable for any altered byte or binding."""
    nonce, body = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    try:
        if sealed[:1] != VERSION:
            raise InvalidTag
        plain = _organization_key(master_key, binding.organization_id).decrypt(nonce, body, binding.associated)
    except (InvalidTag, ValueError) as error:
        raise ReferenceUnreadable(_UNREADABLE) from error
    return np.frombuffer(plain, dtype="<f4").astype(np.float32)


def unseal_all(rows: Sequence[SealedRow], organization_id: UUID, space: str, master_key: str) -> Matrix:
    """Decrypt the rows of one organization and space straight into a matrix (len(rows), D).

    A third of the time of `unseal` for each: no object, text or array is made for a row but what AES-GCM itself asks
    for. Raises ReferenceUnreadable as `unseal` does.
    """
    if not rows:
        return np.zeros((0, 0), dtype=np.float32)
    size = len(rows[0][2]) - len(VERSION) - NONCE_BYTES - _TAG_BYTES
    if size < 0 or size % _FLOAT_BYTES:
        raise ReferenceUnreadable(_UNREADABLE)
    matrix = np.empty((len(rows), size // _FLOAT_BYTES), dtype="<f4")
    room, key = matrix.data.cast("B"), _organization_key(master_key, organization_id)
    bindings = _associated_of(rows, organization_id, space)
    length = len(bindings) // len(rows)
    try:
        for row, (_, _, sealed) in enumerate(rows):
            if sealed[:1] != VERSION:
                raise InvalidTag
            associated = bindings[row * length : (row + 1) * length]
            here = room[row * size : (row + 1) * size]
            key.decrypt_into(sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :], associated, here)
    except (InvalidTag, ValueError) as error:
        raise ReferenceUnreadable(_UNREADABLE) from error
    return matrix.astype(np.float32, copy=False)


def _associated_of(rows: Sequence[SealedRow], organization_id: UUID, space: str) -> bytes:
    """Return `Binding.associated` of every row, one after the other, all of one length."""
    first = Binding(organization_id, *rows[0][:2], space).associated
    lines = np.tile(np.frombuffer(first, np.uint8), (len(rows), 1))
    person = len(f"reference.v1|{organization_id}|")
    for ids, start in (([row[0] for row in rows], person), ([row[1] for row in rows], person + _ID_LETTERS + 1)):
        lines[:, start : start + _ID_LETTERS][:, _HEX_PLACES] = _hexadecimal(ids)
    return lines.tobytes()


def _hexadecimal(ids: Sequence[UUID]) -> NDArray[np.uint8]:
    """Return the 32 letters of each id (n, 32)."""
    raw = np.frombuffer(b"".join([one.int.to_bytes(16, "big") for one in ids]), np.uint8).reshape(-1, 16)
    return _HEX[np.stack([raw >> 4, raw & 15], axis=2)].reshape(-1, 32)


_HEX = np.frombuffer(b"0123456789abcdef", np.uint8)
_ID_LETTERS = 36
_HEX_PLACES = np.array([at for at in range(_ID_LETTERS) if at not in (8, 13, 18, 23)])


@lru_cache(maxsize=1024)
def _organization_key(master_key: str, organization_id: UUID) -> AESGCM:
    return AESGCM(organization_key(master_key, organization_id, "reference.v1"))
