"""Rectangles as detectors speak of them: rows of (x1, y1, x2, y2) pixels, and which of them say the same thing."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .shapes import Face, Image

Boxes = NDArray[np.float32]
Rows = NDArray[np.intp]


def suppress(boxes: Boxes, scores: Boxes, limit: float, groups: Rows | None = None) -> Rows:
    """Return the rows (n, 4) to keep, best score first, none overlapping a better one by more than `limit`.

    Overlap is the shared area over the area of both together. With `groups` (n,), boxes of different groups leave
    each other alone. A score is above nought.
    """
    # A list: OpenCV reads an array row by row, twice as slowly.
    sides = np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1).tolist()
    opencv: Any = cv2.dnn  # takes arrays where its types ask for sequences
    if groups is None:
        return np.asarray(opencv.NMSBoxes(sides, scores, 0.0, limit), dtype=np.intp)
    return np.asarray(opencv.NMSBoxesBatched(sides, scores, groups, 0.0, limit), dtype=np.intp)


def suppress_inside(boxes: Boxes, scores: Boxes, limit: float) -> Rows:
    """As `suppress`, by the shared area over the smaller box: also drops a box that lies inside a better one."""
    areas = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    waiting = np.argsort(-scores, kind="stable")
    kept: list[int] = []
    while waiting.size:
        best, rest = waiting[0], waiting[1:]
        kept.append(int(best))
        sides = np.minimum(boxes[best, 2:], boxes[rest, 2:]) - np.maximum(boxes[best, :2], boxes[rest, :2])
        shared = np.prod(np.maximum(sides, 0), axis=1)
        waiting = rest[shared <= limit * np.maximum(np.minimum(areas[best], areas[rest]), 1e-9)]
    return np.asarray(kept, dtype=np.intp)


def overlaps(boxes: Boxes, others: Boxes) -> Boxes:
    """Return of each box and the other in the same row (n, 4) the shared area over the area of both together, 0..1."""
    sides = np.minimum(boxes[:, 2:], others[:, 2:]) - np.maximum(boxes[:, :2], others[:, :2])
    shared = np.prod(np.maximum(sides, 0), axis=1)
    both = sum(np.prod(one[:, 2:] - one[:, :2], axis=1) for one in (boxes, others)) - shared
    return np.asarray(shared / np.maximum(both, 1e-9), dtype=np.float32)


def fit_within(image: Image, width: int, height: int, *, enlarge: bool = False) -> tuple[Image, float]:
    """Shrink a picture to fit, keeping its shape; return it and the factor it was scaled by."""
    factor = min(width / image.shape[1], height / image.shape[0])
    if factor == 1 or (factor > 1 and not enlarge):
        return image, 1.0
    size = (max(1, round(image.shape[1] * factor)), max(1, round(image.shape[0] * factor)))
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, size, interpolation=how), dtype=np.uint8), factor


def faces_from(boxes: Boxes, scores: Boxes, points: Boxes, factor: float) -> list[Face]:
    """Undo a scaling by `factor` and return the faces, largest first."""
    faces = [
        Face(
            (float(x1), float(y1), float(x2 - x1), float(y2 - y1)),
            float(score),
            np.asarray(five, dtype=np.float32) / np.float32(factor),
        )
        for (x1, y1, x2, y2), score, five in zip(boxes / factor, scores, points, strict=True)
    ]
    return sorted(faces, key=lambda face: -face.area)
