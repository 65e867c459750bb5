"""No secret and no person in a log line: the product leaves them out, and the scan of the run finds who forgot."""

import base64
import logging
import re
import uuid
from pathlib import Path

import pytest
from django.test import Client, override_settings

from apps.organizations.models import User
from attendance_site.logs import CleanFormatter, cleaned
from tests.personas import World
from tests.plugins.logs import LogScan, scan

pytestmark = pytest.mark.twice

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "Zk3v9_bT-q8Lw2xN7rYc5mHd1fGj4sKp"  # pragma: allowlist secret  (made up)
VECTOR = "[0.0312, -0.1171, 0.0904, 0.0021]"
JPEG = b"\xff\xd8\xff\xe0abc"
PICTURE = base64.b64encode(JPEG + bytes(60)).decode()
SECRET_LINES = [
    f"GET /invitations/{TOKEN}/ 200",
    f"GET /accounts/password/reset/key/3b-{TOKEN.lower()}/",
    "GET /o/northwind/people/?q=Raman",
    f"Authorization: Bearer {TOKEN}",
    "could not reach postgres://app:hunter2-hunter2@db:5432/x",  # pragma: allowlist secret  (made up)
    "no user alice@example.org",
    f"no match for {VECTOR}",
    f"bad frame {PICTURE}",
    f"bad frame {JPEG!r}",
    "duplicate key\nDETAIL:  Key (name)=(Priya Raman) already exists.",
]


@pytest.mark.parametrize("line", SECRET_LINES)
def test_a_line_is_written_without_its_secret(line: str) -> None:
    for secret in (TOKEN, TOKEN.lower(), "Raman", "hunter2", "alice@", "-0.1171", PICTURE, "xe0abc"):
        assert secret not in cleaned(line)


@pytest.mark.parametrize(
    "line",
    [
        f"GET /o/northwind/people/{uuid.uuid4()}/ 404",
        "apps/organizations/middleware.py, line 41, in organization_of_the_request",
        "2026-11-21 06:16:52,123 WARNING django.request: Not Found: /o/northwind/",
        "took 0.1234 s",
    ],
)
def test_a_line_without_secret_stays_as_it_is(line: str) -> None:
    assert cleaned(line) == line


def test_a_traceback_is_cleaned_too() -> None:
    try:
        raise ValueError(f"alice@example.org has {TOKEN}")
    except ValueError as error:
        record = logging.LogRecord("x", logging.ERROR, "", 1, "failed", (), (ValueError, error, error.__traceback__))
    line = CleanFormatter("{message}", style="{").format(record)
    assert "ValueError: (e-mail) has (secret)" in line


def test_every_line_of_the_project_is_cleaned() -> None:
    [stderr] = [
        one for one in logging.getLogger().handlers if isinstance(one.formatter, CleanFormatter) and one != scan
    ]
    strays = [name for name in ("django", "django.server", "daphne") if logging.getLogger(name).handlers]
    assert (type(stderr), strays) == (logging.StreamHandler, [])


@pytest.mark.parametrize("file", ["Dockerfile", "apps/attendance/management/commands/serve.py"])
def test_no_server_writes_addresses_down(file: str) -> None:
    assert re.search(r'"-v", "0"', (ROOT / file).read_text())


def planted(*secrets: str) -> LogScan:
    """A scan that listens before anything is cleaned."""
    found = LogScan()
    for secret in secrets:
        found.watch(secret)
    return found


def logged(found: LogScan, message: str, *args: object) -> list[str]:
    found.emit(logging.LogRecord("planted", logging.INFO, "", 7, message, args, None))
    return found.told()


@pytest.mark.parametrize("line", SECRET_LINES[5:])
def test_the_scan_finds_people_pictures_and_vectors(line: str) -> None:
    assert logged(planted(), line)


@pytest.mark.parametrize(
    ("secret", "message", "argument"),
    [
        (TOKEN, "joined with %s", TOKEN),
        ("correct horse battery", "login %s", "correct horse battery"),
        ("Wanda Unger", "saved %s", "Wanda Unger"),
        ("480213", "PIN %s is wrong", "480213"),
    ],
)
def test_the_scan_finds_a_planted_secret(secret: str, message: str, argument: str) -> None:
    assert logged(planted(secret), message, argument)


def test_the_scan_does_not_repeat_the_secret() -> None:
    assert logged(planted(TOKEN), "joined with %s", TOKEN) == ["planted:7 logged a secret"]


def test_the_scan_takes_no_time_of_day_for_a_pin() -> None:
    assert logged(planted("123456"), "at 12:34:56.123456, 1.123456 s, row 1123456") == []


def test_the_scan_asks_each_line_once() -> None:
    found = planted(TOKEN)
    logged(found, TOKEN)
    assert found.told() == []


@pytest.mark.django_db
def test_a_session_is_watched_from_its_first_moment(world: World) -> None:
    browser = Client()
    browser.force_login(world.alice)
    assert browser.session.session_key in scan.canaries


@pytest.mark.django_db
def test_a_password_is_watched_from_its_first_moment() -> None:
    User.objects.create_user("wanda@example.org", "a password of a test")
    assert "a password of a test" in scan.canaries


@override_settings(DEBUG=False)
@pytest.mark.django_db
def test_a_page_that_is_not_there_is_logged_without_its_query(caplog: pytest.LogCaptureFixture) -> None:
    Client().get("/nothing/?token=abc")
    line = CleanFormatter("{message}", style="{").format(caplog.records[-1])
    assert "abc" not in line
