"""`python -m scripts.secret_scan`: fails on a key, token or password in any file of the project, without the network.

A find that is none is marked on its line, with the reason behind it: `# pragma: allowlist secret  (why)`.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from detect_secrets.core.scan import scan_file
from detect_secrets.settings import default_settings, get_settings

from scripts.environment import ROOT

MARK = re.compile(r"pragma: allowlist (?:nextline )?secret\b(?P<why>.*)")
# Reviewed, as whole files.
EXCUSED = {
    "package-lock.json": "hashes of packages",
    "apps/recognition/weights.py": "hashes of published weights",
    "scripts/secret_scan.py": "speaks of the mark",
    ".env.example": "shows the form of an address with a password",
}
PICTURES = {".svg", ".png", ".jpg", ".jpeg", ".woff2", ".ico", ".npz", ".onnx"}


def files() -> Iterator[Path]:
    """Every file that is, or would be, committed."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in sorted(set(listed.stdout.splitlines())):
        lock = name.startswith("requirements/") and name.endswith(".txt")
        if name not in EXCUSED and not lock and Path(name).suffix not in PICTURES and (ROOT / name).is_file():
            yield ROOT / name


def finds(file: Path) -> Iterator[str]:
    """What stands in this file that looks like a secret, and each mark without a reason."""
    with default_settings():
        if file.suffix == ".py":
            # Ruff's S105 to S107 read names of passwords in Python, with fewer false alarms.
            get_settings().disable_plugins("KeywordDetector")
        yield from (f"{file}:{secret.line_number} {secret.type}" for secret in scan_file(str(file)))
    for number, line in enumerate(file.read_text(errors="replace").splitlines(), 1):
        mark = MARK.search(line)
        if mark and "(" not in mark["why"]:
            yield f"{file}:{number} a mark without a reason"


def main() -> None:
    found = [find for file in files() for find in finds(file)]
    if found:
        sys.exit("\n".join([*found, "Take it out, or mark the line: # pragma: allowlist secret  (why)"]))


if __name__ == "__main__":
    main()
