"""Which pages may open a socket: ours, to the letter, and the same as may send a form."""

from typing import Any

import pytest
from django.middleware.csrf import CsrfViewMiddleware
from django.test import RequestFactory
from pytest_django import Settings

from attendance_site.sockets import OriginDoor, is_own_origin

pytestmark = pytest.mark.twice

HOST = "time.example.org"
OWN = f"https://{HOST}"
FOREIGN = [
    "",
    "null",
    "https://evil.example.com",
    "http://time.example.org",
    "https://time.example.org:8443",
    "https://time.example.org.evil.com",
    "https://sub.time.example.org",
    "https://example.org",
    "https://time.example.org/",
    "HTTPS://time.example.org",
    "https://time.example.org@evil.com",
    "wss://time.example.org",
    "file://",
]


@pytest.fixture(autouse=True)
def site(settings: Settings) -> None:
    settings.HTTPS, settings.ALLOWED_HOSTS, settings.CSRF_TRUSTED_ORIGINS = True, [HOST], [OWN]


def test_our_own_page_may() -> None:
    assert is_own_origin({b"origin": OWN, b"host": HOST})


@pytest.mark.parametrize("origin", FOREIGN)
def test_no_other_page_may(origin: str) -> None:
    assert not is_own_origin({b"origin": origin, b"host": HOST})


def test_who_names_no_origin_may_not() -> None:
    assert not is_own_origin({b"host": HOST})


def test_a_host_that_is_not_ours_vouches_for_nobody() -> None:
    assert not is_own_origin({b"origin": "https://evil.example.com", b"host": "evil.example.com"})


@pytest.mark.parametrize("origin", [OWN, *FOREIGN[1:]])
def test_forms_and_sockets_are_open_to_the_same(origin: str) -> None:
    request = RequestFactory(headers={"host": HOST, "origin": origin}).post("/", secure=True)
    form = CsrfViewMiddleware(lambda request: None)._origin_verified(request)  # type: ignore[arg-type, attr-defined]
    assert form == is_own_origin({b"origin": origin, b"host": HOST})


@pytest.mark.parametrize("headers", [[], [(b"origin", b"https://evil.example.com")], [(b"origin", b"null")]])
async def test_the_door_lets_nobody_else_reach_a_socket(headers: list[tuple[bytes, bytes]]) -> None:
    reached: list[str] = []
    sent: list[dict[str, Any]] = []

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        reached.append(scope["path"])

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.disconnect", "code": 1000} if sent else {"type": "websocket.connect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "websocket", "path": "/ws/o/x/board/", "headers": [(b"host", HOST.encode()), *headers]}
    await OriginDoor(inner)(scope, receive, send)
    assert (reached, sent[-1]["code"]) == ([], 4403)
