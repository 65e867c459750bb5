"""Rules of the guided capture: a ring of eight segments that the head turns through, clockwise from up.

As the person sees it in the mirrored picture: 0 is up, 2 their right, 4 down, 6 their left. All of it is functions of
values; degrees are those of apps.recognition.pose.
"""

from collections.abc import Collection, Sequence
from math import acos, cos, degrees, hypot, pi, sin
from typing import Final

from apps.recognition.pose import BINS, FULL_TURN, bin_of
from apps.recognition.shapes import Pose

SEGMENTS: Final = BINS
ALL: Final = frozenset(range(SEGMENTS))
STRAIGHT: Final = 3
"""Frames looking straight with which a guided visit begins; their middle is the person's own centre."""
MOST_PER_SEGMENT: Final = 2
"""So a visit keeps 19 references at most, or 21 where its straight frames were made five."""

MOST_OFF: Final = Pose(yaw=15.0, pitch=20.0, roll=20.0)
"""How far from the mean face's centre somebody who looks straight may seem to be: five points are no better."""
STEADY: Final = 0.75
"""Of a full turn: straight frames that lie further from each other show a head that still moves."""

# Measured on 131 heads of known pose, seven photos in nineteen poses (tests/recognition/synthetic_heads.py), with the
# page's 68 points claiming the segment: MTCNN's five points agree with 94 of 96 true claims and with 1 of 480 that lie
# two segments or more away; YuNet's with 77 and 15.
AGREES_FROM: Final = 0.5
"""Of a full turn, along what is claimed: five points tell a turn smaller than it is (25 degrees as 13)."""
AGREES_WITHIN: Final = 45.0
"""Degrees on the ring."""

CLOSE_ENOUGH_PX: Final = 160.0


def is_straight(pose: Pose) -> bool:
    """Whether this may be somebody looking straight whose own centre is not known yet."""
    return abs(pose.yaw) <= MOST_OFF.yaw and abs(pose.pitch) <= MOST_OFF.pitch and abs(pose.roll) <= MOST_OFF.roll


def is_steady(pose: Pose, centre: Pose) -> bool:
    """Whether this frame looks where the earlier straight ones do."""
    return hypot(*_turn(pose, centre)) <= STEADY


def centre_with(centre: Pose, pose: Pose, count: int) -> Pose:
    """Return the mean of `count` frames, of which `centre` is that of all but the last."""
    before = (centre.yaw, centre.pitch, centre.roll)
    yaw, pitch, roll = (
        mean + (angle - mean) / count for mean, angle in zip(before, (pose.yaw, pose.pitch, pose.roll), strict=True)
    )
    return Pose(yaw, pitch, roll)


def segment_of(pose: Pose, centre: Pose) -> int | None:
    """The segment that this pose shows by itself; None where the turn is no full one."""
    step = bin_of(pose, centre)
    return None if step is None else (2 - step) % SEGMENTS


def agrees(pose: Pose, centre: Pose, claimed: int) -> bool:
    """Whether the pose, as the server measures it, may be the segment that the page says it is."""
    aside, up = _turn(pose, centre)
    angle = 2 * pi * claimed / SEGMENTS
    along, length = aside * sin(angle) + up * cos(angle), hypot(aside, up)
    return along >= AGREES_FROM and degrees(acos(min(1.0, along / length))) <= AGREES_WITHIN


def shown(pose: Pose, centre: Pose, claimed: int | None) -> int | None:
    """The segment that a frame counts for: the claimed one if the server's pose agrees; without a claim, its own."""
    if claimed is None:
        return segment_of(pose, centre)
    return claimed if agrees(pose, centre, claimed) else None


def missing(filled: Collection[int]) -> tuple[int, ...]:
    """The segments that nothing shows yet, clockwise from up."""
    return tuple(sorted(ALL.difference(filled)))


def next_of(filled: Collection[int], last: int | None = None) -> int | None:
    """Where to turn next: the first missing segment clockwise from the last one that was filled."""
    start = 0 if last is None else last
    order = ((start + step) % SEGMENTS for step in range(SEGMENTS))
    return next((segment for segment in order if segment not in filled), None)


def worth(face_px: float, sharpness: float) -> float:
    """How good a frame is for a reference, to compare those of one segment: sharp, and near enough."""
    return sharpness * min(1.0, face_px / CLOSE_ENOUGH_PX)


def displaced(kept: Sequence[float], new: float, *, same_moment: bool = False) -> int | None:
    """Whose place a new frame of this worth takes: a row of `kept`, oldest first; len(kept) for a place of its own.

    None where it is no better. A frame of the same moment as the newest may only take that one's place.
    """
    if same_moment:
        return len(kept) - 1 if new > kept[-1] else None
    if len(kept) < MOST_PER_SEGMENT:
        return len(kept)
    worst = min(range(len(kept)), key=kept.__getitem__)
    return worst if new > kept[worst] else None


def _turn(pose: Pose, centre: Pose) -> tuple[float, float]:
    """How far the head is turned to the person's right and up, in full turns."""
    return (pose.yaw - centre.yaw) / FULL_TURN.yaw, (centre.pitch - pose.pitch) / FULL_TURN.pitch
