"""Seals a reference vector: AES-256-GCM, bound to its organization, person, row and space.

The key of an organization is derived from the master key (HKDF-SHA256, RFC 5869), so a sealed vector copied to
another organization, person, row or space does not open. A 128-float vector seals to 541 bytes.
"""

import os
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

import numpy as np
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from apps.enrollment.errors import ReferenceUnreadable
from apps.organizations.master_key import organization_key
from apps.recognition.shapes import Vector

VERSION = b"\x01"
NONCE_BYTES = 12


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
        raise ReferenceUnreadable(
            "A stored reference does not open: the master key is not the one it was written with, or the row was "
            "altered. Restore the key, or enroll this person again."
        ) from error
    return np.frombuffer(plain, dtype="<f4").astype(np.float32)


@lru_cache(maxsize=1024)
def _organization_key(master_key: str, organization_id: UUID) -> AESGCM:
    return AESGCM(organization_key(master_key, organization_id, "reference.v1"))
