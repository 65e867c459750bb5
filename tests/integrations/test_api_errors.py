"""Refusals: RFC 9457 with a stable code, nothing kept of a write that was refused, no answer that is a page."""

from typing import Any

import pytest
from django.test import Client
from rest_framework.exceptions import ValidationError

from apps.organizations.api_door import MOST_BYTES
from apps.organizations.errors import WrongChoice
from apps.organizations.models import Organization
from apps.organizations.tenancy import acting_for
from apps.people import services
from apps.people.models import Person
from tests.integrations.programs import Program, body_of, refused, wrong
from tests.personas import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_world")]


def numbers(organization: Organization) -> set[str]:
    with acting_for(organization):
        return set(Person.objects.values_list("external_id", flat=True))


def without_id(answer: Any) -> tuple[int, bytes, dict[str, str]]:
    headers = {name: value for name, value in answer.headers.items() if name != "X-Request-Id"}
    return answer.status_code, answer.content, headers


@pytest.mark.parametrize("path", ["/nothing", "/people/", "/people/a/b/c", "/people/E1", "/people/%00", "/../o"])
def test_what_is_not_there_is_404(program: Program, path: str) -> None:
    assert refused(program.get(path)) == (404, "not_found")


def test_a_write_to_what_is_not_there_is_404(program: Program) -> None:
    assert refused(program.post("/nothing", {})) == (404, "not_found")


def test_foreign_and_absent_answer_byte_for_byte_alike(world: World, program: Program) -> None:
    paths = [str(world.south_person.pk), "00000000-0000-4000-8000-000000000000", "external_id:NONE", "external_id:%00"]
    answers = [without_id(program.get(f"/people/{path}")) for path in paths]
    assert answers == [answers[0]] * 4 and answers[0][0] == 404


def test_every_answer_has_an_id_of_its_own(program: Program) -> None:
    ids = {program.get(path).headers["X-Request-Id"] for path in ("/people", "/people", "/nothing")}
    assert len(ids) == 3


@pytest.mark.parametrize("sent", [b"{", b"\xff", b"[" * 100_000, b'{"a": NaN}'])
def test_what_is_no_json_is_400(program: Program, sent: bytes) -> None:
    answer = raw(program, sent, "application/json")
    assert refused(answer) == (400, "parse_error")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_body_of_another_kind_is_415(program: Program, kind: str) -> None:
    assert refused(raw(program, b"external_id=E9", kind)) == (415, "unsupported_media_type")


def test_a_body_beyond_two_megabytes_is_413(program: Program) -> None:
    answer = raw(program, b'"' + b"a" * MOST_BYTES + b'"', "application/json")
    assert refused(answer) == (413, "body_too_large")


def raw(program: Program, sent: bytes, kind: str) -> Any:
    client, headers = Client(raise_request_exception=False), {"Authorization": f"Bearer {program.secret}"}
    return client.generic("POST", "/api/v1/people", sent, kind, headers=headers)


@pytest.mark.parametrize("body", [[], "text", 3, None, [body_of()]])
def test_a_body_that_is_no_object_is_422(program: Program, body: Any) -> None:
    answer = program.post("/people", body) if body is not None else raw(program, b"null", "application/json")
    assert refused(answer) == (422, "invalid_body")


def test_each_wrong_field_is_pointed_at(program: Program) -> None:
    answer = program.post("/people", {"given_name": "", "department": "x", "is_active": "maybe", "home_site": 3})
    assert wrong(answer) == {
        "/external_id": "required",
        "/given_name": "blank",
        "/family_name": "required",
        "/department": "invalid",
        "/is_active": "invalid",
        "/home_site": "does_not_exist",
    }


@pytest.mark.parametrize("text", ["a\0b", "\ud800", "a" * 81])
def test_a_text_that_cannot_be_stored_is_422(program: Program, text: str) -> None:
    assert refused(program.post("/people", body_of() | {"given_name": text})) == (422, "invalid_body")


def test_a_name_with_a_slash_is_escaped_in_its_pointer(program: Program) -> None:
    assert wrong(program.post("/people", body_of() | {"a/b~c": 1})) == {"/a~1b~0c": "unknown_field"}


def test_a_number_in_use_is_409(program: Program) -> None:
    assert refused(program.post("/people", body_of("E1"))) == (409, "name_taken")


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "limit=x", "q=Ann", "cursor=x", "is_active=maybe", "department=1"]
)
def test_a_parameter_that_cannot_be_meant_is_400(program: Program, query: str) -> None:
    answer = program.get(f"/people?{query}")
    assert refused(answer) == (400, "invalid_query")
    assert set(wrong(answer)) == {query.partition("=")[0]}


def test_a_page_of_html_is_not_to_be_had(program: Program) -> None:
    assert refused(program.ask("GET", "/people", Accept="text/html")) == (406, "not_acceptable")


# --- What is refused leaves nothing ------------------------------------------------------------------


@pytest.fixture
def refused_late(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Saves the person, then fails as a service or the framework would."""

    def arm(error: Exception) -> None:
        def save_and_fail(*, organization: Organization, person: Person) -> Person:
            person.organization = organization
            person.save()
            raise error

        monkeypatch.setattr(services, "save_person", save_and_fail)

    return arm


LATE = [ValidationError({"given_name": ["No."]}), WrongChoice("No."), ZeroDivisionError()]


@pytest.mark.parametrize("error", LATE, ids=lambda error: type(error).__name__)
def test_an_error_after_a_write_leaves_no_row(
    world: World, program: Program, refused_late: Any, error: Exception
) -> None:
    refused_late(error)
    answer = program.post("/people", body_of("LATE"))
    assert refused(answer) in {(422, "invalid_body"), (422, "wrong_choice"), (500, "failed")}
    assert numbers(world.northwind) == {"E1"}


def test_a_failure_says_nothing_of_its_cause(program: Program, refused_late: Any) -> None:
    refused_late(RuntimeError("the cause"))
    assert b"cause" not in program.post("/people", body_of()).content
