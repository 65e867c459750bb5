"""Platform staff enter an organization by a visit only: with a reason, for a time, seen by its owners."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from apps.organizations import visits
from apps.organizations.access import MEMBERS_ONLY, admits
from apps.organizations.accounts import may_be_reset_by
from apps.organizations.doors import admission
from apps.organizations.errors import WrongChoice
from apps.organizations.models import AuditEntry, Membership, PlatformEntry, PlatformVisit, Role, User
from apps.organizations.tenancy import acting_for
from tests.organizations.factors import signed_in_twice
from tests.personas import World, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_world")]
DOOR = "/platform/northwind/"


@pytest.fixture
def staff(world: World) -> User:
    return User.objects.create_user("staff@example.net", None, is_staff=True)


@pytest.fixture
def browser(staff: User) -> Client:
    """A browser of platform staff who took the second step."""
    return signed_in_twice(staff)


def step_in(browser: Client, role: str = Role.AUDITOR, **changed: object) -> int:
    form = {"reason": "Ticket 4711", "role": role, "minutes": 15} | changed
    return browser.post(DOOR, form).status_code


def test_the_page_lists_organizations(browser: Client) -> None:
    page = browser.get("/platform/").text
    assert "Northwind" in page and "Southwind" in page


def test_without_a_visit_an_organization_answers_like_an_absent_one(browser: Client) -> None:
    assert browser.get("/o/northwind/people/").status_code == 404


def test_a_superuser_without_a_visit_sees_nothing_either(world: World) -> None:
    root = User.objects.create_superuser("root@example.net", None)
    assert signed_in_twice(root).get("/o/northwind/people/").status_code == 404


@pytest.mark.parametrize("path", ["/platform/", DOOR, f"{DOOR}end/"])
def test_nobody_else_finds_the_pages(world: World, path: str) -> None:
    client = signed_in_twice(world.alice)
    assert (client.post if path.endswith("end/") else client.get)(path).status_code == 404


def test_staff_without_a_second_step_are_asked_for_it_and_see_nothing(staff: User) -> None:
    answer = signed_in(staff).get("/platform/")
    assert (answer.status_code, answer["Location"].startswith("/accounts/2fa/")) == (302, True)


def test_stepping_in_opens_it(browser: Client) -> None:
    assert (step_in(browser), browser.get("/o/northwind/people/").status_code) == (302, 200)


def test_and_no_other(browser: Client) -> None:
    step_in(browser)
    assert browser.get("/o/southwind/people/").status_code == 404


def test_an_auditor_by_default(browser: Client) -> None:
    assert browser.get(DOOR).context["form"]["role"].initial == Role.AUDITOR
    step_in(browser)
    assert browser.get("/o/northwind/people/add/").status_code == 403


@pytest.mark.parametrize("wrong", [{"reason": " "}, {"minutes": 1000}, {"role": "emperor"}, {"minutes": "x"}])
def test_a_reason_a_role_and_a_time_are_asked(browser: Client, wrong: dict[str, object]) -> None:
    assert step_in(browser, **wrong) == 422  # type: ignore[arg-type]


def test_an_absent_organization_is_not_found(browser: Client) -> None:
    assert browser.get("/platform/nowhere/").status_code == 404


def test_the_service_lets_in_no_one_else(world: World) -> None:
    with pytest.raises(WrongChoice):
        visits.step_in(
            organization_id=world.northwind.pk, user=world.charlie, role=Role.OWNER, reason="curious", minutes=15
        )


def test_every_page_says_so(browser: Client) -> None:
    step_in(browser)
    page = browser.get("/o/northwind/people/").text
    with acting_for(admission_place(browser)):
        until = PlatformVisit.objects.get().expires_at
    assert f"visiting as platform staff (Auditor) until {until:%H:%M}" in page


def admission_place(browser: Client) -> UUID:
    found = admission(browser.session["_auth_user_id"], "northwind")
    assert found
    return found.organization_id


def test_members_see_no_such_line(world: World) -> None:
    assert "visiting as platform staff" not in signed_in(world.alice).get("/o/northwind/people/").text


def test_a_click_ends_it(browser: Client) -> None:
    step_in(browser)
    browser.post(f"{DOOR}end/")
    assert browser.get("/o/northwind/people/").status_code == 404


def test_time_ends_it(world: World, browser: Client) -> None:
    step_in(browser)
    with acting_for(world.northwind):
        PlatformVisit.objects.filter(organization=world.northwind).update(
            expires_at=timezone.now() - timedelta(seconds=1)
        )
    assert browser.get("/o/northwind/people/").status_code == 404


def test_leaving_the_staff_ends_it(staff: User, browser: Client) -> None:
    step_in(browser)
    User.objects.filter(pk=staff.pk).update(is_staff=False)
    assert browser.get("/o/northwind/people/").status_code == 404


def test_a_second_step_in_ends_the_first(world: World, browser: Client) -> None:
    step_in(browser)
    step_in(browser, Role.HR_MANAGER)
    with acting_for(world.northwind):
        assert PlatformVisit.objects.filter(ended_at=None).count() == 1


def test_owners_see_who_came_and_why(world: World, browser: Client) -> None:
    step_in(browser)
    page = signed_in(world.alice).get("/o/northwind/members/").text
    assert "staff@example.net" in page and "Ticket 4711" in page


def test_it_is_in_both_trails(world: World, staff: User, browser: Client) -> None:
    step_in(browser)
    browser.post(f"{DOOR}end/")
    with acting_for(world.northwind):
        own = list(
            AuditEntry.objects.filter(action__startswith="visit.").order_by("sequence").values_list("action", "reason")
        )
    platform = list(
        PlatformEntry.objects.filter(action__startswith="visit.").order_by("sequence").values_list("action", "user_id")
    )
    assert own == [("visit.start", "Ticket 4711"), ("visit.end", "")]
    assert platform == [("visit.start", staff.pk), ("visit.end", staff.pk)]


@pytest.mark.parametrize("page", ["members/rules/", "invitations/", "invitations/add/"])
def test_a_visitor_takes_nothing_over_even_as_owner(browser: Client, page: str) -> None:
    step_in(browser, Role.OWNER)
    assert browser.get(f"/o/northwind/{page}").status_code == 403


def test_a_visitor_changes_no_membership(world: World, browser: Client) -> None:
    step_in(browser, Role.OWNER)
    with acting_for(world.northwind):
        pk = Membership.objects.get(user=world.bob).pk
    answers = [browser.post(f"/o/northwind/members/{pk}/{act}", {"role": "owner"}) for act in ("", "link/")]
    assert [answer.status_code for answer in answers] == [403, 403]


def test_a_visitor_leaves_no_device_behind(world: World, browser: Client) -> None:
    step_in(browser, Role.OPERATOR)
    assert browser.post(f"/o/northwind/cameras/{world.camera.pk}/device/pair/").status_code == 403


def test_nor_by_the_staff_admin(world: World, browser: Client) -> None:
    step_in(browser, Role.OWNER)
    with acting_for(world.northwind):
        pk = Membership.objects.get(user=world.bob).pk
    url = f"/o/northwind/admin/organizations/membership/{pk}/change/"
    browser.post(url, {"role": Role.OWNER, "is_active": "on"})
    with acting_for(world.northwind):
        assert Membership.objects.get(pk=pk).role == Role.OPERATOR


def test_an_owner_may_by_the_staff_admin(world: World) -> None:
    with acting_for(world.northwind):
        pk = Membership.objects.get(user=world.bob).pk
    url = f"/o/northwind/admin/organizations/membership/{pk}/change/"
    signed_in(world.alice).post(url, {"role": Role.AUDITOR, "is_active": "on"})
    with acting_for(world.northwind):
        assert Membership.objects.get(pk=pk).role == Role.AUDITOR


def test_the_rule_stands_in_one_place(world: World, staff: User, browser: Client) -> None:
    step_in(browser, Role.OWNER)
    visit = admission(staff.pk, "northwind")
    own = admission(world.alice.pk, "northwind")
    assert visit and own
    assert not any(admits(visit, permission) for permission in MEMBERS_ONLY)
    assert all(admits(own, permission) for permission in MEMBERS_ONLY)


def test_an_owner_resets_no_account_of_platform_staff(world: World, staff: User) -> None:
    with acting_for(world.northwind):
        Membership.objects.create(organization=world.northwind, user=staff, role=Role.EMPLOYEE)
    assert not may_be_reset_by(world.northwind, staff)
