"""PINs: hashed, throttled per camera and person and per camera; the way in for whoever does not use their face."""

import secrets
from datetime import datetime, timedelta

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from apps.attendance.errors import PinRefused
from apps.attendance.models import Pin, PinLock
from apps.organizations import audit
from apps.organizations.models import Camera, Organization
from apps.people.models import Person
from apps.people.selectors import person_numbered

PIN_DIGITS = 6
MOST_FAILURES = 5
LOCK = timedelta(minutes=5)
# Over all numbers together: guessing across people is slower than one person's lock would make it.
MOST_FAILURES_A_CAMERA = 30
WINDOW = timedelta(minutes=5)

WRONG = gettext_noop("The number or the PIN is not right. Try again, or ask your supervisor.")
# Hashed when the number is unknown, so that an unknown number takes as long as a wrong PIN.
_NOBODY = make_password("0" * PIN_DIGITS)


@transaction.atomic
def new_pin(*, organization: Organization, person: Person) -> str:
    """Give this person a new random PIN and return it, the only time it can be read. Locks of their number end."""
    pin = f"{secrets.randbelow(10**PIN_DIGITS):0{PIN_DIGITS}d}"
    Pin.objects.update_or_create(
        organization=organization, person=person, defaults={"pin_hash": make_password(pin), "set_at": timezone.now()}
    )
    PinLock.objects.filter(organization=organization, number=subject(person.external_id)).delete()
    audit.record(organization=organization, action="pin.set", subject=person)
    return pin


def subject(number: str) -> str:
    """What failures of a number are counted under, however it was typed."""
    return number.strip().upper()[:64]


def person_by_pin(*, organization: Organization, camera: Camera, number: str, pin: str, at: datetime) -> Person:
    """The person this number and PIN belong to. Raises PinRefused for anything else.

    The tries at one camera wait for each other, or as many as come at once would be tested before one is counted. So
    the failure is counted in the transaction that tests it, and the refusal keeps that.
    """
    wait_for(organization, camera, "", at)
    for counted in ("", subject(number)):
        refuse_locked(organization, camera, counted, at)
    person = person_numbered(organization, number)
    kept = Pin.objects.filter(organization=organization, person=person).first() if person else None
    right = check_password(pin, kept.pin_hash if kept else _NOBODY)
    if person is None or kept is None or not right:
        count_failure(organization=organization, camera=camera, number=number, at=at)
        raise PinRefused(_(WRONG), keeps=True)
    PinLock.objects.filter(organization=organization, camera=camera, number=subject(number)).delete()
    return person


def wait_for(organization: Organization, camera: Camera, number: str, at: datetime) -> PinLock:
    """The count of this number's failures at this camera, locked until the transaction ends; made on first use."""
    locks = PinLock.objects.filter(organization=organization).select_for_update()
    return locks.get_or_create(
        organization=organization, camera=camera, number=number, defaults={"first_failure_at": at}
    )[0]


def refuse_locked(organization: Organization, camera: Camera, number: str, at: datetime) -> None:
    if minutes := minutes_locked(organization, camera, number, at):
        words = _("Too many wrong PINs. Try again in %(minutes)d min, or ask your supervisor.") % {"minutes": minutes}
        raise PinRefused(words, code="pin_locked", status=429)


def minutes_locked(organization: Organization, camera: Camera, number: str, at: datetime) -> int:
    """How long this number still is locked at this camera, at least 1; 0 for one that is not."""
    lock = PinLock.objects.filter(organization=organization, camera=camera, number=number).first()
    if not lock or not lock.locked_until or lock.locked_until <= at:
        return 0
    return max(1, round((lock.locked_until - at).total_seconds() / 60))


@audit.held()
def count_failure(*, organization: Organization, camera: Camera, number: str, at: datetime) -> None:
    """Count a wrong PIN for this number at this camera and for the camera; lock what has too many."""
    for counted, most in ((subject(number), MOST_FAILURES), ("", MOST_FAILURES_A_CAMERA)):
        count_one(organization, camera, counted, most, at)


def count_one(organization: Organization, camera: Camera, number: str, most: int, at: datetime) -> None:
    """Count one failure under this number, and lock it at this camera once there are too many within the window."""
    lock = wait_for(organization, camera, number, at)
    if at - lock.first_failure_at > WINDOW:
        lock.failures, lock.first_failure_at, lock.locked_until = 0, at, None
    lock.failures += 1
    if lock.failures >= most:
        lock.failures, lock.first_failure_at, lock.locked_until = 0, at, at + LOCK
        audit.record(organization=organization, action="pin.lock", subject=camera)
    lock.save(update_fields=["failures", "first_failure_at", "locked_until"])
