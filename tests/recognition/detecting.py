"""The detectors apart from their engines, for tests that count what each of them finds."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import cv2
import dlib
import numpy as np
from numpy.typing import NDArray

from apps.recognition import store
from apps.recognition.conversions.packaged import converted
from apps.recognition.conversions.yunet import opened
from apps.recognition.detectors.mtcnn import MtcnnDetector
from apps.recognition.detectors.yunet import YunetDetector
from apps.recognition.parts import BoxShift, Look
from apps.recognition.registry import ENTRIES
from apps.recognition.sessions import Net
from apps.recognition.shapes import Face, Image
from apps.recognition.weights import DLIB_POINTS, MTCNN_NETS, WEIGHTS, YUNET

Finds = Callable[[Image], list[Face]]

_NO_POINTS: Final = np.zeros((5, 2), np.float32)


def mtcnn() -> Finds:
    """The packaged detector, as the engine `dlib` looks."""
    files = [store.verified(WEIGHTS[name]) for name in MTCNN_NETS]
    proposal, refine, output = (Net(converted(file.path, file.sha256, store.packaged_dir())) for file in files)
    return MtcnnDetector(proposal, refine, output).detect


def yunet(folder: Path, look: Look | None = None) -> Finds:
    """YuNet from a folder outside the store, as the engine `dlib-yunet` looks unless told otherwise."""
    return YunetDetector(Net(opened(folder / YUNET)), look or ENTRIES["dlib-yunet"].look).detect


def hog() -> Finds:
    """dlib's HOG at its usual setting, on pictures shrunk to 320 px and enlarged once: the reference of old."""
    detector = dlib.get_frontal_face_detector()

    def finds(image: Image) -> list[Face]:
        factor = min(1.0, 320 / max(image.shape[:2]))
        small = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        boxes = [(box.left(), box.top(), box.width(), box.height()) for box in detector(small, 1)]
        found = [Face((x / factor, y / factor, w / factor, h / factor), 1.0, _NO_POINTS) for x, y, w, h in boxes]
        return sorted(found, key=lambda face: -face.area)

    return finds


def dlib_points(image: Image, face: Face) -> NDArray[np.float64]:
    """dlib's five points (corners of the eyes, base of the nose) in MTCNN's box: (5, 2) pixels."""
    predictor = dlib.shape_predictor(str(store.verified(WEIGHTS[DLIB_POINTS]).path))
    shift = ENTRIES["dlib"].box_shift or BoxShift(0, 0, 1)
    x, y, width, height = face.box
    half = shift.side * (width * height) ** 0.5 / 2
    middle = np.array([x + width * (0.5 + shift.dx), y + height * (0.5 + shift.dy)])
    found = predictor(image, dlib.rectangle(*(round(edge) for edge in (*(middle - half), *(middle + half)))))
    return np.array([[found.part(i).x, found.part(i).y] for i in range(5)], float)
