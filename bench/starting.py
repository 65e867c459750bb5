"""What an engine costs before its first answer, each in a process of its own."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from bench.peers import ROOT


@dataclass(frozen=True)
class Start:
    """From nothing to the first answer."""

    cpu_s: float
    rss_mb: float


def started(engine: str, models: Path, jpeg: Path) -> Start:
    """Raises CalledProcessError where the engine does not start."""
    command = [sys.executable, "-m", "bench.start_program", engine, str(models), str(jpeg)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return Start(**json.loads(done.stdout.strip().splitlines()[-1]))
