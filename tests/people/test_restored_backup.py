"""A restored backup that brings an erased person back starts nothing until they were erased again."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from django.core.management import CommandError, call_command
from django.db import OperationalError, ProgrammingError

from apps.organizations.start import StartRefused, look
from apps.organizations.tenancy import acting_for
from apps.people import tombstones
from apps.people.erasure import Reason, erase
from apps.people.models import ErasureReceipt, Person
from apps.people.staff_list import remove_person
from attendance_site.start_door import StartDoor
from tests.personas import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def restored(northwind: World) -> World:
    """Priya was erased; then her row came back as it had been."""
    before = Person.objects.filter(pk=northwind.person.pk).values().get()
    erase(organization=northwind.northwind, person=northwind.person, by=None, reason=Reason.ASKED)
    Person.objects.filter(pk=northwind.person.pk).update(**before)
    return northwind


def test_a_platform_where_nobody_was_erased_starts(world: World) -> None:
    look()
    assert not tombstones.file_of().exists()


def test_an_erasure_itself_hinders_no_start(northwind: World) -> None:
    erase(organization=northwind.northwind, person=northwind.person, by=None, reason=Reason.ASKED)
    look()


def test_a_restored_person_refuses_the_start(restored: World) -> None:
    with pytest.raises(StartRefused) as refused:
        look()
    assert refused.value.code == "erased_people_are_back"
    assert "manage.py replay_erasures" in refused.value.message


NORTHWIND = ["--organization", "northwind"]


@pytest.mark.parametrize(
    "command",
    [
        ["jobs", "--once"],
        ["frame_worker"],
        ["serve", "--port", "0"],
        ["identify", *NORTHWIND, "a.jpg"],
        ["enroll_photos", *NORTHWIND, "photos", "--consent-reference", "file 12"],
    ],
    ids=lambda command: command[0],
)
def test_no_process_starts(restored: World, command: list[str]) -> None:
    with pytest.raises(CommandError, match="erased_people_are_back"):
        call_command(*command, stdout=StringIO())


def test_after_the_replay_everything_starts(restored: World) -> None:
    out = StringIO()
    call_command("replay_erasures", stdout=out)
    assert out.getvalue() == "1 people were erased again.\n"
    look()
    person = Person.objects.get(pk=restored.person.pk)
    assert (person.given_name, bool(person.erased_at)) == ("Erased", True)
    assert json.loads(ErasureReceipt.objects.latest("created_at").body)["reason"] == "replayed"


def test_a_replay_may_be_repeated(restored: World) -> None:
    call_command("replay_erasures", stdout=StringIO())
    lines = tombstones.file_of().read_bytes()
    out = StringIO()
    call_command("replay_erasures", stdout=out)
    assert out.getvalue() == "0 people were erased again.\n"
    assert tombstones.file_of().read_bytes() == lines
    assert ErasureReceipt.objects.count() == 2


def test_who_was_deleted_does_not_come_back_either(northwind: World) -> None:
    before = Person.objects.filter(pk=northwind.person.pk).values().get()
    remove_person(organization=northwind.northwind, person=northwind.person)
    look()
    Person.objects.create(**before)
    with pytest.raises(StartRefused) as refused:
        look()
    assert refused.value.code == "erased_people_are_back"


def test_a_newcomer_with_the_same_number_is_somebody_else(northwind: World) -> None:
    erase(organization=northwind.northwind, person=northwind.person, by=None, reason=Reason.LEFT)
    Person.objects.create(organization=northwind.northwind, external_id="E1", given_name="Priya", family_name="Raman")
    look()


def test_the_file_is_for_its_owner_only_and_names_nobody(restored: World) -> None:
    file = tombstones.file_of()
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert str(restored.person.pk) not in file.read_text()


def test_two_erasures_are_two_lines_and_both_are_found(world: World) -> None:
    for organization, person in ((world.northwind, world.person), (world.southwind, world.south_person)):
        with acting_for(organization):
            erase(organization=organization, person=person, by=None, reason=Reason.ASKED)
            Person.objects.filter(pk=person.pk).update(erased_at=None)
    assert tombstones.revived() == {
        world.northwind.pk: [world.person.pk],
        world.southwind.pk: [world.south_person.pk],
    }


@pytest.mark.parametrize("line", [0, 1])
@pytest.mark.parametrize("edit", ["change", "drop"])
def test_a_file_that_was_edited_refuses_the_start(world: World, line: int, edit: str) -> None:
    for number in range(3):
        tombstones.bury(organization_id=world.northwind.pk, person=f"{number:064}", at="2026-01-01T00:00:00+00:00")
    lines = tombstones.file_of().read_text().splitlines(keepends=True)
    lines[line : line + 1] = [] if edit == "drop" else [lines[line].replace("2026", "2025")]
    tombstones.file_of().write_text("".join(lines))
    with pytest.raises(StartRefused) as refused:
        look()
    assert refused.value.code == "tombstones_altered"


def test_another_platform_key_refuses_the_start(world: World, settings: object) -> None:
    tombstones.bury(organization_id=world.northwind.pk, person="0" * 64, at="2026-01-01T00:00:00+00:00")
    settings.PLATFORM_KEY = "A" * 43 + "="  # type: ignore[attr-defined]
    with pytest.raises(StartRefused) as refused:
        look()
    assert refused.value.code == "tombstones_altered"


def drop_lines(lines: int = 1) -> None:
    kept = tombstones.file_of().read_bytes().splitlines(keepends=True)[:-lines]
    tombstones.file_of().write_bytes(b"".join(kept))


@pytest.mark.parametrize("lost", ["last line", "file"])
def test_what_was_cut_off_its_end_is_noticed_by_the_receipts(northwind: World, lost: str) -> None:
    erase(organization=northwind.northwind, person=northwind.person, by=None, reason=Reason.ASKED)
    drop_lines() if lost == "last line" else tombstones.file_of().unlink()
    with pytest.raises(StartRefused) as refused:
        look()
    assert refused.value.code == "tombstones_lacking"
    out = StringIO()
    call_command("replay_erasures", "--rebuild", stdout=out)
    assert out.getvalue().startswith("1 tombstones were written")
    look()


def test_a_receipt_that_nobody_signed_hinders_no_start(northwind: World) -> None:
    receipt = erase(organization=northwind.northwind, person=northwind.person, by=None, reason=Reason.ASKED)
    tombstones.file_of().unlink()
    for changed in ({"signature": "no signature"}, {"body": "no JSON"}):
        ErasureReceipt.objects.filter(pk=receipt.pk).update(**changed)
        look()


@pytest.mark.parametrize("silence", [OperationalError, ProgrammingError])
def test_a_database_that_does_not_answer_is_not_taken_for_a_clean_one(
    restored: World, monkeypatch: pytest.MonkeyPatch, silence: type[Exception]
) -> None:
    def silent(*asked: object) -> None:
        raise silence("the database is being restored")

    with monkeypatch.context() as patch:
        patch.setattr(tombstones, "_there", silent)
        with pytest.raises(StartRefused) as refused:
            look()
    assert refused.value.code == "erased_people_unknown"
    with pytest.raises(StartRefused, match="restored from a backup"):
        look()


def test_a_file_that_cannot_be_read_refuses_the_start_and_says_what_to_do(world: World) -> None:
    tombstones.file_of().mkdir(parents=True)
    with pytest.raises(StartRefused, match="read and write that file") as refused:
        look()
    assert refused.value.code == "tombstones_unreadable"


def test_half_a_line_of_a_crash_is_written_over(world: World) -> None:
    tombstones.bury(organization_id=world.northwind.pk, person="0" * 64, at="2026-01-01T00:00:00+00:00")
    with tombstones.file_of().open("ab") as file:
        file.write(b'{"organization": "half')
    assert len(tombstones.read()) == 1
    tombstones.bury(organization_id=world.northwind.pk, person="1" * 64, at="2026-01-02T00:00:00+00:00")
    assert [stone.person[0] for stone in tombstones.read()] == ["0", "1"]


async def answered(application: StartDoor, kind: str) -> dict[str, object]:
    asked: Any = ApplicationCommunicator(application, {"type": kind})  # type: ignore[no-untyped-call]
    return dict(await asked.receive_output(timeout=10))


async def passed(scope: dict[str, object], receive: object, send: object) -> None:
    await send({"type": "passed"})  # type: ignore[operator]


async def test_a_server_that_loads_the_application_by_itself_answers_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    refused: list[StartRefused] = [StartRefused("Not yet.", code="later")]

    def guard() -> None:
        if refused:
            raise refused[0]

    monkeypatch.setattr("apps.organizations.start.GUARDS", [guard])
    door = StartDoor(passed)
    assert (await answered(door, "http"))["status"] == 503
    assert await answered(door, "websocket") == {"type": "websocket.close", "code": 1013}
    refused.clear()
    assert await answered(door, "http") == {"type": "passed"}
    refused.append(StartRefused("Asked once more."))
    assert await answered(door, "http") == {"type": "passed"}


def test_the_folder_may_lie_anywhere(world: World, tmp_path: Path) -> None:
    assert tombstones.read(tmp_path) == []
