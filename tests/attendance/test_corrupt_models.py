"""A model file goes bad under a running deployment: no face decides anything, the reason is shown, PINs work."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from apps.attendance import tasks
from apps.attendance.models import Punch, Sighting, Source
from apps.attendance.tasks import identify_frame
from apps.enrollment.models import EngineChoice
from apps.organizations.tenancy import acting_for
from apps.recognition import engine as engines
from apps.recognition import frames, store
from apps.recognition.weights import DLIB_RESNET, WEIGHTS
from tests.personas import World, signed_in
from tests.recognition.damage import Damage, copy_packages, cut, one_bit_flipped

from .conftest import Enroll, frames_of

Sent = list[dict[str, Any]]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    """The answers that go out to the camera."""
    answers: Sent = []
    monkeypatch.setattr(tasks, "send_to_channel", lambda channel, message: answers.append(message["answer"]))
    return answers


@pytest.fixture
def model(
    world: World, enroll: Enroll, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> Iterator[Path]:
    """Ann is enrolled. The file of the network that tells people apart, in a worker that starts anew."""
    enroll(world.person, "ann")
    kept = dict(engines._loaded)
    engines._loaded.clear()
    settings.EMBEDDED = True
    copy_packages(tmp_path, monkeypatch)
    yield store.locate(WEIGHTS[DLIB_RESNET])
    engines._loaded.clear()
    engines._loaded.update(kept)


def show_ann(world: World, sent: Sent) -> list[dict[str, Any]]:
    """Three frames of Ann, whom the whole file would recognise."""
    for seq, jpeg in enumerate(frames_of("ann")[:3]):
        ticket = frames.hold(world.northwind.pk, jpeg)
        identify_frame(str(world.northwind.pk), str(world.camera.pk), ticket, seq, 1, "socket.a")
    return sent


def rows(world: World) -> tuple[int, int]:
    with acting_for(world.northwind):
        return Punch.objects.count(), Sighting.objects.count()


@pytest.mark.parametrize("damage", [cut, one_bit_flipped])
def test_a_damaged_model_decides_nothing(world: World, model: Path, sent: Sent, quick: None, damage: Damage) -> None:
    damage(model)
    answers = show_ann(world, sent)
    assert {(one["state"], one["code"]) for one in answers} == {("closed", "weights_corrupt")}
    assert rows(world) == (0, 0)


def test_a_model_that_is_gone_decides_nothing(world: World, model: Path, sent: Sent, quick: None) -> None:
    model.unlink()
    assert {one["code"] for one in show_ann(world, sent)} == {"weights_missing"}
    assert rows(world) == (0, 0)


def test_the_whole_file_would_have_named_her(world: World, model: Path, sent: Sent, quick: None) -> None:
    assert show_ann(world, sent)[-1]["state"] in {"recognised", "confirm"}


def test_the_camera_says_what_to_do_and_not_what_broke(world: World, model: Path, sent: Sent) -> None:
    one_bit_flipped(model)
    message = str(show_ann(world, sent)[0]["message"])
    assert "PIN" in message and model.name not in message


def test_a_pin_punches_beside_a_damaged_model(world: World, model: Path) -> None:
    one_bit_flipped(model)
    client = signed_in(world.alice)
    pin = client.post(f"/o/northwind/people/{world.person.pk}/pin/").context["pin"]
    client.post(f"/o/northwind/cameras/{world.camera.pk}/pin/", {"number": "E1", "pin": pin})
    with acting_for(world.northwind):
        assert [punch.source for punch in Punch.objects.all()] == [Source.PIN]


# --- /readyz ------------------------------------------------------------------------------------------


def readiness() -> tuple[int, dict[str, Any]]:
    answered = Client().get("/readyz")
    return answered.status_code, answered.json()


def test_a_deployment_whose_files_are_right_is_ready(world: World, model: Path) -> None:
    assert readiness() == (200, {"status": "ready"})


def test_a_damaged_model_is_not_ready_and_says_which(world: World, model: Path) -> None:
    one_bit_flipped(model)
    assert readiness() == (503, {"status": "not_ready", "code": "weights_corrupt", "files": [model.name]})


def test_it_is_ready_again_once_repaired(world: World, model: Path) -> None:
    whole = model.read_bytes()
    cut(model)
    assert readiness()[0] == 503
    model.write_bytes(whole)
    assert readiness()[0] == 200


def test_a_model_that_is_gone_is_not_ready(world: World, model: Path) -> None:
    model.unlink()
    assert readiness()[1]["code"] == "weights_missing"


def test_without_an_engine_nothing_is_ready(world: World) -> None:
    assert readiness() == (503, {"status": "not_ready", "code": "engine_not_chosen", "files": []})


def test_terms_that_were_not_accepted_are_not_ready(world: World, settings: Any, tmp_path: Path) -> None:
    settings.MODELS_DIR = tmp_path
    EngineChoice.objects.create(id=1, name="insightface-r50")
    assert readiness() == (503, {"status": "not_ready", "code": "licence_not_accepted", "files": []})


def test_a_first_start_with_such_an_engine_says_how_to_accept_them(world: World, settings: Any, tmp_path: Path) -> None:
    settings.MODELS_DIR, settings.ENGINE = tmp_path, "insightface-r50"
    with pytest.raises(CommandError, match=r"--accept-licence.*\[licence_not_accepted\]"):
        call_command("first_run")


def test_pages_answer_all_the_same(world: World, model: Path) -> None:
    one_bit_flipped(model)
    assert Client().get("/healthz").status_code == 200
