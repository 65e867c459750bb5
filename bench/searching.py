"""The search of a gallery against the limit of the machine: reading the same matrix once and doing nothing with it."""

import numpy as np

from apps.recognition.matching import search
from apps.recognition.shapes import Matrix
from bench.pipelines import TOP, strangers
from bench.timing import Job, Rounds, here, interleaved

DIMENSIONS = (128, 512)


def limit(matrix: Matrix) -> Job:
    """Read every number of the matrix once: its product with itself as one long vector (BLAS sdot)."""
    flat = matrix.ravel(order="K")  # as it lies: no copy
    return lambda: float(flat @ flat)


def searched(people: int, dimension: int, rounds: int) -> Rounds:
    """Time a search for the two nearest of `people`, and the limit, in turn."""
    matrix = strangers(people, dimension)
    probe = matrix[people // 2].copy()
    repeats = max(1, 2_000_000 // (people * dimension // 16))
    jobs = {"search": lambda: search(probe, matrix, TOP), "stream": limit(matrix)}
    return interleaved({name: here(job, repeats) for name, job in jobs.items()}, rounds)


def sizes(*, full: bool) -> list[int]:
    return [1_000, 10_000, 100_000, *([1_000_000] if full else [])]


def memory_gb(people: int, dimension: int) -> float:
    return people * dimension * np.dtype(np.float32).itemsize / 1e9
