"""The master key: it wraps the organizations' keys, here or in a key service, and never enters the database."""

import base64
import hmac
import os
from functools import lru_cache
from typing import Protocol
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.module_loading import import_string

from apps.organizations.errors import CodedError

KEY_BYTES = 32
NONCE_BYTES = 12


class KeyUnavailable(CodedError):
    """The master key is missing, or is not the one that the stored keys were wrapped with."""

    code = "key_missing"
    status = 503


def key_bytes(text: str) -> bytes:
    """The 32 bytes behind the base64 text of the environment; raises ValueError for anything else."""
    raw = base64.urlsafe_b64decode(text.encode())
    if len(raw) != KEY_BYTES:
        raise ValueError(f"a key must be {KEY_BYTES} bytes in URL-safe base64")
    return raw


@lru_cache(maxsize=2048)
def organization_key(master_key: str, organization_id: UUID, purpose: str) -> bytes:
    """The 32 bytes that references of the first form were sealed with in this organization."""
    derive = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=organization_id.bytes, info=purpose.encode())
    return derive.derive(key_bytes(master_key))


class KeyWrapper(Protocol):
    """Whatever wraps keys: this process with MASTER_KEY, or a class of your own that asks a key service."""

    def key_id(self) -> str:
        """Return at most 16 characters that name the key which wraps now. Raises KeyUnavailable."""

    def wrap(self, plain: bytes, context: bytes) -> bytes:
        """Wrap 32 bytes, bound to their context. Raises KeyUnavailable."""

    def unwrap(self, wrapped: bytes, context: bytes, key_id: str) -> bytes:
        """Unwrap what the key of this id wrapped. Raises KeyUnavailable."""


class LocalWrapper:
    """AES-256-GCM with MASTER_KEY; opens what one of MASTER_KEYS_BEFORE wrapped, too."""

    def key_id(self) -> str:
        return _id_of(_present())

    def wrap(self, plain: bytes, context: bytes) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + AESGCM(_present()).encrypt(nonce, plain, context)

    def unwrap(self, wrapped: bytes, context: bytes, key_id: str) -> bytes:
        try:
            return AESGCM(_known(key_id)).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], context)
        except (InvalidTag, ValueError) as error:
            say = (
                f"A stored key does not open under master key {key_id}: its row was altered. Restore it from a backup."
            )
            raise KeyUnavailable(say, code="key_altered") from error


def wrapper() -> KeyWrapper:
    """The wrapper that this deployment names in KEY_WRAPPER, or the local one."""
    return _named(settings.KEY_WRAPPER)


@lru_cache(maxsize=4)
def _named(path: str) -> KeyWrapper:
    """One of each in a process: a key service's client may be costly to make."""
    named: KeyWrapper = import_string(path)() if path else LocalWrapper()
    return named


def _present() -> bytes:
    try:
        return key_bytes(settings.MASTER_KEY)
    except ValueError:
        say = (
            "MASTER_KEY is missing, malformed, or in a file that cannot be read, so no face is recognised. Give the "
            "key this site was started with."
        )
        raise KeyUnavailable(say) from None


def _known(key_id: str) -> bytes:
    """Return the key of this id, present or earlier. Raises KeyUnavailable."""
    present = _present()
    if _id_of(present) == key_id:
        return present
    found = next((key for key in _before() if _id_of(key) == key_id), None)
    if found is None:
        say = (
            f"The stored keys were wrapped with master key {key_id}, and MASTER_KEY is {_id_of(present)}. "
            "Give the right one, or name it in MASTER_KEYS_BEFORE."
        )
        raise KeyUnavailable(say, code="key_wrong")
    return found


def _before() -> list[bytes]:
    try:
        return [*map(key_bytes, settings.MASTER_KEYS_BEFORE)]
    except ValueError:
        say = (
            f"MASTER_KEYS_BEFORE is malformed. Each key in it is {KEY_BYTES} bytes in URL-safe base64, "
            "with commas between."
        )
        raise KeyUnavailable(say) from None


def _id_of(key: bytes) -> str:
    return hmac.digest(key, b"master key id", "sha256")[:8].hex()
