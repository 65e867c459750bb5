"""References from before there were keys: sealed anew by a migration, or it stops, says why, and can be run again."""

import base64
import json
import os
import subprocess  # nosec B404
import sys
from typing import Any

import pytest

SITE = "tests.enrollment.first_form_site"
KEY, OTHER = (base64.urlsafe_b64encode(bytes([one]) * 32).decode() for one in (1, 2))


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A database of two organizations, migrated with no master key, with another one, and with the right one."""
    kept = {name: value for name, value in os.environ.items() if name not in {"REDIS_URL", "DATABASE_URL"}}
    own = {"DATA_DIR": str(tmp_path_factory.mktemp("site")), "PLATFORM_KEY": OTHER, "SECRET_KEY": KEY}
    run = [sys.executable, "-m", SITE, OTHER]
    done = subprocess.run(run, env=kept | own | {"MASTER_KEY": KEY}, capture_output=True, text=True, check=False)  # nosec B603
    assert done.returncode == 0, done.stderr[-3000:]
    return dict(json.loads(done.stdout.splitlines()[-1]))


def test_each_opens_as_whom_it_was_and_is_turned(migrated: dict[str, Any]) -> None:
    assert [len(place) for place in migrated["nearest"]] == [3, 3]
    assert all(one == pytest.approx(1, abs=1e-5) for place in migrated["nearest"] for one in place)


def test_without_the_right_master_key_it_stops_and_says_so(migrated: dict[str, Any]) -> None:
    missing, wrong = migrated["said"]
    assert "MASTER_KEY is missing" in missing and "opens no stored reference" in wrong
