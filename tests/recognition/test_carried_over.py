"""A line tuned on half of the people is carried over to the others, in five fixed splits."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from apps.recognition.calibration.collecting import collect, photos_of
from apps.recognition.calibration.fitting import Comparisons
from apps.recognition.calibration.splits import CarriedOver, Counted, carried_over, splits
from apps.recognition.engine import Engine

from .spheres import NARROW, UNIFORM, Sphere

Sized = Callable[[int, int], int]
PEOPLE = [f"person {one}" for one in range(100)]
STRANGERS = [f"stranger {one}" for one in range(300)]


def test_the_splits_are_the_same_each_time() -> None:
    assert splits(PEOPLE, STRANGERS) == splits(PEOPLE[::-1], STRANGERS[::-1])


def test_half_of_the_people_and_of_the_strangers_tune() -> None:
    assert {(len(one.people), len(one.strangers)) for one in splits(PEOPLE, STRANGERS)} == {(50, 150)}


def test_no_split_is_drawn_twice() -> None:
    assert all(one != other for one, other in pairwise(splits(PEOPLE, STRANGERS)))


@pytest.mark.parametrize("sphere", [UNIFORM, NARROW], ids=["uniform", "narrow"])
@pytest.mark.parametrize("target", [0.01, 0.003])
def test_the_target_holds_for_people_made_of_numbers(sphere: Sphere, target: float) -> None:
    assert carried_over(sphere.compared(seed=8), target).held


def test_who_tunes_is_not_tested() -> None:
    pooled = carried_over(UNIFORM.compared(seed=8), 0.01).pooled
    assert (pooled.strangers, len(pooled.thresholds)) == (5 * 150, 5)


def found_by(sphere: Sphere, frame: float) -> Counted:
    """Everybody's own probe, this similar to their template, beside the strangers'."""
    strangers = sphere.compared(seed=9)
    rng = np.random.default_rng(9)
    known = sphere.people(rng, len(PEOPLE))
    own = known @ known.T
    np.fill_diagonal(own, frame)
    scores, probes = np.concatenate([strangers.scores, own]), [*strangers.probes, *PEOPLE]
    return carried_over(replace(strangers, scores=scores, probes=probes), 0.01).pooled


def test_who_is_enrolled_is_found() -> None:
    pooled = found_by(UNIFORM, frame=0.8)
    assert (pooled.found, pooled.probes, pooled.misidentified) == (5 * 50, 5 * 50, 0)


def test_whose_probe_is_too_far_is_not() -> None:
    assert found_by(UNIFORM, frame=0.1).found == 0


def test_a_photo_that_made_the_template_is_not_searched() -> None:
    known = UNIFORM.people(np.random.default_rng(1), 100)
    compared = Comparisons(known @ known.T, PEOPLE, PEOPLE, [False] * 99 + [True])
    assert carried_over(compared, 0.01).pooled.probes <= 5


def counted(named: int, strangers: int) -> CarriedOver:
    return CarriedOver(0.01, (Counted(strangers, named, 0, 0, 0, (0.5,)),))


@pytest.mark.parametrize(("named", "held"), [(0, True), (10, True), (16, True), (18, False), (100, False)])
def test_a_target_is_broken_when_chance_does_not_explain_it(named: int, held: bool) -> None:
    assert counted(named, 1000).held is held


def test_nothing_counted_contradicts_nothing() -> None:
    assert counted(0, 0).pooled.interval == (0.0, 1.0)


@pytest.mark.shared
@pytest.mark.timeout(600)
def test_on_real_faces_the_target_holds(dlib_engine: Engine, shared: Path, sized: Sized) -> None:
    """FPIR 1 % on unseen people of LFW; at the small size fewer people and photos."""
    many, each = sized(60, 100), sized(1, 8)
    people = {name: photos[:each] for name, photos in list(photos_of(shared / "faces/lfw_people").items())[:many]}
    strangers = dict(list(photos_of(shared / "faces/lfw_strangers").items())[: sized(140, 300)])
    collected = collect(dlib_engine, people, strangers, lambda text: None)
    carried = carried_over(collected.compared(), 0.01)
    assert carried.held and not carried.pooled.misidentified
    assert carried.pooled.strangers >= sized(300, 2700)
