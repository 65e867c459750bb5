"""The pages where an owner decides about faces, and the public one that says what was decided."""

import re
from typing import Any

import pytest
from django.test import Client

from apps.enrollment import privacy, services
from apps.enrollment.impact_assessment import KEYS
from apps.enrollment.models import ConsentText, PrivacyRules
from apps.organizations.models import AuditEntry, Role
from apps.organizations.platform_key import public_key
from apps.organizations.tenancy import acting_for
from apps.people.models import Person
from tests.personas import World, signed_in

pytestmark = pytest.mark.django_db
PRIVACY = "/o/northwind/privacy/"
POLICY = "/o/northwind/biometric-policy/"


@pytest.fixture
def owner(world: World) -> Client:
    return signed_in(world.alice)


def rules(world: World) -> PrivacyRules:
    with acting_for(world.northwind):
        return privacy.rules_of(world.northwind)


def reset(world: World) -> None:
    with acting_for(world.northwind):
        PrivacyRules.objects.all().delete()


class TestFaces:
    def test_they_cannot_be_switched_on_before_every_question_is_answered(self, world: World, owner: Client) -> None:
        reset(world)
        answer = owner.post(PRIVACY + "faces/", {"on": "yes"})
        assert answer.status_code == 409 and "impact assessment" in answer.text
        assert "Switch faces on" not in owner.get(PRIVACY).text

    def test_answered_they_go_on(self, world: World, owner: Client) -> None:
        reset(world)
        owner.post(PRIVACY + "assessment/edit/", dict.fromkeys(KEYS, "Answered."))
        assert "Switch faces on" in owner.get(PRIVACY).text
        owner.post(PRIVACY + "faces/", {"on": "yes"})
        assert rules(world).face_mode and rules(world).filled_by == world.alice

    def test_an_owner_switches_them_off(self, world: World, owner: Client) -> None:
        owner.post(PRIVACY + "faces/", {"on": "no"})
        assert not rules(world).face_mode

    def test_an_enrollment_then_starts_for_nobody(self, world: World, owner: Client) -> None:
        owner.post(PRIVACY + "faces/", {"on": "no"})
        url = f"/o/northwind/people/{world.person.pk}/enrollment/consent/"
        answer = owner.post(url, {"text_version": 1, "agreed": "on", "signature": "Priya Raman"})
        assert answer.status_code == 422 and "use your PIN" in answer.text


class TestAssessment:
    def test_it_begins_with_what_the_product_knows(self, world: World, owner: Client) -> None:
        reset(world)
        page = owner.get(PRIVACY + "assessment/edit/").text
        assert "AES-256-GCM" in page and "90 days" in page

    def test_half_of_it_is_kept(self, world: World, owner: Client) -> None:
        reset(world)
        page = owner.post(PRIVACY + "assessment/edit/", {"risks": "Theft of a server."}, follow=True).text
        assert "Theft of a server." in page and f"{len(KEYS) - 1} questions are left" in page
        assert rules(world).filled_at is None

    def test_an_answer_that_faces_stand_on_is_not_emptied(self, owner: Client) -> None:
        answer = owner.post(PRIVACY + "assessment/edit/", {"risks": "Only this."})
        assert answer.status_code == 422 and "Switch them off first" in answer.text

    def test_what_is_answered_is_not_in_the_trail(self, world: World, owner: Client) -> None:
        owner.post(PRIVACY + "assessment/edit/", dict.fromkeys(KEYS, "Frau Muster entscheidet."))
        with acting_for(world.northwind):
            entry = AuditEntry.objects.get(action="privacy_rules.assess")
        assert "Muster" not in entry.new + entry.old

    def test_a_demo_says_that_it_is_one(self, world: World, owner: Client) -> None:
        with acting_for(world.northwind):
            world.northwind.is_demo = True
            world.northwind.save(update_fields=["is_demo"])
        assert "It assesses nothing" in owner.get(PRIVACY + "assessment/").text


