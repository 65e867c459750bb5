"""Rounds of several jobs, taken in turn, so that a busy neighbour slows all of them alike."""

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Job = Callable[[], object]


@dataclass(frozen=True)
class Cost:
    """Milliseconds of processor time of one call: the median and the middle half of the rounds."""

    median: float
    low: float
    high: float


def cost(milliseconds: list[float]) -> Cost:
    """The cost that a list of rounds shows."""
    low, median, high = statistics.quantiles(milliseconds, n=4, method="inclusive")
    return Cost(median, low, high)


def interleaved(
    jobs: Mapping[str, Job], rounds: int, clock: Callable[[], float] = time.process_time
) -> dict[str, Cost]:
    """Call every job once a round, after one round that warms up; return what each costs."""
    taken: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(rounds + 1):
        for name, job in jobs.items():
            began = clock()
            job()
            taken[name].append((clock() - began) * 1000)
    return {name: cost(rounds_taken[1:]) for name, rounds_taken in taken.items()}
