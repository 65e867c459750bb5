"""The next engine sees a frame only after the answer to it was sent, and only of an approach that was accepted."""

from typing import Any

import pytest

from apps.attendance import tasks
from apps.attendance.tasks import identify_frame
from apps.enrollment import shadow
from apps.organizations.tenancy import acting_for
from apps.recognition import frames
from tests.attendance.conftest import Enroll, frames_of
from tests.personas import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick")]
Happened = list[tuple[str, Any]]


@pytest.fixture
def happened(monkeypatch: pytest.MonkeyPatch) -> Happened:
    """Answers and looks of the next engine, in their order."""
    found: Happened = []
    monkeypatch.setattr(
        tasks, "send_to_channel", lambda _, message: found.append(("answer", message["answer"]["state"]))
    )
    monkeypatch.setattr(shadow, "is_sampled", lambda _: True)
    monkeypatch.setattr(shadow, "look", lambda _, person_id, image: found.append(("look", person_id)))
    return found


def show(world: World, face: str) -> None:
    for seq, jpeg in enumerate(frames_of(face)[2:5]):
        ticket = frames.hold(world.northwind.pk, jpeg)
        identify_frame(str(world.northwind.pk), str(world.camera.pk), ticket, seq, 1, "socket.a")


def test_it_looks_once_after_the_answer(world: World, enroll: Enroll, happened: Happened) -> None:
    enroll(world.person, "ann")
    show(world, "ann")
    assert happened[-2:] == [("answer", "recognised"), ("look", world.person.pk)]
    assert [kind for kind, _ in happened].count("look") == 1


def test_it_never_looks_at_a_stranger(world: World, enroll: Enroll, happened: Happened) -> None:
    enroll(world.person, "ann")
    show(world, "ben")
    assert "look" not in [kind for kind, _ in happened]


def test_without_a_next_engine_nothing_is_counted(world: World) -> None:
    with acting_for(world.northwind):
        assert not shadow.is_sampled("0")
