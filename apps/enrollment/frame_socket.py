"""A socket that takes camera frames: admits, limits, keeps one frame in flight and the newest waiting.

`receive` never awaits work: daphne reads without back-pressure, so a consumer that waits would collect frames in
memory (6,000 frames of 40 kB raised it from 75 to 308 MB). Results carry the frame's `seq`; a watchdog gives up a
frame whose answer never comes (an expired task answers nothing).
"""

import asyncio
import json
import time
from abc import ABC, abstractmethod
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Any, ClassVar
from uuid import UUID

from asgiref.sync import sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.db import close_old_connections

from apps.organizations import doors
from apps.organizations.access import Permission, may
from apps.organizations.tenancy import acting_for
from apps.recognition import wire
from apps.recognition.errors import FrameRefused, RecognitionError

# One model in the embedded process, so one frame at a time; with workers the thread only talks to Redis.
FRAME_EXECUTOR = ThreadPoolExecutor(1 if settings.EMBEDDED else 8, thread_name_prefix="frames")

SIGN_IN, FORBIDDEN, TOO_BIG, TOO_FAST = 4401, 4403, 4413, 4429
WATCHDOG_SECONDS = 4.0
RESULT_SECONDS = 3.0
FRAMES_PER_SECOND, BURST = 15.0, 30.0
OVERSIZE_BEFORE_CLOSE = 5
BUSY = {"state": "busy", "retry_ms": 1000}


class TokenBucket:
    """Allows `rate` a second with bursts of `burst`."""

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self.rate, self.burst = rate, burst
        self.tokens, self.at = burst, now

    def take(self, now: float) -> bool:
        self.tokens = min(self.burst, self.tokens + (now - self.at) * self.rate)
        self.at = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


class FrameSocket(AsyncWebsocketConsumer, ABC):
    """The base of the kiosk's and the capture page's sockets; a subclass says whom it admits and what a frame does."""

    permission: ClassVar[Permission]

    organization_id: UUID
    is_admitted = False
    is_closing = False
    flying: int | None = None
    waiting: tuple[wire.FrameHeader, bytes] | None = None
    oversize = 0
    started = 0.0
    watchdog: asyncio.TimerHandle | None = None

    @abstractmethod
    def admitted(self, organization_id: UUID) -> dict[str, Any] | None:
        """The hello for a socket that may stay, or None. Runs in a thread, acting for the organization."""

    @abstractmethod
    def submit(self, header: wire.FrameHeader, frame: bytes) -> None:
        """Hand the frame on. Runs in a thread, acting for the organization."""

    async def receive_command(self, command: dict[str, Any]) -> None:
        """A JSON message that is not a ping."""

    async def connect(self) -> None:
        self.bucket = TokenBucket(FRAMES_PER_SECOND, BURST, time.monotonic())
        self.tasks: set[asyncio.Task[None]] = set()
        await self.accept(wire.SUBPROTOCOL if wire.SUBPROTOCOL in self.scope["subprotocols"] else None)
        user = self.scope["user"]
        if not user.is_authenticated:
            await self.close(SIGN_IN)
            return
        hello = await sync_to_async(self._admit, thread_sensitive=True)(user.pk)
        if hello is None:
            await self.close(FORBIDDEN)
            return
        self.is_admitted = True
        await self.opened()
        await self.send_json({"t": "hello", **hello})

    async def opened(self) -> None:
        """Join groups; runs once the socket was admitted."""

    def _admit(self, user_id: UUID) -> dict[str, Any] | None:
        close_old_connections()
        door = doors.admission(user_id, self.scope["url_route"]["kwargs"]["slug"])
        if door is None or not may(door.role, self.permission):
            return None
        self.organization_id = door.organization_id
        with acting_for(door.organization_id):
            return self.admitted(door.organization_id)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if not self.is_admitted or self.is_closing:
            return  # what a flood sent before it learned of the close
        if not self.bucket.take(time.monotonic()):
            await self._hang_up(TOO_FAST)
        elif bytes_data is not None:
            await self._receive_frame(bytes_data)
        else:
            await self._receive_text(text_data or "")

    async def _hang_up(self, code: int) -> None:
        self.is_closing = True
        await self.close(code)

    async def _receive_text(self, text: str) -> None:
        try:
            command = json.loads(text) if len(text) <= wire.MOST_HEADER_BYTES else None
        except (ValueError, RecursionError):
            command = None
        if not isinstance(command, dict):
            await self.refuse(None, "malformed_message", "Messages are JSON objects.")
        elif command.get("t") == "ping":
            await self.send_json({"t": "pong"})
        else:
            await self.receive_command(command)

    async def _receive_frame(self, message: bytes) -> None:
        try:
            header, frame = wire.parse_message(message)
        except FrameRefused as error:
            self.oversize += error.code == "frame_too_large"
            await self.refuse(None, error.code, error.message)
            if self.oversize >= OVERSIZE_BEFORE_CLOSE:
                await self._hang_up(TOO_BIG)
            return
        if self.flying is None:
            self.start(header, frame)
        else:
            self.waiting = (header, frame)  # newest wins

    def start(self, header: wire.FrameHeader, frame: bytes) -> None:
        self.flying = header.seq
        self.started = time.monotonic()
        self.watchdog = asyncio.get_running_loop().call_later(WATCHDOG_SECONDS, self._give_up, header.seq)
        self.in_background(self._submit(header, frame))

    def in_background(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _submit(self, header: wire.FrameHeader, frame: bytes) -> None:
        try:
            await self.in_thread(self.submit, header, frame)
        except RecognitionError as error:
            await self.answer(header.seq, {**BUSY, "code": error.code, "hint": error.message})
        except Exception:  # the socket's edge: a broker that is down leaves the page usable, and says so
            await self.answer(header.seq, BUSY)
            raise

    async def in_thread(self, act: Any, *args: Any) -> None:
        """Run in the frames' own threads: 300 ms in the shared one would stall every other socket."""
        await sync_to_async(self._acting, thread_sensitive=False, executor=FRAME_EXECUTOR)(act, *args)

    def acting(self) -> AbstractContextManager[None]:
        """Act for the organization the socket was admitted to."""
        return acting_for(self.organization_id)

    def _acting(self, act: Any, *args: Any) -> None:
        close_old_connections()
        with self.acting():
            act(*args)
        close_old_connections()

    def _stop_watchdog(self) -> None:
        if self.watchdog:
            self.watchdog.cancel()

    def _give_up(self, seq: int) -> None:
        self.in_background(self.answer(seq, BUSY))

    async def frame_result(self, event: dict[str, Any]) -> None:
        """A worker's answer; one that is late was given up or is no longer true."""
        late = time.monotonic() - self.started > RESULT_SECONDS
        await self.answer(event["seq"], BUSY if late else event["answer"])

    async def answer(self, seq: int, answer: dict[str, Any]) -> None:
        """Send one frame's result and start the newest that waits; an answer to another frame is dropped."""
        if seq != self.flying:
            return
        self.flying = None
        self._stop_watchdog()
        await self.send_json({"t": "result", "seq": seq, **answer})
        if self.waiting:
            waiting, self.waiting = self.waiting, None
            self.start(*waiting)

    async def refuse(self, seq: int | None, code: str, hint: str) -> None:
        await self.send_json({"t": "refused", "seq": seq, "code": code, "hint": hint})

    async def send_json(self, message: dict[str, Any]) -> None:
        await self.send(text_data=json.dumps(message))

    async def disconnect(self, code: int) -> None:
        for task in list(self.tasks):
            task.cancel()
        self._stop_watchdog()
