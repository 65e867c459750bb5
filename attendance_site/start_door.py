"""Around every page and socket: nothing is answered while a process must not start.

`manage.py serve` looks before it listens. A server that loads the application by itself (daphne has no hook at its
start) is held back here: by the first request, and again by each until it may.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import sync_to_async

from apps.organizations.start import StartRefused, look

log = logging.getLogger(__name__)

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
TRY_AGAIN = 1013


class StartDoor:
    """Passes everything on once every guard was content."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self.is_open = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = None if self.is_open else await sync_to_async(self._look)()
        if refusal is None:
            await self.application(scope, receive, send)
        elif scope["type"] == "http":
            await _answer(send, f"{refusal.message} [{refusal.code}]\n")
        else:
            await send({"type": "websocket.close", "code": TRY_AGAIN})

    def _look(self) -> StartRefused | None:
        try:
            look()
        except StartRefused as refusal:
            log.critical("%s [%s]", refusal.message, refusal.code)
            return refusal
        self.is_open = True
        return None


async def _answer(send: Send, words: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": words.encode()})
