"""A made-up year: a seed decides it, the rules reckon its days, and a rebuild finds nothing to change."""

import re
from datetime import date
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from apps.attendance import ledger
from apps.attendance.models import Assignment, DailyRecord, PersonState, Punch, StaleDay, WorkSession
from apps.organizations.tenancy import acting_for
from apps.people.models import Person
from tests.personas import World

pytestmark = pytest.mark.django_db
FORTNIGHT = {"first": date(2026, 3, 23), "last": date(2026, 4, 5)}  # the clocks go forward in it


def made(world: World, people: int = 6, **options: Any) -> None:
    with acting_for(world.southwind):
        Person.objects.all().delete()
    call_command("generate_year", organization="southwind", people=people, **{**FORTNIGHT, **options})


def facts() -> list[tuple[Any, ...]]:
    return list(Punch.objects.order_by("nonce").values_list("nonce", "occurred_at", "direction"))


def days() -> list[tuple[Any, ...]]:
    rows = DailyRecord.objects.order_by("person__external_id", "attendance_date")
    return list(rows.values_list("person__external_id", "attendance_date", "worked", "status", "input_hash"))


def test_its_days_are_reckoned_by_the_rules(world: World) -> None:
    made(world)
    with acting_for(world.southwind):
        statuses = set(DailyRecord.objects.values_list("status", flat=True))
        worked = sorted(DailyRecord.objects.filter(status="present").values_list("worked", flat=True))
        assert {"present", "weekend"} <= statuses and "pending" not in statuses
        assert 6 * 3600 < worked[len(worked) // 2] < 9 * 3600
        assert DailyRecord.objects.values("person", "attendance_date").distinct().count() == len(days())
        assert WorkSession.objects.count() > len(worked)
        assert ledger.verify(world.southwind).fault is None


def test_a_rebuild_changes_nothing(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    made(world)
    with acting_for(world.southwind):
        before = days()
    capsys.readouterr()
    call_command("rebuild_days", organization="southwind", first=FORTNIGHT["first"])
    assert re.search(r"from \d+ punches in [\d.]+ s \([\d.]+ ms a punch\), \d+ MiB at most", capsys.readouterr().out)
    with acting_for(world.southwind):
        assert [row for row in days() if row[1] <= FORTNIGHT["last"]] == before


def test_the_same_seed_makes_the_same_punches(world: World) -> None:
    found = []
    for _ in range(2):
        made(world, people=2)
        with acting_for(world.southwind):
            found.append(facts())
            for kind in (WorkSession, DailyRecord):
                kind.objects.all().delete()
            _forget()
    assert found[0] == found[1] and found[0]


def _forget() -> None:
    for kind in (PersonState, StaleDay, Assignment, Punch, Person):
        kind.objects.all().delete()


def test_an_organization_with_people_is_left_alone(world: World) -> None:
    with pytest.raises(CommandError, match="has people already"):
        call_command("generate_year", organization="northwind", people=1, **FORTNIGHT)
