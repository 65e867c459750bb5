"""`make bench`: prints what a frame, a search and a gallery cost here; ratios travel between machines, times do not."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from subprocess import CalledProcessError

# Before numpy is imported: two threads that spin make a search of 0.3 ms take 9. Peers inherit it.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "attendance_site.settings")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import django

ROOT = Path(__file__).resolve().parents[1]
SCRATCH = ROOT / ".make" / "bench"
PARTS = ("pipeline", "search", "gallery", "start")


def options(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    full = os.environ.get("SCALE") == "full"
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--full", action="store_true", default=full, help="search 1,000,000 people too; more rounds")
    parser.add_argument("--rounds", type=int, help="how often everything is run (15, in full 31)")
    parser.add_argument("--only", choices=PARTS, action="append", help="a part of it; may be repeated")
    parser.add_argument("--people", type=int, default=100_000, help="references in the gallery that is loaded")
    parser.add_argument("--no-peers", action="store_true", help="leave DeepFace and face_recognition out")
    parser.add_argument(
        "--models", type=Path, default=os.environ.get("ATTENDANCE_MODELS"), help="a folder that YuNet's file lies in"
    )
    parser.add_argument("--json", type=Path, default=ROOT / "bench" / "results" / "latest.json")
    chosen = parser.parse_args(arguments)
    chosen.rounds = chosen.rounds or (31 if chosen.full else 15)
    chosen.only = chosen.only or list(PARTS)
    return chosen


def main(arguments: Sequence[str]) -> int:
    """Measure, print, write; return 1 if a ratio is beyond its limit."""
    chosen = options(arguments)
    django.setup()
    from bench import limits, report, runs

    print(report.DEFINITIONS)
    try:
        results = runs.run(chosen, SCRATCH, ROOT)
    except CalledProcessError as error:
        print(f"An engine did not start:\n{error.stderr}", file=sys.stderr)
        return 2
    report.write(results, chosen.json)
    print(f"\nThe ratios are in {chosen.json}.")
    for sentence in (broken := limits.exceeded(results)):
        print(f"!! ABOVE ITS LIMIT: {sentence}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
