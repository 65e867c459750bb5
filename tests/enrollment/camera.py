"""A browser's socket without a browser, spoken to the project's own ASGI application."""

import asyncio
import json
import time
from typing import Any, Self

from channels.testing import WebsocketCommunicator

from apps.recognition.wire import SUBPROTOCOL, FrameHeader, pack_message
from attendance_site.asgi import application

HOST = "127.0.0.1:8000"
ORIGIN = f"http://{HOST}"
SECONDS = 10.0


class Camera:
    """One socket: `async with Camera(path, cookie) as camera`, then `await camera.show(jpeg)`."""

    def __init__(
        self, path: str, cookie: str = "", origin: str | None = ORIGIN, subprotocol: str = SUBPROTOCOL
    ) -> None:
        given = {"host": HOST, "cookie": cookie, "origin": origin}
        headers = [(name.encode(), value.encode()) for name, value in given.items() if value]
        self.socket = WebsocketCommunicator(application, path, headers, [subprotocol] if subprotocol else [])
        self.subprotocol: Any = None
        self.seq = 0

    async def __aenter__(self) -> Self:
        connected, self.subprotocol = await self.socket.connect(timeout=SECONDS)
        assert connected
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.socket.disconnect()

    async def heard(self) -> dict[str, Any]:
        """The next JSON message."""
        message = await self.socket.receive_output(SECONDS)
        assert message["type"] == "websocket.send", message
        return dict(json.loads(message["text"]))

    async def closed(self) -> int:
        """The code the server closes with; messages before it are passed over."""
        while (message := await self.socket.receive_output(SECONDS))["type"] != "websocket.close":
            pass
        return int(message["code"])

    async def send(self, message: bytes) -> None:
        await self.socket.send_input({"type": "websocket.receive", "bytes": message})

    async def say(self, text: str) -> None:
        await self.socket.send_input({"type": "websocket.receive", "text": text})

    async def send_frame(self, jpeg: bytes, track: int = 1) -> int:
        """Send without waiting; returns the frame's number."""
        self.seq += 1
        await self.send(pack_message(FrameHeader(self.seq, int(time.time() * 1000), track), jpeg))
        return self.seq

    async def show(self, jpeg: bytes, track: int = 1) -> dict[str, Any]:
        """The result of this frame; notices that come in between are passed over."""
        seq = await self.send_frame(jpeg, track)
        while (answer := await self.heard())["t"] == "punch":
            pass
        assert (answer["t"], answer["seq"]) == ("result", seq), answer
        return answer

    async def show_until(self, jpegs: list[bytes], *states: str, pause: float = 0.0, track: int = 1) -> dict[str, Any]:
        """Show frame after frame until the answer has one of these states."""
        answer: dict[str, Any] = {}
        for jpeg in jpegs:
            answer = await self.show(jpeg, track)
            if answer["state"] in states:
                break
            await asyncio.sleep(pause)
        return answer
