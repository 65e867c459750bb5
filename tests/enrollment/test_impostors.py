"""An organization's own people: who looks like whom, and the line they ask for."""

from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.enrollment import duplicates, impostors, services, vault
from apps.enrollment.gallery import Gallery
from apps.enrollment.impostors import ENOUGH_ABOVE, Seen, compare, own_line
from apps.enrollment.lines import lines_for, raised
from apps.enrollment.models import LookAlike, OwnLine
from apps.organizations.models import AuditEntry
from apps.organizations.tenancy import acting_for
from apps.people.models import Person
from apps.recognition.engine import Engine
from apps.recognition.matching import unit
from apps.recognition.shapes import Face, Matrix, Probe, Quality, Target, Thresholds, Vector
from tests.personas import World

from .conftest import add_person, opened

SPACE = "numbers"
SCORES = st.lists(st.floats(-1, 1, width=32), max_size=30)


@dataclass
class Ruler:
    """An engine of which only its lines are asked."""

    space: str = SPACE
    name: str = "ruler"

    def thresholds(self, people: int, target: Target = Target.ONE) -> Thresholds:
        return Thresholds(confirm=0.5, accept=0.6, margin=0.06)


RULER = cast(Engine, Ruler())


def sphere(people: int, seed: int = 0) -> Matrix:
    return unit(np.random.default_rng(seed).standard_normal((people, 64)).astype(np.float32))


def gallery_of(matrix: Matrix, lengths: Vector | None = None) -> Gallery:
    return Gallery(SPACE, None, tuple(UUID(int=one) for one in range(len(matrix))), matrix, lengths)


def with_twins(people: int, similarity: float) -> Matrix:
    """The first two are this near to each other."""
    matrix = sphere(people)
    matrix[1] = unit(similarity * matrix[0] + np.sqrt(1 - similarity**2) * matrix[1])
    return matrix


