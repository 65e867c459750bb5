"""What was seen of one person's photos, between one photo and the next: sealed, in the short store, for a minute.

Nothing of a run lies in the database before a person's last photo was looked at: a dry run leaves nothing, and a real
one that ends half-way leaves nothing either. The key is derived from the organization's; the store sees no vector.
"""

import base64
import json
import os
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from apps.enrollment.vault import PURPOSE
from apps.organizations import keyring
from apps.recognition.shapes import Face, Probe, Quality
from apps.recognition.short_store import short_store

SECONDS = 60.0
_NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class Trail:
    """One person's photos in one run; `name` is random, and whoever lacks it finds nothing."""

    organization_id: UUID
    person_id: UUID
    name: str

    @property
    def key(self) -> str:
        return f"organization.{self.organization_id}.photos.{self.person_id}.{self.name}"

    def probes(self) -> list[Probe]:
        """What was seen so far; empty before the first photo, and after SECONDS without one."""
        return self._opened(short_store().peek(self.key))

    def keep(self, probes: list[Probe]) -> None:
        """Keep these for the next photo. Raises StoreUnavailable, KeyUnavailable."""
        nonce = os.urandom(_NONCE_BYTES)
        plain = json.dumps([_packed(one) for one in probes]).encode()
        short_store().put(self.key, nonce + self._cipher().encrypt(nonce, plain, self.key.encode()), SECONDS)

    def take(self) -> list[Probe]:
        """What was seen, once: of two who end a person one gets it."""
        return self._opened(short_store().take(self.key))

    def outcome(self) -> dict[str, Any] | None:
        """How it ended, for whoever asks again because the answer was lost."""
        told = short_store().peek(f"{self.key}.outcome")
        return dict(json.loads(told)) if told else None

    def end(self, outcome: dict[str, Any]) -> None:
        """Remember how it ended: codes and counts, nothing of a face."""
        short_store().put(f"{self.key}.outcome", json.dumps(outcome).encode(), SECONDS)

    def is_first(self) -> bool:
        """Whether nobody has begun to end it."""
        return short_store().count(f"{self.key}.ends", SECONDS) == 1

    def forget(self) -> None:
        """Drop what was seen: the person is not gone on with."""
        short_store().take(self.key)

    def _opened(self, sealed: bytes | None) -> list[Probe]:
        if not sealed:
            return []
        try:
            plain = self._cipher().decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], self.key.encode())
        except (InvalidTag, ValueError):
            return []  # of another key, or altered: as if forgotten, and sent again
        return [_unpacked(one) for one in json.loads(plain)]

    def _cipher(self) -> AESGCM:
        newest = keyring.newest_version(self.organization_id, PURPOSE)
        source = keyring.key_of(self.organization_id, PURPOSE, newest)
        return AESGCM(HKDF(algorithm=SHA256(), length=32, salt=None, info=b"photos.v1").derive(source))


def _packed(probe: Probe) -> dict[str, Any]:
    quality, vector = probe.quality, np.ascontiguousarray(probe.vector, dtype="<f4").tobytes()
    return {
        "vector": base64.b64encode(vector).decode(),
        "space": probe.space,
        "face_px": float(quality.face_px),
        "sharpness": float(quality.sharpness),
        "luma": float(quality.luma),
        "inside": float(quality.inside),
    }


def _unpacked(kept: dict[str, Any]) -> Probe:
    """The probe without where its face was: nobody asks for that once the picture is gone."""
    vector = np.frombuffer(base64.b64decode(kept["vector"]), dtype="<f4").astype(np.float32)
    side = kept["face_px"]
    quality = Quality(side, kept["sharpness"], kept["luma"], kept["inside"])
    return Probe(vector, kept["space"], Face((0.0, 0.0, side, side), 1.0, np.zeros((5, 2), np.float32)), quality)
