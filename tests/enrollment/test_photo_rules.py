"""Who may be enrolled from photos, and what one photo, and a person's photos, come to."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.enrollment import duplicates, services
from apps.enrollment.errors import FaceModeOff
from apps.enrollment.models import Consent, EnrollmentSession, PrivacyRules
from apps.enrollment.photo_import import Refused, conclude, look_at
from apps.enrollment.photo_rules import MOST_PHOTOS, Terms, obstacle, standings
from apps.enrollment.photo_trail import Trail
from apps.organizations.models import AuditEntry
from apps.recognition.engine import Engine, engine_named
from apps.recognition.short_store import short_store
from tests.personas import World
from tests.recognition.pictures import noise

from .conftest import ENGINE, Enroll, add_person, agree, frame_of, probe_of, references

pytestmark = pytest.mark.django_db
PAPER = Terms(dry_run=False, paper_reference="file 12")
TRIED = Terms(dry_run=True, paper_reference="file 12")
WELL: dict[str, Any] = {"active": True, "agreed": True, "minor": False, "enrolled": False, "held": False}


class TestObstacle:
    @pytest.mark.parametrize(
        ("changed", "terms", "code"),
        [
            ({}, Terms(), ""),
            ({"active": False}, PAPER, "left"),
            ({"agreed": False}, Terms(), "no_consent"),
            ({"agreed": False}, Terms(paper_reference="  "), "no_consent"),
            ({"agreed": False}, PAPER, ""),
            ({"agreed": False, "minor": True}, PAPER, "minor"),
            ({"minor": True}, PAPER, ""),
            ({"enrolled": True}, PAPER, "enrolled_already"),
            ({"enrolled": True}, Terms(replaces=True), ""),
            ({"held": True}, Terms(replaces=True), "waiting"),
        ],
    )
    def test_what_stands_in_the_way(self, changed: dict[str, bool], terms: Terms, code: str) -> None:
        assert obstacle(**{**WELL, **changed}, terms=terms) == code


class TestStandings:
    def told(self, world: World, terms: Terms = PAPER) -> dict[str, str]:
        found = standings(world.northwind, ["E1", "E2", "nobody"], terms)
        return {one.number: one.code for one in found}

    def test_everybody_asked_about_is_told_of(self, northwind: World) -> None:
        add_person(northwind.northwind, "E2")
        assert self.told(northwind) == {"E1": "", "E2": "", "nobody": "unknown_person"}

    def test_a_live_consent_counts_and_one_that_ended_does_not(self, northwind: World) -> None:
        agree(northwind.northwind, northwind.person)
        assert self.told(northwind, Terms())["E1"] == ""
        services.withdraw_consent(organization=northwind.northwind, person=northwind.person)
        assert self.told(northwind, Terms())["E1"] == "withdrew"

    def test_on_the_birthday_a_minor_is_none(self, northwind: World) -> None:
        today = timezone.localdate()
        for until, code in ((today + timedelta(days=1), "minor"), (today, "")):
            type(northwind.person).objects.filter(pk=northwind.person.pk).update(minor_until=until)
            assert self.told(northwind)["E1"] == code

    def test_nobody_of_another_organization_is_known(self, northwind: World) -> None:
        [one] = standings(northwind.northwind, [str(northwind.south_person.pk)], PAPER)
        assert (one.person, one.code) == (None, "unknown_person")

    def test_however_many_are_asked_about_the_database_is_asked_once(
        self, northwind: World, django_assert_num_queries: Any
    ) -> None:
        for number in range(20):
            add_person(northwind.northwind, f"N{number}")
        with django_assert_num_queries(1):
            assert len(standings(northwind.northwind, [f"N{number}" for number in range(20)], PAPER)) == 20


class TestOnePhoto:
    def test_a_good_one_is_a_probe(self, engine: Engine) -> None:
        assert not isinstance(look_at(frame_of("ann"), engine, []), Refused)

    def test_one_without_a_face_says_what_to_do_with_a_photo(self, engine: Engine) -> None:
        seen = look_at(noise(200, 200), engine, [])
        assert isinstance(seen, Refused) and seen.code == "no_face" and "Take one" in seen.hint

    @pytest.mark.parametrize(("face", "shift", "code"), [("ben", 0, "different_person"), ("ann", 0, "same_picture")])
    def test_it_is_compared_with_those_before(self, engine: Engine, face: str, shift: int, code: str) -> None:
        seen = look_at(frame_of(face, shift), engine, [probe_of("ann")])
        assert isinstance(seen, Refused) and seen.code == code

    def test_after_enough_no_more_is_looked_at(self, engine: Engine) -> None:
        seen = look_at(frame_of("ann"), engine, [probe_of("ben")] * MOST_PHOTOS)
        assert isinstance(seen, Refused) and seen.code == "too_many_photos"


class TestAPerson:
    @pytest.fixture
    def world(self, northwind: World, engine: Engine) -> World:
        return northwind

    def end(self, world: World, terms: Terms = PAPER, face: str = "ann") -> str:
        probes = [probe_of(face, shift) for shift in (0, 5)]
        return conclude(world.northwind, world.person, probes, engine_named(ENGINE), terms).code

    def test_they_are_enrolled_as_by_photos_with_their_paper(self, world: World) -> None:
        assert self.end(world) == ""
        session = EnrollmentSession.objects.get()
        assert (session.kind, session.state, session.consent.method) == ("photos", "complete", Consent.Method.ON_PAPER)
        assert references() == [("E1", True)] * 2

    def test_who_agreed_here_keeps_that_consent(self, world: World) -> None:
        given = agree(world.northwind, world.person)
        self.end(world)
        assert list(Consent.objects.all()) == [given]

    def test_a_dry_run_writes_nothing(self, world: World) -> None:
        before = AuditEntry.objects.count()
        assert self.end(world, TRIED) == ""
        left = [model.objects.count() for model in (Consent, EnrollmentSession)]
        assert (left, references(), AuditEntry.objects.count()) == ([0, 0], [], before)

    @pytest.mark.parametrize("terms", [PAPER, TRIED])
    def test_a_face_known_under_another_number_waits(self, world: World, enroll: Enroll, terms: Terms) -> None:
        enroll(add_person(world.northwind, "E2"), "ann")
        assert self.end(world, terms) == "held"
        assert ("E1", True) not in references()

    def test_without_a_usable_photo_nothing_is_written(self, world: World) -> None:
        assert conclude(world.northwind, world.person, [], engine_named(ENGINE), PAPER).code == "no_usable_photo"
        assert not Consent.objects.exists()

    def test_what_stands_in_the_way_at_the_end_counts(self, world: World) -> None:
        assert self.end(world, Terms(dry_run=False)) == "no_consent"

    def test_where_faces_are_off_nobody_is_enrolled(self, world: World) -> None:
        PrivacyRules.objects.update(face_mode=False)
        with pytest.raises(FaceModeOff):
            self.end(world)
        assert not EnrollmentSession.objects.exists()

    def test_a_visit_that_fails_leaves_no_consent_and_no_draft(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*given: Any) -> None:
            raise FaceModeOff("switched off meanwhile")

        monkeypatch.setattr(duplicates, "hold_or_complete", fail)
        assert self.end(world) == "face_mode_off"
        assert not Consent.objects.exists() and references() == []


class TestTrail:
    @pytest.fixture
    def trail(self, northwind: World) -> Trail:
        return Trail(northwind.northwind.pk, northwind.person.pk, "a" * 32)

    def test_what_was_seen_comes_back_to_the_last_bit(self, trail: Trail, engine: Engine) -> None:
        trail.keep([probe_of("ann"), probe_of("ann", 5)])
        [first, second] = trail.probes()
        assert (first.vector == probe_of("ann").vector).all() and second.space == probe_of("ann").space

    def test_no_vector_lies_open_in_the_store(self, trail: Trail, engine: Engine) -> None:
        trail.keep([probe_of("ann")])
        kept = short_store().peek(trail.key) or b""
        assert len(kept) > 500 and probe_of("ann").vector.tobytes()[:8] not in kept and b"vector" not in kept

    def test_another_person_or_organization_finds_nothing(self, trail: Trail, northwind: World, engine: Engine) -> None:
        trail.keep([probe_of("ann")])
        kept = short_store().peek(trail.key) or b""
        other = Trail(northwind.northwind.pk, northwind.south_person.pk, trail.name)
        short_store().put(other.key, kept, 5)
        assert other.probes() == []

    def test_one_who_ends_gets_it_once(self, trail: Trail, engine: Engine) -> None:
        trail.keep([probe_of("ann")])
        assert (len(trail.take()), trail.take(), trail.is_first(), trail.is_first()) == (1, [], True, False)
