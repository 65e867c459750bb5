"""Shifts as values, and when they fall on a day: windows in which a punch belongs to them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from apps.attendance.rules.clock import instant
from apps.attendance.rules.intervals import Span, length


class ShiftKind(StrEnum):
    """Fixed: with times to keep. Flexible: so many hours within a frame, whenever."""

    FIXED = "fixed"
    FLEXIBLE = "flexible"


@dataclass(frozen=True, slots=True)
class ShiftTerms:
    """One version of a shift. `segments` are seconds after the local midnight of its date; a night ends past 24 h.

    A flexible shift has one segment, the frame, and `required` seconds of work within it.
    """

    key: str
    name: str
    kind: ShiftKind
    segments: tuple[tuple[int, int], ...]
    required: int = 0
    early_margin: int = 7200
    late_margin: int = 7200
    grace_in: int = 0
    grace_out: int = 0


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A shift on a date at a place, in UTC: a punch from `opens` until `closes` belongs to it."""

    shift: ShiftTerms
    date: date
    spans: tuple[Span, ...]
    opens: datetime
    closes: datetime

    @property
    def starts(self) -> datetime:
        return self.spans[0][0]

    @property
    def ends(self) -> datetime:
        return self.spans[-1][1]

    @property
    def owns_until(self) -> datetime:
        """Until when a session that began in it is still its own, whatever window begins meanwhile."""
        return self.ends + timedelta(seconds=self.shift.late_margin)

    @property
    def required(self) -> int:
        """Seconds of work that are asked for; those of the shift itself where it says no other."""
        return self.shift.required or length(self.spans)

    def holds(self, at: datetime) -> bool:
        return self.opens <= at < self.closes


def occurrence(shift: ShiftTerms, day: date, zone: ZoneInfo) -> Occurrence:
    """The shift on this date. Bounds are wall-clock times, so a night of a change of clocks is longer or shorter."""
    spans = tuple((instant(day, start, zone), instant(day, end, zone)) for start, end in shift.segments)
    early, late = timedelta(seconds=shift.early_margin), timedelta(seconds=shift.late_margin)
    return Occurrence(shift, day, spans, spans[0][0] - early, spans[-1][1] + late)


def trimmed(occurrences: Iterable[Occurrence]) -> list[Occurrence]:
    """In the order of their start, with windows that do not overlap: none reaches into another's own hours."""
    found = sorted(occurrences, key=lambda one: (one.starts, one.ends, one.shift.key))
    for n, (earlier, later) in enumerate(zip(found, found[1:], strict=False)):
        opens = min(max(later.opens, earlier.ends), later.starts)
        found[n + 1] = replace(later, opens=opens)
        found[n] = replace(earlier, closes=max(min(earlier.closes, opens), min(earlier.ends, opens)))
    return found


def holding(occurrences: Sequence[Occurrence], at: datetime) -> Occurrence | None:
    """The occurrence whose window an instant lies in; windows do not overlap."""
    return next((one for one in occurrences if one.holds(at)), None)
