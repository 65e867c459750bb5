"""Pictures for the tests: real faces out of an installed npm package, and JPEGs that are wrong in one way."""

import struct
from pathlib import Path

import cv2
import numpy as np

from apps.recognition.shapes import Image
from tests.plugins.needs import ROOT

SAMPLES = ROOT / "node_modules" / "@vladmandic" / "face-api" / "demo"

# (photo, left, top, width, height) of six people's faces, as their boxes were found in the photos.
FACES = {
    "ann": ("sample1.jpg", 834, 424, 198, 226),
    "ben": ("sample1.jpg", 410, 359, 179, 235),
    "cid": ("sample3.jpg", 1057, 215, 212, 281),
    "dot": ("sample4.jpg", 246, 208, 189, 235),
    "eve": ("sample5.jpg", 1410, 395, 190, 268),
    "fay": ("sample6.jpg", 662, 327, 195, 300),
}


def has_samples() -> bool:
    return (SAMPLES / "sample1.jpg").is_file()


def read(path: Path) -> Image:
    return np.asarray(cv2.imread(str(path), cv2.IMREAD_COLOR_RGB), dtype=np.uint8)


def photo(name: str) -> Image:
    return read(SAMPLES / name)


def portrait(person: str, *, shift: int = 0, size: int = 400) -> Image:
    """A square frame about one person's face, moved by `shift` px, as a kiosk would cut it."""
    name, x, y, width, height = FACES[person]
    half = int(0.9 * max(width, height))
    left, top = x + width // 2 - half + shift, y + height // 2 - half + shift
    cut = photo(name)[max(0, top) : top + 2 * half, max(0, left) : left + 2 * half]
    return np.asarray(cv2.resize(cut, (size, size), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def jpeg(image: Image, quality: int = 85, *, progressive: bool = False) -> bytes:
    options = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_PROGRESSIVE, int(progressive)]
    return bytes(cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), options)[1].tobytes())


def png(image: Image) -> bytes:
    return bytes(cv2.imencode(".png", cv2.cvtColor(image, cv2.COLOR_RGB2BGR))[1].tobytes())


def noise(height: int = 48, width: int = 64) -> Image:
    return np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8)


def claiming_size(picture: bytes, width: int, height: int) -> bytes:
    """The same JPEG, its header lying about the size."""
    at = picture.index(b"\xff\xc0") + 5
    return picture[:at] + struct.pack(">HH", height, width) + picture[at + 4 :]


def with_orientation(picture: bytes, orientation: int) -> bytes:
    """The same JPEG with an EXIF header that says how the camera was held."""
    entry = struct.pack("<HHIHH", 0x0112, 3, 1, orientation, 0)
    tiff = b"II*\x00" + struct.pack("<I", 8) + struct.pack("<H", 1) + entry + struct.pack("<I", 0)
    body = b"Exif\x00\x00" + tiff
    return picture[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + picture[2:]


def write_jpeg(folder: Path, name: str, image: Image) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(jpeg(image, 95))
    return path
