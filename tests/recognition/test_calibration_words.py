"""What a line means, for who administers an organization."""

from dataclasses import replace

import pytest

from apps.recognition.calibration.finding import for_engine
from apps.recognition.calibration.measured import Measured
from apps.recognition.calibration.words import few, one_in, plain
from apps.recognition.registry import entry_named
from apps.recognition.shapes import Target


@pytest.fixture
def dlib() -> Measured:
    found = for_engine(entry_named("dlib"))
    assert isinstance(found, Measured)
    return found


@pytest.mark.parametrize(
    ("share", "words"),
    [(0.01, "1 in 100"), (0.003, "1 in 330"), (0.00299, "1 in 330"), (1 / 2057, "1 in 2,000"), (0.5, "1 in 2")],
)
def test_a_share_is_so_many_people(share: float, words: str) -> None:
    assert one_in(share) == words


@pytest.mark.parametrize(("target", "bound"), [(Target.ONE, "1 in 100"), (Target.TENTH, "1 in 1,000")])
def test_the_bound_is_what_was_asked_for(dlib: Measured, target: Target, bound: str) -> None:
    assert f"{bound}" in plain(dlib, 20, dlib.at(20, target))


def test_the_estimate_is_told_beside_its_bound(dlib: Measured) -> None:
    assert plain(dlib, 20, dlib.at(20)).startswith("With 20 people enrolled, about 1 in ")


def test_beyond_what_was_measured_only_the_bound_is_told(dlib: Measured) -> None:
    told = plain(dlib, 10_000, dlib.at(10_000))
    assert "at most 1 in 100" in told and "about" not in told


def test_few_people_are_said_to_be_few(dlib: Measured) -> None:
    assert few(240) in plain(replace(dlib, strangers=140), 20, dlib.at(20))


def test_enough_people_are_not(dlib: Measured) -> None:
    assert "not enough" not in plain(dlib, 20, dlib.at(20))


def test_an_engine_nobody_measured_promises_nothing() -> None:
    provisional = for_engine(entry_named("arcface"))
    told = plain(provisional, 20, provisional.at(20))
    assert "unknown" in told and "calibrate" in told


def test_no_similarity_is_told(dlib: Measured) -> None:
    assert "0.9" not in plain(dlib, 20, dlib.at(20))
