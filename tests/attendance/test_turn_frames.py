"""Frames of a turn are looked at for pictures like any other: who turns on a screen is not booked."""

from collections.abc import Sequence

import pytest

from apps.attendance import turns
from apps.organizations.models import LivenessPolicy
from apps.recognition.liveness.challenge import Challenge, Observation, Progress, judge_challenge
from apps.recognition.shapes import Refusal
from tests.attendance.conftest import Enroll, frames_of
from tests.attendance.liveness import Eye, demand, eye, punches, sightings
from tests.attendance.sockets import Message, Socket, camera_path
from tests.personas import World

__all__ = ["eye"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("eager", "quick", "short_turn")]

STRICT, PASSIVE = LivenessPolicy.STRICT, LivenessPolicy.PASSIVE
FRAMES = 5
FAR = Refusal("too_small", "Come a little closer.")


@pytest.fixture
def short_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is shown passes as the turn asked for, once so many frames of it were counted."""

    def judge(asked: Challenge, frames: Sequence[Observation], now_ms: int, line: float) -> Progress:
        if len(frames) >= FRAMES:
            return Progress("passed", None, "", "Thank you.", 0, 0)
        return judge_challenge(asked, (), now_ms, line)

    monkeypatch.setattr(turns, "judge_challenge", judge)


@pytest.fixture
def path(world: World, enroll: Enroll) -> str:
    """The kiosk's address; Priya is enrolled."""
    enroll(world.person, "ann")
    return camera_path(world.camera)


async def turned(kiosk: Socket, frames: int = FRAMES, track: int = 1) -> Message:
    """Step up, and answer the turn with so many frames."""
    asked = await kiosk.frames(frames_of("ann"), track)
    assert asked["state"] == "challenge", asked
    for _ in range(frames):
        answer = await kiosk.frame(frames_of("ann")[0], track, nonce=asked["nonce"])
    return answer


@pytest.mark.parametrize(
    ("shown", "state", "left"),
    [
        ([0.99] * 5, "recognised", [("punched", 0.99)]),
        ([0.99, 0.05, 0.99, 0.99, 0.99], "recognised", [("punched", 0.99)]),
        ([0.99, 0.05, 0.04, 0.99, 0.99], "unsure", [("not_live", 0.05)]),
        ([0.5] * 5, "unsure", [("liveness_unsure", 0.5)]),
    ],
)
async def test_strict_books_who_was_live_while_turning_too(
    world: World, path: str, operator: str, eye: Eye, shown: list[float], state: str, left: list[tuple[str, float]]
) -> None:
    await demand(world, STRICT)
    eye.sees(0.99, 0.99, 0.99, *shown)
    async with Socket(path, operator) as kiosk:
        answer = await turned(kiosk)
    assert (answer["state"], await sightings(world)) == (state, left)
    assert len(await punches(world)) == (state == "recognised")


@pytest.mark.parametrize(
    ("shown", "booked"), [(0.5, [("face", "strict", "liveness_unsure")]), (0.05, [])], ids=["unsure", "not live"]
)
async def test_passive_books_who_turns_and_is_no_picture(
    world: World, path: str, operator: str, eye: Eye, shown: float, booked: list[tuple[str, str, str]]
) -> None:
    await demand(world, PASSIVE)
    eye.sees(*[0.5] * 3, *[shown] * 5)
    async with Socket(path, operator) as kiosk:
        await turned(kiosk)
    assert await punches(world) == booked


async def test_a_frame_that_cannot_be_judged_is_no_frame_of_the_turn(
    world: World, path: str, operator: str, eye: Eye
) -> None:
    await demand(world, STRICT)
    eye.sees(0.99, 0.99, 0.99, *[FAR] * 8)
    async with Socket(path, operator) as kiosk:
        answer = await turned(kiosk, 8)
    assert (answer["state"], answer["hint"]) == ("challenge", FAR.hint)


async def test_a_turn_that_a_picture_passed_is_used_up(world: World, path: str, operator: str, eye: Eye) -> None:
    await demand(world, STRICT)
    eye.sees(*[0.99] * 3, *[0.05] * 5)
    async with Socket(path, operator) as kiosk:
        for track in range(1, 4):
            await turned(kiosk, track=track)
        answer = await kiosk.frames(frames_of("ann"), 4)
    assert (answer["state"], answer["code"], await punches(world)) == ("unsure", "not_turned", [])
