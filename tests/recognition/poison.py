"""Poison frames: files that were never a camera's, or no longer are. Made here, so that nothing dangerous is stored."""

import io
import random
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from PIL import Image as Pillow

from apps.recognition.shapes import Image

from .pictures import claiming_size, with_orientation

_HEAD = 700
"""Bytes after which a small camera JPEG has its tables behind it."""


def corpus(image: Image) -> dict[str, bytes]:
    """Return files by name, made from one good picture of a person; `good` is the first."""
    picture = Pillow.fromarray(image)
    good = encoded(picture, "JPEG", quality=85)
    return {
        "good": good,
        **_broken(good),
        **_lying(good),
        **_of_many_scans(picture, good),
        **_of_other_kinds(picture),
        **_unusual(picture, good),
    }


def encoded(picture: Pillow.Image, kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def mutations(good: bytes, count: int, seed: int = 16) -> Iterator[bytes]:
    """Damage a JPEG in many ways: bytes changed, bits flipped, parts cut out, doubled, swapped or zeroed."""
    dice = random.Random(seed)
    ways = (_bytes_changed, _bits_flipped, _cut_out, _doubled, _zeroed, _header_hit, _ended_early)
    for nth in range(count):
        yield ways[nth % len(ways)](bytearray(good), dice)


def _broken(good: bytes) -> dict[str, bytes]:
    return {
        "empty": b"",
        "random bytes": random.Random(1).randbytes(50_000),
        "magic and random bytes": b"\xff\xd8\xff" + random.Random(2).randbytes(50_000),
        "only the magic": b"\xff\xd8\xff",
        "half": good[: len(good) // 2],
        "header alone": good[:200],
        "junk behind": good + b"A" * 200_000,
        "bits flipped": next(mutations(good, 1)),
        "two pictures": good + good,
        "script as text": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        "script in a comment": good[:2] + _segment(0xFE, b"<script>alert(1)</script>") + good[2:],
    }


def _lying(good: bytes) -> dict[str, bytes]:
    return {
        "claims 65500x65500": claiming_size(good, 65500, 65500),
        "claims 1900x1080": claiming_size(good, 1900, 1080),
        "claims no width": claiming_size(good, 0, 480),
        "exif says 8 then 9": with_orientation(with_orientation(good, 8), 9),
        "exif of 64 KiB, pointing at itself": good[:2] + _exif_loop() + good[2:],
        "thousand comments": good[:2] + _segment(0xFE, b"") * 1000 + good[2:],
        "restart interval of one": _with_restart_interval(good, 1),
        "restart markers out of order": _with_restart_interval(good, 4).replace(b"\xff\xd0", b"\xff\xd7"),
    }


def _of_many_scans(picture: Pillow.Image, good: bytes) -> dict[str, bytes]:
    progressive = encoded(picture, "JPEG", quality=85, progressive=True)
    first = good.index(b"\xff\xda")
    huge = encoded(Pillow.new("RGB", (1920, 1080)), "JPEG", quality=10, progressive=True)
    start = huge.rindex(b"\xff\xda")
    return {
        "progressive": progressive,
        "forty scans": good[:-2] + good[first:-2] * 40 + b"\xff\xd9",
        "ten thousand scans of one large picture": huge[:-2] + huge[start:-2] * 10_000 + b"\xff\xd9",
        "six scans of one large picture": huge[:-2] + huge[start:-2] * 6 + b"\xff\xd9",
    }


def _of_other_kinds(picture: Pillow.Image) -> dict[str, bytes]:
    sixteen = np.asarray(picture.convert("L")).astype(np.uint16) * 257
    palette, small = picture.convert("P"), picture.resize((64, 64))
    return {
        "png bomb, 9 megapixels": _png_bomb(3000, 3000),
        "png bomb, 900 megapixels": _png_claiming(30_000, 30_000),
        "png, 16 bit": encoded(Pillow.fromarray(sixteen), "PNG"),
        "png, transparent": encoded(picture.convert("RGBA"), "PNG"),
        "png, palette": encoded(palette, "PNG"),
        "png, 20 MB of text": _png_text_bomb(encoded(small, "PNG")),
        "gif, moving": encoded(palette, "GIF", save_all=True, append_images=[palette] * 4),
        "webp, moving": encoded(small, "WEBP", save_all=True, append_images=[small.rotate(9)] * 5),
        "tiff of 256 megapixels": encoded(Pillow.new("1", (16_000, 16_000)), "TIFF", compression="group4"),
    }


def _unusual(picture: Pillow.Image, good: bytes) -> dict[str, bytes]:
    return {
        "cmyk": encoded(picture.convert("CMYK"), "JPEG"),
        "gray": encoded(picture.convert("L"), "JPEG"),
        "exif 6": with_orientation(encoded(picture.transpose(Pillow.Transpose.ROTATE_90), "JPEG"), 6),
        "1x1": encoded(picture.resize((1, 1)), "JPEG"),
        "20000x1": encoded(picture.resize((20_000, 1)), "JPEG"),
        "1x20000": encoded(picture.resize((1, 20_000)), "JPEG"),
        "no tables": _without(good, 0xDB),
        "no codes": _without(good, 0xC4),
    }


def _segment(marker: int, payload: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(payload) + 2) + payload


def _exif_loop() -> bytes:
    """4,000 entries, and the next directory is this one again."""
    entries = struct.pack("<HHIHH", 0x0112, 3, 1, 6, 0) * 4000
    tiff = b"II*\x00" + struct.pack("<I", 8) + struct.pack("<H", 4000) + entries + struct.pack("<I", 8)
    return _segment(0xE1, b"Exif\x00\x00" + tiff)


def _with_restart_interval(good: bytes, interval: int) -> bytes:
    """Say that the pixels restart every few blocks, which they do not; with some markers thrown in."""
    start = good.index(b"\xff\xda")
    pixels = start + 2 + struct.unpack_from(">H", good, start + 2)[0]
    pieces = [good[at : at + 997] for at in range(pixels, len(good) - 2, 997)]
    restarted = b"".join(piece + bytes([0xFF, 0xD0 + nth % 8]) for nth, piece in enumerate(pieces))
    return good[:start] + _segment(0xDD, struct.pack(">H", interval)) + good[start:pixels] + restarted + b"\xff\xd9"


def _without(good: bytes, marker: int) -> bytes:
    """Leave out the segments of one kind."""
    out, at = bytearray(good[:2]), 2
    while good[at + 1] != 0xDA:
        length = 2 + struct.unpack_from(">H", good, at + 2)[0]
        out += b"" if good[at + 1] == marker else good[at : at + length]
        at += length
    return bytes(out) + good[at:]


def _chunk(kind: bytes, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload)) + kind + payload + struct.pack(">I", zlib.crc32(kind + payload))


def _png_bomb(width: int, height: int) -> bytes:
    return _png(width, height, zlib.compress(bytes(1 + width) * height, 9))


def _png_claiming(width: int, height: int) -> bytes:
    return _png(width, height, zlib.compress(bytes(100), 9))


def _png(width: int, height: int, pixels: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")


def _png_text_bomb(png: bytes) -> bytes:
    return png[:33] + _chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(20_000_000), 9)) + png[33:]


