"""How a head is turned, from the five points that every detector gives; and which step of a head circle that is.

The nose stands out before the plane of eyes and mouth, so it moves against them as the head turns. Lengths are
measured in face heights, eyes to mouth: unlike the distance between the eyes, that one does not shrink with yaw.
"""

from dataclasses import dataclass
from math import atan2, cos, degrees, hypot, pi, sin
from typing import Final

from .shapes import Points, Pose


@dataclass(frozen=True)
class PoseScale:
    """How far one detector's points move as a head turns."""

    yaw: float
    """Degrees for a nose one face height beside the line from eyes to mouth."""
    pitch: float
    """Degrees for a nose one face height further down that line."""
    level: float
    """Where the nose of a level mean face stands on that line, from the eyes (0) to the mouth (1)."""


# Yaw and pitch: least squares over known-pose images of 16 people, 16 poses each, made by tests/recognition/
# synthetic_heads.py; the yaw of four of them is asserted in test_pose.py. Level: median of 1,100 photos of LFW.
# Published figures with a larger scale (-209, -179) came from a mesh whose depth was left in other units than its
# width: a head too flat makes every turn read as half as large again.
POSE_SCALES: Final[dict[str, PoseScale]] = {
    "mtcnn": PoseScale(yaw=-136.0, pitch=96.0, level=0.540),
    "yunet": PoseScale(yaw=-149.0, pitch=175.0, level=0.567),
}
POSE_SCALES["retinaface"] = POSE_SCALES["mtcnn"]
"""Not measured: its published weights are not at hand; its five points are defined as MTCNN's are."""

FULL_TURN: Final = Pose(yaw=18.0, pitch=11.0, roll=0.0)
"""From the person's own centre, how far a turn must go at least to count as one, along each axis."""

BINS: Final = 8
FARTHEST: Final = 180.0


def pose_of(points: Points, detector_name: str) -> Pose:
    """Return how the head is turned, in degrees, from the five points (5, 2) in pixels of a detector.

    Yaw is good to about 5 degrees up to 45; pitch is relative: it depends on the person's own proportions, so
    compare it with the same person's looking straight. Points on one line, which no face has, give FARTHEST.
    """
    scale = POSE_SCALES[detector_name]
    (left, right), (mouth_a, mouth_b) = sorted(points[:2].tolist()), points[3:].tolist()
    eyes = ((left[0] + right[0]) / 2, (left[1] + right[1]) / 2)
    roll = atan2(right[1] - left[1], right[0] - left[0])
    nose = _upright(points[2].tolist(), eyes, roll)
    mouth = _upright([(mouth_a[0] + mouth_b[0]) / 2, (mouth_a[1] + mouth_b[1]) / 2], eyes, roll)
    height = mouth[1]
    if not height > 0:
        return Pose(FARTHEST, FARTHEST, degrees(roll))
    down = nose[1] / height
    aside = (nose[0] - mouth[0] * down) / height
    return Pose(_within(scale.yaw * aside), _within(scale.pitch * (down - scale.level)), degrees(roll))


def bin_of(pose: Pose, baseline: Pose) -> int | None:
    """Return which of the eight steps of a head circle this is, against the same person looking straight.

    0 is the subject's right (the image's left), then 2 up, 4 left, 6 down; None is the centre, FULL_TURN not reached.
    """
    aside, down = (pose.yaw - baseline.yaw) / FULL_TURN.yaw, (pose.pitch - baseline.pitch) / FULL_TURN.pitch
    if hypot(aside, down) < 1:
        return None
    return round(atan2(-down, aside) / (2 * pi / BINS)) % BINS


def _upright(point: list[float], about: tuple[float, float], roll: float) -> tuple[float, float]:
    """Turn a point about the middle of the eyes until they lie level; the middle becomes (0, 0)."""
    x, y = point[0] - about[0], point[1] - about[1]
    return x * cos(roll) + y * sin(roll), y * cos(roll) - x * sin(roll)


def _within(angle: float) -> float:
    return max(-FARTHEST, min(FARTHEST, angle))
