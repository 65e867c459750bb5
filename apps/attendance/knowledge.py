"""Everything a person's days are reckoned from, read for many people at once: the inputs of `derivation.py`.

The number of queries does not grow with people or days.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

import holidays
from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Coalesce

from apps.attendance.models import Holiday, Leave, Punch, PunchRuling, SiteCalendar, Source, WorkSession
from apps.attendance.planning import Plan, days_from, plans_of
from apps.attendance.rules import days as day_rules
from apps.attendance.rules.marks import Hint as MarkHint
from apps.attendance.rules.marks import Mark, Policy
from apps.attendance.ruling import Rulebook, rulebook_of
from apps.attendance.syncing import SyncBook
from apps.organizations.models import Organization, Site
from apps.people.models import Person

TWO_DAYS = timedelta(days=2)


def _waits_for_nothing(day: date) -> day_rules.Sync:
    return day_rules.Sync.SYNCED


def _is_not(day: date) -> bool:
    return False


@dataclass(slots=True)
class Known:
    """What is known of one person: `zone` is that of the home site, else of where they punched."""

    person: Person
    zone: ZoneInfo
    site_id: UUID | None
    marks: list[Mark] = field(default_factory=list)
    # Marks whose device's clock was put right.
    skewed: set[UUID] = field(default_factory=set)
    plan: Plan = field(default_factory=Plan)
    leaves: dict[date, day_rules.Leave] = field(default_factory=dict)
    sync: Callable[[date], day_rules.Sync] = _waits_for_nothing
    finished: Callable[[date], bool] = _is_not
    holidays: Mapping[date, str] = field(default_factory=dict)


@dataclass(slots=True)
class Knowledge:
    """Of some people, for the days from the first to the last."""

    first: date
    last: date
    rulebook: Rulebook
    people: dict[UUID, Known]


def knowledge_of(
    organization: Organization, people: Collection[Person], first: date, last: date, now: datetime
) -> Knowledge:
    """Read it. Marks begin early enough that what came before changes nothing from `first` on, and go on to the end."""
    found = {one.pk: one for one in people}
    marks = _marks(organization, found, first)
    sites = {one.pk: one for one in Site.objects.filter(organization=organization)}
    known = {pk: _known(person, marks[pk], sites) for pk, person in found.items()}
    plans = plans_of(organization, people, first, last, {pk: one.zone for pk, one in known.items()})
    leaves = _leaves(organization, found, first, last)
    free, synced = HolidayBook(organization, first, last), SyncBook(organization, first, last, now)
    for pk, one in known.items():
        one.plan, one.leaves = plans[pk], leaves[pk]
        one.holidays = free.of(one.site_id)
        one.sync, one.finished = partial(synced.of, one.site_id), partial(synced.is_finished, one.site_id)
    return Knowledge(first, last, rulebook_of(organization), known)


def _known(person: Person, punches: list[Punch], sites: Mapping[UUID, Site]) -> Known:
    site_id = person.home_site_id or (punches[-1].site_id if punches else None)
    zone = sites[site_id].zone if site_id else ZoneInfo("UTC")
    known = Known(person, zone, site_id, [mark_of(one) for one in punches])
    known.skewed = {one.pk for one in punches if one.skew_ms}
    return known


# --- Marks -------------------------------------------------------------------------------------------


def _marks(organization: Organization, people: Iterable[UUID], first: date) -> defaultdict[UUID, list[Punch]]:
    """Punches from the session on that was under way two days before, or from that day where there was none.

    Whatever happened before a session began cannot change how it began: so from there on the same comes out.
    """
    begin = datetime.combine(first - TWO_DAYS, time(0), UTC) - timedelta(hours=14)  # the earliest midnight on earth
    earlier = WorkSession.objects.filter(
        organization=organization, person=OuterRef("person"), attendance_date__lte=first - TWO_DAYS
    )
    anchor = Subquery(earlier.order_by("-in_at").values("in_at")[:1])
    void = PunchRuling.objects.filter(organization=organization, punch=OuterRef("pk"), kind=PunchRuling.Kind.VOID)
    stands = PunchRuling.objects.filter(organization=organization, punch=OuterRef("pk"), kind=PunchRuling.Kind.APPROVE)
    rows = Punch.objects.filter(organization=organization, person__in=list(people))
    rows = rows.annotate(
        anchor=Coalesce(anchor, begin), void=Subquery(void.values("pk")[:1]), stands=Subquery(stands.values("pk")[:1])
    ).filter(occurred_at__gte=F("anchor"))
    found: defaultdict[UUID, list[Punch]] = defaultdict(list)
    for punch in rows.order_by("occurred_at", "number"):
        found[punch.person_id].append(punch)
    return found


def mark_of(punch: Punch) -> Mark:
    """A punch as the rules take it; `void` and `stands` are its rulings, where they were read with it."""
    is_void, stands = (getattr(punch, name, None) is not None for name in ("void", "stands"))
    return Mark(
        id=punch.pk,
        at=punch.occurred_at,
        order=punch.number if punch.sequence is None else punch.sequence,
        hint=MarkHint(punch.hint),
        policy=Policy(punch.policy),
        zone=punch.time_zone,
        source=punch.source,
        is_void=is_void,
        is_pending=punch.source == Source.AUTO and not stands,
    )


# --- Leave and holidays ------------------------------------------------------------------------------


def _leaves(
    organization: Organization, people: Iterable[UUID], first: date, last: date
) -> defaultdict[UUID, dict[date, day_rules.Leave]]:
    rows = Leave.objects.filter(
        organization=organization, person__in=list(people), state=Leave.State.APPROVED, first__lte=last, last__gte=first
    )
    found: defaultdict[UUID, dict[date, day_rules.Leave]] = defaultdict(dict)
    for leave in rows.select_related("type").order_by("decided_at", "pk"):
        told = day_rules.Leave(leave.type.code, day_rules.Half(leave.half), leave.type.is_paid)
        for day in days_from(max(first, leave.first), min(last, leave.last)):
            found[leave.person_id][day] = told
    return found


class HolidayBook:
    """The holidays of every site of an organization within some days: the country's, and its own."""

    def __init__(self, organization: Organization, first: date, last: date) -> None:
        own = Holiday.objects.filter(organization=organization, date__range=(first, last))
        self.own = list(own)
        self.calendars = {one.site_id: one for one in SiteCalendar.objects.filter(organization=organization)}
        self.first, self.last = first, last
        self._found: dict[UUID | None, dict[date, str]] = {}

    def of(self, site_id: UUID | None) -> Mapping[date, str]:
        """Names by date; a public holiday that is worked there is none."""
        if site_id not in self._found:
            self._found[site_id] = self._of(site_id)
        return self._found[site_id]

    def _of(self, site_id: UUID | None) -> dict[date, str]:
        names = public_holidays(self.calendars.get(site_id), self.first, self.last) if site_id else {}
        for one in sorted(self.own, key=lambda one: one.site_id is not None):
            if one.site_id not in (None, site_id):
                continue
            if one.is_worked:
                names.pop(one.date, None)
            else:
                names[one.date] = one.name
        return names


def public_holidays(calendar: SiteCalendar | None, first: date, last: date) -> dict[date, str]:
    """What the `holidays` library knows of the calendar's country within these days."""
    if calendar is None or not calendar.country:
        return {}
    years = range(first.year, last.year + 1)
    known = holidays.country_holidays(calendar.country, subdiv=calendar.subdivision or None, years=years)
    return {day: name for day, name in known.items() if first <= day <= last}
