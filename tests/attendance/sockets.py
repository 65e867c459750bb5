"""A browser's side of the sockets, without a browser: speaks to the whole ASGI application in this process."""

import json
import time
from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Any, Self

from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.db import connections

from apps.enrollment.frame_socket import FRAME_EXECUTOR
from apps.organizations.models import Camera
from apps.recognition.wire import SUBPROTOCOL, FrameHeader, pack_message
from attendance_site.asgi import application

ANSWER_SECONDS = 15.0
QUIET_SECONDS = 0.15
Message = dict[str, Any]


def camera_path(camera: Camera, slug: str = "northwind") -> str:
    return f"/ws/o/{slug}/cameras/{camera.pk}/"


class Socket(AbstractAsyncContextManager["Socket"]):
    """One socket; `cookie` signs in, `origin` is our own unless a test says otherwise."""

    def __init__(self, path: str, cookie: str = "", origin: str | None = settings.PUBLIC_URL) -> None:
        headers = [(b"host", b"127.0.0.1"), (b"cookie", cookie.encode())]
        headers += [] if origin is None else [(b"origin", origin.encode())]
        self._wire = WebsocketCommunicator(application, path, headers=headers, subprotocols=[SUBPROTOCOL])
        self._seq = 0
        self._captured_ms = int(time.time() * 1000)
        self.subprotocol: str | None = None

    async def __aenter__(self) -> Self:
        accepted, self.subprotocol = await self._wire.connect(timeout=ANSWER_SECONDS)
        assert accepted, "a browser is told the code only of a socket that was open"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._wire.disconnect(timeout=ANSWER_SECONDS)
        # The threads' connections would keep the test database from being dropped.
        await sync_to_async(connections.close_all)()
        await sync_to_async(connections.close_all, thread_sensitive=False, executor=FRAME_EXECUTOR)()

    async def receive(self) -> Message:
        """The next message; a close is {"close": code}."""
        output = await self._wire.receive_output(timeout=ANSWER_SECONDS)
        return {"close": output["code"]} if output["type"] == "websocket.close" else dict(json.loads(output["text"]))

    async def receive_until(self, *kinds: str) -> Message:
        """The next message of one of these kinds (`t`), or the close."""
        while True:
            message = await self.receive()
            if "close" in message or message["t"] in kinds:
                return message

    async def is_quiet(self) -> bool:
        return bool(await self._wire.receive_nothing(timeout=QUIET_SECONDS))

    async def send_frame(self, jpeg: bytes, track: int = 1, nonce: str = "") -> int:
        """Send without waiting; returns the frame's number."""
        self._seq += 1
        self._captured_ms = max(self._captured_ms + 1, int(time.time() * 1000))
        await self.send_bytes(pack_message(FrameHeader(self._seq, self._captured_ms, track, nonce), jpeg))
        return self._seq

    async def send_bytes(self, message: bytes) -> None:
        await self._wire.send_input({"type": "websocket.receive", "bytes": message})

    async def send_text(self, text: str) -> None:
        await self._wire.send_input({"type": "websocket.receive", "text": text})

    async def send(self, **command: Any) -> None:
        await self.send_text(json.dumps(command))

    async def frame(self, jpeg: bytes, track: int = 1, nonce: str = "") -> Message:
        """The answer to this frame."""
        await self.send_frame(jpeg, track, nonce)
        return await self.receive_until("result", "refused")

    async def frames(self, jpegs: Iterable[bytes], track: int = 1) -> Message:
        """Send one after the other until the approach is decided; returns the last answer."""
        answer: Message = {}
        for jpeg in jpegs:
            answer = await self.frame(jpeg, track)
            if answer["state"] != "searching":
                break
        return answer

    async def confirm(self, approach: str, answer: str) -> Message:
        await self.send(t="confirm", approach=approach, answer=answer)
        return await self.receive_until("result")
