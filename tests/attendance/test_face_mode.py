"""While faces are off no frame is looked at: the kiosk says to use the PIN, and the PIN works."""

from typing import Any

import pytest

from apps.attendance import tasks
from apps.attendance.demo_organization import MARK, make_demo
from apps.attendance.kiosk import place_of
from apps.attendance.models import ApproachTally, Punch, Sighting
from apps.attendance.tasks import identify_frame
from apps.enrollment.engine_choice import choose_engine
from apps.enrollment.impact_assessment import KEYS
from apps.enrollment.privacy import face_mode, rules_of, switch_face_mode
from apps.organizations.tenancy import acting_for
from apps.recognition import frames
from tests.attendance.conftest import Enroll, frames_of
from tests.personas import World, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def off(world: World, enroll: Enroll) -> World:
    """Priya is enrolled; then the owner switches faces off."""
    enroll(world.person, "ann")
    with acting_for(world.northwind):
        switch_face_mode(organization=world.northwind, on=False)
    return world


@pytest.fixture
def answers(off: World, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What two frames of Priya are answered; looking at one would fail the test."""

    def look(*_given: object) -> None:
        raise AssertionError("a frame was looked at")

    told: list[dict[str, Any]] = []
    monkeypatch.setattr(tasks, "decode_frame", look)
    monkeypatch.setattr(tasks, "send_to_channel", lambda _channel, message: told.append(message["answer"]))
    for seq, frame in enumerate(frames_of("ann")[:2]):
        ticket = frames.hold(off.northwind.pk, frame)
        identify_frame(str(off.northwind.pk), str(off.camera.pk), ticket, seq, 1, "socket.a")
    return told


def test_every_frame_is_answered_with_the_pin(answers: list[dict[str, Any]]) -> None:
    assert [(one["state"], one["code"]) for one in answers] == [("closed", "face_mode_off")] * 2
    assert "Use your PIN" in answers[0]["message"]


def test_nothing_is_kept_or_counted(off: World, answers: list[dict[str, Any]]) -> None:
    with acting_for(off.northwind):
        assert [model.objects.count() for model in (Sighting, ApproachTally, Punch)] == [0, 0, 0]


def test_the_kiosk_page_opens_no_camera(off: World) -> None:
    with acting_for(off.northwind):
        place = place_of(off.camera)
    assert (place["face"], "Use your PIN" in place["face_message"]) == (False, True)


def test_the_pin_works(off: World) -> None:
    client = signed_in(off.alice)
    pin = client.post(f"/o/northwind/people/{off.person.pk}/pin/").context["pin"]
    said = {"number": "E1", "pin": pin}
    client.post(f"/o/northwind/cameras/{off.camera.pk}/pin/", said)
    with acting_for(off.northwind):
        assert Punch.objects.get().source == "pin"


def test_another_organizations_cameras_look_on(off: World) -> None:
    choose_engine("dlib")
    with acting_for(off.southwind):
        assert place_of(off.south_camera)["face"]


def test_the_demo_ships_filled_and_marked(db: None) -> None:
    demo = make_demo()
    with acting_for(demo.organization):
        rules = rules_of(demo.organization)
        assert face_mode(demo.organization) and set(rules.assessment) == set(KEYS)
    assert all(answer.startswith(MARK) for answer in rules.assessment.values())
