"""A badge punches as a PIN does; what is no live badge is refused alike, slowly, and the code is kept nowhere."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.attendance import badges, pins
from apps.attendance.errors import BadgeRefused, CardRefused, PunchRefused
from apps.attendance.kiosk import punch_by_badge, punch_by_pin
from apps.attendance.models import Badge, Punch, Source
from apps.organizations.audit import run_held
from apps.organizations.models import AuditEntry, Camera
from apps.organizations.tenancy import acting_for
from apps.people.models import Person
from tests.attendance.punches import person_named
from tests.personas import World

NOON = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
RFID = "0012345678"

Read = Callable[..., dict[str, Any]]


@pytest.fixture
def badge(northwind: World) -> tuple[Badge, str]:
    """Priya's badge, and its code."""
    return badges.issue_badge(organization=northwind.northwind, person=northwind.person, issued_by=northwind.alice)


@pytest.fixture
def read(northwind: World) -> Read:
    """`read(code)`: hold a badge to Northwind's kiosk."""

    def act(
        code: str, after: timedelta = timedelta(), nonce: str = "n", camera: Camera | None = None
    ) -> dict[str, Any]:
        return run_held(
            lambda: punch_by_badge(camera=camera or northwind.camera, code=code, nonce=nonce, at=NOON + after)
        )

    return act


def adopt(world: World, code: str = RFID, person: Person | None = None) -> Badge:
    return badges.adopt_card(
        organization=world.northwind, person=person or world.person, code=code, issued_by=world.alice
    )


def test_a_badge_punches(read: Read, badge: tuple[Badge, str]) -> None:
    answer = read(badge[1])
    assert (answer["state"], answer["name"], answer["direction"]) == ("recognised", "Priya Raman", "in")
    assert list(Punch.objects.values_list("source", flat=True)) == [Source.BADGE]


def test_a_badge_and_a_pin_follow_one_policy(northwind: World, read: Read, badge: tuple[Badge, str]) -> None:
    pin = pins.new_pin(organization=northwind.northwind, person=northwind.person)
    read(badge[1])
    later = NOON + timedelta(minutes=6)
    answer = punch_by_pin(camera=northwind.camera, number="E1", pin=pin, nonce="p", at=later)
    assert (answer["state"], answer["direction"]) == ("recognised", "out")


def test_the_same_reading_sent_twice_gets_the_same_answer(read: Read, badge: tuple[Badge, str]) -> None:
    assert read(badge[1]) == read(badge[1])
    assert Punch.objects.count() == 1


def test_another_reading_says_already(read: Read, badge: tuple[Badge, str]) -> None:
    read(badge[1])
    assert read(badge[1], timedelta(seconds=5), "other")["code"] == "already_in"


def test_a_reading_of_one_person_does_not_answer_another(
    northwind: World, read: Read, badge: tuple[Badge, str]
) -> None:
    adopt(northwind, person=person_named(northwind.northwind, "E2", "Tom", "Berg"))
    read(badge[1])
    with pytest.raises(PunchRefused, match="somebody else"):
        read(RFID)


def test_a_reading_leaves_an_entry_in_the_trail(read: Read, badge: tuple[Badge, str]) -> None:
    read(badge[1])
    assert AuditEntry.objects.filter(action="punch.badge").count() == 1


def test_a_code_has_128_bits_and_no_letters_that_are_mixed_up(badge: tuple[Badge, str]) -> None:
    assert len(badges.ALPHABET) ** badges.CODE_LETTERS >= 2**128
    assert re.fullmatch(r"[2-9A-HJ-NP-Z]{26}", badge[1])


def test_two_badges_are_never_the_same() -> None:
    assert len({badges.new_code() for _ in range(1000)}) == 1000


def test_only_a_keyed_hash_of_the_code_is_kept(northwind: World, badge: tuple[Badge, str]) -> None:
    kept, code = badge
    assert (len(kept.code_hash), kept.ending) == (64, code[-4:])
    assert code not in " ".join(str(value) for row in AuditEntry.objects.values_list() for value in row)
    assert kept.code_hash != badges.hash_of(northwind.southwind, code)


