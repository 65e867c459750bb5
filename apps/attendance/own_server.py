"""Starts this project's own server as a process for a while: for `play`, `demo` and the first run."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

START_SECONDS = 60.0


class ServerFailed(RuntimeError):
    """The server did not start; the end of its log says why."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def own_server(log: Path) -> Iterator[str]:
    """Serve on a free loopback port until the block ends; yields the address."""
    port = free_port()
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "serve", "--port", str(port), "--no-jobs"]
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        environment = os.environ | {"PORT": str(port), "DATA_DIR": str(settings.DATA_DIR)}
        server = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=environment)  # noqa: S603
        try:
            address = f"http://127.0.0.1:{port}"
            _wait(address, server, log)
            yield address
        finally:
            server.terminate()
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()


def _wait(address: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if server.poll() is not None:
            break
        try:
            # A loopback address of ours.
            urllib.request.urlopen(f"{address}/healthz", timeout=2).close()  # noqa: S310  # nosec B310  # nosemgrep: no-calls-out
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise ServerFailed(f"The server did not start:\n{log.read_text(errors='replace')[-2000:]}")
