"""The direction rules: the table of windows, the golden cases, and what holds for any sequence of sightings."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.attendance import direction as rules
from apps.attendance.direction import ALREADY_IN, ALREADY_OUT, ATTENDANCE_EXISTS, PUNCHED, Decision, State, decide
from apps.attendance.models import Direction
from apps.organizations.models import DirectionPolicy

IN, OUT = Direction.IN, Direction.OUT
TOGGLE, FILO, ONCE = DirectionPolicy.TOGGLE, DirectionPolicy.FIRST_IN_LAST_OUT, DirectionPolicy.ONCE_PER_DAY
ZURICH = ZoneInfo("Europe/Zurich")
MORNING = datetime(2026, 3, 2, 8, 0, tzinfo=ZURICH)


def after(state: State, decision: Decision, at: datetime) -> State:
    """What the services keep after a decision."""
    if decision.code == PUNCHED:
        return State(decision.direction, at, at, decision.attendance_date)
    return State(state.direction, state.punched_at, at, state.attendance_date)


def walk(policy: str, instants: Sequence[datetime], zone: ZoneInfo = ZURICH) -> list[Decision]:
    state, decisions = State(), []
    for at in instants:
        decisions.append(decide(policy, state, at, zone))
        state = after(state, decisions[-1], at)
    return decisions


def codes(decisions: list[Decision]) -> list[tuple[str, str]]:
    return [(decision.code, decision.direction) for decision in decisions]


def clock(*times: str) -> list[datetime]:
    return [datetime.fromisoformat(f"2026-03-02T{time}").replace(tzinfo=ZURICH) for time in times]


def inside(since: timedelta, seen: timedelta | None = None) -> State:
    return State(IN, MORNING - since, MORNING - (seen or since), date(2026, 3, 2))


def outside(since: timedelta, seen: timedelta | None = None) -> State:
    return State(OUT, MORNING - since, MORNING - (seen or since), date(2026, 3, 2))


def seconds(number: int) -> timedelta:
    return timedelta(seconds=number)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (State(), (PUNCHED, IN)),
        (inside(seconds(2)), (ALREADY_IN, IN)),
        (inside(seconds(299)), (ALREADY_IN, IN)),
        (inside(seconds(300)), (PUNCHED, OUT)),
        (inside(seconds(3600), seen=seconds(59)), (ALREADY_IN, IN)),
        (inside(seconds(3600), seen=seconds(60)), (PUNCHED, OUT)),
        (inside(rules.MAX_SESSION), (PUNCHED, OUT)),
        (inside(rules.MAX_SESSION + seconds(1)), (PUNCHED, IN)),
        (inside(rules.MAX_SESSION + seconds(1), seen=seconds(5)), (PUNCHED, IN)),
        (outside(seconds(2)), (ALREADY_OUT, OUT)),
        (outside(seconds(119)), (ALREADY_OUT, OUT)),
        (outside(seconds(120)), (PUNCHED, IN)),
        (outside(seconds(3600), seen=seconds(59)), (ALREADY_OUT, OUT)),
        (outside(seconds(3600), seen=seconds(60)), (PUNCHED, IN)),
    ],
)
def test_toggle_follows_the_table(state: State, expected: tuple[str, str]) -> None:
    decision = decide(TOGGLE, state, MORNING, ZURICH)
    assert (decision.code, decision.direction) == expected


def test_a_face_that_stays_in_view_is_not_checked_out_when_the_window_ends() -> None:  # G11
    seen = walk(TOGGLE, clock("08:00:00", "08:00:02", "08:04:59", "08:05:01", "08:06:30"))
    assert codes(seen) == [(PUNCHED, IN), *[(ALREADY_IN, IN)] * 3, (PUNCHED, OUT)]


def test_walking_away_after_the_out_does_not_check_in_again() -> None:  # G11b
    leaving = outside(seconds(0))
    first = decide(TOGGLE, leaving, MORNING + seconds(3), ZURICH)
    second = decide(TOGGLE, after(leaving, first, MORNING + seconds(3)), MORNING + seconds(70), ZURICH)
    assert codes([first, second]) == [(ALREADY_OUT, OUT)] * 2


def test_once_per_day_says_attendance_exists_the_second_time() -> None:  # G11c
    assert codes(walk(ONCE, clock("08:00:00", "12:00:00", "23:59:59"))) == [
        (PUNCHED, IN),
        *[(ATTENDANCE_EXISTS, IN)] * 2,
    ]


def test_once_per_day_begins_anew_at_the_sites_midnight() -> None:
    first, second = walk(ONCE, [MORNING.replace(hour=23, minute=59), MORNING.replace(hour=23) + timedelta(hours=1)])
    assert (first.attendance_date, second.attendance_date) == (date(2026, 3, 2), date(2026, 3, 3))
    assert second.code == PUNCHED


def test_once_per_day_a_clock_that_lags_behind_midnight_does_not_open_the_day_before_again() -> None:
    today = State(IN, MORNING, MORNING, MORNING.date())
    assert decide(ONCE, today, MORNING - timedelta(days=1), ZURICH).code == ATTENDANCE_EXISTS


def test_first_in_last_out_makes_every_later_sighting_an_out() -> None:
    seen = walk(FILO, clock("08:00:00", "12:00:00", "12:45:00", "17:00:00"))
    assert codes(seen) == [(PUNCHED, IN), *[(PUNCHED, OUT)] * 3]


@pytest.mark.parametrize("gap", [1, 30, 59])
def test_first_in_last_out_answers_a_repeat_without_a_punch(gap: int) -> None:
    assert decide(FILO, inside(seconds(gap)), MORNING, ZURICH).code == ALREADY_IN


def test_first_in_last_out_begins_each_day_with_an_in() -> None:
    seen = walk(FILO, [MORNING, MORNING.replace(hour=17), MORNING + timedelta(days=1)])
    assert [decision.direction for decision in seen] == [IN, OUT, IN]


def test_a_forgotten_out_is_never_invented() -> None:  # G10 as far as punches go
    seen = walk(TOGGLE, [MORNING, MORNING + timedelta(days=1, minutes=5)])
    assert codes(seen) == [(PUNCHED, IN)] * 2
    assert seen[1].attendance_date == date(2026, 3, 3)


def test_the_out_after_midnight_belongs_to_the_evening_before() -> None:
    _, left = walk(TOGGLE, [MORNING.replace(hour=22), MORNING.replace(hour=22) + timedelta(hours=8, minutes=30)])
    assert (left.direction, left.attendance_date) == (OUT, date(2026, 3, 2))


NIGHTS = [  # G1 to G5: zone, IN, OUT (fold 1 = the second of the two), hours, date
    ("Europe/Zurich", "2026-03-28T22:00", "2026-03-29T06:00", 0, 7.0, date(2026, 3, 28)),
    ("Europe/Zurich", "2026-10-24T22:00", "2026-10-25T06:00", 0, 9.0, date(2026, 10, 24)),
    ("America/Los_Angeles", "2026-03-08T00:00", "2026-03-08T05:00", 0, 4.0, date(2026, 3, 8)),
    ("America/Los_Angeles", "2026-11-01T01:30", "2026-11-01T01:30", 1, 1.0, date(2026, 11, 1)),
    ("Australia/Lord_Howe", "2026-04-04T22:00", "2026-04-05T06:00", 0, 8.5, date(2026, 4, 4)),
]


@pytest.mark.parametrize(("zone", "came", "left", "fold", "hours", "day"), NIGHTS)
def test_a_session_over_a_clock_change_is_one_in_and_one_out_of_the_day_it_began(
    zone: str, came: str, left: str, fold: int, hours: float, day: date
) -> None:
    place = ZoneInfo(zone)
    begin = datetime.fromisoformat(came).replace(tzinfo=place).astimezone(ZoneInfo("UTC"))
    end = datetime.fromisoformat(left).replace(tzinfo=place, fold=fold).astimezone(ZoneInfo("UTC"))
    seen = walk(TOGGLE, [begin, end], place)
    assert codes(seen) == [(PUNCHED, IN), (PUNCHED, OUT)]
    assert {decision.attendance_date for decision in seen} == {day}
    assert (end - begin) / timedelta(hours=1) == hours


@pytest.mark.parametrize(
    ("zone", "instant", "day"),
    [
        ("Europe/Zurich", "2025-01-02T23:25+00:00", date(2025, 1, 3)),  # G6
        ("Australia/Brisbane", "2019-09-17T21:30+00:00", date(2019, 9, 18)),  # G7
        ("Asia/Kolkata", "2026-01-15T14:30+00:00", date(2026, 1, 15)),  # G8: 15:30 in Brussels
        ("Asia/Dubai", "2026-01-15T05:30+00:00", date(2026, 1, 15)),
        ("Pacific/Kiritimati", "2026-01-15T10:00+00:00", date(2026, 1, 16)),
    ],
)
def test_the_date_is_the_sites_own(zone: str, instant: str, day: date) -> None:
    assert rules.attendance_date(State(), datetime.fromisoformat(instant), ZoneInfo(zone)) == day


def test_the_night_shift_of_kolkata_ends_on_the_day_it_began() -> None:  # G8
    brussels = ZoneInfo("Europe/Brussels")
    times = [datetime(2026, 1, 15, hour, 30, tzinfo=brussels) for hour in (15, 23)]
    assert {one.attendance_date for one in walk(TOGGLE, times, ZoneInfo("Asia/Kolkata"))} == {date(2026, 1, 15)}


GAPS = st.lists(
    st.one_of(st.integers(0, 700), st.integers(0, 100_000)).map(lambda one: timedelta(seconds=one)),
    min_size=1,
    max_size=25,
)
POLICIES = st.sampled_from(DirectionPolicy.values)
ZONES = st.sampled_from(["Europe/Zurich", "America/Los_Angeles", "Australia/Lord_Howe", "Asia/Kolkata"]).map(ZoneInfo)


def instants(gaps: Sequence[timedelta]) -> list[datetime]:
    return [MORNING + sum(gaps[:end], timedelta()) for end in range(1, len(gaps) + 1)]


@given(GAPS, ZONES)
def test_toggle_never_punches_twice_within_the_windows(gaps: list[timedelta], zone: ZoneInfo) -> None:
    times = instants(gaps)
    punched = [(at, one) for at, one in zip(times, walk(TOGGLE, times, zone), strict=True) if one.code == PUNCHED]
    for (earlier, first), (later, _) in zip(punched, punched[1:], strict=False):
        assert later - earlier >= (rules.MIN_SESSION if first.direction == IN else rules.MIN_OUT)


@given(GAPS, ZONES)
def test_toggle_never_goes_out_without_having_come_in(gaps: list[timedelta], zone: ZoneInfo) -> None:
    directions = [one.direction for one in walk(TOGGLE, instants(gaps), zone) if one.code == PUNCHED]
    assert directions[0] == IN
    assert not any(pair == (OUT, OUT) for pair in zip(directions, directions[1:], strict=False))


@given(GAPS, ZONES)
def test_first_in_last_out_never_punches_twice_within_the_repeat_window(gaps: list[timedelta], zone: ZoneInfo) -> None:
    times = instants(gaps)
    decisions = zip(times, walk(FILO, times, zone), strict=True)
    punched = [(at, one.attendance_date) for at, one in decisions if one.code == PUNCHED]
    for (earlier, day), (later, next_day) in zip(punched, punched[1:], strict=False):
        assert later - earlier >= rules.REPEAT_WINDOW or day != next_day


@given(GAPS, ZONES)
def test_once_per_day_punches_once_a_day(gaps: list[timedelta], zone: ZoneInfo) -> None:
    dates = [one.attendance_date for one in walk(ONCE, instants(gaps), zone) if one.code == PUNCHED]
    assert len(dates) == len(set(dates))


@given(POLICIES, GAPS, ZONES)
def test_the_same_sightings_get_the_same_decisions(policy: str, gaps: list[timedelta], zone: ZoneInfo) -> None:
    times = instants(gaps)
    assert walk(policy, times, zone) == walk(policy, times, zone)


@given(POLICIES, GAPS, ZONES)
def test_a_sighting_without_a_punch_names_where_the_person_stands(
    policy: str, gaps: list[timedelta], zone: ZoneInfo
) -> None:
    standing: str = OUT
    for decision in walk(policy, instants(gaps), zone):
        assert decision.code == PUNCHED or decision.direction == standing
        standing = decision.direction
