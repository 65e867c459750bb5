"""The ring of the guided capture: which segment a pose shows, whose word counts, and which frames are kept."""

from math import cos, pi, sin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.enrollment.guided import (
    ALL,
    MOST_PER_SEGMENT,
    agrees,
    centre_with,
    displaced,
    is_steady,
    is_straight,
    missing,
    next_of,
    segment_of,
    shown,
    worth,
)
from apps.recognition.pose import FULL_TURN
from apps.recognition.shapes import Pose

CENTRE = Pose(3.0, -6.0, 1.0)
segments = st.integers(0, 7)
worths = st.floats(1, 500)


def turned(segment: float, share: float = 1.2, centre: Pose = CENTRE) -> Pose:
    """The pose in the middle of a segment, so many full turns from the centre."""
    angle = 2 * pi * segment / 8
    yaw, pitch = FULL_TURN.yaw * share * sin(angle), -FULL_TURN.pitch * share * cos(angle)
    return Pose(centre.yaw + yaw, centre.pitch + pitch, centre.roll)


class TestSegments:
    @pytest.mark.parametrize(
        ("pose", "segment"),
        [(Pose(0, -15, 0), 0), (Pose(25, 0, 0), 2), (Pose(0, 15, 0), 4), (Pose(-25, 0, 0), 6), (Pose(5, 3, 0), None)],
        ids=["up", "the person's right", "down", "the person's left", "centre"],
    )
    def test_they_run_clockwise_from_up_as_a_mirror_shows_them(self, pose: Pose, segment: int | None) -> None:
        assert segment_of(pose, Pose(0, 0, 0)) == segment

    @given(segments)
    def test_each_is_counted_from_the_persons_own_centre(self, segment: int) -> None:
        assert segment_of(turned(segment), CENTRE) == segment


class TestAgreement:
    @given(segments, st.floats(0.55, 2), st.floats(-0.95, 0.95))
    def test_a_pose_within_a_segment_of_the_claim_agrees(self, segment: int, share: float, beside: float) -> None:
        pose = turned(segment + beside, share / cos(beside * pi / 4))
        assert agrees(pose, CENTRE, segment)

    @given(segments, st.floats(0.55, 3), st.floats(1.05, 6.95))
    def test_one_that_looks_elsewhere_does_not(self, segment: int, share: float, beside: float) -> None:
        assert not agrees(turned(segment + beside, share), CENTRE, segment)

    @given(segments, segments, st.floats(0, 0.45))
    def test_nor_one_that_hardly_turns(self, claimed: int, looking: int, share: float) -> None:
        assert not agrees(turned(looking, share), CENTRE, claimed)

    def test_a_frame_counts_for_the_claim_that_the_server_agrees_with(self) -> None:
        assert shown(turned(2.6, 0.9), CENTRE, 2) == 2

    def test_a_claim_that_the_server_sees_otherwise_counts_for_nothing(self) -> None:
        assert shown(turned(6), CENTRE, 2) is None

    def test_without_a_claim_the_servers_own_word_counts(self) -> None:
        assert shown(turned(5), CENTRE, None) == 5

    def test_and_then_a_full_turn_is_asked_for(self) -> None:
        assert shown(turned(5, 0.9), CENTRE, None) is None


class TestCentre:
    @pytest.mark.parametrize("pose", [Pose(16, 0, 0), Pose(0, 21, 0), Pose(0, 0, -21)])
    def test_who_is_far_off_the_mean_face_does_not_look_straight(self, pose: Pose) -> None:
        assert not is_straight(pose)

    def test_faces_differ_by_some_degrees(self) -> None:
        assert is_straight(Pose(-12, 14, 8))

    def test_a_head_that_moved_is_not_steady(self) -> None:
        assert is_steady(turned(3, 0.6), CENTRE) and not is_steady(turned(3, 0.9), CENTRE)

    def test_the_centre_is_the_mean_of_the_straight_frames(self) -> None:
        centre = Pose(0, 0, 0)
        for count, pose in enumerate([Pose(1, 2, 3), Pose(3, 4, 5), Pose(5, 6, 7)], start=1):
            centre = centre_with(centre, pose, count)
        assert (centre.yaw, centre.pitch, centre.roll) == pytest.approx((3, 4, 5))


class TestRing:
    @given(st.sets(segments))
    def test_what_is_filled_and_what_is_missing_is_the_ring(self, filled: set[int]) -> None:
        assert filled | set(missing(filled)) == ALL and not filled & set(missing(filled))

    @pytest.mark.parametrize(
        ("filled", "last", "following"),
        [([], None, 0), ([2], 2, 3), ([6, 7], 7, 0), ([7, 0, 1], 0, 2), (range(8), 3, None)],
    )
    def test_the_next_one_lies_clockwise_of_the_last(self, filled: list[int], last: int, following: int | None) -> None:
        assert next_of(filled, last) == following


class TestBestFrames:
    def test_a_near_face_is_worth_no_more_than_a_near_enough_one(self) -> None:
        assert worth(400, 80) == worth(160, 80) > worth(120, 80)

    @given(st.lists(worths, min_size=MOST_PER_SEGMENT, max_size=MOST_PER_SEGMENT), worths)
    def test_a_worse_frame_never_takes_a_better_ones_place(self, kept: list[float], new: float) -> None:
        place = displaced(kept, new)
        assert place is None if new <= min(kept) else kept[place or 0] == min(kept) < new

    @given(st.lists(worths, min_size=1, max_size=MOST_PER_SEGMENT), worths)
    def test_of_one_moment_only_the_better_frame_is_kept(self, kept: list[float], new: float) -> None:
        assert displaced(kept, new, same_moment=True) == (len(kept) - 1 if new > kept[-1] else None)

    @given(st.lists(worths, max_size=40))
    def test_a_segment_ends_with_its_best_frames_whatever_their_order(self, shown_ones: list[float]) -> None:
        kept: list[float] = []
        for new in shown_ones:
            if (place := displaced(kept, new)) is not None:
                kept[place : place + 1] = [new]
        assert sorted(kept) == sorted(shown_ones)[-MOST_PER_SEGMENT:]
