"""Our own decoding of YuNet against OpenCV's FaceDetectorYN, on the same shrunken pictures."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from apps.recognition.boxes import fit_within
from apps.recognition.conversions.yunet import opened
from apps.recognition.detectors.yunet import YunetDetector, decode
from apps.recognition.errors import WeightsCorrupt
from apps.recognition.parts import Look
from apps.recognition.registry import ENTRIES
from apps.recognition.sessions import Net
from apps.recognition.shapes import Face, Image
from apps.recognition.weights import YUNET

from .networks import toy_arcface
from .pictures import read

LOOK = ENTRIES["dlib-yunet"].look
PIXELS = 2.0  # of the shrunken picture


def cell(score: float) -> list[NDArray[np.float32]]:
    """Outputs for a 32x32 picture in which the fourth cell of stride 8 in the second row says `score`."""
    shapes = [((32 // stride) ** 2, width) for width in (1, 1, 4, 10) for stride in (8, 16, 32)]
    outputs = [np.zeros((1, cells, width), np.float32) for cells, width in shapes]
    outputs[0][0, 7], outputs[3][0, 7] = score, score
    outputs[6][0, 7] = (0.5, 0.25, np.log(2), np.log(3))
    outputs[9][0, 7] = np.arange(10) / 10
    return outputs


def test_a_cell_becomes_a_box_about_its_middle() -> None:
    boxes, scores, _ = decode(cell(0.9), 32, 0.6)
    middle_x, middle_y = (3 + 0.5) * 8, (1 + 0.25) * 8
    assert np.allclose(boxes, [[middle_x - 8, middle_y - 12, middle_x + 8, middle_y + 12]])
    assert scores == pytest.approx([0.9])


def test_points_are_counted_from_the_cells_corner() -> None:
    _, _, points = decode(cell(0.9), 32, 0.6)
    assert np.allclose(points[0, :2], [[(3 + 0.0) * 8, (1 + 0.1) * 8], [(3 + 0.2) * 8, (1 + 0.3) * 8]])


def test_what_scores_too_little_is_not_decoded() -> None:
    assert [part.shape for part in decode(cell(0.5), 32, 0.6)] == [(0, 4), (0,), (0, 5, 2)]


def test_another_network_is_not_taken_for_yunet(tmp_path: Path) -> None:
    (tmp_path / YUNET).write_bytes(toy_arcface())
    with pytest.raises(WeightsCorrupt, match="not YuNet's network"):
        opened(tmp_path / YUNET)


def test_what_is_no_model_is_not_taken_for_yunet(tmp_path: Path) -> None:
    (tmp_path / YUNET).write_bytes(b"\xff not a model")
    with pytest.raises(WeightsCorrupt, match="facemodels pull"):
        opened(tmp_path / YUNET)


def of_opencv(path: Path, image: Image) -> list[Any]:
    """OpenCV's rows, largest first, for the same shrunken picture."""
    small, _ = fit_within(image, LOOK.side, LOOK.side)
    detector = cv2.FaceDetectorYN.create(str(path), "", (small.shape[1], small.shape[0]), LOOK.score, 0.3, 5000)
    _, found = detector.detect(cv2.cvtColor(small, cv2.COLOR_RGB2BGR))
    rows = [] if found is None else list(np.asarray(found))
    return sorted(rows, key=lambda row: -row[2] * row[3])


def apart(face: Face, row: Any, factor: float) -> float:
    """How far, in pixels of the shrunken picture, the box and the points lie from OpenCV's."""
    ours = np.concatenate([np.array(face.box), face.points.ravel()]) * factor
    return float(np.abs(ours - row[:14]).max())


def pictures_of(shared: Path, count: int) -> list[Image]:
    faces = shared / "faces"
    files = [path for name in ("groups", "webcam_people", "lfw_people") for path in faces.glob(f"{name}/**/*.jpg")]
    return [read(path) for path in sorted(files)[:: max(1, len(files) // count)]]


@pytest.fixture
def detector(shared: Path) -> YunetDetector:
    return YunetDetector(Net(opened(shared / "models" / YUNET)), LOOK)


@pytest.mark.shared
def test_the_faces_are_opencvs(detector: YunetDetector, shared: Path, sized: Callable[[int, int], int]) -> None:
    distances = []
    for image in pictures_of(shared, sized(60, 860)):
        ours, theirs = detector.detect(image), of_opencv(shared / "models" / YUNET, image)
        assert len(ours) == len(theirs)
        factor = fit_within(image, LOOK.side, LOOK.side)[1]
        distances += [apart(face, row, factor) for face, row in zip(ours, theirs, strict=True)]
    assert len(distances) >= 60 and max(distances) <= PIXELS


@pytest.mark.shared
def test_one_detector_answers_many_threads_as_one(detector: YunetDetector, shared: Path) -> None:
    pictures = pictures_of(shared, 24) * 2
    alone = [[face.box for face in detector.detect(picture)] for picture in pictures]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda picture: [face.box for face in detector.detect(picture)], pictures))
    assert alone == together


@pytest.mark.shared
@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 700, 3), (33, 31, 3), (320, 320, 3)])
def test_odd_shapes_have_no_faces(detector: YunetDetector, shape: tuple[int, int, int]) -> None:
    assert detector.detect(np.zeros(shape, np.uint8)) == []


@pytest.mark.shared
def test_a_stricter_look_finds_no_more(shared: Path, detector: YunetDetector) -> None:
    strict = YunetDetector(Net(opened(shared / "models" / YUNET)), Look(LOOK.side, 0.9))
    image = pictures_of(shared, 24)[0]
    assert len(strict.detect(image)) <= len(detector.detect(image))
