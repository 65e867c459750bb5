"""The kiosk's socket with real faces: who is let in, and what each approach is answered and leaves behind."""

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from apps.attendance import answers, approach, identification
from apps.attendance.models import ApproachTally, Direction, Punch, Sighting, Source
from apps.attendance.socket_client import session_cookie
from apps.enrollment.engine_choice import choose_engine
from apps.organizations.models import Camera, OrganizationModel, Role
from apps.organizations.tenancy import acting_for
from apps.people.models import Person
from apps.recognition import engine as engines
from apps.recognition.engine import Engine
from tests.attendance.conftest import Enroll, frames_of
from tests.attendance.punches import booked_at
from tests.attendance.sockets import Message, Socket, camera_path
from tests.personas import World, signed_in
from tests.recognition.pictures import jpeg, noise

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("eager")]


@pytest.fixture
def ann(world: World, enroll: Enroll) -> Person:
    """Priya, enrolled with a real face."""
    enroll(world.person, "ann")
    return world.person


@pytest.fixture
def path(world: World) -> str:
    return camera_path(world.camera)


def rows(world: World, model: type[OrganizationModel]) -> list[str]:
    """The codes or sources of the rows there are."""
    field = "source" if model is Punch else "code"
    with acting_for(world.northwind):
        return list(model.objects.values_list(field, flat=True))


rows_of = sync_to_async(rows)


async def closed_with(path: str, cookie: str = "", **more: str | None) -> int:
    async with Socket(path, cookie, **more) as socket:
        return int((await socket.receive())["close"])


async def test_who_is_not_signed_in_is_told_so(path: str) -> None:
    assert await closed_with(path) == 4401


async def test_a_forged_session_is_not_signed_in(path: str) -> None:
    assert await closed_with(path, "session=0123456789abcdef0123456789abcdef") == 4401


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.AUDITOR, Role.EMPLOYEE])
async def test_a_role_that_operates_no_camera_is_refused(world: World, path: str, role: Role) -> None:
    cookie = await sync_to_async(lambda: session_cookie(world.bob_as(role)))()
    assert await closed_with(path, cookie) == 4403


async def test_a_member_of_another_organization_is_refused(world: World, path: str) -> None:
    assert await closed_with(path, await sync_to_async(session_cookie)(world.charlie)) == 4403


async def test_a_foreign_camera_is_refused_like_an_absent_one(world: World, operator: str) -> None:
    assert await closed_with(camera_path(world.south_camera), operator) == 4403
    assert await closed_with(camera_path(Camera()), operator) == 4403


async def test_an_absent_organization_is_refused(world: World, operator: str) -> None:
    assert await closed_with(camera_path(world.camera, "nowhere"), operator) == 4403


async def test_a_retired_camera_is_refused(world: World, operator: str, path: str) -> None:
    def retire() -> None:
        with acting_for(world.northwind):
            Camera.objects.filter(pk=world.camera.pk).update(is_active=False)

    await sync_to_async(retire)()
    assert await closed_with(path, operator) == 4403


@pytest.mark.parametrize("origin", ["https://evil.example", "null", None, "http://127.0.0.1.evil.example"])
async def test_a_page_from_elsewhere_is_refused(operator: str, path: str, origin: str | None) -> None:
    assert await closed_with(path, operator, origin=origin) == 4403


async def test_an_unknown_address_is_refused(operator: str) -> None:
    assert await closed_with("/ws/elsewhere/", operator) == 4403


async def test_the_hello_names_the_kiosk_and_its_mode(ann: Person, operator: str, path: str) -> None:
    async with Socket(path, operator) as kiosk:
        assert await kiosk.receive() == {"t": "hello", "kiosk": "Kiosk", "mode": "accept", "notice": "", "view": "face"}
        assert kiosk.subprotocol == "frame.v1"


async def test_a_ping_is_answered(operator: str, path: str) -> None:
    async with Socket(path, operator) as kiosk:
        await kiosk.send(t="ping")
        assert await kiosk.receive_until("pong")


async def shown(path: str, cookie: str, face: str, track: int = 1) -> Message:
    async with Socket(path, cookie) as kiosk:
        return await kiosk.frames(frames_of(face), track)


async def test_an_enrolled_face_is_recognised(world: World, ann: Person, operator: str, path: str, quick: None) -> None:
    answer = await shown(path, operator, "ann")
    assert (answer["state"], answer["name"], answer["direction"]) == ("recognised", "Priya Raman", "in")
    assert await rows_of(world, Punch) == [Source.FACE]


