"""After an erasure no text, no vector and no sealed byte of the person is in the database, Redis, files or logs."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from django.conf import settings
from django.db import connection
from django.test import Client

from apps.attendance.models import Badge, Pin
from apps.enrollment.gallery import gallery_for
from apps.enrollment.models import PersonKey, Reference
from apps.enrollment.vault import turned
from apps.organizations.tenancy import acting_for
from apps.people.models import Department, ErasureReceipt
from attendance_site.logs import CleanFormatter
from tests.downloads import body
from tests.house.leak_scan import Place, database_places, leaks, redis_places, unlike_any
from tests.personas import World, signed_in

from .canaries import files_below, found_in
from .erasing import CANARY, SPACE, Canary, furnish

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def logged(tmp_path: Path) -> Iterator[Path]:
    """Everything that is logged, in a file, as the platform writes it."""
    file = tmp_path / "logs" / "everything.log"
    file.parent.mkdir()
    handler = logging.FileHandler(file)
    handler.setFormatter(CleanFormatter("%(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    level, before = root.level, logging.root.manager.disable
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield file
    root.removeHandler(handler)
    root.setLevel(level)
    logging.disable(before)


def live(world: World, canary: Canary) -> None:
    """What people do with a record: sign in wrongly and rightly, look, search, export, hand out."""
    email = canary.person.user.email  # type: ignore[union-attr]
    own = Client()
    for password in ("wrong", "a-long-Passphrase-71"):
        own.post("/accounts/login/", {"login": email, "password": password})
    assert own.get("/o/northwind/me/").status_code == 200
    hr = signed_in(world.alice)
    for path in (f"people/{canary.person.pk}/", f"people/?q={CANARY}", "punches/", "", "punches/export/csv/"):
        hr.get(f"/o/northwind/{path}")
    hr.get(f"/o/northwind/people/{canary.person.pk}/record/")
    hr.post(f"/o/northwind/people/{canary.person.pk}/", {"external_id": "", "given_name": f"{CANARY}-given"})
    with acting_for(world.northwind):
        assert len(gallery_for(world.northwind, SPACE)) == 1


def secrets_of(world: World) -> list[bytes]:
    """The bytes that stood for the face and the ways in."""
    with acting_for(world.northwind):
        sealed = [bytes(one) for one in Reference.objects.values_list("ciphertext", flat=True)]
        keys = [bytes(one) for one in PersonKey.objects.values_list("wrapped", flat=True)]
        pins = [one.encode() for one in Pin.objects.values_list("pin_hash", flat=True)]
        badges = [one.encode() for one in Badge.objects.values_list("code_hash", flat=True)]
    assert all((sealed, keys, pins, badges))
    return [*sealed, *keys, *pins, *badges]


def erase_by_page(world: World, canary: Canary) -> ErasureReceipt:
    answer = signed_in(world.alice).post(
        f"/o/northwind/people/{canary.person.pk}/erase/", {"number": canary.person.external_id, "reason": "asked"}
    )
    assert answer.status_code == 302
    with acting_for(world.northwind):
        return ErasureReceipt.objects.get()


def places(*folders: Path) -> list[Place]:
    return [*database_places(), *redis_places(), *files_below(settings.ERASURES, settings.AUDIT_ANCHORS, *folders)]


def test_nothing_is_left_anywhere(world: World, logged: Path) -> None:
    canary = furnish(world)
    live(world, canary)
    with acting_for(world.northwind):
        vectors = [canary.vector, turned(world.northwind, canary.vector)]
    secrets = secrets_of(world)
    assert found_in(database_places(), CANARY, secrets)  # it was there, and the search finds it
    receipt = erase_by_page(world, canary)
    everywhere = places(logged.parent)
    assert found_in(everywhere, CANARY, secrets) == []
    assert leaks(((place, content) for place, content in everywhere if "log" not in place), vectors) == []
    assert json.loads(receipt.body)["destroyed"]["enrollment.reference"] == 1
    assert logged.stat().st_size


def test_the_exports_made_afterwards_hold_nothing(world: World) -> None:
    canary = furnish(world)
    erase_by_page(world, canary)
    hr = signed_in(world.alice)
    made = []
    for path in ("punches/export/csv/", "punches/export/xlsx/", "punches/", "people/", "audit/", "erasures/"):
        answer = hr.get(f"/o/northwind/{path}")
        made.append((path, body(answer)))
    assert found_in(made, CANARY) == []


@pytest.mark.parametrize("where", ["database", pytest.param("redis", marks=pytest.mark.services), "file"])
def test_the_search_finds_what_is_planted(world: World, tmp_path: Path, where: str) -> None:
    plant(world, tmp_path, where)
    assert len(found_in(places(tmp_path), CANARY)) == 1
    clear(world, where)


def plant(world: World, folder: Path, where: str) -> None:
    if where == "database":
        with acting_for(world.northwind):
            Department.objects.create(organization=world.northwind, name=f"of {CANARY.lower()}")
    elif where == "redis":
        with redis.Redis.from_url(f"{settings.REDIS_URL}/3") as client:
            client.hset("planted", "name", CANARY.encode().hex())
    else:
        (folder / "export.bin").write_bytes(CANARY.encode("utf-16-le"))


def clear(world: World, where: str) -> None:
    if where == "redis":
        with redis.Redis.from_url(f"{settings.REDIS_URL}/3") as client:
            client.delete("planted")


def test_the_search_finds_a_vector_that_is_planted(world: World) -> None:
    planted = json.dumps([float(one) for one in unlike_any()]).encode()
    assert leaks([("file", planted)], [unlike_any()]) == ["file: numbers"]


@pytest.mark.embedded
def test_sqlite_overwrites_what_is_deleted(world: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute("pragma secure_delete")
        assert cursor.fetchone() == (1,)
