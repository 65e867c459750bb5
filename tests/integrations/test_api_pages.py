"""Lists in pages, and punches: nothing lost, nothing doubled, no more queries for more rows."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.attendance.models import Punch
from apps.organizations.tenancy import acting_for
from apps.people.models import Person
from tests.integrations.programs import Program, add_people, add_punch, morning, refused, wrong
from tests.personas import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_world")]


def page(program: Program, path: str) -> tuple[list[str], str | None]:
    answer = program.get(path)
    assert answer.status_code == 200
    return [one["id"] for one in answer.json()["data"]], answer.json()["next_cursor"]


def pages(program: Program, path: str, between: Any = lambda turn: None) -> list[list[str]]:
    found, cursor = page(program, path)
    all_found = [found]
    while cursor:
        between(len(all_found))
        found, cursor = page(program, f"{path}&cursor={cursor}")
        all_found.append(found)
    return all_found


def test_pages_hold_every_row_once(world: World, program: Program) -> None:
    rows = {str(one.pk) for one in add_people(world.northwind, [f"P{turn}" for turn in range(9)])}
    found = pages(program, "/people?limit=3")
    assert [len(one) for one in found] == [3, 3, 3, 1]
    assert sorted(sum(found, [])) == sorted(rows | {str(world.person.pk)})


def test_rows_added_and_taken_away_meanwhile_lose_and_double_nothing(world: World, program: Program) -> None:
    rows = add_people(world.northwind, [f"P{turn}" for turn in range(12)])

    def write(turn: int) -> None:
        add_people(world.northwind, [f"new {turn}", f"newer {turn}"])
        with acting_for(world.northwind):
            rows[turn].delete()  # on a page that was read

    found = sum(pages(program, "/people?limit=4", write), [])
    assert len(found) == len(set(found)) and {str(one.pk) for one in rows if one.pk} <= set(found)


def test_rows_of_one_instant_are_told_apart(world: World, program: Program) -> None:
    add_people(world.northwind, [f"P{turn}" for turn in range(9)])
    with acting_for(world.northwind):
        Person.objects.update(created_at=datetime(2026, 3, 2, tzinfo=UTC))
    found = sum(pages(program, "/people?limit=2"), [])
    assert len(found) == len(set(found)) == 10


def test_a_filter_holds_on_every_page(world: World, program: Program) -> None:
    add_people(world.northwind, [f"P{turn}" for turn in range(5)])
    program.post("/people/external_id:P3/deactivate")
    assert len(sum(pages(program, "/people?limit=2&is_active=true"), [])) == 5


def test_a_list_by_id_is_paged_too(world: World, program: Program) -> None:
    assert pages(program, "/sites?limit=1") == [[str(world.site.pk)]]


def test_a_cursor_opens_one_list_of_one_organization(world: World, program: Program, south_program: Program) -> None:
    add_people(world.northwind, ["P1"])
    cursor = page(program, "/people?limit=1")[1]
    for answer in (south_program.get(f"/people?cursor={cursor}"), program.get(f"/punches?cursor={cursor}")):
        assert refused(answer) == (400, "invalid_query") and set(wrong(answer)) == {"cursor"}


def test_more_rows_ask_no_more_often(world: World, program: Program) -> None:
    counts: dict[str, list[int]] = {}
    for turn, rows in enumerate((2, 20)):
        people = add_people(world.northwind, [f"{turn}:{row}" for row in range(rows)])
        for person in people:
            add_punch(world, person, 1, morning(2))
        for path in ("/people", "/punches", "/sites", "/departments"):
            with CaptureQueriesContext(connection) as asked:
                program.get(f"{path}?limit=200")
            counts.setdefault(path, []).append(len(asked))
    assert {path: found[1] - found[0] for path, found in counts.items() if found[1] > found[0]} == {}


# --- Punches -----------------------------------------------------------------------------------------


@pytest.fixture
def punches(world: World) -> list[Punch]:
    other = add_people(world.northwind, ["E2"])[0]
    own = [add_punch(world, world.person, day, morning(day)) for day in (1, 2, 3)]
    return [*own, add_punch(world, other, 1, morning(4))]


def days(answer: Any) -> list[str]:
    assert answer.status_code == 200
    return [one["attendance_date"][-2:] for one in answer.json()["data"]]


def test_a_punch_is_written_with_the_offset_of_its_site(program: Program, punches: list[Punch]) -> None:
    punch = program.get(f"/punches/{punches[0].pk}").json()
    assert (punch["occurred_at"], punch["external_id"]) == ("2026-03-01T08:00:00+01:00", "E1")


def test_a_punch_has_these_fields_and_no_others(program: Program, punches: list[Punch]) -> None:
    assert set(program.get(f"/punches/{punches[0].pk}").json()) == {
        *("id", "person", "external_id", "site", "camera", "direction", "source"),
        *("occurred_at", "received_at", "time_zone", "attendance_date", "liveness", "review"),
    }


def test_punches_are_filtered_by_time_and_person(world: World, program: Program, punches: list[Punch]) -> None:
    second, third = (quote(f"2026-03-0{day}T08:00:00+01:00") for day in (2, 3))
    queries = [
        "",
        f"from={second}",
        f"to={third}",
        f"from={second}&to={third}",
        f"person={world.person.pk}",
        "external_id=E2",
        f"site={world.site.pk}&to=2026-03-01T23:00:00Z",
    ]
    found = [days(program.get(f"/punches?{query}")) for query in queries]
    assert found == [
        ["01", "02", "03", "04"],
        ["02", "03", "04"],
        ["01", "02"],
        ["02"],
        ["01", "02", "03"],
        ["04"],
        ["01"],
    ]


@pytest.mark.parametrize("when", ["2026-03-02T08:00:00", "2026-03-02", "yesterday", "2026-13-02T08:00:00Z"])
def test_a_time_without_its_offset_is_refused(program: Program, when: str) -> None:
    answer = program.get(f"/punches?from={when}")
    assert refused(answer) == (400, "invalid_query") and wrong(answer) == {"from": "offset"}


def test_punches_of_a_foreign_person_are_none(world: World, south_program: Program, punches: list[Punch]) -> None:
    assert days(south_program.get(f"/punches?person={world.person.pk}")) == []
    assert refused(south_program.get(f"/punches/{punches[0].pk}")) == (404, "not_found")


def test_punches_are_paged_the_oldest_first(program: Program, punches: list[Punch]) -> None:
    assert sum(pages(program, "/punches?limit=3"), []) == [str(one.pk) for one in punches]
