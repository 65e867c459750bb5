"""The commands of attendance: they refuse with what to do, and as programs they do what the README says."""

import itertools
import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from apps.attendance import clips
from apps.attendance.clips import ClipUnreadable, frames_of
from apps.attendance.management.commands import demo
from apps.attendance.own_server import ServerFailed, free_port, own_server
from apps.attendance.walk import SAMPLES, jittered
from apps.enrollment.engine_choice import choose_engine
from apps.organizations.models import Membership
from apps.organizations.tenancy import acting_for
from apps.recognition import engine as engines
from apps.recognition.decoding import decode_photo
from apps.recognition.engine import Engine
from tests.attendance.programs import embedded, manage, running, wait_for_page
from tests.personas import World
from tests.recognition.pictures import noise, write_jpeg


def play(clip: object, **options: Any) -> None:
    call_command("play", str(clip), **{"organization": "northwind", "camera": "Kiosk", **options})


def test_play_names_the_cameras_there_are(world: World, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no camera 'Gate'.*There are: Kiosk"):
        play(tmp_path, camera="Gate")


def test_play_knows_no_foreign_camera(world: World, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no camera 'Kiosk south'"):
        play(tmp_path, camera="Kiosk south")


def test_play_knows_no_absent_organization(world: World, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no organization nowhere"):
        play(tmp_path, organization="nowhere")


def test_play_needs_somebody_who_may_operate_cameras(world: World, tmp_path: Path) -> None:
    with acting_for(world.northwind):
        Membership.objects.update(role="auditor")
    with pytest.raises(CommandError, match="Add a member as operator"):
        play(tmp_path)


def test_play_says_when_no_server_listens(world: World, tmp_path: Path) -> None:
    with pytest.raises(CommandError):
        play(tmp_path, url="http://127.0.0.1:9")


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


def test_serve_refuses_a_taken_port_and_names_another(db: None, taken_port: int) -> None:
    with pytest.raises(CommandError, match=f"Port {taken_port} is taken.*PORT={taken_port + 1}"):
        call_command("serve", port=taken_port)


def test_a_worker_refuses_to_start_without_an_engine(db: None) -> None:
    with pytest.raises(CommandError, match="manage.py engine set"):
        call_command("frame_worker")


def test_a_worker_refuses_to_start_without_weights(
    db: None, engine: Engine, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "_loaded", {})
    settings.MODELS_DIR = tmp_path
    choose_engine("arcface-yunet")
    with pytest.raises(CommandError, match=r"does not start.*facemodels pull.*\[weights_missing\]"):
        call_command("frame_worker")


def test_the_demo_says_when_its_photos_are_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(demo, "sample_photos", lambda: tmp_path)
    with pytest.raises(CommandError, match="make setup"):
        call_command("demo")


def test_a_folder_of_pictures_is_played_in_the_order_of_its_names(tmp_path: Path) -> None:
    for name, width in (("b.jpg", 80), ("a.JPG", 64), ("c.jpeg", 96)):
        write_jpeg(tmp_path, name, noise(48, width))
    (tmp_path / "notes.txt").write_text("not a picture")
    sizes = [decode_photo(frame).shape[1] for _, frame in frames_of(tmp_path)]
    assert sizes == [64, 80, 96]


def test_a_large_picture_is_played_as_a_kiosk_would_send_it(tmp_path: Path) -> None:
    write_jpeg(tmp_path, "a.jpg", noise(960, 1280))
    ((_, frame),) = frames_of(tmp_path)
    assert decode_photo(frame).shape == (480, 640, 3)


@pytest.mark.parametrize("name", ["absent.mjpeg", "empty.mjpeg", "."])
def test_a_clip_without_a_picture_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty.mjpeg").write_bytes(b"")
    with pytest.raises(ClipUnreadable, match="Give a video file or a folder"):
        list(frames_of(tmp_path / name))


def test_a_live_camera_passes_over_what_was_not_taken_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(10):
        write_jpeg(tmp_path, f"{number}.jpg", noise())
    clock = itertools.count()
    monkeypatch.setattr(time, "monotonic", lambda: float(next(clock)))
    assert len(list(clips.live(tmp_path))) < 10


@pytest.fixture(scope="module")
def place(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a fresh embedded deployment, its tables made."""
    environment = embedded(tmp_path_factory.mktemp("deployment"))
    assert manage(environment, "migrate", "-v", "0").returncode == 0
    return environment | {"ENGINE": "dlib"}


@pytest.mark.embedded
def test_a_server_that_does_not_start_says_why(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path  # where no table was made
    with pytest.raises(ServerFailed, match="migrate"), own_server(tmp_path / "server.log"):
        pass


@pytest.mark.embedded
@pytest.mark.slow
def test_a_server_without_weights_says_so_and_serves_the_rest(
    tmp_path: Path,
) -> None:
    port, log = free_port(), tmp_path / "serve.log"
    bare = embedded(tmp_path) | {"PORT": str(port), "MODELS_DIR": str(tmp_path / "models")}
    assert [
        manage(bare, *act.split()).returncode for act in ("migrate -v 0", "engine set arcface-yunet --without-weights")
    ] == [0, 0]
    with running(bare, log, "serve", "--port", str(port), "--no-jobs") as server:
        wait_for_page(f"http://127.0.0.1:{port}/accounts/login/", server, log)
    written = log.read_text()
    assert "Faces are NOT recognised" in written
    assert "Pages, PIN and manual punches work" in written


@pytest.fixture(scope="module")
def first(place: dict[str, str]) -> str:
    """What the first start printed."""
    done = manage(place, "first_run")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.embedded
@pytest.mark.slow
def test_the_first_start_prints_logins_and_plays_the_walk(first: str) -> None:
    assert "owner@demo.test" in first
    assert [first.count(word) for word in ("enrolled", "accepted", "already in", "refused")] == [3, 3, 1, 1]


@pytest.mark.embedded
@pytest.mark.slow
def test_the_second_start_is_quiet(place: dict[str, str], first: str) -> None:
    again = manage(place, "first_run").stdout
    assert again.splitlines() == [first.splitlines()[0]]


def played(place: dict[str, str], clip: Path) -> list[dict[str, Any]]:
    """The decisions on a clip, played through a server of its own."""
    done = manage(place, "play", str(clip), "--organization", "demo", "--camera", "Main entrance", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    return list(json.loads(done.stdout.splitlines()[-1])["decisions"])


def write_clip(folder: Path, frames: list[bytes]) -> Path:
    folder.mkdir()
    for number, frame in enumerate(frames):
        (folder / f"{number:03}.jpg").write_bytes(frame)
    return folder


@pytest.mark.embedded
@pytest.mark.slow
def test_a_clip_of_an_enrolled_person_is_decided_through_the_socket(
    place: dict[str, str], first: str, engine: Engine, tmp_path: Path
) -> None:
    clip = write_clip(tmp_path / "clip", list(jittered(SAMPLES[0], engine)) * 2)
    decisions = played(place, clip)
    assert (decisions[-1]["state"], decisions[-1].get("code")) == ("already", "already_in"), decisions
    assert decisions[-1]["name"] == f"{SAMPLES[0].given_name} {SAMPLES[0].family_name}"


@pytest.mark.embedded
@pytest.mark.slow
@pytest.mark.shared
def test_a_clip_of_a_stranger_is_unknown(place: dict[str, str], first: str, shared: Path) -> None:
    assert played(place, shared / "camera" / "stranger_C.mjpeg")[-1]["state"] == "unknown"


@pytest.mark.embedded
@pytest.mark.slow
def test_a_clip_that_cannot_be_read_ends_with_what_to_do(place: dict[str, str], first: str, tmp_path: Path) -> None:
    done = manage(place, "play", str(tmp_path), "--organization", "demo", "--camera", "Main entrance")
    assert done.returncode == 1
    assert "Give a video file or a folder" in done.stderr


@pytest.mark.embedded
@pytest.mark.slow
def test_nothing_of_a_face_lies_in_the_deployments_files(place: dict[str, str], first: str) -> None:
    files = [file for file in Path(place["DATA_DIR"]).rglob("*") if file.is_file()]
    assert files
    assert not any(b"\xff\xd8\xff" in file.read_bytes() for file in files)


@pytest.mark.embedded
@pytest.mark.slow
def test_the_demo_ends_well_and_prints_accepted_and_refused(place: dict[str, str]) -> None:
    done = manage(place, "demo")
    assert done.returncode == 0, done.stdout + done.stderr
    assert [done.stdout.count(word) for word in ("accepted  ", "refused  ")] == [3, 1]
    assert "3 punches in the database, none for the stranger" in done.stdout
