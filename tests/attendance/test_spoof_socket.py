"""The socket of a camera's spoof test: who may take it, what a try is answered, and that none becomes a punch."""

import pytest
from asgiref.sync import sync_to_async

from apps.attendance import spoof_tests
from apps.attendance.models import Punch, Sighting, SpoofTest
from apps.attendance.socket_client import session_cookie
from apps.organizations.models import LivenessPolicy, Role
from apps.organizations.tenancy import acting_for
from tests.attendance.conftest import Enroll, frames_of
from tests.attendance.liveness import Eye, demand, eye
from tests.attendance.sockets import Message, Socket
from tests.personas import World

__all__ = ["eye"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("eager", "quick")]


@pytest.fixture
def test(world: World) -> SpoofTest:
    """A test of Northwind's kiosk that runs."""
    with acting_for(world.northwind):
        return spoof_tests.start_test(organization=world.northwind, camera=world.camera, taken_by=world.alice)


@pytest.fixture
def path(world: World, test: SpoofTest, enroll: Enroll) -> str:
    """The test's address; Priya is enrolled."""
    enroll(world.person, "ann")
    return f"/ws/o/northwind/spoof-tests/{test.pk}/"


async def attempt(page: Socket, species: str) -> Message:
    await page.send(t="try", species=species)
    await page.receive_until("result")
    return await page.frames(frames_of("ann"))


async def test_a_try_is_answered_and_counted(world: World, path: str, operator: str, eye: Eye) -> None:
    await demand(world, LivenessPolicy.PASSIVE)
    eye.sees(0.02)
    async with Socket(path, operator) as page:
        answer = await attempt(page, "phone")
    counts = {"phone": {"tries": 1, "accepted": 0, "unanswered": 0}}
    assert (answer["state"], answer["outcome"], answer["p_real"]) == ("tried", "refused", 0.02)
    assert answer["counts"] == counts


async def test_frames_after_a_try_count_nothing(world: World, path: str, operator: str, eye: Eye) -> None:
    await demand(world, LivenessPolicy.PASSIVE)
    async with Socket(path, operator) as page:
        first = await attempt(page, "live")
        again = await page.frame(frames_of("ann")[0])
    assert again["counts"] == first["counts"]


async def test_nothing_of_a_test_becomes_a_punch(world: World, path: str, operator: str, eye: Eye) -> None:
    async with Socket(path, operator) as page:
        assert (await attempt(page, "live"))["outcome"] == "accepted"
    assert await sync_to_async(rows)(world) == (0, 0)


def rows(world: World) -> tuple[int, int]:
    with acting_for(world.northwind):
        return Punch.objects.count(), Sighting.objects.count()


async def test_a_try_given_up_is_counted_as_unanswered(path: str, operator: str) -> None:
    async with Socket(path, operator) as page:
        await page.send(t="try", species="print")
        await page.receive_until("result")
        await page.send(t="unanswered")
        answer = await page.receive_until("result")
    assert answer["counts"] == {"print": {"tries": 1, "accepted": 0, "unanswered": 1}}


async def test_a_frame_outside_a_try_is_refused(path: str, operator: str) -> None:
    async with Socket(path, operator) as page:
        assert (await page.frame(frames_of("ann")[0]))["code"] == "species_unknown"


@pytest.mark.parametrize("species", ["hologram", "", None, 3])
async def test_a_species_that_there_is_not_is_refused(path: str, operator: str, species: object) -> None:
    async with Socket(path, operator) as page:
        await page.send(t="try", species=species)
        assert (await page.receive_until("refused"))["code"] == "species_unknown"


async def test_who_operates_no_camera_is_refused(world: World, path: str) -> None:
    cookie = await sync_to_async(lambda: session_cookie(world.bob_as(Role.AUDITOR)))()
    async with Socket(path, cookie) as page:
        assert (await page.receive())["close"] == 4403


async def test_another_organization_is_refused(world: World, path: str) -> None:
    cookie = await sync_to_async(session_cookie)(world.charlie)
    for address in (path, path.replace("northwind", "southwind")):
        async with Socket(address, cookie) as page:
            assert (await page.receive())["close"] == 4403


async def test_a_test_that_ended_opens_no_socket(world: World, path: str, operator: str, test: SpoofTest) -> None:
    def end() -> None:
        with acting_for(world.northwind):
            spoof_tests.end_test(organization=world.northwind, test=test)

    await sync_to_async(end)()
    async with Socket(path, operator) as page:
        assert (await page.receive())["close"] == 4403
