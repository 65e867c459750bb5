"""Looks for pictures and known vectors wherever a run may have left them: database, Redis, files.

A vector is looked for as raw float32 and float64, in hex, in base64 at each of its three alignments, and as numbers
written out; a picture by the first bytes of a JPEG, raw, in hex and in base64. test_leak_scan.py plants each of them.
"""

import base64
import os
import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import redis
from django.conf import settings
from django.db import connection

from apps.recognition.shapes import Vector
from scripts.services import program
from tests.roles import BACKUP, address_of

Place = tuple[str, bytes]
RUN = 4
"""So many components in a row are a find: 16 bytes by chance are out of the question."""
REDIS_DATABASES = (0, 1, 2, 3)
# Three bytes of magic turn up by chance in encrypted bytes; with the marker that follows them they hardly do.
_MARKERS = (0xE0, 0xE1, 0xDB, 0xEE, 0xFE, 0xC0, 0xC2, 0xC4)
_JPEG_STARTS = [b"\xff\xd8\xff" + bytes([marker]) for marker in _MARKERS]


def picture_forms() -> Iterator[tuple[str, bytes]]:
    for start in _JPEG_STARTS:
        yield "JPEG", start
        yield "JPEG in hex", start.hex().encode()
        yield "JPEG in HEX", start.hex().upper().encode()
        yield "JPEG in base64", base64.b64encode(start).rstrip(b"=")[:5]
        yield "JPEG in URL-safe base64", base64.urlsafe_b64encode(start).rstrip(b"=")[:5]


def vector_forms(vector: Vector) -> Iterator[tuple[str, bytes]]:
    """Every form of three short runs of the vector: at its start, middle and end."""
    for at in (0, len(vector) // 2, len(vector) - RUN):
        run = vector[at : at + RUN]
        for kind in ("<f4", ">f4", "<f8", ">f8"):
            raw = run.astype(kind).tobytes()
            yield kind, raw
            yield f"{kind} in hex", raw.hex().encode()
            yield f"{kind} in HEX", raw.hex().upper().encode()
            for encoded in base64_cores(raw):
                yield f"{kind} in base64", encoded


def base64_cores(raw: bytes) -> Iterator[bytes]:
    """The characters that these bytes give in base64 wherever they stand, for each alignment and alphabet."""
    for skipped in range(3):
        whole = (len(raw) - skipped) // 3 * 3
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield encode(raw[skipped : skipped + whole])


def written_numbers(vector: Vector) -> "re.Pattern[bytes]":
    """Three components in a row as text, to five digits: JSON, Python, CSV, PostgreSQL arrays."""
    runs = (vector[at : at + 3] for at in (0, len(vector) // 2, len(vector) - 3))
    return re.compile(b"|".join(rb"[\s,;\[\](){}]{1,4}".join(_number(one) for one in run) for run in runs))


def _number(value: Any) -> bytes:
    # Cut, not rounded, so that the longer text of the same number matches as well; an exponent is written out.
    cut = re.escape(f"{float(value):.12f}"[: 8 if value < 0 else 7])
    return cut.replace("0\\.", "0?\\.", 1).encode() + rb"\d*"


def leaks(places: Iterable[Place], vectors: Iterable[Vector]) -> list[str]:
    """What was found where; empty when nothing leaked."""
    known = list(vectors)
    forms = [*picture_forms(), *((name, form) for vector in known for name, form in vector_forms(vector))]
    numbers = [written_numbers(vector) for vector in known]
    found: set[str] = set()
    for place, content in places:
        found |= {f"{place}: {name}" for name, form in forms if form in content}
        found |= {f"{place}: numbers" for pattern in numbers if pattern.search(content)}
    return sorted(found)


def all_places() -> Iterator[Place]:
    yield from database_places()
    yield from redis_places()
    yield from file_places(settings.DATA_DIR)


def database_places() -> Iterator[Place]:
    """SQLite's files as they lie on the disk, deleted pages included, or a dump of PostgreSQL."""
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        for file in (f"{database['NAME']}{suffix}" for suffix in ("", "-wal")):
            if Path(file).exists():
                yield file, Path(file).read_bytes()
        return
    # As the backup's role: row-level security shows a dump of anybody else's nothing.
    backup = urlsplit(address_of(BACKUP, os.environ["DATABASE_URL"]))
    target = ["-h", database["HOST"], "-p", str(database["PORT"]), "-U", str(backup.username), database["NAME"]]
    environment = {**os.environ, "PGPASSWORD": str(backup.password)}
    command = [program("pg_dump") or "pg_dump", "--data-only", "--inserts", *target]
    yield "pg_dump", subprocess.run(command, env=environment, capture_output=True, check=True).stdout


def redis_places() -> Iterator[Place]:
    """Every key of the databases the project uses; DUMP is no way, it compresses."""
    if not settings.REDIS_URL:
        return
    for number in REDIS_DATABASES:
        with redis.Redis.from_url(f"{settings.REDIS_URL}/{number}") as client:
            for key in client.scan_iter():
                yield f"redis {number} {key!r}", key + b"\n" + b"\n".join(_values(client, key))


def _values(client: Any, key: bytes) -> list[bytes]:
    kind = client.type(key)
    if kind == b"string":
        return [client.get(key) or b""]
    if kind == b"list":
        return list(client.lrange(key, 0, -1))
    if kind == b"hash":
        return [part for pair in client.hgetall(key).items() for part in pair]
    if kind == b"set":
        return list(client.smembers(key))
    if kind == b"zset":
        return list(client.zrange(key, 0, -1))
    if kind == b"none":
        return []  # expired since it was listed
    raise AssertionError(f"{key!r} is a {kind!r}: teach the scan to read it")


def file_places(folder: Path) -> Iterator[Place]:
    """Files of the run; weights are random enough to hold any four bytes, and static files are our own pictures."""
    ours = {Path(place) for place in (settings.MODELS_DIR, settings.STATIC_ROOT) if place}
    for file in sorted(folder.rglob("*")):
        if file.is_file() and not ours & set(file.parents):
            yield str(file), file.read_bytes()


def unlike_any(dimension: int = 128, seed: int = 7) -> Vector:
    """A unit vector that nobody has."""
    values = np.random.default_rng(seed).normal(size=dimension)
    return np.asarray(values / np.linalg.norm(values), dtype=np.float32)
