"""The two organizations of the sweep, found and furnished once a module and undone at its end."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.test import override_settings

from apps.attendance.models import Pin
from apps.enrollment.models import EngineChoice
from apps.organizations.tenancy import acting_for
from tests.sweep.actors import Actor, actors, guest
from tests.sweep.crowd import crowd
from tests.sweep.recipes import PIN
from tests.sweep.rows import CANARY, Place, found, furnish

FAST = "django.contrib.auth.hashers.MD5PasswordHasher"


@pytest.fixture(scope="module")
def places(django_db_setup: None, django_db_blocker: Any) -> Iterator[tuple[Place, Place]]:
    """A, who tries, and B, who must not lose a word."""
    with django_db_blocker.unblock(), override_settings(PASSWORD_HASHERS=[FAST]), transaction.atomic():
        b = furnish(found(CANARY))  # first, so that whatever takes the first row there is takes B's
        a = furnish(found("Alpha"))
        with acting_for(b.organization):
            crowd(a, b)
        guest(a, b)
        EngineChoice.objects.create(name="dlib")
        with acting_for(a.organization):
            Pin.objects.filter(pk=a.rows[Pin].pk).update(pin_hash=make_password(PIN))
        yield a, b
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def people(places: tuple[Place, Place]) -> list[Actor]:
    return actors(*places)
