"""Shares with what they may truly be: Clopper and Pearson's interval, and one with people resampled."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest

Interval = tuple[float, float]
FEW = 30
"""A share of fewer is told with a warning: one more or less moves it by more than three points."""


def clopper_pearson(hits: int, of: int, confidence: float = 0.95) -> Interval:
    """Return the exact (conservative) interval of a share; (0, 1) where nothing was counted."""
    if of == 0:
        return 0.0, 1.0
    found = binomtest(hits, of).proportion_ci(confidence_level=confidence, method="exact")
    return float(found.low), float(found.high)


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    hits: int
    of: int

    @property
    def value(self) -> float:
        """0..1; 0 of nothing is 0."""
        return self.hits / self.of if self.of else 0.0

    @property
    def interval(self) -> Interval:
        """95 %, Clopper-Pearson: it takes the tries for independent."""
        return clopper_pearson(self.hits, self.of)

    @property
    def few(self) -> bool:
        return self.of < FEW

    def as_json(self) -> dict[str, object]:
        return {"hits": self.hits, "of": self.of, "share": self.value, "interval": list(self.interval)}


def people_resampled(hits: Sequence[int], tries: Sequence[int], rounds: int = 2000, seed: int = 7) -> Interval:
    """Return the 95 % interval of a pooled share when people are drawn anew, each with all their tries.

    `hits[i]` of `tries[i]` are person i's: tries of one person are alike, and counting each as its own would promise
    too much. (0, 1) where nothing was counted.
    """
    won, of = np.asarray(hits, float), np.asarray(tries, float)
    if of.sum() == 0:
        return 0.0, 1.0
    drawn = np.random.default_rng(seed).integers(0, len(of), (rounds, len(of)))
    shares = won[drawn].sum(axis=1) / np.maximum(of[drawn].sum(axis=1), 1)
    low, high = np.quantile(shares, [0.025, 0.975])
    return float(low), float(high)
