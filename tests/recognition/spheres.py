"""People made of numbers: unit vectors whose rate of false matches is known, or can be counted exactly."""

from dataclasses import dataclass

import numpy as np

from apps.recognition.calibration.fitting import Comparisons
from apps.recognition.matching import unit
from apps.recognition.shapes import Matrix

PEOPLE, STRANGERS = 100, 300


@dataclass(frozen=True)
class Sphere:
    """Where people lie: anywhere on the sphere, or as a von Mises-Fisher cloud around one direction."""

    dimension: int
    concentration: float = 0.0
    """How long the common direction is against noise of length one: 2.4 makes strangers .85 alike, as dlib's are."""

    def people(self, rng: np.random.Generator, count: int) -> Matrix:
        noise = rng.standard_normal((count, self.dimension)).astype(np.float32) / np.sqrt(np.float32(self.dimension))
        noise[:, 0] += self.concentration
        return unit(noise)

    def compared(self, seed: int, people: int = PEOPLE, strangers: int = STRANGERS) -> Comparisons:
        """What a calibration is made from."""
        rng = np.random.default_rng(seed)
        known, unknown = self.people(rng, people), self.people(rng, strangers)
        names = [f"person {one}" for one in range(people)]
        return Comparisons(unknown @ known.T, [f"stranger {one}" for one in range(strangers)], names)

    def fpir(self, rng: np.random.Generator, line: float, people: int, searches: int) -> float:
        """The share of so many strangers who are taken for one of so many people at this line."""
        gallery = self.people(rng, people)
        named = sum(
            int(((self.people(rng, min(500, searches)) @ gallery.T).max(axis=1) >= line).sum())
            for _ in range(0, searches, 500)
        )
        return named / searches


UNIFORM = Sphere(128)
NARROW = Sphere(128, concentration=2.4)
