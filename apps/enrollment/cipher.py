"""Seals a reference vector: AES-256-GCM under its person's key, bound to everything that it belongs to.

A person's key is wrapped by their organization's, which the master key wraps. What is authenticated names the
organization, person, row, space and keys, so a sealed vector copied to another of them does not open. A 128-float
vector seals to 541 bytes.
"""

import os
from binascii import hexlify
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, compress, pairwise, repeat
from operator import attrgetter, itemgetter, ne, xor
from typing import NamedTuple
from uuid import UUID

import numpy as np
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from numpy.typing import NDArray

from apps.enrollment.errors import ReferenceUnreadable
from apps.organizations.master_key import KEY_BYTES
from apps.recognition.matching import room_for
from apps.recognition.shapes import Matrix, Vector

VERSION = b"\x02"
NONCE_BYTES = 12
_TAG_BYTES = 16
_FLOAT_BYTES = 4
_UNREADABLE = (
    "A stored reference does not open: its row or its key was altered. Restore it from a backup, or enroll this "
    "person again."
)


class SealedRow(NamedTuple):
    """A stored reference with the person's key, as the database gives them."""

    person_id: UUID
    reference_id: UUID
    key_id: UUID
    version: int
    wrapped: bytes
    sealed: bytes


@dataclass(frozen=True, slots=True)
class KeyBinding:
    """What a wrapped person key belongs to; every part is authenticated."""

    organization_id: UUID
    person_id: UUID
    key_id: UUID
    version: int

    @property
    def associated(self) -> bytes:
        parts = ("person_key.v1", self.organization_id, self.person_id, self.key_id, self.version)
        return "|".join(map(str, parts)).encode()


@dataclass(frozen=True, slots=True)
class Binding:
    """What a sealed vector belongs to; every part is authenticated."""

    organization_id: UUID
    person_id: UUID
    reference_id: UUID
    space: str
    version: int
    key_id: UUID

    @property
    def associated(self) -> bytes:
        ids = (self.organization_id, self.person_id, self.reference_id)
        return "|".join(map(str, ("reference.v2", *ids, self.space, self.version, self.key_id))).encode()


def fresh_key() -> bytes:
    """Return 32 random bytes."""
    return os.urandom(KEY_BYTES)


def wrap(person_key: bytes, binding: KeyBinding, organization_key: bytes) -> bytes:
    """Encrypt a person's 32 bytes under their organization's."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(organization_key).encrypt(nonce, person_key, binding.associated)


def unwrap(wrapped: bytes, binding: KeyBinding, organization_key: bytes) -> bytes:
    """Decrypt a person's 32 bytes. Raises ReferenceUnreadable for any altered byte or binding."""
    try:
        return AESGCM(organization_key).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], binding.associated)
    except (InvalidTag, ValueError) as error:
        raise ReferenceUnreadable(_UNREADABLE) from error


def seal(vector: Vector, binding: Binding, person_key: bytes) -> bytes:
    """Encrypt a (D,) float32 vector."""
    nonce = os.urandom(NONCE_BYTES)
    plain = np.ascontiguousarray(vector, dtype="<f4").tobytes()
    return VERSION + nonce + AESGCM(person_key).encrypt(nonce, plain, binding.associated)


def unseal(sealed: bytes, binding: Binding, person_key: bytes) -> Vector:
    """Decrypt to a (D,) float32 vector. Raises ReferenceUnreadable for any altered byte or binding."""
    nonce, body = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    try:
        if sealed[:1] != VERSION:
            raise InvalidTag
        plain = AESGCM(person_key).decrypt(nonce, body, binding.associated)
    except (InvalidTag, ValueError) as error:
        raise ReferenceUnreadable(_UNREADABLE) from error
    return np.frombuffer(plain, dtype="<f4").astype(np.float32)


# --- All rows of a gallery ------------------------------------------------------------------------------


class Opened(NamedTuple):
    """What came of a gallery's rows: (N, D) vectors, and the places of those that do not open, which are zero."""

    vectors: Matrix
    refused: tuple[int, ...]


