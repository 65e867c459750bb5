"""The door of programs: one secret, one organization, and the same answer to whatever is not a good secret."""

import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from redis import ConnectionError as NoRedis

from apps.integrations.services import SEEN_EVERY, create_credential, revoke_credential, secret_hash
from apps.organizations.models import AuditEntry, Credential
from apps.organizations.tenancy import acting_for, current_organization_id
from apps.people.models import Person
from attendance_site.json_cache import JsonSerializer
from tests.integrations.programs import ALL, API, Program, add_people, body_of, program_of, refused
from tests.personas import World, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_world")]
PEOPLE = f"{API}/people"


def bearing(authorization: str) -> Any:
    return Client().get(PEOPLE, headers={"Authorization": authorization})


def change(program: Program, **values: Any) -> None:
    with acting_for(program.credential.organization_id):
        Credential.objects.filter(pk=program.credential.pk).update(**values)


def seen(answer: Any) -> tuple[int, bytes, dict[str, str]]:
    headers = {name: value for name, value in answer.headers.items() if name != "X-Request-Id"}
    return answer.status_code, answer.content, headers


def test_a_secret_opens_its_organization(program: Program, south_program: Program) -> None:
    assert [one.get("/organization").json()["slug"] for one in (program, south_program)] == ["northwind", "southwind"]


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer att_unknown", "Basic YTpi", "Bearer é", "att_unknown", "Bearer a b", "Bearer " + "a" * 5000],
)
def test_what_is_no_secret_is_401(world: World, authorization: str) -> None:
    assert refused(bearing(authorization)) == (401, "not_authenticated")


def test_it_says_how_to_authenticate(world: World) -> None:
    assert Client().get(PEOPLE).headers["WWW-Authenticate"] == "Bearer"


def test_a_scheme_is_read_in_any_case(program: Program) -> None:
    assert bearing(f"bearer {program.secret}").status_code == 200


def test_revoked_expired_unknown_and_none_answer_byte_for_byte_alike(world: World) -> None:
    revoked = program_of(world.northwind, world.alice, ALL, "revoked")
    expired = program_of(world.northwind, world.alice, ALL, "expired")
    change(revoked, revoked_at=timezone.now())
    change(expired, expires_at=timezone.now())
    answers = [bearing(f"Bearer {one}") for one in (revoked.secret, expired.secret, "att_unknown")]
    assert [seen(one) for one in answers] == [seen(Client().get(PEOPLE))] * 3


def test_revoking_bites_on_the_next_request(world: World, program: Program) -> None:
    before = program.get("/people").status_code
    with acting_for(world.northwind):
        revoke_credential(organization=world.northwind, credential=program.credential)
    assert (before, program.get("/people").status_code) == (200, 401)


def test_the_prefix_that_pages_show_opens_nothing(program: Program) -> None:
    assert bearing(f"Bearer {program.credential.prefix}").status_code == 401


def test_the_hash_that_is_stored_opens_nothing(program: Program) -> None:
    assert bearing(f"Bearer {secret_hash(program.secret)}").status_code == 401


def test_a_session_opens_nothing_here(world: World) -> None:
    assert signed_in(world.alice).get(PEOPLE).status_code == 401


def test_a_session_changes_nothing_about_whose_rows_are_shown(world: World, south_program: Program) -> None:
    headers = {"Authorization": f"Bearer {south_program.secret}"}
    people = signed_in(world.alice).get(PEOPLE, headers=headers).json()["data"]
    assert [one["id"] for one in people] == [str(world.south_person.pk)]


def test_a_secret_opens_no_page(program: Program) -> None:
    answer = Client().get("/o/northwind/people/", headers={"Authorization": f"Bearer {program.secret}"})
    assert answer.headers["Location"].startswith("/accounts/login/")


def test_a_secret_in_the_address_or_the_body_opens_nothing(program: Program) -> None:
    asked = Client().post(f"{PEOPLE}?token={program.secret}", {"access_token": program.secret}, "application/json")
    assert asked.status_code == 401


def test_a_write_needs_no_csrf_token(program: Program) -> None:
    strict = Client(enforce_csrf_checks=True)
    headers = {"Authorization": f"Bearer {program.secret}"}
    assert strict.post(PEOPLE, body_of(), "application/json", headers=headers).status_code == 201


def test_an_organization_named_in_the_address_or_a_header_changes_nothing(world: World, program: Program) -> None:
    answer = program.ask("GET", "/organization", **{"X-Organization": str(world.southwind.pk)})
    assert answer.json()["slug"] == "northwind"


def test_no_organization_stays_open_after_a_request(program: Program) -> None:
    program.get("/people")
    assert current_organization_id() is None


def test_the_credential_is_marked_as_used_at_most_once_a_minute(program: Program) -> None:
    earlier = timezone.now() - SEEN_EVERY / 2
    change(program, seen_at=earlier)
    program.get("/people")
    with acting_for(program.credential.organization_id):
        assert Credential.objects.get(pk=program.credential.pk).seen_at == earlier


def test_the_first_use_is_marked(program: Program) -> None:
    program.get("/people")
    with acting_for(program.credential.organization_id):
        used = Credential.objects.get(pk=program.credential.pk).seen_at
    assert used and timezone.now() - used < timedelta(minutes=1)


