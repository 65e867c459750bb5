"""What the environment decides: the mode, the secrets, and what an https address switches on."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import Error

from apps.organizations.checks import demo_stays_home, is_loopback
from apps.organizations.services import found_organization
from tests.house.source import ROOT
from tests.personas import World

pytestmark = pytest.mark.twice

KEY = "a" * 43 + "="
FULL = {"REDIS_URL": "redis://127.0.0.1:1", "DATABASE_URL": "postgres://a:b@127.0.0.1:1/c"}
KEYS = {"SECRET_KEY": KEY, "MASTER_KEY": KEY, "PLATFORM_KEY": KEY}
PRINTED = "import json, attendance_site.settings as s; print(json.dumps({n: getattr(s, n) for n in %r}, default=str))"
MAKE_SECRET = (
    "import sys, pathlib; from attendance_site.env import kept_secret; print(kept_secret(pathlib.Path(sys.argv[1])))"
)


def python(code: str, *arguments: str, **environment: str) -> "subprocess.Popen[str]":
    clean = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code, *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, env={**clean, **environment}, stdout=pipe, stderr=pipe, text=True)


def settings_of(names: list[str], **environment: str) -> dict[str, Any]:
    """These settings, as a process with this environment alone has them."""
    out, errors = python(PRINTED % names, **environment).communicate(timeout=60)
    assert out, errors
    return dict(json.loads(out))


def test_without_services_the_project_runs_embedded(tmp_path: Path) -> None:
    found = settings_of(["EMBEDDED", "CELERY_TASK_ALWAYS_EAGER", "DATABASES"], DATA_DIR=str(tmp_path))
    assert (found["EMBEDDED"], found["CELERY_TASK_ALWAYS_EAGER"]) == (True, True)
    assert found["DATABASES"]["default"]["NAME"] == str(tmp_path / "attendance.sqlite3")


def test_with_services_it_runs_full(tmp_path: Path) -> None:
    found = settings_of(["EMBEDDED", "CELERY_BROKER_URL", "DATABASES"], DATA_DIR=str(tmp_path), **FULL, **KEYS)
    assert (found["EMBEDDED"], found["CELERY_BROKER_URL"]) == (False, "redis://127.0.0.1:1/0")
    assert found["DATABASES"]["default"]["ENGINE"] == "django.db.backends.postgresql"


def test_the_full_mode_counts_for_all_processes_and_waits_for_nobody(tmp_path: Path) -> None:
    cache = settings_of(["CACHES"], DATA_DIR=str(tmp_path), **FULL, **KEYS)["CACHES"]["default"]
    assert cache["BACKEND"].endswith("RedisCache")
    assert max(cache["OPTIONS"]["socket_timeout"], cache["OPTIONS"]["socket_connect_timeout"]) <= 1


@pytest.mark.parametrize(("url", "proxies"), [("https://a.example.org", 1), ("http://127.0.0.1:8000", 0)])
def test_a_proxy_is_believed_where_there_is_one(tmp_path: Path, url: str, proxies: int) -> None:
    found = settings_of(["ALLAUTH_TRUSTED_PROXY_COUNT"], DATA_DIR=str(tmp_path), PUBLIC_URL=url)
    assert found["ALLAUTH_TRUSTED_PROXY_COUNT"] == proxies


@pytest.mark.parametrize("name", ["SECRET_KEY", "PLATFORM_KEY"])
def test_a_missing_secret_of_the_full_mode_says_what_to_do(tmp_path: Path, name: str) -> None:
    others = {key: value for key, value in KEYS.items() if key not in (name, "MASTER_KEY")}
    process = python("import attendance_site.settings", DATA_DIR=str(tmp_path), **FULL, **others)
    said = process.communicate(timeout=60)[1]
    assert f"{name} is not set. Make one with" in said and f"{name}_FILE" in said


def test_a_missing_secret_of_the_full_mode_is_not_made(tmp_path: Path) -> None:
    python("import attendance_site.settings", DATA_DIR=str(tmp_path), **FULL).communicate(timeout=60)
    assert not (tmp_path / "keys").exists()


def test_a_secret_may_lie_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(KEY + "\n")
    files = {f"{name}_FILE": str(tmp_path / "secret") for name in KEYS}
    assert settings_of(["MASTER_KEY"], DATA_DIR=str(tmp_path), **FULL, **files) == {"MASTER_KEY": KEY}


def unreadable(tmp_path: Path, how: str) -> Path:
    """A file that is named and holds no text: it is not there, or it holds the bytes of a key as they are."""
    file = tmp_path / "secret"
    if how == "bytes":
        file.write_bytes(bytes(range(224, 256)))
    return file


@pytest.mark.parametrize("how", ["absent", "bytes"])
def test_a_master_key_whose_file_cannot_be_read_closes_faces_and_nothing_else(tmp_path: Path, how: str) -> None:
    others = {name: key for name, key in KEYS.items() if name != "MASTER_KEY"}
    file = str(unreadable(tmp_path, how))
    found = settings_of(["MASTER_KEY"], DATA_DIR=str(tmp_path), MASTER_KEY_FILE=file, **FULL, **others)
    assert found == {"MASTER_KEY": ""}


@pytest.mark.parametrize("how", ["absent", "bytes"])
def test_another_secret_whose_file_cannot_be_read_says_which(tmp_path: Path, how: str) -> None:
    others = {name: key for name, key in KEYS.items() if name != "PLATFORM_KEY"}
    file = str(unreadable(tmp_path, how))
    process = python(
        "import attendance_site.settings", DATA_DIR=str(tmp_path), PLATFORM_KEY_FILE=file, **FULL, **others
    )
    assert f"PLATFORM_KEY_FILE names {file}, which cannot be read as text" in process.communicate(timeout=60)[1]


def test_a_platform_key_that_was_the_master_key_does_not_change_with_it(tmp_path: Path) -> None:
    given = {name: key for name, key in KEYS.items() if name != "PLATFORM_KEY"}
    assert settings_of(["PLATFORM_KEY"], DATA_DIR=str(tmp_path), **FULL, **given) == {"PLATFORM_KEY": KEY}
    given |= {"MASTER_KEY": "b" * 43 + "=", "MASTER_KEYS_BEFORE": KEY}
    process = python("import attendance_site.settings", DATA_DIR=str(tmp_path), **FULL, **given)
    assert "Give as PLATFORM_KEY the first MASTER_KEY" in process.communicate(timeout=60)[1]
    found = settings_of(["PLATFORM_KEY"], DATA_DIR=str(tmp_path), PLATFORM_KEY=KEY, **FULL, **given)
    assert found == {"PLATFORM_KEY": KEY}


def test_an_embedded_secret_is_made_once(tmp_path: Path) -> None:
    first, second = (settings_of(["SECRET_KEY", "MASTER_KEY"], DATA_DIR=str(tmp_path)) for _ in range(2))
    assert first == second and first["SECRET_KEY"] != first["MASTER_KEY"]


def test_processes_that_start_at_once_agree_on_a_secret(tmp_path: Path) -> None:
    started = [python(MAKE_SECRET, str(tmp_path / "keys" / "secret")) for _ in range(6)]
    said = {process.communicate(timeout=60) for process in started}
    assert len(said) == 1 and said.pop()[1] == ""


def test_a_secret_is_for_its_owner_alone(tmp_path: Path) -> None:
    python(MAKE_SECRET, str(tmp_path / "keys" / "secret")).communicate(timeout=60)
    modes = [oct(path.stat().st_mode & 0o777) for path in (tmp_path / "keys", tmp_path / "keys" / "secret")]
    assert modes == ["0o700", "0o600"]


def test_making_a_secret_leaves_no_draft(tmp_path: Path) -> None:
    python(MAKE_SECRET, str(tmp_path / "secret")).communicate(timeout=60)
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]


def test_a_kept_secret_is_read_without_writing_beside_it(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(KEY)
    before = tmp_path.stat().st_mtime_ns
    said = python(MAKE_SECRET, str(tmp_path / "secret")).communicate(timeout=60)[0]
    assert (said.strip(), tmp_path.stat().st_mtime_ns) == (KEY, before)


COOKIES = ["SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE"]
TRANSPORT = ["SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS", "SECURE_HSTS_INCLUDE_SUBDOMAINS", "SECURE_HSTS_PRELOAD"]


def test_an_https_address_makes_host_cookies(tmp_path: Path) -> None:
    found = settings_of(COOKIES, DATA_DIR=str(tmp_path), PUBLIC_URL="https://time.example.org")
    assert list(found.values()) == ["__Host-session", "__Host-csrf", True, True]


def test_an_https_address_is_used_by_https_only(tmp_path: Path) -> None:
    found = settings_of(TRANSPORT, DATA_DIR=str(tmp_path), PUBLIC_URL="https://time.example.org")
    assert list(found.values()) == [True, 31_536_000, False, False]


def test_an_http_address_uses_plain_names(tmp_path: Path) -> None:
    found = settings_of([*COOKIES, "SECURE_SSL_REDIRECT"], DATA_DIR=str(tmp_path))
    assert list(found.values()) == ["session", "csrf", False, False, False]


def test_an_https_address_is_the_only_host(tmp_path: Path) -> None:
    found = settings_of(
        ["ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS"], PUBLIC_URL="https://a.example/", DATA_DIR=str(tmp_path)
    )
    assert found == {"ALLOWED_HOSTS": ["a.example"], "CSRF_TRUSTED_ORIGINS": ["https://a.example"]}


def test_a_socket_of_an_https_page_is_encrypted(tmp_path: Path) -> None:
    found = settings_of(["CONTENT_SECURITY_POLICY"], PUBLIC_URL="https://a.example", DATA_DIR=str(tmp_path))
    assert found["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]["connect-src"] == ["'self'", "wss://a.example"]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.8.8", "::1", "[::1]"])
def test_this_machine_is_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "example.org", "10.0.0.1", "0.0.0.0", "localhost.example.org"])
def test_another_is_not(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.django_db
class TestDemo:
    def test_it_is_refused_at_a_public_address(self, world: World, settings: Any) -> None:
        settings.PUBLIC_URL = "https://time.example.org"
        found_organization(name="Demo", slug="demo", owner=world.alice, is_demo=True)
        [error] = demo_stays_home(databases=["default"])
        assert isinstance(error, Error) and "demo" in error.msg

    def test_it_is_at_home_on_this_machine(self, world: World, settings: Any) -> None:
        settings.PUBLIC_URL = "http://127.0.0.1:8000"
        found_organization(name="Demo", slug="demo", owner=world.alice, is_demo=True)
        assert demo_stays_home(databases=["default"]) == []

    def test_any_other_organization_may_be_public(self, world: World, settings: Any) -> None:
        settings.PUBLIC_URL = "https://time.example.org"
        assert demo_stays_home(databases=["default"]) == []
