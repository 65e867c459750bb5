"""Twins stand before the camera: whoever of them comes, nobody is named, and each uses the PIN."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.attendance.approach import ACCEPT, AMBIGUOUS, CONFIRM, Glimpse, Verdict, decide
from apps.recognition.engine import thresholds_of
from apps.recognition.matching import search, unit
from apps.recognition.shapes import Matrix, Thresholds
from tests.recognition.spheres import NARROW, Sphere

Sized = Callable[[int, int], int]
LINES = Thresholds(confirm=0.90, accept=0.96, margin=0.02)


@dataclass(frozen=True)
class Space:
    """How near a twin's reference and the own frames lie in a space, and the lines there."""

    sphere: Sphere
    lines: Thresholds
    twins: float
    frame: float


# In dlib's narrow space strangers are .85 alike: .95 of the way from there to the same face is .9925.
SPACES = {
    "arcface's": Space(Sphere(512), Thresholds(0.20, 0.25, thresholds_of("arcface", 200).margin), 0.95, 0.70),
    "sface's": Space(Sphere(128), Thresholds(0.36, 0.40, thresholds_of("sface", 200).margin), 0.95, 0.70),
    "dlib's": Space(NARROW, thresholds_of("dlib", 200), twins=0.9925, frame=0.985),
}


def beside(vector: Matrix, similarity: float, rng: np.random.Generator) -> Matrix:
    """A vector this similar to each of these (n, D), in a direction of chance."""
    noise = rng.standard_normal(vector.shape).astype(np.float32)
    noise -= (noise * vector).sum(axis=1, keepdims=True) * vector
    found: Matrix = similarity * vector + np.sqrt(np.float32(1 - similarity**2)) * unit(noise)
    return found


def visits(space: Space, seed: int, pairs: int) -> list[tuple[Verdict | None, int]]:
    """Each twin of each pair before the camera once, among 200 others: the verdict, and whose visit it was."""
    rng = np.random.default_rng(seed)
    elder = space.sphere.people(rng, pairs)
    gallery = np.concatenate([elder, beside(elder, space.twins, rng), space.sphere.people(rng, 200)])
    return [(visit(space, gallery, row, rng), row) for row in range(2 * pairs)]


def visit(space: Space, gallery: Matrix, row: int, rng: np.random.Generator) -> Verdict | None:
    frames = [beside(gallery[[row]], space.frame, rng)[0] for _ in range(3)]
    found = [search(frame, gallery) for frame in frames]
    return decide([Glimpse(0, tuple((str(one.row), one.similarity) for one in three)) for three in found], space.lines)


@pytest.mark.parametrize("space", SPACES.values(), ids=SPACES.keys())
def test_planted_twins_are_always_ambiguous(space: Space, sized: Sized) -> None:
    verdicts = [verdict for seed in range(sized(4, 40)) for verdict, _ in visits(space, seed, pairs=25)]
    assert {verdict.kind for verdict in verdicts if verdict} == {AMBIGUOUS}


@pytest.mark.parametrize("space", SPACES.values(), ids=SPACES.keys())
def test_nobody_is_taken_for_their_twin(space: Space, sized: Sized) -> None:
    seen = [one for seed in range(100, 100 + sized(2, 20)) for one in visits(space, seed, pairs=25)]
    assert not [row for verdict, row in seen if verdict and verdict.person_id not in (None, str(row))]


@pytest.mark.parametrize("space", SPACES.values(), ids=SPACES.keys())
def test_who_resembles_nobody_is_accepted(space: Space) -> None:
    rng = np.random.default_rng(7)
    gallery = space.sphere.people(rng, 300)
    kinds = [verdict.kind for row in range(100) if (verdict := visit(space, gallery, row, rng))]
    assert kinds == [ACCEPT] * 100


def three(**people: float) -> list[Glimpse]:
    ranked = sorted(people.items(), key=lambda one: -one[1])
    return [Glimpse(at, tuple(ranked)) for at in range(3)]


@pytest.mark.parametrize(
    ("ann", "ben", "kind"),
    [
        (0.98, 0.97, AMBIGUOUS),
        (0.98, 0.961, AMBIGUOUS),
        (0.98, 0.959, ACCEPT),
        (0.93, 0.92, AMBIGUOUS),
        (0.93, 0.90, CONFIRM),
        (0.905, 0.899, CONFIRM),
    ],
)
def test_the_second_best_must_stay_behind_by_the_margin(ann: float, ben: float, kind: str) -> None:
    verdict = decide(three(ann=ann, ben=ben), LINES)
    assert verdict is not None and verdict.kind == kind


def test_an_ambiguous_approach_names_nobody() -> None:
    verdict = decide(three(ann=0.98, ben=0.98), LINES)
    assert verdict is not None and (verdict.kind, verdict.person_id) == (AMBIGUOUS, None)


def test_an_engine_without_calibration_does_not_ask_two_look_alikes_for_their_names() -> None:
    verdict = decide(three(ann=0.98, ben=0.97), Thresholds(0.90, None, 0.02))
    assert verdict is not None and verdict.kind == AMBIGUOUS


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 0.1))
def test_who_is_named_leads_by_the_margin(ann: float, ben: float, margin: float) -> None:
    verdict = decide(three(ann=ann, ben=ben), Thresholds(0.5, 0.6, margin))
    if verdict is not None and verdict.person_id:
        assert abs(ann - ben) >= margin - 1e-9 or min(ann, ben) < 0.5
