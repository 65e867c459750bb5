from typing import Any

import pytest

from bench.limits import exceeded


def row(engine: str, **ratios: Any) -> dict[str, Any]:
    """A row of an engine that keeps every limit, but for `ratios`."""
    kept = {"overhead_to_forwards": 1.0, "ratio_to_deepface": 99.0}
    gated = {"empty_frame": 0.01, "unchanged_frame": 0.02, "decided_track": 0.001}
    return {"engine": engine} | kept | gated | ratios


KEPT: dict[str, Any] = {
    "pipeline": [row(engine) for engine in ("dlib", "dlib-yunet", "arcface", "arcface-yunet")],
    "search": [
        {"n": 1_000, "dimension": 128, "ratio_to_stream": 9.0},
        {"n": 100_000, "dimension": 128, "ratio_to_stream": 1.2},
    ],
    "gallery": {"ratio_to_copy": 9.9, "one_each_to_copy": 29.0, "one_each_to_calls": 3.4, "reload_to_copy": 9.0},
}


def test_what_is_within_its_limits_is_not_told() -> None:
    assert exceeded(KEPT) == []


def test_what_was_not_measured_is_not_judged() -> None:
    assert exceeded({"pipeline": [row("dlib", ratio_to_deepface=None)]}) == exceeded({}) == []


@pytest.mark.parametrize(
    ("engine", "ratios", "told"),
    [
        ("dlib", {"overhead_to_forwards": 1.36}, "dlib: overhead 1.36"),
        ("arcface", {"overhead_to_forwards": 1.11}, "arcface: overhead 1.11"),
        ("dlib", {"ratio_to_deepface": 17.9}, "dlib: 17.9 times"),
        ("dlib-yunet", {"ratio_to_deepface": 27.9}, "dlib-yunet: 27.9 times"),
        ("arcface", {"ratio_to_deepface": 13.9}, "arcface: 13.9 times"),
        ("arcface", {"empty_frame": 0.06}, "arcface: empty_frame costs 6.0%"),
        ("arcface", {"decided_track": 0.06}, "arcface: decided_track costs 6.0%"),
        ("dlib", {"unchanged_frame": 0.06}, "dlib: unchanged_frame costs 6.0%"),
        ("dlib-yunet", {"unchanged_frame": 0.06}, "dlib-yunet: unchanged_frame costs 6.0%"),
    ],
)
def test_a_row_beyond_its_limit_is_named(engine: str, ratios: dict[str, float], told: str) -> None:
    [sentence] = exceeded({"pipeline": [row(engine, **ratios)]})
    assert sentence.startswith(told)


def test_a_slow_search_is_named() -> None:
    [sentence] = exceeded({"search": [{"n": 100_000, "dimension": 512, "ratio_to_stream": 1.26}]})
    assert sentence.startswith("search among 100,000 of 512-d")


def test_a_slow_gallery_is_named() -> None:
    [sentence] = exceeded({"gallery": {"ratio_to_copy": 10.1}})
    assert sentence.startswith("gallery: 10.1 times a plain copy")


def test_so_are_one_reference_each_and_a_slow_reload() -> None:
    told = exceeded({"gallery": {"one_each_to_copy": 30.1, "reload_to_copy": 10.1}})
    assert [one.split(":")[0] for one in told] == [
        "gallery of people with one reference each",
        "gallery reloaded after one change",
    ]


def test_so_is_one_reference_each_against_the_bare_calls() -> None:
    [sentence] = exceeded({"gallery": {"one_each_to_calls": 3.6}})
    assert sentence.startswith("gallery of people with one reference each: 3.6 times the bare calls")
