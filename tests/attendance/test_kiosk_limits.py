"""What a socket bears: poison, floods, silence of the workers; and that a good frame works afterwards."""

from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer

from apps.attendance import consumers
from apps.enrollment import frame_socket
from apps.enrollment.frame_socket import BURST, FRAMES_PER_SECOND, OVERSIZE_BEFORE_CLOSE, TokenBucket
from apps.people.models import Person
from apps.recognition import frames as tickets
from apps.recognition.short_store import StoreUnavailable
from apps.recognition.wire import MOST_BYTES, FrameHeader, pack_message
from tests.attendance.conftest import Enroll, frames_of
from tests.attendance.sockets import Message, Socket, camera_path
from tests.personas import World
from tests.recognition.pictures import claiming_size, jpeg, noise, png

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("eager")]

PICTURE = jpeg(noise())
HEADER = FrameHeader(1, 0, 1)


@pytest.fixture
def path(world: World) -> str:
    return camera_path(world.camera)


@pytest.fixture
def ann(world: World, enroll: Enroll) -> Person:
    enroll(world.person, "ann")
    return world.person


UNTAKEN = {
    "empty_frame": b"",
    "frame_too_large": b"\x01" * (MOST_BYTES + 1),
    "short": b"\x01\x00",
    "version": b"\x02" + pack_message(HEADER, PICTURE)[1:],
    "header_beyond_the_end": b"\x01\x00\xff\xff{}",
    "no_json": b"\x01\x00\x00\x02no" + PICTURE,
    "no_object": b"\x01\x00\x00\x02[]" + PICTURE,
    "no_seq": b"\x01\x00\x00\x02{}" + PICTURE,
    "nested": b"\x01\x00\x07\xd0" + b"[" * 2000 + PICTURE,
    "negative": b'\x01\x00\x00\x13{"seq":-1, "ts":0}  ' + PICTURE,
}


@pytest.mark.parametrize("name", UNTAKEN)
async def test_a_message_that_is_no_frame_is_refused_with_a_code(operator: str, path: str, name: str) -> None:
    async with Socket(path, operator) as kiosk:
        await kiosk.send_bytes(UNTAKEN[name])
        answer = await kiosk.receive_until("refused", "result")
    assert answer["t"] == "refused"
    assert answer["code"] == (name if name in {"empty_frame", "frame_too_large"} else "malformed_header")


