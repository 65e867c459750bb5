"""An open socket closes within two seconds once its admission falls, with the code that says why; others stay open."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from asgiref.sync import sync_to_async
from django.test import Client
from django.utils import timezone

from apps.attendance.consumers import BoardSocket, CameraSocket
from apps.attendance.socket_client import session_cookie
from apps.enrollment import services as enrollment
from apps.enrollment.consumers import CaptureSocket
from apps.organizations import live_signals, second_step, services
from apps.organizations.models import Membership, PlatformVisit, Role, User
from apps.organizations.tenancy import acting_for
from tests.attendance.conftest import frames_of
from tests.attendance.sockets import Socket, camera_path
from tests.house.addresses import open_session
from tests.personas import World

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("eager")]

MOST_SECONDS = 2.0
BOARD = "/ws/o/northwind/board/"
Cause = Callable[[World], None]


def change(world: World, role: str, *, is_active: bool = True) -> None:
    with acting_for(world.northwind):
        membership = Membership.objects.get(organization=world.northwind, user=world.bob)
        services.change_membership(organization=world.northwind, membership=membership, role=role, is_active=is_active)


def smaller_role(world: World) -> None:
    change(world, Role.EMPLOYEE)


def suspended(world: World) -> None:
    change(world, Role.OWNER, is_active=False)


def removed(world: World) -> None:
    with acting_for(world.northwind):
        Membership.objects.get(organization=world.northwind, user=world.bob).delete()


def disabled(world: World) -> None:
    world.bob.is_active = False
    world.bob.save()


def new_password(world: World) -> None:
    world.bob.set_password("another long one")
    world.bob.save()


def ended_session(world: World) -> None:
    """As the list of sessions ends one."""
    key = session_key(world.bob)
    UserSession.objects.create(user=world.bob, ip="127.0.0.1", session_key=key).end()


KEPT: dict[Any, str] = {}


def cookie_of(user: User) -> str:
    cookie = session_cookie(user)
    KEPT[user.pk] = cookie.partition("=")[2]
    return cookie


def session_key(user: User) -> str:
    return KEPT[user.pk]


USER_CAUSES = [
    (smaller_role, 4403),
    (suspended, 4403),
    (removed, 4403),
    (disabled, 4401),
    (new_password, 4401),
    (ended_session, 4401),
]


@pytest.fixture
def bob(world: World) -> str:
    """Bob's session, who may do everything until something falls."""
    return cookie_of(world.bob_as(Role.OWNER))


@pytest.fixture
def capture_path(world: World) -> str:
    with acting_for(world.northwind):
        return f"/ws/o/northwind/enrollments/{open_session(world.northwind, world.person).pk}/"


@pytest.fixture
def visitor(db: None, monkeypatch: pytest.MonkeyPatch) -> User:
    """Platform staff, a member of nothing, whose second step is no matter here."""
    monkeypatch.setattr(second_step, "missing", lambda *given: False)
    return User.objects.create_user("zoe@example.org", is_staff=True)


