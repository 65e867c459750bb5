"""A hint that something hides the eyes or the mouth: their light, colour and edges against forehead and cheeks.

A hint, not a proof. It was fitted to sunglasses and masks that were drawn onto photos; worn ones were not measured.
"""

from dataclasses import dataclass
from math import exp, log
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from .alignment import similarity
from .shapes import Image, Points

CHIP: Final = 64
"""Side of the small upright face that is looked at, in pixels."""
CHIP_POINTS: Final = np.array([[20, 24], [44, 24], [32, 36], [23, 48], [41, 48]], np.float32)

Measures = NDArray[np.float32]

_REGIONS: Final[tuple[tuple[slice, slice], ...]] = (
    (slice(18, 30), slice(13, 27)),  # the eyes
    (slice(18, 30), slice(37, 51)),
    (slice(34, 43), slice(11, 22)),  # the cheeks
    (slice(34, 43), slice(42, 53)),
    (slice(26, 38), slice(28, 36)),  # the nose
    (slice(6, 14), slice(22, 42)),  # the forehead
    (slice(44, 54), slice(22, 42)),  # the mouth
    (slice(56, 63), slice(24, 40)),  # the chin
)


def _masks(regions: tuple[tuple[slice, slice], ...]) -> NDArray[np.float32]:
    """(CHIP², regions): a plane of the chip times this gives the mean of each region."""
    masks = np.zeros((len(regions), CHIP, CHIP), np.float32)
    for mask, region in zip(masks, regions, strict=True):
        mask[region] = 1
    return np.ascontiguousarray((masks / masks.sum(axis=(1, 2), keepdims=True)).reshape(len(regions), -1).T)


_MEAN_OF: Final = _masks(_REGIONS)


@dataclass(frozen=True)
class Sign:
    """A logistic regression: what speaks for a cover, by measure, and from where it counts."""

    weights: Measures
    offset: float


# `python -m tests.recognition.fit_occlusion`: LFW, 1,100 photos as they are and with drawn masks and sunglasses,
# fitted on half of the people, the rates counted on the others (test_occlusion.py prints them).
EYES: Final = Sign(np.array([-2.75, -2.62, 11.0, -23.54], np.float32), -4.33)
MOUTH: Final = Sign(np.array([4.31, -6.55, -49.57, -10.99], np.float32), 2.55)


def covered(image: Image, points: Points) -> float:
    """Return 0..1: how much the eyes or the mouth of the face with these five points look covered."""
    chip = upright(image, points)
    if not chip.any():
        return 0.0
    eyes, mouth = measures(chip)
    return max(_likelihood(EYES, eyes), _likelihood(MOUTH, mouth))


def upright(image: Image, points: Points) -> Image:
    """Cut the face out upright: (CHIP, CHIP, 3) RGB."""
    place = similarity(points, CHIP_POINTS)
    return np.asarray(cv2.warpAffine(image, place, (CHIP, CHIP), flags=cv2.INTER_LINEAR), dtype=np.uint8)


def measures(chip: Image) -> tuple[Measures, Measures]:
    """Return what EYES and MOUTH weigh, four numbers each, of a chip (CHIP, CHIP, 3)."""
    luma = cv2.cvtColor(chip, cv2.COLOR_RGB2GRAY).astype(np.float32)
    steps = np.zeros_like(luma)
    steps[:-1] = np.abs(luma[1:] - luma[:-1])
    light, squares, edges = np.stack([luma, luma * luma, steps]).reshape(3, -1) @ _MEAN_OF
    red, green, blue = chip.reshape(-1, 3).T.astype(np.float32) @ _MEAN_OF
    redness = (red - green) / (red + green + blue + 20)
    eye, cheek = (light[:4].reshape(2, 2).mean(axis=1) + 10).tolist()
    nose, forehead, mouth, chin = (light[4:] + 10).tolist()
    deviation = float(np.sqrt(np.maximum(squares[:2] - light[:2] ** 2, 0)).mean())
    eyes = [log(eye / cheek), log(eye / forehead), deviation / cheek, float(edges[:2].mean()) / cheek]
    lower = [
        abs(log(mouth) - (log(forehead) + log(nose)) / 2),
        float(redness[6] - redness[5]),
        float(edges[6]) / mouth,
        float(edges[7]) / chin,
    ]
    return np.array(eyes, np.float32), np.array(lower, np.float32)


def _likelihood(sign: Sign, measured: Measures) -> float:
    return 1 / (1 + exp(-float(np.clip(sign.weights @ measured + sign.offset, -30, 30))))
