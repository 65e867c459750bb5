"""Frames of the camera clips."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from apps.recognition.shapes import Image


def frames_of(clip: Path, every: int = 1, most: int | None = None) -> Iterator[Image]:
    """Every nth frame of a clip, RGB, at most so many."""
    video = cv2.VideoCapture(str(clip))
    nth = given = 0
    while most is None or given < most:
        there, frame = video.read()
        if not there:
            return
        if nth % every == 0:
            given += 1
            yield np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB), dtype=np.uint8)
        nth += 1
