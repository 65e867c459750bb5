"""How likely two different people are to reach a score: curves over the share, from tenths to less than billionths."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Curve = NDArray[np.float64]

STEPS: Curve = np.arange(10, 121) / 10
"""The curves' places: minus the decimal logarithm of the share of comparisons, 0.1 down to 1e-12."""


@dataclass(frozen=True)
class Rate:
    """A share, 0..1: the best estimate, the 95 % interval around it, and the 95 % bound it lies below."""

    expected: float
    low: float
    bound: float
    high: float


@dataclass(frozen=True, eq=False)
class Tail:
    """The scores that a share 10**-STEPS[i] of all comparisons of two different people reaches or passes.

    `expected` is the best estimate; 95 % of what other people of the same kind would have shown lies from `low` to
    `high`, and 95 % of it up to `bound`. Each curve rises: no line falls when people join or the target gets stricter.
    """

    expected: Curve
    low: Curve
    bound: Curve
    high: Curve

    def __post_init__(self) -> None:
        """Raises ValueError for curves that are not whole, not finite, or fall."""
        for curve in self.curves:
            if curve.shape != STEPS.shape or not np.isfinite(curve).all() or (np.diff(curve) < 0).any():
                raise ValueError("a curve of a calibration is damaged")

    @property
    def curves(self) -> tuple[Curve, Curve, Curve, Curve]:
        return self.expected, self.low, self.bound, self.high

    def line(self, people: int, share: float) -> float:
        """The score that a stranger's best of `people` reaches with at most the chance `share`, by the bound.

        No use is made of people resembling each other: their chances are joined as if they were independent, which
        states too much rather than too little.
        """
        step = -math.log10(-math.expm1(math.log1p(-share) / people))
        return float(np.interp(step, STEPS, self.bound))

    def rate(self, score: float, people: int) -> Rate:
        """The share of strangers whose best of `people` reaches this score (FPIR)."""
        return Rate(*(_of_any(_share(curve, score), people) for curve in self.curves))


def _share(curve: Curve, score: float) -> float:
    """The share that reaches this score; none beyond the curve's end."""
    if score > curve[-1]:
        return 0.0
    return float(np.power(10.0, -np.interp(score, curve, STEPS)))


def _of_any(share: float, people: int) -> float:
    return -math.expm1(people * math.log1p(-min(share, 0.999)))
