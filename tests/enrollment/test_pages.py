"""Pages of one person's face: read, agree, capture, end; each only for who may enroll."""

import json
import re
from typing import Any

import pytest
from django.test import Client

from apps.enrollment import services
from apps.enrollment.engine_choice import choose_engine
from apps.enrollment.models import Consent, EnrollmentSession
from apps.organizations.models import Role
from apps.organizations.tenancy import acting_for
from apps.recognition.engine import Engine
from tests.personas import World, signed_in

from .conftest import Enroll, opened, probe_of, references

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(world: World) -> Client:
    """An operator's browser: the smallest role that enrolls."""
    return signed_in(world.bob_as(Role.OPERATOR))


def url(world: World, act: str = "") -> str:
    return f"/o/northwind/people/{world.person.pk}/enrollment/{act}"


def agree(client: Client, world: World, **changes: Any) -> Any:
    return client.post(url(world, "consent/"), {"text_version": 1, "agreed": "on", **changes})


def sessions(world: World) -> list[str]:
    with acting_for(world.northwind):
        return list(EnrollmentSession.objects.order_by("started_at").values_list("state", flat=True))


def consents(world: World) -> list[Consent]:
    with acting_for(world.northwind):
        return list(Consent.objects.select_related("witness"))


@pytest.fixture
def visit(world: World, client: Client) -> str:
    """The address of the capture page after agreeing."""
    return str(agree(client, world)["Location"])


class TestBefore:
    def test_the_text_is_shown_before_anything_else(self, world: World, client: Client) -> None:
        page = client.get(url(world)).text
        assert "We never keep a picture" in page and "Not enrolled" in page

    def test_the_version_that_is_read_travels_with_the_form(self, world: World, client: Client) -> None:
        assert re.search(r'name="text_version" value="1"', client.get(url(world)).text)

    def test_without_consent_no_visit_starts(self, world: World, client: Client) -> None:
        answer = client.post(url(world, "start/"))
        assert (answer.status_code, sessions(world)) == (409, [])

    def test_without_consent_it_is_said_why(self, world: World, client: Client) -> None:
        assert "Ask for consent first" in client.post(url(world, "start/")).text


class TestConsent:
    def test_it_opens_the_camera_page(self, world: World, client: Client) -> None:
        with acting_for(world.northwind):
            services.consent_text(organization=world.northwind)
        address = agree(client, world)["Location"]
        assert re.fullmatch(r"/o/northwind/enrollments/[0-9a-f-]{36}/", address)

    def test_it_is_stored_with_its_witness(self, world: World, client: Client) -> None:
        agree(client, world)
        [given] = consents(world)
        assert (given.person_id, given.witness, given.method) == (world.person.pk, world.bob, "on_screen")

    def test_it_must_be_ticked(self, world: World, client: Client) -> None:
        answer = agree(client, world, agreed="")
        assert (answer.status_code, consents(world), sessions(world)) == (422, [], [])

    def test_who_does_not_tick_is_told_of_the_pin(self, world: World, client: Client) -> None:
        assert "A PIN works just as well" in agree(client, world, agreed="").text

    @pytest.mark.parametrize("version", ["2", "0"])
    def test_it_must_be_to_the_newest_text(self, world: World, client: Client, version: str) -> None:
        agree(client, world, text_version=version)
        assert (consents(world), sessions(world)) == ([], [])

    def test_a_text_that_changed_meanwhile_is_read_again(self, world: World, client: Client) -> None:
        with acting_for(world.northwind):
            for body in ("first", "second"):
                services.publish_consent_text(organization=world.northwind, body=body)
        answer = client.post(url(world, "consent/"), {"text_version": 1, "agreed": "on"}, follow=True)
        assert "Please read it again" in answer.text and "second" in answer.text

    @pytest.mark.parametrize("version", ["", "one", "-1", "1e9", "9" * 40])
    def test_a_strange_version_is_refused(self, world: World, client: Client, version: str) -> None:
        assert agree(client, world, text_version=version).status_code in {302, 422}
        assert consents(world) == []


