"""The two organizations of the sweep, found and furnished once a module and undone at its end."""

import copy
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.test import override_settings
from django.utils import timezone

from apps.attendance.models import Pin, SpoofCount, SpoofTest
from apps.enrollment.models import EngineChoice, Reference
from apps.organizations.models import Site
from apps.organizations.tenancy import acting_for
from apps.people.models import Department, Person
from tests.sweep.actors import Actor, actors, guest
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
            Person.objects.create(organization=b.organization, external_id="E-2", given_name=CANARY, family_name=CANARY)
            # Named as A's are: what asks by name alone finds two.
            Department.objects.create(organization=b.organization, name=str(a.rows[Department]))
            Site.objects.create(organization=b.organization, name=str(a.rows[Site]), time_zone="Europe/Zurich")
            draft = copy.copy(b.rows[Reference])
            draft.pk, draft.is_active = uuid.uuid4(), False
            draft.save(force_insert=True)
            add_ended_test(b)
        guest(a, b)
        EngineChoice.objects.create(name="dlib")
        with acting_for(a.organization):
            Pin.objects.filter(pk=a.rows[Pin].pk).update(pin_hash=make_password(PIN))
        yield a, b
        transaction.set_rollback(True)


def add_ended_test(place: Place) -> None:
    """A test of the camera that showed it to believe prints: read for another camera, it would say so."""
    test, count = copy.copy(place.rows[SpoofTest]), copy.copy(place.rows[SpoofCount])
    test.pk, test.ended_at = uuid.uuid4(), timezone.now()
    test.save(force_insert=True)
    count.pk, count.test, count.species, count.tries, count.accepted = uuid.uuid4(), test, "print", 3, 3
    count.save(force_insert=True)


@pytest.fixture(scope="module")
def people(places: tuple[Place, Place]) -> list[Actor]:
    return actors(*places)
