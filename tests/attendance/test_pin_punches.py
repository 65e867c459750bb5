"""A PIN punches; guessing is slow, an unknown number looks like a wrong PIN, and no PIN is ever shown twice."""

import uuid
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.test import Client

from apps.attendance import pins
from apps.attendance.errors import PinRefused
from apps.attendance.models import Pin, PinLock, Punch, Sighting, Source
from apps.organizations.audit import run_held
from apps.organizations.models import Camera, Role
from apps.organizations.tenancy import acting_for
from apps.people.models import Person
from tests.attendance.threads import at_once, wide_pool
from tests.downloads import body
from tests.personas import World, signed_in

NOON = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
WRONG = "no-pin"


@pytest.fixture
def pin(world: World) -> str:
    """Priya's PIN."""
    with acting_for(world.northwind):
        return pins.new_pin(organization=world.northwind, person=world.person)


@pytest.fixture
def kiosk(world: World) -> Client:
    return signed_in(world.bob_as(Role.OPERATOR))


def url(world: World, camera: Camera | None = None) -> str:
    return f"/o/northwind/cameras/{(camera or world.camera).pk}/pin/"


def press(client: Client, world: World, pin: str, number: str = "E1", **fields: Any) -> Any:
    """The kiosk's script posts the form."""
    form = {"number": number, "pin": pin, **{key: fields[key] for key in fields if key != "camera"}}
    return client.post(url(world, fields.get("camera")), form, headers={"Accept": "application/json"})


def said(answer: Any) -> tuple[int, str, str]:
    fields = answer.json()
    return answer.status_code, fields["state"], fields.get("code", "")


def test_the_right_pin_punches(world: World, kiosk: Client, pin: str) -> None:
    answer = press(kiosk, world, pin).json()
    assert (answer["state"], answer["name"], answer["direction"]) == ("recognised", "Priya Raman", "in")


def test_the_punch_says_it_was_made_by_pin(world: World, kiosk: Client, pin: str) -> None:
    press(kiosk, world, pin)
    with acting_for(world.northwind):
        assert list(Punch.objects.values_list("source", "camera")) == [(Source.PIN, world.camera.pk)]


def test_a_second_press_says_already(world: World, kiosk: Client, pin: str) -> None:
    press(kiosk, world, pin)
    assert said(press(kiosk, world, pin)) == (200, "already", "already_in")


def test_the_same_form_sent_twice_gets_the_same_answer(world: World, kiosk: Client, pin: str) -> None:
    nonce = str(uuid.uuid4())
    first, again = (press(kiosk, world, pin, nonce=nonce).json() for _ in range(2))
    assert first == again


def test_the_form_of_one_person_does_not_answer_another(world: World, kiosk: Client, pin: str) -> None:
    with acting_for(world.northwind):
        tom = Person.objects.create(
            organization=world.northwind, external_id="E2", given_name="Tom", family_name="Berg"
        )
        toms = pins.new_pin(organization=world.northwind, person=tom)
    nonce = str(uuid.uuid4())
    press(kiosk, world, pin, nonce=nonce)
    assert said(press(kiosk, world, toms, number="E2", nonce=nonce)) == (409, "refused", "nonce_taken")


def test_without_a_script_the_same_form_leads_back_to_the_kiosk(world: World, kiosk: Client, pin: str) -> None:
    answer = kiosk.post(url(world), {"number": "E1", "pin": pin}, follow=True)
    assert answer.redirect_chain == [(f"/o/northwind/cameras/{world.camera.pk}/kiosk/", 302)]
    assert answer.status_code == 200


def test_without_a_script_a_refusal_is_a_page(world: World, kiosk: Client, pin: str) -> None:
    answer = kiosk.post(url(world), {"number": "E1", "pin": WRONG})
    assert (answer.status_code, answer.headers["Content-Type"]) == (403, "text/html; charset=utf-8")
    assert pins.WRONG in answer.content.decode()


