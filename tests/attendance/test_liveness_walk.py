"""The liveness policies through the kiosk's socket: what each lets through, and what it leaves behind."""

from collections.abc import Sequence

import pytest

from apps.attendance import approach, identification, spoof_tests, tasks, turns
from apps.attendance.liveness_policy import MOST_TURNS, Act, Step
from apps.attendance.models import Source
from apps.organizations.models import LivenessPolicy
from apps.recognition.liveness import challenge
from apps.recognition.liveness.challenge import Challenge, Observation, Progress
from apps.recognition.shapes import Refusal, Thresholds
from apps.recognition.wire import FrameHeader, pack_message
from tests.attendance.conftest import Enroll, frames_of
from tests.attendance.liveness import Eye, demand, eye, punches, sightings, tallies
from tests.attendance.sockets import Message, Socket, camera_path
from tests.personas import World

__all__ = ["eye"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("eager", "quick")]

OFF, PASSIVE, STRICT, ATTENDED = LivenessPolicy
BLURRED = Refusal("blurred", "Hold still for a moment.")


@pytest.fixture
def path(world: World, enroll: Enroll) -> str:
    """The kiosk's address; Priya is enrolled."""
    enroll(world.person, "ann")
    return camera_path(world.camera)


async def shown(path: str, cookie: str, track: int = 1) -> Message:
    async with Socket(path, cookie) as kiosk:
        return await kiosk.frames(frames_of("ann"), track)


async def test_off_punches_and_says_that_nothing_was_looked_at(world: World, path: str, operator: str) -> None:
    assert (await shown(path, operator))["state"] == "recognised"
    assert await punches(world) == [("face", "", "")]


async def test_attended_says_that_somebody_stood_by(world: World, path: str, operator: str) -> None:
    await demand(world, ATTENDED)
    assert (await shown(path, operator))["state"] == "recognised"
    assert (await punches(world))[0][:2] == ("face", "attended")


async def test_passive_punches_a_live_face(world: World, path: str, operator: str, eye: Eye) -> None:
    await demand(world, PASSIVE)
    eye.sees(0.91, 0.97, 0.99)
    assert (await shown(path, operator))["state"] == "recognised"
    assert await punches(world) == [("face", "passive", "")]
    assert await sightings(world) == [("punched", 0.97)]


async def test_the_site_says_how_many_frames_decide(world: World, path: str, operator: str) -> None:
    await demand(world, OFF, frames=1)
    async with Socket(path, operator) as kiosk:
        assert (await kiosk.frame(frames_of("ann")[0]))["state"] == "recognised"


async def test_passive_looks_at_three_frames_where_one_would_name(
    world: World, path: str, operator: str, eye: Eye
) -> None:
    await demand(world, PASSIVE, frames=1)
    async with Socket(path, operator) as kiosk:
        states = [(await kiosk.frame(frame))["state"] for frame in frames_of("ann")[:3]]
    assert states == ["searching", "searching", "recognised"]


async def test_a_frame_that_cannot_be_judged_is_not_counted_and_says_what_to_mend(
    world: World, path: str, operator: str, eye: Eye
) -> None:
    await demand(world, PASSIVE)
    eye.sees(BLURRED)
    answer = await shown(path, operator)
    assert (answer["state"], answer["code"], answer["hint"]) == ("searching", "blurred", BLURRED.hint)


@pytest.mark.parametrize(("p_real", "left"), [(0.5, []), (0.05, [("not_live", 0.05)])])
async def test_whom_passive_doubts_is_asked_to_turn_and_nothing_is_booked(
    world: World, path: str, operator: str, eye: Eye, p_real: float, left: list[tuple[str, float]]
) -> None:
    await demand(world, PASSIVE)
    eye.sees(p_real)
    answer = await shown(path, operator)
    assert (answer["state"], len(answer["nonce"]), answer["step"]) == ("challenge", 32, "front")
    assert (await punches(world), await sightings(world)) == ([], left)
    assert await tallies(world) == {code: 1 for code, _ in left}


async def test_no_answer_says_that_a_face_is_not_real(world: World, path: str, operator: str, eye: Eye) -> None:
    eye.sees(0.05)
    for policy in (PASSIVE, STRICT):
        await demand(world, policy)
        said = " ".join(map(str, (await shown(path, operator)).values())).lower()
        assert not any(word in said for word in ("spoof", "fake", "attack", "real", "photo", "live face"))


async def test_strict_sends_whom_it_doubts_to_the_pin(world: World, path: str, operator: str, eye: Eye) -> None:
    await demand(world, STRICT)
    eye.sees(0.05)
    answer = await shown(path, operator)
    assert (answer["state"], "PIN" in answer["hint"]) == ("unsure", True)
    assert (await punches(world), await sightings(world)) == ([], [("not_live", 0.05)])


