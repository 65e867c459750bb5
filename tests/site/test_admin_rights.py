"""Who may do what in the staff admin: the role in this organization decides, for every kind of row and every act."""

import copy
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver
from django.utils import timezone

from apps.attendance.models import Punch
from apps.enrollment.models import Consent, ConsentText
from apps.organizations import second_step
from apps.organizations.access import Permission, may
from apps.organizations.admin_site import OrganizationAdmin, site
from apps.organizations.models import Camera, Invitation, Membership, PlatformVisit, Role, Site, User
from apps.organizations.tenancy import acting_for
from apps.people.models import Department, Person
from tests.personas import World, signed_in
from tests.site.admin_pages import ADMIN, REGISTRY, Stocked, label, list_url, page_url, stocked

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_stock"), pytest.mark.twice]

ACTS = ("view", "add", "change", "delete")
CASES = [(model, act) for model in REGISTRY for act in ACTS]
# Reviewed. Users, secrets, vectors and the audit trail are not among them.
REGISTERED = {Person, Department, Site, Camera, Membership, Invitation, Punch, Consent, ConsentText}
# The table once more, by hand: what each role may change here. Everybody listed may look; nobody else may come in.
EDITS: dict[str, set[Any]] = {
    Role.OWNER: {Person, Department, Site, Camera, Membership},
    Role.HR_MANAGER: {Person, Department},
    Role.OPERATOR: {Site, Camera},
    Role.AUDITOR: set(),
}


def case_name(value: Any) -> str:
    return value if isinstance(value, str) else label(value)


@pytest.fixture(scope="module")
def standing_stock(standing_world: World) -> Stocked:
    return stocked(standing_world)


@pytest.fixture
def stock(standing_stock: Stocked, db: None) -> Stocked:
    return copy.deepcopy(standing_stock)


def asked(client: Client, stock: Stocked, model: Any, act: str) -> int:
    """The status of this act, tried as a browser would."""
    client.raise_request_exception = False
    key = stock.own[model].pk
    if act == "view":
        statuses = {client.get(list_url(model)).status_code, client.get(page_url(model, key)).status_code}
        assert len(statuses) == 1
        return statuses.pop()
    if act == "add":
        return client.get(f"{list_url(model)}add/").status_code
    if act == "change":
        return client.post(page_url(model, key), {"name": "", "role": "nothing"}).status_code
    return client.get(page_url(model, key, "delete")).status_code


def test_exactly_these_kinds_are_registered() -> None:
    assert set(REGISTRY) == REGISTERED


@pytest.mark.parametrize("page", REGISTRY.values(), ids=str)
def test_every_kind_says_which_right_each_act_needs(page: Any) -> None:
    assert isinstance(page, OrganizationAdmin)
    assert set(page.acts) <= set(ACTS) and "view" in page.acts


@pytest.mark.parametrize(("model", "act"), CASES, ids=case_name)
def test_the_role_decides(world: World, stock: Stocked, model: Any, act: str) -> None:
    needed = REGISTRY[model].acts.get(act)
    for role in Role:
        granted = needed is not None and may(role, needed) and may(role, Permission.VIEW_STAFF_ADMIN)
        assert asked(signed_in(world.bob_as(role)), stock, model, act) == (200 if granted else 403), role


@pytest.mark.parametrize("role", Role)
def test_the_table_by_hand(role: str) -> None:
    changes = {model for model, page in REGISTRY.items() if may(role, page.acts.get("change", "nobody"))}
    assert may(role, Permission.VIEW_STAFF_ADMIN) == (role in EDITS)
    assert role not in EDITS or changes == EDITS[role]


def test_an_act_without_a_right_is_nobodys(world: World, stock: Stocked) -> None:
    without = [(model, act) for model, act in CASES if act not in REGISTRY[model].acts]
    assert without
    assert {asked(signed_in(world.alice), stock, model, act) for model, act in without} == {403}


@pytest.mark.parametrize("page", ["", "people/", "people/person/import/", "people/person/export/csv/", "jsi18n/"])
@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.EMPLOYEE])
def test_who_has_no_right_here_sees_no_page(world: World, role: str, page: str) -> None:
    assert signed_in(world.bob_as(role)).get(f"{ADMIN}{page}").status_code == 403


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.AUDITOR])
def test_who_may_not_edit_people_may_not_import_them(world: World, role: str) -> None:
    assert signed_in(world.bob_as(role)).post(f"{ADMIN}people/person/import/").status_code == 403


def test_an_auditor_is_offered_nothing_that_changes(world: World, stock: Stocked) -> None:
    client = signed_in(world.bob_as(Role.AUDITOR))
    texts = [client.get(page_url(model, row.pk)).content.decode() for model, row in stock.own.items()]
    texts += [client.get(list_url(model)).content.decode() for model in REGISTRY]
    assert not [
        text for text in texts if 'name="_save"' in text or 'name="action"' in text or 'class="addlink"' in text
    ]


