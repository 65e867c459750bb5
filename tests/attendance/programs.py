"""Runs manage.py as a process of its own, and talks to the servers it starts."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

START_SECONDS = 60.0
COMMAND_SECONDS = 120.0
MANAGE = str(settings.BASE_DIR / "manage.py")


def embedded(folder: Path) -> dict[str, str]:
    """The environment of an embedded deployment in this folder; models are read where the suite keeps them."""
    without = {"REDIS_URL": "", "DATABASE_URL": "", "STATIC_MANIFEST": "0"}
    return {**os.environ, **without, "DATA_DIR": str(folder), "MODELS_DIR": str(settings.MODELS_DIR)}


def manage(environment: Mapping[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    """What `manage.py arguments` printed, and its exit status."""
    return subprocess.run(
        [sys.executable, MANAGE, *arguments],
        env=dict(environment),
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS,
        check=False,
    )


@contextmanager
def running(environment: Mapping[str, str], log: Path, *arguments: str) -> Iterator["subprocess.Popen[bytes]"]:
    """`manage.py arguments` in the background until the block ends."""
    with log.open("wb") as output:
        program = subprocess.Popen(
            [sys.executable, MANAGE, *arguments], env=dict(environment), stdout=output, stderr=subprocess.STDOUT
        )
        try:
            yield program
        finally:
            program.send_signal(signal.SIGCONT)
            program.terminate()
            try:
                program.wait(10)
            except subprocess.TimeoutExpired:
                program.kill()
                program.wait()


def wait_for_words(log: Path, words: str, program: "subprocess.Popen[bytes]") -> None:
    """Until the program has written this."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and program.poll() is None:
        if words in log.read_text(errors="replace"):
            return
        time.sleep(0.1)
    raise AssertionError(f"{words!r} was never written:\n{log.read_text(errors='replace')[-2000:]}")


def wait_for_page(url: str, program: "subprocess.Popen[bytes]", log: Path) -> None:
    """Until the server answers."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and program.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=2).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise AssertionError(f"{url} never answered:\n{log.read_text(errors='replace')[-2000:]}")
