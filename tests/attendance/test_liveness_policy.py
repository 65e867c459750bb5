"""What each policy asks for next: pure, so every case stands here."""

from itertools import product

import pytest

from apps.attendance.liveness_policy import LOW_MARGIN, MOST_TURNS, Act, Evidence, Judged, Step, looks, next_step
from apps.attendance.models import Liveness
from apps.organizations.models import LivenessPolicy

OFF, PASSIVE, STRICT, ATTENDED = LivenessPolicy


def asked(policy: str, judged: Judged | None = None, **known: bool | int | str) -> Step:
    return next_step(Evidence(policy, **{"installed": True, **known}, judged=judged))  # type: ignore[arg-type]


@pytest.mark.parametrize("judged", [None, "live", "unsure", "not_live"])
def test_off_books_and_promises_nothing(judged: Judged | None) -> None:
    assert asked(OFF, judged) == Step(Act.BOOK, liveness=Liveness.NONE)


def test_attended_says_that_somebody_stood_by() -> None:
    assert asked(ATTENDED) == Step(Act.BOOK, liveness=Liveness.ATTENDED)


def test_attended_marks_a_similarity_barely_above_its_line_for_review() -> None:
    assert asked(ATTENDED, doubtful=True).review == LOW_MARGIN


@pytest.mark.parametrize("policy", [PASSIVE, STRICT])
def test_too_few_frames_are_no_reason_to_decide(policy: str) -> None:
    assert asked(policy).act is Act.LOOK_ON


def test_passive_books_a_live_face() -> None:
    assert asked(PASSIVE, "live") == Step(Act.BOOK, liveness=Liveness.PASSIVE)


@pytest.mark.parametrize(("judged", "code"), [("unsure", "liveness_unsure"), ("not_live", "not_live")])
def test_passive_asks_whom_it_is_not_sure_of_to_turn(judged: Judged, code: str) -> None:
    assert asked(PASSIVE, judged) == Step(Act.TURN, code)


@pytest.mark.parametrize(("judged", "code"), [("unsure", "liveness_unsure"), ("not_live", "not_live")])
def test_passive_books_a_turned_head_and_marks_it_for_review(judged: Judged, code: str) -> None:
    for turn in ("live", "unsure"):
        step = asked(PASSIVE, judged, turned=True, turn_judged=turn)
        assert step == Step(Act.BOOK, liveness=Liveness.STRICT, review=code)


@pytest.mark.parametrize("judged", ["unsure", "not_live"])
@pytest.mark.parametrize("turn", ["not_live", None])
def test_passive_books_no_turn_that_was_not_live(judged: Judged, turn: Judged | None) -> None:
    known = {"turn_judged": turn} if turn else {}
    assert asked(PASSIVE, judged, turned=True, **known) == Step(Act.PIN, "not_live")


def test_passive_without_its_files_books_for_review() -> None:
    assert asked(PASSIVE, installed=False) == Step(Act.BOOK, review="liveness_unavailable")


def test_strict_asks_a_live_face_to_turn() -> None:
    assert asked(STRICT, "live") == Step(Act.TURN, "turn_wanted")


def test_strict_books_a_live_face_that_turned() -> None:
    assert asked(STRICT, "live", turned=True, turn_judged="live") == Step(Act.BOOK, liveness=Liveness.STRICT)


@pytest.mark.parametrize(
    ("turn", "code"), [("unsure", "liveness_unsure"), ("not_live", "not_live"), ("", "liveness_unsure")]
)
def test_strict_books_no_turn_whose_frames_are_not_live(turn: str, code: str) -> None:
    assert asked(STRICT, "live", turned=True, turn_judged=turn) == Step(Act.PIN, code)


@pytest.mark.parametrize(("judged", "turned"), [*product(["unsure", "not_live"], [False, True])])
def test_strict_books_nobody_whom_the_passive_test_doubts(judged: Judged, turned: bool) -> None:
    assert asked(STRICT, judged, turned=turned).act is Act.PIN


def test_strict_without_its_files_books_nobody() -> None:
    assert asked(STRICT, installed=False, turned=True) == Step(Act.PIN, "liveness_unavailable")


@pytest.mark.parametrize(("policy", "judged"), [(PASSIVE, "unsure"), (PASSIVE, "not_live"), (STRICT, "live")])
def test_after_three_turns_in_vain_the_pin_is_asked_for(policy: str, judged: Judged) -> None:
    assert asked(policy, judged, asked_in_vain=MOST_TURNS - 1).act is Act.TURN
    assert asked(policy, judged, asked_in_vain=MOST_TURNS) == Step(Act.PIN, "not_turned")


@pytest.mark.parametrize(("policy", "judged"), [(PASSIVE, "unsure"), (PASSIVE, "not_live"), (STRICT, "live")])
def test_one_of_several_is_not_asked_to_turn(policy: str, judged: Judged) -> None:
    assert asked(policy, judged, may_turn=False).act is Act.PIN


def test_nobody_is_ever_left_without_a_way_on() -> None:
    judged = ["live", "unsure", "not_live"]
    for policy, first, installed, turned, turn in product(
        LivenessPolicy, judged, *[[True, False]] * 2, [None, *judged]
    ):
        step = next_step(Evidence(policy, installed, first, turned, turn))  # type: ignore[arg-type]
        assert step.act in {Act.BOOK, Act.TURN, Act.PIN}
        assert step.act is Act.BOOK or step.code


def test_frames_are_compared_where_they_are_looked_at() -> None:
    assert [looks(policy) for policy in LivenessPolicy] == [False, True, True, False]
