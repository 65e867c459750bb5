"""Sockets, tasks, jobs and commands: what runs apart from a request, tried as A with B's keys."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from asgiref.sync import sync_to_async
from channels.auth import AuthMiddlewareStack
from channels.layers import get_channel_layer
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.backends.db import SessionStore
from django.test import override_settings

from apps.attendance import notices as attendance_notices
from apps.attendance import spoof_frames
from apps.attendance import tasks as attendance_tasks
from apps.attendance.models import Pin, Punch
from apps.enrollment import photo_frames
from apps.enrollment import tasks as enrollment_tasks
from apps.enrollment.models import EnrollmentInvitation, EnrollmentSession
from apps.enrollment.own_pages import FOLLOWED, VISIT
from apps.organizations.jobs import KINDS
from apps.organizations.notices import board_group, camera_group
from apps.organizations.tenancy import acting_for
from attendance_site import asgi
from attendance_site.sockets import OriginDoor
from tests.attendance.sockets import Message, Socket
from tests.sweep import tasks as apart
from tests.sweep.actors import Actor, actors
from tests.sweep.oracle import Oracle
from tests.sweep.planted.apart import GatedBoard, OpenBoard, router
from tests.sweep.recipes import PIN
from tests.sweep.rows import CANARY, Place, found, furnish
from tests.sweep.sockets import EVIL, SocketRoute, cookie_of, opened, said, socket_routes

GROUP = re.compile(r"(?:organization|user)\.[0-9a-f-]{36}(?:\.[\w.-]+)?")


@contextmanager
def two_places() -> Iterator[tuple[Place, Place, list[Actor]]]:
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        a, b = furnish(found("Alpha")), furnish(found(CANARY))
        with acting_for(a.organization):
            Pin.objects.filter(pk=a.rows[Pin].pk).update(pin_hash=make_password(PIN))
        yield a, b, [one for one in actors(a, b) if one.user or one.name == "anonymous"]


# --- Tasks, jobs, commands ---------------------------------------------------------------------------


@pytest.fixture
def pair(db: None) -> Iterator[tuple[Place, Place]]:
    with two_places() as (a, b, _):
        yield a, b


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What tasks send to sockets."""
    sent: list[Any] = []
    for room in (attendance_tasks, spoof_frames, enrollment_tasks, photo_frames):
        monkeypatch.setattr(room, "send_to_channel", lambda channel, message: sent.append(message))
    return sent


def test_every_task_takes_its_organization_first() -> None:
    assert {apart.parameters(task)[0] for task in apart.tasks()} == {"organization_id"}


def test_no_task_of_a_serves_a_row_of_b(pair: tuple[Place, Place], told: list[Any]) -> None:
    a, b = pair
    oracle, calls = Oracle(a, b), 0
    for task in apart.tasks():
        for ticket_of in (a, b):
            for values in apart.arguments(task, a, b, ticket_of):
                calls += 1
                task(*values)
    assert calls >= 4 * len(apart.tasks())
    assert [shown for one in told if (shown := oracle.read(repr(one), ""))] == []
    assert {one["answer"].get("code") for one in told} <= {"late", "camera_retired"}
    assert oracle.written(oracle.before) == ""


def test_each_task_serves_its_own(pair: tuple[Place, Place], told: list[Any]) -> None:
    a, _ = pair
    for task in apart.tasks():
        told.clear()
        for values in apart.arguments(task, a, a, a):
            task(*values)
        assert {one["answer"].get("code") for one in told} - {"late", "camera_retired"}, task.name


def test_no_job_of_a_touches_a_row_of_b(pair: tuple[Place, Place]) -> None:
    a, b = pair
    oracle = Oracle(a, b)
    for kind in KINDS:
        apart.run_job(kind, a, b)
    assert oracle.written(oracle.before) == ""


def test_no_command_of_a_tells_of_b(pair: tuple[Place, Place], tmp_path: Path) -> None:
    a, b = pair
    oracle, commands = Oracle(a, b), apart.commands()
    assert commands
    (tmp_path / b.tag).mkdir()
    for name, command in commands.items():
        for row in b.rows.values():
            for words in (str(row.pk), str(row)):
                assert not oracle.read(apart.run_command(name, command, a, words, tmp_path), f"{words} {b.tag}")
    assert oracle.written(oracle.before) == ""


# --- Sockets -----------------------------------------------------------------------------------------

sockets = pytest.mark.django_db(transaction=True)


async def open_places() -> Any:
    """Two places and their people; the browser of the first also agreed to a link to enroll."""
    manager = two_places()
    a, b, people = await sync_to_async(manager.__enter__)()
    await sync_to_async(agree_by_link)(a, people[0])
    return manager, (a, b, people)


def agree_by_link(place: Place, actor: Actor) -> None:
    browser = SessionStore(cookie_of(actor).partition("=")[2])
    browser[FOLLOWED] = place.rows[EnrollmentInvitation].token_hash
    browser[VISIT] = str(place.rows[EnrollmentSession].pk)
    browser.save()


async def hears(path: str, cookie: str, origin: str | None = settings.PUBLIC_URL) -> list[Message]:
    async with Socket(path, cookie, origin) as socket:
        return await said(socket)


