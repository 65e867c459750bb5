"""Without the right master key no face is recognised, the reason is said, and everything else works."""

import base64
import os
import secrets
import time
from typing import Any

import pytest
from django.conf import settings as site
from django.db import transaction
from django.test import Client
from pytest_django import Settings

from apps.attendance.identification import face_closed
from apps.attendance.kiosk import place_of
from apps.enrollment import rotation, services, vault
from apps.enrollment.gallery import forget_galleries, gallery_for
from apps.organizations import key_checks, keyring, master_key
from apps.organizations.master_key import KeyUnavailable, LocalWrapper
from apps.organizations.models import OrganizationKey
from apps.organizations.start import StartRefused, look
from apps.organizations.tenancy import acting_for
from tests.personas import World, signed_in

from .keyed import SPACE, crowd, directions, loaded, named

pytestmark = pytest.mark.django_db


def another_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


@pytest.fixture
def enrolled(northwind: World) -> World:
    crowd(northwind.northwind, directions(2))
    return northwind


@pytest.fixture(params=["key_missing", "key_wrong", "key_altered"])
def trouble(request: pytest.FixtureRequest, enrolled: World, settings: Settings) -> str:
    """What happened to the key, as the code that is told."""
    if request.param == "key_altered":
        for row in OrganizationKey.objects.all():
            flipped = bytes(row.wrapped)[:-1] + bytes([bytes(row.wrapped)[-1] ^ 1])
            OrganizationKey.objects.filter(pk=row.pk).update(wrapped=flipped)
    else:
        settings.MASTER_KEY = "" if request.param == "key_missing" else another_key()
    keyring.forget_keys()
    forget_galleries()
    return str(request.param)


def test_a_camera_says_that_it_is_closed_and_why(enrolled: World, trouble: str) -> None:
    closed = face_closed(enrolled.camera)
    assert closed is not None and (closed["state"], closed["code"]) == ("closed", trouble)
    assert "Use your PIN" in closed["message"]


def test_the_kiosk_shows_it_from_the_start(enrolled: World, trouble: str) -> None:
    place = place_of(enrolled.camera)
    assert place["face"] is False and place["face_message"]


def test_nothing_is_sealed_or_opened(enrolled: World, trouble: str) -> None:
    [vector] = directions(1)
    for act in (lambda: gallery_for(enrolled.northwind, SPACE), lambda: vault.turned(enrolled.northwind, vector)):
        with pytest.raises(KeyUnavailable) as refused:
            act()
        assert refused.value.code == trouble


def test_the_recognition_page_says_why(enrolled: World, trouble: str) -> None:
    page = signed_in(enrolled.alice).get("/o/northwind/recognition/")
    assert page.status_code == 200 and "No face is recognised." in page.text


def test_every_other_page_works(enrolled: World, trouble: str) -> None:
    alice = signed_in(enrolled.alice)
    paths = ["people/", f"people/{enrolled.person.pk}/", "punches/", "audit/", "recognition/look-alikes/"]
    assert {alice.get(f"/o/northwind/{path}").status_code for path in paths} == {200}


def test_the_check_names_both_keys(enrolled: World, settings: Settings) -> None:
    stored, settings.MASTER_KEY = LocalWrapper().key_id(), another_key()
    keyring.forget_keys()
    [found] = key_checks.stored_keys_open(databases=["default"])
    assert found.id == "organizations.E017" and stored in found.msg and LocalWrapper().key_id() in found.msg


def test_the_check_is_silent_where_all_opens(enrolled: World) -> None:
    assert key_checks.stored_keys_open(databases=["default"]) == []


@pytest.mark.parametrize("given", ["", another_key()])
def test_readyz_says_so(enrolled: World, settings: Settings, given: str) -> None:
    settings.MASTER_KEY = given
    keyring.forget_keys()
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["code"]) == (503, "key_wrong" if given else "key_missing")


def test_a_row_that_was_altered_leaves_the_rest_of_the_site_ready(enrolled: World) -> None:
    OrganizationKey.objects.update(wrapped=os.urandom(60))
    keyring.forget_keys()
    assert key_checks.deployment_problem() is None and vault.key_problem(enrolled.northwind) is not None


def test_a_refused_key_is_not_asked_for_again_at_once(
    enrolled: World, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MASTER_KEY = another_key()
    keyring.forget_keys()
    asked: list[Any] = []
    unwrap = LocalWrapper.unwrap

    def counted(*given: Any) -> bytes:
        asked.append(given)
        return unwrap(*given)

    monkeypatch.setattr(LocalWrapper, "unwrap", counted)
    for _ in range(5):
        assert vault.key_problem(enrolled.northwind) is not None
    assert len(asked) == 1
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + keyring.RETRY_SECONDS)
    assert vault.key_problem(enrolled.northwind) is not None and len(asked) == 2


def test_an_earlier_master_key_still_opens(enrolled: World, settings: Settings) -> None:
    settings.MASTER_KEYS_BEFORE, settings.MASTER_KEY = [settings.MASTER_KEY], another_key()
    keyring.forget_keys()
    assert len(named(loaded(enrolled.northwind), directions(2))) == 2


