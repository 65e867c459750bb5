"""RetinaFace as DeepFace publishes it, with our own way in and out of the network.

DeepFace pads the frame by half on each side and enlarges it to 1365x1024 whatever its size: 1.8 s of one core a
frame. Here it is shrunk to 320 px, never enlarged, and only what passes the score is decoded: 0.08 s.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from ..boxes import Boxes, faces_from, fit_within, suppress
from ..sessions import Array
from ..shapes import Face, Image

Forward = Callable[[Array], Sequence[Array]]
"""(1, h, w, 3) float32 RGB 0..255 -> for stride 32, 16, 8: class scores, box and point deltas, each (1, y, x, c)."""

_STRIDES = (32, 16, 8)
_ANCHOR_SIDES = {32: (512, 256), 16: (128, 64), 8: (32, 16)}
_GRID = 32
_OVERLAP = 0.4


class RetinaFaceDetector:
    """Letterboxes to a multiple of 32, so one camera always meets the same fixed shape."""

    def __init__(self, forward: Forward, side: int = 320, score: float = 0.9) -> None:
        self._forward, self._side, self._score = forward, side, score

    def detect(self, image: Image) -> list[Face]:
        """Return the faces of an RGB picture (h, w, 3), largest first."""
        small, factor = fit_within(image, self._side, self._side)
        height, width = small.shape[:2]
        padded = np.zeros((1, -(-height // _GRID) * _GRID, -(-width // _GRID) * _GRID, 3), np.float32)
        padded[0, :height, :width] = small
        boxes, scores, points = decode(self._forward(padded), self._score)
        kept = suppress(boxes, scores, _OVERLAP)
        return faces_from(boxes[kept], scores[kept], points[kept], factor)


def decode(outputs: Sequence[Array], score: float) -> tuple[Boxes, Boxes, Boxes]:
    """Turn the network's nine outputs into boxes (n, 4), scores (n,) and points (n, 5, 2) above `score`.

    DeepFace decodes all 58,000 anchors in float64 and drops them afterwards; the few survivors cost nothing.
    """
    parts = [_decode_stride(stride, outputs[3 * level : 3 * level + 3], score) for level, stride in enumerate(_STRIDES)]
    boxes, scores, points = (np.concatenate(part).astype(np.float32) for part in zip(*parts, strict=True))
    return boxes, scores, points


def _decode_stride(stride: int, outputs: Sequence[Array], score: float) -> tuple[Boxes, Boxes, Boxes]:
    classes, box_deltas, point_deltas = (output[0] for output in outputs)
    sides = np.array(_ANCHOR_SIDES[stride], np.float32)
    face = classes[:, :, len(sides) :]
    rows, columns, which = np.nonzero(face >= score)
    size = sides[which][:, None]
    centre = np.stack([columns, rows], axis=1) * stride + np.float32(7.5)
    boxes = _boxes(centre, size, _of_anchor(box_deltas, rows, columns, which, 4))
    offsets = _of_anchor(point_deltas, rows, columns, which, 10).reshape(-1, 5, 2)
    points = centre[:, None] + offsets * size[:, None]
    return boxes, face[rows, columns, which], points


def _of_anchor(
    deltas: Array, rows: NDArray[np.intp], columns: NDArray[np.intp], which: NDArray[np.intp], length: int
) -> Array:
    by_anchor = deltas.reshape(*deltas.shape[:2], -1, length)
    return np.asarray(by_anchor[rows, columns, which], dtype=np.float32)


def _boxes(centre: Array, size: Array, deltas: Array) -> Boxes:
    middle = centre + deltas[:, :2] * size
    half = (np.exp(deltas[:, 2:4]) * size - 1) / 2
    return np.concatenate([middle - half, middle + half], axis=1)
