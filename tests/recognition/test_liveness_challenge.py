"""A challenge: an order nobody knows, judged on time, turn, person and what a head's points do."""

from collections import Counter
from dataclasses import replace

import pytest

from apps.recognition.liveness import challenge as rules
from apps.recognition.liveness.challenge import SEQUENCES, Observation, Progress, Step, judge_challenge, new_challenge
from apps.recognition.liveness.packing import from_json, to_json
from apps.recognition.shapes import Pose
from tests.recognition.turning import LINE, TURNS, asked, by_somebody_else, obeying, seen, straight, turned

LEFT, RIGHT, UP, DOWN = Step.LEFT, Step.RIGHT, Step.UP, Step.DOWN


def judge(frames: list[Observation], *steps: Step, now_ms: int | None = None) -> Progress:
    last = frames[-1].at_ms if frames else 0
    return judge_challenge(asked(*steps), frames, last if now_ms is None else now_ms, LINE)


def test_there_are_more_than_thirty_sequences_of_two_or_three_steps() -> None:
    assert len(set(SEQUENCES)) == len(SEQUENCES) == 44
    assert {len(steps) for steps in SEQUENCES} == {2, 3}


def test_each_sequence_turns_aside_and_none_repeats_a_step_at_once() -> None:
    assert all({LEFT, RIGHT} & set(steps) for steps in SEQUENCES)
    assert not any(one == other for steps in SEQUENCES for one, other in zip(steps, steps[1:], strict=False))


def test_every_sequence_is_drawn_and_no_nonce_twice() -> None:
    drawn = [new_challenge(0) for _ in range(600)]
    assert len({one.nonce for one in drawn}) == 600
    counts = Counter(one.steps for one in drawn)
    assert set(counts) == set(SEQUENCES)
    assert max(counts.values()) < 600 / 44 * 2.6  # an even draw gives more once in 20,000 runs


def test_a_nonce_has_128_bits() -> None:
    assert len(bytes.fromhex(new_challenge(0).nonce)) == 16


@pytest.mark.parametrize("steps", SEQUENCES, ids=lambda steps: "-".join(steps))
def test_who_does_as_asked_passes(steps: tuple[Step, ...]) -> None:
    assert judge(obeying(steps), *steps).state == "passed"


def test_who_turns_too_slowly_for_three_steps_in_ten_seconds_fails() -> None:
    frames = obeying((LEFT, UP, RIGHT), after_ms=2990)
    assert frames[-1].at_ms <= 10_000
    assert judge(frames, LEFT, UP, RIGHT).state == "passed"
    assert judge(frames[:-1], LEFT, UP, RIGHT, now_ms=10_001).code == "too_late"


@pytest.mark.parametrize(
    ("after_ms", "state", "code"),
    [(590, "failed", "too_early"), (600, "passed", ""), (3000, "passed", ""), (3010, "failed", "too_late")],
)
def test_a_turn_begins_six_tenths_to_three_seconds_after_it_was_asked_for(after_ms: int, state: str, code: str) -> None:
    frames = [straight(200), *turned(LEFT, 200, after_ms=after_ms)]
    progress = judge(frames, LEFT)
    assert (progress.state, progress.code) == (state, code)


def test_the_second_window_begins_when_the_first_turn_was_seen() -> None:
    first = [straight(200), *turned(LEFT, 200, after_ms=900)]
    second = turned(RIGHT, first[-1].at_ms, after_ms=3010)
    assert judge([*first, *second], LEFT, RIGHT).code == "too_late"


def test_nobody_looking_straight_in_three_seconds_is_too_late() -> None:
    assert judge([], LEFT, now_ms=3000).state == "waiting"
    assert judge([], LEFT, now_ms=3001).code == "too_late"


def test_who_stands_turned_is_asked_to_look_straight_first() -> None:
    progress = judge([seen(200, Pose(16.0, 0.0, 0.0))], LEFT)
    assert (progress.state, progress.step, progress.hint) == ("waiting", None, "Look straight at the camera.")


def test_a_turn_is_measured_from_the_persons_own_centre() -> None:
    offset = [seen(200, Pose(-10.0, 30.0, 0.0)), *(seen(at, Pose(-25.0, 30.0, 0.0)) for at in (1000, 1100))]
    assert judge(offset, LEFT).state == "waiting"
    offset += [seen(at, Pose(-29.0, 30.0, 0.0)) for at in (1200, 1300)]
    assert judge(offset, LEFT).state == "passed"


@pytest.mark.parametrize("wrong", [RIGHT, UP, DOWN])
def test_another_turn_than_the_one_asked_for_fails(wrong: Step) -> None:
    frames = [straight(200), *turned(wrong, 200, after_ms=900)]
    assert judge(frames, LEFT).code == "wrong_turn"


