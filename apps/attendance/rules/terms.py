"""What an organization decided about time: one version of its rules, as values."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

HOUR = 3600
MINUTE = 60


class RoundTo(StrEnum):
    """Which way a total is rounded; what was punched is never changed."""

    NEAREST = "nearest"
    DOWN = "down"
    UP = "up"


class AutoClose(StrEnum):
    """When a session that nobody closed is closed by the job."""

    OFF = "off"
    SHIFT_END = "shift_end"
    FIXED_TIME = "fixed_time"
    MAX_SESSION = "max_session"


@dataclass(frozen=True, slots=True)
class BreakRule:
    """At least this long a break is taken off, once somebody was there for longer than `after`."""

    after: int
    least: int


@dataclass(frozen=True, slots=True)
class Terms:
    """One version of the rules. Seconds; `day_boundary` is counted from local midnight."""

    version: int = 0
    # Between punches: what the same face does meanwhile is answered and no punch (docs/attendance.md).
    min_session: int = 300
    min_out: int = 120
    min_gap: int = 60
    repeat_window: int = 60
    max_session: int = 16 * HOUR
    double_in_is_exception: bool = False
    day_boundary: int = 0
    # Breaks that are taken off where fewer were punched.
    breaks: tuple[BreakRule, ...] = ()
    late_from_grace_end: bool = False
    # Below this share of what was required the day counts as half.
    half_day_below_percent: int = 50
    # Time outside the shift counts from so much a day; less is nothing.
    overtime_from: int = 0
    overtime_needs_approval: bool = True
    round_totals_to: int = 0
    round_how: RoundTo = RoundTo.NEAREST
    auto_close: AutoClose = AutoClose.OFF
    auto_close_at: int = 0
    auto_close_needs_approval: bool = True


DEFAULT_TERMS = Terms()
TermsOn = Callable[[date], Terms]
"""Which terms are in force on a day."""


def always(terms: Terms) -> TermsOn:
    """The same terms on every day."""
    return lambda day: terms


def rounded_to(seconds: int, unit: int, how: RoundTo) -> int:
    """A total in whole units of so many seconds; 0 leaves it as it is. Halves are rounded up."""
    if not unit:
        return seconds
    down, rest = divmod(seconds, unit)
    up = {RoundTo.DOWN: 0, RoundTo.UP: int(rest > 0), RoundTo.NEAREST: int(2 * rest >= unit)}[how]
    return (down + up) * unit
