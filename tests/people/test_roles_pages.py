"""The permission table as a page, what supervisors look after, and which member is which person."""

from typing import Any

import pytest
from django.test import Client

from apps.organizations.access import GRANTS, Permission
from apps.organizations.errors import WrongChoice
from apps.organizations.invitations import hash_of, join
from apps.organizations.models import AuditEntry, Invitation, Membership, Role, User
from apps.organizations.tenancy import acting_for
from apps.people import matrix, services
from apps.people.models import Department, Person, Responsibility
from tests.personas import World, signed_in, supervisor_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_world")]
ROLES, MEMBERS = "/o/northwind/roles/", "/o/northwind/members/"


def membership(world: World, user: User) -> Membership:
    with acting_for(world.northwind):
        return Membership.objects.get(user=user)


def looks_after(world: World) -> str:
    return f"{MEMBERS}{membership(world, world.bob).pk}/responsibilities/"


def login(world: World) -> str:
    return f"/o/northwind/people/{world.person.pk}/login/"


def actions(world: World) -> list[str]:
    with acting_for(world.northwind):
        return list(AuditEntry.objects.order_by("sequence").values_list("action", flat=True))


@pytest.mark.parametrize(
    ("role", "permission", "word"),
    [
        (Role.OWNER, Permission.EDIT_MEMBERS, "All"),
        (Role.HR_MANAGER, Permission.EDIT_MEMBERS, "No"),
        (Role.SUPERVISOR, Permission.VIEW_PUNCHES, "Own departments"),
        (Role.SUPERVISOR, Permission.VIEW_MEMBERS, "No"),
        (Role.OPERATOR, Permission.ENROLL, "All"),
        (Role.AUDITOR, Permission.VIEW_ENROLLMENT, "All"),
        (Role.AUDITOR, Permission.ENROLL, "No"),
        (Role.EMPLOYEE, Permission.VIEW_OWN, "Self"),
        (Role.OWNER, Permission.VIEW_OWN, "Self"),
    ],
)
def test_a_cell_says_how_far_a_role_may_go(role: Role, permission: Permission, word: str) -> None:
    assert str(matrix.cell(role, permission).word) == word


def test_the_matrix_is_the_table_in_code() -> None:
    rows = matrix.rows()
    granted = {
        (role, permission)
        for row, permission in zip(rows, Permission, strict=True)
        for cell, role in zip(row.cells, GRANTS, strict=True)
        if cell != matrix.NO
    }
    assert granted == {(role, permission) for role, permissions in GRANTS.items() for permission in permissions}


def test_every_permission_has_its_words() -> None:
    assert set(matrix.WORDS) == set(Permission)


def test_the_page_shows_every_role_and_act(world: World) -> None:
    page = signed_in(world.alice).get(ROLES).text
    assert all(str(Role(role).label) in page for role in GRANTS)
    assert page.count('scope="row"') == len(Permission)


@pytest.mark.parametrize(
    ("role", "status"), [(Role.AUDITOR, 200), (Role.HR_MANAGER, 200), (Role.SUPERVISOR, 403), (Role.EMPLOYEE, 403)]
)
def test_who_may_see_members_may_see_roles(world: World, role: Role, status: int) -> None:
    assert signed_in(world.bob_as(role)).get(ROLES).status_code == status


def test_the_members_lead_to_the_roles(world: World) -> None:
    assert f'href="{ROLES}"' in signed_in(world.alice).get(MEMBERS).text


def test_the_page_says_what_each_supervisor_looks_after(world: World) -> None:
    supervisor_of(world)
    page = signed_in(world.alice).get(ROLES).text
    assert "Bob&#x27;s team" in page and looks_after(world) in page


def test_a_supervisor_of_nothing_stands_out(world: World) -> None:
    world.bob_as(Role.SUPERVISOR)
    assert "Nobody yet" in signed_in(world.alice).get(ROLES).text


def test_an_auditor_sees_it_and_no_way_to_change_it(world: World) -> None:
    world.bob_as(Role.SUPERVISOR)
    with acting_for(world.northwind):
        dora = User.objects.create_user("dora@example.org")
        Membership.objects.create(organization=world.northwind, user=dora, role=Role.AUDITOR)
    page = signed_in(dora).get(ROLES).text
    assert "Nobody yet" in page and looks_after(world) not in page


