import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts import services
from scripts.environment import Failed


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that user postgres can enter; pytest's own are closed to everybody else."""
    made = Path(tempfile.mkdtemp(dir="/var/tmp"))
    made.chmod(0o755)
    monkeypatch.setenv("SERVICES_DIR", str(made))
    yield made
    shutil.rmtree(made)


def test_the_place_is_chosen_once() -> None:
    assert services.place() == services.place()


def test_the_two_ports_differ() -> None:
    here = services.place()
    assert here.postgres_port != here.redis_port


def test_the_passwords_are_kept_to_their_user(folder: Path) -> None:
    services.place()
    assert (folder / "place.json").stat().st_mode & 0o777 == 0o600


def test_a_folder_of_somebody_else_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: folder.stat().st_uid + 1)
    with pytest.raises(Failed, match="belongs to somebody else"):
        services.place()


def test_the_environment_names_three_roles() -> None:
    users = [
        url.split("://")[1].split(":")[0] for name, url in services.place().environment().items() if "DATA" in name
    ]
    assert users == ["attendance_app", "attendance_owner", "attendance_backup"]


def test_nothing_answers_before_the_start() -> None:
    assert services.status() == {"postgres": False, "redis": False}


def test_nothing_is_installed_without_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert not services.provide(["postgresql"])


def test_a_missing_program_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "program", lambda name: None)
    with pytest.raises(Failed, match="apt-get install postgresql redis-server"):
        services._needed("initdb")


@pytest.mark.services
@pytest.mark.slow
def test_they_start_from_nothing_and_stop() -> None:
    services.start()
    started = services.status()
    services.stop()
    assert (started, services.status()) == (
        {"postgres": True, "redis": True},
        {"postgres": False, "redis": False},
    )


@pytest.mark.services
@pytest.mark.slow
def test_the_app_role_cannot_change_tables_and_the_owner_passes_no_policy() -> None:
    services.start()
    here = services.place()
    try:
        rights = services._sql(
            here,
            services.DATABASE,
            "select rolname, has_schema_privilege(rolname, 'public', 'create'), rolbypassrls, rolsuper "
            "from pg_roles where rolname like 'attendance%' order by 1",
        )
    finally:
        services.stop()
    assert rights.splitlines() == ["attendance_app|f|f|f", "attendance_backup|f|t|f", "attendance_owner|t|f|f"]