POISON = {
    "not_jpeg": png(noise()),
    "truncated": PICTURE[: len(PICTURE) // 2],
    "too_many_pixels": claiming_size(PICTURE, 60_000, 60_000),
    "undecodable": PICTURE[:60] + b"\x00" * 400 + PICTURE[-2:],
}


@pytest.mark.parametrize("name", [*POISON, "empty_frame"])
async def test_poison_is_answered_with_its_code(ann: Person, operator: str, path: str, name: str) -> None:
    async with Socket(path, operator) as kiosk:
        answer = await kiosk.frame(POISON.get(name, b""))
    assert (answer["state"], bool(answer["hint"])) == ("searching", True)
    assert answer["code"] in {name, "truncated"}


async def test_a_good_frame_works_after_all_that_poison(ann: Person, operator: str, path: str, quick: None) -> None:
    async with Socket(path, operator) as kiosk:
        for poison in (*POISON.values(), b""):
            await kiosk.frame(poison)
        assert (await kiosk.frames(frames_of("ann")))["state"] == "recognised"


async def test_refused_messages_leave_the_socket_open(operator: str, path: str) -> None:
    async with Socket(path, operator) as kiosk:
        for message in (UNTAKEN["empty_frame"], UNTAKEN["no_json"], UNTAKEN["frame_too_large"]):
            await kiosk.send_bytes(message)
        await kiosk.send(t="ping")
        assert await kiosk.receive_until("pong") == {"t": "pong"}


TEXTS = ["", "no json", "[]", "7", "null", "[" * 5000, '{"t":"ping"' + " " * 3000 + "}"]


@pytest.mark.parametrize("text", TEXTS)
async def test_a_text_that_is_no_command_is_refused(operator: str, path: str, text: str) -> None:
    async with Socket(path, operator) as kiosk:
        await kiosk.send_text(text)
        assert (await kiosk.receive_until("refused"))["code"] == "malformed_message"


async def test_an_unknown_command_is_ignored(operator: str, path: str) -> None:
    async with Socket(path, operator) as kiosk:
        await kiosk.receive_until("hello")
        await kiosk.send(t="format_disk")
        assert await kiosk.is_quiet()


async def test_five_oversize_frames_close_the_socket(operator: str, path: str) -> None:
    async with Socket(path, operator) as kiosk:
        for _ in range(OVERSIZE_BEFORE_CLOSE):
            await kiosk.send_bytes(UNTAKEN["frame_too_large"])
        assert await kiosk.receive_until("result") == {"close": 4413}


async def test_a_flood_closes_the_socket(operator: str, path: str) -> None:
    async with Socket(path, operator) as kiosk:
        for _ in range(int(BURST) + 5):
            await kiosk.send(t="ping")
        assert await kiosk.receive_until("result") == {"close": 4429}


async def test_what_comes_after_the_close_is_not_looked_at(operator: str, path: str) -> None:
    async with Socket(path, operator) as kiosk:
        for _ in range(int(BURST) + 40):
            await kiosk.send(t="ping")
        await kiosk.receive_until("result")
        assert await kiosk.is_quiet()


def test_the_bucket_allows_a_burst_and_then_its_rate() -> None:
    bucket = TokenBucket(FRAMES_PER_SECOND, BURST, 0.0)
    assert sum(bucket.take(0.0) for _ in range(100)) == BURST
    assert sum(bucket.take(1.0) for _ in range(100)) == FRAMES_PER_SECOND


def test_the_bucket_never_holds_more_than_a_burst() -> None:
    bucket = TokenBucket(FRAMES_PER_SECOND, BURST, 0.0)
    assert sum(bucket.take(3600.0) for _ in range(100)) == BURST


class Queue:
    """A broker that takes tasks and gives them to nobody; the test is the worker."""

    def __init__(self) -> None:
        self.tasks: list[tuple[Any, ...]] = []

    def apply_async(self, arguments: tuple[Any, ...]) -> None:
        self.tasks.append(arguments)

    @property
    def seqs(self) -> list[int]:
        return [task[3] for task in self.tasks]

    async def answer(self, seq: int, answer: Message | None = None) -> None:
        channel = self.tasks[0][5]
        result = {"type": "frame.result", "seq": seq, "answer": answer or {"state": "searching"}}
        await get_channel_layer().send(channel, result)


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Queue:
    made = Queue()
    monkeypatch.setattr(consumers, "identify_frame", made)
    return made


async def test_a_task_carries_ids_and_a_ticket(world: World, operator: str, path: str, queue: Queue) -> None:
    async with Socket(path, operator) as kiosk:
        await kiosk.send_frame(PICTURE, track=4)
        await kiosk.receive_until("hello")
        assert await kiosk.is_quiet()
    organization, camera, ticket, seq, track, *_ = queue.tasks[0]
    assert (organization, camera, seq, track) == (str(world.northwind.pk), str(world.camera.pk), 1, 4)
    assert tickets.take(world.northwind.pk, ticket) == PICTURE


async def test_one_frame_is_in_flight_and_the_newest_waits(operator: str, path: str, queue: Queue) -> None:
    async with Socket(path, operator) as kiosk:
        for _ in range(4):
            await kiosk.send_frame(PICTURE)
        await kiosk.receive_until("hello")
        assert await kiosk.is_quiet()
        assert queue.seqs == [1]
        await queue.answer(1)
        assert (await kiosk.receive_until("result"))["seq"] == 1
        assert await kiosk.is_quiet()
        assert queue.seqs == [1, 4]


async def test_a_silent_worker_makes_the_camera_busy(
    operator: str, path: str, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frame_socket, "WATCHDOG_SECONDS", 0.1)
    async with Socket(path, operator) as kiosk:
        assert await kiosk.frame(PICTURE) == {"t": "result", "seq": 1, "state": "busy", "retry_ms": 1000}


async def test_a_frame_given_up_makes_room_for_the_next(
    operator: str, path: str, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frame_socket, "WATCHDOG_SECONDS", 0.1)
    async with Socket(path, operator) as kiosk:
        await kiosk.frame(PICTURE)
        await kiosk.frame(PICTURE)
    assert queue.seqs == [1, 2]


async def test_the_answer_to_a_frame_given_up_is_dropped(
    operator: str, path: str, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frame_socket, "WATCHDOG_SECONDS", 0.1)
    async with Socket(path, operator) as kiosk:
        await kiosk.frame(PICTURE)
        await queue.answer(1, {"state": "recognised", "name": "Too late"})
        assert await kiosk.is_quiet()


async def test_an_answer_older_than_three_seconds_is_not_shown(
    operator: str, path: str, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frame_socket, "RESULT_SECONDS", 0.0)
    async with Socket(path, operator) as kiosk:
        await kiosk.send_frame(PICTURE)
        await kiosk.receive_until("hello")
        assert await kiosk.is_quiet()
        await queue.answer(1, {"state": "recognised", "name": "Too late"})
        assert (await kiosk.receive_until("result"))["state"] == "busy"


async def test_the_same_answer_twice_is_sent_once(operator: str, path: str, queue: Queue) -> None:
    async with Socket(path, operator) as kiosk:
        await kiosk.send_frame(PICTURE)
        await kiosk.receive_until("hello")
        assert await kiosk.is_quiet()
        await queue.answer(1)
        await queue.answer(1)
        await kiosk.receive_until("result")
        assert await kiosk.is_quiet()


async def test_a_broker_that_is_down_makes_the_camera_busy(
    operator: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Down:
        def apply_async(self, arguments: tuple[Any, ...]) -> None:
            raise ConnectionError("no broker")

    monkeypatch.setattr(consumers, "identify_frame", Down())
    async with Socket(path, operator) as kiosk:
        assert (await kiosk.frame(PICTURE))["state"] == "busy"
        await kiosk.send(t="ping")
        assert await kiosk.receive_until("pong")


async def test_a_store_that_is_down_makes_the_camera_busy(
    operator: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: object) -> str:
        raise StoreUnavailable("store_unavailable", "Try again, or use your PIN.")

    monkeypatch.setattr(tickets, "hold", down)
    async with Socket(path, operator) as kiosk:
        answer = await kiosk.frame(PICTURE)
    assert (answer["state"], answer["code"]) == ("busy", "store_unavailable")


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> Iterator[Queue]:
    made = Queue()
    monkeypatch.setattr(consumers, "identify_frame", made)
    monkeypatch.setattr(frame_socket, "WATCHDOG_SECONDS", 60.0)
    yield made


async def test_leaving_with_a_frame_in_flight_is_no_error(operator: str, path: str, silent: Queue) -> None:
    async with Socket(path, operator) as kiosk:
        await kiosk.send_frame(PICTURE)
        await kiosk.receive_until("hello")
    assert await sync_to_async(lambda: len(silent.tasks))() <= 1