def test_a_supervisors_membership_leads_to_what_they_look_after(world: World) -> None:
    world.bob_as(Role.SUPERVISOR)
    assert looks_after(world) in signed_in(world.alice).get(f"{MEMBERS}{membership(world, world.bob).pk}/").text


def assigned(world: World) -> list[str]:
    with acting_for(world.northwind):
        rows = Responsibility.objects.select_related("department", "site")
        return sorted(str(row.department or row.site) for row in rows)


@pytest.fixture
def sales(world: World) -> Department:
    world.bob_as(Role.SUPERVISOR)
    with acting_for(world.northwind):
        return Department.objects.create(organization=world.northwind, name="Sales")


def test_departments_and_sites_are_assigned(world: World, sales: Department) -> None:
    answer = signed_in(world.alice).post(looks_after(world), {"departments": [sales.pk], "sites": [world.site.pk]})
    assert (answer["Location"], assigned(world)) == (ROLES, ["Main gate", "Sales"])


def test_what_is_not_ticked_any_more_is_taken_away(world: World, sales: Department) -> None:
    client = signed_in(world.alice)
    client.post(looks_after(world), {"departments": [sales.pk], "sites": [world.site.pk]})
    client.post(looks_after(world), {"sites": [world.site.pk]})
    assert assigned(world) == ["Main gate"]
    client.post(looks_after(world))
    assert assigned(world) == []


def test_the_form_shows_what_is_assigned(world: World, sales: Department) -> None:
    client = signed_in(world.alice)
    client.post(looks_after(world), {"departments": [sales.pk]})
    assert client.get(looks_after(world)).text.count("checked") == 1


def test_another_organizations_department_is_no_choice(world: World, sales: Department) -> None:
    with acting_for(world.southwind):
        south = Department.objects.create(organization=world.southwind, name="Sales south")
    client = signed_in(world.alice)
    assert client.post(looks_after(world), {"departments": [south.pk]}).status_code == 422
    assert "Sales south" not in client.get(looks_after(world)).text


@pytest.mark.parametrize(("role", "status"), [(Role.HR_MANAGER, 200), (Role.AUDITOR, 403), (Role.OPERATOR, 403)])
def test_who_may_assign(world: World, sales: Department, role: Role, status: int) -> None:
    url = looks_after(world)
    assert signed_in(world.bob_as(role)).get(url).status_code == status


def test_an_assignment_is_in_the_trail(world: World, sales: Department) -> None:
    signed_in(world.alice).post(looks_after(world), {"departments": [sales.pk]})
    with acting_for(world.northwind):
        entry = AuditEntry.objects.order_by("sequence").last()
    assert entry is not None
    assert (entry.action, entry.subject_id) == ("membership.assign_responsibilities", membership(world, world.bob).pk)
    assert str(sales.pk) in entry.new and str(sales.pk) not in entry.old


def user_of(world: World) -> Any:
    with acting_for(world.northwind):
        return Person.objects.get(pk=world.person.pk).user


def link(world: World, client: Client) -> Any:
    return client.post(login(world), {"membership": membership(world, world.bob).pk})


def test_a_member_is_linked_to_a_person(world: World) -> None:
    assert link(world, signed_in(world.alice)).status_code == 302
    assert user_of(world) == world.bob


def test_a_linked_member_sees_their_own_time(world: World) -> None:
    link(world, signed_in(world.alice))
    assert "Hello, Priya" in signed_in(world.bob_as(Role.EMPLOYEE)).get("/o/northwind/me/").text


def test_the_page_says_who_it_is(world: World) -> None:
    client = signed_in(world.alice)
    link(world, client)
    page = client.get(login(world)).text
    assert "bob@example.org" in page and "Unlink" in page


def test_a_person_is_unlinked(world: World) -> None:
    client = signed_in(world.alice)
    link(world, client)
    client.post(f"/o/northwind/people/{world.person.pk}/unlink/")
    assert user_of(world) is None
    assert actions(world)[-2:] == ["person.link", "person.unlink"]


