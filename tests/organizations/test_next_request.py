"""A role, a membership and an account count as they are at each request; who belongs to two changes over."""

import pytest
from django.test import Client

from apps.organizations.models import Membership, Role, User
from apps.organizations.tenancy import acting_for
from tests.personas import World, signed_in

pytestmark = pytest.mark.django_db
MEMBERS, SITES = "/o/northwind/members/", "/o/northwind/sites/"


@pytest.fixture
def client(world: World) -> Client:
    """Bob, an auditor, in the middle of his session."""
    browser = signed_in(world.bob_as(Role.AUDITOR))
    assert browser.get(MEMBERS).status_code == 200
    return browser


def change(world: World, **fields: object) -> None:
    with acting_for(world.northwind):
        Membership.objects.filter(user=world.bob).update(**fields)


def test_a_smaller_role_bites_at_the_next_request(world: World, client: Client) -> None:
    change(world, role=Role.OPERATOR)
    assert (client.get(MEMBERS).status_code, client.get(SITES).status_code) == (403, 200)


def test_a_suspended_membership_bites_at_the_next_request(world: World, client: Client) -> None:
    change(world, is_active=False)
    assert client.get(MEMBERS).status_code == 404


def test_a_removed_membership_bites_at_the_next_request(world: World, client: Client) -> None:
    with acting_for(world.northwind):
        Membership.objects.filter(user=world.bob).delete()
    assert client.get(MEMBERS).status_code == 404


def test_a_disabled_user_is_signed_out_at_the_next_request(world: World, client: Client) -> None:
    User.objects.filter(pk=world.bob.pk).update(is_active=False)
    assert client.get(MEMBERS)["Location"] == f"/accounts/login/?next={MEMBERS}"


def test_a_disabled_user_cannot_sign_in_again(world: World, client: Client) -> None:
    world.bob.set_password("a long enough password")
    world.bob.is_active = False
    world.bob.save()
    Client().post("/accounts/login/", {"login": world.bob.email, "password": "a long enough password"})
    assert client.get(MEMBERS).status_code == 302


@pytest.fixture
def of_two(world: World, client: Client) -> Client:
    """Bob is an employee of Southwind too."""
    with acting_for(world.southwind):
        Membership.objects.create(organization=world.southwind, user=world.bob, role=Role.EMPLOYEE)
    return client


def test_the_menu_offers_own_organizations_only(world: World, client: Client) -> None:
    assert "/o/southwind/" not in client.get(SITES).text


def test_the_menu_changes_over(of_two: Client) -> None:
    assert '<a href="/o/southwind/"' in of_two.get(SITES).text
    assert of_two.get("/o/southwind/")["Location"] == "/o/southwind/me/"


def test_a_role_counts_in_its_own_organization_only(of_two: Client) -> None:
    assert of_two.get("/o/southwind/members/").status_code == 403
    assert of_two.get(MEMBERS).status_code == 200


def test_the_start_remembers_no_organization(world: World, of_two: Client) -> None:
    of_two.get("/o/southwind/me/")
    assert of_two.get("/").context["admissions"]
    kept = str(dict(of_two.session))
    assert "southwind" not in kept and str(world.southwind.pk) not in kept


def test_an_organization_that_was_left_is_offered_no_more(world: World, of_two: Client) -> None:
    with acting_for(world.southwind):
        Membership.objects.filter(user=world.bob).update(is_active=False)
    assert of_two.get("/")["Location"] == "/o/northwind/"
    assert of_two.get("/o/southwind/me/").status_code == 404
    assert "Southwind" not in of_two.get(SITES).text
