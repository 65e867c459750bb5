"""Reads of people and departments."""

from django.db.models import Count, Q, QuerySet

from apps.organizations.models import Organization
from apps.people.models import Department, Person


def people_of(organization: Organization) -> "QuerySet[Person]":
    people = Person.objects.filter(organization=organization)
    return people.select_related("department", "home_site").order_by("family_name", "given_name", "id")


def person_numbered(organization: Organization, external_id: str) -> Person | None:
    """The active person HR knows by this number, in capitals or not where only one person can be meant."""
    number = external_id.strip()
    alike = list(Person.objects.filter(organization=organization, external_id__iexact=number, is_active=True)[:3])
    exact = [person for person in alike if person.external_id == number]
    return exact[0] if exact else alike[0] if len(alike) == 1 else None


def departments_of(organization: Organization) -> "QuerySet[Department]":
    """Departments with `people_count`, their active people."""
    departments = Department.objects.filter(organization=organization)
    return departments.annotate(people_count=Count("people", filter=Q(people__is_active=True))).order_by("name", "id")
