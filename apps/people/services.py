"""Writes of people and departments."""

from django.db import IntegrityError, transaction

from apps.organizations.errors import NameTaken
from apps.organizations.models import Organization
from apps.people.models import Department, Person


def save_person(*, organization: Organization, person: Person) -> Person:
    """Store a new or changed person whose form was valid. Raises NameTaken for a number in use."""
    person.organization = organization
    try:
        with transaction.atomic():
            person.save()
    except IntegrityError:
        raise NameTaken(f"The number {person.external_id} belongs to somebody else. Use another.") from None
    return person


def save_department(*, organization: Organization, department: Department) -> Department:
    """Store a new or changed department whose form was valid. Raises NameTaken."""
    department.organization = organization
    try:
        with transaction.atomic():
            department.save()
    except IntegrityError:
        raise NameTaken("A department of this name exists already. Choose another name.") from None
    return department


def person_of_photos(*, organization: Organization, external_id: str) -> Person:
    """The person of this number; made with the number as name where HR has not sent one yet."""
    person, _ = Person.objects.get_or_create(
        organization=organization,
        external_id=external_id,
        defaults={"given_name": external_id.replace("_", " ").strip(), "family_name": ""},
    )
    return person
