"""Marks, shifts and days as the tests of the rules write them: wall times of a place."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from apps.attendance.rules.days import Facts, Figures, figures_of
from apps.attendance.rules.marks import Hint, Mark, Policy
from apps.attendance.rules.replay import Timeline, close_old, replay
from apps.attendance.rules.shifts import Occurrence, ShiftKind, ShiftTerms, occurrence, trimmed
from apps.attendance.rules.terms import DEFAULT_TERMS, Terms, always

HOURS = 3600


def hours(text: str) -> int:
    """Seconds after midnight of "22:00"; "30:00" is six in the morning after."""
    whole, _, minutes = text.partition(":")
    return int(whole) * HOURS + int(minutes) * 60


def shift(*segments: str, **terms: int) -> ShiftTerms:
    """A fixed shift of segments such as "09:00-18:00"."""
    bounds = tuple(tuple(hours(one) for one in segment.split("-")) for segment in segments)
    return ShiftTerms("shift", segments[0], ShiftKind.FIXED, bounds, **terms)  # type: ignore[arg-type]


@dataclass
class Place:
    """A place with its clock: makes marks and plays them."""

    zone: str
    terms: Terms = DEFAULT_TERMS
    policy: Policy = Policy.TOGGLE
    shift: ShiftTerms | None = None
    marks: list[Mark] = field(default_factory=list)

    def at(self, wall: str, fold: int = 0) -> datetime:
        return datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(self.zone), fold=fold)

    def mark(self, wall: str, hint: Hint = Hint.AUTO, *, fold: int = 0, zone: str = "") -> Mark:
        number = len(self.marks) + 1
        at = replace_zone(self.at(wall, fold), wall, zone, fold)
        self.marks.append(Mark(UUID(int=number), at, number, hint, self.policy, self.zone))
        return self.marks[-1]

    def occurrences(self, *days: str) -> list[Occurrence]:
        if self.shift is None:
            return []
        return trimmed(occurrence(self.shift, date.fromisoformat(day), ZoneInfo(self.zone)) for day in days)

    def line(self, *days: str, now: str = "") -> Timeline:
        line = replay(self.marks, self.occurrences(*days), always(self.terms))
        if now:
            close_old(line, self.at(now), always(self.terms))
        return line

    def day(self, of: str, *days: str, now: str = "", **facts: object) -> Figures:
        """The figures of a date, told after all of the marks or at `now`."""
        line, day, found = self.line(*days, now=now), date.fromisoformat(of), self.occurrences(*days)
        own = next((one for one in found if one.date == day), None)
        latest = self.at(now) if now else max((one.at for one in self.marks), default=None)
        known = Facts(day, own, has_schedule=self.shift is not None, now=latest)
        return figures_of(
            replace(known, **facts),  # type: ignore[arg-type]
            [one for one in line.sessions if one.date == day],
            [one for one in line.steps if one.date == day],
            self.terms,
            is_attended=day in line.attended,
        )


def replace_zone(at: datetime, wall: str, zone: str, fold: int) -> datetime:
    return datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(zone), fold=fold) if zone else at


def seconds(value: timedelta) -> int:
    return int(value.total_seconds())
