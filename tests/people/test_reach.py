"""Whom a viewer reaches: everybody, those they look after, or themselves; whoever is outside is as if absent."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.organizations.access import GRANTS, Permission
from apps.organizations.models import Invitation, Membership, Organization, Role, Site, User
from apps.organizations.tenancy import acting_for
from apps.people.models import Department, Person, Responsibility
from apps.people.reach import EVERYBODY, ON_PEOPLE, SCOPES, Reach, Scope
from apps.people.selectors import departments_within, own_person, people_within, sites_within
from tests.house.addresses import ROWS, addresses, furniture, url_of
from tests.personas import World, signed_in, supervisor_of

pytestmark = pytest.mark.usefixtures("standing_world")

PEOPLE, DEPARTMENTS = "/o/northwind/people/", "/o/northwind/departments/"
OF_A_PERSON = [one for one in addresses() if ROWS.get(one.name) in {"person", "session"}]


def add(world: World, number: str, **fields: Any) -> Person:
    known = {"organization": world.northwind, "external_id": number, "given_name": number, "family_name": "Berg"}
    with acting_for(world.northwind):
        return Person.objects.create(**{**known, **fields})


def department(world: World, name: str) -> Department:
    with acting_for(world.northwind):
        return Department.objects.create(organization=world.northwind, name=name)


def looks_after(world: World, **what: Department | Site) -> Reach:
    """Bob's reach as a supervisor who looks after this."""
    bob = world.bob_as(Role.SUPERVISOR)
    with acting_for(world.northwind):
        membership = Membership.objects.get(user=bob)
        for name, one in what.items():
            Responsibility.objects.create(organization=world.northwind, membership=membership, **{name: one})
    return Reach(Scope.RESPONSIBLE, membership.pk, bob.pk)


def numbers(world: World, reach: Reach) -> list[str]:
    with acting_for(world.northwind):
        return sorted(people_within(world.northwind, reach).values_list("external_id", flat=True))


def names(rows: Any, organization: Organization) -> list[str]:
    with acting_for(organization):
        return [row.name for row in rows]


def test_every_role_has_its_scope() -> None:
    assert set(SCOPES) == set(Role)


def test_what_a_supervisor_may_do_ends_at_their_people() -> None:
    assert GRANTS[Role.SUPERVISOR] - ON_PEOPLE == {Permission.VIEW_OWN}


def test_an_employee_may_see_their_own_time_and_nothing_else() -> None:
    assert GRANTS[Role.EMPLOYEE] == {Permission.VIEW_OWN}


def test_an_auditor_reads_everything_and_changes_nothing() -> None:
    assert GRANTS[Role.AUDITOR] == {permission for permission in Permission if permission.reads}


def test_everybody_is_the_whole_organization(world: World) -> None:
    add(world, "E2")
    assert numbers(world, EVERYBODY) == ["E1", "E2"]


def test_a_supervisor_of_nothing_reaches_nobody(world: World) -> None:
    assert numbers(world, looks_after(world)) == []


def test_a_visitor_without_a_membership_reaches_nobody_as_supervisor(world: World) -> None:
    looks_after(world, site=world.site)
    assert numbers(world, Reach(Scope.RESPONSIBLE)) == []


def test_a_supervisor_reaches_their_departments(world: World) -> None:
    sales = department(world, "Sales")
    add(world, "E2", department=sales)
    add(world, "E3", department=department(world, "Ward"))
    assert numbers(world, looks_after(world, department=sales)) == ["E2"]


def test_a_supervisor_reaches_who_is_at_home_at_their_sites(world: World) -> None:
    add(world, "E2", home_site=world.site, department=department(world, "Ward"))
    assert numbers(world, looks_after(world, site=world.site)) == ["E2"]


def test_departments_and_sites_add_up(world: World) -> None:
    sales = department(world, "Sales")
    add(world, "E2", department=sales)
    add(world, "E3", home_site=world.site)
    add(world, "E4", home_site=world.site, department=sales)
    assert numbers(world, looks_after(world, department=sales, site=world.site)) == ["E2", "E3", "E4"]


def test_another_supervisors_people_are_not_theirs(world: World) -> None:
    sales = department(world, "Sales")
    add(world, "E2", department=sales)
    looks_after(world, department=sales)
    with acting_for(world.northwind):
        other = Membership.objects.create(
            organization=world.northwind, user=User.objects.create_user("dora@example.org"), role=Role.SUPERVISOR
        )
    assert numbers(world, Reach(Scope.RESPONSIBLE, other.pk)) == []


def test_one_reaches_oneself(world: World) -> None:
    add(world, "E2", user=world.bob)
    assert numbers(world, Reach(Scope.ONESELF, user_id=world.bob.pk)) == ["E2"]


def invited(world: World, **fields: Any) -> Invitation:
    with acting_for(world.northwind):
        return Invitation.objects.create(
            organization=world.northwind,
            email="bob@example.org",
            role=Role.EMPLOYEE,
            token_hash="0" * 64,
            expires_at=timezone.now() + timedelta(days=1),
            **fields,
        )


def test_who_accepted_the_invitation_is_the_person(world: World) -> None:
    add(world, "E2", invitation=invited(world, accepted_by=world.bob))
    assert numbers(world, Reach(Scope.ONESELF, user_id=world.bob.pk)) == ["E2"]


