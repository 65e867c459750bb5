"""A paired device's socket: its hello opens it once, for its own camera; what was stolen or copied opens nothing."""

import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import Client
from django.utils import timezone

from apps.attendance import pins
from apps.attendance.models import Punch, Source
from apps.organizations import camera_keys, live_keys, services
from apps.organizations.models import AuditEntry, CameraKey
from apps.organizations.tenancy import acting_for
from apps.people.models import Person
from tests.attendance.conftest import Enroll, frames_of
from tests.attendance.punches import seen_at, south_seen_at
from tests.attendance.sockets import Message, Socket
from tests.house.addresses import addresses, furniture, url_of
from tests.organizations.devices import ORIGIN, Device, paired
from tests.personas import World

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("eager")]

PATH = "/ws/camera/"
MOST_SECONDS = 2.0


@pytest.fixture
def kit(world: World) -> tuple[Device, CameraKey]:
    """A device that is Northwind's kiosk."""
    return paired(world.northwind, world.camera, world.alice)


@pytest.fixture
def tablet(kit: tuple[Device, CameraKey]) -> Device:
    return kit[0]


@pytest.fixture
def key(kit: tuple[Device, CameraKey]) -> CameraKey:
    return kit[1]


async def challenged(socket: Socket) -> str:
    message = await socket.receive()
    assert message["t"] == "challenge"
    return str(message["nonce"])


async def greeted(socket: Socket, device: Device, **changed: Any) -> Message:
    """The server's answer to the device's hello."""
    await socket.send(**device.hello(await challenged(socket), **changed))
    return await socket.receive()


async def refused(hello: Callable[[str], dict[str, Any]], **socket: Any) -> int:
    """The code that this answer to the challenge is closed with."""
    async with Socket(PATH, **socket) as opened:
        await opened.send(**hello(await challenged(opened)))
        return int((await opened.receive())["close"])


# --- Who is admitted ---------------------------------------------------------------------------------


async def test_the_hello_opens_it_and_tells_the_place(world: World, tablet: Device) -> None:
    async with Socket(PATH) as kiosk:
        hello = await greeted(kiosk, tablet)
        assert kiosk.subprotocol == "frame.v1"
    place = {name: hello[name] for name in ("t", "organization", "site", "camera", "time_zone")}
    assert place == {
        "t": "hello",
        "organization": "Northwind",
        "site": "Main gate",
        "camera": "Kiosk",
        "time_zone": "Europe/Zurich",
    }


async def test_the_challenge_has_128_bits_and_is_never_the_same(world: World) -> None:
    async with Socket(PATH) as one, Socket(PATH) as other:
        nonces = {await challenged(one), await challenged(other)}
    assert len(nonces) == 2
    assert all(len(nonce) >= 22 for nonce in nonces)


async def test_a_paired_device_recognises(world: World, enroll: Enroll, tablet: Device, quick: None) -> None:
    await sync_to_async(enroll)(world.person, "ann")
    async with Socket(PATH) as kiosk:
        await greeted(kiosk, tablet)
        answer = await kiosk.frames(frames_of("ann"))
    assert (answer["state"], answer["name"]) == ("recognised", "Priya Raman")


async def test_it_hears_of_its_own_punches_alone(world: World, tablet: Device) -> None:
    async with Socket(PATH) as kiosk:
        await greeted(kiosk, tablet)
        await sync_to_async(south_seen_at)(world, timezone.now())
        assert await kiosk.is_quiet()
        await sync_to_async(seen_at)(world, timezone.now())
        assert (await kiosk.receive_until("punch"))["name"] == "Priya Raman"


async def test_another_organizations_key_opens_that_organization_and_no_other(world: World, tablet: Device) -> None:
    southern, _ = await sync_to_async(paired)(world.southwind, world.south_camera, world.charlie)
    async with Socket(PATH) as north, Socket(PATH) as south:
        assert (await greeted(north, tablet))["organization"] == "Northwind"
        assert (await greeted(south, southern))["organization"] == "Southwind"
        await sync_to_async(seen_at)(world, timezone.now())
        assert await south.is_quiet()


async def test_the_last_sight_is_noted(world: World, tablet: Device, key: CameraKey) -> None:
    def seen() -> bool:
        with acting_for(world.northwind):
            return CameraKey.objects.get(pk=key.pk).seen_at is not None

    async with Socket(PATH) as kiosk:
        await greeted(kiosk, tablet)
    assert await sync_to_async(seen)()


