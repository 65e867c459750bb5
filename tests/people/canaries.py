"""Looks for a canary word, and for bytes, in every spelling that a store may give them."""

import base64
import os
import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from scripts.services import program
from tests.house.leak_scan import Place, base64_cores


def spellings(word: str) -> Iterator[tuple[str, bytes]]:
    """The word as text, and encoded; hex and base64 of UTF-8, wherever it stands in what was encoded."""
    for cased in {word, word.lower(), word.upper()}:
        raw = cased.encode()
        yield "hex", raw.hex().encode()
        yield "UTF-16", cased.encode("utf-16-le")
        yield from (("base64", core) for core in base64_cores(raw))


def byte_spellings(raw: bytes) -> Iterator[tuple[str, bytes]]:
    """Bytes as they are, in hex and in base64."""
    yield "bytes", raw
    yield "hex", raw.hex().encode()
    yield "base64", base64.b64encode(raw)[:-4]


def found_in(places: Iterable[Place], word: str, secrets: Iterable[bytes] = ()) -> list[str]:
    """Where the word or one of the byte strings stands; empty where nothing is left of them."""
    text = re.compile(re.escape(word.encode()), re.IGNORECASE)
    forms = [*spellings(word), *(form for secret in secrets for form in byte_spellings(secret))]
    hits: set[str] = set()
    for place, content in places:
        hits |= {f"{place}: text"} if text.search(content) else set()
        hits |= {f"{place}: {name}" for name, form in forms if form in content}
    return sorted(hits)


def dump_of(address: str, *options: str) -> bytes:
    """A dump of the database at this address, by whoever it names."""
    parts = urlsplit(address)
    target = ["-h", str(parts.hostname), "-p", str(parts.port), "-U", str(parts.username), parts.path.lstrip("/")]
    environment = {**os.environ, "PGPASSWORD": str(parts.password)}
    command = [program("pg_dump") or "pg_dump", *options, *target]
    return subprocess.run(command, env=environment, capture_output=True, check=True).stdout


def files_below(*folders: Path) -> Iterator[Place]:
    for folder in folders:
        yield from ((str(file), file.read_bytes()) for file in sorted(folder.rglob("*")) if file.is_file())
