import math
import subprocess
import sys

import numpy as np
import pytest

from apps.recognition.evaluation.approaches import (
    Scored,
    agreement,
    answers,
    as_strangers,
    disjoint,
    every_choice,
    mean_of_scores,
    one_photo,
)
from apps.recognition.evaluation.figures import Answer, figures, threshold_for
from apps.recognition.evaluation.intervals import Share, clopper_pearson, people_resampled
from tests.plugins.needs import ROOT

LOST = [-math.inf, -math.inf]


def scored(rows: list[list[float]], owners: str, people: tuple[str, ...] = ("ann", "ben")) -> Scored:
    """`owners` has one letter a row: a(nn), b(en), or s(tranger)."""
    names = {"a": "ann", "b": "ben", "s": "stranger"}
    known = np.array([owner != "s" for owner in owners])
    scores = np.array(rows, np.float32).reshape(len(owners), len(people))
    return Scored(people, tuple(names[owner] for owner in owners), known, scores)


def stranger(similarity: float) -> Answer:
    return Answer(None, "ann", similarity)


STRANGERS = [stranger(number / 100) for number in range(100)]


def test_the_nearest_person_is_named() -> None:
    found = answers(scored([[0.1, 0.9]], "b"), [(0,)], one_photo)[0]
    assert (found.nearest, found.right) == ("ben", True) and found.runner_up == pytest.approx(0.1)


def test_a_photo_without_a_face_is_found_by_nobody() -> None:
    found = answers(scored([LOST], "b"), [(0,)], one_photo)[0]
    assert (found.nearest, found.similarity) == (None, -math.inf)


def test_without_a_gallery_nobody_is_found() -> None:
    assert answers(scored([], "", people=()), [], one_photo) == []
    assert answers(scored([[]], "b", people=()), [(0,)], one_photo)[0].nearest is None


def test_the_mean_is_of_the_scores_of_each_person() -> None:
    three = scored([[0.9, 0.2], [0.3, 0.6], [0.6, 0.5]], "aaa")
    found = answers(three, [(0, 1, 2)], mean_of_scores)[0]
    assert found.nearest == "ann" and found.similarity == pytest.approx(0.6)


def test_two_of_three_must_name_the_same_person() -> None:
    two = np.array([[0.9, 0.2], [0.3, 0.6], [0.7, 0.5]], np.float32)
    assert agreement(two)[:2] == pytest.approx((0, 0.7))
    assert agreement(two[:, ::-1])[:2] == pytest.approx((1, 0.7))


def test_a_lost_frame_agrees_with_nobody() -> None:
    assert agreement(np.array([[0.9, 0.2], LOST, LOST], np.float32))[1] == -math.inf


def test_nobody_is_named_by_one_photo_of_two_that_disagree() -> None:
    assert agreement(np.array([[0.9, 0.2], [0.1, 0.8]], np.float32))[1] == -math.inf


def test_somebody_left_out_is_compared_with_the_others_alone() -> None:
    found = as_strangers(scored([[0.9, 0.2]], "a"), [(0,)], one_photo)[0]
    assert (found.person, found.nearest) == (None, "ben") and found.similarity == pytest.approx(0.2)


def test_the_only_one_enrolled_left_out_is_named_by_nobody() -> None:
    found = as_strangers(scored([[0.9]], "a", people=("ann",)), [(0,)], mean_of_scores)[0]
    assert found.similarity == -math.inf


def test_no_photo_is_in_two_approaches_and_a_lost_one_is_passed_over() -> None:
    five = scored([[0.9, 0.1], LOST, [0.8, 0.1], [0.7, 0.1], [0.6, 0.1]], "aaaaa")
    assert disjoint(five, five.rows_by_owner(known=True), 3) == [(0, 2, 3)]


def test_an_approach_that_cannot_be_filled_is_lost() -> None:
    three = scored([[0.9, 0.1], LOST, [0.8, 0.1]], "aaa")
    approaches = disjoint(three, three.rows_by_owner(known=True), 3)
    assert [one.similarity for one in answers(three, approaches, mean_of_scores)] == [-math.inf]


def test_who_has_too_few_photos_makes_no_approach() -> None:
    two = scored([[0.9, 0.1]] * 2, "aa")
    assert disjoint(two, two.rows_by_owner(known=True), 3) == []
    assert every_choice(two, [0, 1], 3) == []


def test_every_choice_is_of_usable_photos_while_they_suffice() -> None:
    four = scored([[0.9, 0.1], LOST, [0.8, 0.1], [0.7, 0.1]], "aaaa")
    assert every_choice(four, [0, 1, 2, 3], 3) == [(0, 2, 3)]
    assert every_choice(four, [0, 1, 2], 3) == [(0, 1, 2)]


@pytest.mark.parametrize(("fpir", "named"), [(0.0, 0), (0.01, 1), (0.05, 5), (0.055, 5), (1.0, 100)])
def test_the_threshold_names_no_more_strangers_than_asked(fpir: float, named: int) -> None:
    assert figures(STRANGERS, threshold_for(STRANGERS, fpir)).fpir.hits == named


def test_equal_similarities_are_refused_together() -> None:
    alike = [stranger(0.9)] * 10 + [stranger(0.1)] * 90
    assert figures(alike, threshold_for(alike, 0.05)).fpir.hits == 0


def test_strangers_without_a_face_are_never_named() -> None:
    faceless = [stranger(-math.inf)] * 100
    assert figures(faceless, threshold_for(faceless, 0.01)).fpir.hits == 0


def test_a_wrong_name_below_the_threshold_is_no_misidentification() -> None:
    answers = [Answer("ann", "ben", 0.4), Answer("ann", "ben", 0.6), Answer("ann", "ann", 0.6)]
    counted = figures(answers, 0.5)
    assert (counted.misidentified.hits, counted.found.hits, counted.rank1.hits) == (1, 1, 1)


def test_a_right_name_below_the_threshold_is_not_found() -> None:
    assert figures([Answer("ann", "ann", 0.4)], 0.5).found.hits == 0


def test_strangers_are_counted_apart() -> None:
    counted = figures([Answer("ann", "ann", 0.6), stranger(0.9)], 0.5)
    assert (counted.found.of, counted.fpir.of) == (1, 1)


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


def test_a_share_of_nothing_says_nothing() -> None:
    assert (Share(0, 0).value, Share(0, 0).interval, Share(0, 0).few) == (0.0, (0.0, 1.0), True)


def test_people_resampled_widen_an_interval_that_photos_would_narrow() -> None:
    alike = people_resampled([10] * 9 + [0], [10] * 10)
    assert alike[0] < clopper_pearson(90, 100)[0] and alike[1] == 1.0
    assert people_resampled([], []) == (0.0, 1.0)


def test_a_look_alike_within_the_margin_is_unclear_though_found() -> None:
    near, far = Answer("ann", "ann", 0.6, 0.59), Answer("ann", "ann", 0.6, 0.4)
    counted = figures([near, far], 0.5, margin=0.05)
    assert (counted.found.hits, counted.unclear.hits) == (2, 1)


def test_what_the_web_process_asks_of_recognition_loads_no_plots_and_no_statistics() -> None:
    program = (
        "import sys; from apps.recognition import engine, frames, thresholds, wire; from apps.recognition.calibration "
        "import finding, words; sys.exit(any(name in sys.modules for name in ('matplotlib', 'scipy', 'cv2')))"
    )
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0
