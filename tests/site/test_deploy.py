"""The deployment files, as far as a machine without Docker can hold them to something."""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.probe import status

pytestmark = pytest.mark.twice

ROOT = Path(__file__).resolve().parents[2]
ONE_SHOT = {"init", "models", "migrate"}


def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return loaded


SERVICES: dict[str, dict[str, Any]] = compose()["services"]
LASTING = sorted(set(SERVICES) - ONE_SHOT)


@pytest.mark.parametrize("name", LASTING)
def test_a_lasting_service_is_restarted_and_watched(name: str) -> None:
    assert SERVICES[name]["restart"] == "unless-stopped"
    assert SERVICES[name]["healthcheck"]["test"]


@pytest.mark.parametrize("name", sorted(ONE_SHOT))
def test_a_one_shot_runs_once(name: str) -> None:
    assert SERVICES[name]["restart"] == "no"


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_mounted_volume_is_declared(name: str) -> None:
    mounted = {mount.partition(":")[0] for mount in SERVICES[name].get("volumes", [])}
    assert {mount for mount in mounted if not mount.startswith(".")} <= set(compose()["volumes"])


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_mounted_file_exists(name: str) -> None:
    mounted = {mount.partition(":")[0] for mount in SERVICES[name].get("volumes", [])}
    assert all((ROOT / mount).exists() for mount in mounted if mount.startswith("."))


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_it_waits_only_for_services_that_exist(name: str) -> None:
    assert set(SERVICES[name].get("depends_on", {})) <= set(SERVICES)


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_what_is_waited_for_can_come_true(name: str) -> None:
    wanted = {other: how["condition"] for other, how in SERVICES[name].get("depends_on", {}).items()}
    right = {other: f"service_{'completed_successfully' if other in ONE_SHOT else 'healthy'}" for other in wanted}
    assert wanted == right


def test_nothing_starts_only_with_a_profile_but_the_proxy() -> None:
    assert [name for name, service in SERVICES.items() if "profiles" in service] == ["proxy"]


def test_no_variable_must_be_set() -> None:
    assert not re.findall(r"\$\{\w+:?\?|\$\{\w+\}", (ROOT / "docker-compose.yml").read_text())


def test_every_variable_is_explained() -> None:
    used = set(re.findall(r"\$\{(\w+)", (ROOT / "docker-compose.yml").read_text()))
    assert used <= set(re.findall(r"^#?(\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))


def test_only_the_database_and_the_migration_hold_the_owners_password() -> None:
    holders = [
        name for name, one in SERVICES.items() if any(str(v).startswith("owner:") for v in one.get("volumes", []))
    ]
    assert holders == ["init", "postgres", "migrate"]


def test_the_site_listens_on_loopback_unless_told() -> None:
    assert SERVICES["web"]["ports"] == ["${BIND:-127.0.0.1}:${PORT:-8000}:8000"]


@pytest.mark.parametrize("script", sorted((ROOT / "deploy").glob("*.sh")), ids=lambda file: file.name)
def test_a_script_is_sound_shell_and_executable(script: Path) -> None:
    assert subprocess.run(["sh", "-n", script], check=False).returncode == 0
    assert os.access(script, os.X_OK)


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    """Where `init` has written its secrets."""
    for name in ("keys", "passwords", "owner"):
        (tmp_path / name).mkdir()
    start_init(tmp_path)
    return tmp_path


def start_init(folder: Path) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    subprocess.run([ROOT / "deploy/init.sh"], env={**os.environ, "PATH": path, "RUN_DIR": str(folder)}, check=True)


def test_init_writes_each_secret(run_folder: Path) -> None:
    files = {str(file.relative_to(run_folder)) for file in run_folder.rglob("*") if file.is_file()}
    assert {"keys/master_key", "keys/secret_key", "passwords/app", "passwords/redis", "owner/owner"} <= files


def test_init_makes_every_secret_another_one(run_folder: Path) -> None:
    texts = [file.read_text() for file in run_folder.rglob("*") if file.is_file()]
    assert len(set(texts)) == len(texts)


def test_init_never_changes_a_secret(run_folder: Path) -> None:
    before = (run_folder / "keys/master_key").read_text()
    start_init(run_folder)
    assert (run_folder / "keys/master_key").read_text() == before


def test_init_keeps_the_keys_to_their_user(run_folder: Path) -> None:
    assert (run_folder / "keys/master_key").stat().st_mode & 0o777 == 0o400


def test_the_entrypoint_puts_the_passwords_into_the_addresses(run_folder: Path) -> None:
    clean = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    shown = subprocess.run(
        [ROOT / "deploy/entrypoint.sh", "sh", "-c", "echo $DATABASE_URL $REDIS_URL"],
        env={**clean, "PASSWORDS_DIR": str(run_folder / "passwords")},
        capture_output=True,
        text=True,
        check=True,
    )
    password = (run_folder / "passwords/app").read_text().strip()
    assert shown.stdout.startswith(f"postgres://attendance_app:{password}@postgres:5432/attendance redis://:")


@pytest.fixture
def asked() -> Iterator[tuple[int, list[dict[str, str]]]]:
    """A web server that remembers the headers it was asked with: its port and them."""
    seen: list[dict[str, str]] = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(dict(self.headers))
            self.send_response(200 if self.path == "/healthz" else 404)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port, seen
        server.shutdown()


def test_the_probe_asks_by_the_public_name(asked: tuple[int, list[dict[str, str]]]) -> None:
    port, seen = asked
    status("https://attendance.example.org", port)
    assert (seen[0]["Host"], seen[0]["X-Forwarded-Proto"]) == ("attendance.example.org", "https")


def test_the_probe_tells_the_status(asked: tuple[int, list[dict[str, str]]]) -> None:
    assert status("http://localhost:8000", asked[0]) == 200
