"""Invitations: a link makes whoever it is for a member, once; it never sets the password of an account there is."""

import re
import threading
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection
from django.test import Client
from django.utils import timezone

from apps.organizations import invitations
from apps.organizations.accounts import password_path
from apps.organizations.errors import CodedError, NameTaken, WrongChoice
from apps.organizations.invitations import DeadInvitation, hash_of, invite
from apps.organizations.models import AuditEntry, Invitation, Membership, Role, User
from apps.organizations.tenancy import acting_for
from tests.attendance.threads import wide_pool
from tests.personas import World, signed_in

pytestmark = pytest.mark.django_db
HERE = "/o/northwind/invitations/"
NEW = "new@example.org"
PASSWORD = "a long enough password"


@pytest.fixture
def owner(world: World) -> Client:
    return signed_in(world.alice)


def invited(world: World, email: str = NEW, role: str = Role.AUDITOR) -> str:
    """The path of a fresh link."""
    with acting_for(world.northwind):
        made = invite(organization=world.northwind, email=email, role=role, invited_by=world.alice)
    return f"/invitations/{made[1]}/"


def shown_link(answer: Any) -> str:
    found = re.search(r"<code[^>]*>(.*?)</code>", answer.content.decode())
    assert found
    return urlsplit(found[1]).path


def role_of(world: World, email: str) -> str | None:
    with acting_for(world.northwind):
        return Membership.objects.filter(user__email=email).values_list("role", flat=True).first()


def age(world: World, **fields: Any) -> None:
    with acting_for(world.northwind):
        Invitation.objects.filter(organization=world.northwind).update(**fields)


def registered(link: str, password: str = PASSWORD) -> Any:
    browser = Client()
    browser.get(link, follow=True)
    return browser.post("/invitations/register/", {"password": password})


def test_a_newcomer_chooses_a_password_and_comes_in(world: World, owner: Client) -> None:
    link = shown_link(owner.post(HERE + "add/", {"email": NEW, "role": Role.AUDITOR, "days": 7}))
    assert registered(link)["Location"].startswith("/accounts/login/")
    newcomer = Client()
    newcomer.post("/accounts/login/", {"login": NEW, "password": PASSWORD})
    assert newcomer.get("/o/northwind/today/").status_code == 200


def test_accepting_signs_nobody_in(world: World) -> None:
    browser = Client()
    browser.get(invited(world), follow=True)
    browser.post("/invitations/register/", {"password": PASSWORD})
    assert "_auth_user_id" not in browser.session


def test_a_weak_password_is_refused(world: World) -> None:
    answer = registered(invited(world), "short")
    assert (answer.status_code, User.objects.filter(email=NEW).exists()) == (422, False)


def test_the_secret_leaves_the_address_at_once(world: World) -> None:
    answer = Client().get(invited(world))
    assert (answer["Location"], answer["Referrer-Policy"]) == ("/invitations/", "no-referrer")


def test_the_page_behind_lets_the_browser_name_its_origin(world: World) -> None:
    # With "no-referrer" a browser sends its form as from nowhere, and the form is refused.
    assert Client().get(invited(world), follow=True)["Referrer-Policy"] == "same-origin"


def test_the_secret_is_stored_nowhere(world: World) -> None:
    secret = invited(world).split("/")[2]
    with acting_for(world.northwind):
        row = Invitation.objects.values().get()
    assert secret not in str(row) and row["token_hash"] == hash_of(secret) and len(secret) >= 43


def test_who_has_an_account_signs_in_first(world: World) -> None:
    page = Client().get(invited(world, world.charlie.email), follow=True)
    assert "Sign in with it" in page.text and 'type="password"' not in page.text


def test_an_invitation_sets_no_password_of_an_account(world: World) -> None:
    answer = registered(invited(world, world.charlie.email))
    world.charlie.refresh_from_db()
    assert (answer.status_code, world.charlie.has_usable_password()) == (422, False)
    assert role_of(world, world.charlie.email) is None


def test_who_is_signed_in_joins_by_a_button(world: World) -> None:
    browser = signed_in(world.charlie)
    browser.get(invited(world, "Charlie@Example.ORG"), follow=True)
    assert browser.post("/invitations/join/")["Location"] == "/o/northwind/"
    assert role_of(world, world.charlie.email) == Role.AUDITOR


def test_a_member_of_another_organization_keeps_their_role_there(world: World) -> None:
    browser = signed_in(world.charlie)
    browser.get(invited(world, world.charlie.email), follow=True)
    browser.post("/invitations/join/")
    with acting_for(world.southwind):
        assert Membership.objects.get(user=world.charlie).role == Role.OWNER


def test_another_account_is_told_so_and_may_not_join(world: World) -> None:
    browser = signed_in(world.charlie)
    page = browser.get(invited(world), follow=True)
    assert "another address" in page.text
    assert browser.post("/invitations/join/").status_code == 403
    assert role_of(world, world.charlie.email) is None


def test_nobody_joins_signed_out(world: World) -> None:
    browser = Client()
    browser.get(invited(world, world.charlie.email), follow=True)
    assert browser.post("/invitations/join/")["Location"].startswith("/accounts/login/")


def test_a_link_works_once(world: World) -> None:
    link = invited(world)
    registered(link)
    assert Client().get(link, follow=True).status_code == 410


