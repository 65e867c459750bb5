"""MTCNN: three small nets, each looking harder at what the one before it let through.

The pyramid is our own: the package's `min_face_size` finds nothing at 30..100 px, because its pyramid ignores it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ..boxes import Boxes, faces_from, fit_within, suppress, suppress_inside
from ..sessions import Array, Net
from ..shapes import Box, Face, Image

_CELL, _STRIDE = 12, 2
_PYRAMID_STEP = 0.709


@dataclass(frozen=True)
class MtcnnOptions:
    """How hard to look. At 640 px MTCNN sees noise in dark frames (70 % found, against 96 % at 320)."""

    side: int = 320
    smallest_face: int = 24
    proposal_score: float = 0.6
    refined_score: float = 0.7
    final_score: float = 0.8


@dataclass(frozen=True)
class _Proposals:
    """What P-Net says of one level of the pyramid, for the cells where it sees a face."""

    scale: float
    columns: int
    cells: NDArray[np.intp]
    offsets: Array
    scores: Array


class MtcnnDetector:
    """Equal to YuNet in what it finds on camera frames (dark: 96 to 100 %), at 5.5 ms of one core."""

    def __init__(self, proposal: Net, refine: Net, output: Net, options: MtcnnOptions | None = None) -> None:
        self._proposal, self._refine, self._output = proposal, refine, output
        self._options = options or MtcnnOptions()

    def detect(self, image: Image) -> list[Face]:
        """Return the faces of an RGB picture (h, w, 3), largest first."""
        side = self._options.side
        small, factor = fit_within(image, side, side, enlarge=True)
        picture = _prepared(small)
        boxes = self._propose(picture)
        if len(boxes):
            boxes = self._refined(picture, boxes)
        if not len(boxes):
            return []
        boxes, scores, points = self._finished(picture, boxes)
        return faces_from(boxes, scores, points, factor)

    def follow(self, image: Image, box: Box) -> Face | None:
        """Look for one face where the last frame had it (x, y, width, height): a quarter of what `detect` costs.

        None where no net is sure any more; then `detect` looks at the whole frame.
        """
        side = self._options.side
        small, factor = fit_within(image, side, side, enlarge=True)
        x, y, width, height = (factor * value for value in box)
        if not min(width, height) >= 1:
            return None
        picture = _prepared(small)
        last = _squared(np.array([[x, y, x + width, y + height]], np.float32))
        offsets, _ = self._refine(_patches(picture, last, 24))
        found = faces_from(*self._finished(picture, _squared(_moved(last, offsets))), factor)
        return found[0] if found else None

    def _propose(self, picture: Array) -> Boxes:
        levels = [self._propose_at(level, scale) for level, scale in _pyramid(picture, self._options.smallest_face)]
        if not levels:  # a strip only a few pixels high
            return np.zeros((0, 4), np.float32)
        boxes, scores = _proposed(levels)
        level = np.repeat(np.arange(len(levels)), [len(one.scores) for one in levels])
        kept = suppress(boxes, scores, 0.5, groups=level)
        boxes, scores = boxes[kept], scores[kept]
        return _squared(boxes[suppress(boxes, scores, 0.7)])

    def _propose_at(self, level: Array, scale: float) -> "_Proposals":
        offsets, face = self._proposal(level[None])
        probable = face[0, :, :, 1].ravel()
        found = np.flatnonzero(probable > self._options.proposal_score)
        return _Proposals(scale, face.shape[2], found, offsets.reshape(-1, 4)[found], probable[found])

    def _refined(self, picture: Array, boxes: Boxes) -> Boxes:
        offsets, face = self._refine(_patches(picture, boxes, 24))
        sure = face[:, 1] > self._options.refined_score
        boxes, scores = _moved(boxes, offsets)[sure], face[sure, 1]
        return _squared(boxes[suppress(boxes, scores, 0.7)])

    def _finished(self, picture: Array, boxes: Boxes) -> tuple[Boxes, Boxes, Boxes]:
        offsets, relative, face = self._output(_patches(picture, boxes, 48))
        sides = boxes[:, 2:] - boxes[:, :2] + 1
        points = np.stack([relative[:, :5], relative[:, 5:]], axis=2) * sides[:, None] + boxes[:, None, :2] - 1
        sure = face[:, 1] > self._options.final_score
        boxes, scores, points = _moved(boxes, offsets)[sure], face[sure, 1], points[sure]
        kept = suppress_inside(boxes, scores, 0.7)
        return boxes[kept], scores[kept], points[kept]


def _pyramid(picture: Array, smallest_face: int) -> Iterator[tuple[Array, float]]:
    """Yield the picture ever smaller, each with its scale, until no cell fits in.

    A level that a made one holds a whole number of times is cut from that one, not from the picture: the mean of means.
    """
    made, scale = [picture], _CELL / smallest_face
    while min(picture.shape[:2]) * scale >= _CELL:
        height, width = (int(side * scale) for side in picture.shape[:2])
        source = next(one for one in reversed(made) if one is picture or _divides(one, height, width))
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        made.append(np.asarray(cv2.resize(source, (width, height), interpolation=how), dtype=np.float32))
        yield made[-1], scale
        scale *= _PYRAMID_STEP


def _divides(picture: Array, height: int, width: int) -> bool:
    rows, columns = picture.shape[0] / height, picture.shape[1] / width
    return bool(rows == columns) and float(rows).is_integer()


def _proposed(levels: list[_Proposals]) -> tuple[Boxes, Array]:
    """Turn the cells of all levels into boxes (n, 4) of the picture, and scores (n,)."""
    counts = [len(one.cells) for one in levels]
    columns = np.repeat([one.columns for one in levels], counts)
    scale = np.repeat(np.array([one.scale for one in levels], np.float32), counts)
    cells, offsets, scores = (
        np.concatenate(parts) for parts in zip(*((one.cells, one.offsets, one.scores) for one in levels), strict=True)
    )
    corner = np.stack([cells % columns, cells // columns], axis=1) * _STRIDE + 1
    boxes = np.concatenate([corner, corner + _CELL - 1], axis=1).astype(np.float32) + offsets * (_CELL - 1)
    return boxes / scale[:, None], scores


def _prepared(small: Image) -> Array:
    picture = small.astype(np.float32)
    picture -= 127.5
    picture *= 1 / 128
    return picture


def _squared(boxes: Boxes) -> Boxes:
    """Widen each box to a square about its centre."""
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    half = (boxes[:, 2:] - boxes[:, :2]).max(axis=1, keepdims=True) / 2
    return np.concatenate([centres - half, centres + half], axis=1)


def _moved(boxes: Boxes, offsets: Array) -> Boxes:
    sides = boxes[:, 2:] - boxes[:, :2] + 1
    return np.asarray(boxes + offsets * np.concatenate([sides, sides], axis=1), dtype=np.float32)


def _patches(picture: Array, boxes: Boxes, size: int) -> Array:
    """Cut boxes out at `size` px, sampled corner to corner as the nets were trained, black outside."""
    height, width = picture.shape[:2]
    shrink = np.array([(width - 1) / width, (height - 1) / height])
    places = np.zeros((len(boxes), 2, 3))
    places[:, (0, 1), (0, 1)] = (boxes[:, 2:].astype(np.float64) - boxes[:, :2]) * shrink / (size - 1)
    places[:, :, 2] = boxes[:, :2] * shrink
    out = np.empty((len(boxes), size, size, 3), np.float32)
    for patch, place in zip(out, places, strict=True):
        cv2.warpAffine(picture, place, (size, size), dst=patch, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    return out
