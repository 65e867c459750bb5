from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from apps.recognition.detectors.retinaface import RetinaFaceDetector, decode
from apps.recognition.sessions import Array

from .pictures import noise
from .programs import run


def silent(height: int, width: int) -> list[Array]:
    """The nine outputs of a network that sees nothing in a picture of this size."""
    outputs = []
    for stride in (32, 16, 8):
        rows, columns = height // stride, width // stride
        outputs += [np.zeros((1, rows, columns, channels), np.float32) for channels in (4, 8, 20)]
    return outputs


def seeing(row: int, column: int, anchor: int = 0, score: float = 0.99) -> list[Array]:
    """A face at one place of the stride-16 grid of a 320x256 picture."""
    outputs = silent(256, 320)
    outputs[3][0, row, column, 2 + anchor] = score
    return outputs


def test_nothing_seen_is_no_face() -> None:
    assert RetinaFaceDetector(lambda picture: silent(*picture.shape[1:3])).detect(noise(240, 320)) == []


def test_a_face_lies_on_its_anchor() -> None:
    boxes, _, _ = decode(seeing(5, 6), 0.9)
    assert boxes.tolist() == [[6 * 16 - 56, 5 * 16 - 56, 6 * 16 + 71, 5 * 16 + 71]]


def test_the_second_anchor_is_half_as_large() -> None:
    boxes, _, _ = decode(seeing(5, 6, anchor=1), 0.9)
    assert boxes.tolist() == [[6 * 16 - 24, 5 * 16 - 24, 6 * 16 + 39, 5 * 16 + 39]]


def test_the_points_lie_about_the_anchors_centre() -> None:
    outputs = seeing(5, 6)
    outputs[5][0, 5, 6, :2] = [0.25, -0.25]
    _, _, points = decode(outputs, 0.9)
    assert points[0, 0].tolist() == [6 * 16 + 7.5 + 32, 5 * 16 + 7.5 - 32]


def test_an_unsure_face_is_none() -> None:
    assert len(decode(seeing(5, 6, score=0.89), 0.9)[0]) == 0


def test_the_same_face_seen_twice_is_one() -> None:
    twice = seeing(5, 6)
    twice[3][0, 5, 7, 2] = 0.95
    assert len(RetinaFaceDetector(lambda picture: twice).detect(noise(240, 320))) == 1


def test_a_large_frame_is_shrunk_and_its_faces_enlarged_again() -> None:
    seen: list[tuple[int, ...]] = []

    def forward(picture: Array) -> Sequence[Array]:
        seen.append(picture.shape)
        return seeing(5, 6)

    face = RetinaFaceDetector(forward).detect(noise(480, 640))[0]
    assert seen == [(1, 256, 320, 3)]
    assert face.box == pytest.approx((80, 48, 254, 254))


def test_a_small_frame_is_never_enlarged() -> None:
    seen: list[tuple[int, ...]] = []

    def forward(picture: Array) -> Sequence[Array]:
        seen.append(picture.shape)
        return silent(*picture.shape[1:3])

    RetinaFaceDetector(forward).detect(noise(100, 120))
    assert seen == [(1, 128, 128, 3)]


def test_the_network_gets_red_first_between_0_and_255() -> None:
    seen: list[Array] = []

    def forward(picture: Array) -> Sequence[Array]:
        seen.append(picture)
        return silent(*picture.shape[1:3])

    image = noise(64, 64)
    RetinaFaceDetector(forward).detect(image)
    assert (seen[0][0] == image).all()


_AGAINST_RETINAFACE = """
os.environ["DEEPFACE_BACKEND_ENGINE"] = "onnx"
from retinaface import RetinaFace as theirs
from apps.recognition.detectors.retinaface import RetinaFaceDetector
random = np.random.default_rng(4)
outputs = []
for stride in (32, 16, 8):
    rows, columns = 256 // stride, 320 // stride
    scores = random.uniform(0, 0.905, (1, rows, columns, 4)).astype(np.float32)
    boxes = random.normal(0, 0.2, (1, rows, columns, 8)).astype(np.float32)
    outputs += [scores, boxes, random.normal(0, 0.2, (1, rows, columns, 20)).astype(np.float32)]
model = lambda picture: [output.copy() for output in outputs]
picture = random.integers(0, 256, (256, 320, 3), dtype=np.uint8)
wanted = theirs.detect_faces(picture, model=model, threshold=0.9, allow_upscaling=False).values()
names = ("right_eye", "left_eye", "nose", "mouth_right", "mouth_left")
points = sorted([[float(n) for name in names for n in face["landmarks"][name]] for face in wanted])
ours = sorted(face.points.reshape(-1).tolist() for face in RetinaFaceDetector(model, score=0.9).detect(picture))
print(json.dumps([len(points), len(ours), float(np.abs(np.array(points) - np.array(ours)).max())]))
"""


@pytest.mark.deepface
def test_it_finds_the_faces_that_retinafaces_own_code_finds(tmp_path: Path) -> None:
    wanted, found, difference = run(_AGAINST_RETINAFACE, tmp_path)
    assert wanted == found > 5
    assert difference < 1e-2
