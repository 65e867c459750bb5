"""The report on equal ways: its figures, its alert from simulated events, its page and its file."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from apps.attendance import equal_path
from apps.attendance.equal_path import ENOUGH, Tried, compare, ninth_of, slower_ways, way_of
from apps.attendance.models import PathTry
from apps.organizations.models import Role
from apps.organizations.tenancy import acting_for
from apps.people.models import Person, PunchMethod
from tests.attendance.punches import person_named
from tests.downloads import body
from tests.personas import World, signed_in

URL = "/o/northwind/recognition/ways/"


@dataclass
class Place:
    """A site, as far as the figures care."""

    pk: UUID


GATE, YARD = Place(uuid4()), Place(uuid4())


def tries(path: str, seconds: Iterable[float], site: Place = GATE, succeeded: bool = True) -> list[Tried]:
    return [Tried(site.pk, path, succeeded, one, 3) for one in seconds]


def test_seconds_are_those_of_tries_that_worked() -> None:
    way = way_of("pin", tries("pin", [4, 5, 9]) + tries("pin", [60], succeeded=False))
    assert (way.tries, way.failures, way.middle, way.taps) == (4, 1, 5, 3)


def test_nine_in_ten_took_at_most_as_long() -> None:
    assert ninth_of([float(one) for one in range(1, 21)]) == 18


@given(st.lists(st.floats(0, 300), min_size=1, max_size=60))
def test_at_least_nine_in_ten_are_not_above_it_and_less_would_not_do(seconds: list[float]) -> None:
    ordered = sorted(seconds)
    ninth = ninth_of(ordered)
    assert 10 * sum(one <= ninth for one in ordered) >= 9 * len(ordered)
    assert 10 * sum(one < ninth for one in ordered) < 9 * len(ordered)


def test_a_way_nobody_tried_has_no_seconds() -> None:
    assert way_of("badge", []).middle is None


@pytest.mark.parametrize(("pin_seconds", "is_told"), [(4.1, True), (4.0, False), (1.0, False)])
def test_a_way_more_than_twice_as_slow_is_told(pin_seconds: float, is_told: bool) -> None:
    ways = [way_of("face", tries("face", [2.0] * ENOUGH)), way_of("pin", tries("pin", [pin_seconds] * ENOUGH))]
    assert ("pin" in slower_ways(ways)) == is_told


@pytest.mark.parametrize("few", ["face", "badge"])
def test_too_few_tries_tell_nothing(few: str) -> None:
    counts = {"face": ENOUGH, "badge": ENOUGH} | {few: ENOUGH - 1}
    ways = [way_of(path, tries(path, [2.0 if path == "face" else 9.0] * n)) for path, n in counts.items()]
    assert slower_ways(ways) == {}


def test_failures_do_not_make_up_for_too_few() -> None:
    face = tries("face", [2.0] * (ENOUGH - 1)) + tries("face", [2.0] * 50, succeeded=False)
    assert slower_ways([way_of("face", face), way_of("pin", tries("pin", [9.0] * ENOUGH))]) == {}


def test_each_site_is_compared_by_itself() -> None:
    slow = tries("face", [2.0] * ENOUGH, YARD) + tries("pin", [9.0] * ENOUGH, YARD)
    even = tries("face", [2.0] * ENOUGH) + tries("pin", [3.0] * ENOUGH)
    assert [bool(one.slower) for one in compare([GATE, YARD], slow + even)] == [False, True]


# --- Simulated events --------------------------------------------------------------------------------


def happen(world: World, path: str, count: int, seconds: float = 2.0, **more: Any) -> None:
    """This many tries at Northwind's kiosk, an hour ago unless `ago` says otherwise."""
    at = timezone.now() - more.pop("ago", timedelta(hours=1))
    facts = {"organization": world.northwind, "camera": world.camera, "path": path, "occurred_at": at}
    facts |= {"succeeded": True, "milliseconds": int(seconds * 1000), "taps": 4, **more}
    with acting_for(world.northwind):
        PathTry.objects.bulk_create(PathTry(**facts) for _ in range(count))


def page(world: World) -> str:
    return signed_in(world.bob_as(Role.HR_MANAGER)).get(URL).content.decode()


def test_the_alert_appears_when_the_pin_takes_three_times_as_long(world: World) -> None:
    happen(world, "face", ENOUGH)
    happen(world, "pin", ENOUGH, seconds=6)
    assert "At Main gate the PIN takes 3.0 times as long as the face" in page(world)


def test_no_alert_while_the_ways_are_alike(world: World) -> None:
    happen(world, "face", ENOUGH)
    happen(world, "pin", ENOUGH, seconds=3)
    shown = page(world)
    assert "times as long" not in shown
    assert "The ways are about equally fast" in shown


def test_tries_of_last_month_are_not_counted(world: World) -> None:
    happen(world, "face", ENOUGH)
    happen(world, "pin", ENOUGH, seconds=6, ago=timedelta(days=31))
    assert "times as long" not in page(world)


def test_who_fails_by_face_four_times_a_week_is_offered_to_enroll_again(world: World) -> None:
    happen(world, "face", 4, succeeded=False, person=world.person)
    shown = page(world)
    assert "Priya Raman" in shown
    assert f"/o/northwind/people/{world.person.pk}/enrollment/" in shown


@pytest.mark.parametrize(
    ("count", "ago", "method"),
    [(3, timedelta(hours=1), PunchMethod.ANY), (4, timedelta(days=8), PunchMethod.ANY), (4, timedelta(hours=1), "pin")],
)
def test_nobody_else_is(world: World, count: int, ago: timedelta, method: str) -> None:
    with acting_for(world.northwind):
        Person.objects.filter(pk=world.person.pk).update(preferred_method=method)
    happen(world, "face", count, succeeded=False, person=world.person, ago=ago)
    assert "Priya Raman" not in page(world)


def test_the_one_who_fails_most_comes_first(northwind: World) -> None:
    tom = person_named(northwind.northwind, "E2", "Tom", "Berg")
    for person, count in ((northwind.person, 4), (tom, 6)):
        happen(northwind, "face", count, succeeded=False, person=person)
    found = equal_path.failing_by_face(northwind.northwind, timezone.now())
    assert [(one.person.given_name, one.failures) for one in found] == [("Tom", 6), ("Priya", 4)]


def test_an_empty_report_says_what_will_stand_there(world: World) -> None:
    assert "Nobody has punched yet" in page(world)


def test_another_organizations_tries_are_not_shown(world: World) -> None:
    with acting_for(world.southwind):
        PathTry.objects.create(
            organization=world.southwind, camera=world.south_camera, path="pin", succeeded=True, milliseconds=1
        )
    assert "Nobody has punched yet" in page(world)


def test_the_file_holds_every_try_and_no_name(world: World) -> None:
    happen(world, "pin", 2, person=world.person)
    exported = body(signed_in(world.alice).get(f"{URL}export/csv/")).decode()
    assert exported.count("Main gate") == 2
    assert "Priya" not in exported
