"""The socket of the photo import, through the real ASGI application, layer and task queue of this mode."""

import json
from collections.abc import Callable
from typing import Any
from unittest.mock import AsyncMock
from uuid import UUID

import pytest
from asgiref.sync import sync_to_async
from django.db import connection

from apps.attendance.socket_client import session_cookie
from apps.enrollment import frame_socket, photo_frames
from apps.enrollment.models import Consent, EnrollmentSession, PrivacyRules
from apps.enrollment.photo_socket import PhotoSocket
from apps.enrollment.photo_trail import Trail
from apps.organizations.models import AuditEntry, Role
from apps.organizations.tenancy import acting_for
from apps.recognition.engine import Engine
from tests.personas import World
from tests.recognition.pictures import jpeg, noise

from . import camera
from .camera import Camera
from .conftest import add_person, agree, frame_of, references

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("worker")]
PATH = "/ws/o/northwind/enrollment/photos/"
REAL: dict[str, Any] = {"dry_run": False, "paper_reference": "file 12", "run": "r1"}
TRIED: dict[str, Any] = REAL | {"dry_run": True}


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that is busy with something else takes longer; what the page then does is tried in tests/js."""
    monkeypatch.setattr(frame_socket, "WATCHDOG_SECONDS", 60.0)
    monkeypatch.setattr(camera, "SECONDS", 60.0)


@pytest.fixture
def pages(world: World, engine: Engine, operator: str) -> str:
    """An operator's cookie, with the packaged engine loaded and E2 known besides E1."""
    with acting_for(world.northwind):
        add_person(world.northwind, "E2")
    return operator


class Photos(Camera):
    """The page's side: `ask` waits for its own kind of answer."""

    async def ask(self, kind: str, answer: str = "", **given: Any) -> dict[str, Any]:
        await self.say(json.dumps({"t": kind, **given}))
        while (heard := await self.heard())["t"] != (answer or kind):
            pass
        return heard

    async def send_person(self, number: str, *faces: bytes) -> dict[str, Any]:
        """One whole person; the answer of their end."""
        standing = await self.ask("person", number=number)
        assert standing["code"] == "", standing
        for face in faces:
            await self.show(face)
        return await self.ask("conclude", "concluded")


def picture(face: str, shift: int = 0) -> bytes:
    return jpeg(frame_of(face, shift))


async def kept(world: World, read: Callable[[], Any]) -> Any:
    def reading() -> Any:
        with acting_for(world.northwind):
            found = read()
        connection.close()
        return found

    return await sync_to_async(reading)()


def rows() -> list[int]:
    return [model.objects.count() for model in (Consent, EnrollmentSession)] + [len(references())]


def runs() -> list[str]:
    return sorted(AuditEntry.objects.filter(action__startswith="photos").values_list("action", flat=True))


async def closed(path: str, cookie: str = "") -> int:
    async with Photos(path, cookie) as page:
        return await page.closed()


class TestDoor:
    async def test_an_operator_is_let_in_and_others_are_not(self, world: World, pages: str) -> None:
        async with Photos(PATH, pages) as page:
            assert await page.heard() == {"t": "hello", "most_photos": 20, "most_numbers": 200}
        charlie = await sync_to_async(session_cookie)(world.charlie)
        auditor = await sync_to_async(lambda: session_cookie(world.bob_as(Role.AUDITOR)))()
        assert [await closed(PATH), await closed(PATH, charlie), await closed(PATH, auditor)] == [4401, 4403, 4403]

    async def test_where_faces_are_off_it_does_not_open(self, world: World, pages: str) -> None:
        await kept(world, lambda: PrivacyRules.objects.update(face_mode=False))
        assert await closed(PATH, pages) == 4403


class TestMatching:
    async def test_it_tells_whose_numbers_they_are(self, world: World, pages: str) -> None:
        async with Photos(PATH, pages) as page:
            assert (await page.ask("terms", **REAL))["paper_reference"] == "file 12"
            people = (await page.ask("match", numbers=["E1", "X", 7]))["people"]
        assert [(one["number"], one["name"], one["code"]) for one in people] == [
            ("E1", "Priya Raman", ""),
            ("X", "", "unknown_person"),
            ("7", "", "unknown_person"),
        ]

    @pytest.mark.parametrize("numbers", [None, "E1", {"a": 1}, [None, [], {}]])
    async def test_nonsense_finds_nobody(self, pages: str, numbers: Any) -> None:
        async with Photos(PATH, pages) as page:
            people = (await page.ask("match", numbers=numbers))["people"]
        assert [one for one in people if one["code"] != "unknown_person"] == []


