"""Receipts of erasures: canonical JSON, signed with the organization's Ed25519 key; anybody can verify one.

The file that is handed out has exactly one spelling, so that not even a blank can be changed in it unnoticed.
"""

import base64
import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from apps.organizations.errors import CodedError
from apps.organizations.platform_key import public_key, signing_key
from apps.people.models import ErasureReceipt

FORMAT = "erasure-receipt.v1"


class ReceiptRefused(CodedError):
    """The receipt was changed, is no receipt, or was signed by somebody else."""

    code = "receipt_not_genuine"
    status = 422


def canonical(told: Mapping[str, Any]) -> str:
    """The one spelling of a receipt's body that its signature covers."""
    return json.dumps(told, sort_keys=True, ensure_ascii=True, separators=(",", ":"))


def signature_of(organization_id: UUID, body: str) -> str:
    """The Ed25519 signature (RFC 8032) of this body, URL-safe base64."""
    return base64.urlsafe_b64encode(signing_key(organization_id).sign(body.encode())).decode()


def file_of(receipt: ErasureReceipt) -> bytes:
    """What is handed out: the body for people to read, its signature, and the key to verify it with."""
    return _spelled(json.loads(receipt.body), receipt.signature, public_key(receipt.organization_id))


def verified(raw: bytes, key: str = "") -> dict[str, Any]:
    """What a receipt's file says; `key` is the public key to trust, else this platform's own for its organization.

    Raises ReceiptRefused for a file with any byte changed, and for one that another key signed.
    """
    try:
        found = json.loads(raw)
        told, signature = found["receipt"], found["signature"]
        trusted = key or public_key(UUID(told["organization"]))
        Ed25519PublicKey.from_public_bytes(_bytes(trusted)).verify(_bytes(signature), canonical(told).encode())
        genuine = told["format"] == FORMAT and raw == _spelled(told, signature, trusted)
    except (InvalidSignature, KeyError, TypeError, ValueError, AttributeError) as error:
        raise _refusal() from error
    if not genuine:
        raise _refusal()
    return dict(told)


def is_genuine(receipt: ErasureReceipt) -> bool:
    """Whether this row is as it was signed, for the organization and the pseudonym that it stands under."""
    try:
        told = verified(file_of(receipt))
    except (ReceiptRefused, ValueError):  # ValueError: what is no JSON
        return False
    return (told["organization"], told["pseudonym"]) == (str(receipt.organization_id), receipt.pseudonym)


def _spelled(told: Mapping[str, Any], signature: str, key: str) -> bytes:
    whole = {"receipt": told, "signature": signature, "public_key": key}
    return json.dumps(whole, sort_keys=True, ensure_ascii=True, indent=2).encode() + b"\n"


def _bytes(text: str) -> bytes:
    """What a text spells in URL-safe base64, which has other spellings of the same bytes: those are refused."""
    raw = base64.urlsafe_b64decode(text.encode())
    if base64.urlsafe_b64encode(raw).decode() != text:
        raise ValueError("this is another spelling of the same bytes")
    return raw


def _refusal() -> ReceiptRefused:
    return ReceiptRefused(
        "This is not a receipt as it was signed: something in it was changed, or another key signed it. Ask for the "
        "file again, or give the public key of the organization that made it."
    )
