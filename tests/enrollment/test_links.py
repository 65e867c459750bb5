"""Who hands links to enroll out, to whom, and what they see of them afterwards."""

import csv
import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.test import Client
from django.utils import timezone

from apps.enrollment import invitations, services
from apps.enrollment.errors import FaceModeOff
from apps.enrollment.models import EnrollmentInvitation, EnrollmentSession
from apps.enrollment.privacy import switch_face_mode
from apps.organizations.errors import WrongChoice
from apps.organizations.models import Role
from apps.organizations.tenancy import acting_for
from apps.people.models import Person, PunchMethod
from apps.people.reach import EVERYBODY
from tests.personas import World, signed_in

from .conftest import Enroll, add_person
from .links import age, agreed, linked, phone, row_of, trail

pytestmark = pytest.mark.django_db
LINKS = "/o/northwind/enrollment/links/"


@pytest.fixture
def operator(world: World) -> Client:
    return signed_in(world.bob_as(Role.OPERATOR))


def person_page(world: World) -> str:
    return f"/o/northwind/people/{world.person.pk}/enrollment/"


def shown(answer: Any) -> list[str]:
    """The paths of the links that a page shows."""
    return [urlsplit(found).path for found in re.findall(r"<code[^>]*>(http.*?)</code>", answer.content.decode())]


def faces_off(world: World) -> None:
    with acting_for(world.northwind):
        switch_face_mode(organization=world.northwind, on=False)


def test_a_link_is_shown_once_with_a_picture_to_scan(world: World, operator: Client) -> None:
    answer = operator.post(person_page(world) + "link/")
    [link] = shown(answer)
    assert phone(link).get("/enroll/").status_code == 200 and 'class="link-qr"' in answer.text
    assert shown(operator.get(person_page(world))) == []


def test_it_lasts_a_week(world: World) -> None:
    linked(world)
    left = row_of(world.northwind).expires_at - timezone.now()
    assert timedelta(days=6, hours=23) < left <= timedelta(days=7)


def test_a_new_link_ends_the_earlier(world: World) -> None:
    first, second = linked(world), linked(world)
    assert [phone(one).get("/enroll/").status_code for one in (first, second)] == [410, 200]


def test_a_link_that_is_taken_back_is_dead(world: World, operator: Client) -> None:
    link = linked(world)
    operator.post(person_page(world) + "link/revoke/")
    assert phone(link).get("/enroll/").status_code == 410
    acts = [act for act, _ in trail(world.northwind, row_of(world.northwind).pk)]
    assert acts == ["enrollment_link.create", "enrollment_link.revoke"]


def test_taking_it_back_ends_the_visit_it_opened(world: World, operator: Client) -> None:
    browser = agreed(linked(world))
    operator.post(person_page(world) + "link/revoke/")
    row = row_of(world.northwind)
    assert row.session and row.session.state == EnrollmentSession.State.CANCELLED
    assert [browser.get("/enroll/here/").status_code, browser.post("/enroll/again/").status_code] == [410, 410]


def test_a_link_that_came_to_its_end_is_not_taken_back(world: World, operator: Client) -> None:
    agreed(linked(world))
    with acting_for(world.northwind):
        EnrollmentSession.objects.filter(organization=world.northwind).update(state="complete")
    operator.post(person_page(world) + "link/revoke/")
    assert row_of(world.northwind).revoked_at is None


def test_who_left_gets_none(northwind: World) -> None:
    Person.objects.filter(organization=northwind.northwind).update(is_active=False)
    northwind.person.refresh_from_db()
    with pytest.raises(WrongChoice, match="no longer works here"):
        invitations.invite(organization=northwind.northwind, person=northwind.person, invited_by=None)


class TestFacesOff:
    def test_no_link_is_made(self, northwind: World) -> None:
        switch_face_mode(organization=northwind.northwind, on=False)
        with pytest.raises(FaceModeOff):
            invitations.invite(organization=northwind.northwind, person=northwind.person, invited_by=None)

    def test_the_pages_say_why(self, world: World, operator: Client) -> None:
        faces_off(world)
        for page in (person_page(world), LINKS + "new/"):
            answer = operator.get(page).text
            assert "no link can be sent" in answer.lower() and "under Privacy" in answer

    def test_a_post_is_refused(self, world: World, operator: Client) -> None:
        faces_off(world)
        answer = operator.post(person_page(world) + "link/")
        assert (answer.status_code, "face_mode_off" in answer.text) == (409, True)


