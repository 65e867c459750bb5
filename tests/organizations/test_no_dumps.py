"""A process that recognises leaves no core file, and another one of its user does not read its memory."""

import subprocess  # nosec B404
import sys

import pytest
from django.core.management import call_command

from apps.organizations.management.commands import jobs

PROGRAM = """
import ctypes, resource
from apps.organizations.no_dumps import forbid_dumps
before = ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)  # PR_GET_DUMPABLE
forbid_dumps()
print(before, ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), *resource.getrlimit(resource.RLIMIT_CORE))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux's")
def test_it_leaves_no_core_and_cannot_be_read() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)  # nosec B603
    assert done.stdout.split() == ["1", "0", "0", "0"]


def test_nor_does_the_loop_that_compares_everybody_at_night(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    done: list[str] = []
    monkeypatch.setattr(jobs, "forbid_dumps", lambda: done.append("forbidden"))
    monkeypatch.setattr("apps.organizations.jobs.run_forever", lambda seconds: done.append("run"))
    call_command("jobs")
    assert done == ["forbidden", "run"]