@sockets
async def test_no_socket_opens_for_another_organization() -> None:
    manager, (a, b, people) = await open_places()
    oracle = await sync_to_async(Oracle)(a, b)
    cases, leaks = 0, []
    for route in socket_routes():
        paths = {route.path(b, a.slug), *([] if "slug" not in route.text else [route.path(b, b.slug)])}
        for actor in people:
            for path in paths - {route.path(a, a.slug)}:
                cases += 1
                if path.startswith(f"/ws/o/{b.slug}/") and actor.is_in_b and route.text.endswith("board/"):
                    continue
                heard = await hears(path, cookie_of(actor))
                if opened(heard) or oracle.read(repr(heard), path):
                    leaks.append((route.text, actor.name, heard))
    assert cases >= len(people) * 4
    assert leaks == []
    await sync_to_async(manager.__exit__)(None, None, None)


@sockets
async def test_each_socket_opens_for_its_owner_and_from_our_own_pages_only() -> None:
    manager, (a, _, people) = await open_places()
    for route in [one for one in socket_routes() if not one.is_for_devices]:
        path, cookie = route.path(a, a.slug), cookie_of(people[0])
        assert opened(await hears(path, cookie)), route.text
        assert not opened(await hears(path, cookie, EVIL)), route.text
        assert not opened(await hears(path, cookie, None)), route.text
    await sync_to_async(manager.__exit__)(None, None, None)


async def open_for(route: SocketRoute, place: Place, cookie: str) -> Socket:
    """An open socket of this place's owner, or device."""
    socket = await Socket(route.path(place, place.slug), "" if route.is_for_devices else cookie).__aenter__()
    if route.is_for_devices:
        challenge = await socket.receive_until("challenge")
        await socket.send(**place.device.hello(challenge["nonce"]))
    message = await socket.receive_until("hello")
    assert message.get("t") == "hello", (route.text, message)
    return socket


@sockets
async def test_what_happens_in_b_is_silent_in_a_and_no_message_reaches_its_rows() -> None:
    manager, (a, b, people) = await open_places()
    oracle = await sync_to_async(Oracle)(a, b)
    for route in socket_routes():
        await sync_to_async(open_visit)(a)  # the socket before may have cancelled it
        socket = await open_for(route, a, cookie_of(people[0]))
        await said(socket)
        await sync_to_async(announce_in)(b)
        heard = await said(socket)
        assert heard == [], (route.text, heard)
        for kind in route.messages:
            for row in b.rows.values():
                key = str(row.pk)
                names = ("approach", "number", "session", "camera", "person", "organization", "id", "key")
                await socket.send(t=kind, answer="yes", pin=PIN, nonce=key, **dict.fromkeys(names, key))
                if kind in {"cancel", "hello"}:
                    break
            answers = await said(socket, most=40)
            assert not oracle.read(repr(answers), " ".join(str(row.pk) for row in b.rows.values())), route.text
            if answers and "close" in answers[-1]:
                break
        await socket.__aexit__(None, None, None)
    assert await sync_to_async(oracle.written)(oracle.before) == ""
    await sync_to_async(manager.__exit__)(None, None, None)


def open_visit(place: Place) -> None:
    with acting_for(place.organization):
        EnrollmentSession.objects.filter(pk=place.rows[EnrollmentSession].pk).update(state="open")


def announce_in(place: Place) -> None:
    """A punch of this place is told to everybody who should hear of it."""
    with acting_for(place.organization):
        attendance_notices.announce(Punch.objects.select_related("person", "site").get(pk=place.rows[Punch].pk))


@sockets
async def test_b_hears_of_its_own_and_every_group_has_an_owner() -> None:
    manager, (_, b, _) = await open_places()
    layer, names = get_channel_layer(), []
    add = type(layer).group_add

    async def noted(self: Any, group: str, channel: str) -> None:
        names.append(group)
        await add(self, group, channel)

    with mock.patch.object(type(layer), "group_add", noted):
        for route in [one for one in socket_routes() if one.is_for_devices or "board" in one.text]:
            owner = Actor("owner of B", b.users["owner"])
            await sync_to_async(owner.sign_in)(f"pass of {owner.user and owner.user.email}")
            socket = await open_for(route, b, cookie_of(owner))
            await said(socket)
            await sync_to_async(announce_in)(b)
            assert "punch" in {message.get("t") for message in await said(socket)}
            await socket.__aexit__(None, None, None)
    assert names
    assert [name for name in names if not GROUP.fullmatch(name) and not name.startswith("key.")] == []
    assert board_group(b.organization.pk) in names
    assert camera_group(b.organization.pk, b.rows[Punch].camera_id) in names
    await sync_to_async(manager.__exit__)(None, None, None)


@sockets
@pytest.mark.embedded
@pytest.mark.parametrize(("board", "is_found"), [(OpenBoard, True), (GatedBoard, False)])
async def test_a_planted_socket_that_joins_any_group_is_found(
    board: type[OpenBoard], is_found: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager, (_, b, people) = await open_places()
    mapping = dict(asgi.router.application_mapping)
    mapping["websocket"] = OriginDoor(AuthMiddlewareStack(router(board)))
    monkeypatch.setattr(asgi.router, "application_mapping", mapping)
    async with Socket(f"/ws/planted/{b.slug}/", cookie_of(people[0])) as socket:
        heard = await said(socket)
        await sync_to_async(announce_in)(b)
        heard += await said(socket)
    assert (opened(heard) and heard[-1].get("t") == "punch") is is_found
    await sync_to_async(manager.__exit__)(None, None, None)
