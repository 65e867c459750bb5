import pytest

from apps.recognition.engine import engine_names, thresholds_of
from apps.recognition.registry import ENTRIES
from apps.recognition.thresholds import Calibration, Line


@pytest.mark.parametrize(("people", "line"), [(5, 0.9355), (10, 0.9398), (100, 0.9540), (1000, 0.9682)])
def test_dlib_asks_from_the_line_of_one_percent(people: int, line: float) -> None:
    assert thresholds_of("dlib", people).confirm == pytest.approx(line, abs=1e-4)


def test_a_gallery_smaller_than_was_measured_gets_the_line_of_five() -> None:
    assert thresholds_of("dlib", 1) == thresholds_of("dlib", 5)


@pytest.mark.parametrize("people", [1, 5, 20, 100])
def test_dlib_accepts_nobody_below_where_look_alikes_were_seen(people: int) -> None:
    assert thresholds_of("dlib", people).accept == pytest.approx(0.960, abs=1e-3)


def test_the_line_keeps_rising_with_the_gallery() -> None:
    small, large = thresholds_of("dlib", 100).accept, thresholds_of("dlib", 10_000).accept
    assert small is not None and large is not None and large > small + 0.02


@pytest.mark.parametrize("name", engine_names())
@pytest.mark.parametrize("people", [1, 10, 1000, 1_000_000])
def test_nobody_is_accepted_who_would_not_even_be_asked(name: str, people: int) -> None:
    lines = thresholds_of(name, people)
    assert lines.accept is None or lines.accept >= lines.confirm


@pytest.mark.parametrize("name", ["arcface", "arcface-yunet"])
def test_an_engine_nobody_measured_accepts_nobody_by_itself(name: str) -> None:
    assert thresholds_of(name, 100).accept is None


def test_every_line_says_where_it_comes_from() -> None:
    assert all(entry.calibration.provenance for entry in ENTRIES.values())


def test_accept_never_falls_below_confirm() -> None:
    odd = Calibration(Line(0.9, 0.0), Line(0.5, 0.0), "a test")
    assert odd.at(10).accept == 0.9
