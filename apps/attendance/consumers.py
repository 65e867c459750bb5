"""The sockets of the kiosk and of today's board."""

import json
from typing import Any
from uuid import UUID

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.utils import timezone

from apps.attendance import identification
from apps.attendance.tasks import identify_frame
from apps.enrollment.engine_choice import chosen_engine_name
from apps.enrollment.frame_socket import FORBIDDEN, SIGN_IN, FrameSocket
from apps.organizations import doors
from apps.organizations.access import Permission, may
from apps.organizations.notices import board_group, camera_group
from apps.organizations.selectors import camera_of
from apps.recognition import frames, wire
from apps.recognition.engine import thresholds_of


class CameraSocket(FrameSocket):
    """Takes a kiosk's frames and confirmations."""

    permission = Permission.OPERATE_CAMERA

    def admitted(self, organization_id: UUID) -> dict[str, Any] | None:
        camera = camera_of(organization_id, self.scope["url_route"]["kwargs"]["camera_id"])
        if camera is None:
            return None
        self.camera_id = camera.pk
        engine = chosen_engine_name()
        sure = engine is not None and thresholds_of(engine, people=1).accept is not None
        notice = "" if sure else "Recognition is not calibrated yet: please confirm your name each time."
        return {"kiosk": camera.name, "mode": "accept" if sure else "confirm", "notice": notice}

    async def opened(self) -> None:
        await self.channel_layer.group_add(camera_group(self.organization_id, self.camera_id), self.channel_name)

    def submit(self, header: wire.FrameHeader, frame: bytes) -> None:
        ticket = frames.hold(self.organization_id, frame)
        identify_frame.apply_async(
            (str(self.organization_id), str(self.camera_id), ticket, header.seq, header.track, self.channel_name)
        )

    async def receive_command(self, command: dict[str, Any]) -> None:
        if command.get("t") == "confirm" and isinstance(command.get("approach"), str):
            yes = command.get("answer") == "yes"
            answer = await database_sync_to_async(self._confirm)(command["approach"][:64], yes)
            await self.send_json({"t": "result", "seq": None, **answer})

    def _confirm(self, approach_id: str, yes: bool) -> dict[str, Any]:
        with self.acting():
            camera = camera_of(self.organization_id, self.camera_id)
            if camera is None:
                return {"state": "closed", "code": "camera_retired", "message": "This camera is no longer in use."}
            return identification.confirm(camera, approach_id, yes, timezone.now())

    async def punch_recorded(self, event: dict[str, Any]) -> None:
        await self.send_json({**event, "t": "punch", "type": "punch"})

    async def disconnect(self, code: int) -> None:
        if self.is_admitted:
            group = camera_group(self.organization_id, self.camera_id)
            await self.channel_layer.group_discard(group, self.channel_name)
        await super().disconnect(code)


class BoardSocket(AsyncJsonWebsocketConsumer):
    """Says that something was punched; the page then reads its rows again."""

    async def connect(self) -> None:
        await self.accept()
        self.group = ""
        user = self.scope["user"]
        if not user.is_authenticated:
            await self.close(SIGN_IN)
            return
        door = await database_sync_to_async(doors.admission)(user.pk, self.scope["url_route"]["kwargs"]["slug"])
        if door is None or not may(door.role, Permission.VIEW_BOARD):
            await self.close(FORBIDDEN)
            return
        self.group = board_group(door.organization_id)
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.send_json({"t": "hello"})

    @classmethod
    async def decode_json(cls, text_data: str) -> Any:
        try:
            return json.loads(text_data)
        except (ValueError, RecursionError):
            return None

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None, **kwargs: Any) -> None:
        if text_data:
            await super().receive(text_data=text_data)

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        if isinstance(content, dict) and content.get("t") == "ping":
            await self.send_json({"t": "pong"})

    async def punch_recorded(self, event: dict[str, Any]) -> None:
        await self.send_json({**event, "t": "punch", "type": "punch"})

    async def disconnect(self, code: int) -> None:
        if self.group:
            await self.channel_layer.group_discard(self.group, self.channel_name)
