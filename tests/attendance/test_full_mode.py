"""The full mode as it is deployed: daphne and a worker as two programs, PostgreSQL and Redis between them."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from apps.attendance.models import ApproachTally, Punch, Source
from apps.attendance.own_server import free_port
from apps.attendance.socket_client import CameraClient, SocketClosed, session_cookie
from apps.enrollment.engine_choice import choose_engine
from apps.enrollment.frame_socket import FRAMES_PER_SECOND
from apps.organizations.tenancy import acting_for
from apps.recognition.decoding import FRAME_LIMITS
from apps.recognition.engine import Engine
from tests.attendance.conftest import PACKAGED, Enroll, frames_of
from tests.attendance.programs import embedded, manage, running, wait_for_page, wait_for_words
from tests.attendance.sockets import Message, camera_path
from tests.personas import World, signed_in
from tests.recognition.pictures import portrait
from tests.recognition.poison import corpus
from tests.roles import APP, address_of

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
SPREAD_SECONDS = 0.51
NOT_IN_THE_WEB = ["tensorflow", "tf_keras", "deepface", "onnxruntime", "dlib", "mtcnn", "cv2", "scipy", "matplotlib"]


@pytest.fixture(scope="module")
def environment(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Both programs work on the suite's own test database, so that rows are made and read here."""
    place = embedded(tmp_path_factory.mktemp("full"))
    return place | {
        "DATABASE_URL": address_of(APP, os.environ["DATABASE_URL"], connection.settings_dict["NAME"]),
        "REDIS_URL": settings.REDIS_URL,
        "SECRET_KEY": settings.SECRET_KEY,
        "MASTER_KEY": settings.MASTER_KEY,
    }


@dataclass
class Deployment:
    url: str
    worker: "subprocess.Popen[bytes]"


@pytest.fixture(scope="module")
def deployment(
    environment: dict[str, str], engine: Engine, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployment]:
    logs = tmp_path_factory.mktemp("logs")
    assert manage(environment, "engine", "set", PACKAGED).returncode == 0
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    serve = running(environment | {"PORT": str(port)}, logs / "serve", "serve", "--port", str(port))
    work = running(environment, logs / "worker", "frame_worker")
    with serve as server, work as worker:
        wait_for_page(f"{url}/healthz", server, logs / "serve")
        wait_for_words(logs / "worker", "ready", worker)
        yield Deployment(url, worker)


@pytest.fixture
def kiosk(world: World, enroll: Enroll, deployment: Deployment) -> Iterator[CameraClient]:
    """The camera's socket, with Priya enrolled."""
    enroll(world.person, "ann")
    with CameraClient(deployment.url, camera_path(world.camera), session_cookie(world.bob)) as client:
        yield client


def step_up(kiosk: CameraClient, face: str, track: int = 1) -> Message:
    """Stand before the camera until it has decided."""
    answer: Message = {}
    for jpeg in frames_of(face) * 3:
        answer = kiosk.send_frame(jpeg, track)
        assert answer["state"] != "closed", answer
        if answer["state"] not in {"searching", "busy"}:
            break
        time.sleep(SPREAD_SECONDS)
    return answer


def sources(world: World) -> list[str]:
    with acting_for(world.northwind):
        return list(Punch.objects.values_list("source", flat=True))


def test_a_face_makes_one_punch_and_a_second_pass_none(world: World, kiosk: CameraClient) -> None:
    first, second = step_up(kiosk, "ann", track=1), step_up(kiosk, "ann", track=2)
    assert (first["state"], first["name"], second["state"]) == ("recognised", "Priya Raman", "already")
    assert sources(world) == [Source.FACE]


def test_a_stranger_makes_no_punch(world: World, kiosk: CameraClient) -> None:
    assert step_up(kiosk, "ben")["state"] == "unknown"
    with acting_for(world.northwind):
        assert list(ApproachTally.objects.values_list("count", flat=True)) == [1]
    assert sources(world) == []


def test_a_worker_that_hangs_leaves_the_camera_busy_and_recovers(
    world: World, kiosk: CameraClient, deployment: Deployment
) -> None:
    deployment.worker.send_signal(signal.SIGSTOP)
    hanging = kiosk.send_frame(frames_of("ann")[0])
    deployment.worker.send_signal(signal.SIGCONT)
    assert hanging["state"] == "busy"
    assert step_up(kiosk, "ann", track=2)["state"] == "recognised"


def workers_under(pid: int) -> list[str]:
    """The ids of a program's children."""
    return sorted(Path(f"/proc/{pid}/task/{pid}/children").read_text().split())


def state_of(kiosk: CameraClient, frame: bytes) -> str:
    """What the server says of a frame, sent no faster than it takes them."""
    time.sleep(1 / FRAMES_PER_SECOND)
    return str(kiosk.send_frame(frame, track=9).get("state", "refused"))


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="needs Linux's list of a program's children")
def test_poison_leaves_the_same_worker_to_see_the_next_person(
    world: World, kiosk: CameraClient, deployment: Deployment
) -> None:
    before = workers_under(deployment.worker.pid)
    poison = [frame for frame in corpus(portrait("fay")).values() if 0 < len(frame) <= FRAME_LIMITS.size]
    states = {state_of(kiosk, frame) for frame in poison}
    assert states <= {"searching", "busy", "unknown", "refused"}
    assert step_up(kiosk, "ann", track=10)["state"] == "recognised"
    assert deployment.worker.poll() is None and workers_under(deployment.worker.pid) == before


def test_a_punch_made_elsewhere_reaches_the_page(world: World, kiosk: CameraClient) -> None:
    client = signed_in(world.alice)
    pin = client.post(f"/o/northwind/people/{world.person.pk}/pin/").context["pin"]
    client.post(f"/o/northwind/cameras/{world.camera.pk}/pin/", {"number": "E1", "pin": pin})
    assert kiosk._receive(lambda message: message["t"] == "punch")["name"] == "Priya Raman"


def test_who_is_not_signed_in_is_told_so(world: World, deployment: Deployment) -> None:
    with pytest.raises(SocketClosed, match="4401"):
        CameraClient(deployment.url, camera_path(world.camera), "")


def test_the_web_program_never_loads_a_model(environment: dict[str, str]) -> None:
    code = (
        f"import sys, json, attendance_site.asgi; print(json.dumps([n for n in {NOT_IN_THE_WEB} if n in sys.modules]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == []


def test_a_worker_without_weights_does_not_start(
    world: World, environment: dict[str, str], deployment: Deployment, tmp_path: Path
) -> None:
    choose_engine("arcface-yunet")
    done = manage(environment | {"MODELS_DIR": str(tmp_path)}, "frame_worker")
    assert done.returncode == 1
    assert "facemodels pull" in done.stderr
