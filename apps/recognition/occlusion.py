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

_EYES, (_FOREHEAD, _MOUTH, _CHIN) = _REGIONS[:2], _REGIONS[5:]


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
    luma = np.asarray(cv2.cvtColor(chip, cv2.COLOR_RGB2GRAY), np.uint8)
    steps = np.asarray(cv2.absdiff(luma[1:], luma[:-1]), np.uint8)
    *around_eyes, nose, forehead, mouth, chin = (cv2.mean(luma[region])[0] + 10 for region in _REGIONS)
    eye, cheek = sum(around_eyes[:2]) / 2, sum(around_eyes[2:]) / 2
    deviation = sum(float(cv2.meanStdDev(luma[region])[1][0, 0]) for region in _EYES) / 2
    edges = sum(cv2.mean(steps[region])[0] for region in _EYES) / 2
    eyes = [log(eye / cheek), log(eye / forehead), deviation / cheek, edges / cheek]
    lower = [
        abs(log(mouth) - (log(forehead) + log(nose)) / 2),
        _redness(chip[_MOUTH]) - _redness(chip[_FOREHEAD]),
        cv2.mean(steps[_MOUTH])[0] / mouth,
        cv2.mean(steps[_CHIN])[0] / chin,
    ]
    return np.array(eyes, np.float32), np.array(lower, np.float32)


def _redness(part: Image) -> float:
    red, green, blue = cv2.mean(part)[:3]
    return (red - green) / (red + green + blue + 20)


def _likelihood(sign: Sign, measured: Measures) -> float:
    return 1 / (1 + exp(-float(np.clip(sign.weights @ measured + sign.offset, -30, 30))))
