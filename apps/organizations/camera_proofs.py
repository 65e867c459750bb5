"""What a camera's key proves: the texts that are signed, and the test of a signature. Pure."""

import hashlib
import re

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

FINGERPRINT = re.compile(r"[0-9a-f]{64}")
# WebCrypto gives the two numbers of a signature one after the other, 32 bytes each.
NUMBER_BYTES = 32


def hello_text(*, nonce: str, fingerprint: str, at: str, origin: str) -> bytes:
    """What a device signs to open its socket: good for one connection, one key, one moment and one site."""
    return "\n".join(["attendance camera hello 1", nonce, fingerprint, at, origin]).encode()


def pairing_text(*, nonce: str, code: str, fingerprint: str, origin: str) -> bytes:
    """What a device signs to show that it holds the key it asks to pair."""
    return "\n".join(["attendance camera pairing 1", nonce, code, fingerprint, origin]).encode()


def fingerprint_of(public_key: bytes) -> str:
    return hashlib.sha256(public_key).hexdigest()


def is_camera_key(public_key: bytes) -> bool:
    """Whether these bytes are one P-256 public key, in the one form it is written in."""
    return _key(public_key) is not None


def is_signed(public_key: bytes, signature: bytes, text: bytes) -> bool:
    """Whether this key's private half signed this text."""
    key = _key(public_key)
    if key is None or len(signature) != 2 * NUMBER_BYTES:
        return False
    numbers = (int.from_bytes(signature[at : at + NUMBER_BYTES]) for at in (0, NUMBER_BYTES))
    try:
        key.verify(encode_dss_signature(*numbers), text, ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def _key(public_key: bytes) -> ec.EllipticCurvePublicKey | None:
    try:
        key = load_der_public_key(public_key)
    except (ValueError, UnsupportedAlgorithm):  # the second for a curve that the library does not know
        return None
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != "secp256r1":
        return None
    # A second way to write the same key would have a second fingerprint.
    written = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return key if written == public_key else None
