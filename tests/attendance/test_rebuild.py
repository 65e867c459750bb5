"""What is reckoned bit by bit, in whatever order facts arrive and however often, is what a rebuild from facts gives."""

import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.attendance import seals
from apps.attendance.models import DailyRecord, DayException, Holiday, Leave, LeaveType, Punch, PunchRuling, WorkSession
from apps.attendance.recompute import recompute, recompute_stale
from apps.attendance.services import record_manual_punch
from apps.people.reach import EVERYBODY
from tests.personas import World

from .daybook import at, give_shift, monday

pytestmark = pytest.mark.django_db
Sized = Callable[[int, int], int]
DAYS = 12
BESIDE = {"id", "computed_at", "found_at"}  # what a row is called, and when it was written: nothing it says


def told(world: World) -> list[dict[str, Any]]:
    """Everything that is derived, in an order of its own."""
    kinds = (DailyRecord, WorkSession, DayException)
    rows = [row for kind in kinds for row in kind.objects.filter(person=world.person).values()]
    said = [{name: row[name] for name in row.keys() - BESIDE} for row in rows]
    return sorted(said, key=lambda row: str(sorted(row.items())))


def rebuilt(world: World, first: date) -> None:
    for kind in (DailyRecord, WorkSession, DayException):
        kind.objects.filter(person=world.person).delete()
    recompute(organization=world.northwind, people=[world.person.pk], first=first, now=timezone.now())


def instants(chance: random.Random, first: date) -> list[datetime]:
    days = [first + timedelta(days=n) for n in range(DAYS)]
    return [at(chance.choice(days), f"{chance.randrange(24):02}:{chance.randrange(60):02}") for _ in range(18)]


def state_one(world: World, chance: random.Random, one: datetime, name: str) -> Punch:
    return record_manual_punch(
        organization=world.northwind,
        reach=EVERYBODY,
        person=world.person,
        site=world.site,
        direction=chance.choice(["auto", "auto", "in", "out", "break_start", "break_end"]),
        occurred_at=one,
        author=world.alice,
        reason="as told",
        nonce=name,
    )


@pytest.mark.parametrize("shift", [("09:00", "18:00"), ("22:00", "06:00"), None], ids=["day", "night", "none"])
def test_in_any_order_and_any_window_it_is_the_same(
    northwind: World, shift: tuple[str, str] | None, sized: Sized
) -> None:
    chance = random.Random(12)
    if shift:
        give_shift(northwind, *shift)
    kind = LeaveType.objects.create(organization=northwind.northwind, code="holiday", name="Holiday")
    for turn in range(sized(2, 20)):
        first = monday(3 + 3 * (turn % 5))
        made = [
            state_one(northwind, chance, one, f"{turn} {place}")
            for place, one in enumerate(instants(chance, first))
            if not recompute_some(northwind, chance)
        ]
        day = first + timedelta(days=chance.randrange(DAYS))
        Leave.objects.create(
            organization=northwind.northwind, person=northwind.person, type=kind, first=day, last=day, state="approved"
        )
        Holiday.objects.create(organization=northwind.northwind, date=day + timedelta(days=2), name=f"Feast {turn}")
        for punch in chance.sample(made, 3):
            ruling = PunchRuling(organization=northwind.northwind, punch=punch, kind="void", ruled_by=northwind.alice)
            seals.sealed_ruling(ruling).save(force_insert=True)
        begin = monday(20)
        recompute(organization=northwind.northwind, people=[northwind.person.pk], first=begin, now=timezone.now())
        step_by_step = told(northwind)
        rebuilt(northwind, begin)
        assert told(northwind) == step_by_step
        for _ in range(3):  # any later look at a part of it finds nothing to change
            since = first + timedelta(days=chance.randrange(-3, DAYS))
            recompute(organization=northwind.northwind, people=[northwind.person.pk], first=since, now=timezone.now())
            assert told(northwind) == step_by_step, since


def recompute_some(world: World, chance: random.Random) -> bool:
    """Now and then the job runs in between."""
    if chance.random() < 0.4:
        recompute_stale(world.northwind)
    return False
