"""One face under two people: what was taken waits, inactive, until a person decides."""

from datetime import timedelta
from uuid import UUID

import numpy as np
import pytest
from django.utils import timezone

from apps.enrollment import capture, cases, duplicates, gallery, photo_import, rotation, services
from apps.enrollment.duplicates import CaseDecided, decide, end_stale_cases, somebody_else
from apps.enrollment.gallery import Gallery, gallery_for
from apps.enrollment.models import DuplicateCase, EnrollmentSession, LookAlike, Reference
from apps.enrollment.photo_rules import Terms
from apps.organizations.models import AuditEntry, Organization
from apps.people.erasure import Reason, erase
from apps.people.models import Person
from apps.recognition.shapes import Vector
from tests.personas import World

from .conftest import add_person, opened, references
from .numbers import RULER, SPACE, beside, enrolled, matrix_of, probe_of, unit

ANN, BEN = UUID(int=1), UUID(int=2)
SAME, TWO = DuplicateCase.Decision.SAME_PERSON, DuplicateCase.Decision.DIFFERENT_PEOPLE
COMPLETE, HELD, CANCELLED = (
    EnrollmentSession.State.COMPLETE,
    EnrollmentSession.State.HELD,
    EnrollmentSession.State.CANCELLED,
)


def gallery_of(**people: Vector) -> Gallery:
    ids = {"ann": ANN, "ben": BEN}
    return Gallery(SPACE, None, tuple(ids[name] for name in people), np.array([*people.values()], np.float32))


class TestWhomFramesShow:
    def test_nobody_is_known_to_an_empty_gallery(self) -> None:
        assert somebody_else([unit(1, 0)], Gallery(SPACE, None, (), matrix_of()), {ANN}, 0.9) == []

    def test_the_own_reference_is_nobody_else(self) -> None:
        assert somebody_else([unit(1, 0)], gallery_of(ann=unit(1, 0)), {ANN}, 0.9) == []

    def test_anothers_is(self) -> None:
        [other] = somebody_else([unit(1, 0)], gallery_of(ann=unit(0, 1), ben=unit(1, 0)), {ANN}, 0.9)
        assert other.person_id == BEN
        assert other.similarity == pytest.approx(1)

    def test_another_is_found_behind_the_own(self) -> None:
        [other] = somebody_else([unit(1, 0)], gallery_of(ann=unit(1, 0), ben=unit(1, 0.1)), {ANN}, 0.9)
        assert other.person_id == BEN

    def test_all_others_are_named_nearest_first(self) -> None:
        found = somebody_else([unit(1, 0)], gallery_of(ann=unit(1, 0.1), ben=unit(1, 0)), set(), 0.9)
        assert [one.person_id for one in found] == [BEN, ANN]

    def test_one_frame_that_looks_alike_is_not_enough(self) -> None:
        frames = [unit(1, 0), unit(0.2, 1), unit(0.2, 1)]
        assert somebody_else(frames, gallery_of(ben=unit(1, 0)), {ANN}, 0.9) == []


@pytest.fixture
def ben(northwind: World) -> Person:
    """Enrolled with the face that Priya shows next."""
    ben = add_person(northwind.northwind, "E2")
    enrolled(ben, unit(1, 0))
    return ben


@pytest.fixture
def held(northwind: World, ben: Person) -> EnrollmentSession:
    """Priya's visit, with the face of E2."""
    return enrolled(northwind.person, unit(1, 0.1))


def case() -> DuplicateCase:
    return DuplicateCase.objects.get()


def decided(world: World, decision: str) -> DuplicateCase:
    return decide(organization=world.northwind, case=case(), decision=decision, decided_by=world.alice)


def shown_by(way: str, person: Person) -> str:
    """The code that an enrollment with the face of E2 comes to."""
    probe = probe_of(unit(1, 0.1))
    if way == "camera":
        visit = opened(person.organization, person)
        services.add_draft(organization=person.organization, session=visit, probe=probe)
        return capture.finish(capture.Visit.of(person.organization, visit), RULER).code
    terms = Terms(dry_run=way != "photos", replaces=False, paper_reference="file 12")
    return photo_import.conclude(person.organization, person, [probe], RULER, terms).code


