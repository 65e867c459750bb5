"""MTCNN: three small nets, each looking harder at what the one before it let through.

The pyramid is our own: the package's `min_face_size` finds nothing at 30..100 px, because its pyramid ignores it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from ..boxes import Boxes, Rows, faces_from, fit_within, overlaps, suppress, suppress_inside
from ..sessions import Array, Net
from ..shapes import Box, Face, Image

_CELL, _STRIDE = 12, 2
_PYRAMID_STEP = 0.709
_SHAPES_KEPT = 8
"""Cameras of a site, by the shape of their frames: 200 kB each."""
# Half a second later a face of the camera clips overlaps its last place by .38 and more, but once in 158 times by .12.
_SAME_PLACE = 0.3


@dataclass(frozen=True)
class MtcnnOptions:
    """How hard to look. At 640 px MTCNN sees noise in dark frames (70 % found, against 96 % at 320)."""

    side: int = 320
    smallest_face: int = 24
    proposal_score: float = 0.6
    refined_score: float = 0.7
    final_score: float = 0.8
    followed_score: float = 0.9
    """Surer than a detection must be: below, the whole frame is looked at."""


@dataclass(frozen=True)
class _Grid:
    """Every cell that P-Net answers for, level after level: where it lies in the picture before it is moved."""

    corners: Boxes
    """(n, 4) in pixels of the level."""
    scales: Boxes
    """(n, 1) of the level against the picture."""
    levels: Rows


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

    def follow(self, image: Image, boxes: Sequence[Box]) -> list[Face] | None:
        """Look for faces where the last frame had them (x, y, width, height): an eighth of what `detect` costs.

        None where a net is no longer sure of each of them, one is somewhere else, or two have become one; then
        `detect` looks at the whole frame.
        """
        side = self._options.side
        small, factor = fit_within(image, side, side, enlarge=True)
        last = np.array(boxes, np.float32).reshape(-1, 4) * np.float32(factor)
        if not len(last) or not (last[:, 2:] >= 1).all():
            return None
        last[:, 2:] += last[:, :2]
        picture = _prepared(small)
        offsets, _ = self._refine(_patches(picture, _squared(last), 24))
        now, scores, points = self._output_of(picture, _squared(_moved(_squared(last), offsets)))
        sure = scores > self._options.followed_score
        if not (sure & (overlaps(last, now) >= _SAME_PLACE)).all() or len(suppress_inside(now, scores, 0.7)) < len(now):
            return None
        return faces_from(now, scores, points, factor)

    def _propose(self, picture: Array) -> Boxes:
        levels = list(_pyramid(picture, self._options.smallest_face))
        if not levels:  # a strip only a few pixels high
            return np.zeros((0, 4), np.float32)
        answers = [self._proposal(level[None]) for level, _ in levels]
        probable = np.concatenate([face.reshape(-1, 2) for _, face in answers])[:, 1]
        found = np.flatnonzero(probable > self._options.proposal_score)
        offsets = np.concatenate([offsets.reshape(-1, 4) for offsets, _ in answers])[found]
        grid = _grid(tuple((*face.shape[1:3], scale) for (_, face), (_, scale) in zip(answers, levels, strict=True)))
        boxes, scores = (grid.corners[found] + offsets * (_CELL - 1)) / grid.scales[found], probable[found]
        kept = suppress(boxes, scores, 0.5, groups=grid.levels[found])
        boxes, scores = boxes[kept], scores[kept]
        return _squared(boxes[suppress(boxes, scores, 0.7)])

    def _refined(self, picture: Array, boxes: Boxes) -> Boxes:
        offsets, face = self._refine(_patches(picture, boxes, 24))
        sure = face[:, 1] > self._options.refined_score
        boxes, scores = _moved(boxes, offsets)[sure], face[sure, 1]
        return _squared(boxes[suppress(boxes, scores, 0.7)])

    def _finished(self, picture: Array, boxes: Boxes) -> tuple[Boxes, Boxes, Boxes]:
        boxes, scores, points = self._output_of(picture, boxes)
        sure = scores > self._options.final_score
        boxes, scores, points = boxes[sure], scores[sure], points[sure]
        kept = suppress_inside(boxes, scores, 0.7)
        return boxes[kept], scores[kept], points[kept]

    def _output_of(self, picture: Array, boxes: Boxes) -> tuple[Boxes, Boxes, Boxes]:
        """What O-Net says of each box: where it is, how sure it is, and the five points."""
        offsets, relative, face = self._output(_patches(picture, boxes, 48))
        sides = boxes[:, 2:] - boxes[:, :2] + 1
        points = np.stack([relative[:, :5], relative[:, 5:]], axis=2) * sides[:, None] + boxes[:, None, :2] - 1
        return _moved(boxes, offsets), face[:, 1], points


def _pyramid(picture: Array, smallest_face: int) -> Iterator[tuple[Array, float]]:
    """Yield the picture ever smaller, each with its scale, until no cell fits in.

    A level that a made one holds a whole number of times is cut from that one, not from the picture: the mean of means.
    """
    made, scale = [picture], _CELL / smallest_face
    while min(picture.shape[:2]) * scale >= _CELL:
        height, width = (int(side * scale) for side in picture.shape[:2])
        source = next(one for one in reversed(made) if one is picture or _divides(one, height, width))
        # At half, INTER_LINEAR is the mean of the same four pixels, in a third of the time.
        is_mean = scale < 1 and source.shape[:2] != (2 * height, 2 * width)
        how = cv2.INTER_AREA if is_mean else cv2.INTER_LINEAR
        made.append(np.asarray(cv2.resize(source, (width, height), interpolation=how), dtype=np.float32))
        yield made[-1], scale
        scale *= _PYRAMID_STEP


def _divides(picture: Array, height: int, width: int) -> bool:
    rows, columns = picture.shape[0] / height, picture.shape[1] / width
    return bool(rows == columns) and float(rows).is_integer()


@lru_cache(maxsize=_SHAPES_KEPT)
def _grid(levels: tuple[tuple[int, int, float], ...]) -> _Grid:
    """Lay out the cells of levels of so many rows and columns, at their scales: the same for frames of one shape."""
    counts = [rows * columns for rows, columns, _ in levels]
    corners = np.concatenate([np.indices((rows, columns))[::-1].reshape(2, -1).T for rows, columns, _ in levels])
    begin = corners * _STRIDE + 1
    scales = np.repeat(np.array([scale for *_, scale in levels], np.float32), counts)[:, None]
    boxes = np.concatenate([begin, begin + _CELL - 1], axis=1).astype(np.float32)
    return _Grid(boxes, scales, np.repeat(np.arange(len(levels)), counts))


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