class Unreachable(BaseEmailBackend):
    """A mail server that is down."""

    def send_messages(self, email_messages: Any) -> int:
        raise ConnectionRefusedError


class TestMail:
    @pytest.fixture(autouse=True)
    def mail_server(self, settings: Any) -> None:
        settings.EMAIL_URL = "smtp://mail.example.org"

    def test_the_link_is_sent_where_the_operator_says(self, world: World, operator: Client) -> None:
        answer = operator.post(person_page(world) + "link/", {"email": "priya@example.org"})
        [sent] = mail.outbox
        assert sent.to == ["priya@example.org"] and shown(answer)[0] in sent.body and "Hello Priya" in sent.body

    def test_a_known_address_is_there_already(self, world: World, operator: Client) -> None:
        world.person.user = world.charlie
        with acting_for(world.northwind):
            world.person.save()
        assert f'value="{world.charlie.email}"' in operator.get(person_page(world)).text

    @pytest.mark.parametrize("backend", ["", f"{__name__}.Unreachable"])
    def test_what_could_not_be_sent_is_said(self, world: World, operator: Client, settings: Any, backend: str) -> None:
        settings.EMAIL_BACKEND = backend or settings.EMAIL_BACKEND
        answer = operator.post(person_page(world) + "link/", {"email": "priya@example.org" if backend else "nonsense"})
        assert "could not be sent" in answer.text and phone(shown(answer)[0]).get("/enroll/").status_code == 200

    def test_many_are_mailed_and_the_others_shown(self, world: World, operator: Client) -> None:
        with acting_for(world.northwind):
            Person.objects.filter(pk=world.person.pk).update(user=world.charlie)
            add_person(world.northwind, "E2")
        answer = operator.post(LINKS + "new/", {"way": "mail"})
        assert [sent.to for sent in mail.outbox] == [[world.charlie.email]]
        assert "1 mail was sent" in answer.text and len(shown(answer)) == 1

    def test_when_the_server_is_down_nobody_is_left_out(self, world: World, operator: Client, settings: Any) -> None:
        settings.EMAIL_BACKEND = f"{__name__}.Unreachable"
        with acting_for(world.northwind):
            Person.objects.filter(pk=world.person.pk).update(user=world.charlie)
        answer = operator.post(LINKS + "new/", {"way": "mail"})
        assert "took 0 of 1" in answer.text and len(shown(answer)) == 1


