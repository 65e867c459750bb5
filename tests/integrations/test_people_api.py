"""People, departments and sites over the API: own rows only, whoever's id is sent and wherever."""

from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from apps.organizations.models import AuditEntry, Site
from apps.organizations.tenancy import acting_for
from apps.people.erasure import Reason, erase
from apps.people.models import Department, Person
from tests.integrations.programs import Program, add_people, body_of, refused, wrong
from tests.personas import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_world")]
ABSENT = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def sales(world: World) -> Department:
    with acting_for(world.northwind):
        return Department.objects.create(organization=world.northwind, name="Sales")


@pytest.fixture
def foreign(world: World) -> Department:
    with acting_for(world.southwind):
        return Department.objects.create(organization=world.southwind, name="Sales south")


def stored(world: World, pk: str | UUID) -> Person:
    with acting_for(world.northwind):
        return Person.objects.get(pk=pk)


def listed(answer: Any) -> list[str]:
    assert answer.status_code == 200
    return [one.get("external_id") or one["name"] for one in answer.json()["data"]]


def test_the_organization_is_the_credentials(world: World, program: Program) -> None:
    assert program.get("/organization").json() == {
        "id": str(world.northwind.pk),
        "name": "Northwind",
        "slug": "northwind",
    }


def test_a_person_has_these_fields_and_no_others(world: World, program: Program) -> None:
    person = program.get(f"/people/{world.person.pk}").json()
    created_at = person.pop("created_at")
    assert created_at.endswith("Z") and person == {
        "id": str(world.person.pk),
        "external_id": "E1",
        "given_name": "Priya",
        "family_name": "Raman",
        "department": None,
        "home_site": None,
        "is_active": True,
    }


def test_a_person_is_found_by_number(world: World, program: Program) -> None:
    assert program.get("/people/external_id:E1").json()["id"] == str(world.person.pk)


@pytest.mark.parametrize("path", ["/people", "/sites", "/departments"])
def test_a_list_holds_own_rows_only(
    world: World, program: Program, sales: Department, foreign: Department, path: str
) -> None:
    answer = program.get(path)
    assert answer.json()["next_cursor"] is None
    assert len(answer.json()["data"]) == 1 and b"south" not in answer.content


def test_a_site_and_a_department_are_retrieved(world: World, program: Program, sales: Department) -> None:
    assert program.get(f"/departments/{sales.pk}").json() == {"id": str(sales.pk), "name": "Sales"}
    assert program.get(f"/sites/{world.site.pk}").json()["time_zone"] == "Europe/Zurich"


def test_a_foreign_site_or_department_is_404(world: World, program: Program, foreign: Department) -> None:
    paths = [f"/departments/{foreign.pk}", f"/sites/{world.south_site.pk}", f"/sites/{ABSENT}"]
    answers = {program.get(path).content for path in paths}
    assert len(answers) == 1 and b"not_found" in answers.pop()


@pytest.mark.parametrize("method", ["GET", "PATCH", "POST"])
def test_a_foreign_person_is_404_whatever_is_asked(world: World, program: Program, method: str) -> None:
    path = f"/people/{world.south_person.pk}" + ("/deactivate" if method == "POST" else "")
    assert refused(program.ask(method, path, {"given_name": "Taken"})) == (404, "not_found")


def test_the_same_number_names_each_organizations_own(world: World, program: Program, south_program: Program) -> None:
    ids = [one.get("/people/external_id:E1").json()["id"] for one in (program, south_program)]
    assert ids == [str(world.person.pk), str(world.south_person.pk)]


# --- Filters -----------------------------------------------------------------------------------------


def test_people_are_filtered(world: World, program: Program, sales: Department) -> None:
    add_people(world.northwind, ["E2", "E3"])
    program.post("/people/external_id:E3/deactivate")
    program.patch("/people/external_id:E2", {"department": str(sales.pk)})
    queries = ["", "external_id=E2", "is_active=true", "is_active=false", f"department={sales.pk}"]
    found = [listed(program.get(f"/people?{query}")) for query in queries]
    assert found == [["E1", "E2", "E3"], ["E2"], ["E1", "E2"], ["E3"], ["E2"]]


def test_a_foreign_id_in_a_filter_finds_nobody_like_an_absent_one(
    world: World, program: Program, foreign: Department
) -> None:
    answers = [program.get(f"/people?department={pk}").content for pk in (foreign.pk, ABSENT)]
    assert answers == [b'{"data":[],"next_cursor":null}'] * 2


# --- Writing -----------------------------------------------------------------------------------------


