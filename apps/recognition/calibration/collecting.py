"""From folders of photos to a calibration: each photo of somebody is compared with everybody else's template."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from .. import quality
from ..decoding import decode_photo
from ..engine import Engine
from ..errors import FrameRefused, RecognitionError
from ..matching import template
from ..registry import Entry, entry_named
from ..shapes import Face, Image, Matrix, Purpose, Vector
from .fitting import Comparisons, fit_tail
from .measured import Measured

PHOTOS = 3
"""So many photos make a person's template; every photo is a probe, for a stranger's look is one photo too."""
LEAST_PEOPLE = 30
LEAST_COMPARED = 100
SUFFIXES = {".jpg", ".jpeg"}
Say = Callable[[str], object]


class NotEnough(RecognitionError):
    """Too few people to say anything about strangers."""


@dataclass(frozen=True, eq=False)
class Collected:
    """What the photos gave: one template a person (N, D), and every usable photo as a probe (P, D)."""

    people: list[str]
    templates: Matrix
    names: list[str]
    probes: Matrix
    unusable: int

    @property
    def strangers(self) -> int:
        return len(set(self.names) - set(self.people))

    def compared(self) -> Comparisons:
        """Every probe against every template."""
        return Comparisons(self.probes @ self.templates.T, self.names, self.people)


def photos_of(folder: Path) -> dict[str, list[Path]]:
    """Return the photos by person: a subfolder is a person, a photo that lies loose is somebody of its own.

    Raises NotEnough if there is no such folder.
    """
    if not folder.is_dir():
        raise NotEnough("folder_missing", f"{folder} is not a folder: give one with a subfolder for each person.")
    found: dict[str, list[Path]] = {}
    for photo in sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES):
        parts = photo.relative_to(folder).parts
        found.setdefault(parts[0] if len(parts) > 1 else photo.stem, []).append(photo)
    return found


def collect(engine: Engine, people: dict[str, list[Path]], strangers: dict[str, list[Path]], say: Say) -> Collected:
    """Look at every photo; who has no usable one is left out. Raises NotEnough, saying how many more are needed.

    Somebody whose name stands among the people is no stranger.
    """
    _require(len(people), len(people | strangers), "photo")
    templates: dict[str, Vector] = {}
    probes: list[tuple[str, Vector]] = []
    everybody = strangers | people
    for count, (name, photos) in enumerate(everybody.items(), start=1):
        faces = [found for photo in photos if (found := _face(engine, photo))]
        probes += [(name, engine.embed(image, face, Purpose.PUNCH)) for image, face in faces]
        if name in people and faces:
            first = [engine.embed(image, face, Purpose.ENROLL) for image, face in faces[:PHOTOS]]
            templates[name] = template(np.stack(first))
        if count % 50 == 0:
            say(f"{count} of {len(everybody)} people")
    names = [name for name, _ in probes]
    _require(len(templates), len(set(names)), "usable photo")
    unusable = sum(map(len, everybody.values())) - len(probes)
    vectors = np.stack([vector for _, vector in probes])
    return Collected(list(templates), np.stack(list(templates.values())), names, vectors, unusable)


def measure(entry: Entry, space: str, collected: Collected, today: date, source: str) -> Measured:
    """Fit the tail of these people's scores; what else holds of the engine is its entry's."""
    compared = collected.compared()
    counted = int(compared.impostors.sum())
    return Measured(
        engine=entry.name,
        space=space,
        made_on=today,
        people=len(collected.people),
        strangers=collected.strangers,
        tail=fit_tail(compared),
        margin=entry.calibration.margin,
        floor=entry.calibration.floor,
        provenance=f"{source}: {len(collected.people)} people, {collected.strangers} strangers, "
        f"{counted} comparisons of a photo with another person",
    )


def _require(people: int, compared: int, of: str) -> None:
    lacking = max(LEAST_PEOPLE - people, LEAST_COMPARED - compared)
    if lacking > 0:
        raise NotEnough(
            "too_few_people",
            f"{people} people with a {of}, {compared} with the strangers: a calibration needs {LEAST_PEOPLE} "
            f"people and {LEAST_COMPARED} in all. Add {lacking} more, as folders or with --strangers.",
        )


def _face(engine: Engine, photo: Path) -> tuple[Image, Face] | None:
    """Return the picture and whom it is about, if a camera's frame of this quality would be looked at."""
    try:
        image = decode_photo(photo.read_bytes())
    except (FrameRefused, OSError):
        return None
    face = quality.principal(engine.faces(image), image)
    if face is None:
        return None
    measured = quality.measure(image, face, entry_named(engine.name).detector)
    return None if quality.judge(measured, Purpose.PUNCH) else (image, face)