class TestCapture:
    def test_the_page_knows_its_socket(self, client: Client, visit: str) -> None:
        page = client.get(visit).text
        found = re.search(r'<script id="enroll-settings" type="application/json">(.*?)</script>', page)
        assert found and json.loads(found[1])["socket"] == f"/ws{visit}"

    def test_it_says_how_many_frames_are_needed(self, client: Client, visit: str) -> None:
        settings = client.get(visit).context["settings"]
        assert (settings["needed"], settings["name"]) == (5, "Priya Raman")

    def test_an_ended_visit_leads_back_to_the_person(self, world: World, client: Client, visit: str) -> None:
        client.post(visit + "cancel/")
        assert client.get(visit)["Location"] == url(world)

    def test_cancelling_leaves_nothing(self, world: World, client: Client, visit: str, engine: Engine) -> None:
        with acting_for(world.northwind):
            session = EnrollmentSession.objects.get()
            services.add_draft(organization=world.northwind, session=session, probe=probe_of("ann"))
        client.post(visit + "cancel/")
        with acting_for(world.northwind):
            assert references() == []

    def test_cancelling_a_complete_one_changes_nothing(self, world: World, client: Client, enroll: Enroll) -> None:
        session = enroll(world.person, "ann")
        client.post(f"/o/northwind/enrollments/{session.pk}/cancel/")
        with acting_for(world.northwind):
            assert (sessions(world), len(references())) == (["complete"], 2)

    def test_another_organizations_visit_is_404(self, world: World, client: Client) -> None:
        with acting_for(world.southwind):
            foreign = opened(world.southwind, world.south_person)
        assert client.get(f"/o/northwind/enrollments/{foreign.pk}/").status_code == 404

    def test_a_second_visit_ends_the_first(self, world: World, client: Client, visit: str) -> None:
        client.post(url(world, "start/"))
        assert sessions(world) == ["cancelled", "open"]


class TestAfter:
    def test_the_page_says_that_the_person_is_enrolled(self, world: World, client: Client, enroll: Enroll) -> None:
        enroll(world.person, "ann")
        page = client.get(url(world)).text
        assert "Enrolled" in page and "Enroll again" in page

    def test_enrolling_again_needs_no_second_consent(self, world: World, client: Client, enroll: Enroll) -> None:
        enroll(world.person, "ann")
        client.post(url(world, "start/"))
        assert (len(consents(world)), sessions(world)) == (1, ["complete", "open"])

    def test_withdrawing_deletes_and_says_so(self, world: World, client: Client, enroll: Enroll) -> None:
        enroll(world.person, "ann")
        page = client.post(url(world, "withdraw/"), follow=True).text
        assert "2 references were deleted" in page

    def test_after_withdrawing_nobody_is_enrolled_without_asking(
        self, world: World, client: Client, enroll: Enroll
    ) -> None:
        enroll(world.person, "ann")
        client.post(url(world, "withdraw/"))
        assert client.post(url(world, "start/")).status_code == 409


class TestRecognition:
    def test_it_says_which_engine_runs(self, client: Client) -> None:
        choose_engine("dlib")
        assert "dlib" in client.get("/o/northwind/recognition/").text

    def test_it_says_when_none_is_set(self, client: Client) -> None:
        assert client.get("/o/northwind/recognition/").status_code == 200

    def test_it_says_that_an_uncalibrated_one_asks(self, client: Client) -> None:
        choose_engine("arcface")
        assert "confirm" in client.get("/o/northwind/recognition/").text

    def test_it_counts_own_people_only(self, world: World, client: Client, enroll: Enroll) -> None:
        enroll(world.south_person, "ann")
        assert client.get("/o/northwind/recognition/").context["spaces"] == []
