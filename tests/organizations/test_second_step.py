"""Where an organization asks a role for a second step, nobody of that role comes in without; other doors stay open."""

import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client

from apps.organizations import doors, second_step
from apps.organizations.accounts import SecondFactorAdapter
from apps.organizations.errors import WrongChoice
from apps.organizations.models import AuditEntry, Membership, PlatformEntry, Role, User
from apps.organizations.tenancy import acting_for
from tests.organizations.factors import PASSWORD, code_of, signed_in_twice, with_app
from tests.personas import World, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_world")]
PEOPLE = "/o/northwind/people/"
RULES = "/o/northwind/members/rules/"


@pytest.fixture
def strict(world: World) -> World:
    """Northwind asks its operators, of whom Bob is one, for a second step."""
    with acting_for(world.northwind):
        second_step.require_for(organization=world.northwind, roles=[Role.OPERATOR])
    return world


def test_a_listed_role_without_a_second_factor_is_sent_to_set_one_up(strict: World) -> None:
    assert signed_in(strict.bob).get(PEOPLE)["Location"] == "/accounts/2fa/"


def test_the_way_back_is_shown_there(strict: World) -> None:
    browser = signed_in(strict.bob)
    assert f'href="{PEOPLE}"' in browser.get(PEOPLE, follow=True).text


def test_who_has_one_but_signed_in_without_is_asked_for_it(strict: World) -> None:
    with_app(strict.bob)
    assert (
        signed_in(strict.bob).get(PEOPLE)["Location"]
        == "/accounts/2fa/reauthenticate/?next=%2Fo%2Fnorthwind%2Fpeople%2F"
    )


def test_after_the_code_the_door_is_open(strict: World) -> None:
    secret = with_app(strict.bob)
    browser = signed_in(strict.bob)
    answer = browser.post("/accounts/2fa/reauthenticate/", {"code": code_of(secret), "next": PEOPLE})
    assert (answer["Location"], browser.get(PEOPLE).status_code) == (PEOPLE, 200)


def test_who_signed_in_with_both_steps_comes_in(strict: World) -> None:
    assert signed_in_twice(strict.bob).get(PEOPLE).status_code == 200


def test_setting_one_up_and_showing_it_opens_the_door(strict: World) -> None:
    User.objects.filter(pk=strict.bob.pk).update(password="")
    strict.bob.set_password(PASSWORD)
    strict.bob.save()
    browser = Client()
    browser.post("/accounts/login/", {"login": strict.bob.email, "password": PASSWORD})
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    browser.get("/accounts/2fa/totp/activate/")
    secret = browser.session["mfa.totp.secret"]
    browser.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)})
    browser.post("/accounts/2fa/reauthenticate/", {"code": code_of(secret)})
    assert browser.get(PEOPLE).status_code == 200


def test_a_program_is_told_in_its_own_way(strict: World) -> None:
    answer = signed_in(strict.bob).get(PEOPLE, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (403, "second_step_required")


def test_a_role_that_is_not_listed_is_not_asked(strict: World) -> None:
    assert signed_in(strict.alice).get(PEOPLE).status_code == 200


def test_another_organization_of_theirs_is_not_affected(strict: World) -> None:
    with acting_for(strict.southwind):
        Membership.objects.create(organization=strict.southwind, user=strict.bob, role=Role.OPERATOR)
    assert signed_in(strict.bob).get("/o/southwind/people/").status_code == 200


def test_removing_the_factor_closes_the_door(strict: World) -> None:
    browser = signed_in_twice(strict.bob)
    Authenticator.objects.filter(user=strict.bob).delete()
    assert browser.get(PEOPLE).status_code == 302


def test_a_socket_is_told_the_same(strict: World) -> None:
    admission = doors.admission(strict.bob.pk, "northwind")
    assert admission
    assert second_step.missing(SessionStore(), strict.bob, admission)
    assert not second_step.missing(signed_in_twice(strict.bob).session, strict.bob, admission)


def test_a_record_of_somebody_else_in_the_session_counts_for_nobody(strict: World) -> None:
    admission = doors.admission(strict.bob.pk, "northwind")
    assert admission
    with_app(strict.bob)
    assert second_step.missing(signed_in_twice(strict.charlie).session, strict.bob, admission)


# --- Who decides it ----------------------------------------------------------------------------------


def asked_of(world: World) -> list[str]:
    with acting_for(world.northwind):
        world.northwind.refresh_from_db()
    return list(world.northwind.mfa_roles)


def test_owners_choose_the_roles(world: World) -> None:
    signed_in(world.alice).post(RULES, {"roles": [Role.HR_MANAGER, Role.OPERATOR]})
    assert asked_of(world) == [Role.HR_MANAGER, Role.OPERATOR]


def test_none_is_a_choice_too(strict: World) -> None:
    signed_in(strict.alice).post(RULES, {})
    assert asked_of(strict) == []


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.OWNER}))
def test_nobody_else_does(world: World, role: Role) -> None:
    assert signed_in(world.bob_as(role)).post(RULES, {"roles": []}).status_code == 403


