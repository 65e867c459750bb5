"""`make check`: everything that can be said about the code without running the product."""

import base64
import os
import secrets
import subprocess
import sys
import time

from scripts.environment import PYTHON, ROOT, install, install_node_modules, node_path

SCRATCH = ROOT / ".make" / "check"
Step = tuple[str, list[str], dict[str, str]]


def production() -> dict[str, str]:
    """An environment like a deployment's, so that `check --deploy` judges what will be served."""
    return {
        "PUBLIC_URL": "https://attendance.example.org",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "MASTER_KEY": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "DATABASE_URL": "postgres://attendance_app@127.0.0.1:1/attendance",
        "REDIS_URL": "redis://127.0.0.1:1",
        "DATA_DIR": str(SCRATCH),
    }


def embedded() -> dict[str, str]:
    """No service, a throw-away folder."""
    return {"DATABASE_URL": "", "REDIS_URL": "", "DATA_DIR": str(SCRATCH)}


def semgrep() -> list[str]:
    """Our own rules only: nothing is fetched, nothing is told to anybody."""
    program = str(PYTHON.with_name("semgrep"))
    quiet = ["--quiet", "--error", "--metrics=off", "--disable-version-check"]
    return [program, "scan", *quiet, "--config", str(ROOT / ".semgrep" / "rules.yml")]


def steps() -> list[Step]:
    """Every check: its name, its command, what it adds to the environment."""
    python, manage = str(PYTHON), [str(PYTHON), "manage.py"]
    product = ["apps", "attendance_site", "scripts", "deploy"]
    # Semgrep keeps settings in the home folder, which a build may not have.
    settings = {"SEMGREP_SETTINGS_FILE": str(SCRATCH / "semgrep.yml")}
    scripts = sorted(str(file.relative_to(ROOT)) for file in (ROOT / "tests" / "js").glob("**/*.test.*js"))
    return [
        ("style", [python, "-m", "ruff", "check", "--quiet"], {}),
        ("format", [python, "-m", "ruff", "format", "--check", "--quiet"], {}),
        ("types", [python, "-m", "mypy"], embedded()),
        ("house", [python, "-m", "pytest", "-q", "tests/house"], embedded()),
        ("isolation", [python, "-m", "pytest", "-q", "--show-capture=no", "tests/sweep"], embedded()),
        ("migrations", [*manage, "makemigrations", "--check", "--dry-run"], embedded()),
        ("deployment", [*manage, "check", "--deploy", "--fail-level", "WARNING"], production()),
        ("bandit", [python, "-m", "bandit", "-q", "-r", "--severity-level", "medium", *product], {}),
        ("semgrep", [*semgrep(), *product, "static", "templates"], settings),
        ("secrets", [python, "-m", "scripts.secret_scan"], {}),
        *([("javascript", ["node", "--test", *scripts], node_path())] if scripts else []),
    ]


def passes(step: Step) -> bool:
    """Run one step; its own output is shown only where it fails, and for the figures of the house and the sweep."""
    name, command, environment = step
    began = time.monotonic()
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    if done.returncode or name in {"house", "isolation"}:
        print(done.stdout + done.stderr)
    print(f"{'ok  ' if done.returncode == 0 else 'FAIL'} {name:<12}{time.monotonic() - began:5.1f} s", flush=True)
    return done.returncode == 0


def main() -> None:
    """Run every step, also after one failed; exit 1 where one did."""
    install("dev")
    install_node_modules()
    SCRATCH.mkdir(parents=True, exist_ok=True)
    failed = [step[0] for step in steps() if not passes(step)]
    if failed:
        sys.exit(f"\nFailed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
