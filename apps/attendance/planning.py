"""Who is asked to be where when: the shifts of people on days, from assignments, rosters and versions."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q

from apps.attendance.models import Assignment, RosterDay, Shift, ShiftVersion
from apps.attendance.rules.shifts import Occurrence, ShiftKind, ShiftTerms, occurrence, trimmed
from apps.organizations.models import Organization
from apps.people.models import Person

ONE_DAY = timedelta(days=1)


@dataclass(slots=True)
class Plan:
    """The shifts of one person around some days; `covered` are those for which anybody gave them one, or left free.

    Whether a day is covered depends on that day alone, so it is the same whichever days are asked for with it.
    """

    occurrences: list[Occurrence] = field(default_factory=list)
    covered: frozenset[date] = frozenset()

    def on(self, day: date) -> Occurrence | None:
        return next((one for one in self.occurrences if one.date == day), None)


def days_from(first: date, last: date) -> Iterator[date]:
    """Every date from the first to the last."""
    yield from (first + timedelta(days=n) for n in range((last - first).days + 1))


def plans_of(
    organization: Organization,
    people: Collection[Person],
    first: date,
    last: date,
    zones: Mapping[UUID, ZoneInfo],
) -> dict[UUID, Plan]:
    """The plan of each person from a day before the first until a day after the last. Four queries."""
    begin, end = first - ONE_DAY, last + ONE_DAY
    given = _assignments(organization, begin, end)
    rosters = _rosters(organization, people, begin, end)
    versions = _versions(organization)
    plans = {}
    for person in people:
        own = [one for one in given if _is_for(one, person)]
        days = rosters[person.pk]
        found = _occurrences(own, days, versions, begin, end, zones[person.pk])
        covered = (day for day in days_from(begin, end) if day in days or assignment_on(own, day))
        plans[person.pk] = Plan(trimmed(found), frozenset(covered))
    return plans


def _assignments(organization: Organization, begin: date, end: date) -> list[Assignment]:
    """Those in force within these days, the one that wins first."""
    rows = Assignment.objects.filter(organization=organization, valid_from__lte=end).select_related("rotation")
    found = rows.filter(Q(valid_until=None) | Q(valid_until__gte=begin))
    return sorted(found, key=lambda one: (_rank(one), one.valid_from, one.pk.hex), reverse=True)


def _rank(one: Assignment) -> int:
    """For the person, for their department, for their home site, for everybody."""
    return 3 if one.person_id else 2 if one.department_id else 1 if one.site_id else 0


def _is_for(one: Assignment, person: Person) -> bool:
    wanted = {3: one.person_id == person.pk, 2: one.department_id == person.department_id, 0: True}
    return wanted.get(_rank(one), one.site_id == person.home_site_id)


def _rosters(
    organization: Organization, people: Collection[Person], begin: date, end: date
) -> defaultdict[UUID, dict[date, UUID | None]]:
    rows = RosterDay.objects.filter(organization=organization, person__in=people, date__range=(begin, end))
    found: defaultdict[UUID, dict[date, UUID | None]] = defaultdict(dict)
    for person_id, day, shift_id in rows.values_list("person_id", "date", "shift_id"):
        found[person_id][day] = shift_id
    return found


def _versions(organization: Organization) -> dict[UUID, list[ShiftVersion]]:
    """The versions of each shift, the newest first."""
    found: dict[UUID, list[ShiftVersion]] = {}
    rows = ShiftVersion.objects.filter(organization=organization).select_related("shift")
    for version in rows.order_by("-valid_from"):
        found.setdefault(version.shift_id, []).append(version)
    return found


def _occurrences(
    given: Sequence[Assignment],
    roster: Mapping[date, UUID | None],
    versions: Mapping[UUID, Sequence[ShiftVersion]],
    begin: date,
    end: date,
    zone: ZoneInfo,
) -> Iterator[Occurrence]:
    for day in days_from(begin, end):
        shift_id = roster[day] if day in roster else shift_on(given, day)
        version = version_on(versions.get(shift_id, ()) if shift_id else (), day)
        if version is not None and version.segments:
            yield occurrence(terms_of(version), day, zone)


def assignment_on(given: Sequence[Assignment], day: date) -> Assignment | None:
    """The one in force on a day that wins, of some in that order."""
    in_force = (one for one in given if one.valid_from <= day and (not one.valid_until or day <= one.valid_until))
    return next(in_force, None)


def shift_on(given: Sequence[Assignment], day: date) -> UUID | None:
    """The shift that the first assignment in force gives for a day; None where it leaves the day free."""
    one = assignment_on(given, day)
    if one is None:
        return None
    if one.rotation is None:
        return one.shift_id if day.weekday() in one.weekdays else None
    days = one.rotation.days
    told = days[(day - one.rotation.begins).days % len(days)] if days else None
    return UUID(told) if told else None


def version_on(versions: Sequence[ShiftVersion], day: date) -> ShiftVersion | None:
    """The version in force on a day, of versions with the newest first."""
    return next((one for one in versions if one.valid_from <= day), None)


def terms_of(version: ShiftVersion) -> ShiftTerms:
    """A stored version as the rules take it; its key is the row's."""
    return ShiftTerms(
        key=str(version.pk),
        name=version.shift.name,
        kind=ShiftKind(version.kind),
        segments=tuple((int(start), int(end)) for start, end in version.segments),
        required=version.required_seconds,
        early_margin=version.early_margin_seconds,
        late_margin=version.late_margin_seconds,
        grace_in=version.grace_in_seconds,
        grace_out=version.grace_out_seconds,
    )


def shifts_in_use(organization: Organization) -> list[Shift]:
    return list(Shift.objects.filter(organization=organization, is_active=True).order_by("name"))
