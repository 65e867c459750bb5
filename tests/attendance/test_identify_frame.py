"""The worker's task: a ticket in, always one answer out, and never another organization's frame."""

import time
import uuid
from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Any, cast

import pytest
from django.db import connection
from django.utils import timezone

from apps.attendance import approach, identification, tasks
from apps.attendance.tasks import identify_frame
from apps.enrollment.engine_choice import choose_engine
from apps.organizations.models import Camera
from apps.organizations.tenancy import acting_for, current_organization_id
from apps.recognition import frames, short_store
from apps.recognition.decoding import decode_frame
from apps.recognition.engine import Engine
from apps.recognition.shapes import Purpose, Refusal
from tests.attendance.conftest import Enroll, frames_of
from tests.personas import World
from tests.recognition.pictures import jpeg, noise

Sent = list[tuple[str, dict[str, Any]]]
PICTURE = jpeg(noise())


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    """What goes out to sockets."""
    messages: Sent = []
    monkeypatch.setattr(tasks, "send_to_channel", lambda channel, message: messages.append((channel, message)))
    return messages


@pytest.fixture
def chosen(engine: Engine, world: World) -> None:
    choose_engine(engine.name)


def ask(world: World, ticket: str, camera: Camera | None = None) -> None:
    identify_frame(str(world.northwind.pk), str((camera or world.camera).pk), ticket, 7, 1, "socket.a")


def answer(sent: Sent) -> dict[str, Any]:
    ((_, message),) = sent
    return dict(message["answer"])


def test_the_answer_goes_to_the_socket_that_asked(world: World, chosen: None, sent: Sent) -> None:
    ask(world, frames.hold(world.northwind.pk, PICTURE))
    ((channel, message),) = sent
    assert (channel, message["type"], message["seq"]) == ("socket.a", "frame.result", 7)


def test_a_frame_is_looked_at_and_answered(world: World, chosen: None, sent: Sent) -> None:
    ask(world, frames.hold(world.northwind.pk, PICTURE))
    assert (answer(sent)["state"], answer(sent)["code"]) == ("searching", "no_face")


def test_a_ticket_of_another_organization_finds_nothing(world: World, chosen: None, sent: Sent) -> None:
    ticket = frames.hold(world.southwind.pk, PICTURE)
    ask(world, ticket)
    assert answer(sent)["code"] == "late"
    assert frames.take(world.southwind.pk, ticket) == PICTURE


def test_a_frame_that_expired_is_late(world: World, chosen: None, sent: Sent, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "TICKET_SECONDS", 0.001)
    ticket = frames.hold(world.northwind.pk, PICTURE)
    while short_store.short_store().peek(f"organization.{world.northwind.pk}.frame.{ticket}"):
        pass
    ask(world, ticket)
    assert answer(sent) == {"state": "busy", "code": "late", "retry_ms": 200}


def test_a_ticket_is_taken_once(world: World, chosen: None, sent: Sent) -> None:
    ticket = frames.hold(world.northwind.pk, PICTURE)
    ask(world, ticket)
    ask(world, ticket)
    assert [message["answer"].get("code") for _, message in sent] == ["no_face", "late"]


def test_a_camera_retired_meanwhile_closes(world: World, chosen: None, sent: Sent) -> None:
    with acting_for(world.northwind):
        Camera.objects.filter(pk=world.camera.pk).update(is_active=False)
    ask(world, frames.hold(world.northwind.pk, PICTURE))
    assert answer(sent)["code"] == "camera_retired"


def test_a_foreign_camera_closes(world: World, chosen: None, sent: Sent) -> None:
    ask(world, frames.hold(world.northwind.pk, PICTURE), world.south_camera)
    assert answer(sent)["code"] == "camera_retired"


def test_a_picture_that_is_none_is_answered_with_its_code(world: World, chosen: None, sent: Sent) -> None:
    ask(world, frames.hold(world.northwind.pk, b"GIF89a"))
    assert (answer(sent)["state"], answer(sent)["code"]) == ("searching", "not_jpeg")


def test_a_fault_of_ours_is_answered_busy(
    world: World, chosen: None, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> dict[str, Any]:
        raise ZeroDivisionError

    monkeypatch.setattr(identification, "answer_frame", fail)
    with pytest.raises(ZeroDivisionError):
        ask(world, frames.hold(world.northwind.pk, PICTURE))
    assert answer(sent) == {"state": "busy", "retry_ms": 1000}


def test_a_store_that_is_down_is_answered_busy_and_not_closed(
    world: World, chosen: None, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: object) -> dict[str, Any]:
        raise short_store.StoreUnavailable("store_full", "Too many frames are waiting.")

    monkeypatch.setattr(identification, "answer_frame", down)
    ask(world, frames.hold(world.northwind.pk, PICTURE))
    assert (answer(sent)["state"], answer(sent)["code"]) == ("busy", "store_full")


def test_the_task_acts_for_the_organization_it_names(
    world: World, chosen: None, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[uuid.UUID | None] = []

    def look(*_: object) -> dict[str, Any]:
        seen.append(current_organization_id())
        return {"state": "searching"}

    monkeypatch.setattr(identification, "answer_frame", look)
    ask(world, frames.hold(world.northwind.pk, PICTURE))
    assert seen == [world.northwind.pk]
    assert current_organization_id() is None


def test_a_task_that_waited_two_seconds_expires_unread() -> None:
    assert (identify_frame.queue, identify_frame.expires, identify_frame.ignore_result) == ("frames", 2, True)


def cpu_seconds_of(act: Callable[[], object], times: int) -> float:
    """The median of this process's CPU time."""
    spent = []
    for _ in range(times):
        began = time.process_time()
        act()
        spent.append(time.process_time() - began)
    return median(spent)


@pytest.mark.django_db(transaction=True)
def test_a_decided_track_costs_a_twentieth_of_a_look_at_most(world: World, enroll: Enroll, engine: Engine) -> None:
    enroll(world.person, "ann")
    picture = frames_of("ann")[0]
    look = partial(engine.see, decode_frame(picture), Purpose.PUNCH)
    sent = tasks.Sent("socket.a", 1, "")

    def again() -> dict[str, Any]:
        return tasks._answer(world.northwind.pk, world.camera.pk, frames.hold(world.northwind.pk, picture), sent)

    with acting_for(world.northwind):
        key = approach.track_key(world.northwind.pk, world.camera.pk, sent.track)
        approach.keep(key, approach.Approach(answer={"state": "recognised"}))
        assert again() == {"state": "recognised"}
        share = cpu_seconds_of(again, 40) / cpu_seconds_of(look, 12)
    print(f"a decided track costs {share:.3f} of a look")
    assert share <= 0.05


class Watching:
    """An engine that notes whether a transaction is open while it looks."""

    in_transaction: bool | None = None

    def see(self, *_: object) -> Refusal:
        self.in_transaction = connection.in_atomic_block
        return Refusal("no_face", "Look at the camera.")


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_the_engine_looks(world: World) -> None:
    watching = Watching()
    with acting_for(world.northwind):
        identification.answer_frame(world.camera, "s.1", cast(Engine, watching), noise(), timezone.now())
    assert watching.in_transaction is False
