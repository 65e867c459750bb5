"""The pages where HR decides whether two records are one person."""

import pytest

from apps.enrollment.models import DuplicateCase, EnrollmentSession
from apps.organizations.models import AuditEntry, Role
from apps.organizations.tenancy import acting_for
from tests.personas import World, signed_in

from .conftest import add_person, references
from .numbers import enrolled, unit

pytestmark = pytest.mark.django_db
LIST = "/o/northwind/recognition/duplicates/"
Decision = DuplicateCase.Decision


@pytest.fixture
def case(world: World) -> DuplicateCase:
    """E2 was enrolled; then Priya showed the same face."""
    with acting_for(world.northwind):
        enrolled(add_person(world.northwind, "E2"), unit(1, 0))
        enrolled(world.person, unit(1, 0.1))
        return DuplicateCase.objects.get()


def url(case: DuplicateCase) -> str:
    return f"{LIST}{case.pk}/"


def test_the_list_names_both_and_leads_to_the_decision(world: World, case: DuplicateCase) -> None:
    page = signed_in(world.bob_as(Role.HR_MANAGER)).get(LIST).text
    assert "Priya Raman" in page and "Ann Example E2" in page and url(case) in page


def test_the_tab_says_how_many_wait(world: World, case: DuplicateCase) -> None:
    page = signed_in(world.bob_as(Role.HR_MANAGER)).get("/o/northwind/recognition/look-alikes/").text
    assert 'Duplicates <span class="n">1</span>' in page


def test_every_page_leads_hr_to_what_waits(world: World, case: DuplicateCase) -> None:
    page = signed_in(world.bob_as(Role.HR_MANAGER)).get("/o/northwind/people/").text
    assert LIST in page


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.AUDITOR, Role.SUPERVISOR, Role.EMPLOYEE])
def test_nobody_else_sees_it(world: World, case: DuplicateCase, role: str) -> None:
    client = signed_in(world.bob_as(role))
    assert [client.get(LIST).status_code, client.get(url(case)).status_code] == [403, 403]


def test_it_shows_numbers_and_how_alike_they_are(world: World, case: DuplicateCase) -> None:
    page = signed_in(world.alice).get(url(case)).text
    assert "E1" in page and "E2" in page and "As alike as the engine" in page and "0.99" not in page


def test_looking_at_both_records_stands_in_the_trail(world: World, case: DuplicateCase) -> None:
    signed_in(world.alice).get(url(case))
    with acting_for(world.northwind):
        assert AuditEntry.objects.filter(action="person.view").count() == 2


def test_without_a_choice_nothing_happens(world: World, case: DuplicateCase) -> None:
    answer = signed_in(world.alice).post(url(case), {"note": "?"})
    assert (answer.status_code, "Nothing happens until you do" in answer.text) == (422, True)
    with acting_for(world.northwind):
        assert DuplicateCase.objects.get().decision == Decision.OPEN


def test_one_person_is_told_what_to_do_with_the_records(world: World, case: DuplicateCase) -> None:
    client = signed_in(world.bob_as(Role.HR_MANAGER))
    page = client.post(url(case), {"decision": Decision.SAME_PERSON, "note": "Same badge photo."}, follow=True).text
    assert "What to do now" in page and "take away “Active”" in page and "Same badge photo." in page
    with acting_for(world.northwind):
        assert references() == [("E2", True)]


def test_two_people_are_both_enrolled(world: World, case: DuplicateCase) -> None:
    page = signed_in(world.alice).post(url(case), {"decision": Decision.DIFFERENT_PEOPLE}, follow=True).text
    assert "by face alone" in page
    with acting_for(world.northwind):
        assert references() == [("E1", True), ("E2", True)]
        assert DuplicateCase.objects.get().decided_by == world.alice


def test_a_second_decision_changes_nothing(world: World, case: DuplicateCase) -> None:
    client = signed_in(world.alice)
    for decision in (Decision.SAME_PERSON, Decision.DIFFERENT_PEOPLE):
        assert client.post(url(case), {"decision": decision}).status_code == 302
    with acting_for(world.northwind):
        assert (DuplicateCase.objects.get().decision, references()) == (Decision.SAME_PERSON, [("E2", True)])


def test_the_persons_page_says_that_it_waits(world: World, case: DuplicateCase) -> None:
    page = signed_in(world.bob_as(Role.HR_MANAGER)).get(f"/o/northwind/people/{world.person.pk}/enrollment/").text
    assert "Waits for a decision" in page and url(case) in page


def test_an_operator_is_not_told_whose_face_it_is(world: World, case: DuplicateCase) -> None:
    page = signed_in(world.bob_as(Role.OPERATOR)).get(f"/o/northwind/people/{world.person.pk}/enrollment/").text
    assert "Waits for a decision" in page and url(case) not in page and "Ann Example" not in page


def test_another_organizations_case_is_not_found(world: World, case: DuplicateCase) -> None:
    foreign = f"/o/southwind/recognition/duplicates/{case.pk}/"
    assert signed_in(world.charlie).post(foreign, {"decision": Decision.DIFFERENT_PEOPLE}).status_code == 404
    with acting_for(world.northwind):
        assert EnrollmentSession.objects.get(state=EnrollmentSession.State.HELD)
