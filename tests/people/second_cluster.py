"""A second PostgreSQL cluster, or a second SQLite file, into which an old backup is restored."""

import os
import secrets
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection

from scripts import services
from tests.house.leak_scan import Place
from tests.people.canaries import dump_of, files_below
from tests.plugins.needs import ROOT
from tests.roles import APP, BACKUP, address_of


@dataclass
class Restored:
    """A deployment on a restored backup, with the keys and the tombstones of the one it was taken from."""

    environment: dict[str, str]
    folder: Path

    def manage(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, str(ROOT / "manage.py"), *arguments]
        return subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=False, timeout=300, cwd=ROOT
        )

    def places(self) -> list[Place]:
        """The whole database as a dump, and every file of this deployment."""
        address = self.environment["DATABASE_URL"]
        dumped = [("pg_dump", dump_of(address_of(BACKUP, address)))] if address else []
        return [*dumped, *files_below(self.folder)]


def backup(folder: Path) -> Path:
    """A backup of the suite's database as it is now, by the role that makes backups."""
    file = folder / "backup"
    if connection.vendor == "sqlite":
        with sqlite3.connect(connection.settings_dict["NAME"]) as source, sqlite3.connect(file) as copy:
            source.backup(copy)
        return file
    address = address_of(BACKUP, os.environ["DATABASE_URL"], connection.settings_dict["NAME"])
    file.write_bytes(dump_of(address, "--format=custom"))
    return file


@contextmanager
def restored(file: Path, folder: Path) -> Iterator[Restored]:
    """Restore it elsewhere: another cluster with its own server, or another DATA_DIR."""
    folder.mkdir()
    common = os.environ | {
        "DATA_DIR": str(folder),
        "ERASURES": str(settings.ERASURES),
        "STATIC_MANIFEST": "0",
        "SECRET_KEY": settings.SECRET_KEY,
        "MASTER_KEY": settings.MASTER_KEY,
        "PLATFORM_KEY": settings.PLATFORM_KEY,
    }
    if connection.vendor == "sqlite":
        shutil.copy(file, folder / "attendance.sqlite3")
        yield Restored(common | {"DATABASE_URL": "", "REDIS_URL": ""}, folder)
        return
    with cluster() as here:
        restore(here, file)
        yield Restored(common | {"DATABASE_URL": here.url(APP), "REDIS_URL": settings.REDIS_URL}, folder)


@contextmanager
def cluster() -> Iterator[services.Place]:
    """A PostgreSQL server of its own, with the three roles and an empty database; ended and removed afterwards."""
    # Not below pytest's folder, which the user postgres cannot enter.
    with tempfile.TemporaryDirectory(prefix="second-cluster-", dir="/var/tmp") as made:
        Path(made).chmod(0o755)
        (port,) = services._free_ports(1)
        here = services.Place(made, port, 0, secrets.token_urlsafe(18))
        services._start_postgres(here)
        try:
            services._make_roles(here)
            yield here
        finally:
            stop = services._as_postgres(
                services._needed("pg_ctl"), "-D", f"{made}/postgres", "-m", "immediate", "-w", "stop"
            )
            subprocess.run(stop, capture_output=True, check=False, cwd="/")


def restore(here: services.Place, file: Path) -> None:
    target = ["-h", "127.0.0.1", "-p", str(here.postgres_port), "-U", services.SUPERUSER, "-d", services.DATABASE]
    command = [services._needed("pg_restore"), "--exit-on-error", *target, str(file)]
    environment = {**os.environ, "PGPASSWORD": here.password}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
