"""How the photos of one approach become one answer: a single photo, m of k that agree, or the mean of the scores.

Pure. Each rule gives a person and the line up to which it would name them, so one threshold judges all of them alike.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations, islice

import numpy as np
from numpy.typing import NDArray

from .figures import Answer

Scores = NDArray[np.float32]
"""(k, N): the k photos of one approach against N people; minus infinity throughout where there was no usable face."""
Rule = Callable[[Scores], tuple[int, float, float]]
"""Returns the column named, the similarity it is named by, and the second-best person's."""


@dataclass(frozen=True, eq=False)
class Scored:
    """Probe photos (P) against enrolled people (N)."""

    people: tuple[str, ...]
    owners: tuple[str, ...]
    """Whose each photo is."""
    known: NDArray[np.bool_]
    """(P,) False: a stranger's, who must not be named."""
    scores: Scores
    """(P, N)."""

    def rows_by_owner(self, *, known: bool) -> dict[str, list[int]]:
        """Return each one's photos in their order."""
        found: dict[str, list[int]] = {}
        for row, owner in enumerate(self.owners):
            if self.known[row] == known:
                found.setdefault(owner, []).append(row)
        return found


def one_photo(scores: Scores) -> tuple[int, float, float]:
    """A lone photo; of several, the first."""
    return _best(scores[0])


def mean_of_scores(scores: Scores) -> tuple[int, float, float]:
    """The mean of the scores, never of the vectors. One photo without a usable face loses the approach."""
    return _best(scores.mean(axis=0))


def agreement(scores: Scores) -> tuple[int, float, float]:
    """More than half of the photos must each name the same person."""
    needed = len(scores) // 2 + 1
    nearest = np.where(np.isinf(scores.max(axis=1)), -1, scores.argmax(axis=1))
    best = (0, -math.inf, -math.inf)
    for column in {int(one) for one in nearest} - {-1}:
        agreeing = np.sort(scores[nearest == column, column])[::-1]
        if len(agreeing) >= needed:
            best = (column, float(agreeing[needed - 1]), -math.inf)
    return best


def answers(scored: Scored, approaches: Sequence[Sequence[int]], rule: Rule) -> list[Answer]:
    """Answer each approach, given as rows of one owner."""
    return [_answer(scored, rows, scored.scores[list(rows)], rule) for rows in approaches]


def as_strangers(scored: Scored, approaches: Sequence[Sequence[int]], rule: Rule) -> list[Answer]:
    """Answer approaches of enrolled people as if those were not enrolled: the others must not be named."""
    given = []
    columns = {person: column for column, person in enumerate(scored.people)}
    for rows in approaches:
        scores = scored.scores[list(rows)]  # a list of rows is a copy already
        own = columns.get(scored.owners[rows[0]])
        if own is not None:
            scores[:, own] = -math.inf
        column, similarity, second = _ruled(scores, rule)
        given.append(Answer(None, scored.people[column] if column >= 0 else None, similarity, second))
    return given


def singles(scored: Scored) -> list[tuple[int, ...]]:
    """Every photo is an approach of its own."""
    return [(row,) for row in range(len(scored.owners))]


def disjoint(scored: Scored, rows_by_owner: dict[str, list[int]], frames: int) -> list[tuple[int, ...]]:
    """Cut each one's photos into approaches of `frames`, none of them used twice; what is left over is left out.

    As at a camera, a photo that gave no vector is passed over; an approach that cannot be filled for it is lost.
    """
    found = []
    for rows in rows_by_owner.values():
        usable = sorted(rows, key=lambda row: (not _usable(scored, row), row))
        found += [tuple(usable[at : at + frames]) for at in range(0, len(usable) - frames + 1, frames)]
    return found


def every_choice(scored: Scored, rows: Sequence[int], frames: int, most: int = 60) -> list[tuple[int, ...]]:
    """Every choice of `frames` of one person's usable photos, at most so many; a lost one where they do not suffice."""
    usable = [row for row in rows if _usable(scored, row)]
    return list(islice(combinations(usable if len(usable) >= frames else rows, frames), most))


def _usable(scored: Scored, row: int) -> bool:
    return bool(scored.scores.shape[1]) and math.isfinite(scored.scores[row, 0])


def _answer(scored: Scored, rows: Sequence[int], scores: Scores, rule: Rule) -> Answer:
    column, similarity, second = _ruled(scores, rule)
    person = scored.owners[rows[0]] if scored.known[rows[0]] else None
    return Answer(person, scored.people[column] if column >= 0 else None, similarity, second)


def _ruled(scores: Scores, rule: Rule) -> tuple[int, float, float]:
    """Nobody is nearest where nobody is enrolled, or nothing was seen."""
    if scores.shape[1] == 0:
        return -1, -math.inf, -math.inf
    column, similarity, second = rule(scores)
    return (-1, similarity, second) if math.isinf(similarity) else (column, similarity, second)


def _best(scores: Scores) -> tuple[int, float, float]:
    column = int(scores.argmax())
    others = np.delete(scores, column)
    return column, float(scores[column]), float(others.max()) if len(others) else -math.inf
