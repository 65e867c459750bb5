"""References of plain numbers, sealed as the product seals them: what is about keys needs no face."""

import uuid

import numpy as np
from django.db import transaction

from apps.enrollment import services, vault
from apps.enrollment.gallery import Gallery, forget_galleries, gallery_for
from apps.enrollment.models import EnrollmentSession, Reference
from apps.organizations.models import Organization
from apps.people.models import Person
from apps.recognition.matching import unit
from apps.recognition.shapes import Matrix, Vector

from .conftest import add_person, opened

SPACE = "space of numbers"
DIMENSION = 16


def directions(count: int, seed: int = 1) -> Matrix:
    """Unit vectors (count, DIMENSION), as different as chance makes them."""
    return unit(np.random.default_rng(seed).standard_normal((count, DIMENSION)).astype(np.float32))


def keep(person: Person, *vectors: Vector, space: str = SPACE) -> list[Reference]:
    """Active references of this person; inside `acting_for` their organization."""
    session = opened(person.organization, person)
    rows = [_kept(person, session, vector, space) for vector in vectors]
    services.renew_gallery(organization=person.organization)
    return rows


@transaction.atomic
def _kept(person: Person, session: EnrollmentSession, vector: Vector, space: str) -> Reference:
    row = Reference(
        id=uuid.uuid4(),
        organization=person.organization,
        person=person,
        consent=session.consent,
        session=session,
        space=space,
        face_px=200,
        sharpness=9,
        is_active=True,
    )
    row.key, row.ciphertext = vault.seal(person.organization, person, row.pk, space, vector)
    row.save()
    return row


def crowd(organization: Organization, vectors: Matrix) -> list[Person]:
    """A person for each vector, with two references that differ a little."""
    people = [add_person(organization, f"K{at}") for at in range(len(vectors))]
    for person, vector in zip(people, vectors, strict=True):
        keep(person, vector, unit(vector + np.float32(0.02)))
    return people


def loaded(organization: Organization) -> Gallery:
    """The gallery as a process that just started has it."""
    forget_galleries()
    return gallery_for(organization, SPACE)


def named(gallery: Gallery, vectors: Matrix) -> list[uuid.UUID]:
    """Whom each vector is nearest to."""
    return [gallery.nearest(gallery.turned(vector), top=1)[0].person_id for vector in vectors]