@pytest.fixture
def no_notice(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every notice is lost; sockets ask by themselves ten times a second."""
    monkeypatch.setattr(live_signals, "send_to_group", lambda group, message: None)
    for socket in (BoardSocket, CameraSocket, CaptureSocket):
        monkeypatch.setattr(socket, "ask_again_seconds", 0.1)
    yield


async def seconds_to_close(socket: Socket, cause: Cause, world: World) -> tuple[int, float]:
    """The close code, and how long after the write it came."""
    await sync_to_async(cause)(world)
    written = time.monotonic()
    closed = await socket.receive_until()
    return int(closed["close"]), time.monotonic() - written


@pytest.mark.parametrize(("cause", "code"), USER_CAUSES)
@pytest.mark.parametrize("place", ["camera", "capture", "board"])
async def test_a_members_socket_closes(
    world: World, bob: str, capture_path: str, place: str, cause: Cause, code: int
) -> None:
    paths = {"camera": camera_path(world.camera), "capture": capture_path, "board": BOARD}
    async with Socket(paths[place], bob) as socket:
        await socket.receive_until("hello")
        closed, seconds = await seconds_to_close(socket, cause, world)
    assert closed == code
    assert seconds <= MOST_SECONDS


@pytest.mark.parametrize("cause", [cause for cause, _ in USER_CAUSES])
async def test_another_users_socket_stays_open(world: World, bob: str, cause: Cause) -> None:
    alice = await sync_to_async(session_cookie)(world.alice)
    async with Socket(BOARD, alice) as hers, Socket(BOARD, bob) as his:
        await hers.receive_until("hello")
        await his.receive_until("hello")
        await seconds_to_close(his, cause, world)
        assert await hers.is_quiet()
        await hers.send(t="ping")
        assert await hers.receive() == {"t": "pong"}


async def test_another_session_of_the_same_user_stays_open(world: World, bob: str) -> None:
    other = await sync_to_async(session_cookie)(world.bob)
    async with Socket(BOARD, other) as kept, Socket(BOARD, bob) as ended:
        await kept.receive_until("hello")
        await ended.receive_until("hello")
        assert (await seconds_to_close(ended, ended_session, world))[0] == 4401
        assert await kept.is_quiet()


async def test_signing_out_closes_the_pages_sockets(world: World) -> None:
    client = Client()
    await sync_to_async(client.force_login)(world.alice)
    cookie = f"session={client.cookies['session'].value}"

    def sign_out(world: World) -> None:
        assert client.post("/accounts/logout/").status_code == 302

    async with Socket(BOARD, cookie) as board:
        await board.receive_until("hello")
        code, seconds = await seconds_to_close(board, sign_out, world)
    assert (code, seconds <= MOST_SECONDS) == (4401, True)


async def test_a_larger_role_keeps_the_socket(world: World) -> None:
    operator = await sync_to_async(lambda: cookie_of(world.bob_as(Role.OPERATOR)))()
    async with Socket(camera_path(world.camera), operator) as kiosk:
        await kiosk.receive_until("hello")
        await sync_to_async(change)(world, Role.OWNER)
        assert await kiosk.is_quiet()


async def test_signing_in_somewhere_closes_nothing(world: World, bob: str) -> None:
    async with Socket(BOARD, bob) as board:
        await board.receive_until("hello")
        await sync_to_async(Client().force_login)(world.bob)
        assert await board.is_quiet()


async def test_a_retired_camera_closes_its_own_socket_alone(world: World, bob: str) -> None:
    def retire(world: World) -> None:
        with acting_for(world.northwind):
            world.camera.is_active = False
            services.save_camera(organization=world.northwind, camera=world.camera)

    async with Socket(camera_path(world.camera), bob) as kiosk, Socket(BOARD, bob) as board:
        await kiosk.receive_until("hello")
        await board.receive_until("hello")
        code, seconds = await seconds_to_close(kiosk, retire, world)
        assert await board.is_quiet()
    assert (code, seconds <= MOST_SECONDS) == (4403, True)


async def test_a_withdrawn_consent_is_found_out(world: World, bob: str, capture_path: str, no_notice: None) -> None:
    def withdraw(world: World) -> None:
        with acting_for(world.northwind):
            enrollment.withdraw_consent(organization=world.northwind, person=world.person)

    async with Socket(capture_path, bob) as page:
        await page.receive_until("hello")
        assert (await seconds_to_close(page, withdraw, world))[0] == 4403


def step_in(world: World, visitor: User, minutes: float) -> PlatformVisit:
    with acting_for(world.northwind):
        return PlatformVisit.objects.create(
            organization=world.northwind,
            user=visitor,
            reason="asked for help",
            expires_at=timezone.now() + timedelta(minutes=minutes),
        )


async def test_an_ended_visit_closes_the_socket(world: World, visitor: User) -> None:
    visit = await sync_to_async(step_in)(world, visitor, 30)

    def end(world: World) -> None:
        with acting_for(world.northwind):
            visit.ended_at = timezone.now()
            visit.save(update_fields=["ended_at"])

    async with Socket(BOARD, await sync_to_async(session_cookie)(visitor)) as board:
        await board.receive_until("hello")
        code, seconds = await seconds_to_close(board, end, world)
    assert (code, seconds <= MOST_SECONDS) == (4403, True)


async def test_a_visit_that_runs_out_closes_the_socket(world: World, visitor: User) -> None:
    await sync_to_async(step_in)(world, visitor, 1 / 60)
    async with Socket(BOARD, await sync_to_async(session_cookie)(visitor)) as board:
        await board.receive_until("hello")
        started = time.monotonic()
        assert await board.receive_until() == {"close": 4403}
    assert time.monotonic() - started <= 1 + MOST_SECONDS


@pytest.mark.parametrize("cause", [smaller_role, disabled, ended_session])
async def test_a_lost_notice_is_made_up_for(world: World, bob: str, no_notice: None, cause: Cause) -> None:
    async with Socket(BOARD, bob) as board:
        await board.receive_until("hello")
        code, seconds = await seconds_to_close(board, cause, world)
    assert (code in {4401, 4403}, seconds <= MOST_SECONDS) == (True, True)


async def test_a_socket_that_fell_takes_no_frame(world: World, bob: str) -> None:
    async with Socket(camera_path(world.camera), bob) as kiosk:
        await kiosk.receive_until("hello")
        await seconds_to_close(kiosk, smaller_role, world)
        await kiosk.send_frame(frames_of("ann")[0])
        await kiosk.send(t="ping")
        assert await kiosk.is_quiet()


async def test_a_capture_socket_that_fell_takes_no_frame(world: World, bob: str, capture_path: str) -> None:
    async with Socket(capture_path, bob) as page:
        await page.receive_until("hello")
        await seconds_to_close(page, suspended, world)
        await page.send_frame(frames_of("ann")[0])
        assert await page.is_quiet()