def test_an_unknown_role_is_refused(northwind: World) -> None:
    with pytest.raises(WrongChoice):
        second_step.require_for(organization=northwind.northwind, roles=["emperor"])


def test_the_choice_is_in_the_trail(strict: World) -> None:
    with acting_for(strict.northwind):
        entry = AuditEntry.objects.get(action="sign_in_rules.change")
    assert (entry.old, entry.new) == ('{"mfa_roles":[]}', '{"mfa_roles":["operator"]}')


# --- How the factors are kept ------------------------------------------------------------------------


def test_the_secret_of_an_app_is_stored_encrypted(world: World) -> None:
    secret = with_app(world.bob)
    stored = Authenticator.objects.get().data["secret"]
    assert secret not in stored and SecondFactorAdapter().decrypt(stored) == secret


def test_two_encryptions_of_one_secret_differ() -> None:
    adapter = SecondFactorAdapter()
    assert adapter.encrypt("secret") != adapter.encrypt("secret")


def test_another_platform_key_reads_nothing(settings: Any) -> None:
    sealed = SecondFactorAdapter().encrypt("secret")
    settings.PLATFORM_KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
    with pytest.raises(Exception) as refused:  # cryptography's InvalidTag says nothing more
        SecondFactorAdapter().decrypt(sealed)
    assert refused.type.__name__ == "InvalidTag"


def test_a_code_works_once(world: World) -> None:
    secret = with_app(world.bob)
    code = code_of(secret)
    answers = []
    for browser in (Client(), Client()):
        browser.post("/accounts/login/", {"login": world.bob.email, "password": PASSWORD})
        answers.append(browser.post("/accounts/2fa/authenticate/", {"code": code}).status_code)
    assert answers == [302, 200]


def test_a_password_alone_signs_nobody_in_who_has_a_second_factor(world: World) -> None:
    with_app(world.bob)
    browser = Client()
    browser.post("/accounts/login/", {"login": world.bob.email, "password": PASSWORD})
    assert "_auth_user_id" not in browser.session


def test_codes_are_not_guessed_for_long(world: World) -> None:
    with_app(world.bob)
    browser = Client()
    browser.post("/accounts/login/", {"login": world.bob.email, "password": PASSWORD})
    answers = [browser.post("/accounts/2fa/authenticate/", {"code": "000000"}).text for _ in range(7)]
    assert "Too many" in answers[-1] and "_auth_user_id" not in browser.session


def test_a_change_asks_for_the_password_again(world: World) -> None:
    browser = signed_in(world.bob)
    with_app(world.bob)
    browser = signed_in(world.bob)
    answer = browser.post("/accounts/2fa/totp/deactivate/")
    assert re.match("/accounts/(2fa/)?reauthenticate/", answer["Location"])
    assert Authenticator.objects.filter(user=world.bob).exists()


def test_what_is_done_to_an_account_is_in_the_platforms_trail(world: World) -> None:
    signed_in_twice(world.bob)
    entries = PlatformEntry.objects.filter(user_id=world.bob.pk).values_list("action", "actor_id")
    assert ("account.sign_in", world.bob.pk) in set(entries)
