"""A socket of a paired device: no session, but a hello signed over this connection's nonce by the device's own key."""

import asyncio
import base64
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from apps.organizations import audit, camera_keys, camera_proofs, doors
from apps.organizations.live import FORBIDDEN, TRY_AGAIN, LiveSocket, read_command
from apps.organizations.models import CameraKey

NONCE_BYTES = 16
HELLO_SECONDS = 5.0
MOST_CLOCK_ERROR = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Hello:
    """What a device says of itself; `text` is what it must have signed."""

    fingerprint: str
    at: datetime
    signature: bytes
    text: bytes


class KeySocket(LiveSocket):
    """Challenges the device, and admits it for the camera its key belongs to."""

    camera_id: UUID
    nonce = ""
    claimed: Hello | None = None
    silence: asyncio.TimerHandle | None = None

    def facts(self, key: CameraKey) -> dict[str, Any]:
        """What the device's page is told once it is admitted. Runs in a thread, acting for the organization."""
        return {}

    async def enter(self) -> None:
        self.nonce = secrets.token_urlsafe(NONCE_BYTES)
        self.silence = asyncio.get_running_loop().call_later(HELLO_SECONDS, self._was_silent)
        await self.send_json({"t": "challenge", "nonce": self.nonce, "time": timezone.now().isoformat()})

    def _was_silent(self) -> None:
        self.leaving = asyncio.ensure_future(self.hang_up(TRY_AGAIN))

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self.is_admitted:
            await super().receive(text_data=text_data, bytes_data=bytes_data)
        elif not self.is_closing:
            await self._receive_hello(text_data or "")

    async def _receive_hello(self, text: str) -> None:
        self._stop_waiting()
        nonce, self.nonce = self.nonce, ""  # used once, whatever comes of it
        self.claimed = read_hello(text, nonce, self._origin())
        if self.claimed is None:
            await self.hang_up(FORBIDDEN)
        elif abs(timezone.now() - self.claimed.at) > MOST_CLOCK_ERROR:
            await self.send_json(clock_refusal(self.claimed.at))
            await self.hang_up(TRY_AGAIN)
        else:
            await self.admit()

    def _origin(self) -> str:
        return next((value.decode("latin-1") for name, value in self.scope["headers"] if name == b"origin"), "")

    def ask(self) -> int | None:
        found = doors.camera_key_of(self.claimed.fingerprint) if self.claimed else None
        if found is None:
            return FORBIDDEN
        self.key_id = found.id
        self.actor = audit.Actor("camera", found.id)
        return self.ask_organization(found.organization_id)

    def admitted(self, organization_id: UUID) -> dict[str, Any] | None:
        key, claimed = camera_keys.live_key(organization_id, self.key_id), self.claimed
        if key is None or claimed is None:
            return None
        if not camera_proofs.is_signed(bytes(key.public_key), claimed.signature, claimed.text):
            return None
        self.camera_id = key.camera_id
        return self.facts(key)

    def may_stay(self) -> bool:
        return camera_keys.live_key(self.organization_id, self.key_id) is not None

    def _stop_waiting(self) -> None:
        if self.silence:
            self.silence.cancel()

    async def disconnect(self, code: int) -> None:
        self._stop_waiting()
        await super().disconnect(code)


def read_hello(text: str, nonce: str, origin: str) -> Hello | None:
    """The hello of a text message, or None for anything else."""
    command = read_command(text) or {}
    fingerprint, at, signature = (str(command.get(name, "")) for name in ("key", "at", "signature"))
    if command.get("t") != "hello" or not camera_proofs.FINGERPRINT.fullmatch(fingerprint):
        return None
    try:
        moment = datetime.fromisoformat(at)
        signed = base64.b64decode(signature, validate=True)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    return Hello(
        fingerprint,
        moment,
        signed,
        camera_proofs.hello_text(nonce=nonce, fingerprint=fingerprint, at=at, origin=origin),
    )


def clock_refusal(at: datetime) -> dict[str, Any]:
    """What a device with a wrong clock is told; it tries again by itself."""
    minutes = round(abs(timezone.now() - at).total_seconds() / 60)
    hint = f"This device’s clock is {minutes} minutes off. Set its date and time; then it connects by itself."
    return {"t": "refused", "seq": None, "code": "clock_wrong", "hint": hint}
