"""A punch reaches the page of its camera and its organization's board, and nobody else's."""

from datetime import datetime

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from apps.attendance.socket_client import session_cookie
from apps.organizations.models import Camera, Role
from apps.organizations.tenancy import acting_for
from tests.attendance.punches import booked_at, seen_at, south_seen_at
from tests.attendance.sockets import Socket, camera_path
from tests.personas import World, signed_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("eager")]
BOARD = "/ws/o/northwind/board/"


@pytest.fixture
def supervisor(world: World) -> str:
    return session_cookie(world.bob_as(Role.SUPERVISOR))


@pytest.fixture
def owner(world: World) -> str:
    """Alice's session: she operates cameras and looks at the board."""
    return session_cookie(world.alice)


async def test_the_board_is_told_of_a_punch(world: World, supervisor: str) -> None:
    async with Socket(BOARD, supervisor) as board:
        assert await board.receive() == {"t": "hello"}
        await sync_to_async(seen_at)(world, timezone.now())
        assert (await board.receive_until("punch"))["t"] == "punch"


async def test_the_board_is_told_of_a_punch_by_hand(world: World, supervisor: str) -> None:
    async with Socket(BOARD, supervisor) as board:
        await board.receive_until("hello")
        await sync_to_async(booked_at)(world, timezone.now())
        assert (await board.receive_until("punch"))["t"] == "punch"


async def test_a_camera_is_told_of_its_own_punches(world: World, owner: str) -> None:
    async with Socket(camera_path(world.camera), owner) as kiosk:
        await kiosk.receive_until("hello")
        await sync_to_async(seen_at)(world, timezone.now())
        assert (await kiosk.receive_until("punch"))["name"] == "Priya Raman"


async def test_a_pin_punch_reaches_the_page(world: World, owner: str) -> None:
    def punch() -> int:
        client = signed_in(world.alice)
        shown = client.post(f"/o/northwind/people/{world.person.pk}/pin/").context["pin"]
        form = {"number": "E1", "pin": shown}
        return client.post(f"/o/northwind/cameras/{world.camera.pk}/pin/", form).status_code

    async with Socket(camera_path(world.camera), owner) as kiosk:
        await kiosk.receive_until("hello")
        assert await sync_to_async(punch)() == 302
        assert (await kiosk.receive_until("punch"))["direction"] == "in"


async def test_another_camera_is_not_told(world: World, owner: str) -> None:
    def second() -> Camera:
        with acting_for(world.northwind):
            return Camera.objects.create(organization=world.northwind, site=world.site, name="Second")

    async with Socket(camera_path(await sync_to_async(second)()), owner) as kiosk:
        await kiosk.receive_until("hello")
        await sync_to_async(seen_at)(world, timezone.now())
        assert await kiosk.is_quiet()


async def test_another_organization_is_not_told(world: World, owner: str) -> None:
    async with Socket(camera_path(world.camera), owner) as kiosk, Socket(BOARD, owner) as board:
        await kiosk.receive_until("hello")
        await board.receive_until("hello")
        await sync_to_async(south_seen_at)(world, timezone.now())
        assert await kiosk.is_quiet()
        assert await board.is_quiet()


async def test_an_answer_without_a_punch_is_no_notice(world: World, supervisor: str) -> None:
    now = timezone.now()
    await sync_to_async(seen_at)(world, now)
    async with Socket(BOARD, supervisor) as board:
        await board.receive_until("hello")
        with pytest.raises(AssertionError):
            await sync_to_async(seen_at)(world, now)
        assert await board.is_quiet()


async def test_the_boards_notice_names_nobody(world: World, supervisor: str) -> None:
    async with Socket(BOARD, supervisor) as board:
        await board.receive_until("hello")
        await sync_to_async(seen_at)(world, datetime.now(tz=world.site.zone))
        assert await board.receive_until("punch") == {"t": "punch", "type": "punch"}


async def test_a_cameras_notice_holds_no_ids(world: World, owner: str) -> None:
    async with Socket(camera_path(world.camera), owner) as kiosk:
        await kiosk.receive_until("hello")
        await sync_to_async(seen_at)(world, datetime.now(tz=world.site.zone))
        assert set(await kiosk.receive_until("punch")) == {"t", "type", "name", "direction", "time"}


async def test_the_board_answers_a_ping(supervisor: str) -> None:
    async with Socket(BOARD, supervisor) as board:
        await board.receive_until("hello")
        await board.send(t="ping")
        assert await board.receive() == {"t": "pong"}


async def test_the_board_asks_to_sign_in(world: World) -> None:
    async with Socket(BOARD) as board:
        assert await board.receive() == {"close": 4401}


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.EMPLOYEE])
async def test_the_board_refuses_too_small_a_role(world: World, role: Role) -> None:
    cookie = await sync_to_async(lambda: session_cookie(world.bob_as(role)))()
    async with Socket(BOARD, cookie) as board:
        assert await board.receive() == {"close": 4403}


async def test_the_board_refuses_a_stranger(world: World) -> None:
    async with Socket(BOARD, await sync_to_async(session_cookie)(world.charlie)) as board:
        assert await board.receive() == {"close": 4403}


async def test_the_board_refuses_a_page_from_elsewhere(supervisor: str) -> None:
    async with Socket(BOARD, supervisor, origin="https://evil.example") as board:
        assert await board.receive() == {"close": 4403}


@pytest.mark.parametrize("text", ["no json", "[]", "null", "", "[" * 9000])
async def test_the_board_bears_a_text_that_is_no_command(supervisor: str, text: str) -> None:
    async with Socket(BOARD, supervisor) as board:
        await board.receive_until("hello")
        await board.send_text(text)
        await board.send(t="ping")
        assert await board.receive() == {"t": "pong"}


async def test_the_board_bears_bytes(supervisor: str) -> None:
    async with Socket(BOARD, supervisor) as board:
        await board.receive_until("hello")
        await board.send_bytes(b"\x00\x01")
        await board.send(t="ping")
        assert await board.receive() == {"t": "pong"}