@pytest.mark.parametrize("number", ["E1", "E999", " ", "x" * 64])
def test_a_wrong_pin_and_an_unknown_number_are_answered_alike(
    world: World, kiosk: Client, pin: str, number: str
) -> None:
    answer = press(kiosk, world, WRONG, number=number)
    assert said(answer) in [(403, "refused", "pin_wrong"), (422, "refused", "pin_missing")]
    assert "E1" not in answer.content.decode()


def test_an_empty_form_asks_for_both(world: World, kiosk: Client) -> None:
    assert said(press(kiosk, world, "", number="")) == (422, "refused", "pin_missing")


def test_the_number_is_taken_with_blanks_around_it(world: World, kiosk: Client, pin: str) -> None:
    assert said(press(kiosk, world, pin, number="  E1 "))[1] == "recognised"


def test_a_person_without_a_pin_is_refused_whatever_is_typed(world: World, kiosk: Client) -> None:
    assert said(press(kiosk, world, "0" * pins.PIN_DIGITS)) == (403, "refused", "pin_wrong")


def test_a_person_who_left_is_refused_like_a_wrong_pin(world: World, kiosk: Client, pin: str) -> None:
    with acting_for(world.northwind):
        Person.objects.filter(pk=world.person.pk).update(is_active=False)
    assert said(press(kiosk, world, pin)) == (403, "refused", "pin_wrong")


def test_a_pin_of_another_organization_opens_nothing(world: World, kiosk: Client) -> None:
    with acting_for(world.southwind):
        foreign = pins.new_pin(organization=world.southwind, person=world.south_person)
    assert said(press(kiosk, world, foreign)) == (403, "refused", "pin_wrong")


