"""Each system check: silent where all is well, and an error that says what to do where it is not."""

import secrets
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import redis
from celery import Celery, current_app
from django.core.checks import CheckMessage, registry, run_checks
from django.db import connection
from pytest_django import Settings

from apps.organizations import checks
from apps.organizations.models import Site
from apps.organizations.tasks import OrganizationTask

GOOD_KEY = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY="  # pragma: allowlist secret  (letters in order, of no use)
DATABASES = ["default"]
postgres = [pytest.mark.services, pytest.mark.django_db]


def ids(found: list[CheckMessage]) -> list[str]:
    """The ids; each message says what to do."""
    assert all(one.hint and one.hint.endswith(".") for one in found)
    return [str(one.id) for one in found]


def test_every_id_is_used_once() -> None:
    text = Path(checks.__file__).read_text()
    used = [part.split('"')[0] for part in text.split('id="organizations.')[1:]]
    assert sorted({one[1:] for one in used}) == [f"{number:03d}" for number in range(1, len(used) + 1)]


def name(one: Any) -> str:
    return str(one.__name__)


def test_every_check_is_registered() -> None:
    ours = {name(one) for one in registry.registry.get_checks(True) if one.__module__ == checks.__name__}
    written = {name for name, one in vars(checks).items() if hasattr(one, "tags") and one.__module__ == checks.__name__}
    assert ours == written and len(ours) == 9


class TestKeys:
    @pytest.fixture(autouse=True)
    def keys(self, settings: Settings) -> None:
        settings.SECRET_KEY, settings.MASTER_KEY = secrets.token_urlsafe(32), GOOD_KEY

    def test_two_long_ones_are_good(self) -> None:
        assert ids(checks.keys_are_long()) == []

    @pytest.mark.parametrize("short", ["only-a-test", "x" * 31])
    def test_a_short_secret_key_is_not(self, settings: Settings, short: str) -> None:
        settings.SECRET_KEY = short
        assert ids(checks.keys_are_long()) == ["organizations.E002"]

    @pytest.mark.parametrize("wrong", ["", "x", GOOD_KEY[:-8], "é" * 44, GOOD_KEY[:-1] * 4])
    def test_a_master_key_of_another_length_is_not(self, settings: Settings, wrong: str) -> None:
        settings.MASTER_KEY = wrong
        assert ids(checks.keys_are_long()) == ["organizations.E003"]

    def test_one_key_for_both_is_not(self, settings: Settings) -> None:
        settings.SECRET_KEY = GOOD_KEY
        assert ids(checks.keys_are_long()) == ["organizations.E004"]


class TestOrigins:
    @pytest.fixture(autouse=True)
    def site(self, settings: Settings) -> None:
        settings.PUBLIC_URL, settings.HTTPS = "https://time.example.org", True
        settings.ALLOWED_HOSTS, settings.CSRF_TRUSTED_ORIGINS = ["time.example.org"], ["https://time.example.org"]

    def test_the_public_address_is_good(self) -> None:
        assert ids(checks.origins_are_exact()) == []

    def test_a_second_port_of_an_own_host_is_good(self, settings: Settings) -> None:
        settings.CSRF_TRUSTED_ORIGINS = ["https://time.example.org", "https://time.example.org:8443"]
        assert ids(checks.origins_are_exact()) == []

    @pytest.mark.parametrize(
        "origin",
        [
            "https://*.example.org",
            "http://time.example.org",
            "https://evil.example.com",
            "https://time.example.org/",
            "https://time.example.org/path",
            "https://time.example.org.evil.com",
            "time.example.org",
            "null",
        ],
    )
    def test_anything_else_is_not(self, settings: Settings, origin: str) -> None:
        settings.CSRF_TRUSTED_ORIGINS = ["https://time.example.org", origin]
        assert ids(checks.origins_are_exact()) == ["organizations.E005"]

    @pytest.mark.parametrize("host", ["*", ".example.org"])
    def test_a_wild_host_is_not(self, settings: Settings, host: str) -> None:
        settings.ALLOWED_HOSTS = ["time.example.org", host]
        assert ids(checks.origins_are_exact()) == ["organizations.E005"]

    def test_the_public_address_must_be_trusted(self, settings: Settings) -> None:
        settings.CSRF_TRUSTED_ORIGINS = []
        assert ids(checks.origins_are_exact()) == ["organizations.E006"]


