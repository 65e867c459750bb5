"""`make bench`: prints what a frame costs here; ratios travel between machines, milliseconds do not."""

import os
from pathlib import Path

# Before numpy is imported: two threads that spin make a search of 0.3 ms take 9.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "attendance_site.settings")

from bench.frames import jobs
from bench.timing import interleaved

CUSTOMARY = "customary dlib, one frame"


def main() -> None:
    """Measure and print."""
    rounds, people = (100, 100_000) if os.environ.get("SCALE") == "full" else (20, 10_000)
    costs = interleaved(jobs(Path(__file__).resolve().parents[1], people), rounds)
    print(f"processor time of one call, median of {rounds} interleaved rounds (middle half)\n")
    for name, one in costs.items():
        share = costs[CUSTOMARY].median / one.median
        print(f"{name:<32}{one.median:9.2f} ms  ({one.low:.2f}-{one.high:.2f})  customary / this = {share:,.1f}")


if __name__ == "__main__":
    main()
