"""Skips a test whose needs this machine lacks, and in CI makes such a skip an error.

Marks: `services` (PostgreSQL and Redis), `e2e` (Chromium), `deepface` (DeepFace and TensorFlow), `shared` (face
photos beside the repository) and `embedded` (left out while the services are in use).
ATTENDANCE_REQUIRE_SERVICES=1 turns every skip into a failure, except for the photos: they are not part of the
project, so no machine can be asked to have them.
"""

import os
import shutil
from collections.abc import Callable, Generator
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")


def has_services() -> bool:
    """PostgreSQL and Redis are both named in the environment."""
    return bool(os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"))


def chromium_path() -> str | None:
    """The browser to drive: CHROMIUM, or the first one found on the path."""
    given = os.environ.get("CHROMIUM")
    return given or next((found for name in CHROMIUM_NAMES if (found := shutil.which(name))), None)


def shared_folder() -> Path:
    """Where the face photos lie: ATTENDANCE_SHARED, or `shared` beside the repository."""
    return Path(os.environ.get("ATTENDANCE_SHARED") or ROOT.parent / "shared")


NEEDS: dict[str, tuple[Callable[[], bool], str]] = {
    "services": (has_services, "needs PostgreSQL and Redis: run it by `make test`"),
    "e2e": (lambda: chromium_path() is not None, "needs Chromium: apt-get install chromium"),
    "deepface": (lambda: find_spec("deepface") is not None, "needs DeepFace: run `make setup`"),
    "shared": (lambda: (shared_folder() / "faces").is_dir(), "needs the face photos of ATTENDANCE_SHARED"),
}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark as skipped what this machine cannot run; leave out what the full mode is not about."""
    missing = {name: reason for name, (met, reason) in NEEDS.items() if not met()}
    for item in items:
        for name, reason in missing.items():
            if item.get_closest_marker(name):
                item.add_marker(pytest.mark.skip(reason=reason))
    if has_services():
        _leave_out(config, items, "embedded")


def _leave_out(config: pytest.Config, items: list[pytest.Item], mark: str) -> None:
    out = [item for item in items if item.get_closest_marker(mark)]
    items[:] = [item for item in items if item not in out]
    config.hook.pytest_deselected(items=out)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a test that skipped although ATTENDANCE_REQUIRE_SERVICES says this machine has everything."""
    report = yield
    required = os.environ.get("ATTENDANCE_REQUIRE_SERVICES") == "1"
    excused = hasattr(report, "wasxfail") or item.get_closest_marker("shared")
    if required and report.skipped and not excused:
        report.outcome = "failed"
        report.longrepr = f"skipped, but ATTENDANCE_REQUIRE_SERVICES=1: {report.longrepr}"
    return report
