"""References out of a guided enrollment's clip: the sharpest frame of each turn of the head, the middle among them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from ..engine import Engine
from ..pose import bin_of
from ..shapes import Image, Pose, Probe, Purpose, Vector
from .looking import Looker
from .references import Gallery

SUFFIXES = {".mjpeg", ".mjpg", ".mp4", ".avi", ".mov", ".webm", ".mkv"}
MOST_FRAMES = 24
LONGEST = 900
"""Frames, half a minute: what follows is not read, or a long film would fill the memory."""
MIDDLE = -1


@dataclass(frozen=True, eq=False)
class Guided:
    """What a clip gave."""

    person: str
    template: Vector
    turns: tuple[int, ...]
    """The steps of the head circle that were filled, 0 to 7; MIDDLE is looking straight."""


def clips_below(folder: Path) -> dict[str, Path]:
    """Return the clips by person: PERSON.mjpeg, or the only clips in a folder of that name."""
    found: dict[str, Path] = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in SUFFIXES:
            found.setdefault(path.stem if path.parent == folder else path.parent.name, path)
    return found


def guided(looker: Looker, engine: Engine, person: str, clip: Path) -> Guided | None:
    """Make a template of a clip; None where no frame of it could be enrolled."""
    probes = [seen for image in frames_of(clip) if isinstance(seen := engine.see(image, Purpose.ENROLL), Probe)]
    if not probes:
        return None
    middle = _middle(probes)
    best: dict[int, Probe] = {}
    for probe in probes:
        turn = bin_of(probe.quality.pose, middle)
        place = MIDDLE if turn is None else turn
        if place not in best or probe.quality.sharpness > best[place].quality.sharpness:
            best[place] = probe
    vectors = np.stack([probe.vector for probe in best.values()])
    return Guided(person, looker.sight.combine(vectors), tuple(sorted(best)))


def with_clips(gallery: Gallery, made: list[Guided]) -> Gallery:
    """Return the gallery with these people's templates taken from their clips."""
    templates = np.array(gallery.templates)
    for one in made:
        templates[gallery.names.index(one.person)] = one.template
    return replace(gallery, templates=templates)


def frames_of(clip: Path, most: int = MOST_FRAMES) -> Iterator[Image]:
    """At most so many frames of a clip, RGB, evenly spread; none of a file that is no clip."""
    frames = list(_all_frames(clip))
    for place in sorted({round(at) for at in np.linspace(0, len(frames) - 1, min(most, len(frames)))}):
        yield np.asarray(cv2.cvtColor(frames[place], cv2.COLOR_BGR2RGB), dtype=np.uint8)


def _all_frames(clip: Path) -> Iterator[Image]:
    """BGR."""
    video = cv2.VideoCapture(str(clip))
    try:
        for _ in range(LONGEST):
            there, frame = video.read()
            if not there:
                return
            yield np.asarray(frame, dtype=np.uint8)
    finally:
        video.release()


def _middle(probes: list[Probe]) -> Pose:
    """How this person looks straight: the median of the frames, for an enrollment starts and ends in the middle."""
    poses = np.array([[one.quality.pose.yaw, one.quality.pose.pitch, one.quality.pose.roll] for one in probes])
    yaw, pitch, roll = (float(angle) for angle in np.median(poses, axis=0))
    return Pose(yaw, pitch, roll)
