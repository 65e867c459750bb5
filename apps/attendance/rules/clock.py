"""Wall clocks: from a date and a time of a place to the instant, and back."""

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

DAY = 86400


class Reading(StrEnum):
    """How often a wall clock shows a time on a day: once; never, when it is put forward; twice, when it is put back."""

    ONCE = "once"
    NEVER = "never"
    TWICE = "twice"


def instant(day: date, seconds: int, zone: ZoneInfo) -> datetime:
    """When the clock of a place shows so many seconds after midnight; 30 hours are 6:00 of the day after.

    A time that the clock skips is read on the clock from before; of one that it shows twice the first is meant.
    """
    days, rest = divmod(seconds, DAY)
    wall = datetime.combine(day + timedelta(days=days), time(0)) + timedelta(seconds=rest)
    return wall.replace(tzinfo=zone).astimezone(UTC)


def reading(wall: datetime, zone: ZoneInfo) -> Reading:
    """Whether the clock of a place shows this wall time (without a zone) once, never or twice."""
    first, second = (wall.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return Reading.ONCE
    returned = first.astimezone(UTC).astimezone(zone).replace(tzinfo=None)
    return Reading.TWICE if returned == wall else Reading.NEVER


def local_date(at: datetime, zone: ZoneInfo, boundary: int = 0) -> date:
    """The date of a place at an instant, where its day begins so many seconds after midnight."""
    local = at.astimezone(zone)
    since_midnight = local.hour * 3600 + local.minute * 60 + local.second
    return local.date() - timedelta(days=int(since_midnight < boundary))
