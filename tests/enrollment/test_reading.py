"""Who may read an enrollment's state and change nothing; a look publishes no text."""

from typing import Any

import pytest

from apps.enrollment.models import ConsentText
from apps.enrollment.services import consent_text, give_consent, publish_consent_text
from apps.organizations.models import Role
from apps.organizations.tenancy import acting_for
from tests.personas import World, signed_in, supervisor_of

pytestmark = pytest.mark.django_db
ACTS = ["consent/", "start/", "withdraw/"]


def url(world: World, act: str = "") -> str:
    return f"/o/northwind/people/{world.person.pk}/enrollment/{act}"


def read(world: World, role: Role) -> Any:
    return signed_in(world.bob_as(role)).get(url(world))


def test_an_auditor_reads_that_nobody_agreed(world: World) -> None:
    page = read(world, Role.AUDITOR).text
    assert "has not agreed" in page and "We never keep a picture" in page


def test_an_auditor_reads_who_agreed(world: World) -> None:
    with acting_for(world.northwind):
        text = consent_text(organization=world.northwind)
        give_consent(organization=world.northwind, person=world.person, text=text, signature="Priya")
    page = read(world, Role.AUDITOR).text
    assert "Agreed, not enrolled" in page and "End consent" not in page


def test_an_auditor_is_offered_no_act(world: World) -> None:
    page = read(world, Role.AUDITOR).text
    assert not [act for act in [*ACTS, "/pin/"] if act in page]


@pytest.mark.parametrize("act", ACTS)
def test_an_auditor_changes_nothing(world: World, act: str) -> None:
    assert signed_in(world.bob_as(Role.AUDITOR)).post(url(world, act)).status_code == 403


def test_an_auditor_gives_no_pin(world: World) -> None:
    auditor = signed_in(world.bob_as(Role.AUDITOR))
    assert auditor.post(f"/o/northwind/people/{world.person.pk}/pin/").status_code == 403


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.EMPLOYEE])
def test_smaller_roles_read_none_of_it(world: World, role: Role) -> None:
    supervisor_of(world, world.person)
    assert read(world, role).status_code == 403


def versions(world: World) -> list[int]:
    with acting_for(world.northwind):
        return list(ConsentText.objects.order_by("version").values_list("version", flat=True))


def test_a_look_publishes_no_text(world: World) -> None:
    assert "We never keep a picture" in read(world, Role.OPERATOR).text
    assert versions(world) == []


def test_who_agrees_to_the_first_text_publishes_it(world: World) -> None:
    operator = signed_in(world.bob_as(Role.OPERATOR))
    operator.post(url(world, "consent/"), {"text_version": 1, "agreed": "on"})
    assert versions(world) == [1]


def test_the_newest_text_is_shown(world: World) -> None:
    with acting_for(world.northwind):
        publish_consent_text(organization=world.northwind, body="Our own words.")
    assert "Our own words." in read(world, Role.OPERATOR).text