def test_an_open_invitation_is_nobody(world: World) -> None:
    add(world, "E2", invitation=invited(world))
    assert numbers(world, Reach(Scope.ONESELF, user_id=world.bob.pk)) == []
    assert numbers(world, Reach(Scope.ONESELF)) == []


def test_nobody_is_who_has_no_login(world: World) -> None:
    assert numbers(world, Reach(Scope.ONESELF)) == []


@pytest.mark.parametrize("scope", [Scope.EVERYBODY, Scope.RESPONSIBLE])
def test_only_a_reach_of_oneself_names_a_person(northwind: World, scope: Scope) -> None:
    assert own_person(northwind.northwind, Reach(scope, user_id=northwind.alice.pk)) is None


def test_departments_count_the_people_within_reach(world: World) -> None:
    sales, ward = department(world, "Sales"), department(world, "Ward")
    department(world, "Empty")
    add(world, "E2", department=sales, home_site=world.site)
    add(world, "E3", department=sales)
    add(world, "E4", department=ward)
    reach = looks_after(world, site=world.site)
    with acting_for(world.northwind):
        found = [(one.name, one.people_count) for one in departments_within(world.northwind, reach)]  # type: ignore[attr-defined]
    assert found == [("Sales", 1)]


def test_a_department_without_people_is_seen_by_who_looks_after_it(world: World) -> None:
    reach = looks_after(world, department=department(world, "Sales"))
    assert names(departments_within(world.northwind, reach), world.northwind) == ["Sales"]


def test_sites_are_those_that_people_within_reach_call_home(world: World) -> None:
    sales = department(world, "Sales")
    with acting_for(world.northwind):
        Site.objects.create(organization=world.northwind, name="Harbour", time_zone="UTC")
    add(world, "E2", department=sales, home_site=world.site)
    assert names(sites_within(world.northwind, looks_after(world, department=sales)), world.northwind) == ["Main gate"]


def test_who_has_no_home_site_may_come_to_any(world: World) -> None:
    sales = department(world, "Sales")
    with acting_for(world.northwind):
        Site.objects.create(organization=world.northwind, name="Harbour", time_zone="UTC")
    add(world, "E2", department=sales)
    found = names(sites_within(world.northwind, looks_after(world, department=sales)), world.northwind)
    assert found == ["Harbour", "Main gate"]


OUTSIDE = "E-2"  # no letters of a random token: they hold no hyphen


def test_the_people_list_holds_own_people(world: World) -> None:
    add(world, OUTSIDE)
    page = signed_in(supervisor_of(world, world.person)).get(PEOPLE).text
    assert "Priya Raman" in page and OUTSIDE not in page


def test_the_people_list_of_a_supervisor_of_nothing_is_empty(world: World) -> None:
    page = signed_in(world.bob_as(Role.SUPERVISOR)).get(PEOPLE).text
    assert "Priya" not in page and "You look after nobody yet" in page


def test_a_search_finds_nobody_outside(world: World) -> None:
    add(world, OUTSIDE)
    page = signed_in(supervisor_of(world, world.person)).get(PEOPLE, {"q": "Berg"}).text
    assert "Nothing matches" in page and OUTSIDE not in page


def test_the_filter_offers_own_departments(world: World) -> None:
    add(world, "E2", department=department(world, "Ward"))
    page = signed_in(supervisor_of(world, world.person)).get(PEOPLE).text
    assert "Bob&#x27;s team" in page and "Ward" not in page


def test_a_department_outside_is_no_choice(world: World) -> None:
    ward = department(world, "Ward")
    page = signed_in(supervisor_of(world, world.person)).get(PEOPLE, {"department": str(ward.pk)}).text
    assert "Select a valid choice" in page


def test_the_departments_list_holds_own_departments(world: World) -> None:
    department(world, "Ward")
    page = signed_in(supervisor_of(world, world.person)).get(DEPARTMENTS).text
    assert "Bob&#x27;s team" in page and "Ward" not in page


def test_a_responsibility_that_was_taken_away_counts_at_the_next_request(world: World) -> None:
    client = signed_in(supervisor_of(world, world.person))
    assert "Priya" in client.get(PEOPLE).text
    with acting_for(world.northwind):
        Responsibility.objects.all().delete()
    assert "Priya" not in client.get(PEOPLE).text


@pytest.mark.parametrize("path", ["sites/", "cameras/", "members/", "roles/", "recognition/"])
def test_a_supervisor_opens_no_page_of_the_organization(world: World, path: str) -> None:
    assert signed_in(supervisor_of(world, world.person)).get(f"/o/northwind/{path}").status_code == 403


@pytest.mark.parametrize("address", OF_A_PERSON, ids=lambda one: str(one.name))
def test_a_person_outside_is_404_to_a_supervisor_whatever_they_are_granted(
    world: World, monkeypatch: pytest.MonkeyPatch, address: Any
) -> None:
    monkeypatch.setitem(GRANTS, Role.SUPERVISOR, frozenset(Permission))
    url = url_of(address, "northwind", furniture(world, world.northwind).rows)
    client = signed_in(world.bob_as(Role.SUPERVISOR))
    outside = [client.get(url).status_code, client.post(url).status_code]
    supervisor_of(world, world.person)
    inside = [client.get(url).status_code, client.post(url).status_code]
    assert set(outside) <= {404, 405} and 404 in outside
    assert 404 not in inside
