"""From one engine to the next: filled beside it, tried out, switched when ready, and never compared across."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from io import StringIO
from typing import Any, cast

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from apps.enrollment import capture, engine_choice, moving, nightly, photo_import, selectors, services, shadow, vault
from apps.enrollment.engine_choice import choose_engine, chosen_engine_name, next_engine_name
from apps.enrollment.gallery import gallery_for
from apps.enrollment.models import EnrollmentSession, Reference, ShadowTally
from apps.enrollment.photo_rules import Terms
from apps.enrollment.shadow import Agreement
from apps.organizations.tenancy import acting_for
from apps.people.models import Person
from apps.recognition.engine import Engine
from apps.recognition.registry import ENTRIES
from apps.recognition.shapes import Image, Probe, Purpose, Vector
from tests.personas import World, signed_in

from .conftest import add_person, opened
from .numbers import Ruler, probe_of, unit

pytestmark = pytest.mark.django_db
OLD, NEW = "dlib", "sface"
BLANK = np.zeros((8, 8, 3), np.uint8)


def space_of(name: str) -> str:
    return f"{engine_choice.prefix_of(ENTRIES[name])}numbers"


@dataclass
class Seer(Ruler):
    """Sees one face in whatever it is shown, in its own space; or breaks."""

    vector: Vector = field(default_factory=lambda: unit(1, 0))
    breaks: bool = False

    def see(self, image: Image, purpose: Purpose) -> Probe:
        if self.breaks:
            raise RuntimeError("weights of another format")
        return probe_of(self.vector, self.space)


@dataclass
class Pair:
    """The engine that is set and the next one."""

    old: Seer
    new: Seer

    def named(self, name: str) -> Engine:
        return cast(Engine, {OLD: self.old, NEW: self.new}[name])


@pytest.fixture
def pair(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pair]:
    """dlib is set; sface is not filled yet."""
    found = Pair(Seer(space=space_of(OLD)), Seer(space=space_of(NEW)))
    for module in (moving, shadow):
        monkeypatch.setattr(module, "engine_named", found.named)
    monkeypatch.setattr(capture, "SPREAD_SECONDS", -1.0)
    choose_engine(OLD)
    yield found


def said(*arguments: str) -> str:
    out = StringIO()
    call_command("engine", *arguments, stdout=out)
    return out.getvalue()


def fill() -> None:
    said("fill", NEW, "--without-weights")


def visit(person: Person, pair: Pair) -> EnrollmentSession:
    """A whole visit that takes frames looking straight."""
    session = opened(person.organization, person)
    services.cannot_turn(organization=person.organization, session=session, supervisor=None)
    for _ in range(capture.NEEDED):
        capture.take_frame(person.organization, session, cast(Engine, pair.old), BLANK)
    session.refresh_from_db()
    return session


def counted(space: str) -> int:
    return selectors.taken(Reference.objects.filter(space=space, is_active=True)).count()


class TestFilling:
    def test_references_of_both_are_kept(self, northwind: World, pair: Pair) -> None:
        fill()
        visit(northwind.person, pair)
        assert (counted(space_of(OLD)), counted(space_of(NEW))) == (capture.NEEDED, capture.NEEDED)

    @pytest.mark.parametrize("breaks", [False, True])
    def test_photos_are_taken_for_both(self, northwind: World, pair: Pair, breaks: bool) -> None:
        fill()
        pair.new.breaks, engine = breaks, cast(Engine, pair.old)
        seen = photo_import.look_with_both(BLANK, engine, [])
        assert not isinstance(seen, photo_import.Refused)
        paper = Terms(dry_run=False, paper_reference="file 12")
        used = [
            photo_import.conclude(northwind.northwind, northwind.person, seen, engine, terms).used
            for terms in (Terms(paper_reference="file 12"), paper)
        ]
        assert (used, counted(space_of(OLD)), counted(space_of(NEW))) == ([1, 1], 1, int(not breaks))

    def test_before_it_only_the_present_ones_are(self, northwind: World, pair: Pair) -> None:
        visit(northwind.person, pair)
        assert (counted(space_of(OLD)), counted(space_of(NEW))) == (capture.NEEDED, 0)

    def test_the_next_engines_failure_blocks_nobody(self, northwind: World, pair: Pair) -> None:
        fill()
        pair.new.breaks = True
        assert visit(northwind.person, pair).state == EnrollmentSession.State.COMPLETE
        assert (counted(space_of(OLD)), counted(space_of(NEW))) == (capture.NEEDED, 0)

    def test_a_visit_is_no_sooner_complete(self, northwind: World, pair: Pair) -> None:
        fill()
        session = opened(northwind.northwind, northwind.person)
        services.cannot_turn(organization=northwind.northwind, session=session, supervisor=None)
        told = [capture.take_frame(northwind.northwind, session, cast(Engine, pair.old), BLANK) for _ in range(3)]
        assert [one.accepted for one in told] == [1, 2, 3]

    def test_a_visit_in_which_another_engine_is_set_begins_anew(self, northwind: World, pair: Pair) -> None:
        session = opened(northwind.northwind, northwind.person)
        for _ in range(capture.NEEDED - 1):
            capture.take_frame(northwind.northwind, session, cast(Engine, pair.old), BLANK)
        choose_engine(NEW)
        told = [capture.take_frame(northwind.northwind, session, cast(Engine, pair.new), BLANK) for _ in range(2)]
        assert ([one.accepted for one in told], told[-1].complete) == ([1, 2], False)

    def test_one_that_was_switched_to_goes_on_with_its_own(self, northwind: World, pair: Pair) -> None:
        fill()
        session = opened(northwind.northwind, northwind.person)
        for _ in range(capture.NEEDED - 1):
            capture.take_frame(northwind.northwind, session, cast(Engine, pair.old), BLANK)
        said("switch", "--anyway")
        assert capture.take_frame(northwind.northwind, session, cast(Engine, pair.new), BLANK).complete
        assert counted(space_of(NEW)) == capture.NEEDED

    def test_who_has_not_moved_is_told_by_name(self, northwind: World, pair: Pair) -> None:
        visit(northwind.person, pair)
        fill()
        other = add_person(northwind.northwind, "E2")
        pair.old.vector = pair.new.vector = unit(0, 1)
        visit(other, pair)
        page = signed_in(northwind.alice).get("/o/northwind/recognition/engine/").text
        assert "Priya Raman" in page and "Ann Example E2" not in page and "50 %" in page

    def test_the_present_engine_goes_on_deciding(self, pair: Pair) -> None:
        fill()
        assert (chosen_engine_name(), next_engine_name()) == (OLD, NEW)

    def test_the_one_that_is_set_is_not_filled(self, pair: Pair) -> None:
        with pytest.raises(CommandError, match="engine_not_fillable"):
            said("fill", OLD)

    def test_weights_that_are_missing_are_named(self, pair: Pair, settings: Any, tmp_path: Any) -> None:
        settings.MODELS_DIR = tmp_path
        with pytest.raises(CommandError, match=f"weights_missing.*facemodels pull --engine {NEW}"):
            said("fill", NEW)

    def test_an_engine_that_is_filled_is_shown(self, northwind: World, pair: Pair) -> None:
        visit(northwind.person, pair)
        fill()
        assert "0 of 1 enrolled people have moved" in said("show")


class TestNeverAcross:
    def test_a_face_of_one_space_is_nobody_in_the_other(self, northwind: World, pair: Pair) -> None:
        visit(northwind.person, pair)
        probe = vault.turned(northwind.northwind, pair.old.vector)
        assert gallery_for(northwind.northwind, space_of(OLD)).nearest(probe)[0].similarity > 0.99
        assert gallery_for(northwind.northwind, space_of(NEW)).nearest(probe) == []

    def test_the_same_numbers_under_two_ids_are_no_duplicate_across(self, northwind: World, pair: Pair) -> None:
        fill()
        pair.new.vector = unit(0, 1)
        visit(northwind.person, pair)
        pair.old.vector = unit(0, 1)  # what the other engine sees in the first face
        pair.new.vector = unit(1, 0)
        assert visit(add_person(northwind.northwind, "E2"), pair).state == EnrollmentSession.State.COMPLETE

    def test_a_visit_without_the_next_engine_leaves_its_references(self, northwind: World, pair: Pair) -> None:
        fill()
        visit(northwind.person, pair)
        pair.new.breaks = True
        visit(northwind.person, pair)
        assert (counted(space_of(OLD)), counted(space_of(NEW))) == (capture.NEEDED, capture.NEEDED)


class TestShadow:
    @pytest.fixture
    def both(self, northwind: World, pair: Pair) -> Pair:
        """Priya and E2 have references of both engines."""
        fill()
        visit(northwind.person, pair)
        pair.old.vector = pair.new.vector = unit(0, 1)
        visit(add_person(northwind.northwind, "E2"), pair)
        return pair

    @pytest.mark.parametrize(
        ("vector", "outcome"), [(unit(1, 0), "same"), (unit(0, 1), "other"), (unit(0, 0, 1), "nobody")]
    )
    def test_it_counts_whom_the_next_engine_names(
        self, northwind: World, both: Pair, vector: Vector, outcome: str
    ) -> None:
        both.new.vector = vector
        shadow.look(northwind.northwind, northwind.person.pk, BLANK)
        assert ShadowTally.objects.values_list(outcome, flat=True).get() == 1
        assert shadow.agreement_of(northwind.northwind, OLD, NEW).looks == 1

    def test_who_has_no_references_there_is_not_counted(self, northwind: World, both: Pair) -> None:
        shadow.look(northwind.northwind, add_person(northwind.northwind, "E3").pk, BLANK)
        assert ShadowTally.objects.count() == 0

    def test_a_failure_disturbs_nobody(self, northwind: World, both: Pair) -> None:
        both.new.breaks = True
        shadow.look(northwind.northwind, northwind.person.pk, BLANK)
        assert ShadowTally.objects.count() == 0

    def test_one_approach_in_five_is_looked_at(self, both: Pair) -> None:
        assert sum(shadow.is_sampled(f"{number:032x}") for number in range(100)) == 20

    def test_without_a_next_engine_none_is(self, pair: Pair) -> None:
        assert not shadow.is_sampled("0")

    @pytest.mark.parametrize(
        ("agreement", "lacks"),
        [
            (Agreement(99, 0, 0), "100 are wanted"),
            (Agreement(98, 2, 0), "somebody else in 2 of 100"),
            (Agreement(85, 0, 15), "nobody in 15 of 100"),
        ],
    )
    def test_it_says_what_speaks_against_the_engine(self, agreement: Agreement, lacks: str) -> None:
        [sentence] = agreement.lacks()
        assert lacks in sentence

    def test_nothing_speaks_against_one_that_agrees(self) -> None:
        assert Agreement(95, 1, 4).lacks() == []


@pytest.fixture
def half(northwind: World, pair: Pair) -> Pair:
    """Priya was enrolled before the next engine was filled, E2 after it."""
    visit(northwind.person, pair)
    fill()
    pair.old.vector = pair.new.vector = unit(0, 1)
    visit(add_person(northwind.northwind, "E2"), pair)
    return pair


class TestSwitch:
    def test_it_says_exactly_what_is_missing(self, half: Pair) -> None:
        with pytest.raises(CommandError) as refused:
            said("switch")
        told = str(refused.value)
        assert "northwind: 1 of 2 people have no references for sface" in told and "100 are wanted" in told
        assert chosen_engine_name() == OLD

    def test_anyway_it_switches(self, half: Pair) -> None:
        said("switch", "--anyway")
        assert (chosen_engine_name(), next_engine_name()) == (NEW, "")

    def test_when_all_is_well_it_switches(self, northwind: World, half: Pair) -> None:
        half.old.vector = half.new.vector = unit(1, 0)
        visit(northwind.person, half)
        kept = {"engine": OLD, "next_engine": NEW, "same": 120, "day": "2026-03-02"}
        ShadowTally.objects.create(organization=northwind.northwind, **kept)
        assert f"{NEW} decides from now on" in said("switch")

    def test_who_was_left_behind_is_nobody_and_must_enroll_again(self, northwind: World, half: Pair) -> None:
        said("switch", "--anyway")
        assert northwind.person.pk not in gallery_for(northwind.northwind, space_of(NEW)).person_ids
        page = signed_in(northwind.alice).get(f"/o/northwind/people/{northwind.person.pk}/enrollment/").text
        assert "Must enroll again" in page

    def test_who_looks_like_whom_is_reckoned_before(
        self, northwind: World, half: Pair, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen: list[str | None] = []
        monkeypatch.setattr(nightly, "compare_in", lambda *_: seen.append(chosen_engine_name()))
        said("switch", "--anyway")
        assert set(seen) == {OLD}

    def test_the_old_references_stay_until_they_are_forgotten(self, northwind: World, half: Pair) -> None:
        said("switch", "--anyway")
        assert counted(space_of(OLD)) == 2 * capture.NEEDED
        assert f"{2 * capture.NEEDED} references of {OLD} were deleted" in said("forget", OLD)
        assert (counted(space_of(OLD)), counted(space_of(NEW))) == (0, capture.NEEDED)

    def test_those_in_use_are_not_forgotten(self, half: Pair) -> None:
        for name in (OLD, NEW):
            with pytest.raises(CommandError, match="engine_in_use"):
                said("forget", name)

    def test_without_a_next_engine_there_is_nothing_to_switch_to(self, pair: Pair) -> None:
        with pytest.raises(CommandError, match="engine_not_filled"):
            said("switch")


def test_stop_deletes_what_was_taken_for_the_next_engine(northwind: World, half: Pair) -> None:
    assert f"{capture.NEEDED} references were deleted" in said("stop")
    assert (counted(space_of(OLD)), counted(space_of(NEW)), next_engine_name()) == (2 * capture.NEEDED, 0, "")


def test_every_organizations_people_count(world: World, pair: Pair) -> None:
    for organization, person in ((world.northwind, world.person), (world.southwind, world.south_person)):
        with acting_for(organization):
            visit(person, pair)
    fill()
    assert "0 of 2 enrolled people have moved" in said("show")
