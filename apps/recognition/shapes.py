"""The values that recognition passes around: pictures, faces, vectors, and what was made of them."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""(H, W, 3) RGB pixels, C-contiguous."""

Points = NDArray[np.float32]
"""(5, 2) pixels x, y: image-left eye, image-right eye, nose, image-left and image-right mouth corner."""

Vector = NDArray[np.float32]
"""(D,) of unit length."""

Matrix = NDArray[np.float32]
"""(N, D), each row of unit length."""

RefusalCode = Literal["no_face", "two_faces", "too_small", "blurred", "too_dark", "too_bright", "cut_off"]


class Purpose(StrEnum):
    """What a frame is looked at for: an enrolment may be choosier and slower than a punch."""

    PUNCH = "punch"
    ENROLL = "enroll"


@dataclass(frozen=True)
class Face:
    """One detected face, in pixels of the frame it was found in."""

    box: tuple[float, float, float, float]
    """x, y, width, height; may reach over the frame's edge."""
    score: float
    points: Points

    @property
    def area(self) -> float:
        return self.box[2] * self.box[3]


@dataclass(frozen=True)
class Quality:
    """What the gate measured, kept so that a refusal can be explained and tuned."""

    face_px: float
    """Width of the box in pixels."""
    sharpness: float
    """Variance of the Laplacian of the luma of the face, scaled to 112 px wide."""
    luma: float
    """Mean luma of the face, 0..255."""
    inside: float
    """Share of the box that lies inside the frame, 0..1."""


@dataclass(frozen=True)
class Probe:
    """A face as the engine sees it: the vector just taken, never the picture."""

    vector: Vector
    space: str
    """Vectors of different spaces are never compared."""
    face: Face
    quality: Quality


@dataclass(frozen=True)
class Refusal:
    """A frame that gave no probe: a result, shown to the person in plain words."""

    code: RefusalCode
    hint: str


@dataclass(frozen=True)
class Candidate:
    """One row of a gallery and how near it is to the probe."""

    row: int
    similarity: float


@dataclass(frozen=True)
class Thresholds:
    """Similarities from which an approach is asked about (confirm) or let through (accept)."""

    confirm: float
    accept: float | None
    """None: the engine is not calibrated, every match must be confirmed."""
