"""In the walk: between two whole looks faces are followed, and an unchanged empty picture is not looked at."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.attendance import last_frames, tasks
from apps.enrollment.engine_choice import choose_engine
from apps.organizations.models import Camera, Site
from apps.organizations.tenancy import acting_for
from apps.people.models import Person
from apps.recognition import frames
from apps.recognition.between_frames import EMPTY_SECONDS, Memory
from apps.recognition.detectors.mtcnn import MtcnnDetector
from apps.recognition.engine import Engine
from apps.recognition.shapes import Face, Image
from tests.attendance.conftest import Enroll
from tests.attendance.punches import person_named
from tests.attendance.webcam import clip_frames, enroll_from, unlike
from tests.personas import World
from tests.recognition.pictures import jpeg, portrait

Answer = dict[str, Any]
EMPTY = np.full((400, 800, 3), 120, np.uint8)


@dataclass
class Kiosk:
    """A page that sends frames to a worker in this process, by a clock that the test winds."""

    world: World
    now: float = 100.0
    looks: int = 0
    """Whole frames that the detector was shown."""
    socket: str = "socket.a"

    def show(self, image: Image | bytes, *, after: float = 0.1, track: int = 1, nonce: str = "") -> Answer:
        self.now += after
        frame = image if isinstance(image, bytes) else jpeg(image, 90)
        sent = tasks.Sent(self.socket, track, nonce)
        with acting_for(self.world.northwind):
            ticket = frames.hold(self.world.northwind.pk, frame)
            return tasks._answer(self.world.northwind.pk, self.world.camera.pk, ticket, sent)

    def looked(self, image: Image | bytes, **how: Any) -> bool:
        before = self.looks
        self.show(image, **how)
        return self.looks > before


@pytest.fixture
def kiosk(world: World, engine: Engine, quick: None, monkeypatch: pytest.MonkeyPatch) -> Kiosk:
    choose_engine(engine.name)
    made = Kiosk(world)
    detect = MtcnnDetector.detect

    def counted(detector: MtcnnDetector, image: Image) -> list[Face]:
        made.looks += 1
        return detect(detector, image)

    monkeypatch.setattr(MtcnnDetector, "detect", counted)
    monkeypatch.setattr(last_frames, "monotonic", lambda: made.now)
    for memory in ("_faces", "_empty"):
        monkeypatch.setattr(last_frames, memory, Memory(seconds=1.5))
    return made


def two(*people: str) -> Image:
    """A frame with room for two."""
    halves = [portrait(person) for person in people]
    return np.ascontiguousarray(np.hstack([*halves, *([EMPTY[:, :400]] * (2 - len(halves)))]))


def several(world: World, faces: int) -> None:
    with acting_for(world.northwind):
        Camera.objects.filter(pk=world.camera.pk).update(faces_per_frame=faces)
        Site.objects.filter(pk=world.site.pk).update(frames_per_decision=3 if faces > 1 else 5)


@pytest.mark.parametrize("faces", [1, 3])
def test_an_unchanged_empty_picture_is_answered_unseen(kiosk: Kiosk, faces: int) -> None:
    several(kiosk.world, faces)
    first = kiosk.show(EMPTY)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert [kiosk.show(unlike(EMPTY, number)) for number in range(3)] == [first] * 3
    assert (kiosk.looks, len(queries)) == (1, 0)
    assert first.get("code") == "no_face" or first["faces"] == []


def test_an_empty_picture_is_looked_at_again_after_a_while(kiosk: Kiosk) -> None:
    looked = [kiosk.looked(EMPTY, after=0.5) for _ in range(10)]
    assert looked == [number % round(EMPTY_SECONDS / 0.5) == 0 for number in range(10)]


@pytest.mark.parametrize("faces", [1, 3])
def test_who_steps_into_an_empty_picture_is_seen_in_the_first_frame(kiosk: Kiosk, faces: int) -> None:
    several(kiosk.world, faces)
    kiosk.show(EMPTY)
    answer = kiosk.show(two("ann"))
    assert kiosk.looks == 2
    assert answer.get("faces") if faces > 1 else "code" not in answer


def test_an_empty_picture_of_another_page_is_looked_at(kiosk: Kiosk) -> None:
    kiosk.show(EMPTY)
    kiosk.socket = "socket.b"
    assert kiosk.looked(EMPTY)


def test_nothing_is_remembered_across_organizations(kiosk: Kiosk) -> None:
    kiosk.show(EMPTY)
    frame, camera = jpeg(EMPTY, 90), kiosk.world.camera.pk
    assert last_frames.unchanged_answer(kiosk.world.northwind.pk, camera, kiosk.socket, frame)
    for organization, other in ((kiosk.world.southwind.pk, camera), (kiosk.world.northwind.pk, uuid4())):
        assert last_frames.unchanged_answer(organization, other, kiosk.socket, frame) is None


def test_a_frame_of_a_turn_is_always_looked_at(kiosk: Kiosk) -> None:
    kiosk.show(EMPTY)
    assert kiosk.looked(EMPTY, nonce="a-challenge")


def test_a_damaged_frame_after_an_empty_one_has_its_code(kiosk: Kiosk) -> None:
    kiosk.show(EMPTY)
    assert [kiosk.show(frame)["code"] for frame in (b"", b"GIF89a", jpeg(EMPTY)[:-2])] == [
        "empty_frame",
        "not_jpeg",
        "truncated",
    ]


def test_of_the_three_frames_of_an_approach_the_second_is_followed(kiosk: Kiosk, enroll: Enroll) -> None:
    enroll(kiosk.world.person, "ann")
    looked = [kiosk.looked(portrait("ann", shift=shift), after=0.5) for shift in (0, 5, 3)]
    assert looked == [True, False, True]
    assert kiosk.show(portrait("ann"))["state"] == "recognised"


def test_the_next_approach_begins_with_a_whole_look(kiosk: Kiosk) -> None:
    kiosk.show(two("ann"))
    assert not kiosk.looked(two("ann"))
    assert kiosk.looked(two("ann"), track=2)


def test_somebody_who_joins_is_seen_within_a_second(kiosk: Kiosk) -> None:
    several(kiosk.world, 1)
    kiosk.show(two("ann"))
    codes = [kiosk.show(two("ann", "ben"), after=0.3).get("code") for _ in range(4)]
    assert codes == [None, None, None, "two_faces"]


Play = Callable[[str, int], list[Answer]]


@pytest.fixture
def people(world: World) -> tuple[Person, Person]:
    other = person_named(world.northwind, "E7", "Anton", "Berg")
    enroll_from(world.person, "front_D.mjpeg")
    enroll_from(other, "front_A.mjpeg")
    return world.person, other


@pytest.fixture
def play(kiosk: Kiosk, people: tuple[Person, Person], monkeypatch: pytest.MonkeyPatch) -> Play:
    """`play(clip, faces)`: the answers of a worker that remembers, held to those of one that does not."""

    def shown(clip: str, faces: int, socket: str) -> list[Answer]:
        several(kiosk.world, faces)
        kiosk.socket = socket
        return [kiosk.show(frame, after=0.4) for frame in clip_frames(clip, most=6)]

    def both(clip: str, faces: int) -> list[Answer]:
        with monkeypatch.context() as forgetful:
            forgetful.setattr(Memory, "recall", lambda *_: None)
            wanted = shown(clip, faces, f"socket.forgets.{clip}")
        looks, kiosk.looks = kiosk.looks, 0
        answers = shown(clip, faces, f"socket.remembers.{clip}")
        assert [gist(one) for one in answers] == [gist(one) for one in wanted]
        assert kiosk.looks < looks
        return answers

    return both


def gist(answer: Answer) -> set[tuple[Any, ...]]:
    """Who was seen: checked in by the first showing, they are checked in already in the second."""
    shown = answer.get("faces", [answer])
    return {(one["state"].replace("already", "recognised"), one.get("name")) for one in shown}


@pytest.mark.shared
@pytest.mark.parametrize(
    ("clip", "state"), [("front_A", "recognised"), ("front_D", "recognised"), ("far_D", ""), ("stranger_C", "unknown")]
)
def test_a_clip_is_decided_as_by_whole_looks(play: Play, clip: str, state: str) -> None:
    answers = play(f"{clip}.mjpeg", 1)
    assert not state or answers[-1]["state"] in {state, "already"}


@pytest.mark.shared
@pytest.mark.parametrize("clip", ["two_D_A", "two_D_C"])
def test_a_clip_of_two_people_is_decided_as_by_whole_looks(play: Play, clip: str) -> None:
    assert {len(answer["faces"]) for answer in play(f"{clip}.mjpeg", 3)} == {2}


def test_a_key_names_the_organization_first() -> None:
    place = last_frames.Place(UUID(int=1), UUID(int=2), "socket.a", "socket.a.1")
    assert last_frames._of_track(place) == (UUID(int=1), UUID(int=2), "socket.a.1")
