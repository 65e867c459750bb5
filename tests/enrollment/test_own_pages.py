"""A link to enroll: read, agree or choose another way, once; whatever does not work answers alike."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from apps.enrollment import own_pages, services
from apps.enrollment.consents import publish_consent_text
from apps.enrollment.invitations import hash_of
from apps.enrollment.models import Consent, EnrollmentInvitation, EnrollmentSession
from apps.enrollment.privacy import switch_face_mode
from apps.organizations.models import User
from apps.organizations.tenancy import acting_for
from apps.people.models import PunchMethod
from tests.personas import World

from .conftest import Enroll, references
from .links import SIGNED, age, agreed, linked, phone, row_of, trail

pytestmark = pytest.mark.django_db


@pytest.fixture
def link(world: World) -> str:
    return linked(world)


def consents(world: World) -> list[tuple[str, str, str]]:
    with acting_for(world.northwind):
        return list(Consent.objects.values_list("method", "signature", "guardian"))


def visits(world: World) -> list[str]:
    with acting_for(world.northwind):
        return list(EnrollmentSession.objects.order_by("started_at").values_list("state", flat=True))


class TestReading:
    def test_the_secret_leaves_the_address_at_once(self, link: str) -> None:
        answer = Client().get(link)
        assert (answer["Location"], answer["Referrer-Policy"]) == ("/enroll/", "no-referrer")

    def test_the_page_behind_lets_the_browser_name_its_origin(self, link: str) -> None:
        # With "no-referrer" a browser sends its form as from nowhere, and the form is refused.
        assert phone(link).get("/enroll/")["Referrer-Policy"] == "same-origin"

    def test_no_copy_of_it_is_kept(self, link: str) -> None:
        assert "no-store" in phone(link).get("/enroll/")["Cache-Control"]

    def test_the_secret_is_stored_nowhere(self, world: World, link: str) -> None:
        secret = link.split("/")[2]
        with acting_for(world.northwind):
            row = EnrollmentInvitation.objects.values().get()
        assert secret not in str(row) and row["token_hash"] == hash_of(secret) and len(secret) >= 43

    def test_it_says_who_asks_what_is_kept_and_what_else_there_is(self, world: World, link: str) -> None:
        page = phone(link).get("/enroll/").text
        said = ["Hello Priya", world.alice.email, "Northwind", "encrypted", "rather use a PIN", "rather use a badge"]
        assert [words for words in said if words not in page] == []

    def test_both_ways_weigh_the_same(self, link: str) -> None:
        page = phone(link).get("/enroll/").text
        assert page.count('class="btn btn-tall w-full" type="submit"') == 3

    def test_looking_uses_nothing_up(self, link: str) -> None:
        assert [phone(link).get("/enroll/").status_code for _ in "123"] == [200] * 3

    def test_the_language_can_be_chosen(self, world: World, link: str) -> None:
        with acting_for(world.northwind):
            for language, body in {"en": "We keep numbers.", "de": "Wir behalten Zahlen."}.items():
                publish_consent_text(organization=world.northwind, body=body, language=language)
        browser = phone(link)
        pages = [browser.get("/enroll/", query).text for query in ({}, {"language": "de"}, {"language": "xx"})]
        assert ["Wir behalten" in page for page in pages] == [False, True, False]


class TestAgreeing:
    def test_a_signature_opens_the_camera(self, world: World, link: str) -> None:
        browser = agreed(link)
        assert browser.get("/enroll/").headers["Location"] == "/enroll/done/"
        assert browser.get("/enroll/here/").status_code == 200
        assert (consents(world), visits(world)) == ([("by_link", "Priya Raman", "")], ["open"])

    def test_the_camera_page_names_no_secret(self, link: str) -> None:
        page = agreed(link).get("/enroll/here/").text
        assert "/ws/enroll/" in page and link.split("/")[2] not in page and hash_of(link.split("/")[2]) not in page

    def test_without_a_signature_nothing_is_stored(self, world: World, link: str) -> None:
        answer = phone(link).post("/enroll/agree/", SIGNED | {"signature": " "})
        assert (answer.status_code, consents(world), visits(world)) == (422, [], [])
        assert "works just as well" in answer.text

    def test_a_minor_needs_a_guardian(self, world: World, link: str) -> None:
        world.person.minor_until = timezone.localdate() + timedelta(days=1)
        with acting_for(world.northwind):
            world.person.save()
        browser = phone(link)
        assert browser.post("/enroll/agree/", SIGNED).status_code == 422
        signed = {"signature": "Asha Raman", "guardian": "Asha Raman"}
        assert browser.post("/enroll/agree/", SIGNED | signed).status_code == 302
        assert consents(world) == [("by_link", "Asha Raman", "Asha Raman")]

    def test_who_came_of_age_signs_alone(self, world: World, link: str) -> None:
        world.person.minor_until = timezone.localdate()
        with acting_for(world.northwind):
            world.person.save()
        assert "guardian" not in phone(link).get("/enroll/").text
        agreed(link)

    def test_a_text_that_changed_is_read_again(self, world: World, link: str) -> None:
        with acting_for(world.northwind):
            for body in ("The first.", "The second."):
                publish_consent_text(organization=world.northwind, body=body)
        browser = phone(link)
        answer = browser.post("/enroll/agree/", SIGNED)
        assert (answer.status_code, consents(world)) == (422, [])
        assert "The second." in answer.text and answer.context["form"]["version"].value() == 2
        assert browser.post("/enroll/agree/", SIGNED | {"version": "2"}).status_code == 302

    def test_every_act_is_in_the_trail_in_the_links_name(self, world: World, link: str) -> None:
        agreed(link)
        row = row_of(world.northwind)
        created = ("enrollment_link.create", "nobody")
        assert trail(world.northwind, row.pk) == [created, ("enrollment_link.use", "enrollment_link")]
        assert row.session and trail(world.northwind, row.session.pk) == [("enrollment.start", "enrollment_link")]


class TestOnce:
    def test_a_link_that_was_used_is_dead_elsewhere(self, link: str) -> None:
        other = phone(link)
        agreed(link)
        answers = [client.get("/enroll/").status_code for client in (other, phone(link))]
        assert [*answers, other.get("/enroll/here/").status_code] == [410] * 3

    def test_where_it_was_used_it_leads_back_to_the_camera(self, link: str) -> None:
        browser = agreed(link)
        assert browser.get(link, follow=True).redirect_chain[-1][0] == "/enroll/here/"

    def test_cancelling_keeps_nothing_and_can_be_started_again(self, world: World, link: str) -> None:
        browser = agreed(link)
        page = browser.post("/enroll/cancel/", follow=True)
        assert "Nothing of this visit was kept" in page.text and visits(world) == ["cancelled"]
        assert browser.post("/enroll/again/")["Location"] == "/enroll/here/"
        assert visits(world) == ["cancelled", "open"]

    def test_after_a_week_nothing_starts_again(self, world: World, link: str) -> None:
        browser = agreed(link)
        browser.post("/enroll/cancel/")
        age(world.northwind, expires_at=timezone.now())
        assert "Start again" not in browser.get("/enroll/done/").text
        assert (browser.post("/enroll/again/").status_code, visits(world)) == (410, ["cancelled"])

    def test_a_visit_that_goes_on_is_not_started_again(self, world: World, link: str) -> None:
        assert (agreed(link).post("/enroll/again/").status_code, visits(world)) == (410, ["open"])

    @pytest.mark.parametrize(("state", "said"), [("complete", "You are set up"), ("held", "Somebody will have a look")])
    def test_the_end_says_how_it_went(self, world: World, link: str, state: str, said: str) -> None:
        browser = agreed(link)
        with acting_for(world.northwind):
            EnrollmentSession.objects.filter(organization=world.northwind).update(state=state)
        assert said in browser.get("/enroll/here/", follow=True).text

    def test_withdrawing_ends_it_for_the_browser_too(self, world: World, link: str) -> None:
        browser = agreed(link)
        with acting_for(world.northwind):
            services.withdraw_consent(organization=world.northwind, person=world.person)
        assert [browser.get(f"/enroll/{name}/").status_code for name in ("here", "done")] == [410, 410]
        assert browser.post("/enroll/again/").status_code == 410


class TestAnotherWay:
    def test_it_is_noted_and_ends_the_link(self, world: World, link: str) -> None:
        browser = phone(link)
        answer = browser.post("/enroll/another-way/", {"method": "badge"})
        assert "a badge it is" in answer.text
        assert row_of(world.northwind).person.preferred_method == PunchMethod.BADGE
        assert (phone(link).get("/enroll/").status_code, consents(world)) == (410, [])
        assert "Noted" in browser.get("/enroll/", follow=True).text

    def test_what_was_kept_of_the_face_goes_as_the_page_says(self, world: World, enroll: Enroll) -> None:
        enroll(world.person, "ann")
        browser = phone(linked(world))
        assert "what was kept of it before is deleted" in browser.get("/enroll/").text
        browser.post("/enroll/another-way/", {"method": "pin"})
        with acting_for(world.northwind):
            assert (references(), Consent.objects.filter(withdrawn_at=None).count()) == ([], 0)
        assert trail(world.northwind, world.person.pk)[-1] == ("consent.withdraw", "enrollment_link")

    def test_no_third_way_is_taken(self, world: World, link: str) -> None:
        assert phone(link).post("/enroll/another-way/", {"method": "face"})["Location"] == "/enroll/"
        assert phone(link).get("/enroll/").status_code == 200

    def test_whoever_sent_the_link_hears_of_it(self, world: World, link: str, settings: Any) -> None:
        settings.EMAIL_URL = "smtp://mail.example.org"
        phone(link).post("/enroll/another-way/", {"method": "pin"})
        [sent] = mail.outbox
        assert sent.to == [world.alice.email] and "PIN" in sent.body and str(world.person.pk) in sent.body

    def test_it_is_in_the_trail(self, world: World, link: str) -> None:
        phone(link).post("/enroll/another-way/", {"method": "pin"})
        assert trail(world.northwind, row_of(world.northwind).pk)[-1][0] == "enrollment_link.decline"


class TestDead:
    def dead(self, link: str) -> tuple[int, str]:
        answer = phone(link).get("/enroll/")
        return answer.status_code, answer.text

    def test_unknown_used_taken_back_and_old_answer_alike(self, world: World, link: str) -> None:
        answers = [self.dead("/enroll/nobody-ever-made-this/")]
        now = timezone.now()
        fresh = {"expires_at": now + timedelta(days=1), "revoked_at": None, "used_at": None}
        for gone in ({"expires_at": now}, {"revoked_at": now}, {"used_at": now}):
            age(world.northwind, **fresh | gone)
            answers.append(self.dead(link))
        assert set(answers) == {(410, answers[0][1])} and "Ask whoever sent it for a new one" in answers[0][1]

    def test_who_left_is_not_enrolled(self, world: World, link: str) -> None:
        world.person.is_active = False
        with acting_for(world.northwind):
            world.person.save()
        assert self.dead(link)[0] == 410

    def test_nor_is_anybody_while_faces_are_off(self, world: World, link: str) -> None:
        with acting_for(world.northwind):
            switch_face_mode(organization=world.northwind, on=False)
        assert self.dead(link)[0] == 410

    @pytest.mark.parametrize("path", ["", "here/", "done/"])
    def test_without_a_link_there_is_nothing(self, world: World, path: str) -> None:
        assert Client().get(f"/enroll/{path}").status_code == 410

    @pytest.mark.parametrize("path", ["agree/", "another-way/", "cancel/", "again/"])
    def test_and_nothing_is_written(self, world: World, path: str) -> None:
        answer = Client().post(f"/enroll/{path}", SIGNED | {"method": "pin"})
        assert (answer.status_code, consents(world), visits(world)) == (410, [], [])

    def test_the_page_is_not_for_who_is_signed_in(self, world: World, link: str) -> None:
        client = Client()
        client.force_login(User.objects.get(email=world.charlie.email))
        client.get(link)
        assert client.get("/enroll/").status_code == 200  # the link speaks, not the account

    def test_who_asks_too_often_waits(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(own_pages.RATES, "follow", "3/m/ip")
        assert [Client().get("/enroll/guess/").status_code for _ in "1234"] == [302, 302, 302, 429]