@pytest.fixture
def verified(monkeypatch: pytest.MonkeyPatch, settings: LazySettings) -> list[str]:
    """The hashes that the real, slow hasher was asked to verify."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    asked: list[str] = []
    verify = Argon2PasswordHasher.verify

    def counted(hasher: Argon2PasswordHasher, password: str, encoded: str) -> bool:
        asked.append(encoded)
        return bool(verify(hasher, password, encoded))

    monkeypatch.setattr(Argon2PasswordHasher, "verify", counted)
    return asked


@pytest.mark.parametrize("number", ["E1", "E2", "E999"])
def test_wrong_without_a_pin_and_unknown_cost_one_hash_each(
    world: World, kiosk: Client, verified: list[str], number: str
) -> None:
    with acting_for(world.northwind):
        pins.new_pin(organization=world.northwind, person=world.person)
        Person.objects.create(organization=world.northwind, external_id="E2", given_name="No", family_name="Pin")
    press(kiosk, world, WRONG, number=number)
    assert len(verified) == 1


def test_every_hash_costs_the_same(world: World, kiosk: Client, verified: list[str]) -> None:
    with acting_for(world.northwind):
        pins.new_pin(organization=world.northwind, person=world.person)
    press(kiosk, world, WRONG)
    press(kiosk, world, WRONG, number="E999")
    costs = {encoded.rsplit("$", 2)[0] for encoded in verified}
    assert len(costs) == 1


def fail(client: Client, world: World, times: int, **fields: Any) -> None:
    for _ in range(times):
        press(client, world, WRONG, **fields)


def test_five_wrong_pins_lock_the_number_at_this_camera(world: World, kiosk: Client, pin: str) -> None:
    fail(kiosk, world, pins.MOST_FAILURES)
    assert said(press(kiosk, world, pin)) == (429, "refused", "pin_locked")


def test_four_wrong_pins_lock_nothing(world: World, kiosk: Client, pin: str) -> None:
    fail(kiosk, world, pins.MOST_FAILURES - 1)
    assert said(press(kiosk, world, pin))[1] == "recognised"


def test_the_lock_says_how_long_it_lasts(world: World, kiosk: Client) -> None:
    fail(kiosk, world, pins.MOST_FAILURES)
    assert "Try again in 5 min" in press(kiosk, world, WRONG).json()["hint"]


def test_a_locked_number_asks_the_hasher_nothing(world: World, kiosk: Client, pin: str, verified: list[str]) -> None:
    fail(kiosk, world, pins.MOST_FAILURES)
    verified.clear()
    press(kiosk, world, WRONG)
    assert verified == []


def test_the_failures_survive_the_refusal(world: World, kiosk: Client, pin: str) -> None:
    fail(kiosk, world, 3)
    with acting_for(world.northwind):
        assert PinLock.objects.get(number="E1").failures == 3
        assert not Sighting.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("numbers", ["one number", "many numbers"])
def test_guesses_at_once_are_counted_one_by_one(
    transactional_db: None, world: World, verified: list[str], numbers: str
) -> None:
    def guess(attempt: int) -> str:
        number = "E1" if numbers == "one number" else f"G{attempt}"
        try:
            run_held(
                lambda: pins.person_by_pin(
                    organization=world.northwind, camera=world.camera, number=number, pin=WRONG, at=NOON
                )
            )
        except PinRefused as refusal:
            return refusal.code
        return "in"

    most = pins.MOST_FAILURES if numbers == "one number" else pins.MOST_FAILURES_A_CAMERA
    with wide_pool():
        answers = at_once(world.northwind.pk, [partial(guess, attempt) for attempt in range(40)])
    assert Counter(answers) == {"pin_wrong": most, "pin_locked": 40 - most}
    assert len(verified) == most


def test_another_camera_still_takes_the_pin(world: World, kiosk: Client, pin: str) -> None:
    with acting_for(world.northwind):
        other = Camera.objects.create(organization=world.northwind, site=world.site, name="Second")
    fail(kiosk, world, pins.MOST_FAILURES)
    assert said(press(kiosk, world, pin, camera=other))[1] == "recognised"


def test_another_number_is_not_locked(world: World, kiosk: Client, pin: str) -> None:
    fail(kiosk, world, pins.MOST_FAILURES, number="E7")
    assert said(press(kiosk, world, pin))[1] == "recognised"


def test_an_unknown_number_is_locked_like_a_known_one(world: World, kiosk: Client) -> None:
    fail(kiosk, world, pins.MOST_FAILURES, number="E999")
    assert said(press(kiosk, world, WRONG, number="E999")) == (429, "refused", "pin_locked")


def test_a_right_pin_forgets_the_wrong_ones(world: World, kiosk: Client, pin: str) -> None:
    fail(kiosk, world, 4)
    press(kiosk, world, pin)
    fail(kiosk, world, 4)
    assert said(press(kiosk, world, pin))[1] == "already"


def test_guessing_across_numbers_locks_the_camera(world: World, kiosk: Client, pin: str) -> None:
    for number in range(pins.MOST_FAILURES_A_CAMERA):
        fail(kiosk, world, 1, number=f"G{number}")
    assert said(press(kiosk, world, pin)) == (429, "refused", "pin_locked")


Try = Callable[[str, timedelta], Person]


@pytest.fixture
def attempt(northwind: World) -> Try:
    """The service alone, with an instant of the test's choice."""

    def act(pin: str, after: timedelta) -> Person:
        return run_held(
            lambda: pins.person_by_pin(
                organization=northwind.northwind, camera=northwind.camera, number="E1", pin=pin, at=NOON + after
            )
        )

    return act


def wrong(attempt: Try, times: int, after: timedelta = timedelta()) -> None:
    for _ in range(times):
        with pytest.raises(PinRefused):
            attempt(WRONG, after)


def test_the_lock_ends_after_five_minutes(attempt: Try, pin: str, northwind: World) -> None:
    wrong(attempt, 5)
    assert attempt(pin, pins.LOCK + timedelta(seconds=1)) == northwind.person


def test_the_lock_holds_until_then(attempt: Try, pin: str) -> None:
    wrong(attempt, 5)
    with pytest.raises(PinRefused) as refusal:
        attempt(pin, pins.LOCK - timedelta(seconds=1))
    assert refusal.value.code == "pin_locked"


def test_wrong_pins_of_long_ago_do_not_add_up(attempt: Try, pin: str, northwind: World) -> None:
    wrong(attempt, 4)
    wrong(attempt, 4, after=pins.WINDOW + timedelta(seconds=1))
    assert attempt(pin, pins.WINDOW + timedelta(seconds=2)) == northwind.person


