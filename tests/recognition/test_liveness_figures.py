"""What a test with attacks may claim: per species, with n, never more than was seen."""

import subprocess
import sys

import pytest
from scipy.stats import binomtest

from apps.recognition.liveness.figures import (
    Count,
    apcer,
    at_most,
    bpcer,
    face_alone_allowed,
    headline,
    in_words,
    interval,
)
from tests.plugins.needs import ROOT

STUB = [Count("live", 20, 20), Count("print", 10, 2), Count("phone", 40, 1)]
"""A detector that believes two of ten prints."""


@pytest.mark.parametrize(("hits", "of"), [(0, 1), (0, 30), (3, 150), (2, 30), (5, 50), (50, 50), (7, 4000)])
def test_the_interval_is_the_exact_one(hits: int, of: int) -> None:
    exact = binomtest(hits, of).proportion_ci(method="exact")
    assert interval(hits, of) == pytest.approx((exact.low, exact.high), abs=1e-9)


@pytest.mark.parametrize(("hits", "of", "percent"), [(0, 30, 9.5), (0, 50, 5.8), (0, 150, 2.0), (0, 59, 5.0)])
def test_no_attack_seen_bounds_the_rate_one_sided(hits: int, of: int, percent: float) -> None:
    assert 100 * at_most(hits, of) == pytest.approx(percent, abs=0.06)


def test_nothing_counted_bounds_nothing() -> None:
    assert interval(0, 0) == (0.0, 1.0)
    assert in_words(0, 0, "printed photos") == "No printed photos tried yet: nothing is known."


def test_a_stub_that_accepts_two_of_ten_prints_has_an_apcer_of_a_fifth() -> None:
    rate = apcer(STUB[1])
    assert rate.share == 0.2
    assert (rate.low, rate.high) == pytest.approx((0.025, 0.556), abs=0.001)


def test_the_worst_species_is_the_headline() -> None:
    worst = headline(STUB)
    assert worst is not None
    assert (worst.species, worst.hits, worst.of) == ("print", 2, 10)


def test_of_equal_shares_the_least_tried_is_the_worst() -> None:
    worst = headline([Count("print", 200, 0), Count("phone", 10, 0)])
    assert worst is not None
    assert worst.species == "phone"


def test_live_faces_are_no_attack() -> None:
    assert headline([Count("live", 20, 20)]) is None


def test_a_live_face_without_an_answer_counts_against_the_camera() -> None:
    assert bpcer(Count("live", 20, 17, unanswered=2)).hits == 3


def test_an_attack_without_an_answer_was_not_accepted() -> None:
    assert apcer(Count("print", 10, 0, unanswered=10)).share == 0.0


@pytest.mark.parametrize(("limit", "allowed"), [(0.1, False), (0.2, True)])
def test_a_camera_that_believes_too_many_pictures_asks_for_more(limit: float, allowed: bool) -> None:
    assert face_alone_allowed(STUB, limit) is allowed


def test_a_camera_that_was_never_tested_is_not_forbidden() -> None:
    assert face_alone_allowed([Count("live", 20, 20)], 0.1)


def test_the_words_carry_the_count_and_the_bound() -> None:
    assert in_words(0, 50, "printed photos") == "0 of 50 printed photos accepted: the true rate can be up to 5.8 %."
    said = in_words(2, 30, "phones")
    assert said == "2 of 30 phones accepted: the true rate lies between 0.8 % and 22.1 %."


def test_pages_may_import_it_without_numpy() -> None:
    code = (
        "import sys, apps.recognition.liveness.figures as _; sys.exit(any(m in sys.modules for m in ('numpy', 'cv2')))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
