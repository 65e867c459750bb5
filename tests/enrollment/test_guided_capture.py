"""A guided visit frame by frame, with an engine that sees what it is told to: poses, sharpness, faces."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pytest

from apps.enrollment import capture, selectors, services
from apps.enrollment.capture import Progress, take_frame
from apps.enrollment.errors import EnrollmentError
from apps.enrollment.guided import STRAIGHT
from apps.enrollment.models import EnrollmentSession, Reference
from apps.organizations.models import AuditEntry
from apps.recognition.engine import Engine
from apps.recognition.shapes import Face, Image, Pose, Probe, Purpose, Quality, Thresholds
from tests.personas import World

from .conftest import opened
from .test_guided import turned

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("spread")]
CENTRE = Pose(3.0, -6.0, 1.0)
FRAME = np.zeros((4, 4, 3), np.uint8)
KIND = EnrollmentSession.Kind


@dataclass
class Told:
    """Sees the pose, sharpness and person it was told; another person's vector is at right angles."""

    pose: Pose = CENTRE
    sharpness: float = 50.0
    person: int = 0
    space: str = "told"

    def thresholds(self, people: int, target: Any = None) -> Thresholds:
        return Thresholds(confirm=0.5, accept=0.6, margin=0.06)

    def see(self, image: Image, purpose: Purpose) -> Probe:
        face = Face((0, 0, 200, 200), 1.0, np.zeros((5, 2), np.float32))
        quality = Quality(200.0, self.sharpness, 120.0, 1.0, self.pose)
        return Probe(np.eye(128, dtype=np.float32)[self.person], self.space, face, quality)


@pytest.fixture
def spread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Frames need not lie apart."""
    monkeypatch.setattr(capture, "SPREAD_SECONDS", -1.0)


@pytest.fixture
def visit(northwind: World) -> Iterator[EnrollmentSession]:
    yield opened(northwind.northwind, northwind.person, KIND.GUIDED)


def show(visit: EnrollmentSession, claimed: int | None = None, **told: Any) -> Progress:
    session = EnrollmentSession.objects.select_related("organization").get(pk=visit.pk)
    return take_frame(session.organization, session, cast(Engine, Told(**told)), FRAME, claimed)


def straight(visit: EnrollmentSession, count: int = STRAIGHT) -> Progress:
    return [show(visit) for _ in range(count)][-1]


def kept(segment: int | None) -> list[float]:
    rows = Reference.objects.filter(segment=segment).order_by("created_at")
    return [float(one) for one in rows.values_list("sharpness", flat=True)]


def test_it_begins_with_looking_straight(visit: EnrollmentSession) -> None:
    assert not straight(visit, STRAIGHT - 1).straight
    told = show(visit)
    assert (told.straight, told.next, told.wanted) == (True, 0, tuple(range(8)))


def test_a_turned_face_is_no_straight_one(visit: EnrollmentSession) -> None:
    told = show(visit, pose=Pose(30, 0, 0))
    assert (told.code, told.accepted, kept(None)) == ("look_straight", 0, [])


def test_the_persons_own_centre_is_kept(visit: EnrollmentSession) -> None:
    straight(visit)
    assert EnrollmentSession.objects.get().baseline == {"yaw": 3.0, "pitch": -6.0, "roll": 1.0}


@pytest.mark.parametrize(("frames", "seconds", "accepted"), [(1, 5.0, 1), (2, 5.0, 2), (2, -1.0, 1)])
def test_a_centre_that_moves_is_begun_anew_unless_two_just_agreed(
    visit: EnrollmentSession, monkeypatch: pytest.MonkeyPatch, frames: int, seconds: float, accepted: int
) -> None:
    monkeypatch.setattr(capture, "OUTVOTED_SECONDS", seconds)
    straight(visit, frames)
    assert show(visit, pose=Pose(-14, 8, 0)).accepted == accepted
    assert EnrollmentSession.objects.get().baseline["yaw"] == (3.0 if accepted == 2 else -14.0)


def test_the_whole_ring_completes_the_visit(visit: EnrollmentSession) -> None:
    straight(visit)
    told = [show(visit, segment, pose=turned(segment)) for segment in range(8)]
    assert [one.complete for one in told] == [False] * 7 + [True]
    segments = selectors.taken(Reference.objects.filter(is_active=True)).values_list("segment", flat=True)
    assert sorted(segments, key=str) == [*range(8), None, None, None]


def test_what_is_missing_is_told_exactly(visit: EnrollmentSession) -> None:
    straight(visit)
    for segment in (1, 5, 2):
        told = show(visit, segment, pose=turned(segment))
    assert (told.segments, told.wanted, told.next, told.complete) == ((1, 2, 5), (0, 3, 4, 6, 7), 3, False)


def test_a_claim_that_the_server_sees_otherwise_is_not_taken(visit: EnrollmentSession) -> None:
    straight(visit)
    told = show(visit, 2, pose=turned(6))
    assert (told.code, bool(told.hint), told.segments) == ("turn_more", True, ())


def test_a_page_that_cannot_tell_is_taken_at_the_servers_word(visit: EnrollmentSession) -> None:
    straight(visit)
    assert show(visit, None, pose=turned(6)).segments == (6,)


def test_another_person_is_not_taken_in_a_turn(visit: EnrollmentSession) -> None:
    straight(visit)
    told = show(visit, 2, pose=turned(2), person=5)
    assert (told.code, told.segments) == ("different_person", ())


def test_the_best_frames_of_a_segment_are_kept(visit: EnrollmentSession) -> None:
    straight(visit)
    for sharpness in (40, 60, 50, 30, 70):
        show(visit, 2, pose=turned(2), sharpness=sharpness)
    assert sorted(kept(2)) == [60.0, 70.0]


def test_frames_of_one_moment_are_one(visit: EnrollmentSession, monkeypatch: pytest.MonkeyPatch) -> None:
    straight(visit)
    monkeypatch.setattr(capture, "SPREAD_SECONDS", 60.0)
    for sharpness in (40, 30, 60):
        show(visit, 2, pose=turned(2), sharpness=sharpness)
    assert kept(2) == [60.0]


@pytest.mark.parametrize("kind", [KIND.GUIDED, KIND.STILL])
def test_straight_frames_of_one_moment_are_one_whatever_the_page_claims(
    northwind: World, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(capture, "SPREAD_SECONDS", 60.0)
    visit = opened(northwind.northwind, northwind.person, kind)
    assert [show(visit, 2).accepted for _ in range(3)] == [1, 1, 1]


@dataclass
class Meanwhile(Told):
    """While it looks at a frame, another connection of the same visit has somebody else's taken."""

    visit: Any = None

    def see(self, image: Image, purpose: Purpose) -> Probe:
        if self.visit is not None:
            show(self.visit, person=5)
        return super().see(image, purpose)


