"""Pin requirements/*.in into *.txt with hashes, for Python 3.11-3.13 on Linux and macOS, naming no registry."""

import subprocess
import sys
from pathlib import Path

REQUIREMENTS = Path(__file__).resolve().parents[1] / "requirements"
# Each file holds to the versions of the one it builds on, so that installing it never moves a package.
BUILDS_ON = {"base": None, "packaged": "base", "dev": "packaged", "recognition": "packaged", "node": None}


def compile_command(name: str, constraint: str | None, upgrade: bool) -> list[str]:
    """The uv command that pins one file; pip-compile would write this machine's index into it."""
    return [
        *(sys.executable, "-m", "uv", "pip", "compile", "--quiet"),
        *("--universal", "--python-version", "3.11", "--generate-hashes", "--no-header", "--no-annotate"),
        *(["--upgrade"] if upgrade else []),
        *(["--constraints", f"{constraint}.txt"] if constraint else []),
        *(f"{name}.in", "--output-file", f"{name}.txt"),
    ]


def main() -> None:
    """Pin every file; `--upgrade` moves to the newest versions, otherwise only what the .in asks for changes."""
    upgrade = "--upgrade" in sys.argv[1:]
    for name, constraint in BUILDS_ON.items():
        subprocess.run(compile_command(name, constraint, upgrade), cwd=REQUIREMENTS, check=True)
        print(f"requirements/{name}.txt")


if __name__ == "__main__":
    main()