def _bytes_changed(good: bytearray, dice: random.Random) -> bytes:
    for _ in range(dice.choice((1, 5, 50, 500))):
        good[dice.randrange(2, len(good))] = dice.randrange(256)
    return bytes(good)


def _bits_flipped(good: bytearray, dice: random.Random) -> bytes:
    for _ in range(dice.choice((1, 20, 200))):
        good[dice.randrange(_HEAD, len(good))] ^= 1 << dice.randrange(8)
    return bytes(good)


def _cut_out(good: bytearray, dice: random.Random) -> bytes:
    start = dice.randrange(_HEAD, len(good) - 64)
    del good[start : start + dice.choice((1, 64, 2048))]
    return bytes(good)


def _doubled(good: bytearray, dice: random.Random) -> bytes:
    start = dice.randrange(_HEAD, len(good) - 64)
    return bytes(good[: start + 2048] + good[start:])


def _zeroed(good: bytearray, dice: random.Random) -> bytes:
    start, length = dice.randrange(_HEAD, len(good) - 64), dice.choice((16, 512, 4096))
    length = min(length, len(good) - 2 - start)
    good[start : start + length] = bytes(length)
    return bytes(good)


def _header_hit(good: bytearray, dice: random.Random) -> bytes:
    for _ in range(dice.choice((1, 2, 4))):
        good[dice.randrange(3, _HEAD)] = dice.randrange(256)
    return bytes(good)


def _ended_early(good: bytearray, dice: random.Random) -> bytes:
    return bytes(good[: dice.randrange(_HEAD, len(good))]) + b"\xff\xd9"
