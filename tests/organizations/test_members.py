"""Members: who signs in here, and in which role. The last owner stays one."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from apps.organizations import services
from apps.organizations.errors import NameTaken, WrongChoice
from apps.organizations.models import SLUG, Membership, Organization, Role, User
from apps.organizations.services import found_organization
from apps.organizations.tenancy import acting_for, unguarded
from tests.attendance.threads import at_once, wide_pool
from tests.personas import World, signed_in

pytestmark = pytest.mark.django_db
MEMBERS = "/o/northwind/members/"


@pytest.fixture
def client(world: World) -> Client:
    return signed_in(world.alice)


def membership(world: World, user: User) -> Membership:
    with acting_for(world.northwind):
        return Membership.objects.get(user=user)


def errors(answer: Any) -> dict[str, list[str]]:
    assert answer.status_code == 422
    return dict(answer.context["form"].errors)


def shown_link(answer: Any) -> str:
    found = re.search(r"<code>(.*?)</code>", answer.content.decode())
    assert found
    return urlsplit(found[1]).path


def test_the_list_holds_own_members(client: Client) -> None:
    page = client.get(MEMBERS).text
    assert "bob@example.org" in page and "charlie@example.org" not in page


def test_the_list_is_in_the_order_of_the_addresses(world: World, client: Client) -> None:
    names = [f"{letter}@example.org" for letter in "zayx"]
    with acting_for(world.northwind):
        for name in names:
            user = User.objects.create_user(name, "x")
            Membership.objects.create(organization=world.northwind, user=user, role=Role.AUDITOR)
    found = re.findall(r">([zayx]@example.org)<", client.get(MEMBERS).text)
    assert found == sorted(names)


def test_a_link_works_once(world: World, client: Client) -> None:
    link = shown_link(client.post(f"{MEMBERS}{membership(world, world.bob).pk}/link/"))
    form = Client().get(link, follow=True)
    first, second = Client(), Client()
    for browser in (first, second):
        browser.get(link, follow=True)
        browser.post(form.request["PATH_INFO"], {"password1": "correct horse", "password2": "correct horse"})
    assert second.get(link, follow=True).context["token_fail"]


def test_a_member_of_this_organization_alone_gets_a_new_link(world: World, client: Client) -> None:
    answer = client.post(f"{MEMBERS}{membership(world, world.bob).pk}/link/")
    assert "/accounts/password/reset/key/" in shown_link(answer)


def test_a_role_is_changed(world: World, client: Client) -> None:
    client.post(f"{MEMBERS}{membership(world, world.bob).pk}/", {"role": Role.HR_MANAGER})
    assert membership(world, world.bob).role == Role.HR_MANAGER


def test_the_only_owner_stays_one(world: World, client: Client) -> None:
    answer = client.post(f"{MEMBERS}{membership(world, world.alice).pk}/", {"role": Role.AUDITOR})
    assert "only owner" in str(errors(answer))


def test_one_of_two_owners_may_step_back(world: World, client: Client) -> None:
    world.bob_as(Role.OWNER)
    client.post(f"{MEMBERS}{membership(world, world.alice).pk}/", {"role": Role.AUDITOR, "is_active": "on"})
    assert membership(world, world.alice).role == Role.AUDITOR


@pytest.mark.django_db(transaction=True)
def test_of_two_owners_who_demote_each_other_at_once_one_stays(committed: World) -> None:
    committed.bob_as(Role.OWNER)
    owners = [membership(committed, user) for user in (committed.alice, committed.bob)]

    def demoting(one: Membership) -> Callable[[], str]:
        def act() -> str:
            try:
                services.change_membership(
                    organization=committed.northwind, membership=one, role=Role.AUDITOR, is_active=True
                )
            except WrongChoice as error:
                return error.code
            return "changed"

        return act

    with wide_pool():
        for _ in range(10):
            answers = at_once(committed.northwind.pk, [demoting(one) for one in owners])
            assert sorted(answers) == ["changed", "wrong_choice"]
            with acting_for(committed.northwind):
                Membership.objects.filter(pk__in=[one.pk for one in owners]).update(role=Role.OWNER)
            owners = [membership(committed, user) for user in (committed.alice, committed.bob)]


def test_a_suspended_owner_does_not_count(world: World) -> None:
    world.bob_as(Role.OWNER)
    with acting_for(world.northwind):
        Membership.objects.filter(user=world.bob).update(is_active=False)
        with pytest.raises(WrongChoice):
            services.change_membership(
                organization=world.northwind,
                membership=membership(world, world.alice),
                role=Role.AUDITOR,
                is_active=True,
            )


def test_the_only_owner_cannot_be_ended(world: World, client: Client) -> None:
    answer = client.post(f"{MEMBERS}{membership(world, world.alice).pk}/", {"role": Role.OWNER})
    assert "only owner" in str(errors(answer))


def test_an_ended_membership_opens_nothing(world: World, client: Client) -> None:
    client.post(f"{MEMBERS}{membership(world, world.bob).pk}/", {"role": Role.OPERATOR})
    assert signed_in(world.bob).get("/o/northwind/people/").status_code == 404


def test_the_only_owner_may_stay_owner(world: World, client: Client) -> None:
    url = f"{MEMBERS}{membership(world, world.alice).pk}/"
    assert client.post(url, {"role": Role.OWNER, "is_active": "on"}).status_code == 302


def test_an_hr_manager_gives_nobody_a_role(world: World) -> None:
    browser = signed_in(world.bob_as(Role.HR_MANAGER))
    url = f"{MEMBERS}{membership(world, world.bob).pk}/"
    assert browser.post(url, {"role": Role.OWNER}).status_code == 403


def test_an_address_of_an_organization_is_taken_once(world: World) -> None:
    with pytest.raises(NameTaken, match="northwind"):
        found_organization(name="Another", slug="northwind", owner=world.charlie)


def test_a_refused_founding_leaves_nothing(world: World) -> None:
    with pytest.raises(NameTaken):
        found_organization(name="Another", slug="northwind", owner=world.charlie)
    assert unguarded(Organization).filter(name="Another").count() == 0


def test_the_founder_owns_it(world: World) -> None:
    third = found_organization(name="Third", slug="third", owner=world.bob)
    with acting_for(third):
        assert Membership.objects.get().role == Role.OWNER


@pytest.mark.parametrize("slug", ["north-wind", "n", "a1"])
def test_an_address_is_of_small_letters_and_digits(slug: str) -> None:
    SLUG(slug)


@pytest.mark.parametrize("slug", ["North", "-north", "north--wind", "nörd", "north wind", ""])
def test_another_address_is_refused(slug: str) -> None:
    with pytest.raises(Exception, match="small letters"):
        SLUG(slug)


def test_an_address_to_sign_in_with_is_kept_in_small_letters() -> None:
    assert User.objects.create_user("Dora@Example.Org").email == "dora@example.org"