class TestMany:
    @pytest.fixture
    def team(self, world: World) -> list[Person]:
        with acting_for(world.northwind):
            return [add_person(world.northwind, f"E{number}") for number in (2, 3, 4)]

    def numbers(self, world: World) -> list[str]:
        with acting_for(world.northwind):
            people = invitations.to_invite(world.northwind, EVERYBODY)
            return sorted(people.values_list("external_id", flat=True))

    def test_everybody_who_is_to_be_asked_is(self, world: World, team: list[Person]) -> None:
        assert self.numbers(world) == ["E1", "E2", "E3", "E4"]

    def test_who_chose_another_way_is_left_in_peace(self, world: World, team: list[Person]) -> None:
        with acting_for(world.northwind):
            for person, way in zip(team, (PunchMethod.PIN, PunchMethod.FACE, PunchMethod.SUPERVISOR), strict=True):
                person.preferred_method = way
                person.save()
        assert self.numbers(world) == ["E1", "E3"]

    def test_who_left_is_enrolled_or_has_a_link_is_not_asked(
        self, world: World, team: list[Person], enroll: Enroll
    ) -> None:
        enroll(team[0], "ann")
        linked(world, team[1])
        with acting_for(world.northwind):
            team[2].is_active = False
            team[2].save()
        assert self.numbers(world) == ["E1"]

    def test_a_link_that_expired_is_no_reason_not_to_ask_again(self, world: World, team: list[Person]) -> None:
        linked(world)
        age(world.northwind, expires_at=timezone.now())
        assert "E1" in self.numbers(world)

    def test_the_list_shows_each_link_once(self, world: World, operator: Client, team: list[Person]) -> None:
        found = shown(operator.post(LINKS + "new/", {"way": "list"}))
        assert len(set(found)) == 4 and {phone(one).get("/enroll/").status_code for one in found} == {200}
        assert "Nobody to ask" in operator.get(LINKS + "new/").text

    def test_the_filter_holds_for_the_links_too(self, world: World, operator: Client, team: list[Person]) -> None:
        assert len(shown(operator.post(LINKS + "new/?q=E3", {"way": "list"}))) == 1

    def test_the_file_holds_a_link_for_each(self, world: World, operator: Client, team: list[Person]) -> None:
        answer = operator.post(LINKS + "new/", {"way": "csv"})
        rows = list(csv.DictReader(answer.text.splitlines()))
        assert "attachment" in answer["Content-Disposition"] and len(rows) == 4
        assert phone(urlsplit(rows[0]["Link"]).path).get("/enroll/").status_code == 200

    def test_each_is_in_the_trail(self, world: World, operator: Client, team: list[Person]) -> None:
        operator.post(LINKS + "new/", {"way": "csv"})
        with acting_for(world.northwind):
            rows = list(EnrollmentInvitation.objects.values_list("pk", flat=True))
        assert [trail(world.northwind, pk) for pk in rows] == [[("enrollment_link.create", "user")]] * 4


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({}, "Not followed yet"),
        ({"expires_at": timezone.now() - timedelta(days=1)}, "Expired"),
        ({"used_at": timezone.now()}, "Chose another way"),
    ],
)
def test_the_list_says_what_came_of_each(world: World, operator: Client, changed: dict[str, Any], words: str) -> None:
    linked(world)
    age(world.northwind, **changed) if changed else None
    assert words in operator.get(LINKS).text


def test_and_of_those_who_agreed(world: World, operator: Client) -> None:
    browser = agreed(linked(world))
    assert "at the camera" in operator.get(LINKS).text and "At the camera" in operator.get(person_page(world)).text
    browser.post("/enroll/cancel/")
    assert "Agreed, then stopped" in operator.get(LINKS).text


def test_who_chose_a_pin_is_listed_with_it(world: World, operator: Client) -> None:
    phone(linked(world)).post("/enroll/another-way/", {"method": "pin"})
    assert re.search(r"dialpad.*?PIN", operator.get(LINKS).text, re.DOTALL)


class TestStopped:
    """Agreed and then stopped: the browser that agreed may start again within the week, unless HR ends it."""

    @pytest.fixture
    def browser(self, world: World) -> Client:
        browser = agreed(linked(world))
        browser.post("/enroll/cancel/")
        return browser

    def started_again(self, browser: Client) -> int:
        return browser.post("/enroll/again/").status_code

    def test_it_may_be_taken_back(self, world: World, operator: Client, browser: Client) -> None:
        assert "Take the link back" in operator.get(person_page(world)).text
        operator.post(person_page(world) + "link/revoke/")
        assert (self.started_again(browser), row_of(world.northwind).revoked_at is None) == (410, False)

    def test_a_new_link_ends_it(self, world: World, browser: Client) -> None:
        linked(world)
        assert self.started_again(browser) == 410

    def test_it_is_no_reason_not_to_ask_again(self, world: World, browser: Client) -> None:
        with acting_for(world.northwind):
            assert invitations.to_invite(world.northwind, EVERYBODY).count() == 1

    @pytest.mark.parametrize("end", ["week", "consent"])
    def test_after_the_week_or_the_consent_there_is_nothing_to_take_back(
        self, world: World, operator: Client, browser: Client, end: str
    ) -> None:
        with acting_for(world.northwind):
            if end == "consent":
                services.withdraw_consent(organization=world.northwind, person=world.person)
        if end == "week":
            age(world.northwind, expires_at=timezone.now())
        assert "Take the link back" not in operator.get(person_page(world)).text
