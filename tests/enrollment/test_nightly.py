"""Every night everybody is compared with everybody: who looks alike is noted, one face under two ids opens a case."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest
from django.utils import timezone

from apps.enrollment import duplicates, engine_choice, impostors, nightly, services, vault
from apps.enrollment.duplicates import decide
from apps.enrollment.engine_choice import choose_engine
from apps.enrollment.likeness import needs_second_factor
from apps.enrollment.models import DuplicateCase, LookAlike, Reference
from apps.organizations import jobs
from apps.organizations.models import Job, Organization
from apps.organizations.tenancy import acting_for
from apps.people.erasure import Reason, erase
from apps.people.models import Person
from apps.recognition.calibration import finding
from apps.recognition.engine import Engine
from apps.recognition.registry import ENTRIES
from apps.recognition.shapes import Thresholds, Vector
from tests.personas import World

from .conftest import add_person, opened
from .numbers import Ruler, beside, enrolled, probe_of, unit

pytestmark = pytest.mark.django_db
ENTRY = ENTRIES["dlib"]
SAME = DuplicateCase.Decision.SAME_PERSON
SPACE = f"{ENTRY.embedder}/{ENTRY.detector}/{ENTRY.aligner}.numbers"
FACE = unit(1, 0)


@pytest.fixture(autouse=True)
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The engine names from .5 on, without being asked from .6, with a margin of .06."""
    calibration = replace(ENTRY.calibration)
    monkeypatch.setattr(type(calibration), "at", lambda *_: Thresholds(0.5, 0.6, 0.06))
    monkeypatch.setattr(finding, "_shipped", lambda *_: calibration)
    choose_engine("dlib")
    yield


def known(organization: Organization, number: str, *vectors: Vector) -> Person:
    """A person who was enrolled before anybody compared them."""
    person = add_person(organization, number)
    session = opened(organization, person)
    for vector in vectors:
        services.add_draft(organization=organization, session=session, probe=probe_of(vector, SPACE))
    services.complete_session(organization=organization, session=session)
    return person


@pytest.fixture
def twins(northwind: World) -> tuple[Person, Person]:
    return known(northwind.northwind, "E2", FACE), known(northwind.northwind, "E3", beside(FACE, 0.9))


@pytest.fixture
def sisters(northwind: World) -> tuple[Person, Person]:
    """Nearer than the margin below the line, and not at it."""
    return known(northwind.northwind, "E4", unit(0, 1)), known(northwind.northwind, "E5", beside(unit(0, 1), 0.46))


def night(world: World) -> None:
    nightly.compare_everybody(world.northwind)


def test_one_face_under_two_ids_opens_a_case(northwind: World, twins: tuple[Person, Person]) -> None:
    night(northwind)
    case = DuplicateCase.objects.get()
    assert (case.session, case.decision) == (None, "open")


def test_whoever_was_enrolled_later_is_the_one_in_question(northwind: World, twins: tuple[Person, Person]) -> None:
    Reference.objects.filter(person=twins[1]).update(created_at=timezone.now() - timedelta(days=1))
    night(northwind)
    case = DuplicateCase.objects.get()
    assert (case.person, case.other) == twins


def test_the_next_night_opens_no_second_one(northwind: World, twins: tuple[Person, Person]) -> None:
    for _ in range(2):
        night(northwind)
    assert DuplicateCase.objects.count() == 1


def test_both_need_a_second_factor_until_somebody_decides(northwind: World, twins: tuple[Person, Person]) -> None:
    night(northwind)
    assert needs_second_factor(northwind.northwind, SPACE) == {one.pk for one in twins}


def test_people_who_look_alike_need_one_too(northwind: World, sisters: tuple[Person, Person]) -> None:
    night(northwind)
    assert DuplicateCase.objects.count() == 0
    assert needs_second_factor(northwind.northwind, SPACE) == {one.pk for one in sisters}


def test_who_resembles_nobody_needs_none(northwind: World, sisters: tuple[Person, Person]) -> None:
    other = known(northwind.northwind, "E6", unit(0, 0, 1))
    night(northwind)
    assert other.pk not in needs_second_factor(northwind.northwind, SPACE)


