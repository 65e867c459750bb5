"""How likely two different people are to reach a score: three curves over the share, from tenths to billionths."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Curve = NDArray[np.float64]

STEPS: Curve = np.arange(10, 121) / 10
"""The curves' places: minus the decimal logarithm of the share of comparisons, 0.1 down to 1e-12."""


@dataclass(frozen=True)
class Rate:
    """A share, 0..1, as the best estimate and as the 95 % interval around it."""

    expected: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Tail:
    """The scores that a share 10**-STEPS[i] of all comparisons of two different people reaches or passes.

    `expected` is the best estimate; `low` and `high` hold 95 % of what other people of the same kind would have shown.
    Each curve rises, so no line falls when people join or the target gets stricter.
    """

    expected: Curve
    low: Curve
    high: Curve

    def __post_init__(self) -> None:
        """Raises ValueError for curves that are not whole, not finite, or fall."""
        for curve in (self.expected, self.low, self.high):
            if curve.shape != STEPS.shape or not np.isfinite(curve).all() or (np.diff(curve) < 0).any():
                raise ValueError("a curve of a calibration is damaged")

    def line(self, people: int, share: float) -> float:
        """The score that a stranger's best of `people` reaches with at most the chance `share`, by the upper bound.

        No use is made of people resembling each other: their chances are joined as if they were independent, which
        states too much rather than too little.
        """
        step = -math.log10(-math.expm1(math.log1p(-share) / people))
        return float(np.interp(step, STEPS, self.high))

    def rate(self, score: float, people: int) -> Rate:
        """The share of strangers whose best of `people` reaches this score (FPIR)."""
        return Rate(*(_of_any(_share(curve, score), people) for curve in (self.expected, self.low, self.high)))


def _share(curve: Curve, score: float) -> float:
    """The share that reaches this score; none beyond the curve's end."""
    if score > curve[-1]:
        return 0.0
    return float(np.power(10.0, -np.interp(score, curve, STEPS)))


def _of_any(share: float, people: int) -> float:
    return -math.expm1(people * math.log1p(-min(share, 0.999)))