# --- Who is not --------------------------------------------------------------------------------------


async def test_a_recorded_hello_opens_no_other_connection(tablet: Device) -> None:
    async with Socket(PATH) as first:
        recorded = tablet.hello(await challenged(first))
        await first.send(**recorded)
        assert (await first.receive())["t"] == "hello"
    assert await refused(lambda nonce: recorded) == 4403


async def test_a_nonce_is_used_once_on_its_own_connection_too(tablet: Device) -> None:
    async with Socket(PATH) as kiosk:
        hello = tablet.hello(await challenged(kiosk))
        await kiosk.send(**hello)
        assert (await kiosk.receive())["t"] == "hello"
        await kiosk.send(**hello)
        assert await kiosk.receive() == {"close": 4403}


async def test_a_wrong_hello_spends_the_nonce(tablet: Device) -> None:
    async with Socket(PATH) as kiosk:
        nonce = await challenged(kiosk)
        await kiosk.send(**Device().hello(nonce, fingerprint=tablet.fingerprint))
        await kiosk.send(**tablet.hello(nonce))
        assert await kiosk.receive() == {"close": 4403}
        assert await kiosk.is_quiet()


@pytest.mark.parametrize("minutes", [-9, 9])
async def test_a_clock_may_be_a_little_off(tablet: Device, minutes: int) -> None:
    async with Socket(PATH) as kiosk:
        assert (await greeted(kiosk, tablet, at=timezone.now() + timedelta(minutes=minutes)))["t"] == "hello"


@pytest.mark.parametrize("minutes", [-11, 11])
async def test_a_wrong_clock_is_told_so_and_may_try_again(tablet: Device, minutes: int) -> None:
    async with Socket(PATH) as kiosk:
        answer = await greeted(kiosk, tablet, at=timezone.now() + timedelta(minutes=minutes))
        assert (answer["t"], answer["code"]) == ("refused", "clock_wrong")
        assert "11 minutes" in answer["hint"]
        assert await kiosk.receive() == {"close": 1013}


async def test_a_revoked_key_opens_nothing(world: World, tablet: Device, key: CameraKey) -> None:
    await sync_to_async(revoke)(world, key)
    assert await refused(tablet.hello) == 4403


async def test_a_replaced_device_opens_nothing(world: World, tablet: Device) -> None:
    await sync_to_async(paired)(world.northwind, world.camera, world.alice)
    assert await refused(tablet.hello) == 4403


async def test_the_key_of_a_retired_camera_opens_nothing(world: World, tablet: Device) -> None:
    await sync_to_async(retire)(world)
    assert await refused(tablet.hello) == 4403


async def test_a_copied_fingerprint_without_its_key_opens_nothing(tablet: Device) -> None:
    thief = Device()
    assert await refused(lambda nonce: thief.hello(nonce, fingerprint=tablet.fingerprint)) == 4403


async def test_an_unknown_key_opens_nothing(world: World) -> None:
    assert await refused(Device().hello) == 4403


async def test_a_signature_of_another_time_opens_nothing(tablet: Device) -> None:
    later = (timezone.now() + timedelta(seconds=1)).isoformat()
    assert await refused(lambda nonce: tablet.hello(nonce) | {"at": later}) == 4403


async def test_a_hello_signed_for_another_site_opens_nothing(tablet: Device) -> None:
    assert await refused(lambda nonce: tablet.hello(nonce, origin="https://evil.example")) == 4403


@pytest.mark.parametrize("origin", ["https://evil.example", None])
async def test_a_page_from_elsewhere_is_not_even_challenged(tablet: Device, origin: str | None) -> None:
    async with Socket(PATH, origin=origin) as kiosk:
        assert await kiosk.receive() == {"close": 4403}


@pytest.mark.parametrize("name", ["key", "at", "signature"])
@pytest.mark.parametrize("value", ["", None, 7, "x", "2026-01-01T00:00:00", "=" * 88, ["a"]])
async def test_a_broken_hello_opens_nothing(tablet: Device, name: str, value: Any) -> None:
    assert await refused(lambda nonce: tablet.hello(nonce) | {name: value}) == 4403


