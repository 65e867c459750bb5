"""The sockets of kiosks, of members' and of paired devices, and of today's board."""

import uuid
from collections.abc import Callable
from typing import Any
from uuid import UUID

from channels.db import database_sync_to_async
from django.utils import timezone

from apps.attendance import answers
from apps.attendance.errors import BadgeRefused, PinRefused, PunchRefused
from apps.attendance.forms import BadgeForm, PinForm
from apps.attendance.kiosk import mode_of, place_of, punch_by_badge, punch_by_pin
from apps.attendance.paths import spent_of
from apps.attendance.tasks import identify_frame
from apps.enrollment.frame_socket import FrameSocket
from apps.organizations import audit
from apps.organizations.access import Permission
from apps.organizations.errors import CodedError
from apps.organizations.live import FORBIDDEN, MemberSocket, read_command
from apps.organizations.live_keys import KeySocket
from apps.organizations.models import Camera, CameraKey
from apps.organizations.notices import board_group, camera_group
from apps.organizations.selectors import camera_of
from apps.recognition import frames, wire

Punching = Callable[[Camera, dict[str, Any]], dict[str, Any]]


class CameraWalk(FrameSocket):
    """Frames, badges and confirmations of one camera, however it was admitted."""

    camera_id: UUID
    newest = (-1, -1)
    is_punching = False

    def objection(self, header: wire.FrameHeader) -> tuple[str, str] | None:
        """A camera sees one frame after the other: what comes out of its order was recorded before."""
        if header.seq <= self.newest[0] or header.captured_ms <= self.newest[1]:
            return "out_of_order", "This frame is older than the last one. Load this page again."
        self.newest = (header.seq, header.captured_ms)
        return None

    async def opened(self) -> None:
        await self.join(camera_group(self.organization_id, self.camera_id))

    def submit(self, header: wire.FrameHeader, frame: bytes) -> None:
        ticket = frames.hold(self.organization_id, frame)
        where = (str(self.organization_id), str(self.camera_id))
        identify_frame.apply_async((*where, ticket, header.seq, header.track, self.channel_name, header.nonce))

    async def receive_command(self, command: dict[str, Any]) -> None:
        if command.get("t") == "badge":
            self.in_background(self.one_punch(command, self._by_badge))
        elif command.get("t") == "confirm" and isinstance(command.get("approach"), str):
            yes = command.get("answer") == "yes"
            answer = await database_sync_to_async(self._confirm)(command["approach"][:64], yes)
            await self.send_json({"t": "result", "seq": None, **answer})

    async def one_punch(self, command: dict[str, Any], punch: Punching) -> None:
        """Try a PIN or a badge, and answer under its own name and nonce. One at a time: a PIN is slow, on purpose."""
        if self.is_punching:
            return
        self.is_punching = True
        try:
            answer = await database_sync_to_async(self._tried)(command, punch)
        finally:
            self.is_punching = False
        await self.send_json({"t": command["t"], "nonce": str(command.get("nonce", ""))[:64], **answer})

    def _tried(self, command: dict[str, Any], punch: Punching) -> dict[str, Any]:
        try:
            with self.acting():
                return audit.run_held(lambda: punch(self._camera(), command))
        except CodedError as error:
            return {"state": "refused", "code": error.code, "hint": error.message}

    def _camera(self) -> Camera:
        camera = camera_of(self.organization_id, self.camera_id)
        if camera is None:
            raise PunchRefused("This camera is no longer in use.", code="camera_retired")
        return camera

    @staticmethod
    def _by_badge(camera: Camera, command: dict[str, Any]) -> dict[str, Any]:
        form = BadgeForm({name: str(command.get(name, "")) for name in ("code", "nonce")})
        if not form.is_valid():
            raise BadgeRefused("Hold your badge up once more.", code="badge_missing")
        said = form.cleaned_data
        nonce = str(said["nonce"] or uuid.uuid4())
        spent = spent_of(command)
        return punch_by_badge(camera=camera, code=said["code"], nonce=nonce, at=timezone.now(), spent=spent)

    def _confirm(self, approach_id: str, yes: bool) -> dict[str, Any]:
        with self.acting():
            camera = camera_of(self.organization_id, self.camera_id)
            if camera is None:
                return {"state": "closed", "code": "camera_retired", "message": "This camera is no longer in use."}
            return answers.confirm(camera, approach_id, yes, timezone.now())

    async def punch_recorded(self, event: dict[str, Any]) -> None:
        if not self.is_closing:
            await self.send_json({**event, "t": "punch", "type": "punch"})


class CameraSocket(MemberSocket, CameraWalk):
    """The kiosk page that a member opened: admitted by their session."""

    permission = Permission.OPERATE_CAMERA

    def admitted(self, organization_id: UUID) -> dict[str, Any] | None:
        camera = camera_of(organization_id, self.scope["url_route"]["kwargs"]["camera_id"])
        if camera is None:
            return None
        self.camera_id = camera.pk
        return mode_of(camera)

    def may_stay(self) -> bool:
        return camera_of(self.organization_id, self.camera_id) is not None


class PairedCameraSocket(KeySocket, CameraWalk):
    """A paired device: admitted by its key, and it has no other address. So the PIN comes through here too."""

    def facts(self, key: CameraKey) -> dict[str, Any]:
        return {**mode_of(key.camera), **place_of(key.camera)}

    async def receive_command(self, command: dict[str, Any]) -> None:
        if command.get("t") == "hello":
            await self.hang_up(FORBIDDEN)  # a connection has one hello
        elif command.get("t") == "pin":
            self.in_background(self.one_punch(command, self._by_pin))
        else:
            await super().receive_command(command)

    @staticmethod
    def _by_pin(camera: Camera, command: dict[str, Any]) -> dict[str, Any]:
        form = PinForm({name: str(command.get(name, "")) for name in ("number", "pin", "nonce")})
        if not form.is_valid():
            raise PinRefused("Enter your number and your PIN.", code="pin_missing")
        said = form.cleaned_data
        known = {"number": said["number"], "pin": said["pin"], "nonce": str(said["nonce"] or uuid.uuid4())}
        return punch_by_pin(camera=camera, **known, at=timezone.now(), spent=spent_of(command))


class BoardSocket(MemberSocket):
    """Says that something was punched; the page then reads its rows again."""

    permission = Permission.VIEW_BOARD

    def admitted(self, organization_id: UUID) -> dict[str, Any] | None:
        return {}

    async def opened(self) -> None:
        await self.join(board_group(self.organization_id))

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        command = read_command(text_data or "")
        if self.is_admitted and not self.is_closing and command and command.get("t") == "ping":
            await self.send_json({"t": "pong"})

    async def punch_recorded(self, event: dict[str, Any]) -> None:
        if not self.is_closing:
            await self.send_json({**event, "t": "punch", "type": "punch"})
