"""The peers, each in a process that waits to be asked for one more frame."""

import json
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from bench.peer_program import PEERS

ROOT = Path(__file__).resolve().parents[1]


class PeerMissing(Exception):
    """A package of the peer is not installed, or it did not start."""


class Peer:
    """A running peer; `measure` asks it for a frame."""

    def __init__(self, name: str, home: Path, jpeg: Path) -> None:
        """Raises PeerMissing, naming what to install."""
        command = [sys.executable, "-m", "bench.peer_program", name, str(home), str(jpeg)]
        log = home / "peers.log"
        with log.open("a", encoding="utf-8") as errors:
            self._process = subprocess.Popen(
                command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True
            )
        line = self._read()
        if not line:
            raise PeerMissing(f"{name} did not start: {log} says why.")
        told: dict[str, float | str] = json.loads(line)
        if "missing" in told:
            raise PeerMissing(f"{name} needs the Python package {told['missing']}: run `make setup`.")
        self.cpu_s, self.rss_mb = float(told["cpu_s"]), float(told["rss_mb"])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def measure(self) -> float:
        """Processor milliseconds of one frame, all its threads. Raises PeerMissing if it has died."""
        if self._process.stdin is None:
            raise PeerMissing("a peer is not running")
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        line = self._read()
        if not line:
            raise PeerMissing(f"a peer ended with status {self._process.wait()}")
        return float(line)

    def close(self) -> None:
        """End the process."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait(timeout=30)

    def _read(self) -> str:
        return self._process.stdout.readline() if self._process.stdout else ""


def peer_names() -> list[str]:
    return list(PEERS)
