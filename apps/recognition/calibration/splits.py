"""Whether a calibration holds for people it was not made with: half of them tune, the other half are judged by it.

Nobody stands on both sides of a split. The strangers of the tested half are its own: strangers' photos, and each
person's photos against everybody else of that half.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..evaluation.intervals import clopper_pearson
from .fitting import Comparisons, fit_tail

SEED = 4
Names = frozenset[str]
Places = NDArray[np.intp]


@dataclass(frozen=True)
class Split:
    """Who tunes; everybody else is tested."""

    people: Names
    strangers: Names


@dataclass(frozen=True)
class Counted:
    """What one split came to, or all of them together. A photo is one approach."""

    strangers: int
    named: int
    """Strangers' photos that were taken for somebody."""
    probes: int
    found: int
    misidentified: int
    thresholds: tuple[float, ...]

    @property
    def fpir(self) -> float:
        return self.named / max(1, self.strangers)

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of FPIR (Clopper-Pearson)."""
        return clopper_pearson(self.named, self.strangers)


@dataclass(frozen=True)
class CarriedOver:
    """Each split, and the pool of them."""

    target: float
    splits: tuple[Counted, ...]

    @property
    def pooled(self) -> Counted:
        return Counted(
            strangers=sum(one.strangers for one in self.splits),
            named=sum(one.named for one in self.splits),
            probes=sum(one.probes for one in self.splits),
            found=sum(one.found for one in self.splits),
            misidentified=sum(one.misidentified for one in self.splits),
            thresholds=tuple(line for one in self.splits for line in one.thresholds),
        )

    @property
    def held(self) -> bool:
        """Whether the pooled FPIR contradicts the target no more than chance does."""
        return self.pooled.interval[0] <= self.target


def splits(people: Sequence[str], strangers: Sequence[str], count: int = 5, seed: int = SEED) -> list[Split]:
    """Draw the halves, the same ones for the same seed."""
    drawn = random.Random(seed)  # noqa: S311 -- a split is no secret, it must be the same each time
    return [
        Split(
            frozenset(drawn.sample(sorted(people), len(people) // 2)),
            frozenset(drawn.sample(sorted(strangers), len(strangers) // 2)),
        )
        for _ in range(count)
    ]


def carried_over(compared: Comparisons, target: float, count: int = 5, seed: int = SEED) -> CarriedOver:
    """Tune on each split and count among the others, at the line for as many people as they are.

    `compared.searched` says which photos of people count as theirs to be found. `target` is a share, 0..1.
    """
    people = sorted(set(compared.people))
    strangers = sorted(set(compared.probes) - set(people))
    drawn = splits(people, strangers, count, seed)
    return CarriedOver(target, tuple(_counted(compared, split, target) for split in drawn))


def _counted(compared: Comparisons, split: Split, target: float) -> Counted:
    tuned, tested = _half(compared, split, tuning=True), _half(compared, split, tuning=False)
    line = fit_tail(tuned).line(len(tested.people), target)
    impostors = tested.impostors
    others = np.where(impostors, tested.scores, -1.0).max(axis=1)
    own = np.where(impostors, -1.0, tested.scores).max(axis=1)
    searched = np.array([bool(one) for one in tested.searched], dtype=bool)
    searched &= ~impostors.all(axis=1)
    return Counted(
        strangers=len(others),
        named=int((others >= line).sum()),
        probes=int(searched.sum()),
        found=int((searched & (own >= line) & (own > others)).sum()),
        misidentified=int((searched & (others >= line) & (others >= own)).sum()),
        thresholds=(line,),
    )


def _half(compared: Comparisons, split: Split, *, tuning: bool) -> Comparisons:
    """The comparisons among those who tune, or among the others."""
    tuners = split.people | split.strangers
    rows = [row for row, name in enumerate(compared.probes) if (name in tuners) is tuning]
    columns = [column for column, name in enumerate(compared.people) if (name in tuners) is tuning]
    searched = compared.searched or [True] * len(compared.probes)
    return Comparisons(
        compared.scores[np.ix_(rows, columns)],
        [compared.probes[row] for row in rows],
        [compared.people[column] for column in columns],
        [searched[row] for row in rows],
    )