def test_five_more_wrong_pins_lock_again(attempt: Try, pin: str) -> None:
    wrong(attempt, 5)
    wrong(attempt, 5, after=pins.LOCK + timedelta(seconds=1))
    with pytest.raises(PinRefused) as refusal:
        attempt(pin, pins.LOCK + timedelta(seconds=2))
    assert refusal.value.code == "pin_locked"


def test_a_new_pin_is_shown_once(world: World, kiosk: Client) -> None:
    shown = kiosk.post(f"/o/northwind/people/{world.person.pk}/pin/").context["pin"]
    assert len(shown) == pins.PIN_DIGITS
    for page in (f"/o/northwind/people/{world.person.pk}/", "/o/northwind/people/"):
        assert shown not in kiosk.get(page).content.decode()


def test_a_new_pin_replaces_the_old_one(world: World, kiosk: Client, pin: str) -> None:
    kiosk.post(f"/o/northwind/people/{world.person.pk}/pin/")
    assert said(press(kiosk, world, pin)) == (403, "refused", "pin_wrong")


def test_a_new_pin_lifts_the_lock_of_the_number(world: World, kiosk: Client, pin: str) -> None:
    fail(kiosk, world, pins.MOST_FAILURES)
    fresh = kiosk.post(f"/o/northwind/people/{world.person.pk}/pin/").context["pin"]
    assert said(press(kiosk, world, fresh))[1] == "recognised"


def test_capitals_of_the_number_do_not_matter(world: World, kiosk: Client, pin: str) -> None:
    assert said(press(kiosk, world, pin, number="e1"))[1] == "recognised"


def test_a_number_typed_in_another_way_is_locked_too(world: World, kiosk: Client, pin: str) -> None:
    fail(kiosk, world, pins.MOST_FAILURES, number="e1")
    assert said(press(kiosk, world, pin, number=" E1")) == (429, "refused", "pin_locked")


def test_a_kiosk_whose_session_ended_is_told_so(world: World, pin: str) -> None:
    assert said(press(Client(), world, pin)) == (401, "refused", "signed_out")


def test_a_kiosk_of_too_small_a_role_is_told_so(world: World, pin: str) -> None:
    auditor = signed_in(world.bob_as(Role.AUDITOR))
    assert said(press(auditor, world, pin)) == (403, "refused", "forbidden")


def test_a_pin_is_stored_as_a_hash(world: World, pin: str) -> None:
    with acting_for(world.northwind):
        assert pin not in Pin.objects.get().pin_hash


def test_neither_answer_nor_log_repeats_a_pin(
    world: World, kiosk: Client, pin: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    answers = [press(kiosk, world, typed) for typed in (pin, pin, "314159")]
    written = caplog.text + "".join(answer.content.decode() for answer in answers)
    assert pin not in written
    assert "314159" not in written


def test_no_export_holds_a_pin_or_its_hash(world: World, kiosk: Client, pin: str) -> None:
    press(kiosk, world, pin)
    exported = body(signed_in(world.alice).get("/o/northwind/punches/export/csv/")).decode()
    assert pin not in exported
    with acting_for(world.northwind):
        assert Pin.objects.get().pin_hash not in exported


def test_a_retired_camera_takes_no_pin(world: World, kiosk: Client, pin: str) -> None:
    with acting_for(world.northwind):
        Camera.objects.filter(pk=world.camera.pk).update(is_active=False)
    assert press(kiosk, world, pin).status_code == 404


def test_a_foreign_camera_takes_no_pin(world: World, kiosk: Client, pin: str) -> None:
    assert press(kiosk, world, pin, camera=world.south_camera).status_code == 404


def test_the_address_refuses_get(world: World, kiosk: Client) -> None:
    assert kiosk.get(url(world)).status_code == 405


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.AUDITOR, Role.EMPLOYEE])
def test_who_may_not_operate_cameras_is_refused(world: World, pin: str, role: Role) -> None:
    assert press(signed_in(world.bob_as(role)), world, pin).status_code == 403


def test_a_stranger_finds_no_camera(world: World, pin: str) -> None:
    assert press(signed_in(world.charlie), world, pin).status_code == 404
