"""record_sighting: one punch or a coded answer, the same for a resend, announced when it is committed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from apps.attendance import codes, services
from apps.attendance.errors import PunchRefused
from apps.attendance.models import Direction, PersonState, Punch, Sighting, Source
from apps.attendance.services import Outcome, record_sighting
from apps.organizations import notices
from apps.organizations.models import Camera, DirectionPolicy
from apps.organizations.notices import board_group, camera_group
from apps.organizations.tenancy import WrongOrganization, acting_for
from apps.people.models import Person
from tests.personas import World

NOON = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)


def see(world: World, after: int = 0, nonce: str = "", **fields: Any) -> Outcome:
    """A sighting of Priya so many seconds after noon."""
    at = NOON + timedelta(seconds=after)
    known = {"organization": world.northwind, "camera": world.camera, "person": world.person}
    return record_sighting(**{**known, "occurred_at": at, "nonce": nonce or f"n{after}", **fields})


def test_the_first_sighting_is_a_punch_in(northwind: World) -> None:
    outcome = see(northwind, similarity=0.98)
    assert (outcome.punched, outcome.direction) == (True, Direction.IN)


def test_the_punch_keeps_the_instant_and_the_clock_of_its_site(northwind: World) -> None:
    punch = see(northwind).punch
    assert punch is not None
    assert (punch.occurred_at, punch.time_zone, punch.utc_offset_minutes) == (NOON, "Europe/Zurich", 120)


def test_the_sighting_is_kept_beside_its_punch(northwind: World) -> None:
    outcome = see(northwind, similarity=0.98)
    sighting = Sighting.objects.get(organization=northwind.northwind)
    assert (sighting.punch, sighting.code, sighting.similarity) == (outcome.punch, codes.PUNCHED, 0.98)


def test_a_sighting_too_soon_is_answered_with_the_punch_that_stands(northwind: World) -> None:
    first, second = see(northwind), see(northwind, after=20)
    assert (second.code, second.punch) == (codes.ALREADY_IN, first.punch)
    assert Punch.objects.count() == 1


def test_a_sighting_too_soon_is_kept_as_a_sighting(northwind: World) -> None:
    see(northwind)
    see(northwind, after=20)
    assert sorted(Sighting.objects.values_list("code", flat=True)) == [codes.ALREADY_IN, codes.PUNCHED]


def test_a_later_sighting_punches_out(northwind: World) -> None:
    see(northwind)
    assert see(northwind, after=3600).direction == Direction.OUT


def test_a_sighting_without_a_punch_moves_the_sliding_gap(northwind: World) -> None:
    see(northwind)
    see(northwind, after=299)
    assert see(northwind, after=301).code == codes.ALREADY_IN


def test_the_punches_of_a_person_are_numbered_without_a_gap(northwind: World) -> None:
    for hour in range(4):
        see(northwind, after=hour * 3600)
    assert list(Punch.objects.order_by("number").values_list("number", flat=True)) == [1, 2, 3, 4]


def test_a_resent_nonce_gets_the_same_answer(northwind: World) -> None:
    first = see(northwind, nonce="once")
    again = see(northwind, nonce="once", after=7200)
    assert (again.code, again.punch, again.direction) == (first.code, first.punch, first.direction)
    assert Punch.objects.count() == Sighting.objects.count() == 1


def test_a_resent_refusal_gets_the_same_answer(northwind: World) -> None:
    see(northwind)
    first = see(northwind, after=20, nonce="early")
    again = see(northwind, after=7200, nonce="early")
    assert (again.code, again.punch) == (first.code, first.punch)


def test_a_resent_nonce_is_never_answered_with_somebody_elses_punch(northwind: World) -> None:
    other = Person.objects.create(
        organization=northwind.northwind, external_id="E2", given_name="Tom", family_name="Berg"
    )
    see(northwind, nonce="once")
    with pytest.raises(PunchRefused) as refusal:
        see(northwind, nonce="once", person=other)
    assert refusal.value.code == "nonce_taken"


def test_the_same_nonce_in_two_organizations_is_two_sightings(world: World) -> None:
    with acting_for(world.northwind):
        see(world, nonce="once")
    with acting_for(world.southwind):
        outcome = see(
            world, nonce="once", organization=world.southwind, camera=world.south_camera, person=world.south_person
        )
    assert outcome.punched


def test_a_person_who_left_gets_no_punch(northwind: World) -> None:
    northwind.person.is_active = False
    northwind.person.save(update_fields=["is_active"])
    with pytest.raises(PunchRefused) as refusal:
        see(northwind)
    assert refusal.value.code == services.PERSON_INACTIVE
    assert not Punch.objects.exists()


def test_a_foreign_organizations_rows_are_refused(world: World) -> None:
    with acting_for(world.southwind), pytest.raises(WrongOrganization):
        see(world)


def test_once_per_day_keeps_one_punch_and_gives_the_first_time(northwind: World) -> None:
    northwind.site.direction_policy = DirectionPolicy.ONCE_PER_DAY
    northwind.site.save(update_fields=["direction_policy"])
    first, second = see(northwind), see(northwind, after=3 * 3600)
    assert (second.code, second.punch) == (codes.ATTENDANCE_EXISTS, first.punch)


def test_a_camera_may_have_its_own_policy(northwind: World) -> None:
    northwind.camera.direction_policy = DirectionPolicy.FIRST_IN_LAST_OUT
    northwind.camera.save(update_fields=["direction_policy"])
    outcomes = [see(northwind, after=hour * 3600) for hour in range(3)]
    assert [one.direction for one in outcomes] == [Direction.IN, Direction.OUT, Direction.OUT]


def test_two_cameras_at_one_door_give_one_punch(northwind: World) -> None:  # attendance.md 4.3
    other = Camera.objects.create(organization=northwind.northwind, site=northwind.site, name="Second")
    see(northwind)
    assert see(northwind, after=1, camera=other).code == codes.ALREADY_IN


def test_a_lost_transaction_leaves_neither_punch_nor_state(northwind: World) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        see(northwind)
        raise RuntimeError("the rest of the request failed")
    assert not Punch.objects.exists()
    assert not PersonState.objects.exists()


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """What goes out to the channel layer, the outermost wire."""
    messages: list[tuple[str, dict[str, Any]]] = []

    async def group_send(group: str, message: dict[str, Any]) -> None:
        messages.append((group, message))

    layer = type("Layer", (), {"group_send": staticmethod(group_send)})
    monkeypatch.setattr(notices, "get_channel_layer", layer)
    return messages


Sent = list[tuple[str, dict[str, Any]]]


def test_a_punch_is_announced_after_the_commit(
    northwind: World, sent: Sent, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        see(northwind)
        assert sent == []
    assert {group for group, _ in sent} == {
        board_group(northwind.northwind.pk),
        camera_group(northwind.northwind.pk, northwind.camera.pk),
    }


def test_the_cameras_notice_says_name_direction_and_the_sites_time_and_the_boards_nothing(
    northwind: World, sent: Sent, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        see(northwind)
    camera = {"type": "punch.recorded", "name": "Priya Raman", "direction": "in", "time": "14:00"}
    assert dict(sent) == {
        board_group(northwind.northwind.pk): {"type": "punch.recorded"},
        camera_group(northwind.northwind.pk, northwind.camera.pk): camera,
    }


def test_a_punch_that_was_rolled_back_is_not_announced(
    northwind: World, sent: Sent, django_capture_on_commit_callbacks: Any
) -> None:
    raised, atomic = pytest.raises(RuntimeError), transaction.atomic()
    with django_capture_on_commit_callbacks(execute=True) as callbacks, raised, atomic:
        see(northwind)
        raise RuntimeError
    assert callbacks == []


def test_an_answer_without_a_punch_is_not_announced(
    northwind: World, sent: Sent, django_capture_on_commit_callbacks: Any
) -> None:
    see(northwind)
    with django_capture_on_commit_callbacks(execute=True):
        see(northwind, after=20)
    assert sent == []


def test_a_layer_that_is_down_does_not_undo_the_punch(
    northwind: World, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    async def broken(group: str, message: dict[str, Any]) -> None:
        raise ConnectionError

    monkeypatch.setattr(notices, "get_channel_layer", type("Layer", (), {"group_send": staticmethod(broken)}))
    with django_capture_on_commit_callbacks(execute=True):
        see(northwind)
    assert Punch.objects.count() == 1


def test_after_five_refused_faces_the_pin_makes_one_punch(northwind: World) -> None:  # G18
    for _ in range(5):
        services.count_approach(organization=northwind.northwind, camera=northwind.camera, code="unknown", at=NOON)
    outcome = see(northwind, source=Source.PIN)
    assert outcome.punched
    assert list(Punch.objects.values_list("source", flat=True)) == [Source.PIN]
