from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import cv2
import numpy as np
import pytest

from apps.recognition.engine import Engine
from apps.recognition.quality import GATES, HINTS, choose, clearness, judge, measure, principal
from apps.recognition.shapes import Face, Image, Pose, Purpose, Quality, Refusal, RefusalCode

from .clips import frames_of
from .pictures import noise, photo

POINTS = np.zeros((5, 2), np.float32)
GOOD = Quality(face_px=150.0, sharpness=90.0, luma=120.0, inside=1.0)


def face(x: float, y: float, width: float) -> Face:
    return Face((x, y, width, width * 1.3), 0.99, POINTS)


def code_of(result: object) -> str:
    return result.code if isinstance(result, Refusal) else "fine"


@pytest.mark.parametrize(
    ("flaw", "code"),
    [
        ({}, "fine"),
        ({"face_px": 40.0}, "too_small"),
        ({"inside": 0.6}, "cut_off"),
        ({"luma": 12.8}, "too_dark"),
        ({"luma": 250.0}, "too_bright"),
        ({"sharpness": 6.0}, "blurred"),
        ({"face_px": 40.0, "sharpness": 1.0}, "too_small"),
        ({"pose": Pose(40, -20, 10)}, "fine"),
        ({"pose": Pose(70, 0, 0)}, "turned_away"),
        ({"pose": Pose(0, -60, 0)}, "turned_away"),
        ({"pose": Pose(0, 0, 80)}, "turned_away"),
        ({"covered": 0.9}, "fine"),
        ({"covered": 0.995}, "covered"),
        ({"covered": 0.995, "sharpness": 6.0}, "blurred"),
    ],
)
def test_it_names_what_is_wrong(flaw: dict[str, Any], code: str) -> None:
    assert code_of(judge(replace(GOOD, **flaw), Purpose.PUNCH)) == code


def test_an_enrolment_is_never_easier_than_a_punch() -> None:
    punch, enroll = GATES[Purpose.PUNCH], GATES[Purpose.ENROLL]
    assert enroll.face_px > punch.face_px and enroll.sharpness > punch.sharpness
    assert enroll.darkest > punch.darkest and enroll.brightest < punch.brightest
    assert enroll.inside > punch.inside and enroll.rival < punch.rival
    assert enroll.covered < punch.covered
    assert all(getattr(enroll.turned, axis) < getattr(punch.turned, axis) for axis in ("yaw", "pitch", "roll"))


def test_a_reference_of_a_turned_or_covered_face_is_refused_where_a_punch_is_not() -> None:
    for flaw, code in ((replace(GOOD, pose=Pose(55, 0, 0)), "turned_away"), (replace(GOOD, covered=0.9), "covered")):
        assert (code_of(judge(flaw, Purpose.PUNCH)), code_of(judge(flaw, Purpose.ENROLL))) == ("fine", code)


def test_every_refusal_tells_the_person_what_to_do() -> None:
    assert set(HINTS) == set(get_args(RefusalCode))
    assert all(hint.endswith(".") and len(hint) < 60 for hint in HINTS.values())


def test_each_detectors_points_are_read_on_their_own_scale() -> None:
    """A nose a little aside is a turn of 46 degrees to one and of 50 to the other; the gate of an enrollment is 48."""
    turned = np.array([[30, 40], [70, 40], [36.5, 60], [35, 80], [65, 80]], np.float32)
    seen = Face((0, 0, 100, 100), 1.0, turned)
    poses = {name: measure(noise(100, 100), seen, name).pose.yaw for name in ("mtcnn", "yunet")}
    assert poses == {"mtcnn": pytest.approx(45.9, abs=0.1), "yunet": pytest.approx(50.3, abs=0.1)}


def test_no_face_is_said() -> None:
    assert code_of(choose([], Purpose.PUNCH)) == "no_face"


def test_two_people_side_by_side_are_two_faces() -> None:
    assert code_of(choose([face(0, 0, 100), face(200, 0, 90)], Purpose.PUNCH)) == "two_faces"


