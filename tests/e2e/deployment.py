"""A whole deployment as processes, in either mode, for tests that look from outside."""

import json
import os
import sqlite3
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from apps.attendance.own_server import free_port
from tests.plugins.needs import ROOT
from tests.roles import APP, BACKUP, OWNER, address_of

READY_SECONDS = 90


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


@contextmanager
def deployment(folder: Path, *, full: bool) -> Iterator[Deployment]:
    """Migrate, set the packaged engine, found an organization, start what this mode needs; end it all."""
    port = free_port()
    environment = os.environ | {
        "DATA_DIR": str(folder),
        "PORT": str(port),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "STATIC_MANIFEST": "0",
        "SECRET_KEY": "only-a-test",
        "DATABASE_URL": "",
        "REDIS_URL": "",
    }
    with ExitStack() as stack:
        if full:
            environment |= stack.enter_context(own_database())
        # As in a deployment: the tables are their owner's, and everything after that runs as the app.
        owner = address_of(OWNER, environment["DATABASE_URL"]) if full else ""
        manage(environment | {"DATABASE_URL": owner}, "migrate", "-v0")
        manage(environment, "engine", "set", "dlib")
        founded = manage(
            environment,
            *("found_organization", "--name", "Northwind", "--slug", "northwind"),
            *("--owner", "alice@example.org", "--json"),
        )
        if full:
            stack.enter_context(running(environment, folder / "worker.log", "frame_worker"))
            waited(lambda: "is ready" in (folder / "worker.log").read_text(), folder / "worker.log")
        stack.enter_context(running(environment, folder / "web.log", "serve", "--port", str(port)))
        url = f"http://127.0.0.1:{port}"
        waited(lambda: answers(url), folder / "web.log")
        login = json.loads(founded.strip().splitlines()[-1])
        yield Deployment(url, environment, folder, login["owner"], login["password"])


@contextmanager
def own_database() -> Iterator[dict[str, str]]:
    """A database of this deployment's own on the test server, and its Redis."""
    server = os.environ["DATABASE_URL"]
    name = f"e2e_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(address_of(OWNER, server, "postgres"), autocommit=True) as connection:
        connection.execute(f"create database {name}")
        try:
            yield {
                "DATABASE_URL": address_of(APP, server, name),
                "REDIS_URL": os.environ["REDIS_URL"],
                "MASTER_KEY": "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY=",  # pragma: allowlist secret  (fake)
            }
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