def test_a_malformed_earlier_key_is_not_called_an_altered_row(enrolled: World, settings: Settings) -> None:
    settings.MASTER_KEYS_BEFORE = ["cut off"]
    keyring.forget_keys()
    assert vault.key_problem(enrolled.northwind) is None  # the present one opens what it wrapped
    settings.MASTER_KEY = another_key()
    keyring.forget_keys()
    problem = vault.key_problem(enrolled.northwind)
    assert problem and (problem.code, "MASTER_KEYS_BEFORE is malformed" in problem.message) == ("key_missing", True)


@pytest.mark.parametrize("rotating", [False, True])
@pytest.mark.parametrize("running", [False, True])
def test_a_key_row_that_is_gone_closes_faces_and_no_other_takes_its_place(
    enrolled: World, rotating: bool, running: bool
) -> None:
    gallery_for(enrolled.northwind, SPACE)
    if rotating:
        rotation.begin(enrolled.northwind)
    kept = list(OrganizationKey.objects.filter(version=1).values())
    OrganizationKey.objects.filter(version=1).delete()
    keyring.forget_keys()
    services.renew_gallery(organization=enrolled.northwind)
    load = gallery_for if running else lambda organization, space: loaded(organization)
    with pytest.raises(KeyUnavailable, match="is gone. Restore that row") as refused:
        load(enrolled.northwind, SPACE)
    assert refused.value.code == "key_altered"
    OrganizationKey.objects.bulk_create([OrganizationKey(**row) for row in kept])
    assert len(load(enrolled.northwind, SPACE)) == 2


def test_a_key_that_another_thread_forgets_meanwhile_is_given(enrolled: World, monkeypatch: pytest.MonkeyPatch) -> None:
    class Forgetful(dict[keyring.Place, bytes]):
        """As if a gallery that is loaded forgot older keys between each two looks at them."""

        def __contains__(self, place: object) -> bool:
            found = super().__contains__(place)
            self.clear()
            return found

    monkeypatch.setattr(keyring, "_opened", Forgetful())
    first, again = (keyring.key_of(enrolled.northwind.pk, vault.PURPOSE, 1) for _ in range(2))
    assert first == again


class ServiceWrapper:
    """What a deployment writes to ask its key service: the service here is a dictionary of keys that never leave it."""

    service = {"primary": LocalWrapper()}

    def key_id(self) -> str:
        return "primary"

    def wrap(self, plain: bytes, context: bytes) -> bytes:
        return b"svc1" + self.service["primary"].wrap(plain, context)

    def unwrap(self, wrapped: bytes, context: bytes, key_id: str) -> bytes:
        if key_id not in self.service:
            raise KeyUnavailable(f"The key service has no key {key_id}.", code="key_wrong")
        held = self.service[key_id]
        return held.unwrap(wrapped.removeprefix(b"svc1"), context, held.key_id())


def test_a_key_service_wraps_instead(northwind: World, settings: Settings) -> None:
    settings.KEY_WRAPPER = f"{__name__}.ServiceWrapper"
    crowd(northwind.northwind, directions(2))
    row = OrganizationKey.objects.get()
    assert (row.master_key_id, bytes(row.wrapped)[:4]) == ("primary", b"svc1")
    keyring.forget_keys()
    assert len(named(loaded(northwind.northwind), directions(2))) == 2


def test_a_key_service_that_lost_its_key_closes_faces(northwind: World, settings: Settings) -> None:
    settings.KEY_WRAPPER = f"{__name__}.ServiceWrapper"
    crowd(northwind.northwind, directions(1))
    OrganizationKey.objects.update(master_key_id="lost")
    keyring.forget_keys()
    problem = vault.key_problem(northwind.northwind)
    assert problem is not None and problem.code == "key_wrong"


class TestPlatformKey:
    def test_one_of_its_own_is_good(self, settings: Settings) -> None:
        settings.EMBEDDED, settings.PLATFORM_KEY = False, another_key()
        assert key_checks.platform_key_is_its_own() == []

    def test_the_master_key_for_both_is_warned_of_in_full_mode(self, settings: Settings) -> None:
        settings.PLATFORM_KEY = settings.MASTER_KEY
        found = []
        for settings.EMBEDDED in (True, False):
            found.append([one.id for one in key_checks.platform_key_is_its_own()])
        assert found == [[], ["organizations.W016"]]

    def test_a_malformed_one_is_an_error(self, settings: Settings) -> None:
        settings.PLATFORM_KEY = "short"
        assert [one.id for one in key_checks.platform_key_is_its_own()] == ["organizations.E015"]
        with pytest.raises(StartRefused, match="Give the one") as refused:
            look()
        assert refused.value.code == "platform_key_malformed"


def test_the_wrapper_is_made_once_a_process() -> None:
    assert master_key.wrapper() is master_key.wrapper() and site.KEY_WRAPPER == ""


def test_a_key_of_an_undone_transaction_seals_nothing(world: World) -> None:
    """Kept in memory, it would seal what nobody can open once the transaction that made it is undone."""
    with acting_for(world.northwind):
        with transaction.atomic():
            version = keyring.newest_version(world.northwind.pk, "other purpose")
            first = keyring.key_of(world.northwind.pk, "other purpose", version)
            transaction.set_rollback(True)
        again = keyring.newest_version(world.northwind.pk, "other purpose")
        assert keyring.key_of(world.northwind.pk, "other purpose", again) != first