@pytest.mark.parametrize("wrong", ["unknown", "revoked", "left", "foreign", "empty"])
def test_every_badge_that_stands_for_nobody_is_refused_alike(
    northwind: World, read: Read, badge: tuple[Badge, str], wrong: str
) -> None:
    code = {"unknown": badges.new_code(), "empty": " "}.get(wrong, badge[1])
    if wrong == "revoked":
        badges.revoke_badge(organization=northwind.northwind, badge=badge[0])
    if wrong == "left":
        Person.objects.filter(organization=northwind.northwind, pk=northwind.person.pk).update(is_active=False)
    if wrong == "foreign":
        code = southern(northwind)
    with pytest.raises(BadgeRefused) as refusal:
        read(code)
    assert (refusal.value.code, refusal.value.message) == ("badge_unknown", badges.WRONG)
    assert not Punch.objects.exists()


def southern(world: World) -> str:
    with acting_for(world.southwind):
        return badges.issue_badge(organization=world.southwind, person=world.south_person, issued_by=world.charlie)[1]


def fail(read: Read, times: int = pins.MOST_FAILURES_A_CAMERA) -> None:
    for _ in range(times):
        with pytest.raises(BadgeRefused):
            read("NO BADGE")


def test_too_many_unknown_badges_lock_the_reader_for_five_minutes(read: Read, badge: tuple[Badge, str]) -> None:
    fail(read)
    with pytest.raises(BadgeRefused) as refusal:
        read(badge[1], pins.LOCK - timedelta(seconds=1))
    assert (refusal.value.code, refusal.value.status) == ("badge_locked", 429)
    assert read(badge[1], pins.LOCK + timedelta(seconds=1))["state"] == "recognised"


def test_one_unknown_badge_less_locks_nothing(read: Read, badge: tuple[Badge, str]) -> None:
    fail(read, pins.MOST_FAILURES_A_CAMERA - 1)
    assert read(badge[1])["state"] == "recognised"


def test_unknown_badges_leave_the_pin_alone(northwind: World, read: Read) -> None:
    pin = pins.new_pin(organization=northwind.northwind, person=northwind.person)
    fail(read)
    answer = punch_by_pin(camera=northwind.camera, number="E1", pin=pin, nonce="p", at=NOON)
    assert answer["state"] == "recognised"


def test_another_camera_still_reads_badges(northwind: World, read: Read, badge: tuple[Badge, str]) -> None:
    other = Camera.objects.create(organization=northwind.northwind, site=northwind.site, name="Second")
    fail(read)
    assert read(badge[1], camera=other)["state"] == "recognised"


# --- Cards that are there already --------------------------------------------------------------------


@pytest.mark.parametrize("typed", [RFID, " 00 1234 5678 ", "04a1b2c3d4"])  # pragma: allowlist secret  (made up)
def test_a_card_read_once_is_its_holders_badge(northwind: World, read: Read, typed: str) -> None:
    adopt(northwind, typed)
    assert read("".join(typed.split()).upper())["name"] == "Priya Raman"


def test_a_card_read_twice_is_adopted_once(northwind: World) -> None:
    assert adopt(northwind) == adopt(northwind)
    assert AuditEntry.objects.filter(action="badge.adopt").count() == 1


@pytest.mark.parametrize("typed", ["", "123", "x" * 65, "кар\u0442а"])
def test_what_is_no_cards_number_is_refused(northwind: World, typed: str) -> None:
    with pytest.raises(CardRefused):
        adopt(northwind, typed)
    assert not Badge.objects.exists()


def test_somebody_elses_card_is_refused(northwind: World) -> None:
    adopt(northwind)
    with pytest.raises(CardRefused) as refusal:
        adopt(northwind, person=person_named(northwind.northwind, "E2", "Tom", "Berg"))
    assert refusal.value.code == "card_taken"


def test_a_revoked_card_may_be_handed_on(northwind: World, read: Read) -> None:
    badges.revoke_badge(organization=northwind.northwind, badge=adopt(northwind))
    adopt(northwind, person=person_named(northwind.northwind, "E2", "Tom", "Berg"))
    assert read(RFID)["name"] == "Tom Berg"


def test_revoking_twice_is_written_down_once(northwind: World) -> None:
    kept = adopt(northwind)
    for _ in range(2):
        badges.revoke_badge(organization=northwind.northwind, badge=kept)
    assert AuditEntry.objects.filter(action="badge.revoke").count() == 1
