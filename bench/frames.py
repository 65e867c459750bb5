"""The frame that every pipeline gets: one person at a kiosk, out of a photo that an installed package brings."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from apps.recognition.decoding import decode_photo
from apps.recognition.shapes import Image

WIDTH, HEIGHT = 640, 480
QUALITY = 80
FACE_HEIGHT = 240  # somebody who stands at a kiosk: half of the frame
NOISE = 2.0  # standard deviation of a pixel, of 255
_PHOTO = Path("node_modules/@vladmandic/face-api/demo/sample6.jpg")
_FACE = (662, 327, 195, 300)  # x, y, width, height of the face, as it was found in the photo


class PhotosMissing(Exception):
    """The npm packages are not installed."""


@dataclass(frozen=True)
class Frames:
    """What a camera sends: 640x480 JPEGs."""

    person: bytes
    empty: bytes
    """The same place when the person has gone, as far as a picture of one photo can show it: its blurred colours."""
    unchanged: bytes
    """The same empty place a moment later: other noise of the camera, so other bytes."""


def frames(root: Path) -> Frames:
    """Raises PhotosMissing, saying what to run."""
    photo = root / _PHOTO
    if not photo.is_file():
        raise PhotosMissing(f"{_PHOTO} is missing: run `npm ci` or `make setup`.")
    person = _cut(decode_photo(photo.read_bytes()))
    gone = np.asarray(cv2.resize(cv2.resize(person, (8, 6), interpolation=cv2.INTER_AREA), (WIDTH, HEIGHT)), np.uint8)
    return Frames(jpeg(person), jpeg(gone), jpeg(_noisy(gone)))


def _cut(image: Image) -> Image:
    x, y, width, height = _FACE
    scale = FACE_HEIGHT / height
    moved = np.array([WIDTH / 2, HEIGHT / 2]) - scale * np.array([x + width / 2, y + height / 2])
    place = np.array([[scale, 0, moved[0]], [0, scale, moved[1]]])
    cut = cv2.warpAffine(image, place, (WIDTH, HEIGHT), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(cut, dtype=np.uint8)


def _noisy(image: Image) -> Image:
    noise = np.random.default_rng(1).normal(0, NOISE, image.shape)
    return np.asarray(np.clip(image + noise, 0, 255), dtype=np.uint8)


def jpeg(image: Image) -> bytes:
    """Encode as a browser's canvas does at quality .8."""
    _, encoded = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return bytes(encoded.tobytes())