def unseal_all(
    rows: Sequence[SealedRow], organization_id: UUID, space: str, organization_keys: Mapping[int, bytes]
) -> Opened:
    """Decrypt the rows of one organization and space straight into a matrix (len(rows), D) laid out for searching.

    Rows under one person's key lie beside each other, so that it is unwrapped once. A fraction of the time of
    `unseal` for each: no object, text or array is made for a row but what AES-GCM itself asks for.
    """
    if not rows:
        return Opened(np.zeros((0, 0), dtype=np.float32), ())
    length = Counter(map(len, map(_SEALED, rows))).most_common(1)[0][0]
    size = max(0, length - SEALED_EXTRA) // _FLOAT_BYTES
    matrix = room_for(len(rows), size)
    spare = np.empty((_AT_ONCE, size), np.float32)  # where rows do not lie whole in the matrix
    refused: list[int] = []
    keys = _person_keys(rows, organization_id, organization_keys)
    for start in range(0, len(rows), _AT_ONCE):
        block = rows[start : start + _AT_ONCE]
        place = matrix[start : start + len(block)]
        room = place if place.flags.c_contiguous else spare[: len(block)]
        refused += [start + at for at in _open_block(room, block, organization_id, space, keys[start:][: len(block)])]
        if room.base is spare:
            place[:] = room
    return Opened(np.asarray(matrix.view("<f4"), dtype=np.float32), tuple(refused))


def _person_keys(rows: Sequence[SealedRow], organization_id: UUID, keys: Mapping[int, bytes]) -> list[AESGCM | None]:
    """Return the key of each row; None where it does not open, or its organization key is not among the given."""
    # Numbers compare in C. With the person in it: a row that was given another's key must not speak for that other one.
    ids = [*map(xor, map(_NUMBER, map(_KEY, rows)), map(_NUMBER, map(_PERSON, rows)))]
    first = [True, *map(ne, ids[1:], ids)]
    holders = [*compress(rows, first)]
    opened: list[AESGCM | None] = [None] * len(holders)
    for version in {*map(_ROW_VERSION, holders)} & keys.keys():
        at = [place for place, row in enumerate(holders) if row.version == version]
        for place, key in zip(
            at, _unwrapped([holders[one] for one in at], organization_id, keys[version]), strict=True
        ):
            opened[place] = key
    starts = [*compress(range(len(rows)), first), len(rows)]
    return [*chain.from_iterable(map(repeat, opened, (after - start for start, after in pairwise(starts))))]


def _unwrapped(rows: Sequence[SealedRow], organization_id: UUID, key: bytes) -> list[AESGCM | None]:
    """Unwrap the person key of each row, all of one version."""
    bindings = _associated(KeyBinding(organization_id, _NIL, _NIL, rows[0].version).associated, rows, (_PERSON, _KEY))
    wrapped = [*map(_WRAPPED, rows)]
    nonces, bodies = map(_HEAD, wrapped), map(_TAIL, wrapped)
    decrypt = AESGCM(key).decrypt
    try:
        return [*map(AESGCM, map(decrypt, nonces, bodies, bindings))]
    except (InvalidTag, ValueError):
        return [
            _or_none(decrypt, one[:NONCE_BYTES], one[NONCE_BYTES:], to)
            for one, to in zip(wrapped, bindings, strict=True)
        ]


def _or_none(decrypt: Callable[..., bytes], nonce: bytes, body: bytes, associated: bytes) -> AESGCM | None:
    try:
        return AESGCM(decrypt(nonce, body, associated))
    except (InvalidTag, ValueError):
        return None


def _open_block(
    room: Matrix, rows: Sequence[SealedRow], organization_id: UUID, space: str, keys: Sequence[AESGCM | None]
) -> list[int]:
    """Decrypt each row to its place in `room`; returns the places of those that do not open."""
    try:
        _open_into(room.data.cast("B"), rows, _bindings(rows, organization_id, space), keys)
    except (InvalidTag, ValueError, TypeError):  # TypeError: a key that did not open, None, is no AESGCM
        return [at for at, row in enumerate(rows) if not _opens(room[at], row, organization_id, space, keys[at])]
    return []


def _opens(room: Vector, row: SealedRow, organization_id: UUID, space: str, key: AESGCM | None) -> bool:
    """Decrypt one row of a block that holds one that does not open."""
    binding = Binding(organization_id, row.person_id, row.reference_id, space, row.version, row.key_id)
    room[:] = 0
    try:
        if key is None or row.sealed[:1] != VERSION:
            raise InvalidTag
        plain = key.decrypt(row.sealed[1:_BODY_BEGINS], row.sealed[_BODY_BEGINS:], binding.associated)
        room.view("<f4")[:] = np.frombuffer(plain, "<f4")
    except (InvalidTag, ValueError):
        return False
    return True


