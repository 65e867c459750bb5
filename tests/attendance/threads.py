"""Runs acts at once in real threads, each with a database connection of its own."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar
from uuid import UUID

from django.db import connection

from apps.organizations.tenancy import acting_for

Answer = TypeVar("Answer")
POOL = 40
TOGETHER_SECONDS = 60


@contextmanager
def wide_pool() -> Iterator[None]:
    """As many PostgreSQL connections as threads, so that the lock decides and not the pool."""
    options = connection.settings_dict.get("OPTIONS", {})
    kept = options.get("pool")
    if isinstance(kept, dict):
        connection.close()
        connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's wrapper has it
        options["pool"] = {**kept, "min_size": 1, "max_size": POOL + 2, "timeout": 30}
    try:
        yield
    finally:
        if isinstance(kept, dict):
            connection.close()
            connection.close_pool()  # type: ignore[attr-defined]
            options["pool"] = kept


def at_once(organization_id: UUID, acts: Sequence[Callable[[], Answer]]) -> list[Answer]:
    """The answers of all acts, started together; an exception of one is raised here."""
    gate = threading.Barrier(len(acts), timeout=TOGETHER_SECONDS)

    def run(act: Callable[[], Answer]) -> Answer:
        try:
            with acting_for(organization_id):
                gate.wait()
                return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as executor:
        return list(executor.map(run, acts))
