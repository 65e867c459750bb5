"""The socket of the capture page, through the real ASGI application, layer and task queue of this mode."""

import asyncio
import json
import struct
from uuid import UUID

import pytest
from asgiref.sync import sync_to_async
from django.db import connection

from apps.attendance.socket_client import session_cookie
from apps.enrollment import capture, services
from apps.enrollment.frame_socket import OVERSIZE_BEFORE_CLOSE
from apps.enrollment.models import EngineChoice, EnrollmentSession
from apps.organizations.models import Organization, Role
from apps.organizations.tenancy import acting_for
from apps.recognition import frames, wire
from apps.recognition.engine import Engine
from tests.personas import World
from tests.recognition.pictures import claiming_size, jpeg, noise, png

from .camera import Camera
from .conftest import Enroll, add_person, faces, frame_of, opened, path_of, references

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("worker")]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Frames need not lie apart; a test about that does not ask for this."""
    monkeypatch.setattr(capture, "SPREAD_SECONDS", -1.0)


def left(organization: Organization) -> tuple[list[tuple[str, bool]], str]:
    """What the visit left: references and its state."""
    with acting_for(organization):
        kept = references(), EnrollmentSession.objects.order_by("started_at").values_list("state", flat=True)[0]
    connection.close()
    return kept


class TestDoor:
    async def test_an_operator_is_let_in(self, visit: EnrollmentSession, operator: str) -> None:
        async with Camera(path_of(visit), operator) as camera:
            hello = await camera.heard()
        told = {name: hello[name] for name in ("t", "needed", "accepted", "turns", "segments", "wanted")}
        assert told == {"t": "hello", "needed": 5, "accepted": 0, "turns": False, "segments": [], "wanted": []}

    async def test_the_subprotocol_is_agreed(self, visit: EnrollmentSession, operator: str) -> None:
        async with Camera(path_of(visit), operator) as camera:
            assert camera.subprotocol == "frame.v1"

    async def test_who_is_not_signed_in_is_asked_to(self, visit: EnrollmentSession) -> None:
        async with Camera(path_of(visit)) as camera:
            assert await camera.closed() == 4401

    async def test_a_session_that_is_not_there_is_none(self, visit: EnrollmentSession) -> None:
        async with Camera(path_of(visit), "session=made-up") as camera:
            assert await camera.closed() == 4401

    @pytest.mark.parametrize("origin", ["http://evil.example", "https://127.0.0.1:8000", "null", None])
    async def test_another_origin_is_forbidden(
        self, visit: EnrollmentSession, operator: str, origin: str | None
    ) -> None:
        async with Camera(path_of(visit), operator, origin=origin) as camera:
            assert await camera.closed() == 4403

    async def test_an_address_that_is_not_there_is_forbidden(self, world: World, operator: str) -> None:
        async with Camera("/ws/o/northwind/nothing/", operator) as camera:
            assert await camera.closed() == 4403

    @pytest.fixture
    def strangers(self, world: World, visit: EnrollmentSession) -> dict[str, tuple[str, str]]:
        """Sockets that are forbidden: (path, cookie) by why."""
        with acting_for(world.southwind):
            foreign = opened(world.southwind, world.south_person)
        with acting_for(world.northwind):
            ended = opened(world.northwind, add_person(world.northwind, "E2"))
            services.cancel_session(organization=world.northwind, session=ended)
        auditor = session_cookie(world.bob_as(Role.AUDITOR))
        alice, charlie = session_cookie(world.alice), session_cookie(world.charlie)
        return {
            "stranger": (path_of(visit), charlie),
            "stranger in the own organization": (path_of(visit, "southwind"), charlie),
            "foreign visit": (path_of(foreign), alice),
            "foreign organization": (path_of(foreign, "southwind"), alice),
            "too small a role": (path_of(visit), auditor),
            "ended visit": (path_of(ended), alice),
            "absent organization": (path_of(visit, "elsewhere"), alice),
        }

    async def test_everybody_else_is_forbidden(self, strangers: dict[str, tuple[str, str]]) -> None:
        codes = {}
        for why, (path, cookie) in strangers.items():
            async with Camera(path, cookie) as camera:
                codes[why] = await camera.closed()
        assert codes == dict.fromkeys(strangers, 4403)

    async def test_a_frame_of_who_was_not_let_in_is_not_looked_at(self, visit: EnrollmentSession, world: World) -> None:
        async with Camera(path_of(visit)) as camera:
            await camera.send_frame(faces()[0])
            await camera.closed()
        assert (await sync_to_async(left)(world.northwind))[0] == []


class TestFrames:
    async def test_good_frames_enroll_the_person(self, visit: EnrollmentSession, operator: str, world: World) -> None:
        async with Camera(path_of(visit), operator) as camera:
            await camera.heard()
            last = await camera.show_until(faces(), "complete", "refused", pause=capture.SPREAD_SECONDS)
        assert (last["state"], last["accepted"], last["needed"]) == ("complete", 5, 5)
        assert await sync_to_async(left)(world.northwind) == ([("E1", True)] * 5, "complete")

    async def test_a_page_that_comes_back_goes_on_where_it_was(
        self, visit: EnrollmentSession, operator: str, quick: None
    ) -> None:
        for expected in (0, 2):
            async with Camera(path_of(visit), operator) as camera:
                assert (await camera.heard())["accepted"] == expected
                for face in faces()[:2]:
                    await camera.show(face)

    async def test_who_cannot_turn_their_head_goes_on_looking_straight(
        self, world: World, operator: str, engine: Engine
    ) -> None:
        async with Camera(await sync_to_async(self._guided)(world), operator) as camera:
            hello = await camera.heard()
            await camera.say('{"t": "cannot_turn"}')
            told = await camera.heard()
        assert (hello["turns"], hello["wanted"], hello["straight"]) == (True, list(range(8)), False)
        assert (told["t"], told["turns"], told["wanted"], told["needed"]) == ("progress", False, [], 5)

    def _guided(self, world: World) -> str:
        with acting_for(world.northwind):
            path = path_of(opened(world.northwind, world.person, EnrollmentSession.Kind.GUIDED))
        connection.close()
        return path

    async def test_the_page_says_that_somebody_is_there(
        self, visit: EnrollmentSession, operator: str, world: World
    ) -> None:
        async with Camera(path_of(visit), operator) as camera:
            await camera.heard()
        with acting_for(world.northwind):
            assert (await EnrollmentSession.objects.aget()).seen_at > visit.seen_at

    async def test_the_newest_frame_wins(self, visit: EnrollmentSession, operator: str, quick: None) -> None:
        async with Camera(path_of(visit), operator) as camera:
            await camera.heard()
            for face in faces()[:4]:
                await camera.send_frame(face)
            answered = [(await camera.heard())["seq"] for _ in range(2)]
            assert answered == [1, 4] and await camera.socket.receive_nothing(0.3)

    async def test_another_persons_face_is_answered(self, visit: EnrollmentSession, operator: str, quick: None) -> None:
        async with Camera(path_of(visit), operator) as camera:
            await camera.heard()
            await camera.show(faces()[0])
            answer = await camera.show(jpeg(frame_of("ben")))
        assert (answer["state"], answer["code"], answer["accepted"]) == ("collecting", "different_person", 1)

    async def test_a_face_enrolled_as_another_ends_the_visit(
        self, visit: EnrollmentSession, operator: str, world: World, enroll: Enroll, quick: None
    ) -> None:
        await sync_to_async(self._enroll_as_another)(world, enroll)
        async with Camera(path_of(visit), operator) as camera:
            await camera.heard()
            shown = [jpeg(frame_of("ann", shift)) for shift in (0, 5, -5, 9, -9)]
            last = await camera.show_until(shown, "complete", "refused")
        assert (last["state"], last["code"], bool(last["hint"])) == ("refused", "held", True)

    def _enroll_as_another(self, world: World, enroll: Enroll) -> None:
        with acting_for(world.northwind):
            person = add_person(world.northwind, "E2")
        enroll(person, "ann")
        connection.close()

    @pytest.mark.parametrize(("face", "told"), [("ben", ("complete", "")), ("ann", ("refused", "held"))])
    async def test_a_page_whose_last_answer_was_lost_hears_how_it_ended(
        self,
        visit: EnrollmentSession,
        operator: str,
        world: World,
        enroll: Enroll,
        quick: None,
        face: str,
        told: tuple[str, str],
    ) -> None:
        await sync_to_async(self._enroll_as_another)(world, enroll)
        async with Camera(path_of(visit), operator) as camera:
            await camera.heard()
            await camera.show_until([jpeg(frame_of(face, shift)) for shift in (0, 5, -5, 9, -9)], "complete", "refused")
        async with Camera(path_of(visit), operator) as camera:
            hello = await camera.heard()
        assert (hello["t"], hello["state"], hello["code"]) == ("hello", *told)

    async def test_consent_that_ends_meanwhile_ends_the_visit(
        self, visit: EnrollmentSession, operator: str, world: World, quick: None
    ) -> None:
        async with Camera(path_of(visit), operator) as camera:
            await camera.heard()
            await camera.show(faces()[0])
            with acting_for(world.northwind):
                await sync_to_async(services.withdraw_consent)(organization=world.northwind, person=world.person)
            answer = await camera.show(faces()[1])
        assert (answer["state"], answer["code"]) == ("refused", "consent_withdrawn")
        assert await sync_to_async(left)(world.northwind) == ([], "cancelled")

    async def test_without_an_engine_the_page_is_told(self, visit: EnrollmentSession, operator: str) -> None:
        await EngineChoice.objects.all().adelete()
        async with Camera(path_of(visit), operator) as camera:
            await camera.heard()
            answer = await camera.show(faces()[0])
        assert (answer["state"], answer["code"]) == ("closed", "engine_not_chosen")

    async def test_cancelling_leaves_nothing(
        self, visit: EnrollmentSession, operator: str, world: World, quick: None
    ) -> None:
        async with Camera(path_of(visit), operator) as camera:
            await camera.heard()
            await camera.show(faces()[0])
            await camera.say('{"t": "cancel"}')
            assert await camera.closed() == 1000
        assert await sync_to_async(left)(world.northwind) == ([], "cancelled")

    async def test_no_frame_waits_anywhere_afterwards(
        self, visit: EnrollmentSession, operator: str, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tickets: list[str] = []
        hold = frames.hold

        def noted(organization_id: UUID, picture: bytes) -> str:
            tickets.append(hold(organization_id, picture))
            return tickets[-1]

        monkeypatch.setattr(frames, "hold", noted)
        async with Camera(path_of(visit), operator) as camera:
            await camera.heard()
            await camera.show(faces()[0])
        assert tickets and frames.take(world.northwind.pk, tickets[0]) is None


def message(header: object, picture: bytes = b"", version: int = 1, length: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack(">BBH", version, 0, len(text) if length is None else length) + text + picture


GOOD = {"seq": 1, "ts": 1, "track": 1}
NOT_TAKEN_UP = {
    "nothing": (b"", "empty_frame"),
    "one byte": (b"\x01", "malformed_header"),
    "another version": (message(GOOD, version=2), "malformed_header"),
    "header longer than the message": (message(GOOD, length=2000), "malformed_header"),
    "header that is too long": (message(b" " * 3000), "malformed_header"),
    "header that is no JSON": (message(b"{"), "malformed_header"),
    "header that is no object": (message([1]), "malformed_header"),
    "header nested too deep": (message(b"[" * 2000), "malformed_header"),
    "header without a number": (message({"ts": 1}), "malformed_header"),
    "negative number": (message({"seq": -1, "ts": 1}), "malformed_header"),
    "number that is none": (message({"seq": "x", "ts": 1}), "malformed_header"),
    "oversize": (message(GOOD, bytes(wire.MOST_BYTES)), "frame_too_large"),
}
POISON = {
    "no picture": (b"", "empty_frame"),
    "no JPEG": (png(noise()), "not_jpeg"),
    "zeroes": (bytes(5000), "not_jpeg"),
    "cut short": (jpeg(noise())[:400], "truncated"),
    "pixel bomb": (claiming_size(jpeg(noise()), 60000, 60000), "too_many_pixels"),
}


class TestBadInput:
    @pytest.mark.parametrize(("sent", "code"), NOT_TAKEN_UP.values(), ids=NOT_TAKEN_UP.keys())
    async def test_what_is_no_frame_is_refused_and_the_next_frame_works(
        self, visit: EnrollmentSession, operator: str, sent: bytes, code: str
    ) -> None:
        async with Camera(path_of(visit), operator) as camera:
            await camera.heard()
            await camera.send(sent)
            refused = await camera.heard()
            assert (refused["t"], refused["seq"], refused["code"]) == ("refused", None, code)
            assert (await camera.show(faces()[0]))["accepted"] == 1

    @pytest.mark.parametrize(("picture", "code"), POISON.values(), ids=POISON.keys())
    async def test_a_poisoned_picture_is_answered_and_the_next_frame_works(
        self, visit: EnrollmentSession, operator: str, picture: bytes, code: str
    ) -> None:
        async with Camera(path_of(visit), operator) as camera:
            await camera.heard()
            answer = await camera.show(picture)
            assert (answer["state"], answer["code"], bool(answer["hint"])) == ("collecting", code, True)
            assert (await camera.show(faces()[0]))["accepted"] == 1

    async def test_who_keeps_sending_too_much_is_cut_off(self, visit: EnrollmentSession, operator: str) -> None:
        async with Camera(path_of(visit), operator) as camera:
            await camera.heard()
            for _ in range(OVERSIZE_BEFORE_CLOSE):
                await camera.send(bytes(wire.MOST_BYTES + 1))
            assert await camera.closed() == 4413

    async def test_who_floods_is_cut_off(self, visit: EnrollmentSession, operator: str) -> None:
        async with Camera(path_of(visit), operator) as camera:
            await camera.heard()
            for _ in range(60):
                await camera.say('{"t": "ping"}')
            assert await camera.closed() == 4429

    @pytest.mark.parametrize("text", ["", "nonsense", "[1]", "7", "[" * 2000, '{"t": "' + "x" * 3000 + '"}'])
    async def test_text_that_is_no_message_is_refused(self, visit: EnrollmentSession, operator: str, text: str) -> None:
        async with Camera(path_of(visit), operator) as camera:
            await camera.heard()
            await camera.say(text)
            assert (await camera.heard())["code"] == "malformed_message"

    async def test_a_message_nobody_knows_is_passed_over(self, visit: EnrollmentSession, operator: str) -> None:
        async with Camera(path_of(visit), operator) as camera:
            await camera.heard()
            await camera.say('{"t": "dance"}')
            await camera.say('{"t": "ping"}')
            assert await camera.heard() == {"t": "pong"}


class TestLife:
    async def test_a_ping_is_answered(self, visit: EnrollmentSession, operator: str) -> None:
        async with Camera(path_of(visit), operator) as camera:
            await camera.heard()
            await camera.say('{"t": "ping"}')
            assert await camera.heard() == {"t": "pong"}

    @pytest.mark.services
    async def test_a_socket_that_was_idle_still_answers(self, visit: EnrollmentSession, operator: str) -> None:
        # redis-py 8 closed the layer's idle connection after 5 s, and the socket was deaf from then on.
        async with Camera(path_of(visit), operator) as camera:
            await camera.heard()
            await asyncio.sleep(6)
            assert (await camera.show(faces()[0]))["accepted"] == 1
