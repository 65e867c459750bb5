"""How a nose moves against the plane of eyes and mouth: in a turning head it does, in a tilted picture hardly. Pure."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..shapes import Points

_PLANE = [0, 1, 3, 4]
_NOSE = 2


@dataclass(frozen=True, slots=True)
class Parallax:
    """Movement between two frames that no affine motion of the other four points explains, in eye distances."""

    aside: float
    """Of the nose, along the line of the eyes; positive: towards the image's right."""
    down: float
    """Of the nose, across that line; positive: towards the mouth."""
    narrowed: float
    """Eye distance by face height, as a share of what it was: a picture must be tilted far to fake a small turn."""


def parallax_of(before: Points, now: Points) -> Parallax:
    """Compare the five points (5, 2) of two frames. Points on one line, which no face has, give no movement."""
    first, second = np.asarray(before, np.float64), np.asarray(now, np.float64)
    eyes, across = _axes(second)
    width, was = _proportion(second, across), _proportion(first, _axes(first)[1])
    if min(width, was) <= 0:
        return Parallax(0.0, 0.0, 0.0)
    moved = second[_NOSE] - _carried(first, second)
    scale = _length(second, eyes)
    return Parallax(float(moved @ eyes) / scale, float(moved @ across) / scale, width / was)


def _carried(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return where the affine motion of eyes and mouth would have taken the nose (2,)."""
    rows = np.column_stack([first[_PLANE], np.ones(len(_PLANE))])
    motion, *_ = np.linalg.lstsq(rows, second[_PLANE], rcond=None)
    return np.asarray(np.append(first[_NOSE], 1.0) @ motion)


def _axes(points: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return unit vectors (2,) along the line of the eyes and across it, towards the mouth."""
    line = points[1] - points[0]
    eyes = line / max(float(np.linalg.norm(line)), 1e-9)
    return eyes, np.array([-eyes[1], eyes[0]])


def _length(points: NDArray[np.float64], eyes: NDArray[np.float64]) -> float:
    return max(float((points[1] - points[0]) @ eyes), 1e-9)


def _proportion(points: NDArray[np.float64], across: NDArray[np.float64]) -> float:
    """Return eye distance by face height; 0 where the mouth is not below the eyes."""
    height = float((points[3:].mean(axis=0) - points[:2].mean(axis=0)) @ across)
    return float(np.linalg.norm(points[1] - points[0])) / height if height > 1e-6 else 0.0
