"""Every socket there is, read off the router, opened by everybody at B's address, and listened to while B is busy."""

import ast
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from channels.routing import URLRouter
from django.urls import URLPattern

from apps.organizations.live_keys import KeySocket
from attendance_site.sockets import Refused, socket_router
from tests.attendance.sockets import Message, Socket
from tests.sweep.actors import Actor
from tests.sweep.routes import ARGUMENT
from tests.sweep.rows import Place

EVIL = "https://evil.example"


@dataclass(frozen=True)
class SocketRoute:
    """One address of a socket, and the class behind it."""

    text: str
    consumer: type[Any]

    def path(self, place: Place, slug: str) -> str:
        """The address with this place's keys, below this slug."""
        return "/" + ARGUMENT.sub(
            lambda found: slug if found["name"] == "slug" else key(place, found["name"]), self.text
        )

    @property
    def is_for_devices(self) -> bool:
        return issubclass(self.consumer, KeySocket)

    @property
    def messages(self) -> list[str]:
        """The kinds of message that its class, and those it derives from, compare with."""
        kinds = set()
        for cls in self.consumer.__mro__[:-1]:
            if cls.__module__.startswith(("apps.", "tests.")):
                kinds |= set(compared(inspect.getsource(cls)))
        return sorted(kinds)


def key(place: Place, argument: str) -> str:
    """The key of the row that an argument such as `session_id` means."""
    name = argument.removesuffix("_id")
    return next(str(row.pk) for model, row in place.rows.items() if str(model._meta.model_name).endswith(name))


def compared(source: str) -> Iterator[str]:
    """Words that `.get("t")` is compared with."""
    for node in ast.walk(ast.parse(source.lstrip())):
        if isinstance(node, ast.Compare) and re.search(r"\.get\('t'\)", ast.unparse(node.left)):
            yield from (str(one.value) for one in node.comparators if isinstance(one, ast.Constant))


def socket_routes(router: URLRouter = socket_router) -> list[SocketRoute]:
    """Those that open for anybody."""
    found = []
    for route in router.routes:
        assert isinstance(route, URLPattern), f"{route}: teach the sweep to read it"
        consumer = getattr(route.callback, "consumer_class", None)
        assert consumer, f"{route}: teach the sweep to read it"
        if consumer is not Refused:
            found.append(SocketRoute(str(route.pattern), consumer))
    return found


async def said(socket: Socket, most: int = 6) -> list[Message]:
    """What a socket says before it falls silent or closes."""
    heard: list[Message] = []
    while len(heard) < most and not await socket.is_quiet():
        heard.append(await socket.receive())
        if "close" in heard[-1]:
            break
    return heard


def opened(heard: list[Message]) -> bool:
    return any(message.get("t") == "hello" for message in heard)


def cookie_of(actor: Actor) -> str:
    return actor.cookies.split(";")[0].strip()