def test_unknown_used_withdrawn_and_old_answer_alike(world: World) -> None:
    link = invited(world)
    answers = [Client().get("/invitations/nobody-ever-made-this/", follow=True)]
    now = timezone.now()
    gone = {"expires_at": now - timedelta(seconds=1)}, {"revoked_at": now}, {"accepted_at": now}
    for fields in gone:
        age(world, **({"expires_at": now + timedelta(days=1), "revoked_at": None, "accepted_at": None} | fields))
        answers.append(Client().get(link, follow=True))
    assert {(answer.status_code, answer.content) for answer in answers} == {(410, answers[0].content)}
    assert "Ask for a new one" in answers[0].text


def test_a_withdrawn_link_is_dead(world: World, owner: Client) -> None:
    link = invited(world)
    with acting_for(world.northwind):
        pk = Invitation.objects.get().pk
    owner.post(f"{HERE}{pk}/revoke/")
    assert Client().get(link, follow=True).status_code == 410


def test_a_new_link_ends_the_old(world: World, owner: Client) -> None:
    link = invited(world)
    with acting_for(world.northwind):
        pk = Invitation.objects.get().pk
    fresh = shown_link(owner.post(f"{HERE}{pk}/link/"))
    assert [Client().get(one, follow=True).status_code for one in (link, fresh)] == [410, 200]


def test_an_address_has_one_open_link(world: World) -> None:
    first, second = invited(world), invited(world)
    assert [Client().get(one, follow=True).status_code for one in (first, second)] == [410, 200]


@pytest.mark.parametrize("days", [0, 31])
def test_a_link_works_for_a_month_at_most(northwind: World, days: int) -> None:
    with pytest.raises(WrongChoice):
        invite(organization=northwind.northwind, email=NEW, role=Role.AUDITOR, invited_by=None, days=days)


def test_a_role_must_be_one(northwind: World) -> None:
    with pytest.raises(WrongChoice):
        invite(organization=northwind.northwind, email=NEW, role="emperor", invited_by=None)


def test_a_member_is_not_invited_again(northwind: World) -> None:
    with pytest.raises(NameTaken, match="is a member already"):
        invite(organization=northwind.northwind, email="Bob@example.org", role=Role.OWNER, invited_by=None)


def test_the_form_offers_the_smallest_role_first(owner: Client) -> None:
    assert owner.get(HERE + "add/").context["form"]["role"].initial == Role.EMPLOYEE


def test_the_list_holds_what_waits(world: World, owner: Client) -> None:
    invited(world)
    assert NEW in owner.get(HERE).text


def test_every_act_is_in_the_trail(world: World, owner: Client) -> None:
    link = shown_link(owner.post(HERE + "add/", {"email": NEW, "role": Role.AUDITOR, "days": 7}))
    with acting_for(world.northwind):
        pk = Invitation.objects.get().pk
    link = shown_link(owner.post(f"{HERE}{pk}/link/"))
    registered(link)
    with acting_for(world.northwind):
        actions = list(AuditEntry.objects.filter(subject_id=pk).order_by("sequence").values_list("action", flat=True))
    assert actions == ["invitation.create", "invitation.renew", "invitation.accept"]


def test_joining_voids_a_password_link_handed_out_before(world: World) -> None:
    link = password_path(world.charlie)
    browser = signed_in(world.charlie)
    browser.get(invited(world, world.charlie.email), follow=True)
    browser.post("/invitations/join/")
    assert Client().get(link, follow=True).context["token_fail"]


def test_where_there_is_a_mail_server_the_link_is_sent_too(owner: Client, settings: Any) -> None:
    settings.EMAIL_URL = "smtp://mail.example.org"
    answer = owner.post(HERE + "add/", {"email": NEW, "role": Role.AUDITOR, "days": 7})
    assert shown_link(answer) in mail.outbox[0].body and mail.outbox[0].to == [NEW]


class Unreachable(BaseEmailBackend):
    """A mail server that is down."""

    def send_messages(self, email_messages: Any) -> int:
        raise ConnectionRefusedError


def test_a_mail_that_fails_undoes_nothing_and_says_so(owner: Client, settings: Any) -> None:
    settings.EMAIL_URL = "smtp://mail.example.org"
    settings.EMAIL_BACKEND = f"{__name__}.Unreachable"
    answer = owner.post(HERE + "add/", {"email": NEW, "role": Role.AUDITOR, "days": 7})
    assert "could not be sent" in answer.text
    assert Client().get(shown_link(answer), follow=True).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_ten_who_follow_it_at_once_become_one_member(committed: World) -> None:
    token_hash = hash_of(invited(committed, committed.charlie.email).split("/")[2])
    gate = threading.Barrier(10, timeout=60)
    outcomes: list[str] = []

    def follow() -> None:
        try:
            gate.wait()
            invitations.join(token_hash=token_hash, user=committed.charlie)
            outcomes.append("joined")
        except CodedError as error:
            outcomes.append(error.code)
        finally:
            connection.close()

    with wide_pool():
        threads = [threading.Thread(target=follow) for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(outcomes) == sorted(["joined", *[DeadInvitation.code] * 9])
    with acting_for(committed.northwind):
        assert Membership.objects.filter(user=committed.charlie).count() == 1
