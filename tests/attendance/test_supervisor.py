"""A supervisor sees and punches for their own people alone: on the board, in lists, choices and by service."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.attendance.errors import OutOfReach
from apps.attendance.models import Punch
from apps.organizations.access import GRANTS, Permission
from apps.organizations.models import Membership, Role, Site
from apps.organizations.tenancy import acting_for
from apps.people.models import Person
from apps.people.reach import Reach, Scope
from tests.attendance.punches import booked_at, person_named, seen_at, site_in
from tests.downloads import body
from tests.personas import World, signed_in, supervisor_of

NOON = datetime(2025, 7, 1, 12, 0, tzinfo=UTC)
BOARD, ROWS, LIST = "/o/northwind/today/", "/o/northwind/today/rows/", "/o/northwind/punches/"
BY_HAND = "/o/northwind/punches/add/"


@pytest.fixture
def tom(world: World) -> Person:
    """Somebody whom Bob does not look after, who came a minute ago like Priya."""
    tom = person_named(world.northwind, "E2", "Tom", "Berg")
    for person in (tom, world.person):
        seen_at(world, timezone.now() - timedelta(minutes=1), person)
    return tom


@pytest.fixture
def client(world: World, tom: Person) -> Client:
    """Bob, who looks after Priya."""
    return signed_in(supervisor_of(world, world.person))


@pytest.mark.parametrize("path", [BOARD, ROWS])
def test_the_board_names_own_people(client: Client, path: str) -> None:
    page = client.get(path).text
    assert "Priya Raman" in page and "Tom Berg" not in page


def test_the_board_counts_own_people(client: Client) -> None:
    today = client.get(BOARD).context["today"]
    assert (today.people, today.present, today.punches, len(today.inside)) == (1, 1, 1, 1)


def test_a_supervisor_of_nothing_has_an_empty_board(world: World, tom: Person) -> None:
    today = signed_in(world.bob_as(Role.SUPERVISOR)).get(BOARD).context["today"]
    assert (today.people, today.present, today.punches, today.inside, today.newest) == (0, 0, 0, [], [])


def test_the_list_holds_punches_of_own_people(client: Client) -> None:
    page = client.get(LIST).text
    assert "Priya Raman" in page and "Tom Berg" not in page


@pytest.mark.parametrize("words", ["tom", "E2"])
def test_a_search_finds_no_punch_outside(client: Client, words: str) -> None:
    assert "Tom Berg" not in client.get(LIST, {"q": words}).text


def test_a_punch_stays_with_its_person_wherever_it_was_made(world: World, client: Client) -> None:
    booked_at(world, NOON, site=site_in(world.northwind, "Harbour", "UTC"))
    assert "Harbour" in client.get(LIST).text


def at_home(world: World, *people: Person) -> Site:
    """These people are at home at the main gate; there is a harbour too."""
    harbour = site_in(world.northwind, "Harbour", "UTC")
    with acting_for(world.northwind):
        Person.objects.filter(pk__in=[person.pk for person in people]).update(home_site=world.site)
    return harbour


def test_the_filter_offers_the_sites_of_own_people(world: World, client: Client) -> None:
    at_home(world, world.person)
    page = client.get(LIST).text
    assert "Main gate" in page and "Harbour" not in page


def test_a_site_outside_is_no_choice(world: World, client: Client) -> None:
    harbour = at_home(world, world.person)
    assert "Select a valid choice" in client.get(LIST, {"site": str(harbour.pk)}).text


def test_an_export_holds_own_people_should_supervisors_ever_export(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(GRANTS, Role.SUPERVISOR, GRANTS[Role.SUPERVISOR] | {Permission.EXPORT_PUNCHES})
    text = body(client.get("/o/northwind/punches/export/csv/")).decode()
    assert "Priya Raman" in text and "Tom Berg" not in text


def test_the_form_offers_own_people_and_their_sites(world: World, client: Client) -> None:
    at_home(world, world.person)
    page = client.get(BY_HAND).text
    assert "Priya Raman" in page and "Main gate" in page
    assert "Tom Berg" not in page and "Harbour" not in page


def by_hand(client: Client, person: Person, site: Site) -> Any:
    said = {"direction": "in", "reason": "Seen", "local_time": "2025-07-01T08:15"}
    return client.post(BY_HAND, {"person": str(person.pk), "site": str(site.pk), **said})


def test_the_form_books_for_own_people(world: World, client: Client) -> None:
    assert by_hand(client, world.person, world.site).status_code == 302


def test_the_form_answers_a_person_outside_like_an_absent_one(world: World, tom: Person, client: Client) -> None:
    absent = Person(organization=world.northwind)
    errors = [dict(by_hand(client, person, world.site).context["form"].errors) for person in (tom, absent)]
    assert errors[0] == errors[1] != {}


def reach(world: World) -> Reach:
    with acting_for(world.northwind):
        return Reach(Scope.RESPONSIBLE, Membership.objects.get(user=world.bob).pk, world.bob.pk)


def test_the_service_refuses_a_person_outside(world: World, tom: Person, client: Client) -> None:
    with pytest.raises(OutOfReach) as refusal:
        booked_at(world, NOON, person=tom, reach=reach(world))
    assert (refusal.value.code, refusal.value.status) == ("out_of_reach", 404)
    with acting_for(world.northwind):
        assert not Punch.objects.filter(source="manual").exists()


def test_the_service_refuses_a_site_outside(world: World, client: Client) -> None:
    harbour = at_home(world, world.person)
    with pytest.raises(OutOfReach):
        booked_at(world, NOON, site=harbour, reach=reach(world))


def test_the_service_books_for_own_people(world: World, client: Client) -> None:
    assert booked_at(world, NOON, reach=reach(world)).person_id == world.person.pk
