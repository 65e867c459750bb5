"""What is kept between two frames: followed for a second at most, still only while nothing of a face's size changed."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from apps.recognition.between_frames import (
    CHANGED_LEVELS,
    EMPTY_SECONDS,
    FOLLOWED_FRAMES,
    FOLLOWED_SECONDS,
    EmptyPicture,
    Grey,
    Memory,
    Places,
    Trail,
    largest_change,
    may_follow,
)
from apps.recognition.decoding import decode_frame, decode_small
from apps.recognition.engine import Engine
from apps.recognition.errors import FrameRefused
from apps.recognition.quality import GATES
from apps.recognition.shapes import Box, Face, Image, Purpose
from tests.plugins.size import FULL

from .clips import frames_of
from .pictures import FACES, jpeg, portrait

FRAME = np.zeros((480, 640, 3), np.uint8)
SMALLEST_PX = GATES[Purpose.PUNCH].face_px
DARKEST = GATES[Purpose.PUNCH].darkest
FaceOf = Callable[..., Image]


def face(x: float, y: float, side: float = 100) -> Face:
    return Face((x, y, side, side), 1.0, np.zeros((5, 2), np.float32))


def after(*faces: Face, most: int = 1, now: float = 10.0) -> Trail:
    """The trail of a frame that was looked at whole."""
    trail = Trail(now)
    trail.look(FRAME, faces, most)
    return trail


def boxes_of(trail: Trail, now: float, image: Image = FRAME, most: int = 1) -> list[Box]:
    return Trail(now, trail.left).boxes(image, most)


def test_the_next_frame_is_looked_at_where_the_face_was() -> None:
    assert boxes_of(after(face(100, 50)), 10.5) == [pytest.approx((100, 50, 100, 100))]


def test_a_cut_out_of_another_size_holds_the_face_at_the_same_share() -> None:
    half = np.zeros((240, 320, 3), np.uint8)
    assert boxes_of(after(face(100, 50)), 10.5, half) == [pytest.approx((50, 25, 50, 50))]


@pytest.mark.parametrize("now", [10 + FOLLOWED_SECONDS, 99.0, 9.9])
def test_too_late_everything_is_looked_at(now: float) -> None:
    assert boxes_of(after(face(100, 50)), now) == []


def test_following_does_not_prolong_itself() -> None:
    trail, now, followed = after(face(100, 50)), 10.0, 0
    while boxes_of(trail, now):
        followed, now = followed + 1, now + FOLLOWED_SECONDS / 50
        trail = Trail(now, trail.left)
        trail.follow(FRAME, [face(100, 50)])
    assert followed == FOLLOWED_FRAMES


def test_a_frame_that_left_nothing_is_followed_by_a_whole_look() -> None:
    assert Trail(10.5, Trail(10.0).left).boxes(FRAME, 1) == []


@pytest.mark.parametrize(("faces", "most", "followed"), [(0, 1, 0), (1, 1, 1), (2, 1, 0), (2, 3, 2), (4, 3, 0)])
def test_nobody_is_followed_beside_more_faces_than_count(faces: int, most: int, followed: int) -> None:
    trail = after(*(face(120 * number, 50) for number in range(faces)), most=most)
    assert len(boxes_of(trail, 10.5, most=most)) == followed
    assert trail.saw_nobody == (faces == 0)


def test_two_places_are_not_followed_where_one_face_counts() -> None:
    assert boxes_of(after(face(0, 0), face(200, 0), most=2), 10.5, most=1) == []


def test_the_limits_hold_by_themselves() -> None:
    places = Places((), 10.0, FOLLOWED_FRAMES - 1)
    assert may_follow(places, 10.1)
    assert not may_follow(Places((), 10.0, FOLLOWED_FRAMES), 10.1)


def test_a_memory_forgets_what_is_old_and_of_too_many_the_oldest() -> None:
    memory: Memory[int] = Memory(seconds=2, most=3)
    for number in range(5):
        memory.keep((number,), number, now=0.1 * number)
    assert [memory.recall((number,), 0.5) for number in range(5)] == [None, None, 2, 3, 4]
    assert memory.recall((4,), 2.35) == 4
    assert (memory.recall((4,), 2.5), len(memory)) == (None, 0)


def test_a_memory_keeps_the_newest_and_forgets_on_request() -> None:
    memory: Memory[int] = Memory(seconds=2)
    memory.keep((1,), 1, now=0)
    memory.keep((1,), 2, now=1.5)
    assert memory.recall((1,), 3) == 2
    memory.keep((1,), None, now=3)
    assert len(memory) == 0


# --- Nobody in the picture ------------------------------------------------------------------------------


def seen(image: Image) -> Grey:
    return decode_small(jpeg(image, 80))


def noisy(image: Image, deviation: float, seed: int) -> Image:
    """As a camera's: each pixel's noise is partly its neighbour's."""
    noise = cv2.GaussianBlur(np.random.default_rng(seed).normal(0, 3.5 * deviation, image.shape), (0, 0), 1.0)
    return np.asarray(np.clip(image + noise, 0, 255), np.uint8)


def room(seed: int = 1, brightness: float = 1.0) -> Image:
    """Soft furniture."""
    colours = np.random.default_rng(seed).integers(20, 220, (6, 8, 3)).astype(np.uint8)
    return np.asarray(cv2.resize(colours, (640, 480), interpolation=cv2.INTER_CUBIC) * brightness, np.uint8)


