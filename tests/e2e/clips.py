"""Fake webcam clips for Chromium: concatenated JPEGs of 640x480, played at 30 frames a second and looped."""

from pathlib import Path

import cv2
import numpy as np

from apps.attendance.walk import SAMPLES, VISITOR, Sample, jittered
from apps.recognition.engine import engine_named

FRAMES = 40


def sample_clip(sample: Sample, folder: Path) -> Path:
    """A person of the sample photos in front of a plain wall, moving a little; each picture stays 4 frames."""
    clip = folder / f"{sample.given_name.lower().replace(' ', '_')}.mjpeg"
    with clip.open("wb") as file:
        for number, jpeg in enumerate(jittered(sample, engine_named("dlib"))):
            if number == FRAMES:
                break
            file.write(framed(jpeg) * 4)
    return clip


def framed(jpeg: bytes) -> bytes:
    """The square picture in the middle of a 640x480 one."""
    square = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert square is not None
    frame = np.full((480, 640, 3), 190, np.uint8)
    frame[:, 80:560] = cv2.resize(square, (480, 480))
    return bytes(cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, 88])[1].tobytes())


def sample_clips(folder: Path) -> tuple[Path, Path]:
    """A person to enroll, and a stranger."""
    return sample_clip(SAMPLES[0], folder), sample_clip(VISITOR, folder)
