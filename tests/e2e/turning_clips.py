"""Fake webcam clips of heads that turn, painted from one photo each: straight, then slowly round in a circle."""

from math import cos, pi, sin
from pathlib import Path

import cv2
import numpy as np

from apps.recognition.quality import principal
from apps.recognition.shapes import Image, Pose
from tests.recognition.detecting import dlib_points, mtcnn
from tests.recognition.pictures import read
from tests.recognition.synthetic_heads import SyntheticHead

WIDTH, HEIGHT = 640, 480
FULL = Pose(yaw=27.0, pitch=19.0, roll=0.0)
STRAIGHT_FRAMES, PICTURES, EACH = 135, 40, 5
"""At 30 frames a second: four and a half seconds straight, then a circle in pictures of a sixth of a second each."""


def circle_clip(photo: Path, folder: Path) -> Path:
    """The person of a photo of 640x480, as if they followed the ring: eleven seconds, played again and again."""
    image = read(photo)
    finds = mtcnn()
    face = principal(finds(image), image)
    assert face is not None
    head = SyntheticHead(image, face, dlib_points(image, face))
    clip = folder / f"circle_{photo.parent.name}.mjpeg"
    with clip.open("wb") as file:
        file.write(_jpeg(head.turned(Pose(0, 0, 0))) * STRAIGHT_FRAMES)
        for number in range(PICTURES):
            file.write(_jpeg(head.turned(_on_the_circle(number / PICTURES))) * EACH)
    return clip


def _on_the_circle(part: float) -> Pose:
    """Clockwise from up, as a mirror shows it."""
    angle = 2 * pi * part
    return Pose(FULL.yaw * sin(angle), -FULL.pitch * cos(angle), 0.0)


def _jpeg(picture: Image) -> bytes:
    frame = cv2.cvtColor(cv2.resize(picture, (WIDTH, HEIGHT)), cv2.COLOR_RGB2BGR)
    return bytes(cv2.imencode(".jpg", np.ascontiguousarray(frame), [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes())