def test_it_holds_at_once_although_the_gallery_is_kept(northwind: World, sisters: tuple[Person, Person]) -> None:
    assert needs_second_factor(northwind.northwind, SPACE) == frozenset()
    night(northwind)
    assert len(needs_second_factor(northwind.northwind, SPACE)) == 2


def test_two_people_told_apart_are_not_asked_about_again(northwind: World, twins: tuple[Person, Person]) -> None:
    night(northwind)
    case = DuplicateCase.objects.get()
    decide(organization=northwind.northwind, case=case, decision="different_people", decided_by=None)
    night(northwind)
    assert (DuplicateCase.objects.get().decision, LookAlike.objects.count()) == ("different_people", 1)
    assert len(needs_second_factor(northwind.northwind, SPACE)) == 2


def test_of_one_person_what_was_enrolled_later_goes(northwind: World, twins: tuple[Person, Person]) -> None:
    night(northwind)
    case = DuplicateCase.objects.get()
    decide(organization=northwind.northwind, case=case, decision="same_person", decided_by=None)
    assert set(Reference.objects.values_list("person", flat=True)) == {twins[0].pk}
    assert needs_second_factor(northwind.northwind, SPACE) == frozenset()


def test_nothing_of_it_stays_for_another_engine(northwind: World, twins: tuple[Person, Person]) -> None:
    night(northwind)
    references = Reference.objects.filter(person=twins[1])
    beside_it = services.start_session(organization=northwind.northwind, person=twins[1], consent=references[0].consent)
    services.add_draft(organization=northwind.northwind, session=beside_it, probe=probe_of(FACE, "next/engine"))
    services.complete_session(organization=northwind.northwind, session=beside_it)
    decide(organization=northwind.northwind, case=DuplicateCase.objects.get(), decision=SAME, decided_by=None)
    assert not references.exists()


def test_of_one_person_who_enrolled_again_before_the_decision_all_goes(
    northwind: World, twins: tuple[Person, Person]
) -> None:
    night(northwind)
    again = enrolled(twins[1], FACE, engine=Ruler(SPACE))
    case = DuplicateCase.objects.get()
    decide(organization=northwind.northwind, case=case, decision=SAME, decided_by=None)
    assert (case.session, set(Reference.objects.values_list("person", flat=True))) == (again, {twins[0].pk})


def test_a_case_of_who_was_enrolled_anew_closes(northwind: World, twins: tuple[Person, Person]) -> None:
    night(northwind)
    session = opened(northwind.northwind, twins[1])
    services.add_draft(organization=northwind.northwind, session=session, probe=probe_of(unit(0, 0, 1), SPACE))
    services.complete_session(organization=northwind.northwind, session=session)
    night(northwind)
    assert (DuplicateCase.objects.count(), LookAlike.objects.count()) == (0, 0)


def test_references_of_another_engine_are_not_compared(northwind: World) -> None:
    known(northwind.northwind, "E2", FACE)
    person = add_person(northwind.northwind, "E3")
    session = opened(northwind.northwind, person)
    services.add_draft(organization=northwind.northwind, session=session, probe=probe_of(FACE, "another"))
    services.complete_session(organization=northwind.northwind, session=session)
    night(northwind)
    assert (DuplicateCase.objects.count(), LookAlike.objects.count()) == (0, 0)


