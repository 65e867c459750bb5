"""YuNet through OpenCV, called directly: deepface's client drops nose and mouth, and its 0.9 loses faces.

At 0.9 faces were lost in 9 of 27 group photos, at 0.6 in none.
"""

import threading
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ..boxes import faces_from, fit_within
from ..shapes import Face, Image

_SCORE = 0.6
_OVERLAP = 0.3
_CANDIDATES = 500


class YunetDetector:
    """One OpenCV detector for each thread: of 120 calls on a shared one 65 raised and 3 counted wrongly."""

    def __init__(self, path: Path, side: int = 320) -> None:
        self._path = str(path)
        self._side = side
        self._own = threading.local()

    def detect(self, image: Image) -> list[Face]:
        """Return the faces of an RGB picture (h, w, 3), largest first."""
        small, factor = fit_within(image, self._side, self._side)
        detector = self._detector()
        detector.setInputSize((small.shape[1], small.shape[0]))
        _, found = detector.detect(cv2.cvtColor(small, cv2.COLOR_RGB2BGR))
        if found is None:
            return []
        rows = np.asarray(found, dtype=np.float32)
        corners = np.concatenate([rows[:, :2], rows[:, :2] + rows[:, 2:4]], axis=1)
        return faces_from(corners, rows[:, 14], rows[:, 4:14].reshape(-1, 5, 2), factor)

    def _detector(self) -> Any:
        if not hasattr(self._own, "detector"):
            self._own.detector = cv2.FaceDetectorYN.create(
                self._path, "", (self._side, self._side), _SCORE, _OVERLAP, _CANDIDATES
            )
        return self._own.detector
