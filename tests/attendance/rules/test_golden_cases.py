"""The golden cases of docs/attendance.md that are rules alone; expected values were reckoned with zoneinfo."""

from datetime import date
from itertools import permutations

import pytest

from apps.attendance.rules.days import ExceptionCode, Leave, Status
from apps.attendance.rules.marks import Effect, Hint, Policy, Standing
from apps.attendance.rules.terms import BreakRule, Terms
from apps.attendance.rules.trace import evaluate
from tests.attendance.rules.playing import HOURS, Place, shift

NIGHTS = [
    ("G1", "Europe/Zurich", "2026-03-28 22:00", "2026-03-29 06:00", 7.0),
    ("G2", "Europe/Zurich", "2026-10-24 22:00", "2026-10-25 06:00", 9.0),
    ("G3", "America/Los_Angeles", "2026-03-08 00:00", "2026-03-08 05:00", 4.0),
    ("G5", "Australia/Lord_Howe", "2026-04-04 22:00", "2026-04-05 06:00", 8.5),
]


@pytest.mark.parametrize(("case", "zone", "came", "left", "worked"), NIGHTS)
def test_a_change_of_clocks_costs_or_gives_its_hour(case: str, zone: str, came: str, left: str, worked: float) -> None:
    place = Place(zone)
    place.mark(came)
    place.mark(left)
    assert place.day(came[:10]).worked == worked * HOURS


def test_g4_the_second_half_past_one_is_an_hour_after_the_first() -> None:
    place = Place("America/Los_Angeles")
    place.mark("2026-11-01 01:30")
    place.mark("2026-11-01 01:30", fold=1)
    assert place.day("2026-11-01").worked == 1 * HOURS


@pytest.mark.parametrize(
    ("zone", "wall"), [("Europe/Zurich", "2025-01-03 00:25"), ("Australia/Brisbane", "2019-09-18 07:30")]
)
def test_g6_g7_the_date_is_that_of_the_place(zone: str, wall: str) -> None:
    place = Place(zone)
    place.mark(wall)
    assert place.line().steps[0].date == date.fromisoformat(wall[:10])


def test_g8_a_night_in_kolkata_has_no_overtime_for_who_pays_in_brussels() -> None:
    place = Place("Asia/Kolkata", shift=shift("20:00-28:00"))
    for wall in ("2026-01-15 15:30", "2026-01-15 23:30"):
        place.mark(wall, zone="Europe/Brussels")
    day = place.day("2026-01-15", "2026-01-15")
    assert (day.worked, day.overtime, day.late, day.early) == (8 * HOURS, 0, 0, 0)


def test_g9_an_out_after_midnight_closes_its_own_shift() -> None:
    place = Place("Europe/Zurich", shift=shift("15:00-23:30"))
    place.mark("2026-02-02 15:00")
    place.mark("2026-02-03 01:24")
    days = ("2026-02-02", "2026-02-03")
    assert place.day("2026-02-02", *days).worked == 10 * HOURS + 24 * 60
    assert place.day("2026-02-03", *days).status == Status.PENDING


def test_g10_a_forgotten_out_is_missing_and_the_next_morning_is_an_in() -> None:
    place = Place("Europe/Zurich", shift=shift("09:00-18:00"))
    place.mark("2026-02-02 09:00")
    place.mark("2026-02-03 09:05")
    days = ("2026-02-02", "2026-02-03")
    first, second = (place.day(day, *days) for day in days)
    assert (first.worked, first.exceptions) == (0, [ExceptionCode.MISSING_OUT])
    assert second.first_in is not None and second.is_open and second.status == Status.PRESENT


def test_g11_who_stays_in_view_is_in_and_not_out_after_five_minutes() -> None:
    place = Place("Europe/Zurich")
    for second in ("08:00:00", "08:00:02", "08:04:59", "08:05:01", "08:06:30"):
        place.mark(f"2026-02-02 {second}")
    already = [Effect.ALREADY_IN] * 3
    assert [one.effect for one in place.line().steps] == [Effect.IN, *already, Effect.OUT]