@pytest.mark.parametrize("text", ["no json", "[]", "", "[" * 2000, '{"t":"ping"}', '{"t":"confirm","approach":"a"}'])
async def test_nothing_but_a_hello_comes_first(tablet: Device, text: str) -> None:
    async with Socket(PATH) as kiosk:
        await challenged(kiosk)
        await kiosk.send_text(text)
        assert await kiosk.receive() == {"close": 4403}


async def test_a_frame_before_the_hello_is_not_looked_at(tablet: Device) -> None:
    async with Socket(PATH) as kiosk:
        nonce = await challenged(kiosk)
        await kiosk.send_frame(frames_of("ann")[0])
        assert await kiosk.receive() == {"close": 4403}
        await kiosk.send(**tablet.hello(nonce))
        assert await kiosk.is_quiet()


async def test_silence_closes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_keys, "HELLO_SECONDS", 0.2)
    async with Socket(PATH) as kiosk:
        await challenged(kiosk)
        assert await kiosk.receive() == {"close": 1013}


def test_a_device_has_five_seconds() -> None:
    assert live_keys.HELLO_SECONDS == 5.0


async def test_a_session_is_no_key(world: World, operator: str) -> None:
    assert await refused(lambda nonce: {"t": "hello"}, cookie=operator) == 4403


# --- A key opens nothing else ------------------------------------------------------------------------


def test_a_key_opens_no_page(world: World, tablet: Device) -> None:
    rows = furniture(world, world.northwind).rows
    client = Client(headers={"Authorization": f"Bearer {tablet.fingerprint}"})
    known = [one for one in addresses() if one.parameters <= {"slug", "pk", "form"}]
    asked = [client.get(url_of(one, "northwind", rows)) for one in known]
    assert len(asked) > 25
    assert {(one.status_code, one.headers["Location"].partition("?")[0]) for one in asked} == {
        (302, "/accounts/login/")
    }


@pytest.mark.parametrize("secret", ["fingerprint", "id", "public_key"])
def test_a_key_opens_no_api(world: World, tablet: Device, key: CameraKey, secret: str) -> None:
    token = {"fingerprint": tablet.fingerprint, "id": str(key.pk), "public_key": tablet.public_key.hex()}[secret]
    client = Client(headers={"Authorization": f"Bearer {token}", "Origin": ORIGIN})
    assert [client.get(f"/api/v1/{name}").status_code for name in ("organization", "people", "punches")] == [401] * 3


async def test_a_key_opens_no_other_socket(world: World, tablet: Device) -> None:
    for path in ("/ws/o/northwind/board/", f"/ws/o/northwind/cameras/{world.camera.pk}/"):
        async with Socket(path) as socket:
            await socket.send(**tablet.hello("nonce"))
            assert await socket.receive() == {"close": 4401}


# --- Its end -----------------------------------------------------------------------------------------


def revoke(world: World, key: CameraKey) -> None:
    with acting_for(world.northwind):
        camera_keys.revoke_key(organization=world.northwind, key=key)


def retire(world: World) -> None:
    with acting_for(world.northwind):
        world.camera.is_active = False
        services.save_camera(organization=world.northwind, camera=world.camera)


async def seconds_to_close(socket: Socket, act: Callable[..., Any], *args: Any) -> float:
    await sync_to_async(act)(*args)
    written = time.monotonic()
    assert await socket.receive_until() == {"close": 4403}
    return time.monotonic() - written


async def test_revoking_closes_it_and_no_other(world: World, tablet: Device, key: CameraKey) -> None:
    southern, _ = await sync_to_async(paired)(world.southwind, world.south_camera, world.charlie)
    async with Socket(PATH) as kiosk, Socket(PATH) as other:
        await greeted(kiosk, tablet)
        await greeted(other, southern)
        assert await seconds_to_close(kiosk, revoke, world, key) <= MOST_SECONDS
        await kiosk.send_frame(frames_of("ann")[0])
        assert await kiosk.is_quiet()
        assert await other.is_quiet()


async def test_pairing_another_device_closes_the_first(world: World, tablet: Device) -> None:
    async with Socket(PATH) as kiosk:
        await greeted(kiosk, tablet)
        assert await seconds_to_close(kiosk, paired, world.northwind, world.camera, world.alice) <= MOST_SECONDS


