"""Reads every line that the product logs during the run, and fails the test that made it log a secret or a person.

What must not appear is collected as it comes into being: session ids, passwords, whatever `secrets` gave out, names
of people. A line is judged as it would be written, so after the product's own formatter.
"""

import logging
import re
import secrets
from collections.abc import Callable, Generator, Iterable
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.sessions.backends.base import SessionBase
from django.db.models.signals import post_save

from attendance_site.logs import CleanFormatter

SHORTEST = 8  # of a secret; a shorter one, or a PIN, must stand alone in the line
EVERYBODY = re.compile(r"[\w.+-]+@(?:[\w-]+\.)+\w+|\bPriya\b|\bRaman\b|\bKeller\b|\bMoreau\b")
PICTURE = re.compile(r"/9j/[\w+/]|ffd8ff[ed]|\\xff\\xd8\\xff", re.IGNORECASE)
VECTOR = re.compile(r"-?\d\.\d{3,}(?:e-?\d+)?(?:[\s,;]+-?\d\.\d{3,}(?:e-?\d+)?){2,}")


class LogScan(logging.Handler):
    """Finds canaries in log lines, and keeps what it found until it is asked."""

    def __init__(self, formatter: logging.Formatter | None = None) -> None:
        super().__init__()
        self.setFormatter(formatter or logging.Formatter())
        self.canaries: set[str] = set()
        self.found: list[str] = []
        self.lines = 0

    def watch(self, canary: object) -> None:
        """Let no line contain this text."""
        if isinstance(canary, str) and (len(canary) >= SHORTEST or is_pin(canary)):
            self.canaries.add(canary)

    def emit(self, record: logging.LogRecord) -> None:
        self.lines += 1
        if kinds := self.kinds(self.format(record)):
            self.found.append(f"{record.name}:{record.lineno} logged {', '.join(kinds)}")

    def kinds(self, line: str) -> list[str]:
        """What kinds of canary stand in a line; never the canary itself, which would be the next leak."""
        patterns = {"a person": EVERYBODY, "a picture": PICTURE, "a vector": VECTOR}
        numbers = set(re.findall(r"(?<![\d.,:-])\d{6}(?![\d.,:-])", line))
        known = any(canary in line for canary in self.canaries if not is_pin(canary))
        found = [kind for kind, pattern in patterns.items() if pattern.search(line)]
        return [*found, *(["a secret"] if known else []), *(["a PIN"] if numbers & self.canaries else [])]

    def told(self) -> list[str]:
        """What was found since the last time."""
        found, self.found = self.found, []
        return found


def is_pin(text: str) -> bool:
    return len(text) == 6 and text.isdigit()


scan = LogScan()


def watching(give: Callable[..., Any]) -> Callable[..., Any]:
    """The function, with its results watched."""

    def given(*args: Any, **kwargs: Any) -> Any:
        secret = give(*args, **kwargs)
        scan.watch(f"{secret:06d}" if isinstance(secret, int) else secret)
        return secret

    return given


def watching_password(set_password: Callable[..., None]) -> Callable[..., None]:
    def given(user: AbstractBaseUser, raw: str | None) -> None:
        scan.watch(raw)
        set_password(user, raw)

    return given


def watch_person(instance: Any, **kwargs: Any) -> None:
    if hasattr(instance, "given_name"):
        scan.watch(f"{instance.given_name} {instance.family_name}".strip())


@pytest.hookimpl(trylast=True)
def pytest_sessionstart() -> None:
    """Listen as the product's own handler does."""
    logged: dict[str, Any] = settings.LOGGING
    line = logged["formatters"]["line"]
    scan.setFormatter(CleanFormatter(line["format"], style=line["style"]))
    logging.getLogger().addHandler(scan)
    for name in ("token_urlsafe", "token_hex", "randbelow"):
        setattr(secrets, name, watching(getattr(secrets, name)))
    SessionBase._get_new_session_key = watching(SessionBase._get_new_session_key)  # type: ignore[attr-defined]
    AbstractBaseUser.set_password = watching_password(AbstractBaseUser.set_password)  # type: ignore[method-assign]
    post_save.connect(watch_person, weak=False)


def tell(found: Iterable[str], where: str) -> None:
    if lines := sorted(set(found)):
        pytest.fail(f"{where} must not stand in a log:\n" + "\n".join(lines), pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, None, None]:
    yield
    tell(scan.told(), item.nodeid)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """What a thread logged after the last test."""
    if late := scan.told():
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        print("\nMust not stand in a log:", *late, sep="\n")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    terminalreporter.write_line(f"{scan.lines} log lines were read for {len(scan.canaries)} secrets and names")
