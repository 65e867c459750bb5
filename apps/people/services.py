"""Writes of people and departments."""

from apps.organizations.models import Organization
from apps.organizations.services import save_unique
from apps.people.models import Department, Person


def save_person(*, organization: Organization, person: Person) -> Person:
    """Store a new or changed person whose form was valid. Raises NameTaken for a number in use."""
    taken = f"The number {person.external_id} belongs to somebody else. Use another."
    return save_unique(organization, person, taken)


def save_department(*, organization: Organization, department: Department) -> Department:
    """Store a new or changed department whose form was valid. Raises NameTaken."""
    return save_unique(organization, department, "A department of this name exists already. Choose another name.")


def person_of_photos(*, organization: Organization, external_id: str) -> Person:
    """The person of this number; made with the number as name where HR has not sent one yet."""
    person, _ = Person.objects.get_or_create(
        organization=organization,
        external_id=external_id,
        defaults={"given_name": external_id.replace("_", " ").strip(), "family_name": ""},
    )
    return person