def test_a_person_is_created(world: World, program: Program, sales: Department) -> None:
    answer = program.post("/people", body_of(department=str(sales.pk), home_site=str(world.site.pk)))
    person = stored(world, answer.json()["id"])
    assert answer.status_code == 201
    assert (person.external_id, person.department_id, person.home_site_id) == ("E2", sales.pk, world.site.pk)


def test_only_what_is_sent_is_changed(world: World, program: Program) -> None:
    answer = program.patch("/people/external_id:E1", {"given_name": "Asha"})
    assert (answer.status_code, stored(world, world.person.pk).name) == (200, "Asha Raman")


def test_a_person_is_deactivated_and_it_is_harmless_to_repeat(world: World, program: Program) -> None:
    answers = [program.post("/people/external_id:E1/deactivate").json()["is_active"] for _ in range(2)]
    assert answers == [False, False] and not stored(world, world.person.pk).is_active


def test_who_was_erased_stays_erased(world: World, program: Program) -> None:
    with acting_for(world.northwind):
        erase(organization=world.northwind, person=world.person, by=None, reason=Reason.ASKED)
    before = stored(world, world.person.pk)
    path = f"/people/{world.person.pk}"
    answer = program.patch(path, {"given_name": "Priya", "family_name": "Raman", "is_active": True})
    assert refused(answer) == (409, "person_erased") and refused(program.post(f"{path}/deactivate"))[0] == 409
    after = stored(world, world.person.pk)
    assert (after.name, after.is_active, after.erased_at) == (before.name, False, before.erased_at)


def test_each_write_leaves_one_line_in_the_audit_trail(world: World, program: Program) -> None:
    with acting_for(world.northwind):
        before = AuditEntry.objects.count()
    program.post("/people", body_of())
    program.patch("/people/external_id:E2", {"given_name": "Asha"})
    program.post("/people/external_id:E2/deactivate")
    program.patch("/people/external_id:E2", {"given_name": ""})
    with acting_for(world.northwind):
        actors = list(AuditEntry.objects.order_by("sequence").values_list("actor_id", flat=True))[before:]
    assert actors == [program.credential.pk] * 3


@pytest.mark.parametrize("field", ["department", "home_site"])
def test_a_foreign_choice_is_refused_like_an_absent_one(
    world: World, program: Program, foreign: Department, field: str
) -> None:
    pk = foreign.pk if field == "department" else world.south_site.pk
    answers = [program.patch("/people/external_id:E1", {field: str(one)}) for one in (pk, ABSENT)]
    assert [wrong(answer) for answer in answers] == [{f"/{field}": "does_not_exist"}] * 2
    assert answers[0].content.replace(str(pk).encode(), ABSENT.encode()) == answers[1].content


def test_the_choices_of_each_organization_are_its_own(
    world: World, program: Program, south_program: Program, sales: Department, foreign: Department
) -> None:
    asked = [(program, sales), (south_program, foreign), (program, foreign), (south_program, sales)]
    found = [one.patch("/people/external_id:E1", {"department": str(row.pk)}).status_code for one, row in asked]
    assert found == [200, 200, 422, 422]


@pytest.mark.parametrize("field", ["organization", "organization_id", "user", "invitation", "pin", "nothing"])
def test_a_field_that_is_not_there_is_refused(world: World, program: Program, field: str) -> None:
    for answer in (
        program.post("/people", body_of() | {field: str(world.southwind.pk)}),
        program.patch("/people/external_id:E1", {field: str(world.southwind.pk)}),
    ):
        assert refused(answer) == (422, "invalid_body")
        assert wrong(answer) == {f"/{field}": "unknown_field"}


@pytest.mark.parametrize("field", ["id", "created_at"])
def test_a_field_that_is_read_only_is_refused(world: World, program: Program, field: str) -> None:
    answer = program.patch("/people/external_id:E1", {field: str(world.south_person.pk)})
    assert wrong(answer) == {f"/{field}": "read_only"}


def test_nothing_of_the_other_organization_is_changed(world: World, program: Program, foreign: Department) -> None:
    for pk in (world.south_person.pk, "external_id:E1"):
        program.patch(f"/people/{pk}", {"given_name": "Taken"})
        program.post(f"/people/{pk}/deactivate")
    with acting_for(world.southwind):
        person = Person.objects.get(pk=world.south_person.pk)
        assert (person.given_name, person.is_active) == ("Priya", True)
        assert Site.objects.count() == 1


def test_a_form_is_no_way_to_write(world: World, program: Program) -> None:
    headers = {"Authorization": f"Bearer {program.secret}"}
    assert Client().post("/api/v1/people", body_of(), headers=headers).status_code == 415
