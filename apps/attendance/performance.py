"""How recognition fares in use: tries that failed, by site, and whether faces drift away from their references.

What is counted here, docs/recognition.md says in words. An approach is one person stepping up, from the first frame
that was looked at to the decision; who left before it, or whose frames were all too dark, is not counted.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Substr

from apps.attendance import approach as rule
from apps.attendance import codes
from apps.attendance.models import ApproachTally, Sighting, Source
from apps.organizations.models import Organization
from apps.organizations.selectors import sites_of

WINDOW = timedelta(days=30)
# Fewer approaches say nothing about a share of a few in a hundred.
ENOUGH = 300
BY_FACE = (Source.FACE, Source.FACE_CONFIRMED)
FOUND = (codes.PUNCHED, codes.ALREADY_IN, codes.ALREADY_OUT, codes.ATTENDANCE_EXISTS)
# Decisions that name nobody leave no sighting, only a count. The others leave both, and are read off the sightings.
NAMELESS = (rule.UNKNOWN, rule.AMBIGUOUS)
APPROACH_ID = 32  # letters of an approach's id, with which the nonces of its sightings begin

WEEKS = 12
MOST_A_WEEK = 2000
FEWEST_A_WEEK = 100
# A median that lost a sixth of its distance to the line: 0.05 of an ArcFace, 0.003 of dlib, each 3 to 4 times what the
# median of 100 sways by itself (docs/recognition.md has the figures).
DRIFT_SHARE = 1 / 6


@dataclass(slots=True)
class Tries:
    """Approaches of one place: those recognised, those of them that were asked to confirm, and those that failed."""

    found: int = 0
    asked: int = 0
    failed: Counter[str] = field(default_factory=Counter)

    @property
    def failures(self) -> int:
        return self.failed.total()

    @property
    def approaches(self) -> int:
        return self.found + self.failures

    @property
    def share(self) -> float:
        """The share of approaches that did not end in a punch by themselves, 0..1."""
        return self.failures / self.approaches if self.approaches else 0.0

    @property
    def is_enough(self) -> bool:
        return self.approaches >= ENOUGH

    def add(self, other: "Tries") -> None:
        self.found += other.found
        self.asked += other.asked
        self.failed.update(other.failed)


@dataclass(frozen=True, slots=True)
class SiteTries:
    """The approaches of one site."""

    site: Any
    tries: Tries


@dataclass(frozen=True, slots=True)
class Week:
    """The median similarity of a week's recognised approaches; None where there were too few."""

    starts: datetime
    count: int
    middle: float | None


def tries_of(organization: Organization, at: datetime) -> list[SiteTries]:
    """The approaches of the last 30 days, by site; sites without any are listed too."""
    by_site: dict[UUID, Tries] = {}
    for site, code, source, count in _sightings(organization, at - WINDOW):
        _add(by_site.setdefault(site, Tries()), code, source, count)
    for site, code, count in _tallies(organization, at - WINDOW):
        by_site.setdefault(site, Tries()).failed[code] += count
    return [SiteTries(site, by_site.get(site.pk, Tries())) for site in sites_of(organization)]


def whole(sites: Iterable[SiteTries]) -> Tries:
    """All sites together."""
    total = Tries()
    for one in sites:
        total.add(one.tries)
    return total


def _add(tries: Tries, code: str, source: str, count: int) -> None:
    if code not in FOUND:
        tries.failed[code] += count
        return
    tries.found += count
    tries.asked += count if source == Source.FACE_CONFIRMED else 0


def _sightings(organization: Organization, since: datetime) -> "QuerySet[Any, tuple[UUID, str, str, int]]":
    """Counts by site, code and source. An approach that was doubted first and booked then is one that was found."""
    approach = Substr(OuterRef("nonce"), 1, APPROACH_ID)
    booked = Sighting.objects.filter(organization=organization, nonce=approach, code__in=FOUND)
    seen = Sighting.objects.filter(organization=organization, occurred_at__gte=since, source__in=BY_FACE)
    kept = seen.filter(Q(code__in=FOUND) | ~Exists(booked))
    grouped = kept.values_list("camera__site_id", "code", "source")
    return grouped.annotate(count=Count("pk")).order_by()


def _tallies(organization: Organization, since: datetime) -> "QuerySet[Any, tuple[UUID, str, int]]":
    tallies = ApproachTally.objects.filter(organization=organization, hour__gte=since, code__in=NAMELESS)
    grouped = tallies.values_list("camera__site_id", "code")
    return grouped.annotate(count=Sum("count")).order_by()


# --- Drift ---------------------------------------------------------------------------------------------------


def weeks_of(organization: Organization, at: datetime, since: datetime) -> list[Week]:
    """The last twelve weeks, the oldest first; nothing from before `since`, when another engine compared.

    Of a week at most its first 2,000 sightings are read.
    """
    starts = [at - timedelta(weeks=back) for back in range(WEEKS, 0, -1)]
    return [_week(organization, max(start, since), start + timedelta(weeks=1)) for start in starts]


def _week(organization: Organization, start: datetime, end: datetime) -> Week:
    seen = Sighting.objects.filter(
        organization=organization,
        occurred_at__gte=start,
        occurred_at__lt=end,
        code__in=FOUND,
        source__in=BY_FACE,
        similarity__isnull=False,
    )
    read = seen.order_by("occurred_at").values_list("similarity", flat=True)[:MOST_A_WEEK]
    values = [value for value in read if value is not None]
    return Week(start, len(values), median(values) if len(values) >= FEWEST_A_WEEK else None)


def has_drifted(weeks: list[Week], line: float) -> bool:
    """Whether the newest week's median lies a sixth nearer to the line than the median of the weeks before it. Pure.

    Relative to the line, because engines differ: 0.05 is little for one and more than everything for another.
    """
    middles = [week.middle for week in weeks if week.middle is not None]
    if len(middles) < 2 or weeks[-1].middle is None:
        return False
    usual = median(middles[:-1])
    return usual > line and middles[-1] < usual - DRIFT_SHARE * (usual - line)
