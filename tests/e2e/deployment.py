"""A whole deployment as processes, in either mode, for tests that look from outside."""

import atexit
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg

from apps.attendance.own_server import free_port
from tests.plugins.needs import ROOT
from tests.roles import APP, BACKUP, OWNER, address_of

READY_SECONDS = 90
# An owner does it on two pages; here it is what every deployment begins with.
FACES_ON = """
from apps.enrollment.impact_assessment import KEYS
from apps.enrollment.privacy import fill_assessment, switch_face_mode
from apps.organizations import doors
from apps.organizations.models import Organization
from apps.organizations.tenancy import acting_for

with acting_for(doors.organization_id_of("northwind")):
    organization = Organization.objects.get(slug="northwind")
    fill_assessment(organization=organization, answers=dict.fromkeys(KEYS, "As agreed."), by=None)
    switch_face_mode(organization=organization, on=True)
"""


@dataclass
class Deployment:
    """A running deployment with one organization, `northwind`, and its owner's login."""

    url: str
    environment: dict[str, str]
    folder: Path
    owner: str
    password: str

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What the database holds, read past the application and its fence."""
        if address := self.environment["DATABASE_URL"]:
            with psycopg.connect(address_of(BACKUP, address)) as connection:
                return connection.execute(query).fetchall()
        with sqlite3.connect(self.folder / "attendance.sqlite3") as file:
            return file.execute(query).fetchall()

    def count(self, table: str) -> int:
        return int(self.rows(f"select count(*) from {table}")[0][0])


def manage(environment: dict[str, str], *arguments: str) -> str:
    """Run a management command of the deployment and return what it printed."""
    command = [sys.executable, str(ROOT / "manage.py"), *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@dataclass(frozen=True)
class Founded:
    """What every deployment of one mode begins with: migrated, the packaged engine set, the organization founded."""

    folder: Path
    database: str
    owner: str
    password: str


@cache
def founded(full: bool) -> Founded:
    """Made once a run, as in a deployment: the tables are their owner's, everything after that runs as the app."""
    stack = ExitStack()
    atexit.register(stack.close)
    folder = Path(stack.enter_context(TemporaryDirectory(prefix="founded_")))
    database = stack.enter_context(own_database()) if full else ""
    environment = environment_of(folder, database)
    manage(environment_of(folder, database, OWNER), "migrate", "-v0")
    manage(environment, "engine", "set", "dlib")
    organization = ("--name", "Northwind", "--slug", "northwind", "--owner", "alice@example.org")
    login = json.loads(manage(environment, "found_organization", *organization, "--json").strip().splitlines()[-1])
    manage(environment, "shell", "-v0", "-c", FACES_ON)
    return Founded(folder, database, login["owner"], login["password"])


def environment_of(folder: Path, database: str, role: str = APP) -> dict[str, str]:
    """The environment of a deployment; without a database of the server it is an embedded one."""
    places = {"DATA_DIR": str(folder), "STATIC_MANIFEST": "0", "SECRET_KEY": "only-a-test"}
    if not database:
        return os.environ | places | {"DATABASE_URL": "", "REDIS_URL": ""}
    services = {
        "DATABASE_URL": address_of(role, os.environ["DATABASE_URL"], database),
        "MASTER_KEY": "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY=",  # pragma: allowlist secret  (fake)
    }
    return os.environ | places | services


@contextmanager
def deployment(folder: Path, *, full: bool) -> Iterator[Deployment]:
    """Copy what was founded once, start what this mode needs; end it all."""
    port, begun = free_port(), founded(full)
    shutil.copytree(begun.folder, folder, dirs_exist_ok=True)
    with ExitStack() as stack:
        database = stack.enter_context(own_database(begun.database)) if full else ""
        url = f"http://127.0.0.1:{port}"
        environment = environment_of(folder, database) | {"PORT": str(port), "PUBLIC_URL": url}
        if full:
            stack.enter_context(running(environment, folder / "worker.log", "frame_worker"))
        stack.enter_context(running(environment, folder / "web.log", "serve", "--port", str(port)))
        if full:
            waited(lambda: "is ready" in (folder / "worker.log").read_text(), folder / "worker.log")
        waited(lambda: answers(url), folder / "web.log")
        yield Deployment(url, environment, folder, begun.owner, begun.password)


@contextmanager
def own_database(template: str = "template1") -> Iterator[str]:
    """The name of a database of this deployment's own on the test server, copied from another."""
    name = f"e2e_{uuid.uuid4().hex[:12]}"
    server = os.environ["DATABASE_URL"]
    with psycopg.connect(address_of(OWNER, server, "postgres"), autocommit=True) as connection:
        connection.execute(f"create database {name} template {template}")
        try:
            yield name
        finally:
            connection.execute(f"drop database {name} with (force)")


@contextmanager
def running(environment: dict[str, str], log: Path, *arguments: str) -> Iterator[None]:
    """A management command as a process, ended with the block."""
    with log.open("wb") as output:
        command = [sys.executable, str(ROOT / "manage.py"), *arguments]
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT)
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()


def waited(done: Any, log: Path) -> None:
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end:
        if done():
            return
        time.sleep(0.2)
    raise AssertionError(f"not ready after {READY_SECONDS} s:\n{log.read_text()[-3000:]}")


def answers(url: str) -> bool:
    try:
        urllib.request.urlopen(f"{url}/healthz", timeout=2).close()
    except OSError:
        return False
    return True