def test_without_an_engine_nobody_is_compared(
    northwind: World, twins: tuple[Person, Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_choice, "chosen_engine_name", lambda: None)
    night(northwind)
    assert DuplicateCase.objects.count() == 0


def test_everybody_is_compared_not_a_sample(northwind: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(impostors, "SAMPLED", 2)
    for number in range(10, 15):
        known(northwind.northwind, f"E{number}", unit(*axis_of(number - 10)))
    known(northwind.northwind, "E20", beside(unit(*axis_of(2)), 0.9))
    night(northwind)
    case = DuplicateCase.objects.get()
    assert {case.other.external_id, case.person.external_id} == {"E12", "E20"}


def test_whom_a_decision_activates_is_compared_with_the_others_at_once(northwind: World) -> None:
    third = [known(northwind.northwind, "E2", FACE), known(northwind.northwind, "E6", unit(0, 1))][1]
    newcomer = add_person(northwind.northwind, "E3")
    enrolled(newcomer, unit(0.65, 0.5, 0.57), engine=Ruler(SPACE))
    jobs.run_due()  # tonight's comparison is over
    case = DuplicateCase.objects.get()
    decide(organization=northwind.northwind, case=case, decision="different_people", decided_by=None)
    jobs.run_due()
    assert {newcomer.pk, third.pk} <= needs_second_factor(northwind.northwind, SPACE)


def axis_of(axis: int) -> list[float]:
    return [float(one == axis) for one in range(axis + 1)]


def test_each_organizations_loop_runs_it_every_day(world: World) -> None:
    assert jobs.PERIODIC["enrollment.compare_everybody"] == timedelta(days=1)
    jobs.schedule()
    with acting_for(world.northwind):
        assert Job.objects.filter(kind="enrollment.compare_everybody", finished_at=None).count() == 1


class TestTold:
    """What somebody decided stays, however far apart the two are by another measure."""

    @pytest.fixture
    def apart(self, northwind: World) -> tuple[Person, Person]:
        """Two whose straight frames look alike and were told apart; all of E3's frames together are farther away."""
        first = known(northwind.northwind, "E2", FACE)
        second = add_person(northwind.northwind, "E3")
        session = opened(northwind.northwind, second)
        straight, turned = beside(FACE, 0.65), unit(0, 1)
        for vector in (straight, turned, turned):
            services.add_draft(organization=northwind.northwind, session=session, probe=probe_of(vector, SPACE))
        frames = [vault.turned(northwind.northwind, straight)]
        duplicates.hold_or_complete(northwind.northwind, session, cast(Engine, Ruler(SPACE)), frames)
        case = DuplicateCase.objects.get()
        decide(organization=northwind.northwind, case=case, decision="different_people", decided_by=None)
        return first, second

    def test_two_told_apart_need_a_second_factor_the_next_day_too(
        self, northwind: World, apart: tuple[Person, Person]
    ) -> None:
        night(northwind)
        assert needs_second_factor(northwind.northwind, SPACE) == {one.pk for one in apart}

    def test_a_pair_that_went_with_another_decision_is_noted_again(
        self, northwind: World, apart: tuple[Person, Person]
    ) -> None:
        impostors.forget_pairs(organization=northwind.northwind, person_id=apart[1].pk)
        night(northwind)
        assert len(needs_second_factor(northwind.northwind, SPACE)) == 2

    def test_until_one_of_them_is_enrolled_no_more(self, northwind: World, apart: tuple[Person, Person]) -> None:
        services.withdraw_consent(organization=northwind.northwind, person=apart[1])
        night(northwind)
        assert needs_second_factor(northwind.northwind, SPACE) == frozenset()


@pytest.fixture
def leaves(northwind: World, twins: tuple[Person, Person], monkeypatch: pytest.MonkeyPatch) -> None:
    """E3 withdraws consent, and is erased, while everybody is being compared."""
    compare = impostors.compare

    def meanwhile(*given: Any, **more: Any) -> impostors.Seen:
        seen = compare(*given, **more)
        erase(organization=northwind.northwind, person=twins[1], by=None, reason=Reason.ASKED)
        return seen

    monkeypatch.setattr(impostors, "compare", meanwhile)


@pytest.mark.usefixtures("leaves")
def test_of_who_leaves_while_everybody_is_compared_nothing_is_noted(northwind: World) -> None:
    nightly.compare_in(northwind.northwind, ENTRY)
    assert (LookAlike.objects.count(), DuplicateCase.objects.count()) == (0, 0)


@pytest.mark.usefixtures("leaves")
def test_nor_of_who_leaves_while_somebody_else_is_enrolled(northwind: World, twins: tuple[Person, Person]) -> None:
    impostors.note(northwind.northwind, cast(Engine, Ruler(SPACE)), twins[0].pk)
    assert not LookAlike.objects.exists()