class TestComparing:
    def test_a_pair_is_seen_once(self) -> None:
        [(one, other, score)] = compare(gallery_of(with_twins(50, 0.9)), 0.7).pairs
        assert (one, other, score > 0.8) == (UUID(int=0), UUID(int=1), True)

    def test_nobody_looks_like_themselves(self) -> None:
        assert max(compare(gallery_of(sphere(50)), 0.9).best) < 0.9

    def test_it_agrees_with_comparing_everybody_at_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(impostors, "ROWS", 16)
        matrix = sphere(70)
        scores = matrix @ matrix.T - 2 * np.eye(70)
        assert np.allclose(compare(gallery_of(matrix), 0.9).best, scores.max(axis=1), atol=1e-5)

    def test_a_mean_of_scores_is_shorter_where_references_differ(self) -> None:
        matrix = with_twins(10, 0.9)
        halved = compare(gallery_of(matrix, np.full(10, 0.5, np.float32)), 0.0).best
        assert np.allclose(halved, np.array(compare(gallery_of(matrix), 0.0).best) / 2, atol=1e-6)

    @pytest.mark.parametrize("people", [0, 1])
    def test_who_is_alone_resembles_nobody(self, people: int) -> None:
        assert compare(gallery_of(sphere(people)), 0.5) == Seen((), ())

    def test_of_a_large_gallery_a_sample_is_compared_with_everybody(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(impostors, "SAMPLED", 20)
        seen = compare(gallery_of(sphere(1000)), 0.9, UUID(int=501))
        assert len(seen.best) in (20, 21) and UUID(int=501) in seen.compared


class TestOwnLine:
    @pytest.mark.parametrize(("people", "says"), [(299, False), (300, True)])
    def test_too_few_people_say_nothing(self, people: int, says: bool) -> None:
        assert (own_line((0.5,) * people, Target.ONE) is not None) is says

    def test_at_most_the_targets_share_of_them_reaches_it(self) -> None:
        best = tuple(np.random.default_rng(0).uniform(0, 1, 500))
        line = own_line(best, Target.ONE)
        assert line is not None and sum(one >= line for one in best) == 5

    def test_one_pair_of_sisters_does_not_close_a_site(self) -> None:
        line = own_line((0.99, 0.99) + (0.4,) * 298, Target.ONE)
        assert line == pytest.approx(0.4) and ENOUGH_ABOVE > 2

    def test_an_engine_without_calibration_still_accepts_nobody(self) -> None:
        assert raised(Thresholds(0.5, None), 0.7) == Thresholds(0.7, None)


@pytest.fixture
def people(northwind: World) -> list[Person]:
    return [add_person(northwind.northwind, f"E{one}") for one in range(10, 14)]


def enrolled(person: Person, *vectors: Vector) -> None:
    session = opened(person.organization, person)
    for vector in vectors:
        face = Face((0.0, 0.0, 99.0, 99.0), 1.0, np.zeros((5, 2), np.float32))
        probe = Probe(vector, SPACE, face, Quality(99.0, 99.0, 99.0, 1.0))
        services.add_draft(organization=person.organization, session=session, probe=probe)
    duplicates.hold_or_complete(
        person.organization, session, RULER, [vault.turned(person.organization, vector) for vector in vectors]
    )


def pairs() -> set[frozenset[str]]:
    rows = LookAlike.objects.values_list("person__external_id", "other__external_id")
    return {frozenset(row) for row in rows}


@pytest.mark.django_db
class TestAfterAnEnrollment:
    def test_look_alikes_are_noted_once(self, northwind: World, people: list[Person]) -> None:
        for person, vector in zip(people, with_twins(4, 0.55), strict=True):
            enrolled(person, vector)
        assert (pairs(), LookAlike.objects.count()) == ({frozenset({"E10", "E11"})}, 1)

    def test_only_pairs_that_changed_are_written(
        self, northwind: World, people: list[Person], django_assert_max_num_queries: Any
    ) -> None:
        relatives = np.sqrt(0.45) * np.eye(12, 64, k=1, dtype=np.float32)
        relatives[:, 0] = np.sqrt(0.55)
        twins = [add_person(northwind.northwind, f"T{one}") for one in range(12)]
        for person in twins:
            enrolled(person, relatives[twins.index(person)])  # 66 pairs
        assert LookAlike.objects.count() == 66
        with django_assert_max_num_queries(90):
            enrolled(people[0], sphere(1)[0])

    def test_people_who_differ_are_not(self, northwind: World, people: list[Person]) -> None:
        for person, vector in zip(people, sphere(4), strict=True):
            enrolled(person, vector)
        assert pairs() == set()

    def test_who_enrolls_again_may_look_like_nobody_any_more(self, northwind: World, people: list[Person]) -> None:
        twins = with_twins(4, 0.55)
        enrolled(people[0], twins[0])
        enrolled(people[1], twins[1])
        enrolled(people[1], twins[2])
        assert pairs() == set()

    def test_withdrawn_consent_takes_the_pair_along(self, northwind: World, people: list[Person]) -> None:
        for person, vector in zip(people, with_twins(4, 0.55), strict=True):
            enrolled(person, vector)
        services.withdraw_consent(organization=northwind.northwind, person=people[1])
        assert pairs() == set()

    def test_it_says_how_many_were_compared(self, northwind: World, people: list[Person]) -> None:
        for person, vector in zip(people, sphere(4), strict=True):
            enrolled(person, vector)
        assert OwnLine.objects.values_list("people", "scores").get() == (4, 4)

    def test_the_lines_are_the_engines_while_few_are_enrolled(self, northwind: World, people: list[Person]) -> None:
        enrolled(people[0], sphere(1)[0])
        assert lines_for(northwind.northwind, RULER, 1) == RULER.thresholds(1)


def keep(world: World, best: tuple[float, ...]) -> None:
    impostors._raise_own_line(world.northwind, SPACE, best)


@pytest.mark.django_db
class TestHighWaterMark:
    def test_it_raises_both_lines(self, northwind: World) -> None:
        keep(northwind, (0.8,) * 300)
        lines = lines_for(northwind.northwind, RULER, 300)
        assert lines.accept == lines.confirm == pytest.approx(0.8)

    def test_it_never_falls(self, northwind: World) -> None:
        keep(northwind, (0.8,) * 300)
        keep(northwind, (0.3,) * 300)
        assert lines_for(northwind.northwind, RULER, 300).confirm == pytest.approx(0.8)

    @pytest.mark.parametrize("target", Target)
    def test_a_stricter_target_never_lowers_it(self, northwind: World, target: Target) -> None:
        keep(northwind, (0.8,) * 300)  # too few people for a line of their own at the stricter ones
        northwind.northwind.false_positive_target = target
        assert lines_for(northwind.northwind, RULER, 300).confirm == pytest.approx(0.8)

    def test_a_looser_target_is_not_raised_by_a_stricter_one(self, northwind: World) -> None:
        keep(northwind, (0.9,) * 5 + (0.8,) * 1000)
        assert lines_for(northwind.northwind, RULER, 1005).confirm == pytest.approx(0.8)

    def test_an_owner_resets_it(self, northwind: World) -> None:
        keep(northwind, (0.8,) * 300)
        impostors.reset_own_line(organization=northwind.northwind, own_line=OwnLine.objects.get())
        assert lines_for(northwind.northwind, RULER, 300).confirm == 0.5

    def test_the_trail_keeps_what_it_was(self, northwind: World) -> None:
        keep(northwind, (0.8,) * 300)
        impostors.reset_own_line(organization=northwind.northwind, own_line=OwnLine.objects.get())
        entry = AuditEntry.objects.get(action="own_line.reset")
        assert "0.8" in str(entry.old)

    def test_another_organization_has_its_own(self, northwind: World, world: World) -> None:
        keep(northwind, (0.8,) * 300)
        with acting_for(world.southwind):
            assert lines_for(world.southwind, RULER, 300).confirm == 0.5


@settings(max_examples=50)
@given(st.lists(SCORES, min_size=1, max_size=4))
def test_whatever_is_seen_no_line_falls(rounds: list[list[float]]) -> None:
    lines, lowest = Thresholds(0.5, 0.6), -1.0
    for scores in rounds:
        before = raised(lines, lowest)
        lowest = max(lowest, own_line(tuple(scores) * 50, Target.ONE) or -1.0)
        after = raised(lines, lowest)
        assert after.confirm >= before.confirm and (after.accept or 0) >= (before.accept or 0)