def test_g11b_who_walks_away_is_not_in_again() -> None:
    place = Place("Europe/Zurich")
    for time in ("08:00:00", "17:00:00", "17:00:03", "17:01:10"):
        place.mark(f"2026-02-02 {time}")
    assert [one.effect for one in place.line().steps][1:] == [Effect.OUT, Effect.ALREADY_OUT, Effect.ALREADY_OUT]


def test_g11c_once_a_day_is_once_a_day() -> None:
    place = Place("Europe/Zurich", policy=Policy.ONCE_PER_DAY)
    place.mark("2026-02-02 08:00")
    place.mark("2026-02-02 16:00")
    assert [one.effect for one in place.line().steps] == [Effect.IN, Effect.ATTENDANCE_EXISTS]
    assert place.day("2026-02-02").status == Status.PRESENT


def test_g13_three_within_a_second_leave_nobody_locked_out() -> None:
    place = Place("Europe/Zurich", terms=Terms(repeat_window=0))
    for hint in (Hint.IN, Hint.OUT, Hint.IN):
        place.mark("2026-02-02 08:00:00", hint)
    line = place.line()
    assert [one.effect for one in line.steps] == [Effect.IN, Effect.OUT, Effect.IN]
    assert line.standing == Standing.IN


def test_g14_any_order_tells_the_same() -> None:
    place = Place("Europe/Zurich")
    for wall in ("2026-02-02 08:00", "2026-02-02 12:00", "2026-02-02 12:40", "2026-02-02 17:00"):
        place.mark(wall)
    told = place.day("2026-02-02")
    for marks in permutations(place.marks):
        place.marks = list(marks)
        assert place.day("2026-02-02") == told


def test_g16_a_short_break_is_topped_up_and_the_trace_says_so() -> None:
    place = Place("Europe/Zurich", terms=Terms(breaks=(BreakRule(6 * HOURS, HOURS),)))
    for wall, hint in [("09:00", Hint.IN), ("12:00", Hint.BREAK_START), ("12:40", Hint.BREAK_END), ("18:00", Hint.OUT)]:
        place.mark(f"2026-02-02 {wall}", hint)
    day = place.day("2026-02-02")
    assert (day.worked, day.breaks) == (8 * HOURS, HOURS)
    assert [one["seconds"] for one in day.trace if one["rule"] == "break_rule"] == [-20 * 60, 20 * 60]


@pytest.mark.parametrize(("came", "late"), [("09:10", 0), ("09:11", 11 * 60)])
def test_g17_grace_is_forgiven_whole_or_not_at_all(came: str, late: int) -> None:
    place = Place("Europe/Zurich", shift=shift("09:00-18:00", grace_in=600))
    place.mark(f"2026-02-02 {came}")
    place.mark("2026-02-02 18:00")
    assert place.day("2026-02-02", "2026-02-02").late == late


@pytest.mark.parametrize(
    ("known", "status", "code"),
    [
        ({"leave": Leave("holidays")}, Status.ON_LEAVE, ExceptionCode.WORKED_ON_LEAVE),
        ({"holiday": "New Year"}, Status.HOLIDAY, ExceptionCode.WORKED_ON_HOLIDAY),
    ],
)
def test_g19_work_on_a_free_day_is_kept_and_told(known: dict[str, object], status: Status, code: ExceptionCode) -> None:
    place = Place("Europe/Zurich", shift=shift("09:00-18:00"))
    place.mark("2026-02-02 09:00")
    place.mark("2026-02-02 12:00")
    day = place.day("2026-02-02", "2026-02-02", **known)  # type: ignore[arg-type]
    assert (day.status, day.worked, code in day.exceptions) == (status, 3 * HOURS, True)


def test_every_trace_comes_to_the_figures_it_explains() -> None:
    place = Place(
        "Europe/Zurich", Terms(breaks=(BreakRule(6 * HOURS, 1800),), round_totals_to=900), shift=shift("09:00-18:00")
    )
    for wall in ("09:20", "12:00", "12:10", "19:07"):
        place.mark(f"2026-02-02 {wall}")
    day = place.day("2026-02-02", "2026-02-02")
    told = evaluate(day.trace)
    for name in ("worked", "breaks", "required", "late", "early", "overtime"):
        assert told.get(name, 0) == getattr(day, name), name