def test_two_at_two_cameras_at_once_are_not_both_taken(visit: EnrollmentSession) -> None:
    session = EnrollmentSession.objects.select_related("organization").get(pk=visit.pk)
    told = take_frame(session.organization, session, cast(Engine, Meanwhile(visit=visit)), FRAME)
    assert (told.accepted, told.complete, len(kept(None))) == (1, False, 1)
    assert show(visit).code == "different_person"


class TestWithoutTurning:
    def allow(self, visit: EnrollmentSession, world: World, *, beside: bool = True) -> None:
        supervisor = world.alice if beside else None
        services.cannot_turn(organization=visit.organization, session=visit, supervisor=supervisor)

    def test_straight_frames_suffice_then(self, visit: EnrollmentSession, northwind: World) -> None:
        straight(visit)
        self.allow(visit, northwind)
        assert [show(visit).complete for _ in range(2)] == [False, True]

    def test_what_the_ring_has_counts_too(self, visit: EnrollmentSession, northwind: World) -> None:
        straight(visit)
        show(visit, 3, pose=turned(3))
        self.allow(visit, northwind)
        straight(visit, 2)
        assert Reference.objects.filter(segment=3, is_active=True).count() == 1

    def test_who_sat_beside_stands_in_the_trail(self, visit: EnrollmentSession, northwind: World) -> None:
        self.allow(visit, northwind)
        row = EnrollmentSession.objects.get()
        assert (row.kind, row.supervised_by) == (KIND.STILL, northwind.alice)
        assert AuditEntry.objects.filter(action="enrollment.cannot_turn").count() == 1

    def test_on_ones_own_phone_nobody_did(self, visit: EnrollmentSession, northwind: World) -> None:
        self.allow(visit, northwind, beside=False)
        row = EnrollmentSession.objects.get()
        assert (row.kind, row.supervised_by) == (KIND.STILL, None)

    def test_said_twice_it_is_written_once(self, visit: EnrollmentSession, northwind: World) -> None:
        self.allow(visit, northwind)
        self.allow(visit, northwind)
        assert AuditEntry.objects.filter(action="enrollment.cannot_turn").count() == 1

    def test_not_after_the_visit_ended(self, visit: EnrollmentSession, northwind: World) -> None:
        services.cancel_session(organization=visit.organization, session=visit)
        with pytest.raises(EnrollmentError, match="ended"):
            self.allow(visit, northwind)

    @pytest.mark.parametrize(("beside", "marked"), [(True, False), (False, True)])
    def test_hr_is_told_of_who_was_alone(
        self, visit: EnrollmentSession, northwind: World, beside: bool, marked: bool
    ) -> None:
        self.allow(visit, northwind, beside=beside)
        straight(visit, 5)
        assert selectors.was_still_alone(visit.organization, visit.person) is marked
