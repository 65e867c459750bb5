"""What an engine is made of, as values: how it detects, how it aligns, what its network wants. Data only."""

from dataclasses import dataclass
from typing import Literal

DetectorName = Literal["mtcnn", "yunet", "retinaface"]
EmbedderName = Literal["dlib", "arcface", "sface", "w600k-r50"]
AlignerName = Literal["dlib-points", "arcface-points"]
RecipeName = Literal["single", "mirrored", "twenty-two"]
TemplateName = Literal["dlib-150", "arcface-112"]
Backend = Literal["onnx", "tensorflow"]
Runtime = Literal["converted", "deepface", "graph"]
"""converted: from a package's own format; deepface: its graph or its model object, by back end; graph: as published."""


@dataclass(frozen=True)
class Look:
    """How hard a detector looks."""

    side: int
    """The frame is shrunk to fit a square of so many pixels."""
    score: float
    smallest_face: int = 24
    """Pixels of the shrunken frame; only MTCNN asks, the others' sizes are in their anchors."""


@dataclass(frozen=True)
class Gate:
    """A small detector in front of an expensive one: where it sees nobody, nothing else is run."""

    detectors: tuple[tuple[DetectorName, Look], ...]
    """The first whose files are here; it changes which frames are looked at, never a vector."""


@dataclass(frozen=True)
class BoxShift:
    """How a detector's box becomes the box dlib's own detector would have drawn, in units of its sides."""

    dx: float
    dy: float
    side: float
    """Of the square root of the area."""


@dataclass(frozen=True)
class Preparation:
    """How a network wants its pixels."""

    bgr: bool = False
    mean: float = 0.0
    scale: float = 1.0
    as_bytes: bool = False
    """The network takes uint8 and does the rest itself."""
    channels_first: bool = False


@dataclass(frozen=True)
class Network:
    """An embedder's network."""

    runtime: Runtime
    file: str
    """Of DeepFace's without its ending, which the back end decides."""
    side: int
    """Of the chip, in pixels."""
    template: TemplateName
    pixels: Preparation


@dataclass(frozen=True)
class Licence:
    """What the authors allow."""

    text: str
    limits: str = ""
    """What it forbids, in a sentence; empty where nothing an employer does is forbidden."""

    @property
    def must_be_accepted(self) -> bool:
        """Whether the operator has to say yes before the engine may be fetched, chosen or loaded."""
        return bool(self.limits)
