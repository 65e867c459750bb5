"""PIN and badge punch whatever became of faces: switched off, without a key or an engine, with consent withdrawn."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.conf import LazySettings
from django.contrib.auth.hashers import Argon2PasswordHasher, identify_hasher
from django.test import Client

from apps.attendance import badges, pins
from apps.attendance.errors import BadgeRefused, PinRefused
from apps.attendance.kiosk import punch_by_badge, punch_by_pin
from apps.attendance.models import PathTry, Pin, PinLock, Punch
from apps.enrollment.engine_choice import choose_engine
from apps.enrollment.privacy import switch_face_mode
from apps.enrollment.services import consent_text, give_consent, withdraw_consent
from apps.organizations.audit import run_held
from apps.organizations.models import Role
from apps.organizations.tenancy import acting_for
from attendance_site import settings as shipped
from tests.attendance.conftest import PACKAGED
from tests.attendance.sockets import Socket, camera_path
from tests.personas import World, signed_in

WRONG_KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="  # pragma: allowlist secret  (fake)
Circumstance = Callable[[World, LazySettings], None]


def faces_off(world: World, settings: LazySettings) -> None:
    choose_engine(PACKAGED)
    switch_face_mode(organization=world.northwind, on=False)


def no_key(world: World, settings: LazySettings) -> None:
    choose_engine(PACKAGED)
    settings.MASTER_KEY = ""


def wrong_key(world: World, settings: LazySettings) -> None:
    choose_engine(PACKAGED)
    settings.MASTER_KEY = WRONG_KEY


def no_engine(world: World, settings: LazySettings) -> None:
    """None is chosen unless a test chooses one."""


def withdrawn(world: World, settings: LazySettings) -> None:
    organization, person = world.northwind, world.person
    text = consent_text(organization=organization)
    give_consent(organization=organization, person=person, text=text, witness=world.alice)
    withdraw_consent(organization=organization, person=person)


@pytest.fixture(params=[faces_off, no_key, wrong_key, no_engine, withdrawn], ids=lambda one: str(one.__name__))
def closed(request: pytest.FixtureRequest, world: World, settings: LazySettings) -> World:
    """Northwind, where something keeps faces from being recognised."""
    with acting_for(world.northwind):
        request.param(world, settings)
    return world


def secret_of(world: World, way: str) -> str:
    """What Priya punches with."""
    with acting_for(world.northwind):
        if way == "pin":
            return pins.new_pin(organization=world.northwind, person=world.person)
        return badges.issue_badge(organization=world.northwind, person=world.person, issued_by=world.alice)[1]


def sources(world: World) -> list[str]:
    with acting_for(world.northwind):
        return list(Punch.objects.values_list("source", flat=True))


def kiosk(world: World) -> Client:
    return signed_in(world.bob_as(Role.OPERATOR))


def test_the_kiosks_page_opens(closed: World) -> None:
    assert kiosk(closed).get(f"/o/northwind/cameras/{closed.camera.pk}/kiosk/").status_code == 200


def test_the_pin_punches(closed: World) -> None:
    form = {"number": "E1", "pin": secret_of(closed, "pin")}
    answer = kiosk(closed).post(
        f"/o/northwind/cameras/{closed.camera.pk}/pin/", form, headers={"Accept": "application/json"}
    )
    assert answer.json()["state"] == "recognised"
    assert sources(closed) == ["pin"]


@pytest.mark.django_db(transaction=True)
async def test_the_badge_punches(closed: World, operator: str) -> None:
    answer = await shown(closed, operator, await sync_to_async(secret_of)(closed, "badge"))
    assert (answer["state"], answer["name"]) == ("recognised", "Priya Raman")
    assert await sync_to_async(sources)(closed) == ["badge"]


async def shown(world: World, operator: str, code: str, **more: Any) -> dict[str, Any]:
    """A badge held up to the page of a member."""
    nonce = str(uuid.uuid4())
    async with Socket(camera_path(world.camera), operator) as socket:
        await socket.receive_until("hello")
        await socket.send(t="badge", code=code, nonce=nonce, **more)
        answer = await socket.receive_until("badge")
    assert answer["nonce"] == nonce
    return answer


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("code", ["", "x" * 65, "UNKNOWN"])
async def test_what_is_no_badge_is_said_so(world: World, operator: str, code: str) -> None:
    answer = await shown(world, operator, code)
    assert answer["code"] == ("badge_unknown" if code == "UNKNOWN" else "badge_missing")
    assert "hint" in answer


@pytest.mark.django_db(transaction=True)
async def test_the_page_says_what_a_badge_cost(world: World, operator: str) -> None:
    def cost() -> tuple[int, int]:
        with acting_for(world.northwind):
            return PathTry.objects.values_list("milliseconds", "taps").get()

    await shown(world, operator, await sync_to_async(secret_of)(world, "badge"), ms=800, taps=1)
    milliseconds, taps = await sync_to_async(cost)()
    assert milliseconds >= 800
    assert taps == 1


# --- What the PIN and the badge promise --------------------------------------------------------------


def attempt(world: World, way: str, secret: str) -> dict[str, Any]:
    at, nonce = world.northwind.created_at, uuid.uuid4().hex
    if way == "pin":
        return run_held(lambda: punch_by_pin(camera=world.camera, number="E1", pin=secret, nonce=nonce, at=at))
    return run_held(lambda: punch_by_badge(camera=world.camera, code=secret, nonce=nonce, at=at))


@pytest.mark.parametrize(("way", "most"), [("pin", pins.MOST_FAILURES), ("badge", pins.MOST_FAILURES_A_CAMERA)])
def test_guessing_is_throttled(northwind: World, way: str, most: int) -> None:
    secret = secret_of(northwind, way)
    for _ in range(most):
        with pytest.raises((PinRefused, BadgeRefused)):
            attempt(northwind, way, "WRONG1")
    with pytest.raises((PinRefused, BadgeRefused)) as refusal:
        attempt(northwind, way, secret)
    assert refusal.value.code == f"{way}_locked"


def test_a_pin_is_counted_for_its_number_and_for_the_camera(northwind: World) -> None:
    with pytest.raises(PinRefused):
        attempt(northwind, "pin", "WRONG1")
    counted = PinLock.objects.filter(camera=northwind.camera).values_list("number", "failures")
    assert set(counted) == {("E1", 1), ("", 1)}


def test_a_pin_is_kept_as_argon2(northwind: World, settings: LazySettings) -> None:
    settings.PASSWORD_HASHERS = shipped.PASSWORD_HASHERS
    secret_of(northwind, "pin")
    assert isinstance(identify_hasher(Pin.objects.get().pin_hash), Argon2PasswordHasher)
