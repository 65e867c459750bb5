"""`manage.py rebuild_days`: reckons days again from their facts; where nothing was altered, the same comes out."""

import resource
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from time import perf_counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from apps.attendance.models import Punch
from apps.attendance.recompute import AT_ONCE, recompute
from apps.organizations import doors
from apps.organizations.models import Organization
from apps.organizations.tenancy import acting_for
from apps.people.models import Person


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What it came to; `memory` is this process's largest so far, in MiB."""

    people: int
    punches: int
    records: int
    seconds: float
    memory: float


class Command(BaseCommand):
    help = "Reckons the days of an organization again, from a day until today; locked days are adjusted, never changed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--organization", required=True, metavar="SLUG")
        parser.add_argument("--first", type=date.fromisoformat, required=True, metavar="DATE")

    def handle(self, *args: Any, **options: Any) -> None:
        organization_id = doors.organization_id_of(options["organization"])
        if organization_id is None:
            raise CommandError(f"There is no organization {options['organization']}.")
        with acting_for(organization_id):
            organization = Organization.objects.get(pk=organization_id)
            self.stdout.write(said(rebuild(organization, options["first"], timezone.now().date())))


def rebuild(organization: Organization, first: date, last: date) -> Rebuilt:
    """Reckon everybody's days from the first to the last, some people a transaction."""
    began, records = perf_counter(), 0
    people = list(Person.objects.filter(organization=organization).order_by("pk").values_list("pk", flat=True))
    over = datetime.combine(last, time.max, UTC) + timedelta(days=1)
    now = min(timezone.now(), over)
    for start in range(0, len(people), AT_ONCE):
        some = people[start : start + AT_ONCE]
        done = recompute(organization=organization, people=some, first=first, now=now)
        records += done.records
    punches = Punch.objects.filter(organization=organization, attendance_date__range=(first, last)).count()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Rebuilt(len(people), punches, records, perf_counter() - began, memory)


def said(one: Rebuilt) -> str:
    """A sentence with the cost of a punch: where it stays the same, the whole grows with the punches alone."""
    each = 1000 * one.seconds / max(one.punches, 1)
    return (
        f"{one.records:,} days written of {one.people:,} people from {one.punches:,} punches in {one.seconds:.1f} s "
        f"({each:.3f} ms a punch), {one.memory:.0f} MiB at most"
    )
