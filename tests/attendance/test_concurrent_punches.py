"""Exactly one punch, whatever comes at once: through real threads and connections, on SQLite and on PostgreSQL."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from apps.attendance import codes
from apps.attendance.models import ApproachTally, PersonState, Punch, Sighting
from apps.attendance.services import Outcome, count_approach, locked_state, record_sighting
from apps.organizations.models import Camera, DirectionPolicy
from apps.organizations.tenancy import acting_for
from apps.people.models import Person
from tests.attendance.threads import at_once, wide_pool
from tests.personas import World

LOCK_HELD_SECONDS = 0.3
NOON = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
Sized = Callable[[int, int], int]
Act = Callable[[], Outcome]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def pool() -> Iterator[None]:
    with wide_pool():
        yield


@pytest.fixture
def cameras(world: World) -> list[Camera]:
    with acting_for(world.northwind):
        second = Camera.objects.create(organization=world.northwind, site=world.site, name="Second")
    return [world.camera, second]


def people_of(world: World, count: int) -> list[Person]:
    with acting_for(world.northwind):
        return Person.objects.bulk_create(
            Person(organization=world.northwind, external_id=f"P{number}", given_name="P", family_name=f"{number}")
            for number in range(count)
        )


def sightings(world: World, person: Person, cameras: list[Camera], count: int) -> list[Act]:
    """So many sightings of one person within 300 ms, their cameras in turn."""

    def act(number: int) -> Outcome:
        return record_sighting(
            organization=world.northwind,
            camera=cameras[number % len(cameras)],
            person=person,
            occurred_at=NOON + timedelta(milliseconds=number * 300 / count),
            nonce=f"{person.external_id}.{number}",
        )

    return [lambda number=number: act(number) for number in range(count)]  # type: ignore[misc]


def stand_outside(world: World, people: list[Person]) -> None:
    """Their state rows exist, so that the lock and not the first insert decides."""
    with acting_for(world.northwind), transaction.atomic():
        for person in people:
            locked_state(world.northwind, person)


def race(world: World, people: list[Person], cameras: list[Camera], count: int) -> dict[Person, list[Outcome]]:
    return {person: at_once(world.northwind.pk, sightings(world, person, cameras, count)) for person in people}


def assert_one_punch_each(world: World, outcomes: dict[Person, list[Outcome]], second: str) -> None:
    with acting_for(world.northwind):
        assert Counter(Punch.objects.values_list("person", flat=True)) == {person.pk: 1 for person in outcomes}
    for answers in outcomes.values():
        assert Counter(one.code for one in answers) == {codes.PUNCHED: 1, second: len(answers) - 1}


def test_forty_at_once_of_each_person_are_one_punch(world: World, sized: Sized) -> None:
    people = people_of(world, sized(4, 25))
    stand_outside(world, people)
    assert_one_punch_each(world, race(world, people, [world.camera], sized(12, 40)), codes.ALREADY_IN)


@pytest.mark.services
def test_forty_at_once_of_each_of_25_people_are_25_rows(world: World, sized: Sized) -> None:
    assert connection.vendor == "postgresql"
    people = people_of(world, 25)
    stand_outside(world, people)
    assert_one_punch_each(world, race(world, people, [world.camera], sized(10, 40)), codes.ALREADY_IN)


def test_first_ever_punches_race_on_the_state_row(world: World, sized: Sized) -> None:
    people = people_of(world, sized(4, 25))
    assert_one_punch_each(world, race(world, people, [world.camera], sized(12, 40)), codes.ALREADY_IN)


def test_two_cameras_within_300_ms_give_one_punch(world: World, cameras: list[Camera], sized: Sized) -> None:  # G12
    people = people_of(world, sized(4, 25))
    assert_one_punch_each(world, race(world, people, cameras, sized(20, 40)), codes.ALREADY_IN)


def test_once_per_day_gives_one_punch(world: World, cameras: list[Camera], sized: Sized) -> None:
    with acting_for(world.northwind):
        world.site.direction_policy = DirectionPolicy.ONCE_PER_DAY
        world.site.save(update_fields=["direction_policy"])
        for camera in cameras:
            camera.refresh_from_db()
    people = people_of(world, sized(4, 25))
    assert_one_punch_each(world, race(world, people, cameras, sized(12, 40)), codes.ATTENDANCE_EXISTS)


def test_everybody_who_lost_the_race_is_told_the_winners_punch(world: World, sized: Sized) -> None:
    (person,) = people_of(world, 1)
    stand_outside(world, [person])
    answers = at_once(world.northwind.pk, sightings(world, person, [world.camera], sized(12, 40)))
    assert len({one.punch.pk for one in answers if one.punch}) == 1
    assert all(one.punch for one in answers)


def test_who_waited_for_the_lock_is_told_the_punch_made_meanwhile(world: World) -> None:
    stand_outside(world, [world.person])
    first, second = sightings(world, world.person, [world.camera], 2)
    with ThreadPoolExecutor(1) as other, acting_for(world.northwind):
        with transaction.atomic():
            winner = first()
            waiting = other.submit(at_once, world.northwind.pk, [second])
            time.sleep(LOCK_HELD_SECONDS)
        (loser,) = waiting.result()
    assert loser.punch == winner.punch


def test_one_nonce_sent_many_times_at_once_is_one_sighting(world: World, sized: Sized) -> None:
    (person,) = people_of(world, 1)
    acts = [sightings(world, person, [world.camera], 1)[0]] * sized(12, 40)
    assert {one.code for one in at_once(world.northwind.pk, acts)} == {codes.PUNCHED}
    with acting_for(world.northwind):
        assert Sighting.objects.count() == Punch.objects.count() == 1


def test_the_state_counts_what_the_facts_count(world: World, sized: Sized) -> None:
    people = people_of(world, 2)
    race(world, people, [world.camera], sized(12, 40))
    with acting_for(world.northwind):
        assert list(PersonState.objects.values_list("punches", flat=True)) == [1, 1]


def test_every_unknown_approach_at_once_is_counted(world: World, sized: Sized) -> None:
    def count() -> None:
        count_approach(organization=world.northwind, camera=world.camera, code="unknown", at=NOON)

    at_once(world.northwind.pk, [count] * sized(12, 40))
    with acting_for(world.northwind):
        assert list(ApproachTally.objects.values_list("count", flat=True)) == [sized(12, 40)]


def first_punch(world: World) -> Punch:
    with acting_for(world.northwind):
        outcome = sightings(world, world.person, [world.camera], 1)[0]()
    assert outcome.punch is not None
    return outcome.punch


def copy_of(punch: Punch, **changes: object) -> Punch:
    fields = {field.attname: getattr(punch, field.attname) for field in Punch._meta.concrete_fields}
    return Punch(**{**fields, "id": None, "nonce": "other", **changes})


def test_the_database_itself_refuses_a_second_punch_of_the_same_number(world: World) -> None:
    punch = first_punch(world)
    with acting_for(world.northwind), pytest.raises(IntegrityError), transaction.atomic():
        Punch.objects.bulk_create([copy_of(punch, id=Punch().pk)])


def test_the_database_itself_refuses_a_second_punch_of_the_day(world: World) -> None:
    with acting_for(world.northwind):
        world.site.direction_policy = DirectionPolicy.ONCE_PER_DAY
        world.site.save(update_fields=["direction_policy"])
        world.camera.refresh_from_db()
    punch = first_punch(world)
    with acting_for(world.northwind), pytest.raises(IntegrityError), transaction.atomic():
        Punch.objects.bulk_create([copy_of(punch, id=Punch().pk, number=2)])
