"""Photos of people who said no, or who must be asked anew: left out by name, and the others go on."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.enrollment import services
from apps.enrollment.errors import ConsentMissing
from apps.enrollment.models import Consent
from apps.enrollment.photo_import import conclude
from apps.enrollment.photo_rules import Terms, standings
from apps.people.models import Person, PunchMethod
from tests.personas import World

from .conftest import agree, references
from .numbers import RULER, probe_of, unit

pytestmark = pytest.mark.django_db
HERE = Terms(dry_run=False)
PAPER = Terms(dry_run=False, paper_reference="file 12")


def code_of(world: World, terms: Terms) -> str:
    [one] = standings(world.northwind, ["E1"], terms)
    return one.code


def end(world: World, terms: Terms) -> str:
    world.person.refresh_from_db()
    return conclude(world.northwind, world.person, [probe_of(unit(1, 0))], RULER, terms).code


@pytest.fixture
def of_age(northwind: World) -> World:
    """A guardian agreed for Priya, who has come of age today."""
    today, people = timezone.localdate(), Person.objects.filter(pk=northwind.person.pk)
    people.update(minor_until=today + timedelta(days=1))
    northwind.person.refresh_from_db()
    services.give_consent(
        organization=northwind.northwind,
        person=northwind.person,
        text=services.consent_text(organization=northwind.northwind),
        method=Consent.Method.ON_PAPER,
        paper_reference="file 12",
        guardian="Asha Raman",
    )
    people.update(minor_until=today)
    return northwind


def test_whose_guardian_agreed_and_who_is_of_age_now_is_asked_themselves(of_age: World) -> None:
    assert (code_of(of_age, HERE), end(of_age, HERE), references()) == ("consent_due", "consent_due", [])


def test_their_own_paper_counts_beside_the_guardians(of_age: World) -> None:
    assert (code_of(of_age, PAPER), end(of_age, PAPER), references()) == ("", "", [("E1", True)])
    assert Consent.objects.order_by("given_at").values_list("guardian", flat=True)[1] == ""


def test_a_consent_that_ends_meanwhile_stops_this_person_and_no_run(
    northwind: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ended(**given: object) -> None:
        raise ConsentMissing("Consent was withdrawn.", code="consent_withdrawn")

    agree(northwind.northwind, northwind.person)
    monkeypatch.setattr(services, "add_draft", ended)
    assert (end(northwind, HERE), references()) == ("consent_withdrawn", [])


def test_no_paper_about_many_speaks_for_who_ended_their_consent(northwind: World) -> None:
    agree(northwind.northwind, northwind.person)
    services.withdraw_consent(organization=northwind.northwind, person=northwind.person)
    assert (code_of(northwind, PAPER), end(northwind, PAPER), references()) == ("withdrew", "withdrew", [])


def test_who_agreed_again_themselves_is_enrolled(northwind: World) -> None:
    agree(northwind.northwind, northwind.person)
    services.withdraw_consent(organization=northwind.northwind, person=northwind.person)
    agree(northwind.northwind, northwind.person)
    assert (code_of(northwind, PAPER), end(northwind, PAPER)) == ("", "")


@pytest.mark.parametrize("terms", [HERE, PAPER])
def test_who_chose_another_way_is_left_in_peace(northwind: World, terms: Terms) -> None:
    agree(northwind.northwind, northwind.person)
    Person.objects.filter(pk=northwind.person.pk).update(preferred_method=PunchMethod.PIN)
    assert (code_of(northwind, terms), end(northwind, terms), references()) == ("other_way", "other_way", [])