@pytest.mark.django_db
class TestHeld:
    def test_nothing_is_activated(self, held: EnrollmentSession) -> None:
        assert (held.state, references()) == (HELD, [("E1", False), ("E2", True)])

    def test_no_gallery_has_it(self, northwind: World, held: EnrollmentSession, ben: Person) -> None:
        assert gallery_for(northwind.northwind, SPACE).person_ids == (ben.pk,)

    @pytest.mark.parametrize("by", ["camera", "photos", "photos that are only tried"])
    def test_so_it_is_while_keys_are_changed(
        self, northwind: World, ben: Person, monkeypatch: pytest.MonkeyPatch, by: str
    ) -> None:
        load = gallery.gallery_for

        def just_then(organization: Organization, space: str) -> Gallery:
            rotation.begin(organization)
            return load(organization, space)

        monkeypatch.setattr(gallery, "gallery_for", just_then)
        assert shown_by(by, northwind.person) == "held"

    def test_a_case_names_both(self, held: EnrollmentSession, northwind: World, ben: Person) -> None:
        assert (case().person_id, case().other_id, case().session_id) == (northwind.person.pk, ben.pk, held.pk)

    def test_the_page_is_told_without_the_others_name(self, northwind: World, ben: Person) -> None:
        said = enrolled(northwind.person, unit(1, 0.1), told=True)
        assert (said.code, said.final, said.complete, ben.external_id in said.hint) == ("held", True, False, False)

    def test_the_trail_says_so(self, held: EnrollmentSession) -> None:
        assert AuditEntry.objects.filter(action="enrollment.hold", subject_id=held.pk).count() == 1

    def test_a_second_visit_takes_the_firsts_place(self, northwind: World, held: EnrollmentSession) -> None:
        again = enrolled(northwind.person, unit(1, 0.2))
        held.refresh_from_db()
        assert (held.state, case().session_id, len(references())) == (CANCELLED, again.pk, 2)

    def test_a_visit_with_the_own_face_ends_what_waits(self, northwind: World, held: EnrollmentSession) -> None:
        enrolled(northwind.person, unit(0, 1))
        held.refresh_from_db()
        assert (held.state, DuplicateCase.objects.count()) == (CANCELLED, 0)
        assert references() == [("E1", True), ("E2", True)]

    def test_a_face_under_a_third_number_waits_for_both(self, northwind: World, ben: Person) -> None:
        enrolled(northwind.person, unit(0, 1))
        halfway = enrolled(add_person(northwind.northwind, "E3"), unit(1, 1))
        assert (halfway.state, cases.open_cases(northwind.northwind).count()) == (HELD, 2)


@pytest.mark.django_db
class TestOnePerson:
    def test_what_waited_is_deleted(self, northwind: World, held: EnrollmentSession) -> None:
        decided(northwind, SAME)
        held.refresh_from_db()
        assert (held.state, references()) == (CANCELLED, [("E2", True)])

    def test_the_same_face_is_held_again(self, northwind: World, held: EnrollmentSession) -> None:
        decided(northwind, SAME)
        assert enrolled(northwind.person, unit(1, 0.1)).state == HELD

    def test_who_decided_stands_in_the_trail(self, northwind: World, held: EnrollmentSession) -> None:
        decided(northwind, SAME)
        assert (case().decided_by, "same_person" in AuditEntry.objects.get(action="duplicate_case.decide").new) == (
            northwind.alice,
            True,
        )

    def test_nobody_decides_twice(self, northwind: World, held: EnrollmentSession) -> None:
        decided(northwind, SAME)
        with pytest.raises(CaseDecided):
            decided(northwind, TWO)


