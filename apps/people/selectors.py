"""Reads of people and departments; what a page shows is limited to the reach of whoever looks."""

from django.db.models import Count, Exists, Prefetch, Q, QuerySet

from apps.organizations.models import Membership, Organization, Role, Site
from apps.organizations.selectors import members_of, sites_of
from apps.people.models import Department, ErasureReceipt, Person, Responsibility
from apps.people.reach import EVERYBODY, Reach, Scope, within


def people_of(organization: Organization) -> "QuerySet[Person]":
    """Everybody but those who were erased: nothing can be done to them, and their punches name nobody."""
    people = Person.objects.filter(organization=organization, erased_at=None)
    return people.select_related("department", "home_site").order_by("family_name", "given_name", "id")


def people_within(organization: Organization, reach: Reach) -> "QuerySet[Person]":
    """The people somebody may see and act for; everybody else is to them as if absent."""
    return people_of(organization).filter(within(organization, reach))


def person_numbered(organization: Organization, external_id: str) -> Person | None:
    """The active person HR knows by this number, in capitals or not where only one person can be meant."""
    number = external_id.strip()
    alike = list(Person.objects.filter(organization=organization, external_id__iexact=number, is_active=True)[:3])
    exact = [person for person in alike if person.external_id == number]
    return exact[0] if exact else alike[0] if len(alike) == 1 else None


def departments_of(organization: Organization) -> "QuerySet[Department]":
    """Departments with `people_count`, their active people."""
    return departments_within(organization, EVERYBODY)


def departments_within(organization: Organization, reach: Reach) -> "QuerySet[Department]":
    """Departments of people within reach, with `people_count`, those of them who are active."""
    departments = Department.objects.filter(organization=organization)
    if not reach.is_everybody:
        own = Responsibility.objects.filter(organization=organization, membership__in=[reach.membership_id])
        people = people_within(organization, reach).order_by()
        departments = departments.filter(Q(pk__in=own.values("department")) | Q(pk__in=people.values("department")))
    counted = Q(people__is_active=True) & within(organization, reach, "people__")
    return departments.annotate(people_count=Count("people", filter=counted)).order_by("name", "id")


def sites_within(organization: Organization, reach: Reach) -> "QuerySet[Site]":
    """The sites where people within reach may come and go; who has no home site may come to any."""
    sites = sites_of(organization)
    if reach.is_everybody:
        return sites
    own = Responsibility.objects.filter(organization=organization, membership__in=[reach.membership_id])
    people = people_within(organization, reach).order_by()
    return sites.filter(
        Q(pk__in=own.values("site")) | Q(pk__in=people.values("home_site")) | Exists(people.filter(home_site=None))
    )


def own_person(organization: Organization, reach: Reach) -> Person | None:
    """The person a signed-in user is, where HR has said so."""
    return people_within(organization, reach).first() if reach.scope == Scope.ONESELF else None


def members_nobody_is(organization: Organization) -> "QuerySet[Membership]":
    """Active members who are no person yet, to choose from."""
    people = Person.objects.filter(organization=organization)
    linked = people.exclude(user=None).values("user")
    accepted = people.exclude(invitation__accepted_by=None).values("invitation__accepted_by")
    return members_of(organization).filter(is_active=True).exclude(user__in=linked).exclude(user__in=accepted)


def supervisors_of(organization: Organization) -> "QuerySet[Membership]":
    """Active supervisors, each with what they look after."""
    looked_after = Responsibility.objects.filter(organization=organization).select_related("department", "site")
    ordered = looked_after.order_by("department__name", "site__name")
    supervisors = members_of(organization).filter(role=Role.SUPERVISOR, is_active=True)
    return supervisors.prefetch_related(Prefetch("responsibilities", ordered))


def receipts_of(organization: Organization) -> "QuerySet[ErasureReceipt]":
    """The receipts of erasures, the newest first."""
    return ErasureReceipt.objects.filter(organization=organization).order_by("-created_at", "id")
