"""Consent first: without it no session and no reference, and with its end every reference goes."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from apps.enrollment import selectors, services
from apps.enrollment.errors import ConsentMissing, EnrollmentError
from apps.enrollment.gallery import gallery_for
from apps.enrollment.jobs import STALE, end_stale_sessions
from apps.enrollment.models import Consent, ConsentText, EnrollmentSession, Reference
from apps.enrollment.photo_import import consent_on_paper
from apps.organizations.tenancy import acting_for
from apps.recognition.engine import Engine
from tests.personas import World

from .conftest import Enroll, add_person, agree, opened, probe_of, references

pytestmark = pytest.mark.django_db
STATE = EnrollmentSession.State


def state_of(session: EnrollmentSession) -> str:
    return EnrollmentSession.objects.get(pk=session.pk).state


class TestText:
    def test_the_first_is_there_without_asking(self, northwind: World) -> None:
        text = services.consent_text(organization=northwind.northwind)
        assert text.version == 1 and "We never keep a picture" in text.what

    def test_asking_again_publishes_no_other(self, northwind: World) -> None:
        for _ in range(3):
            services.consent_text(organization=northwind.northwind)
        assert ConsentText.objects.count() == 1

    def test_a_changed_text_is_a_new_version(self, northwind: World) -> None:
        texts = [services.publish_consent_text(organization=northwind.northwind, body=body) for body in ("A", "B")]
        assert [text.version for text in texts] == [1, 2]

    def test_the_same_text_is_the_same_version(self, northwind: World) -> None:
        texts = [services.publish_consent_text(organization=northwind.northwind, body="A") for _ in range(2)]
        assert texts[0] == texts[1]

    def test_a_consent_keeps_the_version_it_was_given_to(self, northwind: World) -> None:
        given = agree(northwind.northwind, northwind.person)
        services.publish_consent_text(organization=northwind.northwind, body="Another text")
        given.refresh_from_db()
        assert given.text.version == 1

    def test_two_organizations_have_their_own(self, world: World) -> None:
        for organization, body in ((world.northwind, "A"), (world.southwind, "B")):
            with acting_for(organization):
                services.publish_consent_text(organization=organization, body=body)
        with acting_for(world.northwind):
            assert services.consent_text(organization=world.northwind).body == "A"


class TestNoConsent:
    def test_no_session_starts(self, northwind: World) -> None:
        with pytest.raises(ConsentMissing, match="has not agreed yet"):
            services.start_session(organization=northwind.northwind, person=northwind.person, consent=None)

    def test_somebody_elses_is_none(self, northwind: World) -> None:
        consent = agree(northwind.northwind, add_person(northwind.northwind, "E2"))
        with pytest.raises(ConsentMissing):
            services.start_session(organization=northwind.northwind, person=northwind.person, consent=consent)

    def test_an_ended_one_is_none(self, northwind: World) -> None:
        consent = agree(northwind.northwind, northwind.person)
        services.withdraw_consent(organization=northwind.northwind, person=northwind.person)
        consent.refresh_from_db()
        with pytest.raises(ConsentMissing):
            services.start_session(organization=northwind.northwind, person=northwind.person, consent=consent)

    def test_no_reference_can_stand_in_the_database(self, session: EnrollmentSession) -> None:
        lone = Reference(organization=session.organization, person=session.person, session=session, space="s")
        lone.ciphertext, lone.face_px, lone.sharpness = b"x", 1.0, 1.0
        with pytest.raises(IntegrityError), transaction.atomic():
            lone.save()

    def test_another_organizations_consent_opens_nothing(self, world: World) -> None:
        with acting_for(world.southwind):
            agree(world.southwind, world.south_person)
        with acting_for(world.northwind):
            assert selectors.live_consent(world.northwind, world.south_person) is None


class TestWithdrawal:
    def test_every_reference_goes(self, northwind: World, enroll: Enroll) -> None:
        enroll(northwind.person, "ann")
        deleted = services.withdraw_consent(organization=northwind.northwind, person=northwind.person)
        assert (deleted, references()) == (2, [])

    def test_drafts_go_too(self, northwind: World, session: EnrollmentSession, engine: Engine) -> None:
        services.add_draft(organization=session.organization, session=session, probe=probe_of("ann"))
        services.withdraw_consent(organization=northwind.northwind, person=northwind.person)
        assert references() == []

    def test_nobody_elses_go(self, northwind: World, enroll: Enroll) -> None:
        enroll(northwind.person, "ann")
        enroll(add_person(northwind.northwind, "E2"), "ben")
        services.withdraw_consent(organization=northwind.northwind, person=northwind.person)
        assert references() == [("E2", True), ("E2", True)]

    def test_the_gallery_forgets_at_once(self, northwind: World, enroll: Enroll, engine: Engine) -> None:
        enroll(northwind.person, "ann")
        before = len(gallery_for(northwind.northwind, engine.space))
        services.withdraw_consent(organization=northwind.northwind, person=northwind.person)
        assert (before, len(gallery_for(northwind.northwind, engine.space))) == (1, 0)

    def test_an_open_visit_ends(self, northwind: World, session: EnrollmentSession) -> None:
        services.withdraw_consent(organization=northwind.northwind, person=northwind.person)
        assert state_of(session) == STATE.CANCELLED

    def test_a_frame_that_was_on_its_way_is_refused(self, session: EnrollmentSession, engine: Engine) -> None:
        services.withdraw_consent(organization=session.organization, person=session.person)
        with pytest.raises(ConsentMissing) as refused:
            services.add_draft(organization=session.organization, session=session, probe=probe_of("ann"))
        assert refused.value.code == "consent_withdrawn"

    def test_it_wins_over_the_last_frame_that_was_being_looked_at(
        self, session: EnrollmentSession, engine: Engine
    ) -> None:
        services.add_draft(organization=session.organization, session=session, probe=probe_of("ann"))
        services.withdraw_consent(organization=session.organization, person=session.person)
        with pytest.raises(ConsentMissing):
            services.complete_session(organization=session.organization, session=session)
        assert (references(), state_of(session)) == ([], STATE.CANCELLED)

    def test_the_consent_stays_as_a_fact_with_its_end(self, northwind: World) -> None:
        agree(northwind.northwind, northwind.person)
        services.withdraw_consent(organization=northwind.northwind, person=northwind.person)
        assert Consent.objects.get().withdrawn_at is not None

    def test_who_agrees_again_is_enrolled_again(self, northwind: World, enroll: Enroll, engine: Engine) -> None:
        enroll(northwind.person, "ann")
        services.withdraw_consent(organization=northwind.northwind, person=northwind.person)
        enroll(northwind.person, "ann")
        assert len(gallery_for(northwind.northwind, engine.space)) == 1


class TestSessions:
    def test_a_second_visit_ends_the_first(self, northwind: World, session: EnrollmentSession) -> None:
        second = opened(northwind.northwind, northwind.person)
        assert (state_of(session), state_of(second)) == (STATE.CANCELLED, STATE.OPEN)

    def test_the_first_ones_drafts_go(self, northwind: World, session: EnrollmentSession, engine: Engine) -> None:
        services.add_draft(organization=northwind.northwind, session=session, probe=probe_of("ann"))
        opened(northwind.northwind, northwind.person)
        assert references() == []

    def test_somebody_elses_visit_goes_on(self, northwind: World, session: EnrollmentSession) -> None:
        opened(northwind.northwind, add_person(northwind.northwind, "E2"))
        assert state_of(session) == STATE.OPEN

    def test_a_cancelled_visit_leaves_nothing(self, session: EnrollmentSession, engine: Engine) -> None:
        services.add_draft(organization=session.organization, session=session, probe=probe_of("ann"))
        services.cancel_session(organization=session.organization, session=session)
        assert (references(), session.ended_at is not None) == ([], True)

    def test_a_cancelled_second_visit_leaves_the_first_ones_references(self, northwind: World, enroll: Enroll) -> None:
        enroll(northwind.person, "ann")
        second = opened(northwind.northwind, northwind.person)
        services.add_draft(organization=northwind.northwind, session=second, probe=probe_of("ann", 9))
        services.cancel_session(organization=northwind.northwind, session=second)
        assert references() == [("E1", True), ("E1", True)]

    def test_a_complete_visit_cannot_be_cancelled(self, northwind: World, enroll: Enroll) -> None:
        session = enroll(northwind.person, "ann")
        services.cancel_session(organization=northwind.northwind, session=session)
        assert (state_of(session), references()) == (STATE.COMPLETE, [("E1", True)] * 2)

    @pytest.mark.django_db(transaction=True)
    @pytest.mark.parametrize("end", ["cancel", "withdraw"])
    def test_a_frame_that_is_being_written_does_not_outlive_the_visit(
        self, northwind: World, session: EnrollmentSession, engine: Engine, end: str
    ) -> None:
        probe, written = probe_of("ann"), threading.Event()

        def write_slowly() -> None:
            with acting_for(northwind.northwind), transaction.atomic():
                services.add_draft(organization=northwind.northwind, session=session, probe=probe)
                written.set()
                time.sleep(0.3)
            connection.close()

        with ThreadPoolExecutor(1) as pool:
            writing = pool.submit(write_slowly)
            written.wait(5)
            if end == "cancel":
                services.cancel_session(organization=northwind.northwind, session=session)
            else:
                services.withdraw_consent(organization=northwind.northwind, person=northwind.person)
            writing.result()
        assert references() == []

    def test_a_frame_after_the_end_is_refused(self, session: EnrollmentSession, engine: Engine) -> None:
        services.cancel_session(organization=session.organization, session=session)
        with pytest.raises(EnrollmentError) as refused:
            services.add_draft(organization=session.organization, session=session, probe=probe_of("ann"))
        assert refused.value.code == "session_ended"

    @pytest.mark.parametrize("end", [services.cancel_session, services.complete_session])
    def test_an_ended_visit_is_not_completed(self, session: EnrollmentSession, engine: Engine, end: Any) -> None:
        services.add_draft(organization=session.organization, session=session, probe=probe_of("ann"))
        end(organization=session.organization, session=session)
        with pytest.raises(EnrollmentError, match="has ended"):
            services.complete_session(organization=session.organization, session=session)

    def test_a_new_enrollment_takes_the_place_of_the_old(self, northwind: World, enroll: Enroll) -> None:
        first = enroll(northwind.person, "ann")
        second = enroll(northwind.person, "ann")
        kept = set(Reference.objects.values_list("session", flat=True))
        assert (first.pk in kept, second.pk in kept) == (False, True)

    def test_a_visit_nobody_finished_is_ended(self, session: EnrollmentSession, engine: Engine) -> None:
        services.add_draft(organization=session.organization, session=session, probe=probe_of("ann"))
        EnrollmentSession.objects.update(seen_at=timezone.now() - STALE - timedelta(seconds=1))
        end_stale_sessions(organization=session.organization)
        assert (state_of(session), references()) == (STATE.CANCELLED, [])

    def test_a_young_visit_goes_on(self, session: EnrollmentSession) -> None:
        end_stale_sessions(organization=session.organization)
        assert state_of(session) == STATE.OPEN


class TestOnPaper:
    def test_its_reference_is_kept(self, northwind: World) -> None:
        given = consent_on_paper(northwind.northwind, northwind.person, "file 12")
        assert (given.method, given.paper_reference) == (Consent.Method.ON_PAPER, "file 12")

    def test_the_same_paper_is_one_consent(self, northwind: World) -> None:
        given = [consent_on_paper(northwind.northwind, northwind.person, "file 12") for _ in range(2)]
        assert given[0] == given[1]

    def test_another_paper_is_another(self, northwind: World) -> None:
        given = [consent_on_paper(northwind.northwind, northwind.person, f"file {n}") for n in range(2)]
        assert given[0] != given[1]
