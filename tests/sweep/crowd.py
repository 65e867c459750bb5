"""What only B has more of: rows alike A's by name, and those that a reader must have several of to say anything."""

import copy
import uuid
from datetime import timedelta
from typing import Any

from django.db import models
from django.utils import timezone

from apps.attendance.models import PathTry, PinLock, Sighting, SpoofCount, SpoofTest
from apps.attendance.paths import KEPT
from apps.enrollment import vault
from apps.enrollment.models import DuplicateCase, EnrollmentSession, Reference
from apps.organizations import audit, keyring
from apps.organizations.models import Invitation, Role, Site
from apps.people.models import Department, Person
from tests.sweep.rows import CANARY, Place

HOUR = timedelta(hours=1)
TRIES = 5


def crowd(a: Place, b: Place) -> None:
    """Add them; acting for B."""
    other = Person.objects.create(organization=b.organization, external_id="E-2", given_name=CANARY, family_name=CANARY)
    # Named as A's are: what asks by name alone finds two.
    Department.objects.create(organization=b.organization, name=str(a.rows[Department]))
    Site.objects.create(organization=b.organization, name=str(a.rows[Site]), time_zone="Europe/Zurich")
    held = another(b, EnrollmentSession, state=EnrollmentSession.State.HELD)
    for session in (held, b.rows[EnrollmentSession]):
        another(b, Reference, is_active=False, session=session)
    another(b, DuplicateCase, session=held, other=other)
    decided = DuplicateCase.Decision.DIFFERENT_PEOPLE
    another(b, DuplicateCase, session=None, other=other, decision=decided, decided_at=timezone.now())
    for _ in range(TRIES):
        another(b, PathTry, path=PathTry.Path.FACE, succeeded=False, occurred_at=timezone.now() - HOUR)
    another(b, PathTry, occurred_at=timezone.now() - KEPT - HOUR)
    another(b, Sighting, nonce="once.more", occurred_at=timezone.now() - HOUR)
    another(b, PinLock, number="E-7", first_failure_at=timezone.now() - KEPT, locked_until=None)
    # Somebody of A was invited here too.
    address, secret = a.users[Role.EMPLOYEE].email, uuid.uuid4().hex
    another(b, Invitation, email=address, role=Role.EMPLOYEE, token_hash=secret, accepted_by=None, revoked_at=None)
    add_ended_test(b)
    keyring.add_version(organization=b.organization, purpose=vault.PURPOSE)
    audit.record(organization=b.organization, action="person.change", subject=b.rows[Person])


def add_ended_test(place: Place) -> None:
    """A test of the camera that showed it to believe prints: read for another camera, it would say so."""
    test = another(place, SpoofTest, ended_at=timezone.now())
    another(place, SpoofCount, test=test, species="print", tries=3, accepted=3)


def another(place: Place, model: type[models.Model], **fields: Any) -> Any:
    """The place's row once more, with these fields."""
    row = copy.copy(place.rows[model])
    row.pk = uuid.uuid4()
    for name, value in fields.items():
        setattr(row, name, value)
    row.save(force_insert=True)
    return row
