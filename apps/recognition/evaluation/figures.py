"""Open-set identification at one threshold: who was found, who was taken for somebody else, which strangers were named.

Words after ISO/IEC 19795: rank-1 asks only who is nearest; `found` also asks for a similarity at or above the
threshold; FNIR is what was not found; FPIR is the share of strangers that would have been named.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .intervals import Share


@dataclass(frozen=True, slots=True)
class Answer:
    """Whose approach it was (None: a stranger's), the nearest person and how near.

    Minus infinity where there was no usable face or nobody is enrolled. `runner_up` is the second-best person's.
    """

    person: str | None
    nearest: str | None
    similarity: float
    runner_up: float = -math.inf

    @property
    def right(self) -> bool:
        return self.person is not None and self.person == self.nearest


@dataclass(frozen=True, slots=True)
class Figures:
    """What was counted at one threshold. Shares are of all approaches, also those without a usable face."""

    threshold: float
    rank1: Share
    found: Share
    misidentified: Share
    fpir: Share
    unclear: Share
    """Of those found: the second-best person could be named too and is nearer than the margin, so a PIN is asked."""

    @property
    def fnir(self) -> Share:
        return Share(self.found.of - self.found.hits, self.found.of)

    def as_json(self) -> dict[str, object]:
        shares = ("rank1", "found", "fnir", "misidentified", "fpir", "unclear")
        return {"threshold": self.threshold, **{name: getattr(self, name).as_json() for name in shares}}


def threshold_for(strangers: Sequence[Answer], fpir: float, lowest: float = -1.0) -> float:
    """Return the lowest threshold that names at most the share `fpir` of these strangers; `lowest` where it may be any.

    Mildly optimistic, for it is read off the very strangers it is then judged by.
    """
    similarities = sorted((one.similarity for one in strangers), reverse=True)
    allowed = math.floor(fpir * len(similarities) + 1e-9)
    if allowed >= len(similarities) or math.isinf(similarities[allowed]):
        return lowest
    return float(np.nextafter(similarities[allowed], math.inf))


def figures(answers: Sequence[Answer], threshold: float, margin: float = 0.0) -> Figures:
    """Count at `threshold`; answers without a person are the strangers'."""
    probes = [one for one in answers if one.person is not None]
    strangers = [one for one in answers if one.person is None]
    named = [one for one in probes if one.similarity >= threshold]
    found = [one for one in named if one.right]
    unclear = [one for one in found if one.runner_up >= threshold and one.similarity - one.runner_up < margin]
    return Figures(
        threshold=threshold,
        rank1=Share(sum(one.right for one in probes), len(probes)),
        found=Share(len(found), len(probes)),
        misidentified=Share(len(named) - len(found), len(probes)),
        fpir=Share(sum(one.similarity >= threshold for one in strangers), len(strangers)),
        unclear=Share(len(unclear), len(found)),
    )
