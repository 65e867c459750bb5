"""From scores of people who are not each other to the tail of those scores, with bounds.

As far as the data reach the tail is what was counted; beyond it a generalised Pareto distribution over the highest
1 %, its parameters from L-moments (Hosking and Wallis 1987: k = l1/l2 - 2). It is fitted to -log(1 - score), so that no
line comes to lie above a score of one. The bounds resample people, with every comparison they are in: n people make
n(n - 1)/2 comparisons that are not independent, and resampling those would promise too much.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import genpareto

from .tail import STEPS, Curve, Tail

TAIL_SHARE = 0.01
COUNTED = 30
"""A share is read off the data while at least so many comparisons lie above it."""
ROUNDS = 1000
LEAST = 20
HIGHEST = 100
"""So many scores are looked at at least."""
_SHARES: Curve = 10.0**-STEPS
_Whole = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Comparisons:
    """Scores of probes against people's templates. Whose is whose is told by name: a probe's own column is no impostor.

    A stranger is a name that no template has. `scores` is (P, N); `searched[i]` says whether probe i is a photo that
    its own person's template was not made of.
    """

    scores: NDArray[np.floating]
    probes: Sequence[str]
    people: Sequence[str]
    searched: Sequence[bool] = ()

    @property
    def names(self) -> list[str]:
        """Everybody who is in it, each once."""
        return sorted({*self.probes, *self.people})

    @property
    def impostors(self) -> NDArray[np.bool_]:
        """(P, N): whether the two are different people."""
        return np.asarray(np.not_equal.outer(np.asarray(self.probes), np.asarray(self.people)), dtype=np.bool_)


@dataclass(frozen=True, eq=False)
class _Pairs:
    """The highest impostor scores, rising, and who is in each; `weight` gives a person one vote for all photos."""

    scores: Curve
    probe: _Whole
    person: _Whole
    weight: Curve
    of_probe: Curve
    """How much of each person stands among the probes: one, or nothing."""
    of_person: Curve


def fit_tail(compared: Comparisons, rounds: int = ROUNDS, seed: int = 20) -> Tail:
    """Fit the tail and its bounds. Raises ValueError where fewer than LEAST people, or no two, were compared."""
    pairs = _pairs(compared)
    everybody = len(pairs.of_probe)
    reach = COUNTED / (pairs.of_probe.sum() * pairs.of_person.sum())
    expected = _curve(pairs, np.ones(everybody), reach)
    rng = np.random.default_rng(seed)
    drawn = (np.bincount(rng.integers(0, everybody, everybody), minlength=everybody) for _ in range(rounds))
    others = [_curve(pairs, votes.astype(float), reach) for votes in drawn if _have_met(pairs, votes)]
    low, bound, high = np.quantile(others, [0.025, 0.95, 0.975], axis=0)
    bound, high = np.maximum(bound, expected), np.maximum(high, expected)
    return Tail(*(_score(curve) for curve in (expected, np.minimum(low, expected), bound, high)))


def _pairs(compared: Comparisons) -> _Pairs:
    places = {name: place for place, name in enumerate(compared.names)}
    probe = np.array([places[name] for name in compared.probes], dtype=np.int64)
    person = np.array([places[name] for name in compared.people], dtype=np.int64)
    impostors = compared.impostors
    if not impostors.any() or len(places) < LEAST:
        raise ValueError(f"no two different people were compared, or fewer than {LEAST} in all")
    # Three times the share that is fitted: a resampling may weigh these people more or less.
    start = np.quantile(compared.scores[impostors], 1 - max(3 * TAIL_SHARE, min(1.0, HIGHEST / impostors.sum())))
    row, column = np.nonzero(impostors & (compared.scores >= start))
    order = np.argsort(compared.scores[row, column], kind="stable")
    row, column = row[order], column[order]
    photos = np.bincount(probe, minlength=len(places))
    return _Pairs(
        scores=-np.log1p(-np.clip(compared.scores[row, column].astype(float), -1.0, 1 - 1e-7)),
        probe=probe[row],
        person=person[column],
        weight=1.0 / photos[probe[row]],
        of_probe=(photos > 0).astype(float),
        of_person=np.bincount(person, minlength=len(places)).astype(float),
    )


def _have_met(pairs: _Pairs, votes: _Whole) -> bool:
    """Whether a resampling left enough of the highest scores to say anything."""
    return int(np.count_nonzero(votes[pairs.probe] * votes[pairs.person])) >= HIGHEST // 10


def _curve(pairs: _Pairs, votes: Curve, reach: float) -> Curve:
    """The tail when each person counts as often as `votes` says."""
    weights = votes[pairs.probe] * votes[pairs.person] * pairs.weight
    probes, people = votes * pairs.of_probe, votes * pairs.of_person
    weights /= probes.sum() * people.sum() - (probes * people).sum()
    kept = weights > 0
    scores, weights = pairs.scores[kept], weights[kept]
    above = np.cumsum(weights[::-1])[::-1]
    counted = np.interp(STEPS, -np.log10(above), scores)
    modelled = _pareto(scores, weights, above)
    return np.maximum.accumulate(np.where(reach <= _SHARES, counted, modelled))


def _pareto(scores: Curve, weights: Curve, above: Curve) -> Curve:
    """The scores at STEPS by the distribution fitted to what lies above the score of TAIL_SHARE."""
    first = min(max(1, int(np.searchsorted(-above, -TAIL_SHARE))), len(scores) - 1)
    start, over, weight = scores[first - 1], scores[first:] - scores[first - 1], weights[first:]
    share = weight.sum()
    weight = weight / share
    rank = np.cumsum(weight) - weight / 2
    first_moment = float(weight @ over)
    if first_moment < 1e-12:  # this drawing holds one highest pair many times, and says nothing of what lies above it
        return np.full_like(STEPS, start)
    second_moment = 2 * float((weight * rank) @ over) - first_moment
    # So few people that all of the tail is one score say nothing of its shape: an exponential tail.
    shape = float(np.clip(2 - first_moment / second_moment, -0.5, 0.5)) if second_moment > 1e-12 else 0.0
    beyond = genpareto.isf(np.minimum(_SHARES / share, 1.0), shape, scale=first_moment * (1 - shape))
    return np.asarray(start + beyond, dtype=np.float64)


def _score(curve: Curve) -> Curve:
    """Back from -log(1 - score)."""
    return np.asarray(-np.expm1(-curve), dtype=np.float64)
