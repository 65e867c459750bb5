"""A device as its browser would be: a P-256 key that signs in WebCrypto's form, and the requests it makes."""

import base64
import re
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.test import Client
from django.utils import timezone

from apps.organizations import camera_keys
from apps.organizations.camera_proofs import fingerprint_of, hello_text, pairing_text
from apps.organizations.models import Camera, CameraKey, Organization, User
from apps.organizations.tenancy import acting_for

ORIGIN = settings.PUBLIC_URL


class Device:
    """A tablet with a key of its own."""

    def __init__(self) -> None:
        self._private = ec.generate_private_key(ec.SECP256R1())
        self.public_key = self._private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self.fingerprint = fingerprint_of(self.public_key)

    def sign(self, text: bytes) -> bytes:
        numbers = decode_dss_signature(self._private.sign(text, ec.ECDSA(SHA256())))
        return b"".join(number.to_bytes(32) for number in numbers)

    def hello(
        self, nonce: str, at: datetime | None = None, origin: str = ORIGIN, fingerprint: str = ""
    ) -> dict[str, Any]:
        """What it answers to a challenge."""
        claimed, moment = fingerprint or self.fingerprint, (at or timezone.now()).isoformat()
        signed = self.sign(hello_text(nonce=nonce, fingerprint=claimed, at=moment, origin=origin))
        return {"t": "hello", "key": claimed, "at": moment, "signature": base64.b64encode(signed).decode()}

    def proof(self, nonce: str, code: str, origin: str = ORIGIN) -> bytes:
        return self.sign(pairing_text(nonce=nonce, code=code, fingerprint=self.fingerprint, origin=origin))

    def asks(self, code: str, nonce: str = "") -> camera_keys.PairingRequest:
        """Its request to be paired with this code."""
        nonce, meant = nonce or camera_keys.new_nonce(), camera_keys.typed(code)
        return camera_keys.PairingRequest(code, self.public_key, nonce, self.proof(nonce, meant), ORIGIN)

    def posts(self, code: str, client: Client | None = None, changed: dict[str, str] | None = None) -> Any:
        """The pairing page's script: load the page, sign, post."""
        client = client or Client()
        page = client.get("/pair/").content.decode()
        found = re.search(r'data-nonce="([^"]+)"', page)
        assert found
        form = {
            "code": code,
            "nonce": found[1],
            "public_key": base64.b64encode(self.public_key).decode(),
            "proof": base64.b64encode(self.proof(found[1], camera_keys.typed(code))).decode(),
        }
        headers = {"Accept": "application/json", "Origin": ORIGIN}
        return client.post("/pair/", form | (changed or {}), headers=headers)


def code_for(organization: Organization, camera: Camera, author: User) -> str:
    with acting_for(organization):
        return camera_keys.new_pairing(organization=organization, camera=camera, author=author)


def paired(organization: Organization, camera: Camera, author: User) -> tuple[Device, CameraKey]:
    """A device that is this camera."""
    device = Device()
    code = code_for(organization, camera, author)
    return device, camera_keys.pair(request=device.asks(code), address="192.0.2.7", at=timezone.now())
