"""Users are global and changed only by themselves: staff of one organization can do nothing to them in another."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from apps.organizations.accounts import may_be_reset_by
from apps.organizations.models import Membership, Organization, Role, User
from apps.organizations.tenancy import acting_for
from tests.house.addresses import ROWS, addresses, url_of
from tests.organizations.factors import PASSWORD, with_app
from tests.personas import World, signed_in

pytestmark = pytest.mark.django_db
ADDRESS_OF_MEMBERS = [one for one in addresses() if ROWS.get(one.name) == "membership"]


@pytest.fixture
def bob(world: World) -> User:
    """Bob: an operator in Northwind, an HR manager in Southwind, with a password and an authenticator app."""
    join(world.southwind, world.bob, Role.HR_MANAGER)
    with_app(world.bob)
    return world.bob


def join(organization: Organization, user: User, role: str, *, is_active: bool = True) -> None:
    with acting_for(organization):
        Membership.objects.create(organization=organization, user=user, role=role, is_active=is_active)


def membership(organization: Organization, user: User) -> Membership:
    with acting_for(organization):
        return Membership.objects.get(user=user)


def account(user: User) -> dict[str, Any]:
    """Everything that is the user's own."""
    factors = list(Authenticator.objects.filter(user=user).order_by("id").values("id", "type", "data"))
    return {**User.objects.filter(pk=user.pk).values().get(), "factors": factors}


# What somebody who wants the account might send, whether or not a form asks for it.
GRASPING = {
    "email": "taken@example.org",
    "password": "stolen password",
    "password1": "stolen password",
    "is_staff": "on",
    "is_superuser": "on",
    "user": "x",
    "role": Role.EMPLOYEE,
}


def test_an_owner_of_one_changes_nothing_of_the_account(world: World, bob: User) -> None:
    before, there = account(bob), membership(world.southwind, bob)
    owner = signed_in(world.alice)
    here = membership(world.northwind, bob)
    for address in ADDRESS_OF_MEMBERS:
        for send in (owner.get, owner.post):
            send(url_of(address, "northwind", {"membership": here}), GRASPING)
    after = membership(world.southwind, bob)
    assert account(bob) == before
    assert (after.role, after.is_active) == (there.role, there.is_active)


def test_the_walk_tries_every_address_of_a_member() -> None:
    names = {one.name for one in addresses() if one.name.startswith("organizations:member_")}
    assert names <= {one.name for one in ADDRESS_OF_MEMBERS}


def test_the_membership_in_the_other_is_not_found(world: World, bob: User) -> None:
    there = membership(world.southwind, bob)
    owner = signed_in(world.alice)
    answers = {
        owner.post(url_of(one, "northwind", {"membership": there}), GRASPING).status_code for one in ADDRESS_OF_MEMBERS
    }
    assert answers == {404}


def test_suspended_in_one_they_work_in_the_other(world: World, bob: User) -> None:
    browser = signed_in(bob)
    here = membership(world.northwind, bob)
    signed_in(world.alice).post(f"/o/northwind/members/{here.pk}/", {"role": Role.OPERATOR})
    assert [browser.get(f"/o/{slug}/people/").status_code for slug in ("northwind", "southwind")] == [404, 200]


def test_a_suspended_member_is_out_on_the_next_request(world: World) -> None:
    browser = signed_in(world.bob)
    assert browser.get("/o/northwind/people/").status_code == 200
    here = membership(world.northwind, world.bob)
    signed_in(world.alice).post(f"/o/northwind/members/{here.pk}/", {"role": Role.OPERATOR})
    assert browser.get("/o/northwind/people/").status_code == 404


def test_the_account_is_not_reset_by_one(world: World, bob: User) -> None:
    here = membership(world.northwind, bob)
    answer = signed_in(world.alice).post(f"/o/northwind/members/{here.pk}/link/")
    assert (answer.status_code, b"/reset/key/" in answer.content) == (422, False)


def test_not_even_while_the_other_has_them_suspended(world: World) -> None:
    join(world.southwind, world.bob, Role.HR_MANAGER, is_active=False)
    assert not may_be_reset_by(world.northwind, world.bob)


def test_the_only_organization_of_an_account_may(world: World) -> None:
    assert may_be_reset_by(world.northwind, world.bob)


def test_a_second_step_asked_by_one_is_not_asked_by_the_other(world: World, bob: User) -> None:
    signed_in(world.alice).post("/o/northwind/members/rules/", {"roles": [Role.OPERATOR]})
    browser = signed_in(bob)
    assert [browser.get(f"/o/{slug}/people/").status_code for slug in ("northwind", "southwind")] == [302, 200]


def test_inviting_somebody_changes_nothing_of_their_account(world: World, bob: User) -> None:
    before = account(world.charlie)
    form = {"email": world.charlie.email, "role": Role.AUDITOR, "days": 7}
    assert signed_in(world.alice).post("/o/northwind/invitations/add/", form).status_code == 200
    assert account(world.charlie) == before


def test_their_own_password_still_opens(world: World, bob: User) -> None:
    browser = Client()
    answer = browser.post("/accounts/login/", {"login": bob.email, "password": PASSWORD})
    assert answer["Location"].startswith("/accounts/2fa/authenticate/")