@pytest.mark.django_db
class TestTwoPeople:
    def test_what_waited_is_activated(self, northwind: World, held: EnrollmentSession) -> None:
        decided(northwind, TWO)
        held.refresh_from_db()
        assert (held.state, references()) == (COMPLETE, [("E1", True), ("E2", True)])

    def test_the_pair_is_noted(self, northwind: World, held: EnrollmentSession, ben: Person) -> None:
        decided(northwind, TWO)
        pair = LookAlike.objects.get()
        assert {pair.person_id, pair.other_id} == {northwind.person.pk, ben.pk}

    def test_the_same_two_are_not_asked_about_again(self, northwind: World, held: EnrollmentSession) -> None:
        decided(northwind, TWO)
        assert enrolled(northwind.person, unit(1, 0.1)).state == COMPLETE

    def test_of_two_others_both_must_be_told_apart(self, northwind: World, ben: Person) -> None:
        enrolled(northwind.person, unit(0, 1))
        halfway = enrolled(add_person(northwind.northwind, "E3"), unit(1, 1))
        states = []
        for one in cases.open_cases(northwind.northwind):
            decide(organization=northwind.northwind, case=one, decision=TWO, decided_by=None)
            halfway.refresh_from_db()
            states.append(halfway.state)
        assert states == [HELD, COMPLETE]

    def test_consent_that_ended_meanwhile_activates_nothing(self, northwind: World, held: EnrollmentSession) -> None:
        kept = case()
        services.withdraw_consent(organization=northwind.northwind, person=northwind.person)
        with pytest.raises(CaseDecided):
            decide(organization=northwind.northwind, case=kept, decision=TWO, decided_by=None)
        assert references() == [("E2", True)]


@pytest.mark.django_db
class TestWaitsNoLonger:
    def test_withdrawn_consent_takes_all_along(self, northwind: World, held: EnrollmentSession) -> None:
        services.withdraw_consent(organization=northwind.northwind, person=northwind.person)
        held.refresh_from_db()
        assert (held.state, references(), DuplicateCase.objects.count()) == (CANCELLED, [("E2", True)], 0)

    def test_so_does_the_others(self, northwind: World, held: EnrollmentSession, ben: Person) -> None:
        services.withdraw_consent(organization=northwind.northwind, person=ben)
        held.refresh_from_db()
        assert (held.state, references(), DuplicateCase.objects.count()) == (CANCELLED, [], 0)

    def test_an_erasure_ends_what_waits_and_all_its_cases(self, northwind: World, ben: Person) -> None:
        enrolled(northwind.person, unit(0, 1))
        halfway = enrolled(add_person(northwind.northwind, "E3"), unit(1, 1))
        erase(organization=northwind.northwind, person=ben, by=None, reason=Reason.ASKED)
        halfway.refresh_from_db()
        assert (halfway.state, references(), DuplicateCase.objects.count()) == (CANCELLED, [("E1", True)], 0)

    def test_nobody_waits_for_ever(self, northwind: World, held: EnrollmentSession) -> None:
        DuplicateCase.objects.update(opened_at=timezone.now() - duplicates.WAITS - timedelta(minutes=1))
        end_stale_cases(organization=northwind.northwind)
        held.refresh_from_db()
        assert (held.state, references(), DuplicateCase.objects.count()) == (CANCELLED, [("E2", True)], 0)

    def test_until_then_it_waits(self, northwind: World, held: EnrollmentSession) -> None:
        DuplicateCase.objects.update(opened_at=timezone.now() - duplicates.WAITS + timedelta(minutes=1))
        end_stale_cases(organization=northwind.northwind)
        held.refresh_from_db()
        assert held.state == HELD

    def test_a_visit_whose_case_is_gone_ends(self, northwind: World, held: EnrollmentSession, ben: Person) -> None:
        ben.delete()
        end_stale_cases(organization=northwind.northwind)
        held.refresh_from_db()
        assert (held.state, Reference.objects.count()) == (CANCELLED, 0)


def test_a_vector_beside_another_is_as_near_as_said() -> None:
    assert float(beside(unit(1, 0), 0.7) @ unit(1, 0)) == pytest.approx(0.7)