def test_a_bystander_far_behind_does_not_count() -> None:
    assert choose([face(0, 0, 100), face(200, 0, 60)], Purpose.PUNCH) == face(0, 0, 100)


def test_an_enrolment_wants_the_bystander_gone() -> None:
    assert code_of(choose([face(0, 0, 100), face(200, 0, 60)], Purpose.ENROLL)) == "two_faces"


def test_a_photo_is_about_the_face_in_its_middle() -> None:
    image = noise(250, 250)
    centre, corner = face(80, 70, 90), face(-10, -20, 95)
    assert principal([corner, centre], image) is centre


def test_a_photo_without_a_face_is_about_nobody() -> None:
    assert principal([], noise()) is None


def test_a_face_half_outside_is_measured_so() -> None:
    assert measure(noise(100, 100), Face((-50, 0, 100, 100), 1.0, POINTS), "mtcnn").inside == pytest.approx(0.5)


def test_a_box_wholly_outside_is_measured_without_failing() -> None:
    assert measure(noise(100, 100), Face((500, 500, 50, 50), 1.0, POINTS), "mtcnn").inside == 0


def test_blur_lowers_sharpness() -> None:
    sharp = noise(200, 200)
    soft = np.asarray(cv2.GaussianBlur(sharp, (0, 0), 5), dtype=np.uint8)
    assert clearness(soft, face(20, 20, 100)).sharpness < 0.1 * clearness(sharp, face(20, 20, 100)).sharpness


Spoil = Callable[[Image], Image]


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda image: image, "fine"),
        (lambda image: (image * 0.1).astype(np.uint8), "too_dark"),
        (lambda image: cv2.GaussianBlur(image, (0, 0), 9), "blurred"),
        (lambda image: np.full_like(image, 128), "no_face"),
        (lambda image: cv2.copyMakeBorder(cv2.resize(image, (60, 60)), 300, 300, 300, 300, cv2.BORDER_REPLICATE), "no"),
    ],
)
def test_the_engine_gives_the_reason(
    dlib_engine: Engine, face_of: Callable[..., Image], spoil: Spoil, code: str
) -> None:
    seen = dlib_engine.see(np.ascontiguousarray(spoil(face_of("ann"))), Purpose.PUNCH)
    assert code_of(seen) == code or (code == "no" and code_of(seen) in {"no_face", "too_small"})


def test_the_engine_refuses_a_group(dlib_engine: Engine, face_of: Callable[..., Image]) -> None:
    assert code_of(dlib_engine.see(photo("sample4.jpg"), Purpose.PUNCH)) == "two_faces"


CLIPS = {
    "front_D.mjpeg": "fine",
    "far_D.mjpeg": "fine",
    "turn_B.mjpeg": "fine",
    "dark_D.mjpeg": "too_dark",
    "blur_D.mjpeg": "blurred",
    "noface.mjpeg": "no_face",
    "two_D_C.mjpeg": "two_faces",
}


@pytest.mark.shared
@pytest.mark.parametrize("clip", ["turn_B", "turn_E", "enrol_turn_D_synthetic", "enrol_turn_A_synthetic"])
def test_a_turning_head_is_never_refused_for_its_turn(dlib_engine: Engine, shared: Path, clip: str) -> None:
    """Both purposes: a guided enrollment asks for just these turns."""
    frames = list(frames_of(shared / "camera" / f"{clip}.mjpeg", every=12))
    codes = {code_of(dlib_engine.see(frame, purpose)) for frame in frames for purpose in Purpose}
    assert codes == {"fine"}


@pytest.mark.shared
@pytest.mark.parametrize(("clip", "code"), CLIPS.items())
def test_the_engine_judges_a_camera_clip(dlib_engine: Engine, shared: Path, clip: str, code: str) -> None:
    codes = [code_of(dlib_engine.see(one, Purpose.PUNCH)) for one in frames_of(shared / "camera" / clip, most=10)]
    assert codes.count(code) >= 9
