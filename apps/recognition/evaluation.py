"""How good an engine is at naming people: open-set identification on photos, figures with their intervals.

Words after ISO/IEC 19795: rank-1 asks only who is nearest; `found` also asks for a similarity at or above the
threshold; FNIR is what was not found; FPIR is the share of strangers that would have been named.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from .matching import search
from .shapes import Matrix, Vector

Interval = tuple[float, float]


@dataclass(frozen=True)
class Look:
    """One probe photo: whose it is (None: a stranger's) and its vector (None: no usable face was found)."""

    person: str | None
    vector: Vector | None


@dataclass(frozen=True)
class Answer:
    """The nearest person and how near; minus infinity where there was no usable face or nobody is enrolled."""

    person: str | None
    nearest: str | None
    similarity: float

    @property
    def right(self) -> bool:
        return self.person is not None and self.person == self.nearest


@dataclass(frozen=True)
class Figures:
    """What was counted at one threshold. Shares are of all probes, also those without a usable face."""

    probes: int
    strangers: int
    nearest_right: int
    found: int
    misidentified: int
    strangers_named: int
    threshold: float


def answer(look: Look, names: Sequence[str], templates: Matrix) -> Answer:
    """Search one probe among the templates (N, D) of the named people."""
    if look.vector is None or not names:
        return Answer(look.person, None, -math.inf)
    best = search(look.vector, templates, top=1)[0]
    return Answer(look.person, names[best.row], best.similarity)


def threshold_for(strangers: Sequence[Answer], fpir: float) -> float:
    """Return the lowest threshold that names at most the share `fpir` of these strangers.

    Mildly optimistic, for it is read off the very strangers it is then judged by.
    """
    similarities = sorted((one.similarity for one in strangers), reverse=True)
    allowed = math.floor(fpir * len(similarities) + 1e-9)
    if allowed >= len(similarities) or math.isinf(similarities[allowed]):
        return -1.0
    return float(np.nextafter(similarities[allowed], math.inf))


def figures(answers: Sequence[Answer], threshold: float) -> Figures:
    """Count at `threshold`; answers without a person are the strangers'."""
    probes = [one for one in answers if one.person is not None]
    strangers = [one for one in answers if one.person is None]
    named = [one for one in probes if one.similarity >= threshold]
    return Figures(
        probes=len(probes),
        strangers=len(strangers),
        nearest_right=sum(one.right for one in probes),
        found=sum(one.right for one in named),
        misidentified=sum(not one.right for one in named),
        strangers_named=sum(one.similarity >= threshold for one in strangers),
        threshold=threshold,
    )


def clopper_pearson(hits: int, of: int, confidence: float = 0.95) -> Interval:
    """Return the exact (conservative) interval of a share; (0, 1) where nothing was counted."""
    if of == 0:
        return 0.0, 1.0
    tail = (1 - confidence) / 2
    low = 0.0 if hits == 0 else _where(lambda share: 1 - _at_most(hits - 1, of, share) >= tail)
    high = 1.0 if hits == of else _where(lambda share: _at_most(hits, of, share) <= tail)
    return low, high


def _where(reached: Callable[[float], bool]) -> float:
    """Return the share at which a growing condition becomes true, by halving."""
    low, high = 0.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return (low + high) / 2


def _at_most(hits: int, of: int, share: float) -> float:
    """Return the chance of at most so many hits, summed in logarithms so that large counts do not overflow."""
    if share in (0.0, 1.0):
        return float(share == 0.0 or hits >= of)
    log_share, log_rest = math.log(share), math.log1p(-share)
    terms = (
        math.lgamma(of + 1) - math.lgamma(k + 1) - math.lgamma(of - k + 1) + k * log_share + (of - k) * log_rest
        for k in range(hits + 1)
    )
    return min(1.0, math.fsum(map(math.exp, terms)))
