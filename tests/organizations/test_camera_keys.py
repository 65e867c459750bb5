"""Pairing: a code works once, for ten minutes, for whoever holds the key it comes with; guessing is locked."""

import time
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.test import Client
from django.utils import timezone

from apps.organizations import camera_keys
from apps.organizations.camera_keys import PairingRefused, code_hash, new_nonce, pair, shown, typed
from apps.organizations.camera_proofs import hello_text, is_camera_key, is_signed
from apps.organizations.models import AuditEntry, Camera, CameraKey, Pairing, Role
from apps.organizations.tenancy import acting_for
from tests.organizations.devices import ORIGIN, Device, code_for, paired
from tests.personas import World, signed_in

pytestmark = pytest.mark.usefixtures("standing_world")

PAGE = "/o/northwind/cameras/{}/device/"


@pytest.fixture
def code(world: World) -> str:
    return code_for(world.northwind, world.camera, world.alice)


def keys(world: World) -> list[CameraKey]:
    with acting_for(world.northwind):
        return list(CameraKey.objects.order_by("paired_at"))


def refusal(device: Device, code: str, address: str = "192.0.2.1", **shift: Any) -> str:
    with pytest.raises(PairingRefused) as refused:
        pair(request=device.asks(code), address=address, at=timezone.now() + timedelta(**shift))
    return refused.value.code


def test_a_code_pairs_a_device(world: World, code: str) -> None:
    device = Device()
    key = pair(request=device.asks(code), address="192.0.2.1", at=timezone.now())
    assert (key.camera, key.fingerprint, bytes(key.public_key)) == (world.camera, device.fingerprint, device.public_key)
    assert key.paired_by == world.alice


def test_a_code_is_eight_characters_nobody_mistakes(code: str) -> None:
    assert len(code) == 8
    assert not set(code) & set("01IO")


def test_a_code_is_shown_in_two_halves_and_typed_anyhow() -> None:
    assert shown("ABCD2345") == "ABCD-2345"
    assert {typed("abcd-2345"), typed(" ABCD 2345 "), typed("ABCD2345")} == {"ABCD2345"}


def test_no_code_is_stored(world: World, code: str) -> None:
    with acting_for(world.northwind):
        pairing = Pairing.objects.get()
    assert pairing.code_hash == code_hash(code)
    assert code not in str(vars(pairing))


def test_a_code_works_once(world: World, code: str) -> None:
    pair(request=Device().asks(code), address="192.0.2.1", at=timezone.now())
    assert refusal(Device(), code) == "pairing_code_wrong"


def test_a_code_lasts_ten_minutes(world: World, code: str) -> None:
    assert refusal(Device(), code, minutes=10, seconds=1) == "pairing_code_wrong"
    assert pair(request=Device().asks(code), address="a", at=timezone.now() + timedelta(minutes=9, seconds=55))


def test_a_new_code_ends_the_one_before(world: World, code: str) -> None:
    code_for(world.northwind, world.camera, world.alice)
    assert refusal(Device(), code) == "pairing_code_wrong"


def test_a_retired_camera_is_not_paired(world: World, code: str) -> None:
    with acting_for(world.northwind):
        Camera.objects.filter(pk=world.camera.pk).update(is_active=False)
    assert refusal(Device(), code) == "pairing_code_wrong"


def test_five_wrong_codes_lock_an_address(world: World, code: str) -> None:
    assert [refusal(Device(), "22222222") for _ in range(5)] == ["pairing_code_wrong"] * 5
    assert refusal(Device(), code) == "pairing_locked"


def test_another_address_is_not_locked(world: World, code: str) -> None:
    for _ in range(5):
        refusal(Device(), "22222222")
    assert pair(request=Device().asks(code), address="192.0.2.2", at=timezone.now())


def test_guessing_from_everywhere_is_locked(world: World, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera_keys, "MOST_WRONG_ANYWHERE", 8)
    for number in range(8):
        refusal(Device(), "22222222", address=f"192.0.2.{number}")
    assert refusal(Device(), code, address="198.51.100.1") == "pairing_locked"


def test_the_lock_ends(world: World, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera_keys, "LOCK_SECONDS", 0.2)
    for _ in range(5):
        refusal(Device(), "22222222")
    time.sleep(0.3)
    assert pair(request=Device().asks(code), address="192.0.2.1", at=timezone.now())