class TestRules:
    SAID = {"purpose": "Time.", "contact": "hr@example.org", "reference_days": 30, "backup_days": 7}

    def test_they_are_saved_and_public(self, world: World, owner: Client) -> None:
        owner.post(PRIVACY + "rules/", self.SAID)
        page = Client().get(POLICY).text
        assert "30 days after their last use" in page and "hr@example.org" in page and "after 7 days" in page

    @pytest.mark.parametrize("wrong", [{"reference_days": 1096}, {"reference_days": 0}, {"contact": ""}])
    def test_what_the_law_forbids_is_refused(self, world: World, owner: Client, wrong: dict[str, Any]) -> None:
        assert owner.post(PRIVACY + "rules/", self.SAID | wrong).status_code == 422
        assert rules(world).reference_days == 90

    def test_an_auditor_reads_and_changes_nothing(self, world: World) -> None:
        auditor = signed_in(world.bob_as(Role.AUDITOR))
        assert "Change the rules" not in auditor.get(PRIVACY).text
        assert auditor.post(PRIVACY + "rules/", self.SAID).status_code == 403


class TestTexts:
    PARTS = {"language": "de", "body": "Wir bitten Sie.", "what": "Zahlen.", "why": "Arbeitszeit.", "how_long": "90."}

    def test_a_new_version_is_published(self, world: World, owner: Client) -> None:
        page = owner.post(PRIVACY + "texts/new/", self.PARTS, follow=True).text
        assert "Deutsch, version 1" in page
        with acting_for(world.northwind):
            assert ConsentText.objects.get().why == "Arbeitszeit."

    def test_old_versions_stay_readable(self, world: World, owner: Client) -> None:
        for body in ("Erstens.", "Zweitens."):
            owner.post(PRIVACY + "texts/new/", self.PARTS | {"body": body})
        with acting_for(world.northwind):
            old = ConsentText.objects.get(version=1)
        assert "Erstens." in owner.get(f"{PRIVACY}texts/{old.pk}/").text

    @pytest.mark.parametrize("part", ["what", "why", "how_long", "body"])
    def test_every_part_must_be_said(self, world: World, owner: Client, part: str) -> None:
        assert owner.post(PRIVACY + "texts/new/", self.PARTS | {part: ""}).status_code == 422

    def test_a_language_that_is_none_is_refused(self, owner: Client) -> None:
        assert owner.post(PRIVACY + "texts/new/", self.PARTS | {"language": "klingon"}).status_code == 422


def test_who_has_come_of_age_is_listed(world: World, owner: Client) -> None:
    with acting_for(world.northwind):
        text = services.consent_text(organization=world.northwind)
        Person.objects.filter(pk=world.person.pk).update(minor_until="2999-01-01")
        world.person.refresh_from_db()
        services.give_consent(
            organization=world.northwind, person=world.person, text=text, guardian="Meera", signature="Meera"
        )
        assert "Priya Raman" not in owner.get(PRIVACY).text
        Person.objects.filter(pk=world.person.pk).update(minor_until="2020-01-01")
    assert "Priya Raman" in owner.get(PRIVACY).text


class TestPolicy:
    def test_nobody_signs_in_to_read_it(self, world: World) -> None:
        answer = Client().get(POLICY)
        assert answer.status_code == 200 and "Northwind" in answer.text

    def test_it_says_the_key_that_verifies_receipts(self, world: World) -> None:
        assert public_key(world.northwind.pk) in Client().get(POLICY).text

    def test_it_says_that_faces_are_off(self, world: World) -> None:
        assert "not recognised here at present" not in Client().get(POLICY).text
        reset(world)
        assert "not recognised here at present" in Client().get(POLICY).text

    def test_it_names_nobody_and_no_place(self, world: World) -> None:
        page = Client().get(POLICY).text
        said = ("Priya", "Raman", "E1", "Main gate", "Kiosk", "alice@", "bob@", "Southwind", str(world.northwind.pk))
        assert not [word for word in said if word in page]

    def test_an_address_that_is_none_is_404(self, world: World) -> None:
        assert Client().get("/o/nobody/biometric-policy/").status_code == 404

    def test_a_stranger_who_is_signed_in_reads_the_same(self, world: World) -> None:
        told = [re.sub(r"\s+", " ", client.get(POLICY).text) for client in (Client(), signed_in(world.charlie))]
        assert told[0] == told[1]

    def test_it_shows_each_language_of_the_text(self, world: World, owner: Client) -> None:
        for language in ("de", "fr"):
            owner.post(PRIVACY + "texts/new/", TestTexts.PARTS | {"language": language})
        page = Client().get(POLICY).text
        assert "Deutsch" in page and "Français" in page

    def test_the_kiosk_and_the_consent_form_lead_there(self, world: World, owner: Client) -> None:
        pages = (f"/o/northwind/people/{world.person.pk}/enrollment/", f"/o/northwind/cameras/{world.camera.pk}/kiosk/")
        assert [POLICY in owner.get(page).text for page in pages] == [True, True]
