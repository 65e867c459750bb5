import time
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.recognition.decoding import FRAME_LIMITS, decode_frame, decode_photo
from apps.recognition.errors import FrameRefused
from apps.recognition.shapes import Image

from .pictures import claiming_size, jpeg, noise, png, with_orientation

GOOD = jpeg(noise())


def refusal_of(frame: bytes) -> FrameRefused:
    with pytest.raises(FrameRefused) as caught:
        decode_frame(frame)
    return caught.value


def halves() -> Image:
    """Left half black, right half white."""
    image = np.zeros((64, 96, 3), np.uint8)
    image[:, 48:] = 255
    return image


def test_it_decodes_a_frame() -> None:
    assert decode_frame(GOOD).shape == (48, 64, 3)


def test_it_gives_red_first() -> None:
    red = np.zeros((16, 16, 3), np.uint8)
    red[..., 0] = 255
    assert decode_frame(jpeg(red))[8, 8, 0] > 200


def test_it_decodes_a_progressive_frame() -> None:
    assert decode_frame(jpeg(noise(), progressive=True)).shape == (48, 64, 3)


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (b"", "empty_frame"),
        (b"\xff", "not_jpeg"),
        (b"GIF89a" + bytes(100), "not_jpeg"),
        (png(noise()), "not_jpeg"),
        (GOOD[:3], "truncated"),
        (GOOD[:100], "truncated"),
        (GOOD[: len(GOOD) // 2], "truncated"),
        (GOOD[:-2], "truncated"),
        (GOOD + bytes(FRAME_LIMITS.size), "frame_too_large"),
        (claiming_size(GOOD, 60000, 60000), "too_many_pixels"),
        (claiming_size(GOOD, 0, 48), "undecodable"),
        (b"\xff\xd8\xff\xe0" + bytes(2000), "undecodable"),
        (b"\xff\xd8\xff" + bytes(2000), "undecodable"),
    ],
)
def test_it_refuses_with_a_code(frame: bytes, code: str) -> None:
    assert refusal_of(frame).code == code


def test_it_says_what_to_do() -> None:
    assert "send it whole" in refusal_of(GOOD[:-2]).message


def test_it_refuses_a_png_bomb_without_unpacking_it() -> None:
    bomb = png(np.zeros((8000, 8000, 3), np.uint8))
    assert refusal_of(bomb[: FRAME_LIMITS.size]).code == "not_jpeg"


def test_it_refuses_a_header_of_huge_size_without_memory() -> None:
    bomb = claiming_size(GOOD, 65000, 65000)
    tracemalloc.start()
    refusal_of(bomb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000


def test_it_refuses_a_picture_of_very_many_scans() -> None:
    start = GOOD.index(b"\xff\xda")
    assert refusal_of(GOOD[:-2] + GOOD[start:-2] * 40 + b"\xff\xd9").code == "undecodable"


def test_it_is_quick_with_the_worst_frame_it_accepts() -> None:
    worst = jpeg(np.zeros((1080, 1920, 3), np.uint8), progressive=True)
    started = time.perf_counter()
    decode_frame(worst)
    assert time.perf_counter() - started < 1


def test_it_turns_a_frame_upright() -> None:
    upright = decode_frame(with_orientation(jpeg(halves()), 6))
    assert upright.shape == (96, 64, 3)
    assert upright[:40].mean() < 10 < 245 < upright[56:].mean()


def test_it_reads_past_an_embedded_thumbnail() -> None:
    thumbnail = jpeg(noise(8, 8))
    segment = b"\xff\xe2" + (len(thumbnail) + 2).to_bytes(2, "big") + thumbnail
    assert decode_frame(GOOD[:2] + segment + GOOD[2:]).shape == (48, 64, 3)


def test_it_does_not_take_the_end_of_a_thumbnail_for_the_end_of_the_frame() -> None:
    thumbnail = jpeg(noise(8, 8))
    segment = b"\xff\xe2" + (len(thumbnail) + 2).to_bytes(2, "big") + thumbnail
    assert refusal_of((GOOD[:2] + segment + GOOD[2:])[:-2]).code == "truncated"


def test_it_takes_a_photo_larger_than_a_frame() -> None:
    large = jpeg(noise(1500, 2000), 60)
    assert refusal_of(large).code == "frame_too_large"
    assert decode_photo(large).shape == (1500, 2000, 3)


def test_it_keeps_to_a_smaller_limit_when_asked() -> None:
    with pytest.raises(FrameRefused, match="at most 100"):
        decode_frame(GOOD, max_bytes=100)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(GOOD) - 1), st.integers(0, 255))
def test_it_answers_any_damaged_byte_with_pixels_or_a_code(position: int, value: int) -> None:
    damaged = GOOD[:position] + bytes([value]) + GOOD[position + 1 :]
    try:
        image = decode_frame(damaged)
    except FrameRefused as refusal:
        assert refusal.code
    else:
        assert image.ndim == 3


@given(st.binary(max_size=300))
def test_it_never_accepts_noise_after_the_magic(tail: bytes) -> None:
    with pytest.raises(FrameRefused):
        decode_frame(b"\xff\xd8\xff" + tail)
