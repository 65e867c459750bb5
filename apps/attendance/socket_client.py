"""A camera without a browser: signs in as a user and speaks frame.v1, for `play`, `demo` and tests."""

import json
import time
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from apps.organizations.models import User
from apps.recognition.wire import SUBPROTOCOL, FrameHeader, pack_message

ANSWER_SECONDS = 15.0


class SocketClosed(RuntimeError):
    """The server closed the socket; the code says why."""


def session_cookie(user: User) -> str:
    """A Cookie header of a new session of this user; the operator of the machine may open one."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


class CameraClient(AbstractContextManager["CameraClient"]):
    """One socket; `send_frame` waits for the frame's answer. `base_url` is like http://127.0.0.1:8000."""

    def __init__(self, base_url: str, path: str, cookie: str) -> None:
        self._socket = connect(
            base_url.replace("http", "ws", 1) + path,
            subprotocols=[Subprotocol(SUBPROTOCOL)],
            origin=Origin(base_url),
            additional_headers={"Cookie": cookie},
        )
        self.seq = 0
        self.hello = self._receive(lambda message: message.get("t") == "hello")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def send_frame(self, jpeg: bytes, track: int = 1) -> dict[str, Any]:
        """The answer to this frame, with `ms` added: the time from sending it to the answer."""
        self.seq += 1
        header = FrameHeader(self.seq, int(time.time() * 1000), track)
        started = time.perf_counter()
        self._socket.send(pack_message(header, jpeg))
        seq = self.seq
        answer = self._receive(lambda message: message.get("seq") == seq or message.get("t") == "refused")
        return {**answer, "ms": round((time.perf_counter() - started) * 1000, 1)}

    def send_command(self, **command: Any) -> dict[str, Any]:
        """The answer to a JSON message."""
        self._socket.send(json.dumps(command))
        return self._receive(lambda message: message.get("t") in {"result", "pong", "refused"})

    def _receive(self, wanted: Any) -> dict[str, Any]:
        end = time.monotonic() + ANSWER_SECONDS
        while True:
            try:
                message = json.loads(self._socket.recv(timeout=max(0.0, end - time.monotonic())))
            except ConnectionClosed as closed:
                code = closed.rcvd.code if closed.rcvd else None
                raise SocketClosed(f"the server closed the socket with code {code}") from closed
            if wanted(message):
                return dict(message)
