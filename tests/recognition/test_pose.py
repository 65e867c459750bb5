from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from apps.recognition.pose import FARTHEST, FULL_TURN, POSE_SCALES, bin_of, pose_of
from apps.recognition.quality import principal
from apps.recognition.shapes import Image, Points, Pose
from tests.plugins.needs import shared_folder

from .clips import frames_of
from .detecting import Finds, dlib_points, mtcnn, yunet
from .pictures import read
from .synthetic_heads import POSES, SyntheticHead, generic_face, rotation

CENTRE = Pose(0, 0, 0)
PHOTOS = ("img1", "img6", "img51", "img33")


def generic_points(pose: Pose) -> Points:
    """The five points of the generic face in a pose, 500 px away from it, without a detector."""
    mesh = generic_face()[0] * 10
    five = np.array([mesh[rows].mean(axis=0) for rows in ([33, 133], [263, 362], [4], [61], [291])])
    turned = five @ rotation(pose).T
    return np.asarray(turned[:, :2] * (500 / (500 + turned[:, 2:])) + 200, dtype=np.float32)


@pytest.mark.parametrize("roll", [-30, -10, 0, 25])
def test_the_lean_of_the_head_is_exact_and_changes_nothing_else(roll: float) -> None:
    pose, level = pose_of(generic_points(Pose(0, 0, roll)), "mtcnn"), pose_of(generic_points(CENTRE), "mtcnn")
    assert pose.roll == pytest.approx(roll, abs=0.1)
    assert (pose.yaw, pose.pitch) == pytest.approx((level.yaw, level.pitch), abs=0.1)


@pytest.mark.parametrize("detector", POSE_SCALES)
def test_the_signs_are_the_image_left_and_down(detector: str) -> None:
    left, down = (pose_of(generic_points(pose), detector) for pose in (Pose(20, 0, 0), Pose(0, 15, 0)))
    level = pose_of(generic_points(CENTRE), detector)
    assert left.yaw > level.yaw + 10 and down.pitch > level.pitch + 5
    nose_at = generic_points(Pose(20, 0, 0))[2, 0]
    assert nose_at < generic_points(CENTRE)[2, 0]


def test_eyes_and_mouth_corners_may_come_in_either_order() -> None:
    points = generic_points(Pose(15, 5, 10))
    swapped = points[[1, 0, 2, 4, 3]]
    assert pose_of(swapped, "mtcnn") == pytest.approx(pose_of(points, "mtcnn"))


@pytest.mark.parametrize("points", [np.zeros((5, 2)), np.full((5, 2), 7.0), np.arange(10).reshape(5, 2) % 2])
def test_points_that_are_no_face_are_turned_away_to_the_end(points: Points) -> None:
    assert pose_of(np.asarray(points, np.float32), "mtcnn").yaw == FARTHEST


@pytest.mark.parametrize(
    ("pose", "step"),
    [
        (Pose(5, 3, 0), None),
        (Pose(25, 0, 0), 0),
        (Pose(18, -11, 0), 1),
        (Pose(0, -15, 0), 2),
        (Pose(-18, -11, 0), 3),
        (Pose(-25, 0, 0), 4),
        (Pose(-18, 11, 0), 5),
        (Pose(0, 15, 0), 6),
        (Pose(18, 11, 0), 7),
    ],
)
def test_the_circle_has_a_centre_and_eight_steps(pose: Pose, step: int | None) -> None:
    assert bin_of(pose, CENTRE) == step


def test_a_step_is_counted_from_the_persons_own_centre() -> None:
    baseline = Pose(6, -8, 2)
    assert bin_of(baseline, baseline) is None
    assert bin_of(Pose(6 + FULL_TURN.yaw, -8, 2), baseline) == 0


@pytest.fixture(scope="module")
def heads(models_dir: Path, sized: Callable[[int, int], int]) -> list[list[Image]]:
    """For each photo the nineteen poses, made when the first test asks."""
    finds, folder = mtcnn(), shared_folder() / "faces" / "deepface_tests"
    return [poses_of(read(folder / f"{name}.jpg"), finds) for name in PHOTOS[: sized(2, 4)]]


