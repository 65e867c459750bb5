import math

import numpy as np
import pytest

from apps.recognition.evaluation import Answer, Look, answer, clopper_pearson, figures, threshold_for
from apps.recognition.matching import unit

NAMES = ["ann", "ben"]
TEMPLATES = np.eye(2, 4, dtype=np.float32)


def stranger(similarity: float) -> Answer:
    return Answer(None, "ann", similarity)


STRANGERS = [stranger(number / 100) for number in range(100)]


def test_the_nearest_person_is_named() -> None:
    close_to_ben = unit(np.array([0.1, 0.9, 0.3, 0], np.float32))
    assert answer(Look("ben", close_to_ben), NAMES, TEMPLATES).right


def test_a_photo_without_a_face_is_found_by_nobody() -> None:
    assert answer(Look("ben", None), NAMES, TEMPLATES).similarity == -math.inf


def test_without_a_gallery_nobody_is_found() -> None:
    assert answer(Look("ben", TEMPLATES[0]), [], TEMPLATES[:0]).nearest is None


@pytest.mark.parametrize(("fpir", "named"), [(0.0, 0), (0.01, 1), (0.05, 5), (0.055, 5), (1.0, 100)])
def test_the_threshold_names_no_more_strangers_than_asked(fpir: float, named: int) -> None:
    assert figures(STRANGERS, threshold_for(STRANGERS, fpir)).strangers_named == named


def test_equal_similarities_are_refused_together() -> None:
    alike = [stranger(0.9)] * 10 + [stranger(0.1)] * 90
    assert figures(alike, threshold_for(alike, 0.05)).strangers_named == 0


def test_strangers_without_a_face_are_never_named() -> None:
    faceless = [stranger(-math.inf)] * 100
    assert figures(faceless, threshold_for(faceless, 0.01)).strangers_named == 0


def test_a_wrong_name_below_the_threshold_is_no_misidentification() -> None:
    answers = [Answer("ann", "ben", 0.4), Answer("ann", "ben", 0.6), Answer("ann", "ann", 0.6)]
    counted = figures(answers, 0.5)
    assert (counted.misidentified, counted.found, counted.nearest_right) == (1, 1, 1)


def test_a_right_name_below_the_threshold_is_not_found() -> None:
    assert figures([Answer("ann", "ann", 0.4)], 0.5).found == 0


def test_strangers_are_counted_apart() -> None:
    counted = figures([Answer("ann", "ann", 0.6), stranger(0.9)], 0.5)
    assert (counted.probes, counted.strangers) == (1, 1)


# Expected values from published tables of the exact binomial interval.
@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [(0, 10, 0.0, 0.3085), (10, 10, 0.6915, 1.0), (5, 10, 0.1871, 0.8129), (3, 300, 0.00207, 0.02894), (0, 0, 0, 1)],
)
def test_the_interval_is_the_exact_one(hits: int, of: int, low: float, high: float) -> None:
    assert clopper_pearson(hits, of) == pytest.approx((low, high), abs=1e-4)


def test_the_interval_of_many_does_not_overflow() -> None:
    low, high = clopper_pearson(5_000, 10_000)
    assert 0.489 < low < 0.5 < high < 0.511
