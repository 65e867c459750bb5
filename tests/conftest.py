"""What every test may ask for: two organizations, three personas, the size knob, and the shared faces."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import connections

from apps.enrollment.gallery import forget_galleries
from apps.organizations.tenancy import acting_for
from tests.personas import Alice, World, build_world

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


@pytest.fixture(autouse=True)
def fast_passwords(settings: object) -> None:
    """Argon2 takes 50 ms a hash on purpose; a test that is about hashing sets it back."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def forget() -> Iterator[None]:
    """No test sees what another left in this process."""
    yield
    forget_galleries()
    cache.clear()


@pytest.fixture
def world(db: None) -> World:
    """Two organizations with a site, a camera and people each; Alice owns the first, Charlie the second."""
    return build_world()


@pytest.fixture
def alice(world: World) -> Alice:
    return world.alice


@pytest.fixture
def northwind(world: World) -> Iterator[World]:
    """The world, acting for the first organization."""
    with acting_for(world.northwind):
        yield world
