"""One frame of an enrollment, with real faces: taken, or answered with what the person can do."""

from datetime import timedelta
from typing import Any

import cv2
import numpy as np
import pytest

from apps.enrollment import capture, impostors, services
from apps.enrollment.capture import SPREAD_SECONDS, same_person, take_frame
from apps.enrollment.errors import EnrollmentError
from apps.enrollment.models import EnrollmentSession, Reference
from apps.enrollment.progress import NEEDED, Progress
from apps.recognition.engine import Engine
from apps.recognition.shapes import Image
from tests.personas import World

from .conftest import Enroll, add_person, frame_of, references

SHIFTS = (0, 5, -5, 9, -9, 3)


def unit(*values: float) -> Any:
    vector = np.array(values, dtype=np.float32)
    return vector / np.linalg.norm(vector)


class TestRules:
    def test_the_first_frame_shows_whoever_it_shows(self) -> None:
        assert same_person(unit(1, 0), [], 0.9)

    @pytest.mark.parametrize(("vector", "same"), [(unit(1, 0.1), True), (unit(0, 1), False)])
    def test_a_later_one_must_show_the_same(self, vector: Any, same: bool) -> None:
        assert same_person(vector, [unit(1, 0), unit(1, 0.2)], 0.9) is same

    @pytest.mark.parametrize(
        ("progress", "complete"),
        [(Progress(NEEDED), True), (Progress(NEEDED - 1), False), (Progress(NEEDED, code="blurred"), False)],
    )
    def test_a_visit_is_complete_with_its_last_good_frame(self, progress: Progress, complete: bool) -> None:
        assert progress.complete is complete


@pytest.fixture
def spread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Frames need not lie apart; the tests about that do not ask for this."""
    monkeypatch.setattr(capture, "SPREAD_SECONDS", -1.0)


def shown(session: EnrollmentSession, engine: Engine, *images: Image) -> list[Progress]:
    return [take_frame(session.organization, session, engine, image) for image in images]


def frames(face: str, count: int = NEEDED) -> list[Image]:
    return [frame_of(face, shift) for shift in SHIFTS[:count]]


@pytest.mark.django_db
@pytest.mark.usefixtures("spread")
class TestFrames:
    def test_good_frames_of_one_person_complete_the_visit(self, session: EnrollmentSession, engine: Engine) -> None:
        assert [one.accepted for one in shown(session, engine, *frames("ann"))] == [1, 2, 3, 4, 5]

    def test_the_references_are_active_then(self, session: EnrollmentSession, engine: Engine) -> None:
        shown(session, engine, *frames("ann"))
        assert references() == [("E1", True)] * NEEDED

    def test_the_visit_has_ended_then(self, session: EnrollmentSession, engine: Engine) -> None:
        shown(session, engine, *frames("ann"))
        session.refresh_from_db()
        assert session.state == EnrollmentSession.State.COMPLETE

    def test_a_frame_after_the_last_one_hears_that_it_is_complete(
        self, session: EnrollmentSession, engine: Engine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(impostors, "note", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            shown(session, engine, *frames("ann"))
        [told] = shown(EnrollmentSession.objects.get(), engine, *frames("ann", 1))
        assert (told.complete, told.accepted) == (True, NEEDED)

    def test_a_frame_after_a_cancelled_visit_is_refused(self, session: EnrollmentSession, engine: Engine) -> None:
        services.cancel_session(organization=session.organization, session=session)
        with pytest.raises(EnrollmentError, match="ended"):
            shown(EnrollmentSession.objects.get(), engine, *frames("ann", 1))

    def test_before_that_they_are_drafts(self, session: EnrollmentSession, engine: Engine) -> None:
        shown(session, engine, *frames("ann", NEEDED - 1))
        assert references() == [("E1", False)] * (NEEDED - 1)

    def test_another_persons_face_is_not_taken(self, session: EnrollmentSession, engine: Engine) -> None:
        last = shown(session, engine, frame_of("ann"), frame_of("ben"))[-1]
        assert (last.accepted, last.code, last.final) == (1, "different_person", False)

    def test_the_visit_goes_on_after_another_person(self, session: EnrollmentSession, engine: Engine) -> None:
        last = shown(session, engine, frame_of("ann"), frame_of("ben"), frame_of("ann", 5))[-1]
        assert (last.accepted, last.code) == (2, "")

    def test_a_face_that_is_enrolled_as_another_waits(
        self, northwind: World, session: EnrollmentSession, engine: Engine, enroll: Enroll
    ) -> None:
        enroll(add_person(northwind.northwind, "E2"), "ann")
        last = shown(session, engine, *frames("ann"))[-1]
        assert (last.code, last.final, last.accepted) == ("held", True, 0)

    def test_a_frame_after_that_hears_it_again(
        self, northwind: World, session: EnrollmentSession, engine: Engine, enroll: Enroll
    ) -> None:
        enroll(add_person(northwind.northwind, "E2"), "ann")
        shown(session, engine, *frames("ann"))
        [told] = shown(EnrollmentSession.objects.get(pk=session.pk), engine, *frames("ann", 1))
        assert (told.code, told.final, bool(told.hint)) == ("held", True, True)

    def test_nothing_of_it_is_active(
        self, northwind: World, session: EnrollmentSession, engine: Engine, enroll: Enroll
    ) -> None:
        enroll(add_person(northwind.northwind, "E2"), "ann")
        shown(session, engine, *frames("ann"))
        assert references() == [("E1", False)] * NEEDED + [("E2", True)] * 2

    def test_somebody_elses_face_in_the_gallery_is_no_hindrance(
        self, northwind: World, session: EnrollmentSession, engine: Engine, enroll: Enroll
    ) -> None:
        enroll(add_person(northwind.northwind, "E2"), "ben")
        assert shown(session, engine, *frames("ann"))[-1].complete

    def test_the_same_face_may_be_enrolled_in_another_organization(
        self, world: World, session: EnrollmentSession, engine: Engine, enroll: Enroll
    ) -> None:
        enroll(world.south_person, "ann")
        assert shown(session, engine, *frames("ann"))[-1].complete

    @pytest.mark.parametrize(
        ("spoil", "code"),
        [
            (lambda image: np.zeros_like(image), "no_face"),
            (lambda image: cv2.GaussianBlur(image, (0, 0), 9), "blurred"),
            (lambda image: (image * 0.15).astype(np.uint8), "too_dark"),
            (lambda image: np.hstack([image, image]), "two_faces"),
        ],
        ids=["no_face", "blurred", "too_dark", "two_faces"],
    )
    def test_a_bad_frame_is_answered_with_its_reason(
        self, session: EnrollmentSession, engine: Engine, spoil: Any, code: str
    ) -> None:
        [answer] = shown(session, engine, np.ascontiguousarray(spoil(frame_of("ann"))))
        assert (answer.accepted, answer.code, bool(answer.hint)) == (0, code, True)


@pytest.mark.django_db
class TestSpread:
    def test_a_frame_of_the_same_moment_is_passed_over(self, session: EnrollmentSession, engine: Engine) -> None:
        answers = shown(session, engine, frame_of("ann"), frame_of("ann", 5))
        assert [(one.accepted, one.code) for one in answers] == [(1, ""), (1, "")]

    def test_a_later_one_is_taken(self, session: EnrollmentSession, engine: Engine) -> None:
        shown(session, engine, frame_of("ann"))
        for draft in Reference.objects.all():
            Reference.objects.update(created_at=draft.created_at - timedelta(seconds=SPREAD_SECONDS))
        assert shown(session, engine, frame_of("ann", 5))[0].accepted == 2
