"""`make run`: from a fresh clone to a served kiosk page, asking nothing; `make demo` and `make models` beside it."""

import errno
import os
import socket
import sys

from scripts.environment import PYTHON, ROOT, Failed, call, install, install_node_modules

HOST = "127.0.0.1"


def port() -> int:
    """PORT, or 8000; end with a message where it is no port."""
    given = os.environ.get("PORT") or "8000"
    if not given.isdecimal() or not 0 < int(given) < 65536:
        raise Failed(f"PORT={given} is not a port. Try: PORT=8001 make run")
    return int(given)


def refuse_taken(number: int) -> None:
    """End with a message where something else already listens there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, number))
        except OSError as error:
            reason = "is taken" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror})"
            raise Failed(f"Port {number} {reason}. Choose another one: PORT={number + 1} make run") from None


def manage(*arguments: str) -> None:
    """Run a manage.py command."""
    call(PYTHON, ROOT / "manage.py", *arguments)


def serve() -> None:
    """Install, migrate, make the first organization, then become the server."""
    number = port()
    refuse_taken(number)
    os.environ["PORT"] = str(number)
    install("packaged")
    install_node_modules()
    manage("migrate", "--verbosity", "0")
    manage("first_run")
    print("`make models` installs DeepFace with its RetinaFace and ArcFace models.\n", flush=True)
    for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(variable, "1")  # two spinning threads made a search of 0.3 ms take 9
    server = [str(PYTHON), str(ROOT / "manage.py"), "serve", "--port", str(number)]
    os.chdir(ROOT)
    os.execv(server[0], server)  # the shell's Ctrl-C must reach the server itself


def demo() -> None:
    """Play the walk on a throw-away database and end."""
    install("packaged")
    install_node_modules()
    manage("demo")


def models() -> None:
    """Install DeepFace and TensorFlow, then fetch the RetinaFace and ArcFace weights."""
    install("recognition")
    manage("facemodels", "pull", "--engine", "arcface")


if __name__ == "__main__":
    try:
        {"serve": serve, "demo": demo, "models": models}[sys.argv[1]]()
    except KeyboardInterrupt:
        sys.exit(130)