def stepped_in(image: Image, person: str, x: int, y: int, mean: float | None = None) -> Image:
    """The picture with a face of the smallest size in it, an oval without hair or collar, as dark as it may be."""
    cut = portrait(person)
    oval = np.zeros(cut.shape[:2], np.float32)
    cv2.ellipse(oval, (200, 200), (80, 108), 0, 0, 360, 1.0, -1)
    scale = SMALLEST_PX / 160
    small, mask = (cv2.resize(one, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) for one in (cut, oval))
    pixels, weight = small.astype(np.float32), mask[..., None]
    pixels *= 1.0 if mean is None else mean / ((pixels * weight).sum() / weight.sum() / 3)
    made, (height, width) = image.astype(np.float32), mask.shape
    left, top = min(x, 640 - width), min(y, 480 - height)
    part = made[top : top + height, left : left + width]
    part += weight * (pixels - part)
    return np.asarray(np.clip(made, 0, 255), np.uint8)


@pytest.mark.parametrize("background", [room(), room(2, 0.2), np.full((480, 640, 3), 90, np.uint8)])
def test_a_cameras_noise_is_no_change(background: Image) -> None:
    empty = EmptyPicture(seen(noisy(background, 1.5, 0)), 10.0)
    assert all(empty.is_still(seen(noisy(background, 1.5, seed)), 10.5) for seed in range(1, 9))


@pytest.mark.parametrize("person", list(FACES) if FULL else ["ann", "fay"])
@pytest.mark.parametrize("place", [(0, 0), (300, 200), (999, 999), (203, 999)])
def test_the_smallest_face_opens_the_gate_wherever_it_steps_in(
    face_of: FaceOf, person: str, place: tuple[int, int]
) -> None:
    dark_wall = np.full((480, 640, 3), int(DARKEST), np.uint8)
    for number, background in enumerate((dark_wall, room(), room(2, 0.2))):
        empty = EmptyPicture(seen(noisy(background, 1.0, number)), 10.0)
        someone = stepped_in(background, person, *place, mean=DARKEST)
        assert not empty.is_still(seen(noisy(someone, 1.0, number + 9)), 10.5)


def test_slow_changes_add_up() -> None:
    greys = [np.full((60, 80), level, np.uint8) for level in (100, 101, 102, 103)]
    empty = EmptyPicture(greys[0], 10.0)
    assert all(largest_change(one, other) < CHANGED_LEVELS for one, other in zip(greys, greys[1:], strict=False))
    assert [empty.is_still(grey, 10.5) for grey in greys] == [True, True, False, False]


@pytest.mark.parametrize(("now", "still"), [(10.0, True), (10 + EMPTY_SECONDS, False), (9.0, False)])
def test_an_empty_picture_is_believed_for_a_moment(now: float, still: bool) -> None:
    assert EmptyPicture(seen(room()), 10.0).is_still(seen(room()), now) == still


def test_a_picture_of_another_size_is_another_picture() -> None:
    half = np.ascontiguousarray(room()[:240, :320])
    assert not EmptyPicture(seen(room()), 10.0).is_still(seen(half), 10.1)


@pytest.mark.parametrize("side", [1, 8, 20])
def test_a_picture_smaller_than_a_window_is_compared_as_a_whole(side: int) -> None:
    grey, white = (np.full((side, side, 3), level, np.uint8) for level in (100, 255))
    empty = EmptyPicture(seen(grey), 10.0)
    assert (empty.is_still(seen(grey), 10.1), empty.is_still(seen(white), 10.1)) == (True, False)


def test_the_small_picture_is_the_mean_of_the_large_one() -> None:
    large = cv2.cvtColor(decode_frame(jpeg(room(), 80)), cv2.COLOR_RGB2GRAY)
    mean = cv2.resize(large, (80, 60), interpolation=cv2.INTER_AREA)
    assert largest_change(np.asarray(mean, np.uint8), seen(room())) < CHANGED_LEVELS


@pytest.mark.parametrize("picture", [b"", b"GIF89a", jpeg(FRAME)[:200], jpeg(FRAME)[:-2]])
def test_the_small_picture_is_refused_as_the_large_one_is(picture: bytes) -> None:
    codes = []
    for decode in (decode_frame, decode_small):
        with pytest.raises(FrameRefused) as refused:
            decode(picture)
        codes.append(refused.value.code)
    assert codes[0] == codes[1]


@pytest.mark.shared
def test_somebody_who_comes_and_goes_is_never_taken_for_the_empty_place(dlib_engine: Engine, shared: Path) -> None:
    shown = list(frames_of(shared / "camera" / "come_and_go_D.mjpeg", every=2 if FULL else 8))
    empty = [EmptyPicture(seen(frame), 10.0) for frame in shown if not dlib_engine.faces(frame)]
    somebody = [seen(frame) for frame in shown if dlib_engine.faces(frame)]
    assert empty and somebody
    assert not any(one.is_still(grey, 10.5) for one in empty for grey in somebody)


@pytest.mark.shared
@pytest.mark.parametrize("clip", ["far_D", "dark_D", "front_A", "stranger_C"])
@pytest.mark.parametrize("hidden", [0.5, 0.75])
def test_a_face_of_the_clips_that_comes_in_from_the_side_opens_the_gate(
    dlib_engine: Engine, shared: Path, clip: str, hidden: float
) -> None:
    """The empty place is the clip's own picture with the face painted over; then part of the face is there."""
    frame = next(iter(frames_of(shared / "camera" / f"{clip}.mjpeg")))
    x, y, width, height = (int(value) for value in dlib_engine.faces(frame)[0].box)
    wall = frame.copy()
    wall[y : y + height, x : x + width] = np.median(frame[y : y + height, x : x + width], axis=(0, 1))
    coming = wall.copy()
    shown = slice(x, x + int(width * (1 - hidden)))
    coming[y : y + height, shown] = frame[y : y + height, shown]
    assert not EmptyPicture(seen(wall), 10.0).is_still(seen(coming), 10.5)
