"""`make services`: a private PostgreSQL and Redis of this checkout, on free ports, with their own passwords.

    python -m scripts.services start | stop | status

Idempotent. Nothing of the machine's own services is touched; the data lies outside the repository, because as root
the server runs as user postgres, who cannot enter a home directory.
"""

import getpass
import hashlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from scripts.environment import ROOT, Failed

DATABASE = "attendance"
SUPERUSER = "postgres"
OWNER, APP, BACKUP = "attendance_owner", "attendance_app", "attendance_backup"
LOCALE = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"  # macOS has no C.UTF-8
PACKAGES = {"initdb": "postgresql", "redis-server": "redis-server"}
# The data is for tests and development: losing it to a power cut costs nothing, waiting for the disk costs minutes.
FAST = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200"


@dataclass(frozen=True)
class Place:
    """Where one checkout's services live and how to reach them."""

    folder: str
    postgres_port: int
    redis_port: int
    password: str

    def url(self, role: str) -> str:
        """The database as a role sees it."""
        return f"postgres://{role}:{self.password}@127.0.0.1:{self.postgres_port}/{DATABASE}"

    def environment(self) -> dict[str, str]:
        """What the project reads; with these set it runs in the full mode."""
        return {
            "DATABASE_URL": self.url(APP),
            "MIGRATE_DATABASE_URL": self.url(OWNER),
            "BACKUP_DATABASE_URL": self.url(BACKUP),
            "REDIS_URL": f"redis://:{self.password}@127.0.0.1:{self.redis_port}",
        }


def place() -> Place:
    """The place of this checkout, chosen once and written down; two checkouts never share one."""
    checkout = hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]
    ours = f"/var/tmp/attendance-{getpass.getuser()}-{checkout}"  # noqa: S108  # nosec B108  (whose it is, is looked at below)
    folder = Path(os.environ.get("SERVICES_DIR") or ours)
    folder.mkdir(parents=True, exist_ok=True)
    if folder.stat().st_uid != os.geteuid():
        raise Failed(f"{folder} belongs to somebody else. Name another folder: SERVICES_DIR=/path make services")
    folder.chmod(0o755)
    note = folder / "place.json"
    if note.is_file():
        return Place(**json.loads(note.read_text()))
    postgres_port, redis_port = _free_ports(2)
    made = Place(str(folder), postgres_port, redis_port, secrets.token_urlsafe(18))
    note.touch(mode=0o600)
    note.write_text(json.dumps(asdict(made)))
    return made


def _free_ports(count: int) -> list[int]:
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def program(name: str) -> str | None:
    """The path of a PostgreSQL or Redis program; Debian keeps PostgreSQL's server programs off the path."""
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda file: int(file.parts[-3]))
    cellars = (Path("/usr/local/opt"), Path("/opt/homebrew/opt"))
    homebrew = [file for cellar in cellars for file in sorted(cellar.glob(f"postgresql@*/bin/{name}"))]
    return next((str(file) for file in (*debian[::-1], *homebrew[::-1])), None) or shutil.which(name)


def missing() -> list[str]:
    """The Debian packages that this machine lacks."""
    return [package for name, package in PACKAGES.items() if program(name) is None]


