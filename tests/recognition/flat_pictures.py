"""A flat photo of a person, tilted or bent before the camera by hand: pixels, so that detectors err as they do."""

from math import cos, radians, sin
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from apps.recognition.shapes import Box, Image

TILTS: Final = (
    *((yaw, 0) for yaw in (-55, -45, -40, -30, -20, -10, 10, 20, 30, 40, 45, 55)),
    *((0, pitch) for pitch in (-55, -45, -40, -30, -20, 20, 30, 40, 45, 55)),
    *((yaw, pitch) for yaw in (-40, -25, 25, 40) for pitch in (-25, 25)),
)
"""Degrees about the upright and the level axis."""
_DISTANCE: Final = 2.0
"""Of the camera, in widths of the photo."""
_GREY: Final = (120, 120, 120)


def tilted(photo: Image, yaw: float, pitch: float) -> Image:
    """The photo held flat."""
    height, width = photo.shape[:2]
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], np.float64) * [width / 2, height / 2]
    placed = _seen(np.column_stack([corners, np.zeros(4)]), yaw, pitch, (width, height))
    whole = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    onto = cv2.getPerspectiveTransform(whole, placed.astype(np.float32))
    return np.asarray(cv2.warpPerspective(photo, onto, (width, height), borderValue=_GREY), dtype=np.uint8)


def bent(photo: Image, yaw: float, pitch: float, degrees: float) -> Image:
    """The photo bent like a sheet rolled about the upright axis, its middle towards the camera, then turned."""
    height, width = photo.shape[:2]
    columns = np.linspace(0, width, 33)
    radius = width / radians(degrees)
    angle = (columns - width / 2) / radius
    out = np.full_like(photo, _GREY[0])
    strips = list(zip(columns, columns[1:], angle, angle[1:], strict=False))
    for left, right, start, end in sorted(strips, key=lambda strip: -_depth(strip, radius, yaw)):
        _paint(out, photo, (left, right), _edges((start, end), radius, height), (yaw, pitch))
    return out


def on_a_phone(picture: Image, face: Box) -> Image:
    """A frame played on an upright phone before a grey wall: its edges, a glare, the stripes of screen on sensor.

    Our own rendering, as the synthetic clips are: what is caught of it is no APCER.
    """
    height, width = picture.shape[:2]
    x, y, face_width, face_height = face
    half = min(face_width * 0.85, width / 2)
    left = int(np.clip(x + face_width / 2 - half, 0, width - 2 * half))
    tall = min(height, int(2.6 * half))
    top = int(np.clip(y + face_height / 2 - tall / 2, 0, height - tall))
    screen = picture[top : top + tall, left : left + int(2 * half)]
    scale = min(430 / tall, 1.2)
    shown = _lit(np.asarray(cv2.resize(screen, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8))
    out = np.tile(np.linspace(90, 150, width, dtype=np.float32)[None, :, None], (height, 1, 3))
    at_x, at_y = (width - shown.shape[1]) // 2, (height - shown.shape[0]) // 2
    cv2.rectangle(out, (at_x - 9, 0), (at_x + shown.shape[1] + 8, height), (14, 14, 16), -1)
    out[at_y : at_y + shown.shape[0], at_x : at_x + shown.shape[1]] = shown
    grain = np.random.default_rng(5).normal(0, 3, out.shape)
    return np.asarray(np.clip(out + grain, 0, 255), dtype=np.uint8)


def _lit(screen: Image) -> NDArray[np.float32]:
    down, aside = np.mgrid[: screen.shape[0], : screen.shape[1]].astype(np.float32)
    stripes = np.stack([np.sin(2 * np.pi * (aside / 7 + down / 40) + shift) for shift in (0, 2.1, 4.2)], axis=2)
    glare = 70 * np.exp(-(((aside / screen.shape[1] - 0.8) ** 2 + (down / screen.shape[0] - 0.15) ** 2) / 0.02))
    return np.asarray(np.clip(screen * 0.82 + 12 + 11 * stripes + glare[:, :, None], 0, 255), np.float32)


def _depth(strip: tuple[float, float, float, float], radius: float, yaw: float) -> float:
    middle = (strip[2] + strip[3]) / 2
    return float(-sin(radians(yaw)) * radius * sin(middle) + cos(radians(yaw)) * radius * (1 - cos(middle)))


def _edges(angles: tuple[float, float], radius: float, height: float) -> NDArray[np.float64]:
    """The four corners of a strip in space, clockwise from its upper left."""
    start, end = ((radius * sin(angle), radius * (1 - cos(angle))) for angle in angles)
    above, below = -height / 2, height / 2
    return np.array(
        [[start[0], above, start[1]], [end[0], above, end[1]], [end[0], below, end[1]], [start[0], below, start[1]]]
    )


def _paint(
    out: Image, photo: Image, columns: tuple[float, float], corners: NDArray[np.float64], turn: tuple[float, float]
) -> None:
    height, width = photo.shape[:2]
    placed = _seen(corners, *turn, (width, height))
    first = np.clip(np.floor(placed.min(axis=0)), 0, (width, height)).astype(int)
    last = np.clip(np.ceil(placed.max(axis=0)) + 1, 0, (width, height)).astype(int)
    if (last <= first).any():
        return
    (left, right), within = columns, (placed - first).astype(np.float32)
    source = np.array([[left, 0], [right, 0], [right, height], [left, height]], np.float32)
    span = (int(last[0] - first[0]), int(last[1] - first[1]))
    warped = cv2.warpPerspective(photo, cv2.getPerspectiveTransform(source, within), span)
    mask = np.zeros((span[1], span[0]), np.uint8)
    cv2.fillConvexPoly(mask, np.round(within).astype(np.int32), 255)
    out[first[1] : last[1], first[0] : last[0]][mask > 0] = warped[mask > 0]


def _seen(points: NDArray[np.float64], yaw: float, pitch: float, size: tuple[int, int]) -> NDArray[np.float64]:
    """Pixels (n, 2) of points (n, 3) in space, turned and seen in perspective."""
    a, b = radians(yaw), radians(pitch)
    about_y = np.array([[cos(a), 0, sin(a)], [0, 1, 0], [-sin(a), 0, cos(a)]])
    about_x = np.array([[1, 0, 0], [0, cos(b), -sin(b)], [0, sin(b), cos(b)]])
    turned = points @ (about_x @ about_y).T
    focal = size[0] * _DISTANCE
    return np.asarray(turned[:, :2] * (focal / (focal + turned[:, 2:])) + np.array(size) / 2)