def test_a_key_that_is_not_held_is_not_paired(world: World, code: str) -> None:
    thief, device = Device(), Device()
    asked = device.asks(code)
    stolen = camera_keys.PairingRequest(asked.code, device.public_key, asked.nonce, thief.asks(code).proof, ORIGIN)
    with pytest.raises(PairingRefused) as refused:
        pair(request=stolen, address="192.0.2.1", at=timezone.now())
    assert refused.value.code == "pairing_unproven"
    assert keys(world) == []


@pytest.mark.parametrize("nonce", ["", "made up", "made:up:too"])
def test_a_nonce_of_elsewhere_proves_nothing(world: World, code: str, nonce: str) -> None:
    device = Device()
    asked = device.asks(code)
    mine = camera_keys.PairingRequest(asked.code, device.public_key, nonce, device.proof(nonce, code), ORIGIN)
    with pytest.raises(PairingRefused):
        pair(request=mine, address="192.0.2.1", at=timezone.now())


def test_a_camera_has_one_device(world: World, code: str) -> None:
    paired(world.northwind, world.camera, world.alice)
    paired(world.northwind, world.camera, world.alice)
    first, second = keys(world)
    assert (first.revoked_at is None, second.revoked_at) == (False, None)


def test_a_key_is_paired_once_in_its_life(world: World, code: str) -> None:
    device = Device()
    pair(request=device.asks(code), address="192.0.2.1", at=timezone.now())
    again = code_for(world.northwind, world.camera, world.alice)
    assert refusal(device, again) == "pairing_key_used"


def test_a_key_of_the_other_organization_cannot_be_taken_over(world: World, code: str) -> None:
    device, _ = paired(world.southwind, world.south_camera, world.charlie)
    assert refusal(device, code) == "pairing_key_used"
    with acting_for(world.southwind):
        assert CameraKey.objects.get().revoked_at is None


def test_pairing_and_removing_leave_their_trail(world: World) -> None:
    _, key = paired(world.northwind, world.camera, world.alice)
    with acting_for(world.northwind):
        camera_keys.revoke_key(organization=world.northwind, key=key)
        camera_keys.revoke_key(organization=world.northwind, key=key)
        actions = list(
            AuditEntry.objects.filter(action__regex="^(pairing|camera_key)").values_list("action", "actor_kind")
        )
    assert [action for action, _ in sorted(actions)] == ["camera_key.pair", "camera_key.revoke", "pairing.create"]
    assert ("camera_key.pair", "camera") in actions


# --- The proof ---------------------------------------------------------------------------------------


def test_a_signature_is_of_one_text() -> None:
    device = Device()
    text = hello_text(nonce="n", fingerprint=device.fingerprint, at="t", origin="o")
    assert is_signed(device.public_key, device.sign(text), text)
    for changed in ({"nonce": "m"}, {"fingerprint": "f"}, {"at": "u"}, {"origin": "p"}):
        given = {"nonce": "n", "fingerprint": device.fingerprint, "at": "t", "origin": "o"} | changed
        assert not is_signed(device.public_key, device.sign(text), hello_text(**given))


@pytest.mark.parametrize("signature", [b"", b"\0" * 64, b"\xff" * 64, b"\x01" * 63, b"\x01" * 72])
def test_bytes_that_are_no_signature_are_refused(signature: bytes) -> None:
    assert not is_signed(Device().public_key, signature, b"text")


def test_another_curve_is_no_camera_key() -> None:
    made = (ec.generate_private_key(ec.SECP384R1()), rsa.generate_private_key(65537, 2048))
    others = [one.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) for one in made]
    assert not any(is_camera_key(one) for one in [*others, b"", Device().public_key + b"\0"])


def test_a_curve_nobody_knows_is_no_camera_key() -> None:
    # brainpoolP160r1: well formed, and nothing the library can load
    unknown = bytes.fromhex("3042301406072a8648ce3d020106092b2403030208010101032a0004") + b"\1" * 40
    assert not is_camera_key(unknown)


# --- The device's page -------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_pairing_page_needs_no_sign_in() -> None:
    answer = Client().get("/pair/")
    assert answer.status_code == 200
    assert "camera=()" in answer.headers["Permissions-Policy"]


def test_the_page_pairs_and_leads_to_the_camera(world: World, code: str) -> None:
    answer = Device().posts(shown(code).lower())
    assert (answer.status_code, answer.json()) == (200, {"state": "paired", "url": "/camera/"})
    assert len(keys(world)) == 1


