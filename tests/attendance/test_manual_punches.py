"""Punches by hand, refused approaches and tallies: facts beside what the camera books."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.attendance import services
from apps.attendance.errors import TimeRefused
from apps.attendance.models import ApproachTally, Direction, PersonState, Punch, Sighting, Source
from apps.attendance.services import count_approach, record_manual_punch, record_refusal, record_sighting
from apps.people.reach import EVERYBODY
from tests.personas import World

NOON = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)


def by_hand(world: World, at: datetime, direction: str = Direction.IN, **fields: Any) -> Punch:
    known: dict[str, Any] = {"organization": world.northwind, "reach": EVERYBODY, "author": world.alice}
    known |= {"person": world.person, "site": world.site}
    more = {"direction": direction, "occurred_at": at, "reason": "Camera was down", "nonce": f"{direction}{at}"}
    return record_manual_punch(**{**known, **more, **fields})


def see(world: World, at: datetime) -> services.Outcome:
    return record_sighting(
        organization=world.northwind,
        camera=world.camera,
        person=world.person,
        occurred_at=at,
        nonce=f"see{at}",
    )


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """The service's clock shows the end of that day."""
    at = NOON + timedelta(hours=10)
    monkeypatch.setattr(timezone, "now", lambda: at)
    return at


def test_it_keeps_who_recorded_it_and_why(northwind: World, now: datetime) -> None:
    punch = by_hand(northwind, NOON)
    assert (punch.source, punch.recorded_by, punch.reason) == (Source.MANUAL, northwind.alice, "Camera was down")


def test_it_is_no_sighting_of_a_camera(northwind: World, now: datetime) -> None:
    assert by_hand(northwind, NOON).camera is None
    assert not Sighting.objects.exists()


def test_the_latest_fact_moves_where_the_person_stands(northwind: World, now: datetime) -> None:
    punch = by_hand(northwind, NOON)
    state = PersonState.objects.get(organization=northwind.northwind)
    assert (state.direction, state.last_punch) == (Direction.IN, punch)


def test_a_past_fact_is_kept_and_moves_nothing(northwind: World, now: datetime) -> None:
    latest = see(northwind, NOON)
    by_hand(northwind, NOON - timedelta(hours=2), Direction.OUT)
    state = PersonState.objects.get(organization=northwind.northwind)
    assert (state.direction, state.last_punch, state.punches) == (Direction.IN, latest.punch, 2)


def test_a_future_time_is_refused(northwind: World, now: datetime) -> None:
    with pytest.raises(TimeRefused) as refusal:
        by_hand(northwind, now + timedelta(seconds=1))
    assert (refusal.value.code, refusal.value.status) == ("time_refused", 422)
    assert not Punch.objects.exists()


def test_the_present_instant_is_no_future(northwind: World, now: datetime) -> None:
    assert by_hand(northwind, now).occurred_at == now


def test_a_resend_is_harmless(northwind: World, now: datetime) -> None:
    assert by_hand(northwind, NOON, nonce="once") == by_hand(northwind, NOON, nonce="once")
    assert Punch.objects.count() == 1


def test_three_punches_of_one_second_stand_in_the_order_they_were_made(northwind: World, now: datetime) -> None:  # G13
    for number, direction in enumerate((Direction.IN, Direction.OUT, Direction.IN)):
        by_hand(northwind, NOON, direction, nonce=f"{number}")
    state = PersonState.objects.get(organization=northwind.northwind)
    assert (state.direction, state.punches) == (Direction.IN, 3)


def test_a_person_with_punches_of_one_second_is_not_blocked(northwind: World, now: datetime) -> None:  # G13
    for number, direction in enumerate((Direction.IN, Direction.OUT)):
        by_hand(northwind, NOON, direction, nonce=f"{number}")
    assert see(northwind, NOON + timedelta(hours=1)).punched


def test_an_out_after_midnight_belongs_to_the_open_session(northwind: World, now: datetime) -> None:
    came = NOON - timedelta(days=1) + timedelta(hours=8)
    by_hand(northwind, came)
    left = by_hand(northwind, came + timedelta(hours=8), Direction.OUT)
    assert left.attendance_date == came.date()


def test_a_past_fact_of_an_earlier_day_is_booked_on_that_day(northwind: World, now: datetime) -> None:
    see(northwind, NOON)
    assert by_hand(northwind, NOON - timedelta(days=3), Direction.OUT).attendance_date == NOON.date() - timedelta(
        days=3
    )


def test_once_per_day_does_not_stop_a_correction_by_hand(northwind: World, now: datetime) -> None:
    northwind.site.direction_policy = "once_per_day"
    northwind.site.save(update_fields=["direction_policy"])
    see(northwind, NOON)
    by_hand(northwind, NOON + timedelta(hours=8), Direction.OUT)
    assert Punch.objects.count() == 2


def refuse(world: World, nonce: str = "a1") -> None:
    record_refusal(
        organization=world.northwind, camera=world.camera, person=world.person, code="not_me", nonce=nonce, at=NOON
    )


def test_a_refused_approach_is_one_sighting_without_a_punch(northwind: World) -> None:
    refuse(northwind)
    refuse(northwind)
    (sighting,) = Sighting.objects.all()
    assert (sighting.code, sighting.person, sighting.punch) == ("not_me", northwind.person, None)


def tally(world: World, at: datetime, code: str = "unknown") -> None:
    count_approach(organization=world.northwind, camera=world.camera, code=code, at=at)


def test_unknown_approaches_are_counted_per_hour(northwind: World) -> None:
    for minutes in (0, 30, 59, 60):
        tally(northwind, NOON + timedelta(minutes=minutes))
    assert list(ApproachTally.objects.order_by("hour").values_list("hour", "count")) == [
        (NOON, 3),
        (NOON + timedelta(hours=1), 1),
    ]


def test_unknown_approaches_are_counted_per_code(northwind: World) -> None:
    tally(northwind, NOON)
    tally(northwind, NOON, "late")
    assert sorted(ApproachTally.objects.values_list("code", "count")) == [("late", 1), ("unknown", 1)]


def test_of_an_unknown_approach_a_number_is_all_that_is_kept(northwind: World) -> None:
    tally(northwind, NOON)
    kept = {field.name for field in ApproachTally._meta.get_fields()}
    assert kept == {"id", "organization", "camera", "hour", "code", "count"}
    assert not Sighting.objects.exists()