def test_the_right_turns_in_the_wrong_order_fail() -> None:
    assert judge(obeying((RIGHT, LEFT)), LEFT, RIGHT).code == "wrong_turn"


def test_one_frame_of_another_turn_is_noise() -> None:
    frames = [straight(200), seen(700, TURNS[UP]), straight(800), *turned(LEFT, 800, after_ms=300)]
    assert judge(frames, LEFT).state == "passed"


def test_one_frame_of_the_right_turn_is_noise_too() -> None:
    frames = [straight(200), *turned(LEFT, 200, after_ms=900, frames=1), straight(1200)]
    assert judge(frames, LEFT).state == "waiting"


def test_staying_where_the_last_step_led_is_not_wrong() -> None:
    frames = [straight(200), *turned(LEFT, 200, after_ms=900, frames=8)]
    progress = judge(frames, LEFT, UP)
    assert (progress.state, progress.step, progress.left) == ("waiting", UP, 1)


@pytest.mark.parametrize("step", list(Step))
def test_a_flat_picture_that_looks_turned_does_not_pass(step: Step) -> None:
    progress = judge([straight(200), *turned(step, 200, after_ms=900, frames=8, depth=0.0)], step)
    assert progress.state == "waiting"
    assert progress.hint == "A little further, and only with your head."


def test_a_turned_face_may_be_a_little_less_like_the_person() -> None:
    frames = [straight(200), *by_somebody_else(turned(LEFT, 200, after_ms=900), LINE - 0.004)]
    assert judge(frames, LEFT).state == "passed"
    assert judge([straight(200), *by_somebody_else(turned(LEFT, 200, after_ms=900), LINE - 0.006)], LEFT).step is LEFT


def test_another_person_amid_the_turns_fails() -> None:
    frames = obeying((LEFT, RIGHT))
    swapped = [*frames[:4], *by_somebody_else(frames[4:6], LINE - 0.013), *frames[6:]]
    assert judge(swapped, LEFT, RIGHT).code == "someone_else"


def test_one_frame_that_hardly_looks_like_the_person_is_a_blurred_one() -> None:
    frames = obeying((LEFT, RIGHT))
    blurred = [*frames[:2], *by_somebody_else(frames[2:3], 0.80), *frames[3:]]
    assert judge(blurred, LEFT, RIGHT).state == "passed"


def test_a_baseline_of_somebody_else_is_none() -> None:
    assert judge([straight(200, LINE - 0.001)], LEFT).step is None


@pytest.mark.parametrize(("gap_ms", "state"), [(1500, "waiting"), (1501, "failed")])
def test_a_face_out_of_sight_for_a_second_and_a_half_breaks_it_off(gap_ms: int, state: str) -> None:
    assert judge([straight(200), straight(200 + gap_ms)], LEFT).state == state
    assert judge([straight(200)], LEFT, now_ms=200 + gap_ms).state == state


@pytest.mark.parametrize("times", [(300, 200), (300, 300), (-1, 200)])
def test_frames_that_do_not_follow_one_another_fail(times: tuple[int, int]) -> None:
    assert judge([straight(at) for at in times], LEFT, now_ms=400).code == "out_of_order"


def test_points_beyond_the_frame_show_nothing() -> None:
    frames = [straight(200), *turned(LEFT, 200, after_ms=900)]
    outside = [replace(frame, frame_px=(330, 480)) for frame in frames[1:]]
    assert judge([frames[0], *outside], LEFT).state == "waiting"


def test_what_follows_a_passed_challenge_changes_nothing() -> None:
    frames = obeying((LEFT, UP))
    assert judge([*frames, seen(frames[-1].at_ms + 100, TURNS[RIGHT])], LEFT, UP).state == "passed"


def test_the_person_is_told_what_to_do_at_each_step() -> None:
    frames = obeying((LEFT, UP))
    told = [judge(frames[:count], LEFT, UP).hint for count in range(len(frames) + 1)]
    assert list(dict.fromkeys(told)) == [
        *("Look straight at the camera.", "Turn your head to the left.", "Look up.", "Thank you."),
    ]


def test_the_time_left_of_a_step_runs_down() -> None:
    assert judge([straight(200)], LEFT, now_ms=1200).window_ms == 2000


def test_every_failure_says_what_to_do_and_none_accuses() -> None:
    assert set(rules._ENDS) == set(rules.Code.__args__)  # type: ignore[attr-defined]
    assert all("nce more" in hint for code, hint in rules._ENDS.items() if code)
    assert not any(word in " ".join(rules._ENDS.values()).lower() for word in ("spoof", "fake", "photo"))


def test_an_open_challenge_survives_its_seconds_as_text() -> None:
    challenge, frames = asked(LEFT, UP), obeying((LEFT, UP))
    again, kept = from_json(to_json(challenge, frames))
    assert again == challenge
    assert judge_challenge(again, kept, frames[-1].at_ms, LINE).state == "passed"
