"""Aligners: a face in a frame to its place in the embedder's chip, from the detector's points or dlib's own."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import dlib
import numpy as np

from .alignment import Transform, similarity
from .parts import BoxShift
from .shapes import Face, Image, Points


class Aligner(Protocol):
    """Finds the transform from the frame to the chip."""

    def place(self, image: Image, face: Face) -> Transform: ...


@dataclass(frozen=True)
class FivePointAligner:
    """Takes the detector's five points to the template the embedder was trained with."""

    template: Points

    def place(self, image: Image, face: Face) -> Transform:
        return similarity(face.points, self.template)


class DlibPointAligner:
    """dlib's five-point predictor on the detector's box, then a similarity warp onto dlib's mean shape.

    The predictor was trained on the boxes of dlib's HOG detector and is wrong on any others, hence the shift.
    It holds the GIL while it runs (1 ms), so two threads never meet inside it.
    """

    def __init__(self, predictor: Path, template: Points, shift: BoxShift) -> None:
        self._predictor = dlib.shape_predictor(str(predictor))
        self._template, self._shift = template, shift

    def place(self, image: Image, face: Face) -> Transform:
        found = self._predictor(image, self._dlib_box(face))
        points = np.array([[found.part(i).x, found.part(i).y] for i in range(5)], np.float32)
        return similarity(points, self._template)

    def _dlib_box(self, face: Face) -> "dlib.rectangle":
        x, y, width, height = face.box
        half = self._shift.side * (width * height) ** 0.5 / 2
        centre_x = x + width * (0.5 + self._shift.dx)
        centre_y = y + height * (0.5 + self._shift.dy)
        edges = (centre_x - half, centre_y - half, centre_x + half, centre_y + half)
        return dlib.rectangle(*(round(edge) for edge in edges))