async def test_retiring_the_camera_closes_it(world: World, tablet: Device) -> None:
    async with Socket(PATH) as kiosk:
        await greeted(kiosk, tablet)
        assert await seconds_to_close(kiosk, retire, world) <= MOST_SECONDS


async def test_a_pairing_user_who_goes_does_not_take_the_device_along(world: World, tablet: Device) -> None:
    def disable() -> None:
        world.alice.is_active = False
        world.alice.save()

    async with Socket(PATH) as kiosk:
        await greeted(kiosk, tablet)
        await sync_to_async(disable)()
        assert await kiosk.is_quiet()


# --- The PIN -----------------------------------------------------------------------------------------


@pytest.fixture
def pin(world: World) -> str:
    with acting_for(world.northwind):
        return pins.new_pin(organization=world.northwind, person=world.person)


async def pressed(kiosk: Socket, pin: str, number: str = "E1", **more: Any) -> Message:
    nonce = more.get("nonce", str(uuid.uuid4()))
    await kiosk.send(t="pin", number=number, pin=pin, nonce=nonce)
    answer = await kiosk.receive_until("pin")
    assert answer["nonce"] == nonce
    return answer


async def test_a_pin_punches_through_the_socket(world: World, tablet: Device, pin: str) -> None:
    def sources() -> list[Any]:
        with acting_for(world.northwind):
            return list(Punch.objects.values_list("source", "camera"))

    async with Socket(PATH) as kiosk:
        await greeted(kiosk, tablet)
        answer = await pressed(kiosk, pin)
    assert (answer["state"], answer["name"], answer["direction"]) == ("recognised", "Priya Raman", "in")
    assert await sync_to_async(sources)() == [(Source.PIN, world.camera.pk)]


async def test_the_trail_names_the_device(world: World, tablet: Device, key: CameraKey, pin: str) -> None:
    def actors() -> list[Any]:
        with acting_for(world.northwind):
            return list(AuditEntry.objects.filter(action="punch.pin").values_list("actor_kind", "actor_id"))

    async with Socket(PATH) as kiosk:
        await greeted(kiosk, tablet)
        await pressed(kiosk, pin)
    assert await sync_to_async(actors)() == [("camera", key.pk)]


async def test_a_wrong_pin_is_refused_and_locked_as_on_the_page(world: World, tablet: Device, pin: str) -> None:
    async with Socket(PATH) as kiosk:
        await greeted(kiosk, tablet)
        codes = [(await pressed(kiosk, "no-pin"))["code"] for _ in range(pins.MOST_FAILURES)]
        assert codes == ["pin_wrong"] * pins.MOST_FAILURES
        assert (await pressed(kiosk, pin))["code"] == "pin_locked"


async def test_the_same_try_books_once(world: World, tablet: Device, pin: str) -> None:
    nonce = str(uuid.uuid4())
    async with Socket(PATH) as kiosk:
        await greeted(kiosk, tablet)
        assert await pressed(kiosk, pin, nonce=nonce) == await pressed(kiosk, pin, nonce=nonce)


@pytest.mark.parametrize("fields", [{"number": ""}, {"pin": ""}, {"number": "x" * 100}, {"pin": "1" * 40}])
async def test_what_is_no_pin_is_said_so(world: World, tablet: Device, pin: str, fields: dict[str, str]) -> None:
    async with Socket(PATH) as kiosk:
        await greeted(kiosk, tablet)
        assert (await pressed(kiosk, fields.get("pin", pin), fields.get("number", "E1")))["code"] == "pin_missing"


async def test_a_pin_of_the_other_organization_is_wrong(world: World, tablet: Device) -> None:
    def southern() -> str:
        with acting_for(world.southwind):
            Person.objects.filter(pk=world.south_person.pk).update(external_id="S1")
            return pins.new_pin(organization=world.southwind, person=world.south_person)

    foreign = await sync_to_async(southern)()
    async with Socket(PATH) as kiosk:
        await greeted(kiosk, tablet)
        assert (await pressed(kiosk, foreign, "S1"))["code"] == "pin_wrong"


async def test_a_members_socket_takes_no_pin(world: World, operator: str, pin: str) -> None:
    async with Socket(f"/ws/o/northwind/cameras/{world.camera.pk}/", operator) as kiosk:
        await kiosk.receive_until("hello")
        await kiosk.send(t="pin", number="E1", pin=pin, nonce=str(uuid.uuid4()))
        assert await kiosk.is_quiet()