def poses_of(photo: Image, finds: Finds) -> list[Image]:
    factor = 500 / max(photo.shape[:2])
    image = np.asarray(cv2.resize(photo, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.uint8)
    face = principal(finds(image), image)
    assert face is not None
    head = SyntheticHead(image, face, dlib_points(image, face))
    return [head.turned(pose) for pose in POSES]


def seen(heads: list[list[Image]], finds: Finds, detector: str) -> list[list[Pose]]:
    """What a detector's points say of each head; every head of every pose must be found."""
    found = [[finds(image) for image in head] for head in heads]
    assert all(faces for head in found for faces in head)
    return [[pose_of(faces[0].points, detector) for faces in head] for head in found]


def errors(told: list[list[Pose]], of: Callable[[Pose], float], *, from_centre: bool) -> float:
    """Mean absolute error in degrees; `from_centre` counts from what was told of the straight head."""
    straight = POSES.index(CENTRE)
    apart = [
        abs(of(pose) - of(true) - (of(head[straight]) if from_centre else 0))
        for head in told
        for pose, true in zip(head, POSES, strict=True)
    ]
    return float(np.mean(apart))


def steps_agreed(told: list[list[Pose]]) -> tuple[int, int, int]:
    """How many heads fall into the right step, into a neighbour of it, and how many there are."""
    straight = POSES.index(CENTRE)
    pairs = [
        (bin_of(pose, head[straight]), bin_of(true, CENTRE))
        for head in told
        for pose, true in zip(head, POSES, strict=True)
    ]
    same = sum(step == true for step, true in pairs)
    next_to = sum(None not in {step, true} and ((step or 0) - (true or 0)) % 8 in {1, 7} for step, true in pairs)
    return same, next_to, len(pairs)


@pytest.mark.shared
@pytest.mark.parametrize(("detector", "agreeing"), [("mtcnn", 0.85), ("yunet", 0.6)])
def test_the_pose_of_known_heads_is_told(
    heads: list[list[Image]], shared: Path, detector: str, agreeing: float
) -> None:
    finds = mtcnn() if detector == "mtcnn" else yunet(shared / "models")
    told = seen(heads, finds, detector)
    yaw = errors(told, lambda pose: pose.yaw, from_centre=False)
    pitch, roll = (errors(told, of, from_centre=True) for of in (lambda pose: pose.pitch, lambda pose: pose.roll))
    same, next_to, count = steps_agreed(told)
    print(
        f"\n{detector}: {count} heads of {len(heads)} people; mean error yaw {yaw:.1f}, pitch {pitch:.1f}, "
        f"roll {roll:.1f} degrees; step right {same}/{count}, one beside {next_to}/{count}"
    )
    assert yaw <= 6
    assert same >= agreeing * count


@pytest.mark.shared
@pytest.mark.parametrize("clip", ["enrol_turn_D_synthetic", "enrol_turn_A_synthetic"])
def test_a_clip_goes_round_in_its_order(models_dir: Path, shared: Path, clip: str) -> None:
    """What the clips show: straight, the subject's left, right, straight, then down and up (their README: up, down)."""
    finds = mtcnn()
    faces = [finds(frame) for frame in frames_of(shared / "camera" / f"{clip}.mjpeg", every=4)]
    poses = [pose_of(found[0].points, "mtcnn") for found in faces if found]
    baseline = Pose(*np.median([[pose.yaw, pose.pitch, pose.roll] for pose in poses[:6]], axis=0))
    steps = [bin_of(pose, baseline) for pose in poses]
    order = [step for nth, step in enumerate(steps) if step is not None and step not in steps[:nth]]
    print(f"\n{clip}: steps in the order they are reached: {order}")
    assert steps[0] is None
    assert [step for step in order if step in {0, 2, 4, 6}] == [4, 0, 6, 2]
