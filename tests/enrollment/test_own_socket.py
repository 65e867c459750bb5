"""The socket of somebody who enrolls by their link: their browser alone, for that visit, as long as all stands."""

from collections.abc import Callable

import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from django.test import Client

from apps.attendance.socket_client import session_cookie
from apps.enrollment import invitations, services
from apps.enrollment.models import EnrollmentSession
from apps.organizations.tenancy import acting_for
from apps.recognition.engine import Engine
from tests.personas import World

from .camera import Camera
from .conftest import faces
from .links import agreed, cookie_of, linked, phone, row_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("worker")]
PATH = "/ws/enroll/"


@pytest.fixture
def browser(world: World, engine: Engine) -> Client:
    """Priya's, in which she agreed."""
    faces()
    return agreed(linked(world))


async def closing(cookie: str, origin: str | None = "http://127.0.0.1:8000") -> int:
    async with Camera(PATH, cookie, origin=origin) as camera:
        return await camera.closed()


class TestDoor:
    async def test_the_browser_that_agreed_is_let_in(self, browser: Client) -> None:
        async with Camera(PATH, cookie_of(browser)) as camera:
            hello = await camera.heard()
        assert (hello["t"], hello["accepted"]) == ("hello", 0)

    @pytest.fixture
    def others(self, world: World, browser: Client) -> dict[str, str]:
        """Cookies of those who are forbidden, by why."""
        second = linked(world, row_of(world.northwind).person)  # ends the first one's visit
        followed = phone(second)
        agreed(second)
        return {
            "nobody": "",
            "made up": "session=made-up",
            "followed the same link in another browser": cookie_of(followed),
            "agreed by a link that a newer one ended": cookie_of(browser),
            "the owner": session_cookie(world.alice),
        }

    async def test_nobody_else_is(self, others: dict[str, str]) -> None:
        assert {why: await closing(cookie) for why, cookie in others.items()} == dict.fromkeys(others, 4403)

    @pytest.mark.parametrize("origin", ["http://evil.example", "null", None])
    async def test_another_origin_is_forbidden(self, browser: Client, origin: str | None) -> None:
        assert await closing(cookie_of(browser), origin) == 4403

    async def test_a_visit_that_was_cancelled_is_over(self, browser: Client) -> None:
        await sync_to_async(browser.post)("/enroll/cancel/")
        assert await closing(cookie_of(browser)) == 4403

    async def test_a_frame_of_who_was_not_let_in_is_not_looked_at(self, world: World, browser: Client) -> None:
        async with Camera(PATH) as camera:
            await camera.send_frame(faces()[0])
            await camera.closed()
        assert await sync_to_async(taken)(world) == 0


def taken(world: World) -> int:
    """How many drafts the newest visit has."""
    with acting_for(world.northwind):
        visit = EnrollmentSession.objects.order_by("-started_at")[0]
        count = visit.references.count()
    connection.close()
    return count


async def test_frames_are_taken_as_at_an_operators_desk(world: World, browser: Client) -> None:
    async with Camera(PATH, cookie_of(browser)) as camera:
        await camera.heard()
        answer = await camera.show(faces()[0])
    assert answer["state"] == "collecting" and await sync_to_async(taken)(world) == 1


async def test_a_page_that_comes_back_goes_on_where_it_was(browser: Client) -> None:
    async with Camera(PATH, cookie_of(browser)) as camera:
        await camera.heard()
        accepted = (await camera.show(faces()[0]))["accepted"]
    async with Camera(PATH, cookie_of(browser)) as camera:
        assert (await camera.heard())["accepted"] == accepted


def withdraw(world: World) -> None:
    services.withdraw_consent(organization=world.northwind, person=world.person)


def take_back(world: World) -> None:
    link = invitations.open_links(world.northwind).get()
    invitations.revoke(organization=world.northwind, invitation=link)


def leave(world: World) -> None:
    world.person.is_active = False
    world.person.save()


@pytest.mark.parametrize("end", [withdraw, take_back, leave])
async def test_it_closes_when_what_it_rests_on_goes(
    world: World, browser: Client, end: Callable[[World], None]
) -> None:
    async with Camera(PATH, cookie_of(browser)) as camera:
        await camera.heard()
        await camera.show(faces()[0])
        await sync_to_async(ended)(world, end)
        assert await camera.closed() == 4403
    assert await sync_to_async(taken)(world) == 0


def ended(world: World, end: Callable[[World], None]) -> None:
    with acting_for(world.northwind):
        end(world)
    connection.close()


async def test_it_closes_when_the_browsers_session_ends(world: World, browser: Client) -> None:
    async with Camera(PATH, cookie_of(browser)) as camera:
        await camera.heard()
    await sync_to_async(browser.session.flush)()
    assert await closing(cookie_of(browser)) == 4403
