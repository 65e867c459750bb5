"""Errors at every threshold: DET of the search (FPIR against FNIR), ROC of comparisons, counts by similarity."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .approaches import Scored, Scores
from .figures import Answer, threshold_for

MOST_POINTS = 200
BINS = 60
Curve = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class DetPoint:
    """What a threshold costs on both sides."""

    threshold: float
    fpir: float
    fnir: float


@dataclass(frozen=True, slots=True)
class RocPoint:
    """The same of comparisons of two photos."""

    threshold: float
    fmr: float
    tmr: float


@dataclass(frozen=True, eq=False)
class Histogram:
    """Comparisons by similarity, in equal bins; `edges` has one more than the counts."""

    edges: Curve
    genuine: NDArray[np.int64]
    impostor: NDArray[np.int64]


def det(probes: Sequence[Answer], strangers: Sequence[Answer]) -> list[DetPoint]:
    """Follow the threshold over all strangers' similarities; empty without both kinds."""
    if not probes or not strangers:
        return []
    right = np.sort([one.similarity if one.right else -math.inf for one in probes])
    others = np.sort([one.similarity for one in strangers])
    finite = [*others[np.isfinite(others)], *right[np.isfinite(right)]]
    return [
        DetPoint(float(line), _reaching(others, line), 1 - _reaching(right, line)) for line in _lines(np.unique(finite))
    ]


def roc(scored: Scored) -> list[RocPoint]:
    """Follow the threshold over the comparisons of each photo with each template."""
    genuine, impostor = (np.sort(part) for part in comparisons(scored))
    if not len(genuine) or not len(impostor):
        return []
    lines = np.unique(np.concatenate([_spread(genuine), _spread(impostor)]))
    return [RocPoint(float(line), _reaching(impostor, line), _reaching(genuine, line)) for line in _lines(lines)]


def histogram(scored: Scored) -> Histogram | None:
    """Count comparisons of the same person and of two; None where there is one kind only."""
    genuine, impostor = comparisons(scored)
    if not len(genuine) or not len(impostor):
        return None
    lowest, highest = min(genuine.min(), impostor.min()), max(genuine.max(), impostor.max())
    edges = np.linspace(lowest, max(highest, lowest + 1e-6), BINS + 1)
    counts = (np.histogram(part, edges)[0].astype(np.int64) for part in (genuine, impostor))
    return Histogram(edges, *counts)


def comparisons(scored: Scored) -> tuple[Scores, Scores]:
    """Return the similarities of photos with their own template, and with everybody else's."""
    columns = {person: column for column, person in enumerate(scored.people)}
    own = np.zeros(scored.scores.shape, dtype=bool)
    for row, owner in enumerate(scored.owners):
        if scored.known[row] and owner in columns:
            own[row, columns[owner]] = True
    seen = np.isfinite(scored.scores)
    return scored.scores[own & seen], scored.scores[~own & seen]


def line_by_gallery(scored: Scored, fpir: float, lowest: float, draws: int = 20) -> list[tuple[int, float]]:
    """Read the line off the strangers for smaller galleries too: the mean over so many random choices of people."""
    strangers = scored.scores[~scored.known]
    if not len(strangers):
        return []
    rng = np.random.default_rng(3)
    return [
        (size, float(np.mean([_line(strangers, rng, size, fpir, lowest) for _ in range(draws)])))
        for size in _sizes(len(scored.people))
    ]


def _line(strangers: Scores, rng: np.random.Generator, size: int, fpir: float, lowest: float) -> float:
    people = rng.choice(strangers.shape[1], size, replace=False)
    best = strangers[:, people].max(axis=1)
    return threshold_for([Answer(None, None, float(one)) for one in best], fpir, lowest)


def _sizes(people: int) -> list[int]:
    steps = [size for size in (5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000) if size < people]
    return [*steps, people] if people else []


def _reaching(rising: Curve | Scores, line: float) -> float:
    """The share at or above a line."""
    return float(len(rising) - np.searchsorted(rising, line, side="left")) / len(rising)


def _spread(rising: Scores) -> Curve:
    """Places along the values, dense towards both ends, where the small errors are."""
    shares = np.logspace(-6, math.log10(0.5), MOST_POINTS // 2)
    return np.asarray(np.quantile(rising, np.concatenate([shares, 1 - shares])), dtype=np.float64)


def _lines(rising: Curve) -> Curve:
    """At most MOST_POINTS of them, the ends among them, and one above all."""
    if len(rising) > MOST_POINTS:
        rising = rising[np.unique(np.linspace(0, len(rising) - 1, MOST_POINTS).round().astype(int))]
    return np.append(rising, np.nextafter(rising[-1], math.inf)) if len(rising) else rising