def provide(packages: list[str]) -> bool:
    """Install Debian packages where we may (root, apt); return whether that worked."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    print(f"Installing {' '.join(packages)} by apt-get", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *packages]):
        done = subprocess.run(
            ["apt-get", *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        if done.returncode:
            print(done.stdout[-2000:] + done.stderr[-2000:], flush=True)
            return False
    return True


def _as_postgres(*command: str) -> list[str]:
    # PostgreSQL refuses to run as root, so there it runs as the user its package made.
    return ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else list(command)


def _run(command: list[str], **environment: str) -> str:
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, **environment}, cwd="/"
    )
    if done.returncode:
        raise Failed(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout.strip()


def _needed(name: str) -> str:
    found = program(name)
    if found is None:
        raise Failed(
            f"{name} is missing. Debian, Ubuntu: apt-get install postgresql redis-server\n"
            "  macOS: brew install postgresql@17 redis"
        )
    return found


def start() -> dict[str, str]:
    """Start what does not run yet; return the environment that uses it."""
    lacking = missing()
    if lacking:
        provide(lacking)
    here = place()
    _start_postgres(here)
    _make_roles(here)
    _start_redis(here)
    return here.environment()


def _start_postgres(here: Place) -> None:
    cluster = Path(here.folder) / "postgres"
    if not (cluster / "PG_VERSION").exists():
        _make_cluster(here, cluster)
    control = _needed("pg_ctl")
    running = subprocess.run(
        _as_postgres(control, "-D", str(cluster), "status"), capture_output=True, check=False, cwd="/"
    )
    if running.returncode == 0:
        return
    options = f"-p {here.postgres_port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={cluster} {FAST}"
    log = str(cluster / "server.log")
    _run(_as_postgres(control, "-D", str(cluster), "-w", "-t", "60", "-l", log, "-o", options, "start"))


def _make_cluster(here: Place, cluster: Path) -> None:
    cluster.mkdir(mode=0o700, exist_ok=True)
    password = cluster.with_name("initial_password")
    password.touch(mode=0o600)
    password.write_text(here.password)
    if os.geteuid() == 0:
        shutil.chown(cluster, "postgres", "postgres")
        shutil.chown(password, "postgres")
    settings = [
        "-U",
        SUPERUSER,
        "--auth=scram-sha-256",
        f"--pwfile={password}",
        "--encoding=UTF8",
        f"--locale={LOCALE}",
    ]
    _run(_as_postgres(_needed("initdb"), "-D", str(cluster), *settings))
    password.unlink()


def _make_roles(here: Place) -> None:
    """Owner changes tables, app only rows and never past row-level security, backup reads all and writes nothing."""
    if DATABASE in _sql(here, "postgres", "select datname from pg_database").splitlines():
        return
    password = f"login nosuperuser password '{here.password}'"
    _sql(here, "postgres", f"create role {APP} {password} nobypassrls")
    _sql(here, "postgres", f"create role {BACKUP} {password} bypassrls")
    # The owner may take on the app's role, so that a test makes tables as one and reads them as the other.
    _sql(here, "postgres", f"create role {OWNER} {password} nobypassrls createdb in role {APP}")
    _sql(here, "postgres", f"grant pg_read_all_data to {BACKUP}")
    _sql(here, "postgres", f"create database {DATABASE} owner {OWNER}")
    _sql(here, DATABASE, "revoke create on schema public from public")  # PostgreSQL before 15 granted it
    for granted in ("select, insert, update, delete on tables", "usage, select on sequences"):
        _sql(here, DATABASE, f"alter default privileges for role {OWNER} in schema public grant {granted} to {APP}")


def _sql(here: Place, database: str, statement: str) -> str:
    target = ["-h", "127.0.0.1", "-p", str(here.postgres_port), "-U", SUPERUSER, "-d", database]
    return _run([_needed("psql"), "-qAtX", "-v", "ON_ERROR_STOP=1", *target, "-c", statement], PGPASSWORD=here.password)


def _start_redis(here: Place) -> None:
    if _redis(here, "ping") == "PONG":
        return
    settings = {
        **{"port": str(here.redis_port), "bind": "127.0.0.1", "dir": here.folder, "requirepass": here.password},
        **{"save": "", "appendonly": "no", "maxmemory": "256mb", "maxmemory-policy": "noeviction"},
        **{"daemonize": "yes", "pidfile": f"{here.folder}/redis.pid", "logfile": f"{here.folder}/redis.log"},
    }
    # By a file, not by arguments: every local user can read a process's arguments.
    file = Path(here.folder) / "redis.conf"
    file.touch(mode=0o600)
    file.write_text("".join(f'{name} "{value}"\n' for name, value in settings.items()))
    _run([_needed("redis-server"), str(file)])
    deadline = time.monotonic() + 10
    while _redis(here, "ping") != "PONG":
        if time.monotonic() > deadline:
            raise Failed(f"Redis did not start: see {here.folder}/redis.log")
        time.sleep(0.05)


def _redis(here: Place, *command: str) -> str:
    """Redis's answer, spoken over its socket: redis-cli would take the password as an argument. '' when it is down."""
    try:
        with socket.create_connection(("127.0.0.1", here.redis_port), timeout=2) as wire:
            wire.sendall(f"AUTH {here.password}\r\n{' '.join(command)}\r\n".encode())
            answer = wire.makefile("rb")
            answer.readline()
            return answer.readline().decode().strip().lstrip("+")
    except OSError:
        return ""


def stop() -> None:
    """Stop both; the data stays."""
    here = place()
    _redis(here, "shutdown", "nosave")
    control, cluster = program("pg_ctl"), Path(here.folder) / "postgres"
    if control and cluster.exists():
        command = _as_postgres(control, "-D", str(cluster), "-m", "fast", "-w", "stop")
        subprocess.run(command, capture_output=True, check=False, cwd="/")


def status() -> dict[str, bool]:
    """Which of the two answers."""
    here = place()
    with socket.socket() as probe:
        probe.settimeout(1)
        postgres = probe.connect_ex(("127.0.0.1", here.postgres_port)) == 0
    return {"postgres": postgres, "redis": _redis(here, "ping") == "PONG"}


def main(verb: str) -> None:
    """Do one verb and print what came of it."""
    if verb == "start":
        print("\n".join(f"{name}={value}" for name, value in start().items()))
    elif verb == "stop":
        stop()
    elif verb == "status":
        print("\n".join(f"{name} {'answers' if up else 'is down'}" for name, up in status().items()))
    else:
        raise Failed(__doc__ or "")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) == 2 else "")