async def test_frames_lie_half_a_second_apart(
    ann: Person, operator: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(approach, "SPREAD_MS", 600_000)
    async with Socket(path, operator) as kiosk:
        states = [(await kiosk.frame(frame))["state"] for frame in frames_of("ann")]
    assert set(states) == {"searching"}


async def test_searching_says_when_to_send_the_next(ann: Person, operator: str, path: str) -> None:
    async with Socket(path, operator) as kiosk:
        answer = await kiosk.frame(frames_of("ann")[0])
    assert (answer["state"], answer["retry_ms"]) == ("searching", approach.SPREAD_MS)


async def test_a_second_pass_says_already(world: World, ann: Person, operator: str, path: str, quick: None) -> None:
    async with Socket(path, operator) as kiosk:
        first = await kiosk.frames(frames_of("ann"), track=1)
        second = await kiosk.frames(frames_of("ann"), track=2)
    assert (second["state"], second["code"], second["time"]) == ("already", "already_in", first["time"])
    assert await rows_of(world, Punch) == [Source.FACE]


async def test_a_decided_track_repeats_its_answer(
    world: World, ann: Person, operator: str, path: str, quick: None
) -> None:
    async with Socket(path, operator) as kiosk:
        decided = await kiosk.frames(frames_of("ann"))
        again = await kiosk.frame(frames_of("ann")[0])
    assert again["state"] == decided["state"] == "recognised"
    assert await rows_of(world, Sighting) == ["punched"]


async def test_two_pages_of_one_camera_do_not_share_their_tracks(
    ann: Person, operator: str, path: str, quick: None
) -> None:
    assert (await shown(path, operator, "ann", track=1))["state"] == "recognised"
    assert (await shown(path, operator, "ben", track=1))["state"] == "unknown"


async def test_a_stranger_is_unknown_and_leaves_a_number(
    world: World, ann: Person, operator: str, path: str, quick: None
) -> None:
    answer = await shown(path, operator, "ben")
    assert (answer["state"], answer["hint"]) == ("unknown", identification.UNKNOWN_HINT)
    assert await rows_of(world, ApproachTally) == ["unknown"]


async def test_a_stranger_leaves_neither_punch_nor_sighting(
    world: World, ann: Person, operator: str, path: str, quick: None
) -> None:
    await shown(path, operator, "ben")
    assert await rows_of(world, Punch) == []
    assert await rows_of(world, Sighting) == []


async def test_a_person_of_another_organization_is_a_stranger(
    world: World, enroll: Enroll, operator: str, path: str, quick: None
) -> None:
    await sync_to_async(enroll)(world.south_person, "ann")
    assert (await shown(path, operator, "ann"))["state"] == "unknown"


async def test_two_people_in_one_track_are_not_let_through(
    world: World, ann: Person, operator: str, path: str, quick: None
) -> None:
    async with Socket(path, operator) as kiosk:
        answer = await kiosk.frames([*frames_of("ann")[:2], *frames_of("ben")])
    assert answer["state"] in {"confirm", "unknown"}
    assert await rows_of(world, Punch) == []


async def test_no_face_is_said_to_the_person(ann: Person, operator: str, path: str) -> None:
    async with Socket(path, operator) as kiosk:
        answer = await kiosk.frame(jpeg(noise(240, 320)))
    assert (answer["state"], answer["code"]) == ("searching", "no_face")
    assert answer["hint"]


async def test_a_person_who_left_since_is_refused(
    world: World, ann: Person, operator: str, path: str, quick: None
) -> None:
    def leave() -> None:
        with acting_for(world.northwind):
            Person.objects.filter(pk=ann.pk).update(is_active=False)

    async with Socket(path, operator) as kiosk:
        await kiosk.frames(frames_of("ann")[:2])  # the gallery is in memory from here on
        await sync_to_async(leave)()
        answer = await kiosk.frame(frames_of("ann")[2])
    assert (answer["state"], answer["code"]) == ("unknown", "person_inactive")


async def asked(kiosk: Socket) -> Message:
    answer = await kiosk.frames(frames_of("ann"))
    assert answer["state"] == "confirm", answer
    return answer


@pytest.fixture
def confirming(ann: Person, uncalibrated: None, quick: None) -> None:
    """An engine that may not accept by itself, and Priya enrolled."""


async def test_an_engine_without_calibration_says_so(confirming: None, operator: str, path: str) -> None:
    async with Socket(path, operator) as kiosk:
        hello = await kiosk.receive()
    assert hello["mode"] == "confirm"
    assert "not calibrated" in hello["notice"]


async def test_an_engine_without_calibration_asks(confirming: None, operator: str, path: str, world: World) -> None:
    async with Socket(path, operator) as kiosk:
        question = await asked(kiosk)
    assert (question["name"], question["expires_ms"]) == ("Priya Raman", 15_000)
    assert await rows_of(world, Punch) == []


async def test_yes_punches(confirming: None, operator: str, path: str, world: World) -> None:
    async with Socket(path, operator) as kiosk:
        question = await asked(kiosk)
        answer = await kiosk.confirm(question["approach"], "yes")
    assert (answer["state"], answer["direction"]) == ("recognised", Direction.IN)
    assert await rows_of(world, Punch) == [Source.FACE_CONFIRMED]


async def test_not_me_punches_nothing_and_is_kept(confirming: None, operator: str, path: str, world: World) -> None:
    async with Socket(path, operator) as kiosk:
        question = await asked(kiosk)
        answer = await kiosk.confirm(question["approach"], "no")
    assert (answer["state"], answer["code"]) == ("unknown", "not_me")
    assert (await rows_of(world, Punch), await rows_of(world, Sighting)) == ([], ["not_me"])


@pytest.mark.parametrize(("said", "state"), [("yes", "recognised"), ("no", "unknown")])
async def test_the_next_frame_of_an_answered_question_does_not_ask_again(
    confirming: None, operator: str, path: str, world: World, said: str, state: str
) -> None:
    async with Socket(path, operator) as kiosk:
        question = await asked(kiosk)
        await kiosk.confirm(question["approach"], said)
        answer = await kiosk.frame(frames_of("ann")[0])
    assert answer["state"] == state


@pytest.mark.parametrize("answer", ["maybe", "YES", "", None, 1])
async def test_only_yes_is_yes(confirming: None, operator: str, path: str, world: World, answer: object) -> None:
    async with Socket(path, operator) as kiosk:
        question = await asked(kiosk)
        await kiosk.send(t="confirm", approach=question["approach"], answer=answer)
        await kiosk.receive_until("result")
    assert await rows_of(world, Punch) == []


async def test_a_question_is_answered_once(confirming: None, operator: str, path: str, world: World) -> None:
    async with Socket(path, operator) as kiosk:
        question = await asked(kiosk)
        await kiosk.confirm(question["approach"], "no")
        assert (await kiosk.confirm(question["approach"], "yes"))["code"] == "too_late"
    assert await rows_of(world, Punch) == []


async def test_a_late_yes_is_too_late(
    confirming: None, operator: str, path: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "CONFIRM_SECONDS", 0.01)
    async with Socket(path, operator) as kiosk:
        question = await asked(kiosk)
        assert await kiosk.is_quiet()
        assert (await kiosk.confirm(question["approach"], "yes"))["code"] == "too_late"
    assert await rows_of(world, Punch) == []


async def test_an_invented_question_is_too_late(confirming: None, operator: str, path: str) -> None:
    async with Socket(path, operator) as kiosk:
        assert (await kiosk.confirm("0" * 32, "yes"))["code"] == "too_late"


async def test_another_camera_cannot_answer(confirming: None, operator: str, path: str, world: World) -> None:
    def second() -> Camera:
        with acting_for(world.northwind):
            return Camera.objects.create(organization=world.northwind, site=world.site, name="Second")

    other = await sync_to_async(second)()
    async with Socket(path, operator) as kiosk, Socket(camera_path(other), operator) as elsewhere:
        question = await asked(kiosk)
        assert (await elsewhere.confirm(question["approach"], "yes"))["code"] == "too_late"


async def test_a_confirmation_without_an_approach_is_ignored(confirming: None, operator: str, path: str) -> None:
    async with Socket(path, operator) as kiosk:
        await kiosk.receive_until("hello")
        await kiosk.send(t="confirm", answer="yes")
        await kiosk.send(t="confirm", approach=7, answer="yes")
        assert await kiosk.is_quiet()


async def test_without_an_engine_the_kiosk_points_to_the_pin(world: World, operator: str, path: str) -> None:
    async with Socket(path, operator) as kiosk:
        answer = await kiosk.frame(jpeg(noise()))
    assert (answer["state"], answer["code"]) == ("closed", "engine_not_chosen")
    assert "PIN" in answer["message"]


async def test_missing_weights_close_the_face_and_say_in_the_log_what_to_do(
    world: World, operator: str, path: str, no_weights: None, caplog: pytest.LogCaptureFixture
) -> None:
    async with Socket(path, operator) as kiosk:
        answer = await kiosk.frame(jpeg(noise()))
    assert (answer["state"], answer["code"]) == ("closed", "weights_missing")
    assert ("facemodels pull" in caplog.text, "facemodels" in answer["message"]) == (True, False)


@pytest.fixture
def no_weights(
    world: World, engine: Engine, settings: pytest.FixtureRequest, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An engine is chosen whose files were never fetched."""
    monkeypatch.setattr(engines, "_loaded", {})
    settings.MODELS_DIR = tmp_path  # type: ignore[attr-defined]
    choose_engine("arcface-yunet")


def test_a_pin_punches_while_the_weights_are_missing(world: World, no_weights: None) -> None:
    client = signed_in(world.alice)
    pin = client.post(f"/o/northwind/people/{world.person.pk}/pin/").context["pin"]
    client.post(f"/o/northwind/cameras/{world.camera.pk}/pin/", {"number": "E1", "pin": pin})
    assert rows(world, Punch) == [Source.PIN]


def test_a_punch_by_hand_works_while_the_weights_are_missing(world: World, no_weights: None) -> None:
    booked_at(world, timezone.now())
    assert rows(world, Punch) == [Source.MANUAL]
