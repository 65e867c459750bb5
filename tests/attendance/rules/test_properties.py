"""What holds of any marks at all: their order does not matter, and no time is counted that did not pass."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from apps.attendance.rules.days import Facts, Figures, figures_of
from apps.attendance.rules.intervals import joined, length
from apps.attendance.rules.marks import Hint, Mark, Policy
from apps.attendance.rules.replay import Past, Timeline, next_step, past_of, replay
from apps.attendance.rules.shifts import Occurrence, occurrence, trimmed
from apps.attendance.rules.terms import BreakRule, RoundTo, Terms, always
from apps.attendance.rules.trace import evaluate
from tests.attendance.rules.playing import HOURS, shift

BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
DAYS = [date(2026, 3, 1) + timedelta(days=n) for n in range(7)]


def mark(number: int, second: int, hint: Hint, policy: Policy, is_void: bool) -> Mark:
    return Mark(UUID(int=number), BEGIN + timedelta(seconds=second), number, hint, policy, is_void=is_void)


@st.composite
def marks(draw: st.DrawFn) -> list[Mark]:
    """Marks of four days, some of one instant, some void."""
    seconds = draw(st.lists(st.integers(0, 4 * 86400), max_size=24))
    return [
        mark(n, second, draw(st.sampled_from(Hint)), draw(st.sampled_from(Policy)), draw(st.integers(0, 9)) == 0)
        for n, second in enumerate(seconds, 1)
    ]


@st.composite
def terms(draw: st.DrawFn) -> Terms:
    rules = st.builds(BreakRule, st.integers(0, 8 * HOURS), st.integers(0, HOURS))
    return Terms(
        min_session=draw(st.sampled_from([0, 300])),
        max_session=draw(st.sampled_from([4, 16])) * HOURS,
        breaks=tuple(draw(st.lists(rules, max_size=2))),
        late_from_grace_end=draw(st.booleans()),
        overtime_from=draw(st.sampled_from([0, 900])),
        round_totals_to=draw(st.sampled_from([0, 300, 900])),
        round_how=draw(st.sampled_from(RoundTo)),
    )


@st.composite
def plans(draw: st.DrawFn) -> list[Occurrence]:
    worked = draw(
        st.sampled_from(
            [None, shift("09:00-18:00", grace_in=600), shift("22:00-30:00"), shift("08:00-12:00", "13:00-17:00")]
        )
    )
    return [] if worked is None else trimmed(occurrence(worked, day, ZoneInfo("UTC")) for day in DAYS)


def days_of(line: Timeline, planned: list[Occurrence], now_terms: Terms) -> list[Figures]:
    dates = sorted({one.date for one in line.steps} | {one.date for one in line.sessions})
    return [
        figures_of(
            Facts(day, next((one for one in planned if one.date == day), None), has_schedule=bool(planned)),
            [one for one in line.sessions if one.date == day],
            [one for one in line.steps if one.date == day],
            now_terms,
            is_attended=day in line.attended,
        )
        for day in dates
    ]


@given(marks(), plans(), terms(), st.integers())
@settings(max_examples=200, deadline=None)
def test_in_any_order_the_same_comes_out(
    given_marks: list[Mark], planned: list[Occurrence], rules: Terms, seed: int
) -> None:
    mixed = Random(seed).sample(given_marks, len(given_marks))
    lines = [replay(some, planned, always(rules)) for some in (given_marks, mixed)]
    assert days_of(lines[0], planned, rules) == days_of(lines[1], planned, rules)
    assert lines[0].standing == lines[1].standing


@given(marks(), plans(), terms())
@settings(max_examples=200, deadline=None)
def test_sessions_do_not_overlap(given_marks: list[Mark], planned: list[Occurrence], rules: Terms) -> None:
    spans = [one.span for one in replay(given_marks, planned, always(rules)).sessions if one.span]
    assert length(joined(spans)) == length(spans)


@given(marks(), plans(), terms())
@settings(max_examples=200, deadline=None)
def test_no_more_is_counted_than_passed(given_marks: list[Mark], planned: list[Occurrence], rules: Terms) -> None:
    exact = replace(rules, round_totals_to=0)
    for day in days_of(replay(given_marks, planned, always(exact)), planned, exact):
        there = 0 if day.first_in is None or day.last_out is None else length([(day.first_in, day.last_out)])
        assert 0 <= day.worked <= day.worked + day.breaks <= max(there, 0)
        assert 0 <= day.overtime <= day.worked + day.breaks
        assert day.late >= 0
        assert day.early >= 0


@given(marks(), plans(), terms())
@settings(max_examples=200, deadline=None)
def test_a_trace_comes_to_its_figures(given_marks: list[Mark], planned: list[Occurrence], rules: Terms) -> None:
    for day in days_of(replay(given_marks, planned, always(rules)), planned, rules):
        told = evaluate(day.trace)
        names = ("worked", "breaks", "required", "late", "early", "overtime")
        assert {name: told.get(name, 0) for name in names} == {name: getattr(day, name) for name in names}


@given(marks(), plans(), terms())
@settings(max_examples=200, deadline=None)
def test_mark_by_mark_comes_to_the_same_as_all_at_once(
    given_marks: list[Mark], planned: list[Occurrence], rules: Terms
) -> None:
    past, steps = Past(), []
    for one in sorted(given_marks, key=lambda one: one.place):
        step, past = next_step(past, one, planned, always(rules))
        steps.append(step)
    line = replay(given_marks, planned, always(rules))
    assert steps == line.steps
    assert past == past_of(line)
