"""Rounds of several jobs, taken in turn, so that a busy neighbour slows all of them alike."""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

Job = Callable[[], object]
Clock = Callable[[], float]


@dataclass(frozen=True)
class Cost:
    """Milliseconds of processor time of one call: the median and the middle half of the rounds."""

    median: float
    low: float
    high: float


@dataclass(frozen=True)
class Rounds:
    """Milliseconds of processor time of one call, by job, one figure a round."""

    taken: Mapping[str, Sequence[float]]

    def cost(self, job: str) -> Cost:
        return cost(self.taken[job])

    def ratio(self, job: str, others: Sequence[str]) -> float:
        """How often `others`, together, go into `job`: the median over rounds of the ratio inside a round.

        A neighbour that slows a whole round slows both sides of it, and leaves the ratio alone.
        """
        below = [sum(parts) for parts in zip(*(self.taken[other] for other in others), strict=True)]
        return float(statistics.median(one / under for one, under in zip(self.taken[job], below, strict=True)))


def cost(milliseconds: Sequence[float]) -> Cost:
    """The cost that a list of rounds shows."""
    low, median, high = statistics.quantiles(milliseconds, n=4, method="inclusive")
    return Cost(median, low, high)


def cpu_ms(job: Job, clock: Clock = time.process_time) -> float:
    """Milliseconds of this process's processor time, all threads, that one call takes."""
    began = clock()
    job()
    return (clock() - began) * 1000


def interleaved(jobs: Mapping[str, Callable[[], float]], rounds: int) -> Rounds:
    """Ask every job once a round what a call cost it, after one round that warms up."""
    taken: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(rounds + 1):
        for name, measure in jobs.items():
            taken[name].append(measure())
    return Rounds({name: taken_by[1:] for name, taken_by in taken.items()})


def here(job: Job, repeats: int = 1, clock: Clock = time.process_time) -> Callable[[], float]:
    """Measure a job of this process; a fast one is repeated, for the clock ticks too coarsely for it."""

    def measure() -> float:
        def again() -> None:
            for _ in range(repeats):
                job()

        return cpu_ms(again, clock) / repeats

    return measure