@pytest.mark.parametrize(("policy", "state"), [(PASSIVE, "challenge"), (STRICT, "unsure")])
async def test_a_picture_among_frames_of_ones_own_face_is_not_named_as_live(
    world: World, path: str, operator: str, eye: Eye, monkeypatch: pytest.MonkeyPatch, policy: str, state: str
) -> None:
    await demand(world, policy, frames=5)
    monkeypatch.setattr(identification, "lines_for", lambda *_: Thresholds(confirm=0.9, accept=None))
    eye.sees(0.05, 0.05, 0.99, 0.99, 0.99)
    mixed = [*frames_of("ann")[:2], *frames_of("ben")[:3]]
    async with Socket(path, operator) as kiosk:
        answer = await kiosk.frames(mixed)
    assert (answer["state"], await punches(world)) == (state, [])


async def test_strict_asks_a_live_face_to_turn(world: World, path: str, operator: str, eye: Eye) -> None:
    await demand(world, STRICT)
    answer = await shown(path, operator)
    assert (answer["state"], answer["window_ms"]) == ("challenge", challenge.START_MS)
    assert (await punches(world), await sightings(world)) == ([], [])


async def test_a_turn_that_nobody_takes_is_asked_three_times_then_the_pin(
    world: World, path: str, operator: str, eye: Eye, monkeypatch: pytest.MonkeyPatch
) -> None:
    await demand(world, STRICT)
    monkeypatch.setattr(challenge, "START_MS", -1)
    async with Socket(path, operator) as kiosk:
        first = await kiosk.frames(frames_of("ann"))
        answers = [await kiosk.frame(frames_of("ann")[0], nonce=first["nonce"]) for _ in range(3)]
    assert [answer["state"] for answer in answers] == ["challenge", "challenge", "unsure"]
    assert "Once more" in answers[0]["hint"]
    assert len({answer["nonce"] for answer in [first, *answers[:2]]}) == 3
    assert await punches(world) == []
    assert (await tallies(world), [code for code, _ in await sightings(world)]) == (
        {"turn_failed": 3, "not_turned": 1},
        ["not_turned"],
    )


async def test_walking_away_from_a_turn_uses_it_up(world: World, path: str, operator: str, eye: Eye) -> None:
    await demand(world, STRICT)
    async with Socket(path, operator) as kiosk:
        states = [(await kiosk.frames(frames_of("ann"), track))["state"] for track in range(1, 5)]
    assert states == ["challenge", "challenge", "challenge", "unsure"]


async def test_of_two_pages_that_ask_at_once_only_one_gets_the_last_turn(
    world: World, path: str, operator: str, eye: Eye, monkeypatch: pytest.MonkeyPatch
) -> None:
    await demand(world, STRICT)
    monkeypatch.setattr(turns, "asked_in_vain", lambda *_: MOST_TURNS - 1)  # as both of them read it
    async with Socket(path, operator) as kiosk:
        states = [(await kiosk.frames(frames_of("ann"), track))["state"] for track in range(1, 5)]
    assert states == ["challenge"] * MOST_TURNS + ["unsure"]


async def test_only_frames_that_carry_the_nonce_are_judged(
    world: World, path: str, operator: str, eye: Eye, monkeypatch: pytest.MonkeyPatch
) -> None:
    await demand(world, STRICT)
    seen: list[int] = []

    def judge(asked: Challenge, frames: Sequence[Observation], *more: float, line: float = 0.9) -> Progress:
        seen.append(len(frames))
        return challenge.judge_challenge(asked, frames, int(more[0]), line)

    monkeypatch.setattr(turns, "judge_challenge", judge)
    async with Socket(path, operator) as kiosk:
        nonce = (await kiosk.frames(frames_of("ann")))["nonce"]
        for said in ("", "0" * 32, nonce):
            await kiosk.frame(frames_of("ann")[0], nonce=said)
    assert seen == [0, 0, 0, 1]


async def test_a_question_is_asked_of_live_faces_only(
    world: World, path: str, operator: str, eye: Eye, uncalibrated: None
) -> None:
    await demand(world, PASSIVE)
    eye.sees(0.5)
    assert (await shown(path, operator))["state"] == "challenge"


async def test_a_confirmed_name_keeps_what_was_looked_at(
    world: World, path: str, operator: str, eye: Eye, uncalibrated: None
) -> None:
    await demand(world, PASSIVE)
    async with Socket(path, operator) as kiosk:
        question = await kiosk.frames(frames_of("ann"))
        await kiosk.confirm(question["approach"], "yes")
    assert await punches(world) == [("face_confirmed", "passive", "")]


