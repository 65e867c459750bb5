"""A socket that takes camera frames: limits, keeps one frame in flight and the newest waiting.

`receive` never awaits work: daphne reads without back-pressure, so a consumer that waits would collect frames in
memory (6,000 frames of 40 kB raised it from 75 to 308 MB). Results carry the frame's `seq`; a watchdog gives up a
frame whose answer never comes (an expired task answers nothing).
"""

import asyncio
import time
from abc import abstractmethod
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import close_old_connections

from apps.organizations.live import LiveSocket, read_command
from apps.recognition import wire
from apps.recognition.errors import FrameRefused, RecognitionError

# One model in the embedded process, so one frame at a time; with workers the thread only talks to Redis.
FRAME_EXECUTOR = ThreadPoolExecutor(1 if settings.EMBEDDED else 8, thread_name_prefix="frames")

TOO_BIG, TOO_FAST = 4413, 4429
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


class FrameSocket(LiveSocket):
    """The base of the kiosk's and the capture page's sockets; a subclass says whom it admits and what a frame does."""

    subprotocol = wire.SUBPROTOCOL

    flying: int | None = None
    waiting: tuple[wire.FrameHeader, bytes] | None = None
    oversize = 0
    started = 0.0
    watchdog: asyncio.TimerHandle | None = None

    @abstractmethod
    def submit(self, header: wire.FrameHeader, frame: bytes) -> None:
        """Hand the frame on. Runs in a thread, acting for the organization."""

    def objection(self, header: wire.FrameHeader) -> tuple[str, str] | None:
        """Why this frame is not taken, as its code and a hint; None takes it."""
        return None

    async def receive_command(self, command: dict[str, Any]) -> None:
        """A JSON message that is not a ping."""

    async def connect(self) -> None:
        self.bucket = TokenBucket(FRAMES_PER_SECOND, BURST, time.monotonic())
        self.tasks: set[asyncio.Task[None]] = set()
        await super().connect()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if not self.is_admitted or self.is_closing:
            return  # what a flood sent before it learned of the close
        if not self.bucket.take(time.monotonic()):
            await self.hang_up(TOO_FAST)
        elif bytes_data is not None:
            await self._receive_frame(bytes_data)
        else:
            await self._receive_text(text_data or "")

    async def _receive_text(self, text: str) -> None:
        command = read_command(text)
        if command is None:
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
                await self.hang_up(TOO_BIG)
            return
        if objection := self.objection(header):
            await self.refuse(header.seq, *objection)
        elif self.flying is None:
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
        if seq != self.flying or self.is_closing:
            return
        self.flying = None
        self._stop_watchdog()
        await self.send_json({"t": "result", "seq": seq, **answer})
        if self.waiting:
            waiting, self.waiting = self.waiting, None
            self.start(*waiting)

    async def refuse(self, seq: int | None, code: str, hint: str) -> None:
        await self.send_json({"t": "refused", "seq": seq, "code": code, "hint": hint})

    async def disconnect(self, code: int) -> None:
        await super().disconnect(code)
        for task in list(self.tasks):
            task.cancel()
        self._stop_watchdog()
