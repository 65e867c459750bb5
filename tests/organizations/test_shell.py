"""The frame around every page: the way to the rooms a role may enter, and nothing of another organization."""

import pytest

from apps.organizations.access import GRANTS, may
from apps.organizations.models import Membership, Role
from apps.organizations.shell import ENTRIES, navigation
from apps.organizations.tenancy import acting_for
from tests.personas import World, signed_in


def labels(role: str) -> list[str]:
    return [str(entry["label"]) for entry in navigation("northwind", role, "/")]


def current(path: str) -> list[str]:
    return [str(entry["label"]) for entry in navigation("northwind", Role.OWNER, path) if entry["current"]]


@pytest.mark.parametrize("role", GRANTS)
def test_it_shows_what_the_role_may_open(role: str) -> None:
    assert labels(role) == [str(entry.label) for entry in ENTRIES if may(role, entry.permission)]


def test_an_owner_may_open_everything() -> None:
    assert len(labels(Role.OWNER)) == len(ENTRIES)


def test_an_employee_is_shown_their_own_time() -> None:
    assert labels(Role.EMPLOYEE) == ["My time"]


@pytest.mark.parametrize(
    ("path", "label"),
    [("people/", "People"), ("people/add/", "People"), ("sites/", "Sites"), ("punches/add/", "Punches")],
)
def test_the_entry_that_holds_the_page_is_marked(path: str, label: str) -> None:
    assert current(f"/o/northwind/{path}") == [label]


def test_no_entry_is_marked_on_another_page() -> None:
    assert current("/accounts/password/change/") == []


@pytest.mark.django_db
class TestPage:
    def test_it_names_the_organization_and_who_is_signed_in(self, world: World) -> None:
        page = signed_in(world.alice).get("/o/northwind/sites/").text
        assert "Northwind" in page and "alice@example.org" in page

    def test_it_names_no_organization_of_others(self, world: World) -> None:
        assert "Southwind" not in signed_in(world.alice).get("/o/northwind/sites/").text

    def test_who_belongs_to_two_may_change_over(self, world: World) -> None:
        with acting_for(world.southwind):
            Membership.objects.create(organization=world.southwind, user=world.alice, role=Role.AUDITOR)
        assert "/o/southwind/" in signed_in(world.alice).get("/o/northwind/sites/").text

    def test_the_start_leads_into_the_only_organization(self, world: World) -> None:
        assert signed_in(world.alice).get("/")["Location"] == "/o/northwind/"

    def test_the_start_lets_who_belongs_to_two_choose(self, world: World) -> None:
        with acting_for(world.southwind):
            Membership.objects.create(organization=world.southwind, user=world.alice, role=Role.AUDITOR)
        page = signed_in(world.alice).get("/").text
        assert "Northwind" in page and "Southwind" in page

    def test_the_start_says_so_to_who_belongs_to_none(self, world: World) -> None:
        stranger = type(world.bob).objects.create_user("dora@example.org")
        assert signed_in(stranger).get("/").status_code == 200

    def test_an_organization_leads_to_the_first_page_of_the_role(self, world: World) -> None:
        found = [signed_in(world.bob_as(role)).get("/o/northwind/")["Location"] for role in ("auditor", "operator")]
        assert found == ["/o/northwind/today/", "/o/northwind/people/"]

    def test_an_employee_is_led_to_their_own_time(self, world: World) -> None:
        assert signed_in(world.bob_as(Role.EMPLOYEE)).get("/o/northwind/")["Location"] == "/o/northwind/me/"

    def test_an_operator_sees_no_way_to_the_members(self, world: World) -> None:
        assert "/o/northwind/members/" not in signed_in(world.bob_as(Role.OPERATOR)).get("/o/northwind/sites/").text
