"""The recognition pages: what a setting promises, who looks like whom, and the organization's own line."""

import pytest

from apps.enrollment.engine_choice import choose_engine
from apps.enrollment.models import LookAlike, OwnLine, Reference
from apps.enrollment.promise import promise_of
from apps.enrollment.vault import held_key
from apps.organizations.models import AuditEntry, Role
from apps.organizations.tenancy import acting_for
from apps.people.models import Person
from apps.recognition.registry import entry_named
from tests.personas import World, signed_in

from .conftest import add_person, opened

pytestmark = pytest.mark.django_db
SPACE = "dlib/mtcnn/dlib-points.1/000000000000"
PAGE, PAIRS, RESET = (f"/o/northwind/recognition/{page}" for page in ("", "look-alikes/", "own-line/reset/"))


@pytest.fixture
def enrolled(world: World) -> World:
    """Two people in the packaged engine's space, who look alike, and the line that they asked for."""
    choose_engine("dlib")
    with acting_for(world.northwind):
        people: list[Person] = [world.person, add_person(world.northwind, "E2")]
        for person in people:
            session = opened(world.northwind, person)
            kept = {"person": person, "consent": session.consent, "session": session, "is_active": True}
            kept["key"] = held_key(world.northwind, person)
            measured = {"ciphertext": b"", "face_px": 200, "sharpness": 100}
            Reference.objects.create(organization=world.northwind, space=SPACE, **kept, **measured)
        pair = {"person": people[0], "other": people[1], "similarity": 0.97}
        LookAlike.objects.create(organization=world.northwind, space=SPACE, **pair)
        OwnLine.objects.create(organization=world.northwind, space=SPACE, lowest={"1": 0.999}, people=2, scores=2)
    return world


def test_the_page_tells_the_promise_of_each_setting(enrolled: World) -> None:
    page = signed_in(enrolled.alice).get(PAGE).text
    assert "With 2 people enrolled" in page and "1 in 1,000 strangers" in page


def test_the_chosen_row_of_the_table_says_what_the_sentence_says(enrolled: World) -> None:
    with acting_for(enrolled.northwind):
        OwnLine.objects.all().delete()
        promise = promise_of(enrolled.northwind, entry_named("dlib"))
    chosen = next(one for one in promise.settings if one.is_chosen)
    assert f"about {chosen.expected} strangers" in promise.sentence and f"bound: {chosen.bound})" in promise.sentence


def test_an_own_line_raises_the_promise_and_an_owner_forgets_it(enrolled: World) -> None:
    with acting_for(enrolled.northwind):
        assert promise_of(enrolled.northwind, entry_named("dlib")).raised_by == 2
    assert signed_in(enrolled.alice).post(RESET).status_code == 302
    with acting_for(enrolled.northwind):
        assert promise_of(enrolled.northwind, entry_named("dlib")).raised_by == 0
        assert AuditEntry.objects.filter(action="own_line.reset").exists()


@pytest.mark.parametrize("role", [Role.HR_MANAGER, Role.OPERATOR])
def test_nobody_else_forgets_it(enrolled: World, role: Role) -> None:
    assert signed_in(enrolled.bob_as(role)).post(RESET).status_code == 403


def test_a_pair_is_listed_with_links_to_both(enrolled: World) -> None:
    page = signed_in(enrolled.bob_as(Role.AUDITOR)).get(PAIRS).text
    assert page.count("/enrollment/") == 2 and "0.97" not in page


def test_a_pair_of_another_space_is_not_listed(enrolled: World) -> None:
    with acting_for(enrolled.northwind):
        LookAlike.objects.update(space="sface/yunet/arcface-points.1/000000000000")
    assert "No look-alikes" in signed_in(enrolled.alice).get(PAIRS).text


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.EMPLOYEE])
def test_who_may_not_see_who_is_enrolled_sees_no_pair(enrolled: World, role: Role) -> None:
    assert signed_in(enrolled.bob_as(role)).get(PAIRS).status_code == 403