def test_the_page_starts_no_session(world: World, code: str) -> None:
    client = Client()
    Device().posts(code, client)
    assert set(client.cookies) == {"csrf"}
    assert client.get(PAGE.format(world.camera.pk)).headers["Location"].startswith("/accounts/login/")


def test_unknown_expired_and_used_codes_are_answered_alike(world: World, code: str) -> None:
    assert Device().posts(code).status_code == 200
    used, expired = code, code_for(world.northwind, world.camera, world.alice)
    with acting_for(world.northwind):
        Pairing.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    answers = [Device().posts(one) for one in ("22222222", used, expired, "x" * 4000)]
    assert {(one.status_code, one.content) for one in answers} == {(answers[0].status_code, answers[0].content)}
    assert answers[0].status_code == 422


def test_the_page_locks_after_five(world: World, code: str) -> None:
    for _ in range(5):
        Device().posts("22222222")
    answer = Device().posts(code)
    assert (answer.status_code, answer.json()["code"]) == (429, "pairing_locked")


@pytest.mark.parametrize("broken", [{"public_key": "%%%"}, {"proof": "AA"}, {"public_key": ""}, {"nonce": new_nonce()}])
def test_a_broken_request_is_refused(world: World, code: str, broken: dict[str, str]) -> None:
    answer = Device().posts(code, changed=broken)
    assert (answer.status_code, answer.json()["code"]) == (422, "pairing_unproven")


def test_a_page_of_elsewhere_cannot_post(world: World, code: str) -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/pair/", {"code": code}, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403


def test_the_camera_page_is_the_same_for_everybody(world: World) -> None:
    pages = {client.get("/camera/").content for client in (Client(), signed_in(world.alice), signed_in(world.charlie))}
    assert len(pages) == 1
    page = pages.pop()
    assert not [name for name in (b"Northwind", b"Southwind", b"Main gate", b"csrf") if name in page]


@pytest.mark.django_db
def test_the_camera_page_may_use_the_camera() -> None:
    answer = Client().get("/camera/")
    assert answer.headers["Permissions-Policy"] == "camera=(self), microphone=(), geolocation=()"
    assert not answer.cookies


# --- The organization's pages ------------------------------------------------------------------------


def test_the_code_is_shown_once(world: World) -> None:
    client = signed_in(world.bob_as(Role.OPERATOR))
    page = client.post(PAGE.format(world.camera.pk) + "pair/")
    assert page.context["code"].replace("-", "") not in client.get(PAGE.format(world.camera.pk)).content.decode()
    assert Device().posts(page.context["code"]).status_code == 200


def test_the_page_names_the_paired_device(world: World) -> None:
    device, _ = paired(world.northwind, world.camera, world.alice)
    page = signed_in(world.alice).get(PAGE.format(world.camera.pk)).content.decode()
    assert f"{device.fingerprint[:4]} {device.fingerprint[4:8]}" in page
    assert "alice@example.org" in page
    assert "Not yet" in page


def test_a_device_is_removed(world: World) -> None:
    _, key = paired(world.northwind, world.camera, world.alice)
    signed_in(world.bob_as(Role.OPERATOR)).post(f"/o/northwind/camera-keys/{key.pk}/revoke/")
    assert keys(world)[0].revoked_at
    assert "No device is paired" in signed_in(world.alice).get(PAGE.format(world.camera.pk)).content.decode()


def test_another_organizations_device_cannot_be_removed(world: World) -> None:
    _, key = paired(world.southwind, world.south_camera, world.charlie)
    assert signed_in(world.alice).post(f"/o/northwind/camera-keys/{key.pk}/revoke/").status_code == 404


@pytest.mark.parametrize("role", [Role.HR_MANAGER, Role.SUPERVISOR, Role.AUDITOR, Role.EMPLOYEE])
def test_too_small_a_role_pairs_nothing(world: World, role: Role) -> None:
    assert signed_in(world.bob_as(role)).post(PAGE.format(world.camera.pk) + "pair/").status_code == 403


def test_the_cameras_page_leads_there(world: World) -> None:
    page = signed_in(world.alice).get(f"/o/northwind/cameras/{world.camera.pk}/").content.decode()
    assert PAGE.format(world.camera.pk) in page
