"""System checks of this room: the demo organization stays on this machine."""

import ipaddress
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError

from apps.organizations import doors


@register(Tags.database)
def demo_stays_home(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """The demo organization ships with sample people and a consent nobody gave: never on a public address."""
    if not databases or is_loopback(urlsplit(settings.PUBLIC_URL).hostname or ""):
        return []
    try:
        slugs = doors.demo_slugs()
    except DatabaseError:  # before the first migration there are no tables, so no demo either
        return []
    return [
        Error(
            f"The demo organization “{slug}” must not be served at {settings.PUBLIC_URL}.",
            hint="Found your own with `manage.py found_organization` on a fresh database.",
            id="organizations.E001",
        )
        for slug in slugs
    ]


def is_loopback(host: str) -> bool:
    """Whether an address is reached from this machine only."""
    try:
        return host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
