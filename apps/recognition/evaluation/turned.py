"""What several turns of the head are worth as references: one frontal photo beside all of them, by how probes turn."""

from dataclasses import dataclass
from pathlib import Path

from ..photos import Photo
from ..shapes import Purpose
from .breakdown import Part
from .looking import Looker

FRONTAL = "frontal"


@dataclass(frozen=True)
class ByTurn:
    """One way of enrolling: single photos to be found, told apart by how far the head is turned."""

    references: str
    parts: list[Part]

    def as_json(self) -> dict[str, object]:
        return {"references": self.references, "parts": [part.as_json() for part in self.parts]}


def most_frontal(looker: Looker, people: dict[str, list[Photo]]) -> dict[str, list[Photo]]:
    """Keep of each one's enrollment photos the usable one that looks straightest."""
    return {name: sorted(photos, key=lambda photo: _aside(looker, photo.path))[:1] for name, photos in people.items()}


def _aside(looker: Looker, photo: Path) -> float:
    seen = looker.look(photo, Purpose.ENROLL)
    return abs(seen.quality.pose.yaw) if seen.vector is not None and seen.quality else float("inf")
