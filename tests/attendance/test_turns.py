"""Real faces of webcam clips under passive and strict: who turns as asked gets in, and what is only played does not."""

import pytest

from apps.organizations.models import LivenessPolicy
from apps.people.models import Person
from apps.recognition.engine import Engine
from apps.recognition.liveness import challenge
from apps.recognition.liveness.challenge import Step
from apps.recognition.liveness.passive import NOT_LIVE_BELOW
from tests.attendance.liveness import demand, punches, sightings
from tests.attendance.sockets import Message, Socket, camera_path
from tests.attendance.webcam import TURNS, clip_frames, enroll_from, obey, passive_files, played, unlike
from tests.personas import World

__all__ = ["passive_files"]
pytestmark = [
    pytest.mark.shared,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("eager", "quick", "passive_files"),
]
LIVE = "front_D.mjpeg"


@pytest.fixture
def dana(world: World, engine: Engine) -> Person:
    """Priya with the face of webcam clip D."""
    enroll_from(world.person, LIVE)
    for step in ("front", *TURNS):
        played(LIVE, step)  # painted before the clock of a turn runs: a busy machine takes seconds for one
    return world.person


async def seen(kiosk: Socket, clip: str) -> Message:
    return await kiosk.frames(unlike(frame, number) for number, frame in enumerate(clip_frames(clip)))


async def test_passive_lets_a_live_clip_in(world: World, dana: Person, operator: str) -> None:
    await demand(world, LivenessPolicy.PASSIVE)
    async with Socket(camera_path(world.camera), operator) as kiosk:
        assert (await seen(kiosk, LIVE))["state"] == "recognised"
    assert await punches(world) == [("face", "passive", "")]


async def test_passive_keeps_a_phone_out_that_shows_the_same_person(world: World, dana: Person, operator: str) -> None:
    await demand(world, LivenessPolicy.PASSIVE)
    async with Socket(camera_path(world.camera), operator) as kiosk:
        answer = await seen(kiosk, "spoof_phone_D.mjpeg")
    assert answer["state"] in {"challenge", "unknown", "confirm", "ambiguous"}
    assert await punches(world) == []


@pytest.mark.parametrize("steps", [(Step.LEFT, Step.RIGHT), (Step.RIGHT, Step.UP), (Step.UP, Step.LEFT)])
async def test_strict_lets_in_who_turns_as_asked(
    world: World, dana: Person, operator: str, steps: tuple[Step, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    await demand(world, LivenessPolicy.STRICT)
    monkeypatch.setattr(challenge, "SEQUENCES", (steps,))
    async with Socket(camera_path(world.camera), operator) as kiosk:
        asked = await seen(kiosk, LIVE)
        assert asked["state"] == "challenge", asked
        answer = await obey(kiosk, LIVE, asked)
    assert answer["state"] == "recognised", answer
    assert await punches(world) == [("face", "strict", "")]


async def test_strict_keeps_out_a_phone_that_turns_as_asked(
    world: World, dana: Person, operator: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The passive test believed what was shown before, and the challenge believes the turn."""
    await demand(world, LivenessPolicy.STRICT)
    monkeypatch.setattr(challenge, "SEQUENCES", ((Step.RIGHT, Step.UP),))
    async with Socket(camera_path(world.camera), operator) as kiosk:
        asked = await seen(kiosk, LIVE)
        answer = await obey(kiosk, LIVE, asked, shown=played)
    assert (answer["state"], answer["code"]) == ("unsure", "not_live")
    [(code, p_real)] = await sightings(world)
    assert code == "not_live" and p_real is not None and p_real < NOT_LIVE_BELOW
    assert await punches(world) == []


async def test_strict_does_not_let_in_who_turns_the_other_way(
    world: World, dana: Person, operator: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await demand(world, LivenessPolicy.STRICT)
    monkeypatch.setattr(challenge, "SEQUENCES", ((Step.LEFT, Step.RIGHT),))
    async with Socket(camera_path(world.camera), operator) as kiosk:
        asked = await seen(kiosk, LIVE)
        answer = await obey(kiosk, LIVE, asked, {"left": "right"})
    assert (answer["state"], answer["step"]) == ("challenge", "front")
    assert "another way" in answer["hint"]
    assert await punches(world) == []


async def test_a_turn_by_somebody_else_does_not_count(
    world: World, dana: Person, operator: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await demand(world, LivenessPolicy.STRICT)
    async with Socket(camera_path(world.camera), operator) as kiosk:
        asked = await seen(kiosk, LIVE)
        answer = await obey(kiosk, "front_A.mjpeg", asked)
    assert answer["nonce"] != asked["nonce"]
    assert (await punches(world), await sightings(world)) == ([], [])
