"""How face recognition with dlib is customarily done, to compare with: HOG, dlib's own chip, Euclidean distance.

The way of the Python package face_recognition: `face_locations(upsample=1)`, the five-point predictor, a chip with
padding .25, the raw 128-number descriptor. The network is dlib's own, as ONNX (equal to 1e-6).
"""

from typing import Final

import dlib
import numpy as np
from scipy.spatial.distance import cdist

from .. import quality, store
from ..conversions.packaged import converted
from ..sessions import Net
from ..shapes import Box, Face, Image, Matrix, Pose, Purpose, Quality, Vector
from ..weights import DLIB_POINTS, DLIB_RESNET, WEIGHTS
from .approaches import Scores

UPSAMPLED: Final = 1
SIDE: Final = 150
PADDING: Final = 0.25
NO_POINTS: Final = np.zeros((5, 2), np.float32)


class CustomarySight:
    """dlib as it is usually used; no quality gate, for there is none."""

    space = "customary/hog-1/dlib-chip/raw"
    lowest = -10.0

    def __init__(self) -> None:
        """Raises EngineNotInstalled, WeightsMissing or WeightsCorrupt."""
        points, net = store.verified(WEIGHTS[DLIB_POINTS]), store.verified(WEIGHTS[DLIB_RESNET])
        self._detector = dlib.get_frontal_face_detector()
        self._predictor = dlib.shape_predictor(str(points.path))
        self._net = Net(converted(net.path, net.sha256, store.packaged_dir()))

    def find(self, image: Image) -> Face | None:
        boxes = self._detector(image, UPSAMPLED)
        return quality.principal([Face(_box(box), 1.0, NO_POINTS) for box in boxes], image)

    def measure(self, image: Image, face: Face) -> Quality:
        return Quality(face.box[2], 0.0, 0.0, 1.0, Pose(0.0, 0.0, 0.0))

    def refuses(self, measured: Quality, purpose: Purpose) -> str:
        return ""

    def embed(self, image: Image, face: Face, purpose: Purpose) -> Vector:
        x, y, width, height = (round(edge) for edge in face.box)
        shape = self._predictor(image, dlib.rectangle(x, y, x + width, y + height))
        chip = np.asarray(dlib.get_face_chip(image, shape, size=SIDE, padding=PADDING), np.uint8)
        return np.asarray(self._net(chip[None])[0][0], dtype=np.float32)

    def combine(self, vectors: Matrix) -> Vector:
        return np.asarray(vectors.mean(axis=0), dtype=np.float32)

    def compare(self, probes: Matrix, references: Matrix) -> Scores:
        return np.asarray(-cdist(probes, references), dtype=np.float32)


def _box(found: "dlib.rectangle") -> Box:
    return float(found.left()), float(found.top()), float(found.width() - 1), float(found.height() - 1)