class TestRun:
    async def test_a_person_is_enrolled_at_their_end_and_not_before(self, world: World, pages: str) -> None:
        async with Photos(PATH, pages) as page:
            await page.ask("terms", **REAL)
            await page.ask("person", number="E1")
            for count, shift in enumerate((0, 5), 1):
                answer = await page.show(picture("ann", shift))
                assert (answer["state"], answer["accepted"]) == ("taken", count)
            assert await kept(world, rows) == [0, 0, 0]
            end = await page.ask("conclude", "concluded")
        assert (end["state"], end["used"], await kept(world, references)) == ("enrolled", 2, [("E1", True)] * 2)
        paper = await kept(
            world, lambda: Consent.objects.values_list("method", "paper_reference", "witness__email").get()
        )
        assert paper == ("on_paper", "file 12", "bob@example.org")
        assert await kept(world, runs) == ["photos.import"]

    async def test_asked_again_the_end_is_the_same_and_nothing_is_written_twice(self, world: World, pages: str) -> None:
        async with Photos(PATH, pages) as page:
            await page.ask("terms", **REAL)
            ends = [await page.send_person("E1", picture("ann")), await page.ask("conclude", "concluded")]
        assert ends[0] == ends[1] and await kept(world, rows) == [1, 1, 1]

    async def test_a_dry_run_answers_alike_and_writes_only_that_it_was(self, world: World, pages: str) -> None:
        async with Photos(PATH, pages) as page:
            await page.ask("terms", **TRIED)
            ends = [await page.send_person(number, picture("ann")) for number in ("E1", "E2")]
        assert [end["state"] for end in ends] == ["enrolled"] * 2
        assert (await kept(world, rows), await kept(world, runs)) == ([0, 0, 0], ["photos.dry_run"])

    async def test_photos_are_refused_with_their_reasons(self, pages: str) -> None:
        async with Photos(PATH, pages) as page:
            await page.ask("terms", **TRIED)
            await page.ask("person", number="E1")
            shown = [picture("ann"), picture("ben"), picture("ann"), jpeg(noise(200, 200)), b"\xff\xd8\xff cut"]
            codes = [(await page.show(face))["code"] for face in shown]
        assert codes == ["", "different_person", "same_picture", "no_face", "truncated"]

    async def test_a_face_known_under_another_number_waits(self, world: World, pages: str) -> None:
        async with Photos(PATH, pages) as page:
            await page.ask("terms", **REAL)
            ends = [await page.send_person("E1", picture("ann")), await page.send_person("E2", picture("ann", 5))]
        assert [end["state"] for end in ends] == ["enrolled", "held"]

    async def test_no_photo_is_taken_of_who_did_not_agree(self, world: World, pages: str) -> None:
        await kept(world, lambda: agree(world.northwind, world.person))
        async with Photos(PATH, pages) as page:
            await page.ask("terms", dry_run=False)
            codes = [(await page.ask("person", number=number))["code"] for number in ("E1", "E2")]
            await page.send_frame(picture("ann"))
            refused = await page.heard()
        assert (codes, refused["t"], refused["code"]) == (["", "no_consent"], "refused", "nobody_named")


class TestLeaving:
    async def test_who_was_in_between_leaves_nothing(self, world: World, pages: str) -> None:
        for leave in (True, False):
            async with Photos(PATH, pages) as page:
                await page.ask("terms", **REAL)
                await page.ask("person", number="E1")
                await page.show(picture("ann"))
                if leave:
                    await page.ask("cancel", "cancelled")
        assert await kept(world, rows) == [0, 0, 0]

    async def test_what_was_forgotten_meanwhile_is_asked_for_again(
        self, world: World, pages: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(Trail, "take", lambda self: [])
        async with Photos(PATH, pages) as page:
            await page.ask("terms", **REAL)
            end = await page.send_person("E1", picture("ann"))
        assert (end["state"], end["code"], await kept(world, rows)) == ("lost", "photos_lost", [0, 0, 0])

    async def test_faces_switched_off_meanwhile_end_it(self, world: World, pages: str) -> None:
        async with Photos(PATH, pages) as page:
            await page.ask("terms", **REAL)
            await page.ask("person", number="E1")
            await page.show(picture("ann"))
            await kept(world, lambda: PrivacyRules.objects.update(face_mode=False))
            end = await page.ask("conclude", "concluded")
        assert (end["state"], end["code"], await kept(world, rows)) == ("closed", "face_mode_off", [0, 0, 0])


async def test_an_answer_about_the_person_before_is_not_taken_for_the_next_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page, told = PhotoSocket(), AsyncMock()
    monkeypatch.setattr(page, "send_json", told)
    page.trail = Trail(UUID(int=1), UUID(int=3), "next")
    for name in ("before", "next"):
        await page.photos_concluded({"trail": name, "answer": {"state": name}})
    told.assert_awaited_once_with({"t": "concluded", "state": "next"})


def test_a_task_of_another_organization_finds_nobody(world: World, engine: Engine) -> None:
    with acting_for(world.southwind):
        assert photo_frames.person_of(world.southwind.pk, world.person.pk) is None
