"""The lines of an engine that nobody has calibrated here: an author's figure, raised with the size of the gallery."""

import math
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from .shapes import Target, Thresholds

_SMALLEST_MEASURED_GALLERY = 5


class Lines(Protocol):
    """What an engine's lines come from: a calibration that was measured, or a provisional one."""

    @property
    def calibrated(self) -> bool:
        """False: every match must be confirmed by the person."""

    @property
    def since(self) -> date | None:
        """The day it was measured."""

    @property
    def provenance(self) -> str: ...

    def at(self, people: int, target: Target = Target.ONE) -> Thresholds:
        """Return the lines for a gallery of so many people and a target; more people never lower one."""


@dataclass(frozen=True)
class Line:
    """A threshold that rises with the logarithm of the gallery: more people, more look-alikes."""

    base: float
    per_tenfold: float
    floor: float = -1.0

    def at(self, people: float) -> float:
        tenfolds = math.log10(max(people, _SMALLEST_MEASURED_GALLERY))
        return max(self.floor, self.base + self.per_tenfold * tenfolds)


@dataclass(frozen=True)
class Calibration:
    """Provisional lines, and what any calibration of this engine takes over from its entry."""

    confirm: Line
    """For the target of 1 %; a tenth of it counts as a tenfold gallery."""
    provenance: str
    margin: float = 0.06
    """How far the second-best person must stay behind: twins, whose references are .95 alike, never do.
    A space of fewer dimensions needs more: what a frame says of two such references differs by chance."""
    floor: float = -1.0
    """Nobody is let through unasked below it, however few are enrolled and whatever was measured."""

    @property
    def calibrated(self) -> bool:
        return False

    @property
    def since(self) -> date | None:
        return None

    def at(self, people: int, target: Target = Target.ONE) -> Thresholds:
        """Return the line to ask from; without a measurement none to be let through."""
        stricter = Target.ONE.share / target.share
        return Thresholds(self.confirm.at(max(people, _SMALLEST_MEASURED_GALLERY) * stricter), None, self.margin)
