"""People and departments: listed, found, added, changed; numbers are unique within an organization only."""

from typing import Any

import pytest
from django.test import Client

from apps.organizations.errors import NameTaken
from apps.organizations.models import Role
from apps.organizations.tenancy import acting_for
from apps.people import services
from apps.people.models import Department, Person
from apps.people.selectors import departments_of, people_of, person_numbered
from tests.personas import World, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_world")]
PEOPLE, DEPARTMENTS = "/o/northwind/people/", "/o/northwind/departments/"
NAMES = ("Priya Raman", "Tom Okafor", "Raman south")


@pytest.fixture
def client(world: World) -> Client:
    return signed_in(world.alice)


@pytest.fixture
def sales(world: World) -> Department:
    with acting_for(world.northwind):
        return Department.objects.create(organization=world.northwind, name="Sales")


@pytest.fixture
def south_sales(world: World) -> Department:
    with acting_for(world.southwind):
        return Department.objects.create(organization=world.southwind, name="Sales south")


def form(**changes: Any) -> dict[str, Any]:
    return {"external_id": "E2", "given_name": "Ann", "family_name": "Lee", "is_active": "on", **changes}


def numbers(world: World) -> list[str]:
    with acting_for(world.northwind):
        return sorted(Person.objects.values_list("external_id", flat=True))


def errors(answer: Any) -> dict[str, list[str]]:
    assert answer.status_code == 422
    return dict(answer.context["form"].errors)


def add(world: World, number: str, given: str, family: str, **fields: Any) -> Person:
    person = Person(external_id=number, given_name=given, family_name=family, **fields)
    with acting_for(world.northwind):
        return services.save_person(organization=world.northwind, person=person)


def listed(client: Client, **query: str) -> list[str]:
    page = client.get(PEOPLE, query).text
    return sorted((name for name in NAMES if name in page), key=page.index)


def test_the_list_holds_own_people(client: Client) -> None:
    assert listed(client) == ["Priya Raman"]


def test_a_person_is_added(world: World, client: Client) -> None:
    assert client.post(PEOPLE + "add/", form())["Location"] == PEOPLE
    assert numbers(world) == ["E1", "E2"]


def test_a_person_is_changed(world: World, client: Client, sales: Department) -> None:
    client.post(f"{PEOPLE}{world.person.pk}/", form(external_id="E1", department=str(sales.pk)))
    with acting_for(world.northwind):
        world.person.refresh_from_db()
        assert (world.person.name, world.person.department) == ("Ann Lee", sales)


def test_a_person_is_added_to_the_own_organization_whatever_the_form_says(world: World, client: Client) -> None:
    client.post(PEOPLE + "add/", form(organization=str(world.southwind.pk)))
    assert numbers(world) == ["E1", "E2"]


def test_a_form_gives_nobody_a_login(world: World, client: Client) -> None:
    client.post(PEOPLE + "add/", form(user=str(world.alice.pk)))
    with acting_for(world.northwind):
        assert Person.objects.get(external_id="E2").user is None


def test_a_number_is_taken_once_in_an_organization(client: Client) -> None:
    answer = client.post(PEOPLE + "add/", form(external_id="E1"))
    assert errors(answer) == {"__all__": ["A person with this number exists already."]}


def test_two_organizations_may_use_one_number(world: World) -> None:
    with acting_for(world.southwind):
        assert Person.objects.get().external_id == world.person.external_id


def test_a_number_taken_between_the_look_and_the_write_is_refused_too(world: World) -> None:
    with pytest.raises(NameTaken, match="E1"):
        add(world, "E1", "Ann", "Lee")


def test_another_organizations_department_is_no_choice(client: Client, south_sales: Department) -> None:
    assert "department" in errors(client.post(PEOPLE + "add/", form(department=str(south_sales.pk))))


def test_another_organizations_site_is_no_choice(world: World, client: Client) -> None:
    assert "home_site" in errors(client.post(PEOPLE + "add/", form(home_site=str(world.south_site.pk))))


def test_another_organizations_department_is_not_even_named(client: Client, south_sales: Department) -> None:
    assert "Sales south" not in client.get(PEOPLE + "add/").text + client.get(PEOPLE).text


@pytest.mark.parametrize("field", ["external_id", "given_name", "family_name"])
def test_a_person_needs_a_number_and_a_name(client: Client, field: str) -> None:
    assert field in errors(client.post(PEOPLE + "add/", form(**{field: " "})))


@pytest.mark.parametrize("words", ["priya", "RAMAN", "e1", "priya raman", "raman priya", "pri ram"])
def test_a_person_is_found_by_parts_of_name_and_number(world: World, client: Client, words: str) -> None:
    add(world, "Z9", "Tom", "Okafor")
    assert listed(client, q=words) == ["Priya Raman"]


