"""What people are enrolled with: plain photos, or the engine's enrollment recipe. And the probes against them."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..photos import Photo, PhotoSet
from ..shapes import Matrix, Purpose, Vector
from .approaches import Scored
from .looking import Looker, Seen

Way = Literal["plain", "guided"]
Say = Callable[[str], object]
RECIPE: dict[Way, Purpose] = {"plain": Purpose.PUNCH, "guided": Purpose.ENROLL}
"""Plain: each photo as a punch would look at it. Guided: as the product enrolls, several warps of each photo."""


@dataclass(frozen=True, eq=False)
class Gallery:
    """The people who could be enrolled, one template each (N, D), and those who could not."""

    names: list[str]
    templates: Matrix
    not_enrolled: list[str]


@dataclass(frozen=True, eq=False)
class Probes:
    """Every photo to be found, then every stranger's, and what was seen in each."""

    photos: list[Photo]
    seen: list[Seen]
    known: list[bool]

    def vectors(self) -> tuple[list[int], Matrix]:
        """Return the places of the usable ones, and their vectors (n, D)."""
        usable = [(place, seen.vector) for place, seen in enumerate(self.seen) if seen.vector is not None]
        rows = [vector for _, vector in usable]
        return [place for place, _ in usable], np.stack(rows) if rows else np.zeros((0, 0), np.float32)

    def only(self, people: Collection[str]) -> "Probes":
        """Keep these people's photos, and every stranger's."""
        kept = [at for at, photo in enumerate(self.photos) if not self.known[at] or photo.person in people]
        photos, seen, known = self.photos, self.seen, self.known
        return Probes([photos[at] for at in kept], [seen[at] for at in kept], [known[at] for at in kept])


def enroll(looker: Looker, people: dict[str, list[Photo]], way: Way, say: Say) -> Gallery:
    """Make each one's template of all their photos; a photo must pass the gate of an enrollment either way."""
    templates: dict[str, Vector] = {}
    not_enrolled: list[str] = []
    for count, (name, photos) in enumerate(people.items(), start=1):
        vectors = [looker.look(photo.path, RECIPE[way], Purpose.ENROLL).vector for photo in photos]
        usable = [vector for vector in vectors if vector is not None]
        if usable:
            templates[name] = looker.sight.combine(np.stack(usable))
        else:
            not_enrolled.append(name)
        _tell(say, f"enrolled ({way})", count, len(people), 50)
    matrix = np.stack(list(templates.values())) if templates else np.zeros((0, 0), np.float32)
    return Gallery(list(templates), matrix, not_enrolled)


def look_at_probes(looker: Looker, photos: PhotoSet, say: Say) -> Probes:
    """Look at each photo as a punch does."""
    everything = [*photos.probes, *photos.strangers]
    seen = list(_looked(looker, everything, say))
    return Probes(everything, seen, [True] * len(photos.probes) + [False] * len(photos.strangers))


def against(looker: Looker, probes: Probes, gallery: Gallery) -> Scored:
    """Compare every probe with everybody; minus infinity where there was no usable face."""
    scores = np.full((len(probes.photos), len(gallery.names)), -np.inf, np.float32)
    rows, vectors = probes.vectors()
    if rows and gallery.names:
        scores[rows] = looker.sight.compare(vectors, gallery.templates)
    owners = tuple(photo.person for photo in probes.photos)
    return Scored(tuple(gallery.names), owners, np.asarray(probes.known, dtype=bool), scores)


def _looked(looker: Looker, photos: list[Photo], say: Say) -> Iterable[Seen]:
    for count, photo in enumerate(photos, start=1):
        yield looker.look(photo.path, Purpose.PUNCH)
        _tell(say, "photos looked at", count, len(photos), 200)


def _tell(say: Say, what: str, count: int, of: int, every: int) -> None:
    if count % every == 0 and count < of:
        say(f"{count} of {of} {what}")
