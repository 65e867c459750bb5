"""What every test may ask for: two organizations, three personas, the size knob, and the shared faces."""

import copy
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management.commands.flush import Command
from django.db import connections
from django.db.backends.signals import connection_created

from apps.enrollment import refusals
from apps.enrollment.gallery import forget_galleries
from apps.organizations.append_only import lift_append_only
from apps.organizations.fence import APP_ROLE
from apps.organizations.keyring import forget_keys
from apps.organizations.tenancy import acting_for
from tests.personas import Alice, World, build_world
from tests.plugins.standing import Standing

SHARED = Path(os.environ.get("ATTENDANCE_SHARED", Path(__file__).resolve().parent.parent.parent / "shared"))


@pytest.fixture(scope="session")
def scale() -> str:
    """ "full" for the sizes of `make verify`, else "small"."""
    return os.environ.get("SCALE", "small")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real test faces and clips; the test skips where it is absent."""
    if not (SHARED / "faces").is_dir():
        pytest.skip("the shared test faces are not on this machine (set ATTENDANCE_SHARED to their folder)")
    return SHARED


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """SQLite in a file, as in real use: threads that share one in memory answer "table is locked" at once."""
    database = connections["default"]
    if database.vendor == "sqlite":
        database.settings_dict["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """PostgreSQL: the owner of the tables made them; every test runs as the app's role, as in a deployment."""
    if connections["default"].vendor != "postgresql":
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Command, "handle", lifted(Command.handle))
            yield
        return
    connection_created.connect(become_app)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Command, "handle", as_owner(Command.handle))
        with django_db_blocker.unblock():
            become_app(connections["default"])
        yield
    connection_created.disconnect(become_app)
    with django_db_blocker.unblock():
        reset_role(connections["default"])


def become_app(connection: Any, **kwargs: Any) -> None:
    if str(connection.settings_dict["NAME"]).startswith("test_"):  # not the one that makes and drops databases
        with connection.cursor() as cursor:
            cursor.execute(f"set role {APP_ROLE}")


def reset_role(connection: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("reset role")


def lifted(flush: Callable[..., None]) -> Callable[..., None]:
    """SQLite has no truncate: emptying the audit trail is a deletion. After a flush the triggers stand again."""

    def flushed(command: Command, **options: Any) -> None:
        lift_append_only()
        flush(command, **options)

    return flushed


def as_owner(flush: Callable[..., None]) -> Callable[..., None]:
    """Only the owner of a table may truncate it."""

    def flushed(command: Command, **options: Any) -> None:
        reset_role(connections["default"])
        flush(command, **options)
        become_app(connections["default"])

    return flushed


@pytest.fixture(autouse=True)
def fast_passwords(settings: object) -> None:
    """Argon2 takes 50 ms a hash on purpose; a test that is about hashing sets it back."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def own_anchors(settings: object, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The ends of audit chains that tests commit stay out of the project's folder."""
    settings.AUDIT_ANCHORS = tmp_path_factory.getbasetemp() / "audit"  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def own_tombstones(settings: object, tmp_path: Path) -> None:
    """Who a test erases is erased for this test only."""
    settings.ERASURES = tmp_path / "erasures"  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def forget() -> Iterator[None]:
    """No test sees what another left in this process."""
    yield
    forget_galleries()
    forget_keys()
    refusals.forget()
    cache.clear()


@pytest.fixture(scope="module")
def standing_world(standing: Standing) -> Iterator[World]:
    """The world, made once for a module that says so by `usefixtures`; each test's `world` is a copy of its rows."""
    with standing():
        yield build_world()


@pytest.fixture
def world(request: pytest.FixtureRequest, db: None) -> World:
    """Two organizations with a site, a camera and people each; Alice owns the first, Charlie the second."""
    if "standing_world" in request.fixturenames:
        return copy.deepcopy(request.getfixturevalue("standing_world"))  # type: ignore[no-any-return]
    return build_world()


@pytest.fixture
def alice(world: World) -> Alice:
    return world.alice


@pytest.fixture
def northwind(world: World) -> Iterator[World]:
    """The world, acting for the first organization."""
    with acting_for(world.northwind):
        yield world
