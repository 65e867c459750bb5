"""Each try to punch leaves what it cost and whether it worked; who only walked past leaves nothing."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from apps.attendance import badges, paths, pins
from apps.attendance.answers import confirm
from apps.attendance.approach import AMBIGUOUS, Approach
from apps.attendance.errors import BadgeRefused, PinRefused
from apps.attendance.identification import answer_frame
from apps.attendance.kiosk import punch_by_badge, punch_by_pin
from apps.attendance.models import PathTry
from apps.attendance.paths import MOST_MS, Spent, spent_of
from apps.organizations.audit import run_held
from apps.organizations.models import Role
from apps.organizations.tenancy import acting_for
from apps.people.models import PunchMethod
from apps.recognition.decoding import decode_frame
from apps.recognition.engine import Engine
from tests.attendance.conftest import Enroll, frames_of
from tests.personas import World, signed_in
from tests.recognition.pictures import noise

NOON = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
SPENT = Spent(4000, 9)


def kept() -> list[tuple[Any, ...]]:
    return list(PathTry.objects.order_by("occurred_at").values_list("path", "succeeded", "person__external_id"))


def by_pin(world: World, pin: str, at: datetime = NOON, nonce: str = "n", spent: Spent | None = SPENT) -> Any:
    return run_held(lambda: punch_by_pin(camera=world.camera, number="E1", pin=pin, nonce=nonce, at=at, spent=spent))


@pytest.fixture
def pin(northwind: World) -> str:
    return pins.new_pin(organization=northwind.northwind, person=northwind.person)


# --- PIN and badge -----------------------------------------------------------------------------------


def test_a_pin_that_worked_is_kept_with_its_cost(northwind: World, pin: str) -> None:
    by_pin(northwind, pin)
    assert kept() == [("pin", True, "E1")]
    one = PathTry.objects.get()
    assert 4000 <= one.milliseconds < 14_000  # the page's time, and the server's on top
    assert (one.taps, one.occurred_at, one.camera_id) == (9, NOON, northwind.camera.pk)


def test_a_wrong_pin_is_a_failure_of_nobody(northwind: World, pin: str) -> None:
    with suppress(PinRefused):
        by_pin(northwind, "wrong")
    assert kept() == [("pin", False, None)]


def test_a_badge_is_kept_too(northwind: World) -> None:
    _, code = badges.issue_badge(organization=northwind.northwind, person=northwind.person, issued_by=northwind.alice)
    for said in (code, "UNKNOWN"):
        with suppress(BadgeRefused):
            run_held(partial(punch_by_badge, camera=northwind.camera, code=said, nonce=said, at=NOON, spent=SPENT))
    assert sorted(kept(), key=str) == [("badge", False, None), ("badge", True, "E1")]


def test_a_resend_is_no_second_try(northwind: World, pin: str) -> None:
    by_pin(northwind, pin)
    by_pin(northwind, pin)
    assert len(kept()) == 1


def test_a_page_that_says_nothing_leaves_nothing(northwind: World, pin: str) -> None:
    by_pin(northwind, pin, spent=None)
    assert kept() == []


def test_the_kiosks_page_sends_what_it_cost(world: World) -> None:
    with acting_for(world.northwind):
        pin = pins.new_pin(organization=world.northwind, person=world.person)
    form = {"number": "E1", "pin": pin, "ms": "6500", "taps": "11"}
    signed_in(world.bob_as(Role.OPERATOR)).post(f"/o/northwind/cameras/{world.camera.pk}/pin/", form)
    with acting_for(world.northwind):
        assert PathTry.objects.get().milliseconds >= 6500


@pytest.mark.parametrize(
    "said",
    [{}, {"ms": "x", "taps": 1}, {"ms": -1, "taps": 1}, {"ms": MOST_MS + 1, "taps": 1}, {"ms": 10, "taps": 10**9},
     {"ms": "9" * 400, "taps": 1}, {"ms": None, "taps": None}, {"ms": [1], "taps": 1}, {"ms": float("inf"), "taps": 1}],
)  # fmt: skip
def test_nonsense_is_not_kept_and_refuses_nothing(said: dict[str, Any]) -> None:
    assert spent_of(said) is None


def test_what_can_be_is_believed() -> None:
    assert spent_of({"ms": "4200", "taps": 8}) == Spent(4200, 8)


# --- Face --------------------------------------------------------------------------------------------


@pytest.fixture
def faces(world: World, engine: Engine, enroll: Enroll, quick: None) -> Iterator[World]:
    """Priya is enrolled with a face."""
    enroll(world.person, "ann")
    with acting_for(world.northwind):
        yield world


def step_up(world: World, engine: Engine, face: str, track: str = "s.1", at: datetime = NOON) -> dict[str, Any]:
    """Frames of this face, 600 ms apart, until something is decided."""
    answer: dict[str, Any] = {}
    for number, frame in enumerate(frames_of(face)):
        instant = at + timedelta(milliseconds=600 * number)
        answer = answer_frame(world.camera, track, engine, decode_frame(frame), instant)
        if answer["state"] != "searching":
            break
    return answer


def test_a_recognised_face_is_kept_from_its_first_frame_on(faces: World, engine: Engine) -> None:
    assert step_up(faces, engine, "ann")["state"] == "recognised"
    assert kept() == [("face", True, "E1")]
    assert 1200 <= PathTry.objects.get().milliseconds < 20_000


def test_an_unknown_face_is_a_failure_of_nobody(faces: World, engine: Engine) -> None:
    assert step_up(faces, engine, "ben")["state"] == "unknown"
    assert kept() == [("face", False, None)]


def test_a_decided_track_is_one_try(faces: World, engine: Engine) -> None:
    for _ in range(2):
        step_up(faces, engine, "ann")
    assert len(kept()) == 1


def test_nobody_at_the_camera_leaves_nothing(faces: World, engine: Engine) -> None:
    for number in range(4):
        answer_frame(faces.camera, "s.1", engine, noise(), NOON + timedelta(seconds=number))
    assert kept() == []


def test_a_question_is_a_try_once_it_is_answered(faces: World, engine: Engine, uncalibrated: None) -> None:
    asked = step_up(faces, engine, "ann")
    assert (asked["state"], kept()) == ("confirm", [])
    confirm(faces.camera, asked["approach"], True, NOON + timedelta(seconds=4))
    assert kept() == [("face", True, "E1")]
    assert PathTry.objects.values_list("milliseconds", "taps").get() == (4000, 1)


def test_not_me_is_a_failure_of_nobody(faces: World, engine: Engine, uncalibrated: None) -> None:
    asked = step_up(faces, engine, "ann")
    confirm(faces.camera, asked["approach"], False, NOON + timedelta(seconds=4))
    assert kept() == [("face", False, None)]


@pytest.mark.parametrize("code", [AMBIGUOUS, "face_not_enough", "confirm_alone"])
def test_what_a_rule_sends_to_the_pin_is_no_failure(northwind: World, code: str) -> None:
    answer = {"state": "unsure", "code": code}
    paths.note_face(northwind.camera, Approach(first_ms=1), answer, NOON)
    assert kept() == []


# --- Falling back ------------------------------------------------------------------------------------


def unknown(world: World, at: datetime = NOON) -> None:
    paths.note_try(organization=world.northwind, camera=world.camera, path="face", succeeded=False, spent=SPENT, at=at)


def test_a_pin_right_after_an_unknown_face_says_whose_it_was(faces: World, pin: str) -> None:
    unknown(faces)
    by_pin(faces, pin, NOON + timedelta(seconds=20))
    assert kept() == [("face", False, "E1"), ("pin", True, "E1")]


def test_a_pin_a_minute_later_says_nothing_of_it(faces: World, pin: str) -> None:
    unknown(faces)
    by_pin(faces, pin, NOON + timedelta(seconds=61))
    assert kept()[0] == ("face", False, None)


def test_who_is_not_enrolled_did_not_try_their_face(northwind: World, pin: str) -> None:
    unknown(northwind)
    by_pin(northwind, pin, NOON + timedelta(seconds=20))
    assert kept() == [("pin", True, "E1")]


def test_who_chose_the_pin_did_not_try_their_face(faces: World, pin: str) -> None:
    faces.person.preferred_method = PunchMethod.PIN
    faces.person.save(update_fields=["preferred_method"])
    unknown(faces)
    by_pin(faces, pin, NOON + timedelta(seconds=20))
    assert kept() == [("pin", True, "E1")]


def test_tries_are_forgotten_after_ninety_days(northwind: World) -> None:
    now = timezone.now()
    unknown(northwind, now - paths.KEPT - timedelta(minutes=1))
    unknown(northwind, now - paths.KEPT + timedelta(minutes=1))
    paths.forget_tries(northwind.northwind)
    assert PathTry.objects.count() == 1
