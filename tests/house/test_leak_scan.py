"""The scan for leaks, held to canaries: each form is planted and found, and nothing is found where nothing is."""

import base64
import json
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import redis
from django.conf import settings
from django.db import connection

from apps.enrollment.cipher import Binding, fresh_key, seal
from apps.organizations.models import Job, Site
from apps.organizations.tenancy import acting_for
from apps.recognition.shapes import Vector
from tests.house.leak_scan import database_places, file_places, leaks, redis_places, unlike_any
from tests.personas import World
from tests.recognition.pictures import jpeg, noise
from tests.roles import as_owner

CANARY = unlike_any()
PICTURE = jpeg(noise())
FORMS: dict[str, Callable[[Vector], bytes]] = {
    "float32": lambda v: v.astype("<f4").tobytes(),
    "float64": lambda v: v.astype("<f8").tobytes(),
    "big-endian": lambda v: v.astype(">f4").tobytes(),
    "hex": lambda v: v.tobytes().hex().encode(),
    "HEX": lambda v: v.tobytes().hex().upper().encode(),
    "base64": lambda v: base64.b64encode(v.tobytes()),
    "base64 behind one byte": lambda v: base64.b64encode(b"x" + v.tobytes()),
    "base64 behind two bytes": lambda v: base64.b64encode(b"xx" + v.tobytes()),
    "URL-safe base64": lambda v: base64.urlsafe_b64encode(v.tobytes()),
    "float64 in base64": lambda v: base64.b64encode(v.astype("<f8").tobytes()),
    "JSON": lambda v: json.dumps(v.tolist()).encode(),
    "JSON without spaces": lambda v: json.dumps(v.tolist(), separators=(",", ":")).encode(),
    "short numbers": lambda v: json.dumps([round(float(one), 8) for one in v]).encode(),
    "lines": lambda v: "\n".join(f"{one:.9f}" for one in v).encode(),
    "an array of PostgreSQL": lambda v: ("{" + ",".join(f"{one:.10f}" for one in v) + "}").encode(),
    "the second half": lambda v: v[64:].tobytes(),
    "the first quarter": lambda v: v[:32].tobytes(),
}
PICTURES: dict[str, bytes] = {
    "raw": PICTURE,
    "hex": PICTURE.hex().encode(),
    "base64": base64.b64encode(PICTURE),
    "URL-safe base64": base64.urlsafe_b64encode(PICTURE),
    "behind something": b"header" + PICTURE,
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_it_finds_a_vector_in_every_form(form: Callable[[Vector], bytes]) -> None:
    assert leaks([("here", b"before " + form(CANARY) + b" after")], [CANARY]) != []


@pytest.mark.parametrize("picture", PICTURES.values(), ids=PICTURES.keys())
def test_it_finds_a_picture_in_every_form(picture: bytes) -> None:
    assert leaks([("here", picture)], []) != []


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_it_finds_nothing_of_another_vector(form: Callable[[Vector], bytes]) -> None:
    assert leaks([("here", form(unlike_any(seed=8)))], [CANARY]) == []


def test_it_finds_nothing_in_noise() -> None:
    assert leaks([("here", np.random.default_rng(3).bytes(300_000))], [CANARY]) == []


def test_it_finds_nothing_in_a_sealed_vector() -> None:
    binding = Binding(uuid.uuid4(), uuid.uuid4(), uuid.uuid4(), "space", 1, uuid.uuid4())
    assert leaks([("here", seal(CANARY, binding, fresh_key()))], [CANARY]) == []


def test_it_says_where_and_what() -> None:
    assert "here: <f4" in leaks([("here", CANARY.tobytes()), ("there", b"")], [CANARY])


@pytest.mark.django_db(transaction=True)
class TestDatabase:
    def found(self) -> list[str]:
        return leaks(database_places(), [CANARY])

    def test_it_is_clean_before(self, world: World) -> None:
        assert self.found() == []

    def test_it_finds_numbers_in_a_json_field(self, world: World) -> None:
        with acting_for(world.northwind):
            Job.objects.create(organization=world.northwind, kind="planted", arguments={"v": CANARY.tolist()})
        assert self.found() != []

    def test_it_finds_base64_in_a_text_field(self, world: World) -> None:
        with acting_for(world.northwind):
            text = base64.b64encode(CANARY[:16].tobytes()).decode()
            Site.objects.create(organization=world.northwind, name=text, time_zone="UTC")
        assert self.found() != []

    @pytest.mark.parametrize("planted", [CANARY.tobytes(), PICTURE], ids=["vector", "picture"])
    def test_it_finds_bytes_in_a_binary_column(self, world: World, planted: bytes) -> None:
        with as_owner(), connection.cursor() as cursor:
            kind = "blob" if connection.vendor == "sqlite" else "bytea"
            cursor.execute(f"create table planted (content {kind})")
            try:
                cursor.execute("insert into planted values (%s)", [planted])
                assert self.found() != []
            finally:
                cursor.execute("drop table planted")
                if connection.vendor == "sqlite":  # it keeps what was deleted until the page is written again
                    cursor.execute("pragma wal_checkpoint(truncate)")
                    cursor.execute("vacuum")
                    cursor.execute("pragma wal_checkpoint(truncate)")


@pytest.mark.services
class TestRedis:
    @pytest.fixture
    def client(self) -> Iterator["redis.Redis"]:
        with redis.Redis.from_url(f"{settings.REDIS_URL}/2") as client:
            yield client
            client.delete("planted")

    def found(self) -> list[str]:
        return [one for one in leaks(redis_places(), [CANARY]) if "planted" in one]

    def test_it_is_clean_before(self, client: "redis.Redis") -> None:
        assert self.found() == []

    @pytest.mark.parametrize("planted", [CANARY.tobytes(), PICTURE], ids=["vector", "picture"])
    @pytest.mark.parametrize("kind", ["string", "list", "hash", "set", "zset"])
    def test_it_finds_it_under_every_kind_of_key(self, client: "redis.Redis", kind: str, planted: bytes) -> None:
        if kind == "string":
            client.set("planted", planted)
        elif kind == "list":
            client.rpush("planted", planted)
        elif kind == "hash":
            client.hset("planted", "field", planted)
        elif kind == "set":
            client.sadd("planted", planted)
        else:
            client.zadd("planted", {planted: 1})
        assert self.found() != []


@pytest.mark.parametrize("planted", [CANARY.tobytes(), PICTURE], ids=["vector", "picture"])
def test_it_finds_it_in_a_file(tmp_path: Path, planted: bytes) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / "log.txt").write_bytes(b"before" + planted)
    assert leaks(file_places(tmp_path), [CANARY]) != []
