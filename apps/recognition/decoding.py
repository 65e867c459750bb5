"""The decode guard: bytes from outside become pixels only after their header has been read and believed."""

import importlib
import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from .between_frames import Grey
from .errors import FrameRefused
from .native_noise import counted_not_printed
from .shapes import Image


@dataclass(frozen=True)
class DecodeLimits:
    """How much one picture may cost."""

    size: int
    """Bytes."""
    pixels: int
    scans: int
    """Progressive passes: each costs a walk over all pixels, a normal encoder writes about ten."""


FRAME_LIMITS = DecodeLimits(size=256 * 1024, pixels=1920 * 1088, scans=16)
PHOTO_LIMITS = DecodeLimits(size=32 * 1024 * 1024, pixels=50_000_000, scans=32)

_START_OF_IMAGE = b"\xff\xd8\xff"
_START_OF_SCAN = 0xDA
_TABLE_MARKERS_AMONG_FRAMES = {0xC4, 0xC8, 0xCC}


def decode_frame(jpeg: bytes, max_bytes: int = FRAME_LIMITS.size) -> Image:
    """Decode one camera frame, upright after its EXIF orientation.

    Raises FrameRefused with code empty_frame, frame_too_large, not_jpeg, truncated,
    too_many_pixels or undecodable; nothing is allocated before the header is accepted.
    """
    limits = DecodeLimits(max_bytes, FRAME_LIMITS.pixels, FRAME_LIMITS.scans)
    return _decode(jpeg, limits)


def decode_small(jpeg: bytes) -> Grey:
    """Decode one camera frame's luma at an eighth of its size: enough to see that nothing has changed.

    A quarter to a half of what `decode_frame` costs, and it refuses what that refuses.
    """
    return _decode(jpeg, FRAME_LIMITS, "IMREAD_REDUCED_GRAYSCALE_8")


def decode_photo(jpeg: bytes) -> Image:
    """Decode a photo that an operator chose: the same guard, with room for a phone's camera."""
    return _decode(jpeg, PHOTO_LIMITS)


def _decode(jpeg: bytes, limits: DecodeLimits, how: str = "IMREAD_COLOR_RGB") -> Image:
    _refuse_by_header(jpeg, limits)
    # The web process names the tasks that decode, but only workers run them and have OpenCV.
    cv2 = importlib.import_module("cv2")
    try:
        with counted_not_printed():
            image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), getattr(cv2, how))
    except cv2.error as error:
        raise FrameRefused("undecodable", "The picture is damaged: send another one.") from error
    if image is None:
        raise FrameRefused("undecodable", "The picture is damaged: send another one.")
    return np.asarray(image, dtype=np.uint8)


def _refuse_by_header(jpeg: bytes, limits: DecodeLimits) -> None:
    if not jpeg:
        raise FrameRefused("empty_frame", "The frame is empty: send a JPEG picture.")
    if len(jpeg) > limits.size:
        raise FrameRefused("frame_too_large", f"The picture has {len(jpeg)} bytes; at most {limits.size} are taken.")
    if not jpeg.startswith(_START_OF_IMAGE):
        raise FrameRefused("not_jpeg", "The picture is not a JPEG: convert it first.")
    width, height, scan_start = _read_header(jpeg)
    if width * height > limits.pixels:
        raise FrameRefused(
            "too_many_pixels", f"The picture is {width}x{height}; at most {limits.pixels} pixels are taken."
        )
    # In entropy-coded data FF is always stuffed, so these two byte pairs can only be markers.
    if jpeg.rfind(b"\xff\xd9", scan_start) < 0:
        raise FrameRefused("truncated", "The picture ends too early: send it whole.")
    if jpeg.count(b"\xff\xda", scan_start) >= limits.scans:
        raise FrameRefused("undecodable", "The picture has too many scans: save it as a plain JPEG.")


def _read_header(jpeg: bytes) -> tuple[int, int, int]:
    """Return width, height and where the first scan's pixels begin."""
    size: tuple[int, int] | None = None
    for marker, start, length in _segments(jpeg):
        if 0xC0 <= marker <= 0xCF and marker not in _TABLE_MARKERS_AMONG_FRAMES and length >= 6:
            height, width = struct.unpack_from(">HH", jpeg, start + 1)
            size = (width, height)
        if marker == _START_OF_SCAN:
            if size is None or 0 in size:
                raise FrameRefused("undecodable", "The picture does not tell its size: send another one.")
            return size[0], size[1], start + length
    raise FrameRefused("truncated", "The picture ends within its header: send it whole.")


def _segments(jpeg: bytes) -> Iterator[tuple[int, int, int]]:
    """Walk the header's segments: (marker, start of the payload, length of the payload)."""
    position = 2
    while position + 4 <= len(jpeg):
        if jpeg[position] != 0xFF:
            raise FrameRefused("undecodable", "The picture's header is damaged: send another one.")
        marker = jpeg[position + 1]
        if marker == 0xFF:
            position += 1
            continue
        length = struct.unpack_from(">H", jpeg, position + 2)[0]
        if length < 2:
            raise FrameRefused("undecodable", "The picture's header is damaged: send another one.")
        if position + 2 + length > len(jpeg):
            return
        yield marker, position + 4, length - 2
        position += 2 + length
