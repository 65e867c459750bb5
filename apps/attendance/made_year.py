"""A made-up year of an organization: people, shifts and punches out of a seed, to measure what a year of days costs.

The punches are drawn, the days are not: those the rule engine reckons. Everything is written in the same rows and with
the same seals as real punches; what no person did stands under numbers that begin with MADE.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from apps.attendance import seals, services
from apps.attendance.models import Assignment, Direction, Hint, PersonState, Punch, Shift, ShiftVersion, Source
from apps.attendance.rules.clock import instant
from apps.organizations.models import Camera, Organization, Site
from apps.people.models import Person

MADE: Final = "made-"
HOUR: Final = 3600
AT_ONCE: Final = 5000
SHIFTS: Final = (
    ("made day", 9 * HOUR, 18 * HOUR),
    ("made early", 6 * HOUR, 14 * HOUR),
    ("made night", 22 * HOUR, 30 * HOUR),
)
"""Name, begin and end in seconds after midnight."""


@dataclass(frozen=True, slots=True)
class Year:
    """What is to be made: so many people, from the first day to the last; the seed decides everything else."""

    organization: Organization
    camera: Camera
    people: int
    first: date
    last: date
    seed: int

    @property
    def site(self) -> Site:
        return self.camera.site

    @property
    def zone(self) -> ZoneInfo:
        return self.site.zone


def make(year: Year) -> int:
    """Write the people, their shifts and their punches; returns how many punches. In one transaction of the caller."""
    shifts = [_shift(year, *one) for one in SHIFTS]
    people = Person.objects.bulk_create(
        Person(
            organization=year.organization,
            external_id=f"{MADE}{n:05}",
            given_name="Made",
            family_name=f"Person {n:05}",
            home_site=year.site,
        )
        for n in range(year.people)
    )
    assigned = ((person, shifts[n % len(shifts)]) for n, person in enumerate(people))
    Assignment.objects.bulk_create(
        Assignment(
            organization=year.organization,
            person=person,
            shift=shift,
            weekdays=[0, 1, 2, 3, 4],
            valid_from=year.first,
            valid_until=year.last,
        )
        for person, shift in assigned
    )
    return sum(_punches(year, n, person) for n, person in enumerate(people))


def _shift(year: Year, name: str, begin: int, end: int) -> Shift:
    shift, _ = Shift.objects.get_or_create(organization=year.organization, name=name)
    ShiftVersion.objects.get_or_create(
        organization=year.organization,
        shift=shift,
        valid_from=year.first,
        defaults={"segments": [[begin, end]], "required_seconds": end - begin - HOUR, "grace_in_seconds": 600},
    )
    return shift


def _punches(year: Year, n: int, person: Person) -> int:
    chance = random.Random(f"{year.seed} {n}")  # noqa: S311  # nosec B311 (made-up days, no secret)
    _, begin, end = SHIFTS[n % len(SHIFTS)]
    made = [_punch(year, person, number, at) for number, at in enumerate(_instants(year, chance, begin, end), start=1)]
    for start in range(0, len(made), AT_ONCE):
        Punch.objects.bulk_create(made[start : start + AT_ONCE])
    PersonState.objects.create(
        organization=year.organization, person=person, punches=len(made), last_punch=made[-1] if made else None
    )
    return len(made)


def _instants(year: Year, chance: random.Random, begin: int, end: int) -> Iterator[datetime]:
    """In, out and in again at noon, out: with delays, days off, and outs that nobody saw."""
    for ordinal in range(year.first.toordinal(), year.last.toordinal() + 1):
        day = date.fromordinal(ordinal)
        if day.weekday() > 4 or chance.random() < 0.06:
            continue
        middle = begin + (end - begin) // 2
        yield instant(day, int(begin + chance.gauss(-120, 400)), year.zone)
        yield instant(day, int(middle + chance.gauss(0, 300)), year.zone)
        yield instant(day, int(middle + 2400 + chance.gauss(0, 300)), year.zone)
        if chance.random() > 0.01:
            yield instant(day, int(end + chance.gauss(300, 600)), year.zone)


def _punch(year: Year, person: Person, number: int, at: datetime) -> Punch:
    punch = Punch(
        organization_id=year.organization.pk,
        person_id=person.pk,
        site_id=year.site.pk,
        camera_id=year.camera.pk,
        direction=Direction.IN if number % 2 else Direction.OUT,
        hint=Hint.AUTO,
        source=Source.FACE,
        policy=year.site.direction_policy,
        number=number,
        occurred_at=at,
        received_at=at + timedelta(seconds=1),
        time_zone=year.site.time_zone,
        utc_offset_minutes=services.offset_minutes(at, year.zone),
        attendance_date=at.astimezone(year.zone).date(),
        nonce=f"{MADE}{year.seed}:{person.external_id}:{at.astimezone(UTC).timestamp():.0f}:{number}",
    )
    return seals.sealed(punch)