async def test_passive_without_its_files_says_so_and_punches_for_review(world: World, path: str, operator: str) -> None:
    await demand(world, PASSIVE)
    async with Socket(path, operator) as kiosk:
        hello = await kiosk.receive()
        answer = await kiosk.frames(frames_of("ann"))
    assert ("marked for review" in hello["notice"], answer["state"]) == (True, "recognised")
    assert await punches(world) == [("face", "", "liveness_unavailable")]


async def test_strict_without_its_files_takes_no_face(world: World, path: str, operator: str) -> None:
    await demand(world, STRICT)
    answer = await shown(path, operator)
    assert (answer["state"], answer["code"], "PIN" in answer["message"]) == ("closed", "liveness_unavailable", True)
    assert await punches(world) == []


@pytest.mark.parametrize(("policy", "view"), [(OFF, "face"), (PASSIVE, "wide"), (STRICT, "wide"), (ATTENDED, "face")])
async def test_the_hello_says_how_much_of_the_picture_is_needed(
    world: World, path: str, operator: str, eye: Eye, policy: str, view: str
) -> None:
    await demand(world, policy)
    async with Socket(path, operator) as kiosk:
        assert (await kiosk.receive())["view"] == view


@pytest.mark.parametrize("policy", [PASSIVE, STRICT])
async def test_a_frame_of_another_session_is_not_taken_again(
    world: World, path: str, operator: str, eye: Eye, policy: str
) -> None:
    await demand(world, policy)
    await shown(path, operator)
    async with Socket(path, operator) as kiosk:
        answers = [await kiosk.frame(frame) for frame in frames_of("ann")[:2]]
    assert [answer["code"] for answer in answers] == ["replayed", "replayed"]
    assert (await tallies(world))["replayed"] == 1


async def test_a_camera_may_show_the_same_picture_twice_within_a_session(
    world: World, path: str, operator: str, eye: Eye
) -> None:
    await demand(world, PASSIVE)
    async with Socket(path, operator) as kiosk:
        states = [(await kiosk.frame(frames_of("ann")[0]))["state"] for _ in range(3)]
    assert states == ["searching", "searching", "recognised"]


@pytest.mark.parametrize("policy", [OFF, ATTENDED])
async def test_without_a_test_of_pictures_no_frame_is_remembered(
    world: World, path: str, operator: str, policy: str
) -> None:
    await demand(world, policy)
    await shown(path, operator)
    assert (await shown(path, operator))["state"] == "already"


async def test_a_camera_that_believed_pictures_asks_for_the_pin_after_the_face(
    world: World, path: str, operator: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spoof_tests, "face_alone", lambda *_: False)
    answer = await shown(path, operator)
    assert (answer["state"], answer["code"]) == ("unsure", "face_not_enough")
    assert (await punches(world), await sightings(world)) == ([], [("face_not_enough", None)])


async def test_a_decided_track_is_answered_without_decoding_its_frame(
    path: str, operator: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Socket(path, operator) as kiosk:
        await kiosk.frames(frames_of("ann"))
        monkeypatch.setattr(tasks, "decode_frame", lambda _: pytest.fail("decoded"))
        assert (await kiosk.frame(frames_of("ann")[0]))["state"] == "recognised"


async def test_a_frame_too_soon_is_answered_without_decoding_it(
    path: str, operator: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(approach, "SPREAD_MS", 60_000)
    async with Socket(path, operator) as kiosk:
        await kiosk.frame(frames_of("ann")[0])
        monkeypatch.setattr(tasks, "decode_frame", lambda _: pytest.fail("decoded"))
        assert (await kiosk.frame(frames_of("ann")[1]))["retry_ms"] == 60_000


async def test_a_frame_older_than_the_last_one_is_dropped(path: str, operator: str) -> None:
    async with Socket(path, operator) as kiosk:
        await kiosk.frame(frames_of("ann")[0])
        kiosk._seq -= 1
        assert (await kiosk.frame(frames_of("ann")[1]))["code"] == "out_of_order"


async def test_a_frame_captured_before_the_last_one_is_dropped(path: str, operator: str) -> None:
    async with Socket(path, operator) as kiosk:
        for seq, captured_ms, code in ((1, 2000, None), (2, 1999, "out_of_order"), (3, 2000, "out_of_order")):
            await kiosk.send_bytes(pack_message(FrameHeader(seq, captured_ms, 1), frames_of("ann")[0]))
            assert (await kiosk.receive_until("result", "refused")).get("code") == code


async def test_a_review_is_a_mark_and_never_a_lost_punch(
    world: World, path: str, operator: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await demand(world, ATTENDED)
    monkeypatch.setattr(identification, "next_step", lambda _: Step(Act.BOOK, review="x"))
    await shown(path, operator)
    assert await punches(world) == [(Source.FACE, "", "x")]