@pytest.mark.parametrize("words", ["nobody", "priya okafor", "%", "_", "south"])
def test_what_does_not_match_is_not_found(world: World, client: Client, words: str) -> None:
    add(world, "Z9", "Tom", "Okafor")
    assert listed(client, q=words) == []


def test_nothing_found_is_said(client: Client) -> None:
    assert "Priya" not in client.get(PEOPLE, {"q": "nobody"}).text


def test_people_are_found_by_department(world: World, client: Client, sales: Department) -> None:
    add(world, "Z9", "Tom", "Okafor", department=sales)
    assert listed(client, department=str(sales.pk)) == ["Tom Okafor"]


def test_a_filter_by_another_organizations_department_finds_no_more(client: Client, south_sales: Department) -> None:
    assert "Raman south" not in client.get(PEOPLE, {"department": str(south_sales.pk)}).text


def test_people_are_found_by_whether_they_work_here(world: World, client: Client) -> None:
    add(world, "Z9", "Tom", "Okafor", is_active=False)
    assert (listed(client, is_active="false"), listed(client, is_active="true")) == (["Tom Okafor"], ["Priya Raman"])


@pytest.mark.parametrize("query", [{"department": "nonsense"}, {"is_active": "perhaps"}, {"q": "\x00"}, {"page": "9"}])
def test_a_strange_filter_is_no_server_error(client: Client, query: dict[str, str]) -> None:
    assert client.get(PEOPLE, query).status_code in {200, 404}


def test_people_are_sorted_by_family_name(world: World, client: Client) -> None:
    add(world, "Z9", "Tom", "Okafor")
    assert (listed(client), listed(client, sort="-name")) == (
        ["Tom Okafor", "Priya Raman"],
        ["Priya Raman", "Tom Okafor"],
    )


def test_who_may_not_enroll_sees_no_way_to(world: World) -> None:
    assert "Face and PIN" not in signed_in(world.bob_as(Role.SUPERVISOR)).get(PEOPLE).text


def test_who_may_not_edit_sees_no_way_to(world: World) -> None:
    page = signed_in(world.bob_as(Role.AUDITOR)).get(PEOPLE).text
    assert "Add person" not in page and f'"{PEOPLE}{world.person.pk}/"' not in page


def test_markup_in_a_name_is_shown_as_text(world: World, client: Client) -> None:
    add(world, "Z9", "<img src=x onerror=alert(1)>", "Lee")
    assert "<img src=x" not in client.get(PEOPLE).text


def test_a_department_is_added(client: Client) -> None:
    client.post(DEPARTMENTS + "add/", {"name": "Sales"})
    assert "Sales" in client.get(DEPARTMENTS).text


def test_a_department_is_renamed(world: World, client: Client, sales: Department) -> None:
    client.post(f"{DEPARTMENTS}{sales.pk}/", {"name": "Trade"})
    with acting_for(world.northwind):
        assert Department.objects.get().name == "Trade"


def test_a_department_name_is_taken_once(client: Client, sales: Department) -> None:
    answer = client.post(DEPARTMENTS + "add/", {"name": "Sales"})
    assert errors(answer) == {"__all__": ["A department of this name exists already."]}


def test_a_department_name_taken_meanwhile_is_refused_too(northwind: World, sales: Department) -> None:
    with pytest.raises(NameTaken):
        services.save_department(organization=northwind.northwind, department=Department(name="Sales"))


def test_a_department_counts_its_active_people(northwind: World, sales: Department) -> None:
    for number, active in (("A", True), ("B", True), ("C", False)):
        add(northwind, number, "Ann", "Lee", department=sales, is_active=active)
    assert departments_of(northwind.northwind).get().people_count == 2  # type: ignore[attr-defined]


def test_a_person_is_found_by_number(northwind: World) -> None:
    found = [person_numbered(northwind.northwind, number) for number in ("E1", " E1 ", "E", "e1")]
    assert [person and person.name for person in found] == ["Priya Raman", "Priya Raman", None, "Priya Raman"]


def test_who_left_is_not_found_by_number(northwind: World) -> None:
    people_of(northwind.northwind).update(is_active=False)
    assert person_numbered(northwind.northwind, "E1") is None


def test_photos_name_somebody_new_by_their_number(northwind: World) -> None:
    person = services.person_of_photos(organization=northwind.northwind, external_id="Ada_Okafor")
    assert (person.external_id, person.name) == ("Ada_Okafor", "Ada Okafor")


def test_photos_of_somebody_known_keep_their_name(northwind: World) -> None:
    person = services.person_of_photos(organization=northwind.northwind, external_id="E1")
    assert person.name == "Priya Raman"


def test_numbers_that_differ_in_case_only_are_each_found_exactly(northwind: World) -> None:
    Person.objects.create(organization=northwind.northwind, external_id="e1", given_name="Lea", family_name="Wolff")
    found = [person_numbered(northwind.northwind, number) for number in ("E1", "e1")]
    assert [person and person.given_name for person in found] == ["Priya", "Lea"]
