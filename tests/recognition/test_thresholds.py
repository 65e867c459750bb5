"""Lines of an engine without loading it: shipped where somebody measured, provisional where nobody did."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.recognition.calibration.finding import for_engine
from apps.recognition.engine import engine_names, thresholds_of
from apps.recognition.registry import ENTRIES
from apps.recognition.shapes import Target
from apps.recognition.thresholds import Calibration, Line

MEASURED = ["dlib", "dlib-yunet"]
UNMEASURED = sorted(set(engine_names()) - set(MEASURED))
ANY_ENGINE = st.sampled_from(engine_names())
PEOPLE = st.integers(0, 200_000)


@pytest.mark.parametrize("name", MEASURED)
@pytest.mark.parametrize(("people", "line"), [(5, 0.942), (10, 0.947), (100, 0.958), (1000, 0.970)])
def test_the_packaged_engines_ask_from_the_measured_line_of_one_percent(name: str, people: int, line: float) -> None:
    assert thresholds_of(name, people).confirm == pytest.approx(line, abs=2e-3)


@pytest.mark.parametrize("name", engine_names())
def test_a_gallery_smaller_than_was_measured_gets_the_line_of_five(name: str) -> None:
    assert thresholds_of(name, 0) == thresholds_of(name, 1) == thresholds_of(name, 5)


@pytest.mark.parametrize("name", MEASURED)
@pytest.mark.parametrize("people", [1, 5, 20, 100])
def test_nobody_is_accepted_below_where_look_alikes_were_seen(name: str, people: int) -> None:
    accept = thresholds_of(name, people).accept
    assert accept is not None and 0.960 <= accept <= 0.970


@given(ANY_ENGINE, PEOPLE, PEOPLE, st.sampled_from(Target))
def test_adding_people_never_lowers_a_line(name: str, some: int, more: int, target: Target) -> None:
    few, many = thresholds_of(name, min(some, more), target), thresholds_of(name, max(some, more), target)
    assert many.confirm >= few.confirm and (many.accept or 0) >= (few.accept or 0)


@given(ANY_ENGINE, PEOPLE)
def test_a_stricter_target_never_lowers_a_line(name: str, people: int) -> None:
    lines = [thresholds_of(name, people, target) for target in Target]
    assert all(loose.confirm <= strict.confirm for loose, strict in pairwise(lines))


@given(ANY_ENGINE, PEOPLE, st.sampled_from(Target))
def test_nobody_is_accepted_who_would_not_even_be_asked(name: str, people: int, target: Target) -> None:
    lines = thresholds_of(name, people, target)
    assert lines.accept is None or lines.accept >= lines.confirm


@given(st.sampled_from(MEASURED), PEOPLE, st.sampled_from(Target))
def test_a_line_never_leaves_what_a_similarity_can_be(name: str, people: int, target: Target) -> None:
    lines = thresholds_of(name, people, target)
    assert lines.accept is not None and lines.accept < 1


@pytest.mark.parametrize("name", UNMEASURED)
def test_an_engine_nobody_measured_accepts_nobody_by_itself(name: str) -> None:
    assert thresholds_of(name, 100).accept is None
    assert not for_engine(ENTRIES[name]).calibrated


@pytest.mark.parametrize("name", engine_names())
def test_every_line_says_where_it_comes_from(name: str) -> None:
    assert for_engine(ENTRIES[name]).provenance


@pytest.mark.parametrize("name", MEASURED)
def test_the_second_best_must_stay_behind_by_less_in_a_narrow_space(name: str) -> None:
    assert 0 < thresholds_of(name, 10).margin < thresholds_of("arcface", 10).margin


def test_a_provisional_line_follows_the_target_too() -> None:
    lines = Calibration(Line(0.3, 0.03), "a test")
    assert lines.at(100, Target.TENTH).confirm == pytest.approx(lines.at(1000).confirm)
