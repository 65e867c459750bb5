"""`make test`: the suite on PostgreSQL and Redis, once more embedded, and in a browser; then one table.

What this machine lacks is installed (as root, by apt) and started. Where it cannot be, the rest runs, one loud line
says what was left out, and the exit status stays 0, unless ATTENDANCE_REQUIRE_SERVICES=1, which CI sets.
"""

import base64
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import IO
from xml.etree import ElementTree

from scripts import services
from scripts.environment import PYTHON, ROOT, Failed, install, install_node_modules, node_path

REPORTS = ROOT / ".make" / "tests"
MINUTES = 12
NO_TESTS = 5  # pytest's exit status
# Run once, embedded: what these test is the same whichever database is there.
OF_NO_DATABASE = ("recognition", "bench", "front")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True)
class Part:
    """One run: its command, what it adds to the environment, and where it leaves its counts."""

    name: str
    command: list[str]
    environment: dict[str, str]
    report: Path
    # Lanes run at once, the parts of one in order: those with services share a Redis.
    lane: int = 0
    # A folder chosen by hand may hold nothing for a part.
    may_be_empty: bool = False


@dataclass(frozen=True)
class Result:
    """What came of a part."""

    name: str
    passed: int
    failed: int
    skipped: int
    seconds: float


def provided(required: bool) -> tuple[dict[str, str], list[str]]:
    """The environment of the full mode (empty where it cannot be had) and what is left out, for the loud line."""
    lacking = [*services.missing(), *([] if _browser() else ["chromium"])]
    if lacking:
        services.provide(lacking)
    without = []
    if not _browser():
        without.append("the browser tests (apt-get install chromium, or CHROMIUM=/path/to/it)")
    if services.missing():
        without.append("everything on PostgreSQL and Redis (apt-get install postgresql redis-server)")
    if not _deepface():
        without.append("DeepFace's own models (make setup)")
    if without and required:
        raise Failed(f"ATTENDANCE_REQUIRE_SERVICES=1, but this machine would leave out {', '.join(without)}")
    return ({} if services.missing() else _test_environment(services.start())), without


def _test_environment(started: dict[str, str]) -> dict[str, str]:
    # Tests make and flush their database as its owner; the suite itself takes on the app's role. The full mode makes
    # no keys of its own, so it is given some.
    keys = {name: base64.urlsafe_b64encode(os.urandom(32)).decode() for name in ("SECRET_KEY", "MASTER_KEY")}
    return {**started, **keys, "DATABASE_URL": started["MIGRATE_DATABASE_URL"]}


def _browser() -> str | None:
    return os.environ.get("CHROMIUM") or next((found for name in BROWSERS if (found := shutil.which(name))), None)


def _deepface() -> bool:
    return next((ROOT / ".venv/lib").glob("python3*/site-packages/deepface"), None) is not None


def parts(full: dict[str, str], chosen: Sequence[str] = ()) -> Iterator[Part]:
    """The runs, in order; without services only those that need none. `chosen` words go on to each pytest."""
    scripts = sorted(str(file.relative_to(ROOT)) for file in (ROOT / "tests" / "js").glob("**/*.test.*js"))
    if scripts:
        report = REPORTS / "javascript.xml"
        command = ["node", "--test", "--test-reporter=spec", "--test-reporter-destination=stdout"]
        command += ["--test-reporter=junit", f"--test-reporter-destination={report}", *scripts]
        yield Part("javascript", command, node_path(), report)
    # A test with a twin runs once: embedded, which is the shorter lane; in the browser, with the services.
    once = " and (services or not twice)" if full and not _is_full_size() else ""
    if full:
        yield _pytest("full", f"not e2e{once}", full, 0, chosen, _without(OF_NO_DATABASE))
    yield _pytest("embedded", "not e2e and not services", {}, 1, chosen, _without(_checked()) if full else [])
    if _browser():
        yield _pytest("browser", f"e2e{once}" if full else "e2e and not services", full, 0, chosen, [])


def _without(folders: Iterable[str]) -> list[str]:
    return [f"--ignore=tests/{folder}" for folder in folders]


def _checked() -> tuple[str, ...]:
    """What `make check` runs embedded already; `make verify` runs it here too, at its full size."""
    return () if _is_full_size() else ("house", "sweep")


def _is_full_size() -> bool:
    return os.environ.get("SCALE") == "full"


