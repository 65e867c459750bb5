"""Signing in by email and password; nobody signs up by themselves, and no mail server is normal."""

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import identify_hasher
from django.core import mail
from django.test import Client

from apps.organizations.models import User
from attendance_site import settings as project
from tests.personas import World, signed_in

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"
PASSWORD = "a long enough password"


@pytest.fixture
def dora() -> User:
    return User.objects.create_user("dora@example.org", PASSWORD)


def sign_in(login: str, password: str) -> tuple[int, bool]:
    """(status, whether signed in) of a fresh browser."""
    browser = Client()
    status = browser.post(LOGIN, {"login": login, "password": password}).status_code
    return status, "_auth_user_id" in browser.session


def test_the_right_password_signs_in(dora: User) -> None:
    assert sign_in("dora@example.org", PASSWORD) == (302, True)


def test_an_address_is_the_same_in_any_case(dora: User) -> None:
    assert sign_in("Dora@Example.ORG", PASSWORD) == (302, True)


@pytest.mark.parametrize(("login", "password"), [("dora@example.org", "wrong"), ("nobody@example.org", PASSWORD)])
def test_a_wrong_one_does_not(dora: User, login: str, password: str) -> None:
    assert sign_in(login, password) == (200, False)


def test_a_suspended_user_does_not_get_in(dora: User) -> None:
    User.objects.update(is_active=False)
    assert sign_in("dora@example.org", PASSWORD)[1] is False


def test_the_answer_tells_nobody_who_has_a_login(dora: User) -> None:
    pages = [Client().post(LOGIN, {"login": who, "password": "wrong"}) for who in ("dora@example.org", "x@example.org")]
    errors = [page.context["form"].errors for page in pages]
    assert errors[0] == errors[1] != {}


def test_after_signing_in_one_is_where_one_wanted_to_be(world: World) -> None:
    world.alice.set_password(PASSWORD)
    world.alice.save()
    answer = Client().post(f"{LOGIN}?next=/o/northwind/sites/", {"login": world.alice.email, "password": PASSWORD})
    assert answer["Location"] == "/o/northwind/sites/"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_nobody_is_led_elsewhere(dora: User, target: str) -> None:
    answer = Client().post(LOGIN, {"login": dora.email, "password": PASSWORD, "next": target})
    assert answer["Location"] == "/"


@pytest.mark.parametrize("action", ["action_add", "action_primary"])
def test_nobody_takes_another_address(dora: User, action: str) -> None:
    """Without mail it would be theirs unproven, and which addresses are free would tell who has an account."""
    browser = Client()
    browser.post(LOGIN, {"login": dora.email, "password": PASSWORD})
    assert browser.post("/accounts/email/", {action: "", "email": "boss@example.org"}).status_code == 404
    assert browser.get("/accounts/email/").status_code == 404
    assert list(EmailAddress.objects.exclude(email=dora.email)) == []


def test_nobody_signs_up_by_themselves() -> None:
    form = {"email": "eve@example.org", "password1": PASSWORD}
    Client().post("/accounts/signup/", form)
    assert not User.objects.filter(email="eve@example.org").exists()


def test_a_look_signs_nobody_out(world: World) -> None:
    browser = signed_in(world.alice)
    browser.get("/accounts/logout/")
    assert browser.get("/o/northwind/sites/").status_code == 200


def test_a_click_does(world: World) -> None:
    browser = signed_in(world.alice)
    browser.post("/accounts/logout/")
    assert browser.get("/o/northwind/sites/").status_code == 302


def test_without_a_mail_server_nothing_is_sent_and_nothing_fails(dora: User) -> None:
    answer = Client().post("/accounts/password/reset/", {"email": dora.email})
    assert (answer.status_code, mail.outbox) == (302, [])


def test_a_password_is_hashed_by_argon2(settings: object) -> None:
    settings.PASSWORD_HASHERS = project.PASSWORD_HASHERS  # type: ignore[attr-defined]
    assert identify_hasher(User.objects.create_user("eve@example.org", PASSWORD).password).algorithm == "argon2"
