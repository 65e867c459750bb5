"""How somebody wants to punch: they choose it themselves or HR notes it, and nobody who declined is asked again."""

import pytest
from django.test import Client

from apps.organizations.models import AuditEntry, Role
from apps.organizations.tenancy import acting_for
from apps.people.models import WITHOUT_FACE, Person, PunchMethod
from tests.personas import World, signed_in

pytestmark = pytest.mark.usefixtures("standing_world")

ME = "/o/northwind/me/"
NUDGE = "Please do not ask for the face again"


@pytest.fixture
def priya(world: World) -> Client:
    """Bob, an employee, who is Priya."""
    with acting_for(world.northwind):
        Person.objects.filter(pk=world.person.pk).update(user=world.bob)
    return signed_in(world.bob_as(Role.EMPLOYEE))


def method(world: World) -> str:
    with acting_for(world.northwind):
        return Person.objects.get(pk=world.person.pk).preferred_method


def prefer(world: World, chosen: str) -> None:
    with acting_for(world.northwind):
        Person.objects.filter(pk=world.person.pk).update(preferred_method=chosen)


@pytest.mark.parametrize("chosen", PunchMethod)
def test_one_chooses_on_ones_own_page(world: World, priya: Client, chosen: str) -> None:
    page = priya.post(f"{ME}method/", {"preferred_method": chosen}, follow=True)
    assert "Your choice was saved." in page.text
    assert method(world) == chosen


def test_the_choice_stands_in_the_trail(world: World, priya: Client) -> None:
    priya.post(f"{ME}method/", {"preferred_method": "badge"})
    with acting_for(world.northwind):
        assert "badge" in AuditEntry.objects.get(action="person.choose_method").new


def test_no_other_way_can_be_chosen(world: World, priya: Client) -> None:
    assert priya.post(f"{ME}method/", {"preferred_method": "retina"}).status_code == 422
    assert method(world) == "any"


def test_who_is_nobody_chooses_nothing(world: World) -> None:
    client = signed_in(world.bob_as(Role.EMPLOYEE))
    assert client.post(f"{ME}method/", {"preferred_method": "pin"}).status_code == 422


def test_the_choice_is_made_by_a_post(priya: Client) -> None:
    assert priya.get(f"{ME}method/").status_code == 405


def edited(world: World, **fields: str) -> int:
    form = {"external_id": "E1", "given_name": "Priya", "family_name": "Raman", "is_active": "on", **fields}
    client = signed_in(world.bob_as(Role.HR_MANAGER))
    return client.post(f"/o/northwind/people/{world.person.pk}/", form).status_code


def test_hr_notes_it_on_the_persons_form(world: World) -> None:
    assert edited(world, preferred_method="pin") == 302
    assert method(world) == "pin"


def test_a_form_without_it_leaves_it(world: World) -> None:
    prefer(world, "badge")
    assert edited(world) == 302
    assert method(world) == "badge"


@pytest.mark.parametrize(("chosen", "is_listed"), [("pin", True), ("face", False)])
def test_the_list_is_filtered_by_it(world: World, chosen: str, is_listed: bool) -> None:
    prefer(world, "pin")
    page = signed_in(world.alice).get(f"/o/northwind/people/?preferred_method={chosen}")
    assert ("Priya" in page.text) == is_listed


@pytest.mark.parametrize("chosen", PunchMethod)
def test_who_chose_another_way_is_not_asked_for_their_face(world: World, chosen: str) -> None:
    prefer(world, chosen)
    page = signed_in(world.alice).get(f"/o/northwind/people/{world.person.pk}/enrollment/")
    assert (NUDGE in page.text) == (chosen in WITHOUT_FACE)