def test_every_guarded_model_has_its_organization(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ids(checks.models_have_an_organization()) == []
    monkeypatch.setattr(Site, "organization_field", "tenant")
    assert ids(checks.models_have_an_organization()) == ["organizations.E007"]


def by_name(organization_id: str) -> None: ...


def by_other_name(site_id: str) -> None: ...


@pytest.fixture
def tasks(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """The tasks as the check sees them; a test may plant its own."""
    found = dict(current_app.tasks)
    monkeypatch.setattr(checks, "current_app", SimpleNamespace(tasks=found))
    yield found


def task(run: Any, base: Any) -> Any:
    return Celery("planted", set_as_current=False).task(run, base=base, shared=False)


def test_every_task_of_ours_opens_its_organization(tasks: dict[str, Any]) -> None:
    assert ids(checks.tasks_open_their_organization()) == []


@pytest.mark.parametrize(
    "planted", [task(by_name, None), task(by_other_name, OrganizationTask)], ids=["plain", "other order"]
)
def test_a_task_that_does_not_is_found(tasks: dict[str, Any], planted: Any) -> None:
    tasks["planted"] = planted
    assert ids(checks.tasks_open_their_organization()) == ["organizations.E008"]


def test_without_a_database_nothing_is_asked(settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1"
    asked = [checks.tables_are_fenced, checks.role_is_held_by_the_fence, checks.redis_drops_nothing]
    assert [one() for one in asked] == [[], [], []]


@pytest.mark.embedded
def test_sqlite_has_neither_roles_nor_policies() -> None:
    asked = [checks.tables_are_fenced, checks.role_is_held_by_the_fence]
    assert [one(databases=DATABASES) for one in asked] == [[], []]


class TestDatabase:
    pytestmark = postgres

    def test_every_table_is_fenced(self) -> None:
        assert ids(checks.tables_are_fenced(databases=DATABASES)) == []

    @pytest.mark.parametrize("lowered", ["disable row level security", "no force row level security"])
    def test_a_table_that_is_not_is_found(self, lowered: str) -> None:
        as_owner(f"alter table organizations_site {lowered}")
        [found] = checks.tables_are_fenced(databases=DATABASES)
        assert (found.id, "organizations_site" in found.msg) == ("organizations.E009", True)

    def test_the_role_of_the_application_is_held(self) -> None:
        assert ids(checks.role_is_held_by_the_fence(databases=DATABASES)) == []

    def test_the_owner_of_the_tables_may_not_serve(self) -> None:
        as_owner()
        assert ids(checks.role_is_held_by_the_fence(databases=DATABASES)) == ["organizations.E010"]


def as_owner(statement: str = "select 1") -> None:
    """In this test's transaction, so it is undone with it."""
    with connection.cursor() as cursor:
        cursor.execute("reset role")
        cursor.execute(statement)


class TestRedis:
    @pytest.mark.parametrize("url", ["", "redis://127.0.0.1:6379", "redis://localhost", "redis://:secret@redis:6379"])
    def test_a_closed_one_is_good(self, settings: Settings, url: str) -> None:
        settings.REDIS_URL = url
        assert ids(checks.redis_is_closed()) == []

    @pytest.mark.parametrize("url", ["redis://redis:6379", "redis://10.0.0.7:6379/0"])
    def test_an_open_one_is_not(self, settings: Settings, url: str) -> None:
        settings.REDIS_URL = url
        assert ids(checks.redis_is_closed()) == ["organizations.E011"]

    def test_one_that_does_not_answer_is_told(self, settings: Settings) -> None:
        settings.REDIS_URL = "redis://127.0.0.1:1"
        assert ids(checks.redis_drops_nothing(databases=DATABASES)) == ["organizations.E013"]

    @pytest.mark.services
    def test_the_one_in_use_drops_nothing(self) -> None:
        assert ids(checks.redis_drops_nothing(databases=DATABASES)) == []

    @pytest.mark.parametrize(
        ("policy", "found"),
        [("noeviction", []), ("allkeys-lru", ["organizations.E014"]), (None, ["organizations.W012"])],
    )
    def test_its_policy_is_asked(
        self, settings: Settings, monkeypatch: pytest.MonkeyPatch, policy: str | None, found: list[str]
    ) -> None:
        def answer(client: Any, name: str) -> dict[str, str]:
            if policy is None:
                raise redis.ResponseError("NOPERM")
            return {name: policy}

        settings.REDIS_URL = "redis://127.0.0.1:1"
        monkeypatch.setattr(redis.Redis, "config_get", answer)
        assert ids(checks.redis_drops_nothing(databases=DATABASES)) == found


def test_the_code_itself_passes() -> None:
    assert [one for one in run_checks(tags=["models", "security"]) if str(one.id).startswith("organizations.")] == []
