"""Frames of a clip or a folder of pictures, at the pace they were filmed."""

import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from apps.recognition.decoding import decode_photo
from apps.recognition.shapes import Image

FRAMES_PER_SECOND = 30.0
LONGEST_SIDE = 640
QUALITY = 85


class ClipUnreadable(RuntimeError):
    """No picture could be read; the message says what was tried."""


def frames_of(clip: Path) -> Iterator[tuple[float, bytes]]:
    """(seconds since the start, JPEG of at most 640 px a side), frame after frame. Raises ClipUnreadable."""
    pictures = _folder(clip) if clip.is_dir() else _video(clip)
    read = 0
    for read, picture in enumerate(pictures, start=1):
        yield (read - 1) / FRAMES_PER_SECOND, as_jpeg(picture)
    if not read:
        raise ClipUnreadable(f"{clip} holds no picture that can be read. Give a video file or a folder of JPEGs.")


def live(clip: Path) -> Iterator[bytes]:
    """The frame that a camera would show now: what was not taken in time is passed over, newest wins."""
    started = time.monotonic()
    for at, jpeg in frames_of(clip):
        ahead = at - (time.monotonic() - started)
        if ahead > 0:
            time.sleep(ahead)
        if ahead > -1 / FRAMES_PER_SECOND:
            yield jpeg


def as_jpeg(picture: Image) -> bytes:
    """The RGB picture, made smaller where it is larger than a kiosk would send."""
    height, width = picture.shape[:2]
    shrink = min(1.0, LONGEST_SIDE / max(height, width))
    if shrink < 1:
        size = (round(width * shrink), round(height * shrink))
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    bgr = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    return bytes(cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1].tobytes())


def _folder(folder: Path) -> Iterator[Image]:
    for file in sorted(folder.iterdir()):
        if file.suffix.lower() in {".jpg", ".jpeg"}:
            yield decode_photo(file.read_bytes())


def _video(clip: Path) -> Iterator[Image]:
    video = cv2.VideoCapture(str(clip))
    try:
        while True:
            more, picture = video.read()
            if not more:
                return
            yield np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), dtype=np.uint8)
    finally:
        video.release()
