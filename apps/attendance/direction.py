"""The direction rules: from a person's state and an instant to a punch or a coded refusal. Pure functions.

The windows and the names follow docs/frame-walk.md; instants are aware datetimes, *now* is always passed in.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from apps.attendance.models import Direction
from apps.organizations.models import DirectionPolicy

MIN_SESSION = timedelta(seconds=300)
MIN_OUT = timedelta(seconds=120)
MIN_GAP = timedelta(seconds=60)
REPEAT_WINDOW = timedelta(seconds=60)
MAX_SESSION = timedelta(hours=16)

PUNCHED = "punched"
ALREADY_IN = "already_in"
ALREADY_OUT = "already_out"
ATTENDANCE_EXISTS = "attendance_exists"


@dataclass(frozen=True, slots=True)
class State:
    """Where a person stands: the last punch and the last sighting, both None before the first."""

    direction: str = Direction.OUT
    punched_at: datetime | None = None
    seen_at: datetime | None = None
    attendance_date: date | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """`punched` with a direction, or the code why there is no punch; the date it is booked on either way."""

    code: str
    direction: str
    attendance_date: date


def decide(policy: str, state: State, at: datetime, zone: ZoneInfo) -> Decision:
    """What a sighting at this instant means for a person in this state under this policy."""
    booked = attendance_date(state, at, zone)
    if policy == DirectionPolicy.ONCE_PER_DAY:
        return _once_per_day(state, at.astimezone(zone).date())
    if policy == DirectionPolicy.FIRST_IN_LAST_OUT:
        return _first_in_last_out(state, at, at.astimezone(zone).date())
    return _toggle(state, at, booked)


def attendance_date(state: State, at: datetime, zone: ZoneInfo) -> date:
    """The day an instant belongs to: an open session's own day while it may last, else the local date."""
    began = state.punched_at
    if state.direction == Direction.IN and state.attendance_date and began and began <= at <= began + MAX_SESSION:
        return state.attendance_date
    return at.astimezone(zone).date()


def _once_per_day(state: State, today: date) -> Decision:
    # A later day counts: a server whose clock lags at midnight, or a site further west, must not go back a day.
    exists = state.attendance_date is not None and state.attendance_date >= today
    return Decision(ATTENDANCE_EXISTS if exists else PUNCHED, Direction.IN, today)


def _first_in_last_out(state: State, at: datetime, today: date) -> Decision:
    if state.attendance_date != today or state.punched_at is None:
        return Decision(PUNCHED, Direction.IN, today)
    if not _older(state.punched_at, at, REPEAT_WINDOW) or not _older(state.seen_at, at, MIN_GAP):
        return Decision(_already(state.direction), state.direction, today)
    return Decision(PUNCHED, Direction.OUT, today)


def _toggle(state: State, at: datetime, booked: date) -> Decision:
    inside = state.direction == Direction.IN
    if inside and _forgotten(state, at):
        return Decision(PUNCHED, Direction.IN, booked)  # the forgotten OUT stays missing; it is never invented
    window = MIN_SESSION if inside else MIN_OUT
    # The sliding gap: without it a person who sits in view is checked out when the window ends.
    if not _older(state.punched_at, at, window) or not _older(state.seen_at, at, MIN_GAP):
        return Decision(_already(state.direction), state.direction, booked)
    return Decision(PUNCHED, Direction.OUT if inside else Direction.IN, booked)


def _already(direction: str) -> str:
    return ALREADY_IN if direction == Direction.IN else ALREADY_OUT


def _forgotten(state: State, at: datetime) -> bool:
    """Whether the OUT of this session was forgotten: MAX_SESSION itself may still be worked."""
    return state.punched_at is not None and at - state.punched_at > MAX_SESSION


def _older(instant: datetime | None, at: datetime, window: timedelta) -> bool:
    """Whether an instant lies at least the window back; never having happened counts."""
    return instant is None or at - instant >= window