def test_what_a_program_writes_is_in_the_audit_trail_in_its_name(world: World, program: Program) -> None:
    program.post("/people", body_of())
    assert last_actor(world) == ("credential", program.credential.pk)


def test_a_session_that_comes_along_is_not_who_wrote(world: World, program: Program) -> None:
    headers = {"Authorization": f"Bearer {program.secret}"}
    signed_in(world.alice).post(PEOPLE, body_of(), "application/json", headers=headers)
    assert last_actor(world) == ("credential", program.credential.pk)


def last_actor(world: World) -> tuple[str, Any]:
    with acting_for(world.northwind):
        return AuditEntry.objects.order_by("sequence").values_list("actor_kind", "actor_id").last()  # type: ignore[return-value]


# --- How often ---------------------------------------------------------------------------------------


@pytest.fixture
def three_a_minute(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Three requests a minute, and a minute that does not end meanwhile."""
    settings.API_REQUESTS_PER_MINUTE = 3
    now = timezone.now().replace(second=12, microsecond=0)
    monkeypatch.setattr("apps.integrations.middleware.timezone.now", lambda: now)
    yield


@pytest.mark.usefixtures("three_a_minute")
def test_too_many_requests_are_429(program: Program) -> None:
    assert [program.get("/people").status_code for _ in range(5)] == [200, 200, 200, 429, 429]


@pytest.mark.usefixtures("three_a_minute")
def test_a_429_says_when_to_come_back(program: Program) -> None:
    answer = [program.get("/organization") for _ in range(4)][-1]
    assert refused(answer) == (429, "too_many_requests")
    assert answer.headers["Retry-After"] == "48"


@pytest.mark.usefixtures("three_a_minute")
def test_refused_requests_count_too(program: Program) -> None:
    assert [program.get("/nothing").status_code for _ in range(4)] == [404, 404, 404, 429]


@pytest.mark.usefixtures("three_a_minute")
def test_each_credential_is_counted_for_itself(program: Program, south_program: Program) -> None:
    for _ in range(4):
        program.get("/people")
    assert south_program.get("/people").status_code == 200


def test_without_the_cache_the_api_works_on(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    def down(*args: Any, **kwargs: Any) -> None:
        raise NoRedis

    monkeypatch.setattr(cache, "add", down)
    assert program.get("/people").status_code == 200


@pytest.mark.parametrize("value", [1, 0, "a", [1.5, 2], {"a": None}])
def test_the_shared_cache_writes_json_and_counts(value: Any) -> None:
    written = JsonSerializer().dumps(value)
    assert JsonSerializer().loads(str(written).encode() if isinstance(written, int) else written) == value


@pytest.mark.services
def test_the_shared_cache_is_redis_without_pickles(world: World) -> None:
    assert settings.CACHES["default"]["OPTIONS"]["serializer"].endswith("JsonSerializer")
    cache.add("count", 1, timeout=5)
    cache.set("row", ["a", 2], timeout=5)
    assert (cache.incr("count"), cache.get("row")) == (2, ["a", 2])


# --- Whose rows --------------------------------------------------------------------------------------


def test_requests_of_two_organizations_in_turn_are_all_right(
    world: World, program: Program, south_program: Program, sized: Callable[[int, int], int]
) -> None:
    add_people(world.northwind, ["N2", "N3"])
    add_people(world.southwind, ["S2"])
    expected = [ids(world.northwind), ids(world.southwind)]
    wrong = 0
    for turn in range(sized(40, 300)):
        answer = (program, south_program)[turn % 2].get("/people")
        wrong += {one["id"] for one in answer.json()["data"]} != expected[turn % 2]
    assert wrong == 0


def ids(organization: Any) -> set[str]:
    with acting_for(organization):
        return {str(pk) for pk in Person.objects.values_list("pk", flat=True)}


# --- What is never written down ----------------------------------------------------------------------


def test_a_secret_is_in_no_log_line(program: Program, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        program.get("/people")
        program.post("/people", body_of())
        program.get("/nothing")
    assert len(caplog.records) > 2 and program.secret not in caplog.text


def test_a_line_names_the_route_and_the_credential_and_no_person(
    program: Program, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "apps.integrations"):
        answer = program.get("/people/external_id:E1")
    assert caplog.messages == [
        f"{answer.headers['X-Request-Id']} GET api/v1/people/<str:pk> 200 by {program.credential.pk}"
    ]


def test_a_secret_is_in_no_row(world: World, program: Program) -> None:
    with acting_for(world.northwind):
        entries = list(AuditEntry.objects.values_list("old", "new", "reason"))
        row = Credential.objects.values().get(pk=program.credential.pk)
    assert entries and program.secret not in f"{entries} {row}"
    assert secret_hash(program.secret) not in f"{entries}"


def test_two_secrets_differ_and_are_long(world: World) -> None:
    with acting_for(world.northwind):
        made = [
            create_credential(
                organization=world.northwind, created_by=world.alice, name=str(turn), permissions=[], days=1
            )[1]
            for turn in range(2)
        ]
    assert made[0] != made[1] and min(len(secret) for secret in made) >= 47