def test_a_member_is_one_person_only(northwind: World) -> None:
    bob = Membership.objects.get(user=northwind.bob)
    second = Person.objects.create(organization=northwind.northwind, external_id="E2", given_name="Tom")
    services.link_member(organization=northwind.northwind, person=northwind.person, membership=bob)
    with pytest.raises(WrongChoice):
        services.link_member(organization=northwind.northwind, person=second, membership=bob)


def test_who_is_somebody_already_is_no_choice(world: World) -> None:
    link(world, signed_in(world.alice))
    with acting_for(world.northwind):
        second = Person.objects.create(organization=world.northwind, external_id="E2", given_name="Tom")
    page = signed_in(world.alice).get(f"/o/northwind/people/{second.pk}/login/").text
    assert "bob@example.org" not in page


def test_members_of_another_organization_are_no_choice(world: World) -> None:
    with acting_for(world.southwind):
        charlie = Membership.objects.get(user=world.charlie)
    client = signed_in(world.alice)
    assert client.post(login(world), {"membership": charlie.pk}).status_code == 422
    assert "charlie" not in client.get(login(world)).text


def test_the_persons_page_leads_to_their_own_time(world: World) -> None:
    assert login(world) in signed_in(world.alice).get(f"/o/northwind/people/{world.person.pk}/").text


def invite(world: World, client: Client, email: str = "priya@example.org") -> Any:
    return client.post(f"/o/northwind/people/{world.person.pk}/invite/", {"email": email})


def test_a_person_is_invited_by_a_link_to_copy(world: World) -> None:
    page = invite(world, signed_in(world.bob_as(Role.HR_MANAGER)))
    assert page.status_code == 200 and 'data-copy="link"' in page.text
    with acting_for(world.northwind):
        invitation = Invitation.objects.get()
        assert Person.objects.get(pk=world.person.pk).invitation == invitation
    assert (invitation.email, invitation.role) == ("priya@example.org", Role.EMPLOYEE)
    assert {"invitation.create", "person.invite"} <= set(actions(world))


def test_who_accepts_the_invitation_sees_their_own_time(world: World) -> None:
    page = invite(world, signed_in(world.alice))
    secret = page.context["link"].rstrip("/").rpartition("/")[2]
    priya = User.objects.create_user("priya@example.org")
    join(token_hash=hash_of(secret), user=priya)
    assert "Hello, Priya" in signed_in(priya).get("/o/northwind/me/").text


def test_an_open_invitation_is_said(world: World) -> None:
    client = signed_in(world.alice)
    invite(world, client)
    assert "has not signed in yet" in client.get(login(world)).text


def test_a_second_invitation_ends_the_first(world: World) -> None:
    client = signed_in(world.alice)
    invite(world, client)
    invite(world, client, "priya@example.com")
    with acting_for(world.northwind):
        assert list(Invitation.objects.filter(revoked_at=None).values_list("email", flat=True)) == ["priya@example.com"]


def test_a_member_is_not_invited_again(world: World) -> None:
    answer = invite(world, signed_in(world.alice), "bob@example.org")
    assert answer.status_code == 422 and "is a member already" in answer.text


def test_hr_ends_no_invitation_of_an_owners(world: World) -> None:
    form = {"email": "priya@example.org", "role": Role.OWNER, "days": 7}
    signed_in(world.alice).post("/o/northwind/invitations/add/", form)
    answer = invite(world, signed_in(world.bob_as(Role.HR_MANAGER)))
    assert answer.status_code == 422 and "in another role" in answer.text
    with acting_for(world.northwind):
        assert list(Invitation.objects.values_list("role", "revoked_at")) == [(Role.OWNER, None)]


def test_unlinking_ends_an_open_invitation(world: World) -> None:
    client = signed_in(world.alice)
    invite(world, client)
    client.post(f"/o/northwind/people/{world.person.pk}/unlink/")
    with acting_for(world.northwind):
        assert Invitation.objects.get().revoked_at and not Person.objects.get(pk=world.person.pk).invitation
