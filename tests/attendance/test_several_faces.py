"""Several faces in one frame, each decided on its own; and a strict site looks at one person at a time."""

import cv2
import numpy as np
import pytest

from apps.organizations.models import LivenessPolicy
from apps.people.models import Person
from apps.recognition.engine import Engine
from tests.attendance.liveness import Eye, demand, eye, punches, tallies
from tests.attendance.punches import person_named
from tests.attendance.sockets import Message, Socket, camera_path
from tests.attendance.webcam import clip_frames, enroll_from, unlike
from tests.personas import World

__all__ = ["eye"]
pytestmark = [pytest.mark.shared, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("eager", "quick")]


@pytest.fixture
def people(world: World, engine: Engine) -> tuple[Person, Person]:
    """The faces of webcam clips D and A, enrolled."""
    other = person_named(world.northwind, "E7", "Anton", "Berg")
    enroll_from(world.person, "front_D.mjpeg")
    enroll_from(other, "front_A.mjpeg")
    return world.person, other


async def seen(world: World, cookie: str, clip: str) -> list[Message]:
    async with Socket(camera_path(world.camera), cookie) as kiosk:
        return [await kiosk.frame(unlike(frame, number)) for number, frame in enumerate(clip_frames(clip, most=5))]


def told(answer: Message) -> set[tuple[str, str]]:
    return {(face["state"], face.get("name", "")) for face in answer["faces"]}


async def test_two_enrolled_people_are_each_checked_in(
    world: World, people: tuple[Person, Person], operator: str
) -> None:
    await demand(world, LivenessPolicy.OFF, faces=2)
    answers = await seen(world, operator, "two_D_A.mjpeg")
    assert {answer["state"] for answer in answers} == {"several"}
    assert told(answers[-1]) == {("recognised", people[0].name), ("recognised", people[1].name)}
    assert await punches(world) == [("face", "", "")] * 2


async def test_a_stranger_beside_an_enrolled_person_stays_unknown(
    world: World, people: tuple[Person, Person], operator: str
) -> None:
    await demand(world, LivenessPolicy.OFF, faces=2)
    answers = await seen(world, operator, "two_D_C.mjpeg")
    assert told(answers[-1]) == {("recognised", people[0].name), ("unknown", "")}
    assert (len(await punches(world)), await tallies(world)) == (1, {"unknown": 1})


async def test_boxes_are_shares_of_the_picture(world: World, people: tuple[Person, Person], operator: str) -> None:
    await demand(world, LivenessPolicy.OFF, faces=2)
    faces = (await seen(world, operator, "two_D_A.mjpeg"))[0]["faces"]
    assert len(faces) == 2
    assert all(0 <= share <= 1 for face in faces for share in face["box"])


async def test_of_more_faces_than_the_number_the_largest_are_looked_at(
    world: World, people: tuple[Person, Person], operator: str
) -> None:
    await demand(world, LivenessPolicy.OFF, faces=2)
    two, far = clip_frames("two_D_A.mjpeg")[0], clip_frames("front_A.mjpeg")[0]
    far = np.asarray(cv2.resize(far, (320, 240), interpolation=cv2.INTER_AREA), dtype=np.uint8)
    crowd = np.hstack([two, np.vstack([far, np.full((240, 320, 3), 127, np.uint8)])])
    async with Socket(camera_path(world.camera), operator) as kiosk:
        faces = (await kiosk.frame(unlike(crowd, 1)))["faces"]
    assert [face["box"][0] < 2 / 3 for face in faces] == [True, True]


async def test_a_strict_site_looks_at_one_person_at_a_time(
    world: World, people: tuple[Person, Person], operator: str, eye: Eye
) -> None:
    await demand(world, LivenessPolicy.STRICT, faces=2)
    answers = await seen(world, operator, "two_D_A.mjpeg")
    assert {answer["code"] for answer in answers} == {"two_faces"}
    assert await punches(world) == []


async def test_one_of_several_whom_the_test_of_pictures_doubts_is_sent_to_the_pin(
    world: World, people: tuple[Person, Person], operator: str, eye: Eye
) -> None:
    await demand(world, LivenessPolicy.PASSIVE, faces=2)
    eye.sees(0.05)
    answers = await seen(world, operator, "two_D_A.mjpeg")
    assert {face["state"] for face in answers[-1]["faces"]} == {"unsure"}
    assert await punches(world) == []


async def test_alone_in_the_picture_somebody_is_asked_to_turn_here_too(
    world: World, people: tuple[Person, Person], operator: str, eye: Eye
) -> None:
    await demand(world, LivenessPolicy.PASSIVE, faces=2)
    eye.sees(0.5)
    answers = await seen(world, operator, "front_D.mjpeg")
    assert [answer["state"] for answer in answers] == ["several", "several", "challenge", "challenge", "challenge"]


async def test_who_steps_into_the_place_of_somebody_checked_in_is_looked_at_anew(
    world: World, people: tuple[Person, Person], operator: str
) -> None:
    await demand(world, LivenessPolicy.OFF, faces=2)
    one, other = clip_frames("front_D.mjpeg", most=4), clip_frames("front_A.mjpeg", most=5)
    async with Socket(camera_path(world.camera), operator) as kiosk:
        answers = [await kiosk.frame(unlike(frame, number)) for number, frame in enumerate([*one, *other])]
    assert told(answers[3]) == {("recognised", people[0].name)}
    assert told(answers[-1]) == {("recognised", people[1].name)}
    assert await punches(world) == [("face", "", "")] * 2
