"""Rectangles as detectors speak of them: rows of (x1, y1, x2, y2) pixels, and which of them say the same thing."""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from .shapes import Face, Image

Boxes = NDArray[np.float32]
Overlap = Callable[[Boxes, Boxes, Boxes], Boxes]

_AT_ONCE = 256
"""So many boxes are compared each with each; more would cost memory by the square of a frame that shows noise."""


def over_union(shared: Boxes, area: Boxes, others: Boxes) -> Boxes:
    """The usual measure: shared area over the area of both together."""
    return np.asarray(shared / np.maximum(area + others - shared, 1e-9), dtype=np.float32)


def over_smaller(shared: Boxes, area: Boxes, others: Boxes) -> Boxes:
    """Shared area over the smaller box: also drops a box that lies inside a better one."""
    return np.asarray(shared / np.maximum(np.minimum(area, others), 1e-9), dtype=np.float32)


def suppress(
    boxes: Boxes,
    scores: Boxes,
    limit: float,
    overlap: Overlap = over_union,
    groups: NDArray[np.intp] | None = None,
) -> NDArray[np.intp]:
    """Return the rows (n, 4) to keep, best score first, none overlapping a better one by more than `limit`.

    With `groups` (n,), boxes of different groups leave each other alone.
    """
    order = np.argsort(-scores, kind="stable")
    if len(order) < 2:
        return order
    best_first = boxes[order]
    group = np.zeros(len(order), np.intp) if groups is None else groups[order]
    walk = _each_with_each if len(order) <= _AT_ONCE else _one_after_another
    return order[walk(best_first, group, limit, overlap)]


def _overlaps(some: Boxes, others: Boxes, overlap: Overlap) -> Boxes:
    """Return how much each of `some` (n, 4) overlaps each of `others` (m, 4): (n, m)."""
    near = np.maximum(some[:, None, :2], others[:, :2])
    sides = np.maximum(np.minimum(some[:, None, 2:], others[:, 2:]) - near, 0)
    return overlap(sides[..., 0] * sides[..., 1], _areas(some)[:, None], _areas(others))


def _areas(boxes: Boxes) -> Boxes:
    sides = boxes[:, 2:] - boxes[:, :2]
    return np.asarray(sides[:, 0] * sides[:, 1], dtype=np.float32)


def _each_with_each(boxes: Boxes, groups: NDArray[np.intp], limit: float, overlap: Overlap) -> list[int]:
    falls = (_overlaps(boxes, boxes, overlap) > limit) & (groups[:, None] == groups)
    standing, kept = np.ones(len(boxes), np.bool_), []
    for row in range(len(boxes)):
        if standing[row]:
            kept.append(row)
            standing[falls[row]] = False
    return kept


def _one_after_another(boxes: Boxes, groups: NDArray[np.intp], limit: float, overlap: Overlap) -> list[int]:
    waiting, kept = np.arange(len(boxes)), []
    while waiting.size:
        best, rest = waiting[0], waiting[1:]
        kept.append(int(best))
        shared = _overlaps(boxes[best : best + 1], boxes[rest], overlap)[0]
        waiting = rest[(shared <= limit) | (groups[rest] != groups[best])]
    return kept


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
