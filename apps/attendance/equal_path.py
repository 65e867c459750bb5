"""Whether the ways to punch are equal: seconds and failures by site and way, and who fails by face. Pure figures."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any
from uuid import UUID

from django.db.models import Count

from apps.attendance.models import PathTry
from apps.organizations.models import Organization
from apps.organizations.selectors import sites_of
from apps.people.models import Person

WINDOW = timedelta(days=30)
# Of fewer tries that worked a median says little: at 20 its 95 % interval still spans the middle half of them.
ENOUGH = 20
# From here on another way than the face is a burden on whoever chose it.
MOST_TIMES_SLOWER = 2.0
MOST_FAILURES = 3
FAILURES_WITHIN = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Tried:
    """One try as the figures need it."""

    site: UUID
    path: str
    succeeded: bool
    seconds: float
    taps: int


@dataclass(frozen=True, slots=True)
class Way:
    """One way to punch at one site: how many tries, how many failed, and what those that worked took, in seconds."""

    path: str
    tries: int
    failures: int
    middle: float | None
    ninth: float | None
    """Nine in ten took at most this long."""
    taps: float | None

    @property
    def worked(self) -> int:
        return self.tries - self.failures

    @property
    def is_enough(self) -> bool:
        return self.worked >= ENOUGH


@dataclass(frozen=True, slots=True)
class SiteWays:
    """The ways of one site, and by how many times each that is too slow is slower than the face."""

    site: Any
    ways: tuple[Way, ...]
    slower: dict[str, float]


@dataclass(frozen=True, slots=True)
class Failing:
    """Somebody whose face was not recognised more than MOST_FAILURES times within FAILURES_WITHIN."""

    person: Person
    failures: int


def way_of(path: str, tries: list[Tried]) -> Way:
    """The figures of one way."""
    worked = sorted(one.seconds for one in tries if one.succeeded)
    taps = [one.taps for one in tries if one.succeeded]
    failures = len(tries) - len(worked)
    if not worked:
        return Way(path, len(tries), failures, None, None, None)
    return Way(path, len(tries), failures, median(worked), ninth_of(worked), median(taps))


def ninth_of(ordered: list[float]) -> float:
    """The least value that nine in ten do not exceed (nearest rank); `ordered` is sorted and not empty."""
    return ordered[-(-9 * len(ordered) // 10) - 1]


def slower_ways(ways: Iterable[Way]) -> dict[str, float]:
    """How many times slower than the face each way is that is more than MOST_TIMES_SLOWER, where both are enough."""
    known = {way.path: way for way in ways if way.is_enough and way.middle}
    face = known.pop(PathTry.Path.FACE, None)
    if face is None or not face.middle:
        return {}
    times = {path: (way.middle or 0.0) / face.middle for path, way in known.items()}
    return {path: ratio for path, ratio in times.items() if ratio > MOST_TIMES_SLOWER}


def compare(sites: Iterable[Any], tries: Iterable[Tried]) -> list[SiteWays]:
    """The ways of each site, in the order of `PathTry.Path`; a site without a try has empty ways."""
    kept: dict[tuple[UUID, str], list[Tried]] = defaultdict(list)
    for one in tries:
        kept[one.site, one.path].append(one)
    found = []
    for site in sites:
        ways = tuple(way_of(path, kept[site.pk, path]) for path in PathTry.Path.values)
        found.append(SiteWays(site, ways, slower_ways(ways)))
    return found


def ways_by_site(organization: Organization, at: datetime) -> list[SiteWays]:
    """The ways of the last 30 days at each site."""
    return compare(sites_of(organization), tries_since(organization, at - WINDOW))


def tries_since(organization: Organization, since: datetime) -> list[Tried]:
    tries = PathTry.objects.filter(organization=organization, occurred_at__gte=since)
    rows = tries.values_list("camera__site_id", "path", "succeeded", "milliseconds", "taps")
    return [Tried(site, path, worked, spent / 1000, taps) for site, path, worked, spent, taps in rows]


def failing_by_face(organization: Organization, at: datetime) -> list[Failing]:
    """Who has to be offered to enroll again; whoever chose another way meanwhile is not asked."""
    failed = PathTry.objects.filter(
        organization=organization,
        path=PathTry.Path.FACE,
        succeeded=False,
        occurred_at__gte=at - FAILURES_WITHIN,
        person__is_active=True,
    )
    counts = failed.values("person").annotate(failures=Count("pk")).filter(failures__gt=MOST_FAILURES)
    by_person = {row["person"]: row["failures"] for row in counts.order_by("-failures")}
    people = {one.pk: one for one in Person.objects.filter(organization=organization, pk__in=by_person)}
    found = [Failing(people[pk], failures) for pk, failures in by_person.items()]
    return [one for one in found if not one.person.declines_face]
