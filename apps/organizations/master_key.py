"""The master key, and the keys derived from it: one an organization and purpose (HKDF-SHA256, RFC 5869)."""

import base64
from functools import lru_cache
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32


def key_bytes(master_key: str) -> bytes:
    """The 32 bytes behind the base64 text of the environment; raises ValueError for anything else."""
    raw = base64.urlsafe_b64decode(master_key.encode())
    if len(raw) != KEY_BYTES:
        raise ValueError("MASTER_KEY must be 32 bytes in URL-safe base64")
    return raw


@lru_cache(maxsize=2048)
def organization_key(master_key: str, organization_id: UUID, purpose: str) -> bytes:
    """The 32 bytes that serve this purpose in this organization, and nothing else."""
    derive = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=organization_id.bytes, info=purpose.encode())
    return derive.derive(key_bytes(master_key))
