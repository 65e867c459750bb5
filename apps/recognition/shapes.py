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

Box = tuple[float, float, float, float]
"""x, y, width, height in pixels; may reach over the frame's edge."""

RefusalCode = Literal[
    "no_face", "two_faces", "too_small", "blurred", "too_dark", "too_bright", "cut_off", "turned_away", "covered"
]


class Target(StrEnum):
    """The share of strangers, in percent, that a search may take for somebody (FPIR, ISO/IEC 19795)."""

    ONE = "1"
    THIRD = "0.3"
    TENTH = "0.1"

    @property
    def share(self) -> float:
        return float(self.value) / 100


class Purpose(StrEnum):
    """What a frame is looked at for: an enrolment may be choosier and slower than a punch."""

    PUNCH = "punch"
    ENROLL = "enroll"


@dataclass(frozen=True)
class Face:
    """One detected face, in pixels of the frame it was found in."""

    box: Box
    score: float
    points: Points

    @property
    def area(self) -> float:
        return self.box[2] * self.box[3]


@dataclass(frozen=True)
class Pose:
    """How the head is turned, in degrees, from five points."""

    yaw: float
    """Positive: towards the image's left, the subject's right."""
    pitch: float
    """Positive: down. Measured against a mean face, so a person's own centre lies up to some degrees off zero."""
    roll: float
    """Positive: clockwise in the image."""


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
    pose: Pose = Pose(0.0, 0.0, 0.0)
    covered: float = 0.0
    """A hint, 0..1, that mouth or eyes are covered; a poor sign, never a proof."""


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
    face: Face | None = None
    """The face it is about, where there was one."""


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
    margin: float = 0.0
    """How far the second-best person must stay behind, or the approach is ambiguous: a look-alike or a twin."""
