import tracemalloc

import numpy as np
import pytest

from apps.recognition.boxes import Boxes, faces_from, fit_within, suppress, suppress_inside

from .pictures import noise

BOXES = np.array([[0, 0, 10, 10], [1, 1, 11, 11], [50, 50, 60, 60], [2, 2, 5, 5]], np.float32)
SCORES = np.array([0.8, 0.9, 0.7, 0.6], np.float32)


def test_the_best_of_overlapping_boxes_is_kept() -> None:
    assert suppress(BOXES[:3], SCORES[:3], 0.5).tolist() == [1, 2]


def test_a_small_box_inside_survives_the_usual_measure() -> None:
    assert 3 in suppress(BOXES, SCORES, 0.5)


def test_a_small_box_inside_falls_to_the_other_measure() -> None:
    assert 3 not in suppress_inside(BOXES, SCORES, 0.5)


def test_no_boxes_stay_no_boxes() -> None:
    assert suppress(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), 0.5).size == 0


def test_a_frame_is_shrunk_to_fit() -> None:
    small, factor = fit_within(noise(480, 640), 320, 320)
    assert (small.shape, factor) == ((240, 320, 3), 0.5)


def test_a_small_frame_is_left_alone() -> None:
    image = noise(48, 64)
    assert fit_within(image, 320, 320)[0] is image


def test_a_small_frame_is_enlarged_on_request() -> None:
    assert fit_within(noise(48, 64), 320, 320, enlarge=True)[0].shape == (240, 320, 3)


def test_a_frame_one_pixel_high_does_not_vanish() -> None:
    assert fit_within(noise(1, 2000), 320, 320)[0].shape == (1, 320, 3)


def test_faces_come_largest_first_in_pixels_of_the_frame() -> None:
    faces = faces_from(BOXES[[3, 0]], SCORES[[3, 0]], np.ones((2, 5, 2), np.float32), 0.5)
    assert faces[0].box == pytest.approx((0, 0, 20, 20))
    assert faces[1].points[0].tolist() == [2, 2]


def scattered(count: int) -> tuple[Boxes, Boxes]:
    """Boxes of 20 px crowded into a square of 100 px, each with a score of its own."""
    random = np.random.default_rng(3)
    corners = random.uniform(0, 80, (count, 2))
    boxes = np.concatenate([corners, corners + 20], axis=1).astype(np.float32)
    return boxes, np.asarray(random.permutation(count) / count + 1 / count, np.float32)


def test_boxes_of_different_groups_leave_each_other_alone() -> None:
    assert suppress(BOXES[:2], SCORES[:2], 0.5, groups=np.array([0, 1])).tolist() == [1, 0]


def test_boxes_in_groups_fall_as_each_group_alone() -> None:
    boxes, scores = scattered(200)
    groups = np.arange(200) % 3
    alone = [
        np.flatnonzero(groups == one)[suppress(boxes[groups == one], scores[groups == one], 0.5)] for one in range(3)
    ]
    assert sorted(suppress(boxes, scores, 0.5, groups).tolist()) == sorted(np.concatenate(alone).tolist())


def test_what_is_kept_comes_best_first_and_apart() -> None:
    boxes, scores = scattered(200)
    kept = suppress(boxes, scores, 0.3)
    assert 3 < len(kept) < 100 and (np.diff(scores[kept]) < 0).all()
    assert suppress(boxes[kept], scores[kept], 0.3).tolist() == list(range(len(kept)))


def test_a_frame_full_of_boxes_takes_little_memory() -> None:
    boxes, scores = scattered(4000)
    tracemalloc.start()
    suppress(boxes, scores, 0.5)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8_000_000