def test_an_action_of_a_role_that_may_not_change_is_not_done(world: World, stock: Stocked) -> None:
    person = stock.own[Person]
    given = {"action": "deactivate", "_selected_action": [str(person.pk)]}
    signed_in(world.bob_as(Role.AUDITOR)).post(list_url(Person), given)
    with acting_for(world.northwind):
        assert Person.objects.get(pk=person.pk).is_active


def test_a_superuser_who_is_no_member_gets_404(world: World) -> None:
    root = User.objects.create_superuser("root@example.org", "a-long-password")
    assert signed_in(root).get(ADMIN).status_code == 404


def test_a_superuser_who_is_an_employee_gets_403(world: World) -> None:
    User.objects.filter(pk=world.bob.pk).update(is_staff=True, is_superuser=True)
    assert signed_in(world.bob_as(Role.EMPLOYEE)).get(ADMIN).status_code == 403


def test_a_member_of_another_organization_gets_404(world: World) -> None:
    assert signed_in(world.charlie).get(ADMIN).status_code == 404


def test_an_absent_organization_answers_like_a_foreign_one(world: World) -> None:
    client = signed_in(world.charlie)
    assert client.get(ADMIN).content == client.get("/o/nobody/admin/").content


def test_platform_staff_count_by_the_role_of_their_visit(
    world: World, stock: Stocked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(second_step, "missing", lambda *given: False)
    visitor = User.objects.create_user("visitor@example.org", is_staff=True)
    with acting_for(world.northwind):
        PlatformVisit.objects.create(
            organization=world.northwind,
            user=visitor,
            role=Role.AUDITOR,
            reason="a ticket",
            expires_at=timezone.now() + timedelta(hours=1),
        )
    client = signed_in(visitor)
    assert (asked(client, stock, Person, "view"), asked(client, stock, Person, "change")) == (200, 403)
    assert client.get("/o/southwind/admin/").status_code == 404


def test_a_role_that_was_taken_away_counts_from_the_next_request(world: World) -> None:
    client = signed_in(world.bob_as(Role.OWNER))
    assert client.get(list_url(Person)).status_code == 200
    world.bob_as(Role.EMPLOYEE)
    assert client.get(list_url(Person)).status_code == 403


def named(patterns: Any) -> list[str]:
    found: list[str] = []
    for one in patterns:
        found += named(one.url_patterns) if isinstance(one, URLResolver) else [str(one.name)]
    return found


def test_it_has_no_page_to_sign_in_or_out_or_to_look_up_any_table() -> None:
    names = set(named(site.urls[0]))
    assert not names & {"login", "logout", "password_change", "password_change_done", "view_on_site"}
    assert not {name for name in names if name.endswith("_history")}


def test_every_page_of_it_asks_for_the_right() -> None:
    wrapped = [one for one in site.urls[0] if isinstance(one, URLPattern)]
    assert wrapped and all(getattr(one.callback, "admin_site", None) is site for one in wrapped)


@pytest.mark.parametrize("page", ["login/", "logout/", "password_change/", "r/1/1/", "nothing/"])
def test_what_is_not_there_is_404(world: World, page: str) -> None:
    assert signed_in(world.alice).get(f"{ADMIN}{page}").status_code == 404


def test_djangos_own_site_is_nowhere(world: World) -> None:
    assert admin.site is not site
    assert signed_in(world.alice).get("/admin/").status_code == 404


def test_who_is_not_signed_in_is_sent_to_sign_in(world: World) -> None:
    assert Client().get(list_url(Person))["Location"] == f"/accounts/login/?next={list_url(Person)}"


def test_a_form_without_its_token_is_refused(world: World, stock: Stocked) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(world.alice)
    assert browser.post(page_url(Person, stock.own[Person].pk)).status_code == 403


@pytest.mark.parametrize("model", [Person, Camera, Punch, Membership, Consent], ids=label)
def test_a_list_asks_as_often_for_many_rows_as_for_few(world: World, stock: Stocked, model: Any) -> None:
    client = signed_in(world.alice)
    client.get(list_url(model))
    with CaptureQueriesContext(connection) as few:
        client.get(list_url(model))
    with acting_for(world.northwind):
        for number in range(6):
            more(stock, number)
    with CaptureQueriesContext(connection) as many:
        client.get(list_url(model))
    assert len(many) <= len(few)


def more(stock: Stocked, number: int) -> None:
    """One more row of each kind that has many."""
    organization, row = stock.world.northwind, stock.own
    person = Person.objects.create(
        organization=organization,
        external_id=f"M{number}",
        given_name="More",
        family_name=str(number),
        department=row[Department],
        home_site=row[Site],
    )
    Camera.objects.create(organization=organization, site=row[Site], name=f"More {number}")
    Consent.objects.create(organization=organization, person=person, text=row[ConsentText])
    user = User.objects.create_user(f"more{number}@example.org")
    Membership.objects.create(organization=organization, user=user, role=Role.AUDITOR)
    again = row[Punch]
    again.pk, again.number, again.nonce, again._state.adding = None, number + 2, f"more {number}", True
    again.id = uuid.uuid4()
    again.save()
