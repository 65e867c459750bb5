"""Reads of punches and of who is in."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import QuerySet

from apps.attendance.models import PersonState, Pin, Punch, Standing
from apps.attendance.rules.terms import DEFAULT_TERMS
from apps.organizations.models import Camera, Organization, Site
from apps.people.models import Person
from apps.people.reach import Reach, within
from apps.people.selectors import people_within


@dataclass(frozen=True, slots=True)
class Today:
    """What the board shows: counts, the newest punches, and who is in."""

    people: int
    present: int
    punches: int
    newest: list[Punch]
    inside: list[PersonState]


def punches_of(organization: Organization) -> "QuerySet[Punch]":
    punches = Punch.objects.filter(organization=organization)
    related = punches.select_related("person", "person__department", "site", "camera", "recorded_by")
    return related.order_by("-occurred_at", "-number", "id")


def punches_within(organization: Organization, reach: Reach) -> "QuerySet[Punch]":
    """The punches of people within reach, wherever they were made."""
    return punches_of(organization).filter(within(organization, reach, "person__"))


def punches_on(organization: Organization, day: date) -> "QuerySet[Punch]":
    return punches_of(organization).filter(attendance_date=day)


def recent_punches(organization: Organization, camera: Camera, most: int = 4) -> list[Punch]:
    return list(punches_of(organization).filter(camera=camera)[:most])


def inside(organization: Organization, reach: Reach, at: datetime) -> "QuerySet[PersonState]":
    """Everybody within reach whose last punch was an IN that may still last."""
    states = PersonState.objects.filter(
        within(organization, reach, "person__"),
        organization=organization,
        direction__in=[Standing.IN, Standing.ON_BREAK],
        opened_at__gte=at - timedelta(seconds=DEFAULT_TERMS.max_session),
        person__is_active=True,
    )
    return states.select_related("person", "person__department", "last_punch__site").order_by("-punched_at")


def today(organization: Organization, reach: Reach, at: datetime, most: int = 25) -> Today:
    """The board of this instant, of people within reach.

    A site's today is its own: punches of the last day in any zone are looked at.
    """
    days = site_days(organization, at)
    punches = punches_within(organization, reach).filter(occurred_at__gt=at - timedelta(days=2))
    todays = [punch for punch in punches if punch.attendance_date == days.get(punch.site_id)]
    states = list(inside(organization, reach, at))
    people = people_within(organization, reach).filter(is_active=True).count()
    present = len({punch.person_id for punch in todays} | {state.person_id for state in states})
    return Today(people, present, len(todays), todays[:most], states)


def site_days(organization: Organization, at: datetime) -> dict[object, date]:
    """The local date at each site."""
    return {site.pk: at.astimezone(site.zone).date() for site in Site.objects.filter(organization=organization)}


def has_pin(organization: Organization, person: Person) -> bool:
    return Pin.objects.filter(organization=organization, person=person).exists()
