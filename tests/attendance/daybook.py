"""Days of work as the product makes them: a shift for Priya, punches by a camera, and the days reckoned from them."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from apps.attendance.models import Assignment, DailyRecord, Punch, Shift, ShiftVersion, WorkSession
from apps.attendance.recompute import recompute
from apps.attendance.services import record_sighting
from apps.people.models import Person
from tests.personas import World

HOUR = 3600
ZONE = ZoneInfo("Europe/Zurich")


def monday(weeks_ago: int = 2) -> date:
    """A Monday that is over, so many weeks before this one."""
    today = timezone.now().date()
    return today - timedelta(days=today.weekday() + 7 * weeks_ago)


def at(day: date, clock: str) -> datetime:
    """An instant by the clock on the wall at the main gate."""
    return datetime.combine(day, time.fromisoformat(clock), ZONE)


def give_shift(world: World, begin: str = "09:00", end: str = "18:00", **version: int) -> Shift:
    """A fixed shift on working days for everybody of the main gate, since long ago."""
    organization, since = world.northwind, date(2020, 1, 6)
    shift = Shift.objects.create(organization=organization, name=f"{begin} to {end}")
    segments = [[_seconds(begin), _seconds(end)]]
    ShiftVersion.objects.create(
        organization=organization,
        shift=shift,
        valid_from=since,
        segments=segments,
        **({"required_seconds": 8 * HOUR} | version),
    )
    Assignment.objects.create(organization=organization, shift=shift, weekdays=[0, 1, 2, 3, 4], valid_from=since)
    Person.objects.filter(organization=organization).update(home_site=world.site)
    world.person.refresh_from_db()
    return shift


def _seconds(clock: str) -> int:
    told = time.fromisoformat(clock)
    return told.hour * HOUR + told.minute * 60


def seen(world: World, *instants: datetime) -> list[Punch]:
    """What the camera made of seeing Priya then."""
    found = []
    for one in instants:
        outcome = record_sighting(
            organization=world.northwind,
            camera=world.camera,
            person=world.person,
            occurred_at=one,
            nonce=f"seen {one.isoformat()}",
        )
        assert outcome.punch is not None
        found.append(outcome.punch)
    return found


def reckon(world: World, first: date) -> None:
    """Of a change on the first day, which may matter the day before too."""
    before = first - timedelta(days=1)
    recompute(organization=world.northwind, people=[world.person.pk], first=before, now=timezone.now())


def record(world: World, day: date) -> DailyRecord:
    return DailyRecord.objects.get(person=world.person, attendance_date=day)


def everything(world: World) -> list[object]:
    """Every record and session of Priya, to tell whether anything was written."""
    days = DailyRecord.objects.filter(person=world.person).order_by("attendance_date")
    sessions = WorkSession.objects.filter(person=world.person).order_by("in_at")
    return [*days.values_list("pk", "input_hash", "computed_at"), *sessions.values_list("pk", "in_at", "out_at")]
