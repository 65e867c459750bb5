"""The virtual environment and the npm packages: made once, remembered by a stamp, made again when a pin changes."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
NODE_MODULES = ROOT / "node_modules"
OLDEST_NODE = 18


class Failed(SystemExit):
    """Ends a script with one clear message instead of a traceback."""

    def __init__(self, message: str) -> None:
        super().__init__(f"\n{message}")


def call(*command: str | Path, env: Mapping[str, str] | None = None) -> None:
    """Run a command from the repository root; end the script where it fails.

    `env` is added to the environment, not put in its place.
    """
    done = subprocess.run([str(part) for part in command], cwd=ROOT, env={**os.environ, **(env or {})}, check=False)
    if done.returncode:
        raise Failed(f"This step failed ({done.returncode}): {' '.join(str(part) for part in command)}")


def once(stamp: Path, sources: Iterable[Path], step: Callable[[], None]) -> bool:
    """Run `step` unless it was run for these very sources; return whether it was.

    A stamp lies inside the folder it speaks of, so removing that folder forgets it too.
    """
    wanted = _fingerprint(sources)
    if stamp.is_file() and stamp.read_text() == wanted:
        return False
    step()
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(wanted)
    return True


def _fingerprint(sources: Iterable[Path]) -> str:
    digest = hashlib.sha256(sys.version.encode())
    for source in sources:
        digest.update(source.read_bytes())
    return digest.hexdigest()


def make_venv() -> None:
    """Make .venv unless it works already."""
    if PYTHON.exists() and subprocess.run([PYTHON, "-c", ""], check=False).returncode == 0:
        return
    shutil.rmtree(VENV, ignore_errors=True)
    print("Making .venv", flush=True)
    made = subprocess.run([sys.executable, "-m", "venv", VENV], capture_output=True, text=True, check=False)
    if made.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        raise Failed(
            f"{made.stdout}{made.stderr}\nPython could not make a virtual environment.\n"
            "  Debian and Ubuntu keep that part in a package of its own: apt-get install python3-venv"
        )


def install(name: str) -> None:
    """Install requirements/<name>.txt, every file held to its hash."""
    pinned = ROOT / "requirements" / f"{name}.txt"
    make_venv()
    once(VENV / "installed" / name, [pinned], lambda: _install(name, pinned))


def _install(name: str, pinned: Path) -> None:
    print(f"Installing requirements/{name}.txt (a minute or two the first time)", flush=True)
    said = ""
    for installer in _installers():
        command = [*installer, "install", "--quiet", "--require-hashes", "--requirement", str(pinned)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return
        said = done.stderr
    raise Failed(
        f"{said}\nrequirements/{name}.txt could not be installed; the lines above say why. Without a network, or\n"
        "behind a proxy or mirror, tell pip about it (PIP_INDEX_URL, HTTPS_PROXY) and run the same command again."
    )


def _installers() -> list[list[str]]:
    """uv where it is at hand (three times as fast), and pip, which knows every pip.conf, after it."""
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check"]
    uv = VENV / "bin" / "uv"
    found = str(uv) if uv.exists() else shutil.which("uv")
    return [[found, "pip", "--python", str(PYTHON)], pip] if found else [pip]


def install_node_modules() -> None:
    """Install what package-lock.json pins; Node.js itself comes from PyPI where this machine has none."""
    sources = [ROOT / "package-lock.json", ROOT / ".npmrc"]
    once(NODE_MODULES / ".installed", sources, _npm_ci)


def _npm_ci() -> None:
    print("Installing the npm packages of package-lock.json", flush=True)
    call(*npm(), "ci", "--ignore-scripts", "--loglevel=error", env=node_path())


def npm() -> list[str]:
    """The npm to call."""
    return [shutil.which("npm", path=node_path()["PATH"]) or "npm"]


def node_path() -> dict[str, str]:
    """PATH with a Node.js of 18 or newer in front, installed into .venv where this machine has none."""
    path = os.environ.get("PATH", "")
    if _node_major(path) >= OLDEST_NODE and shutil.which("npm", path=path):
        return {"PATH": path}
    install("node")
    return {"PATH": f"{VENV / 'bin'}{os.pathsep}{path}"}


def _node_major(path: str) -> int:
    node = shutil.which("node", path=path)
    if not node:
        return 0
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    return int(version.lstrip("v").partition(".")[0] or 0)
