"""Where the lines lie between unknown, "are you …?" and accepted: data of an engine, by size of the gallery."""

import math
from dataclasses import dataclass

from .shapes import Target, Thresholds

_SMALLEST_MEASURED_GALLERY = 5


@dataclass(frozen=True)
class Line:
    """A threshold that rises with the logarithm of the gallery: more people, more look-alikes."""

    base: float
    per_tenfold: float
    floor: float = -1.0

    def at(self, people: int) -> float:
        tenfolds = math.log10(max(people, _SMALLEST_MEASURED_GALLERY))
        return max(self.floor, self.base + self.per_tenfold * tenfolds)


@dataclass(frozen=True)
class Calibration:
    """The lines of one engine, and where they come from."""

    confirm: Line
    accept: Line | None
    """None: nobody measured this engine's real weights, so every match is confirmed by the person."""
    provenance: str

    def at(self, people: int, target: Target = Target.ONE) -> Thresholds:
        """Return both thresholds for a gallery of so many people."""
        confirm = self.confirm.at(people)
        accept = None if self.accept is None else max(confirm, self.accept.at(people))
        return Thresholds(confirm, accept)
