"""A person with a canary in every text that a program or a colleague can write about them, and a canary face."""

from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from apps.attendance.models import Badge, PathTry, PinLock, Sighting
from apps.attendance.pins import new_pin
from apps.attendance.services import record_manual_punch, record_sighting
from apps.enrollment import services as enrollment
from apps.enrollment.models import (
    Consent,
    DuplicateCase,
    EnrollmentInvitation,
    EnrollmentSession,
    LookAlike,
    Reference,
)
from apps.enrollment.vault import seal
from apps.organizations.jobs import enqueue
from apps.organizations.models import Invitation, Membership, Role, User
from apps.organizations.tenancy import acting_for
from apps.people.models import Department, Person, PunchMethod
from apps.people.reach import EVERYBODY
from apps.recognition.shapes import Vector
from tests.house.leak_scan import unlike_any
from tests.personas import World

CANARY = "KanarienvogelQ7"
SPACE = "canary-space"


@dataclass
class Canary:
    """The person, and the vector of their face."""

    person: Person
    vector: Vector


def furnish(world: World) -> Canary:
    """Everything that Northwind can come to know about one person."""
    with acting_for(world.northwind):
        person = person_of(world)
        vector = unlike_any()
        enroll(world, person, vector)
        attend(world, person)
        enqueue(organization=world.northwind, kind="notice", key=str(person.pk), name=person.name)
        return Canary(person, vector)


def person_of(world: World) -> Person:
    user = User.objects.create_user(f"{CANARY}@example.org".lower(), "a-long-Passphrase-71")
    Membership.objects.create(organization=world.northwind, user=user, role=Role.EMPLOYEE)
    Invitation.objects.create(
        organization=world.northwind,
        email=user.email,
        role=Role.EMPLOYEE,
        token_hash="2" * 64,
        expires_at=timezone.now(),
        accepted_by=user,
    )
    return Person.objects.create(
        organization=world.northwind,
        external_id=f"{CANARY}-1",
        given_name=f"{CANARY}-given",
        family_name=f"{CANARY}-family",
        department=Department.objects.create(organization=world.northwind, name="Sales"),
        home_site=world.site,
        user=user,
        preferred_method=PunchMethod.BADGE,
        minor_until=timezone.now().date(),
    )


def enroll(world: World, person: Person, vector: Vector) -> None:
    organization = world.northwind
    consent = Consent.objects.create(
        organization=organization,
        person=person,
        text=enrollment.consent_text(organization=organization),
        method=Consent.Method.ON_PAPER,
        paper_reference=f"{CANARY}-paper",
        signature=f"{CANARY}-signature",
        guardian=f"{CANARY}-guardian",
    )
    session = EnrollmentSession.objects.create(
        organization=organization, person=person, consent=consent, state=EnrollmentSession.State.COMPLETE
    )
    add_reference(world, session, vector)
    case = {"person": world.person, "other": person, "space": SPACE, "similarity": 0.9}
    LookAlike.objects.create(organization=organization, **case)
    DuplicateCase.objects.create(organization=organization, note=f"{CANARY}-note", **case)
    EnrollmentInvitation.objects.create(
        organization=organization, person=person, token_hash="0" * 64, expires_at=timezone.now() + timedelta(days=1)
    )


def add_reference(world: World, session: EnrollmentSession, vector: Vector) -> Reference:
    row = Reference(
        organization=world.northwind,
        person_id=session.person_id,
        consent=session.consent,
        session=session,
        space=SPACE,
        face_px=200,
        sharpness=9,
        is_active=True,
    )
    with transaction.atomic():
        row.key, row.ciphertext = seal(world.northwind, session.person, row.pk, SPACE, vector)
        row.save()
    enrollment.renew_gallery(organization=world.northwind)
    return row


def attend(world: World, person: Person) -> None:
    organization, now = world.northwind, timezone.now()
    new_pin(organization=organization, person=person)
    Badge.objects.create(organization=organization, person=person, code_hash="1" * 64, ending="Q7Q7")
    PinLock.objects.create(organization=organization, camera=world.camera, number=person.external_id.upper())
    PathTry.objects.create(
        organization=organization, camera=world.camera, person=person, path="pin", succeeded=True, milliseconds=900
    )
    record_sighting(
        organization=organization, camera=world.camera, person=person, occurred_at=now, nonce="face.1", similarity=0.8
    )
    record_manual_punch(
        organization=organization,
        reach=EVERYBODY,
        person=person,
        site=world.site,
        direction="out",
        occurred_at=now,
        author=world.alice,
        reason=f"{CANARY}-reason",
        nonce="manual.1",
    )
    Sighting.objects.create(
        organization=organization,
        camera=world.camera,
        person=person,
        code="not_me",
        source="face",
        occurred_at=now,
        nonce="face.2",
    )
