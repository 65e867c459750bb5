from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from apps.recognition.assembly import AssembledEngine
from apps.recognition.detectors.mtcnn import MtcnnDetector
from apps.recognition.engine import Engine
from apps.recognition.shapes import Box, Image

from .pictures import FACES, SAMPLES
from .programs import run

FaceOf = Callable[..., Image]


def overlap(one: tuple[float, ...], two: tuple[float, ...]) -> float:
    sides = [min(one[i] + one[i + 2], two[i] + two[i + 2]) - max(one[i], two[i]) for i in (0, 1)]
    shared = max(0.0, sides[0]) * max(0.0, sides[1])
    return shared / (one[2] * one[3] + two[2] * two[3] - shared)


@pytest.mark.parametrize("person", FACES)
def test_a_portrait_shows_one_face(dlib_engine: Engine, face_of: FaceOf, person: str) -> None:
    assert len(dlib_engine.faces(face_of(person))) >= 1


def test_the_points_are_a_face(dlib_engine: Engine, face_of: FaceOf) -> None:
    left_eye, right_eye, nose, left_mouth, right_mouth = dlib_engine.faces(face_of("fay"))[0].points
    assert left_eye[0] < nose[0] < right_eye[0] and left_mouth[0] < right_mouth[0]
    assert max(left_eye[1], right_eye[1]) < nose[1] < min(left_mouth[1], right_mouth[1])


def test_the_points_lie_in_the_box(dlib_engine: Engine, face_of: FaceOf) -> None:
    face = dlib_engine.faces(face_of("fay"))[0]
    x, y, width, height = face.box
    assert ((face.points > [x, y]) & (face.points < [x + width, y + height])).all()


@pytest.mark.parametrize("factor", [0.5, 0.75, 1.5])
def test_the_size_of_the_frame_does_not_matter(dlib_engine: Engine, face_of: FaceOf, factor: float) -> None:
    image = face_of("ann")
    resized = np.asarray(cv2.resize(image, None, fx=factor, fy=factor), dtype=np.uint8)
    moved = tuple(value / factor for value in dlib_engine.faces(resized)[0].box)
    assert overlap(moved, dlib_engine.faces(image)[0].box) > 0.8


def test_a_turned_frame_is_no_face_upside_down(dlib_engine: Engine, face_of: FaceOf) -> None:
    upside_down = np.ascontiguousarray(face_of("ann")[::-1])
    assert all(face.score < 0.99 for face in dlib_engine.faces(upside_down))


@pytest.fixture
def mtcnn(dlib_engine: Engine) -> MtcnnDetector:
    assert isinstance(dlib_engine, AssembledEngine) and isinstance(dlib_engine.detector, MtcnnDetector)
    return dlib_engine.detector


@pytest.mark.parametrize("person", FACES)
def test_a_face_is_followed_to_where_it_moved(mtcnn: MtcnnDetector, face_of: FaceOf, person: str) -> None:
    last, moved = mtcnn.detect(face_of(person))[0], face_of(person, shift=12)
    (followed,) = mtcnn.follow(moved, [last.box]) or []
    assert overlap(followed.box, mtcnn.detect(moved)[0].box) > 0.75


def side_by_side(face_of: FaceOf, *people: str) -> Image:
    return np.ascontiguousarray(np.hstack([face_of(person) for person in people]))


def test_two_faces_are_followed_at_once(mtcnn: MtcnnDetector, face_of: FaceOf) -> None:
    both = side_by_side(face_of, "ann", "fay")
    found = mtcnn.detect(both)
    followed = mtcnn.follow(both, [face.box for face in found]) or []
    assert len(found) == len(followed) == 2
    assert all(overlap(one.box, other.box) > 0.75 for one, other in zip(followed, found, strict=True))


def test_of_two_faces_one_that_is_gone_sends_back_to_the_whole_frame(mtcnn: MtcnnDetector, face_of: FaceOf) -> None:
    both = side_by_side(face_of, "ann", "fay")
    boxes = [face.box for face in mtcnn.detect(both)]
    both[:, 400:] = 120
    assert mtcnn.follow(both, boxes) is None


def test_two_places_that_lead_to_one_face_are_not_two_faces(mtcnn: MtcnnDetector, face_of: FaceOf) -> None:
    x, y, width, height = mtcnn.detect(face_of("ann"))[0].box
    beside = (x + width / 10, y, width, height)
    assert mtcnn.follow(face_of("ann"), [(x, y, width, height), beside]) is None


def test_a_face_somewhere_else_is_not_the_one_that_was_followed(mtcnn: MtcnnDetector, face_of: FaceOf) -> None:
    x, y, width, height = mtcnn.detect(face_of("ann"))[0].box
    assert mtcnn.follow(face_of("ann"), [(x + width / 2, y + height / 2, width, height)]) is None


def test_nobody_is_followed_who_is_gone(mtcnn: MtcnnDetector, face_of: FaceOf) -> None:
    image = face_of("ann")
    assert mtcnn.follow(np.full_like(image, 120), [mtcnn.detect(image)[0].box]) is None


@pytest.mark.parametrize("box", [(0, 0, 0, 0), (50, 50, -20, -20), (5000, 5000, 80, 80), (-900, -900, 80, 80)])
def test_a_box_that_holds_no_picture_is_no_face(mtcnn: MtcnnDetector, face_of: FaceOf, box: Box) -> None:
    assert mtcnn.follow(face_of("ann"), [box]) is None


CROWDS = ("sample1.jpg", "sample5.jpg", "sample6.jpg")

_AGAINST_THE_PACKAGE = """
import cv2
from mtcnn import MTCNN
from apps.recognition.engine import engine_named
names = ("left_eye", "right_eye", "nose", "mouth_left", "mouth_right")
detector, engine, apart = MTCNN(), engine_named("dlib"), []
for path in PHOTOS:
    image = cv2.imread(path, cv2.IMREAD_COLOR_RGB)
    image = cv2.resize(image, None, fx=640 / image.shape[1], fy=640 / image.shape[1], interpolation=cv2.INTER_AREA)
    small = cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    wanted = [[face["keypoints"][name] for name in names] for face in detector.detect_faces(small)]
    found = np.array([face.points for face in engine.faces(image)])
    apart += [float(np.abs(found - 2 * np.array(one)).mean(axis=(1, 2)).min()) for one in wanted]
print(json.dumps(apart))
"""


@pytest.mark.deepface
def test_it_finds_the_faces_that_the_package_finds(models_dir: Path, face_of: FaceOf) -> None:
    apart = run(_AGAINST_THE_PACKAGE.replace("PHOTOS", repr([str(SAMPLES / name) for name in CROWDS])), models_dir)
    assert len(apart) >= 10
    assert max(apart) < 4
