"""Whose word counts as a consent, in which language, and when somebody else must be asked."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.enrollment import selectors, services
from apps.enrollment.errors import ConsentMissing, ConsentRefused
from apps.enrollment.models import Consent, Reference
from apps.organizations.models import Role
from apps.organizations.tenancy import acting_for
from apps.people.models import Person
from tests.personas import World, signed_in

from .conftest import Enroll, agree

pytestmark = pytest.mark.django_db
Method = Consent.Method


def today() -> date:
    return timezone.localdate()


def minor(world: World, days: int = 1) -> Person:
    world.person.minor_until = today() + timedelta(days=days)
    world.person.save(update_fields=["minor_until"])
    return world.person


def give(world: World, **said: Any) -> Consent:
    text = services.consent_text(organization=world.northwind)
    return services.give_consent(organization=world.northwind, person=world.person, text=text, **said)


def code_of(world: World, **said: Any) -> str:
    with pytest.raises(ConsentRefused) as refused:
        give(world, **said)
    return refused.value.code


class TestSigning:
    def test_nobody_who_saw_it_and_no_name_is_no_consent(self, northwind: World) -> None:
        assert code_of(northwind) == "signature_missing"

    def test_blanks_are_no_name(self, northwind: World) -> None:
        assert code_of(northwind, signature="  \t") == "signature_missing"

    @pytest.mark.parametrize("marks", ["\u200b", "...", "1234"])
    def test_marks_without_a_letter_are_no_name(self, northwind: World, marks: str) -> None:
        assert code_of(northwind, signature=marks) == "signature_missing"

    @pytest.mark.parametrize("said", [{"signature": " Priya  Raman "}, {"witness": "alice"}])
    def test_a_name_or_a_witness_is_one(self, northwind: World, said: dict[str, Any]) -> None:
        given = give(
            northwind, **{name: northwind.alice if value == "alice" else value for name, value in said.items()}
        )
        assert (given.signature, given.witness) in {("Priya Raman", None), ("", northwind.alice)}

    def test_by_a_link_there_is_no_witness(self, northwind: World) -> None:
        assert code_of(northwind, method=Method.BY_LINK, witness=northwind.alice) == "signature_missing"

    def test_a_paper_is_kept_somewhere(self, northwind: World) -> None:
        assert code_of(northwind, method=Method.ON_PAPER, witness=northwind.alice) == "paper_reference_missing"
        assert give(northwind, method=Method.ON_PAPER, paper_reference="Folder 3").paper_reference == "Folder 3"

    def test_who_left_is_not_asked(self, northwind: World) -> None:
        Person.objects.filter(pk=northwind.person.pk).update(is_active=False)
        assert code_of(northwind, signature="Priya") == "person_left"

    def test_an_older_text_is_read_again(self, northwind: World) -> None:
        old = services.consent_text(organization=northwind.northwind)
        services.publish_consent_text(organization=northwind.northwind, body="Another")
        with pytest.raises(ConsentRefused) as refused:
            services.give_consent(
                organization=northwind.northwind, person=northwind.person, text=old, signature="Priya Raman"
            )
        assert refused.value.code == "text_changed"


class TestMinors:
    @pytest.mark.parametrize("said", [{"signature": "Priya"}, {"guardian": "Meera Raman"}, {}])
    def test_a_guardian_gives_name_and_signature(self, northwind: World, said: dict[str, Any]) -> None:
        minor(northwind)
        assert code_of(northwind, witness=northwind.alice, **said) == "guardian_missing"

    def test_with_both_it_counts(self, northwind: World) -> None:
        minor(northwind)
        assert give(northwind, guardian="Meera Raman", signature="Meera Raman").guardian == "Meera Raman"

    def test_on_paper_the_guardian_is_named(self, northwind: World) -> None:
        minor(northwind)
        assert code_of(northwind, method=Method.ON_PAPER, paper_reference="Folder 3") == "guardian_missing"
        assert give(northwind, method=Method.ON_PAPER, paper_reference="Folder 3", guardian="Meera Raman")

    def test_an_adult_has_no_guardian(self, northwind: World) -> None:
        assert code_of(northwind, guardian="Meera", signature="Meera") == "guardian_not_needed"

    def test_on_the_birthday_the_person_is_asked(self, northwind: World) -> None:
        minor(northwind, days=0)
        assert give(northwind, signature="Priya Raman").guardian == ""


class TestComingOfAge:
    @pytest.fixture
    def grown(self, northwind: World) -> Consent:
        minor(northwind)
        given = give(northwind, guardian="Meera Raman", signature="Meera Raman")
        minor(northwind, days=0)
        return given

    def due(self, world: World) -> list[Person]:
        return list(selectors.consents_due(world.northwind, today()))

    def test_the_person_is_due(self, northwind: World, grown: Consent) -> None:
        assert self.due(northwind) == [northwind.person]

    def test_a_minor_is_not(self, northwind: World) -> None:
        minor(northwind)
        give(northwind, guardian="Meera Raman", signature="Meera Raman")
        assert self.due(northwind) == []

    def test_the_guardians_consent_opens_no_camera_any_more(self, northwind: World, grown: Consent) -> None:
        with pytest.raises(ConsentMissing) as refused:
            services.start_session(organization=northwind.northwind, person=northwind.person, consent=grown)
        assert refused.value.code == "consent_due"

    def test_their_own_ends_it(self, northwind: World, grown: Consent) -> None:
        given = agree(northwind.northwind, northwind.person)
        services.start_session(organization=northwind.northwind, person=northwind.person, consent=given)
        assert self.due(northwind) == []


class TestLanguages:
    def publish(self, world: World, language: str, body: str) -> int:
        return services.publish_consent_text(organization=world.northwind, body=body, language=language).version

    def test_each_has_its_own_versions(self, northwind: World) -> None:
        assert [self.publish(northwind, *one) for one in (("en", "A"), ("de", "B"), ("de", "C"))] == [1, 1, 2]

    def test_of_two_who_publish_at_once_no_text_is_lost_unsaid(
        self, northwind: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.publish(northwind, "en", "Mine")
        monkeypatch.setattr(selectors, "consent_text_of", lambda *_: None)  # as the second one read, a moment before
        with pytest.raises(ConsentRefused) as refused:
            self.publish(northwind, "en", "Theirs")
        assert refused.value.code == "text_changed"

    def test_who_asks_for_one_gets_it(self, northwind: World) -> None:
        self.publish(northwind, "en", "Hello")
        self.publish(northwind, "de", "Guten Tag")
        assert services.consent_text(organization=northwind.northwind, language="de").body == "Guten Tag"

    def test_who_asks_for_none_or_another_gets_the_organizations_own(self, northwind: World) -> None:
        self.publish(northwind, "de", "Guten Tag")
        assert services.consent_text(organization=northwind.northwind, language="fr").body == "Guten Tag"
        self.publish(northwind, "en", "Hello")
        assert services.consent_text(organization=northwind.northwind).body == "Hello"

    def test_what_why_and_how_long_are_always_said(self, northwind: World) -> None:
        text = services.publish_consent_text(organization=northwind.northwind, body="Short")
        assert all((text.what, text.why, text.how_long)) and "90 days" in text.how_long

    def test_a_change_of_any_part_is_a_new_version(self, northwind: World) -> None:
        self.publish(northwind, "en", "A")
        text = services.publish_consent_text(organization=northwind.northwind, body="A", why="For the door.")
        assert text.version == 2


class TestPages:
    def url(self, world: World, act: str = "") -> str:
        return f"/o/northwind/people/{world.person.pk}/enrollment/{act}"

    def test_a_text_in_two_languages_is_read_in_either(self, world: World) -> None:
        with acting_for(world.northwind):
            for language, body in (("en", "Hello"), ("de", "Guten Tag")):
                services.publish_consent_text(organization=world.northwind, body=body, language=language)
        page = signed_in(world.alice).get(self.url(world), {"language": "de"}).text
        assert "Guten Tag" in page and 'lang="de"' in page and "Deutsch" in page and "English" in page

    def test_the_language_that_was_read_is_agreed_to(self, world: World) -> None:
        with acting_for(world.northwind):
            text = services.publish_consent_text(organization=world.northwind, body="Guten Tag", language="de")
        said = {"text_version": 1, "language": "de", "agreed": "on", "signature": "Priya Raman"}
        signed_in(world.alice).post(self.url(world, "consent/"), said)
        with acting_for(world.northwind):
            given = Consent.objects.get()
        assert (given.text_id, given.signature) == (text.pk, "Priya Raman")

    def test_a_minors_form_asks_for_the_guardian(self, world: World) -> None:
        with acting_for(world.northwind):
            minor(world)
        client = signed_in(world.alice)
        answer = client.post(self.url(world, "consent/"), {"text_version": 1, "agreed": "on", "signature": "Priya"})
        assert answer.status_code == 422 and "Parent or guardian" in answer.text
        said = {"text_version": 1, "agreed": "on", "signature": "Meera", "guardian": "Meera"}
        assert client.post(self.url(world, "consent/"), said).status_code == 302

    def test_a_paper_is_recorded(self, world: World) -> None:
        said = {"paper-text_version": 1, "paper-paper_reference": "Folder 3"}
        answer = signed_in(world.alice).post(self.url(world, "consent/paper/"), said, follow=True)
        assert "On paper (Folder 3)" in answer.text

    def test_a_paper_without_a_place_is_asked_for_it(self, world: World) -> None:
        answer = signed_in(world.alice).post(self.url(world, "consent/paper/"), {"paper-text_version": 1})
        assert answer.status_code == 422 and "<details open>" in answer.text


class TestWithdrawingOneself:
    def as_person(self, world: World) -> Any:
        with acting_for(world.northwind):
            Person.objects.filter(pk=world.person.pk).update(user=world.bob)
        return signed_in(world.bob_as(Role.EMPLOYEE))

    def test_one_click_on_ones_own_page_deletes_everything(self, world: World, enroll: Enroll) -> None:
        enroll(world.person, "ann")
        client = self.as_person(world)
        assert "Withdraw and delete" in client.get("/o/northwind/me/").text
        page = client.post("/o/northwind/me/consent/withdraw/", follow=True).text
        with acting_for(world.northwind):
            assert Reference.objects.count() == 0 and Consent.objects.get().withdrawn_at
        assert "You withdrew" in page and "Not enrolled" in page

    def test_who_is_no_person_here_withdraws_nothing(self, world: World) -> None:
        with acting_for(world.northwind):
            agree(world.northwind, world.person)
        signed_in(world.alice).post("/o/northwind/me/consent/withdraw/")
        with acting_for(world.northwind):
            assert Consent.objects.get().withdrawn_at is None

    def test_nobody_elses_goes(self, world: World, enroll: Enroll) -> None:
        enroll(world.south_person, "ann")
        self.as_person(world).post("/o/northwind/me/consent/withdraw/")
        with acting_for(world.southwind):
            assert selectors.taken(Reference.objects.all()).count() == 2