def _pytest(
    name: str, marks: str, environment: dict[str, str], lane: int, chosen: Sequence[str], without: list[str]
) -> Part:
    report = REPORTS / f"{name}.xml"
    command = [str(PYTHON), "-m", "pytest", "-q", "-m", marks, "-rs", "--durations=5", f"--junit-xml={report}"]
    modes = {"DATABASE_URL": "", "REDIS_URL": "", "STATIC_MANIFEST": "0", "DATA_DIR": str(REPORTS / "var" / name)}
    return Part(name, [*command, *without, *chosen], {**modes, **environment}, report, lane, bool(chosen))


def run_all(chosen: Iterable[Part]) -> list[Result]:
    """Every lane at once, each on about one core; what runs beside another part is printed when it has ended."""
    lanes: dict[int, list[Part]] = {}
    for part in chosen:
        lanes.setdefault(part.lane, []).append(part)
    run_one = run if len(lanes) == 1 else _run_quietly
    with ThreadPoolExecutor(max(len(lanes), 1)) as threads:
        done = threads.map(lambda lane: [run_one(part) for part in lane], lanes.values())
        return list(chain.from_iterable(done))


def _run_quietly(part: Part) -> Result:
    print(f"=== {part.name} began ===", flush=True)
    with tempfile.TemporaryFile("w+") as written:
        result = run(part, written)
        written.seek(0)
        print(written.read(), flush=True)
    return result


def run(part: Part, output: IO[str] | None = None) -> Result:
    """Run a part and read its counts; a part that ends badly without a failed test counts as one failure."""
    print(f"\n=== {part.name} ===", file=output, flush=True)
    part.report.unlink(missing_ok=True)
    began = time.monotonic()
    environment = {**os.environ, **part.environment}
    done = subprocess.run(part.command, cwd=ROOT, env=environment, check=False, stdout=output, stderr=output)
    status, seconds = done.returncode, time.monotonic() - began
    if status < 0:
        print(f"\n{part.name} was ended by {signal.Signals(-status).name}", flush=True)
    passed, failed, skipped = counts(part.report) if part.report.is_file() else (0, 0, 0)
    fine = (0, NO_TESTS) if part.may_be_empty else (0,)
    return Result(part.name, passed, max(failed, int(status not in fine)), skipped, seconds)


def counts(report: Path) -> tuple[int, int, int]:
    """Passed, failed and skipped of a JUnit report, as pytest and Node.js write it."""
    cases = list(ElementTree.parse(report).getroot().iter("testcase"))  # noqa: S314  # nosec B314  (our own runner wrote it)
    failed = [case for case in cases if case.find("failure") is not None or case.find("error") is not None]
    skipped = [case for case in cases if case not in failed and case.find("skipped") is not None]
    return len(cases) - len(failed) - len(skipped), len(failed), len(skipped)


def table(results: list[Result], without: list[str], seconds: float) -> str:
    """The parts with their counts and seconds, the loud line, and one closing line for machines."""
    lines = [f"{'part':<12}{'passed':>8}{'failed':>8}{'skipped':>9}{'seconds':>9}"]
    lines += [f"{r.name:<12}{r.passed:>8}{r.failed:>8}{r.skipped:>9}{r.seconds:>9.0f}" for r in results]
    lines += [f"{'all':<12}{seconds:>34.0f}"]
    if seconds > MINUTES * 60 and not _is_full_size():
        lines += [f"SLOW: `make test` is meant to take at most {MINUTES} minutes"]
    if without:
        lines += ["", f"!!! LEFT OUT: {'; '.join(without)} !!!"]
    passed, failed, skipped = (sum(getattr(r, count) for r in results) for count in ("passed", "failed", "skipped"))
    return "\n".join([*lines, "", f"{passed} passed, {failed} failed, {skipped} skipped"])


def main() -> None:
    """Install, start, run every part, print the table; exit 1 where one failed."""
    required = os.environ.get("ATTENDANCE_REQUIRE_SERVICES") == "1"
    install("dev")
    if required:
        install("recognition")
    install_node_modules()
    REPORTS.mkdir(parents=True, exist_ok=True)
    full, without = provided(required)
    began = time.monotonic()
    results = run_all(parts(full, sys.argv[1:]))
    print(f"\n{table(results, without, time.monotonic() - began)}", flush=True)
    sys.exit(any(result.failed for result in results))


if __name__ == "__main__":
    main()
