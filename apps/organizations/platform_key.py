"""The platform key, and what is derived from it for each organization and purpose (HKDF-SHA256, RFC 5869).

It seals audit trails, signs receipts, makes pseudonyms and keeps second factors; it opens no reference. The master key
wraps biometrics and nothing else, so it can be changed or lost without a trail breaking, and whoever may read faces
cannot write history.
"""

import base64
import hmac
from functools import lru_cache
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

from apps.organizations.master_key import KEY_BYTES, key_bytes


def platform_key(organization_id: UUID, purpose: str) -> bytes:
    """The 32 bytes that serve this purpose in this organization, and nothing else."""
    return _derived(settings.PLATFORM_KEY, organization_id, purpose)


@lru_cache(maxsize=4096)
def _derived(key: str, organization_id: UUID, purpose: str) -> bytes:
    derive = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=organization_id.bytes, info=purpose.encode())
    return derive.derive(key_bytes(key))


def signing_key(organization_id: UUID) -> Ed25519PrivateKey:
    """What this organization signs receipts with."""
    return Ed25519PrivateKey.from_private_bytes(platform_key(organization_id, "receipts.v1"))


def public_key(organization_id: UUID) -> str:
    """The other half, 32 bytes in URL-safe base64: published, so that anybody can verify a receipt."""
    raw = signing_key(organization_id).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return base64.urlsafe_b64encode(raw).decode()


def pseudonym_of(organization_id: UUID, kind: str, one: UUID) -> str:
    """64 hex digits that stand for a row in what outlives it; without the platform key nobody finds back."""
    key = platform_key(organization_id, f"pseudonym.v1.{kind}")
    return hmac.digest(key, one.bytes, "sha256").hex()
