"""The database as its three roles see it; the services of `make services` give all three one password."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from django.db import connection

OWNER, APP, BACKUP = "attendance_owner", "attendance_app", "attendance_backup"


def address_of(role: str, address: str, database: str = "") -> str:
    """The same server for another role, and another database if one is named."""
    parts = urlsplit(address)
    path = f"/{database}" if database else parts.path
    return parts._replace(netloc=f"{role}:{parts.password}@{parts.hostname}:{parts.port}", path=path).geturl()


@contextmanager
def as_owner() -> Iterator[None]:
    """The role that changes tables, for the length of a block; SQLite has no roles."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("reset role")
    yield
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"set role {APP}")
