"""The ratios that may not be exceeded; `make bench` fails by the name of the row that does."""

from collections.abc import Iterator
from typing import Any, Final

OVERHEAD_AT_MOST: Final = {"arcface": 1.10, "dlib": 1.35}
TIMES_DEEPFACE_AT_LEAST: Final = {"arcface": 14.0, "dlib": 18.0, "dlib-yunet": 28.0}
STREAM_AT_MOST: Final = 1.25
STREAM_FROM_PEOPLE: Final = 100_000
ONE_EACH = "gallery of people with one reference each"
COPIES_AT_MOST: Final = {
    "ratio_to_copy": ("gallery", 10.0),
    "one_each_to_copy": (ONE_EACH, 30.0),
    "reload_to_copy": ("gallery reloaded after one change", 10.0),
}
"""With one each there is a key for every row: the bare calls for keys and vectors alone are about twenty copies."""
CALLS_AT_MOST: Final = 3.5
"""Of those bare calls."""
GATED_AT_MOST: Final = {
    "arcface": {"empty_frame": 0.05, "unchanged_frame": 0.05, "decided_track": 0.05},
    "dlib": {"unchanged_frame": 0.05, "decided_track": 0.05},
    "dlib-yunet": {"unchanged_frame": 0.05, "decided_track": 0.05},
}
"""Before dlib's small network the detector is much of a frame, so a first empty frame has no limit there."""

Results = dict[str, Any]
"""The content of latest.json: ratios only."""


def exceeded(results: Results) -> list[str]:
    """Return a sentence for each ratio beyond its limit; what was not measured is not judged."""
    return [*_pipelines(results), *_searches(results), *_gallery(results)]


def _pipelines(results: Results) -> Iterator[str]:
    for row in results.get("pipeline", []):
        name = row["engine"]
        if _above(row["overhead_to_forwards"], OVERHEAD_AT_MOST.get(name)):
            overhead = row["overhead_to_forwards"]
            yield f"{name}: overhead {overhead:.2f} of the forwards, at most {OVERHEAD_AT_MOST[name]:.2f}"
        least = TIMES_DEEPFACE_AT_LEAST.get(name)
        if least is not None and row["ratio_to_deepface"] is not None and row["ratio_to_deepface"] < least:
            yield f"{name}: {row['ratio_to_deepface']:.1f} times as fast as DeepFace, at least {least:g}"
        for what, most in GATED_AT_MOST.get(name, {}).items():
            if _above(row[what], most):
                yield f"{name}: {what} costs {row[what]:.1%} of a full frame, at most {most:.0%}"


def _searches(results: Results) -> Iterator[str]:
    for row in results.get("search", []):
        if row["n"] >= STREAM_FROM_PEOPLE and _above(row["ratio_to_stream"], STREAM_AT_MOST):
            yield (
                f"search among {row['n']:,} of {row['dimension']}-d: {row['ratio_to_stream']:.2f} of the stream limit, "
                f"at most {STREAM_AT_MOST}"
            )


def _gallery(results: Results) -> Iterator[str]:
    measured = results.get("gallery", {})
    for name, (what, most) in COPIES_AT_MOST.items():
        if _above(ratio := measured.get(name), most):
            yield f"{what}: {ratio:.1f} times a plain copy, at most {most:g}"
    if _above(ratio := measured.get("one_each_to_calls"), CALLS_AT_MOST):
        yield f"{ONE_EACH}: {ratio:.1f} times the bare calls for their keys and vectors, at most {CALLS_AT_MOST:g}"


def _above(value: float | None, most: float | None) -> bool:
    return value is not None and most is not None and value > most
