"""Seals a reference vector: AES-256-GCM, bound to its organization, person, row and space.

The key of an organization is derived from the master key (HKDF-SHA256, RFC 5869), so a sealed vector copied to
another organization, person, row or space does not open. A 128-float vector seals to 541 bytes.
"""

import os
from binascii import hexlify
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise, repeat
from operator import attrgetter, itemgetter
from uuid import UUID

import numpy as np
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from numpy.typing import NDArray

from apps.enrollment.errors import ReferenceUnreadable
from apps.organizations.master_key import organization_key
from apps.recognition.matching import room_for
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
    """Decrypt the rows of one organization and space straight into a matrix (len(rows), D) laid out for searching.

    A third of the time of `unseal` for each: no object, text or array is made for a row but what AES-GCM itself asks
    for. Raises ReferenceUnreadable as `unseal` does.
    """
    if not rows:
        return np.zeros((0, 0), dtype=np.float32)
    size = len(rows[0][2]) - len(VERSION) - NONCE_BYTES - _TAG_BYTES
    if size < 0 or size % _FLOAT_BYTES:
        raise ReferenceUnreadable(_UNREADABLE)
    matrix = room_for(len(rows), size // _FLOAT_BYTES)
    spare = np.empty((_AT_ONCE, matrix.shape[1]), np.float32)  # where rows do not lie whole in the matrix
    key = _organization_key(master_key, organization_id)
    try:
        for start in range(0, len(rows), _AT_ONCE):
            block = rows[start : start + _AT_ONCE]
            place = matrix[start : start + len(block)]
            room = place if place.flags.c_contiguous else spare[: len(block)]
            _open_into(room.data.cast("B"), block, _associated_of(block, organization_id, space), size, key)
            if room.base is spare:
                place[:] = room
    except (InvalidTag, ValueError) as error:
        raise ReferenceUnreadable(_UNREADABLE) from error
    return np.asarray(matrix.view("<f4"), dtype=np.float32)


def _open_into(room: memoryview, rows: Sequence[SealedRow], bindings: Sequence[bytes], size: int, key: AESGCM) -> None:
    """Decrypt each row to its `size` bytes of `room`. Raises InvalidTag or ValueError."""
    sealed = [*map(_SEALED, rows)]
    if {*map(len, sealed)} != {_BODY_BEGINS + size + _TAG_BYTES} or {*map(_VERSION_OF, sealed)} != {VERSION}:
        raise InvalidTag
    # Loops in C; the copy of a row's body lies where the one before it did. With nonces and places made on the way
    # too it takes a twentieth longer.
    nonces, places = [*map(_NONCE_OF, sealed)], [*map(room.__getitem__, _places(len(rows), size))]
    deque(map(key.decrypt_into, nonces, map(_BODY_OF, sealed), bindings, places), maxlen=0)


@lru_cache(maxsize=8)
def _places(count: int, size: int) -> list[slice]:
    """Where each of so many rows lies in its room."""
    return [slice(start, start + size) for start in range(0, count * size, size)]


def _associated_of(rows: Sequence[SealedRow], organization_id: UUID, space: str) -> list[bytes]:
    """Return `Binding.associated` of every row."""
    first = Binding(organization_id, *rows[0][:2], space).associated
    lines = np.tile(np.frombuffer(first, np.uint8), (len(rows), 1))
    person = len(f"reference.v1|{organization_id}|")
    _write_ids(lines[:, person:], map(_PERSON, rows))
    _write_ids(lines[:, person + _ID_LETTERS + 1 :], map(_REFERENCE, rows))
    return lines.view(f"V{len(first)}").ravel().tolist()


def _write_ids(lines: NDArray[np.uint8], ids: Iterable[UUID]) -> None:
    """Write each id as its 32 letters in the five groups of a UUID, at the left of its line."""
    raw = b"".join(map(int.to_bytes, map(_NUMBER, ids), repeat(_ID_BYTES)))
    letters = np.frombuffer(hexlify(raw), np.uint8).reshape(-1, 2 * _ID_BYTES)
    for dashes, (start, end) in enumerate(pairwise(_ID_GROUPS)):
        lines[:, start + dashes : end + dashes] = letters[:, start:end]


_PERSON, _REFERENCE, _SEALED = itemgetter(0), itemgetter(1), itemgetter(2)
_NUMBER = attrgetter("int")
_BODY_BEGINS = len(VERSION) + NONCE_BYTES
_VERSION_OF = itemgetter(slice(len(VERSION)))
_NONCE_OF = itemgetter(slice(len(VERSION), _BODY_BEGINS))
_BODY_OF = itemgetter(slice(_BODY_BEGINS, None))
_ID_BYTES = 16
_ID_LETTERS = 36
_ID_GROUPS = (0, 8, 12, 16, 20, 32)
_AT_ONCE = 512
"""Rows whose bindings are written together: little enough to stay in the cache."""


@lru_cache(maxsize=1024)
def _organization_key(master_key: str, organization_id: UUID) -> AESGCM:
    return AESGCM(organization_key(master_key, organization_id, "reference.v1"))