def _open_into(
    room: memoryview, rows: Sequence[SealedRow], bindings: Sequence[bytes], keys: Sequence[AESGCM | None]
) -> None:
    """Decrypt all rows of a block, each to its bytes of `room`. Raises InvalidTag, ValueError or TypeError."""
    sealed, size = [*map(_SEALED, rows)], len(room) // len(rows)
    if {*map(len, sealed)} != {size + SEALED_EXTRA} or {*map(_FORM_OF, sealed)} != {VERSION}:
        raise InvalidTag
    # Loops in C; the copy of a row's body lies where the one before it did. With nonces and places made on the way
    # too it takes a twentieth longer.
    nonces, places = [*map(_NONCE_OF, sealed)], [*map(room.__getitem__, _places(len(rows), size))]
    deque(map(AESGCM.decrypt_into, keys, nonces, map(_BODY_OF, sealed), bindings, places), maxlen=0)  # type: ignore[arg-type]


@lru_cache(maxsize=8)
def _places(count: int, size: int) -> list[slice]:
    """Where each of so many rows lies in its room."""
    return [slice(start, start + size) for start in range(0, count * size, size)]


def _bindings(rows: Sequence[SealedRow], organization_id: UUID, space: str) -> Sequence[bytes]:
    """Return `Binding.associated` of every row."""
    versions = {*map(_ROW_VERSION, rows)}
    if len(versions) > 1:  # while keys are changed
        ids = ((row.person_id, row.reference_id, space, row.version, row.key_id) for row in rows)
        return [Binding(organization_id, *one).associated for one in ids]
    blank = Binding(organization_id, _NIL, _NIL, space, versions.pop(), _NIL).associated
    return _associated(blank, rows, (_PERSON, _REFERENCE, _KEY))


def _associated(blank: bytes, rows: Sequence[SealedRow], ids: Sequence[Callable[[SealedRow], UUID]]) -> list[bytes]:
    """Return the line of each row: `blank` with its own ids in the places of the nil ones."""
    lines, at = np.tile(np.frombuffer(blank, np.uint8), (len(rows), 1)), 0
    for own in ids:
        at = blank.index(_NIL_LETTERS, at)
        numbers = [*map(_NUMBER, map(own, rows))]
        starts = [0, *compress(range(1, len(rows)), map(ne, numbers[1:], numbers))]
        if 2 * len(starts) > len(rows):
            _write_ids(lines[:, at:], numbers)
        else:  # a person's rows lie beside each other: their id is written once, and copied
            _write_ids(once := np.tile(lines[:1, at:], (len(starts), 1)), [numbers[one] for one in starts])
            lines[:, at : at + _ID_LETTERS] = np.repeat(
                once[:, :_ID_LETTERS], np.diff(starts, append=len(rows)), axis=0
            )
        at += _ID_LETTERS
    return lines.view(f"V{len(blank)}").ravel().tolist()


def _write_ids(lines: NDArray[np.uint8], ids: Sequence[int]) -> None:
    """Write each id as its 32 letters in the five groups of a UUID, at the left of its line."""
    raw = b"".join(map(int.to_bytes, ids, repeat(_ID_BYTES)))
    letters = np.frombuffer(hexlify(raw), np.uint8).reshape(-1, 2 * _ID_BYTES)
    for dashes, (start, end) in enumerate(pairwise(_ID_GROUPS)):
        lines[:, start + dashes : end + dashes] = letters[:, start:end]


_PERSON, _REFERENCE, _KEY, _ROW_VERSION, _WRAPPED, _SEALED = map(itemgetter, range(6))
_NUMBER = attrgetter("int")
_BODY_BEGINS = len(VERSION) + NONCE_BYTES
SEALED_EXTRA = _BODY_BEGINS + _TAG_BYTES
"""So many bytes a sealed vector has beside its numbers."""
_FORM_OF = itemgetter(slice(len(VERSION)))
_NONCE_OF = itemgetter(slice(len(VERSION), _BODY_BEGINS))
_BODY_OF = itemgetter(slice(_BODY_BEGINS, None))
_HEAD, _TAIL = itemgetter(slice(NONCE_BYTES)), itemgetter(slice(NONCE_BYTES, None))
_NIL = UUID(int=0)
_NIL_LETTERS = str(_NIL).encode()
_ID_BYTES = 16
_ID_LETTERS = 36
_ID_GROUPS = (0, 8, 12, 16, 20, 32)
_AT_ONCE = 512
"""Rows whose bindings are written together: little enough to stay in the cache."""
