"""One day of one person: its figures, its status, what somebody has to look at, and why."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from apps.attendance.rules.intervals import Span, joined, length, without
from apps.attendance.rules.marks import Effect, Step
from apps.attendance.rules.replay import Session
from apps.attendance.rules.shifts import Occurrence, ShiftKind
from apps.attendance.rules.terms import Terms, rounded_to
from apps.attendance.rules.trace import Line, Trace


class Status(StrEnum):
    """What a day was."""

    PRESENT = "present"
    HALF_DAY = "half_day"
    ABSENT = "absent"
    ON_LEAVE = "on_leave"
    HOLIDAY = "holiday"
    WEEKEND = "weekend"
    PENDING = "pending"


class ExceptionCode(StrEnum):
    """An exception: something of the day that a person should look at."""

    MISSING_OUT = "missing_out"
    MISSING_IN = "missing_in"
    LATE = "late"
    EARLY = "early"
    UNSCHEDULED = "unscheduled"
    LONG_SESSION = "long_session"
    DOUBLE_IN = "double_in"
    CLOCK_SKEW = "clock_skew"
    WORKED_ON_LEAVE = "worked_on_leave"
    WORKED_ON_HOLIDAY = "worked_on_holiday"
    AUTO_CLOSED = "auto_closed"
    PROVISIONAL = "provisional"


class Half(StrEnum):
    """Which part of a day a leave covers."""

    WHOLE = "whole"
    MORNING = "morning"
    AFTERNOON = "afternoon"


class Sync(StrEnum):
    """Whether every camera that can be offline has told what it saw until the day ended."""

    SYNCED = "synced"
    WAITING = "waiting"
    # One was silent for a day: the day is told without it, and changes should it speak again.
    PROVISIONAL = "provisional"


@dataclass(frozen=True, slots=True)
class Leave:
    """An approved leave, on one of its days."""

    kind: str
    half: Half = Half.WHOLE
    is_paid: bool = True


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one day besides its sessions."""

    date: date
    occurrence: Occurrence | None = None
    leave: Leave | None = None
    holiday: str = ""
    # Somebody gave this person shifts around this day: without one, it is free and not unknown.
    has_schedule: bool = False
    sync: Sync = Sync.SYNCED
    now: datetime | None = None
    is_skewed: bool = False


@dataclass(slots=True)
class Figures:
    """The day's totals in seconds, rounded; and what it was."""

    date: date
    status: Status = Status.PENDING
    worked: int = 0
    breaks: int = 0
    required: int = 0
    late: int = 0
    early: int = 0
    overtime: int = 0
    first_in: datetime | None = None
    last_out: datetime | None = None
    is_open: bool = False
    exceptions: list[ExceptionCode] = field(default_factory=list)
    trace: list[Line] = field(default_factory=list)


@dataclass(slots=True)
class _Day:
    facts: Facts
    sessions: Sequence[Session]
    steps: Sequence[Step]
    terms: Terms
    figures: Figures
    trace: Trace = field(default_factory=Trace)

    def flag(self, code: ExceptionCode) -> None:
        if code not in self.figures.exceptions:
            self.figures.exceptions.append(code)


def figures_of(
    facts: Facts, sessions: Sequence[Session], steps: Sequence[Step], terms: Terms, *, is_attended: bool = False
) -> Figures:
    """The day's figures from its sessions and steps; `is_attended` where it was counted once, without an out."""
    day = _Day(facts, sessions, steps, terms, Figures(facts.date))
    _say_marks(day)
    _say_plan(day)
    _count_work(day)
    _count_late(day)
    _count_overtime(day)
    day.figures.is_open = any(one.end is None and not one.is_missing_out for one in sessions)
    day.figures.status = _status(day, is_attended)
    _find_exceptions(day)
    day.trace.say("status", status=day.figures.status, terms=terms.version)
    day.figures.trace = day.trace.lines
    return day.figures


def _say_marks(day: _Day) -> None:
    for step in day.steps:
        mark = step.mark
        day.trace.say("mark", punch=mark.id.hex, at=mark.at.isoformat(), hint=mark.hint, effect=step.effect)


def _say_plan(day: _Day) -> None:
    own, facts = day.facts.occurrence, day.facts
    if own:
        day.figures.required = _required(day, own)
        told = {"shift": own.shift.key, "name": own.shift.name, "kind": own.shift.kind}
        bounds = {"starts": own.starts.isoformat(), "ends": own.ends.isoformat()}
        day.trace.add("shift", "required", day.figures.required, **told, **bounds)
    if facts.holiday:
        day.trace.say("holiday", name=facts.holiday)
    if facts.leave:
        day.trace.say("leave", kind=facts.leave.kind, half=facts.leave.half)


def _required(day: _Day, own: Occurrence) -> int:
    leave = day.facts.leave
    if day.facts.holiday or (leave and leave.half == Half.WHOLE):
        return 0
    return own.required // 2 if leave else own.required


# --- Work and breaks ---------------------------------------------------------------------------------


def _count_work(day: _Day) -> None:
    spans = joined(one.span for one in day.sessions if one.span)
    rests = joined(rest for one in day.sessions if one.span for rest in one.breaks)
    if spans:
        day.trace.add_spans("sessions", "worked_exact", spans)
    if rests:
        day.trace.add_spans("breaks_punched", "worked_exact", rests, sign=-1)
        day.trace.add_spans("breaks_punched", "breaks", rests)
    day.figures.breaks = length(rests) + _topped_up(day, length(spans), length(rests))
    worked = length(spans) - day.figures.breaks
    day.figures.worked = rounded_to(worked, day.terms.round_totals_to, day.terms.round_how)
    day.trace.round("worked_exact", "worked", day.terms.round_totals_to, day.terms.round_how)
    day.figures.first_in = min((one.start.at for one in day.sessions), default=None)
    day.figures.last_out = max((end for _, end in spans), default=None)


def _topped_up(day: _Day, there: int, rests: int) -> int:
    """What the break rules take off beyond the breaks that were punched; never so much that a rule would not apply."""
    topped = 0
    for rule in sorted(day.terms.breaks, key=lambda one: one.after):
        lacking = min(rule.least - rests - topped, there - rests - topped - rule.after)
        if lacking > 0:
            topped += lacking
            used = {"after": rule.after, "least": rule.least}
            day.trace.add("break_rule", "worked_exact", -lacking, **used)
            day.trace.add("break_rule", "breaks", lacking, **used)
    return topped


# --- Against the shift -------------------------------------------------------------------------------


def _count_late(day: _Day) -> None:
    own, kept, figures = day.facts.occurrence, _kept_times(day), day.figures
    if own is None or kept is None or not day.sessions:
        return
    (start, end), shift, first, last = kept, own.shift, figures.first_in, figures.last_out
    if first is not None and first > start + timedelta(seconds=shift.grace_in):
        since = start + timedelta(seconds=shift.grace_in * day.terms.late_from_grace_end)
        figures.late = length([(since, first)])
        day.trace.add_spans("late", "late", [(since, first)], grace=shift.grace_in)
    is_left = all(one.end for one in day.sessions)
    if last is not None and is_left and last < end - timedelta(seconds=shift.grace_out):
        figures.early = length([(last, end)])
        day.trace.add_spans("early", "early", [(last, end)], grace=shift.grace_out)


def _kept_times(day: _Day) -> Span | None:
    """The times that were to be kept, less the half that is leave; None where none were."""
    own, leave = day.facts.occurrence, day.facts.leave
    if own is None or own.shift.kind == ShiftKind.FLEXIBLE or day.facts.holiday:
        return None
    if leave is None:
        return own.starts, own.ends
    middle = own.starts + (own.ends - own.starts) / 2
    return {Half.WHOLE: None, Half.MORNING: (middle, own.ends), Half.AFTERNOON: (own.starts, middle)}[leave.half]


def _count_overtime(day: _Day) -> None:
    outside = _outside(day) if day.facts.has_schedule else 0
    if outside <= 0:
        return
    terms, counts = day.terms, outside >= day.terms.overtime_from
    day.figures.overtime = rounded_to(outside, terms.round_totals_to, terms.round_how) if counts else 0
    used = {"least": terms.overtime_from, "needs_approval": terms.overtime_needs_approval}
    day.trace.add("overtime", "overtime_exact", outside if counts else 0, outside=outside, **used)
    day.trace.round("overtime_exact", "overtime", terms.round_totals_to, terms.round_how)


def _outside(day: _Day) -> int:
    """Seconds of work outside the shift; of a flexible one, what is more than it asks for."""
    own, figures = day.facts.occurrence, day.figures
    if own is not None and own.shift.kind == ShiftKind.FLEXIBLE:
        return figures.worked - figures.required
    rests = [rest for one in day.sessions for rest in one.breaks]
    spans = without([one.span for one in day.sessions if one.span], rests)
    planned = own.spans if own and not day.facts.holiday else ()
    return length(without(spans, planned))


# --- What a person should look at --------------------------------------------------------------------

_OF_EFFECT = {Effect.MISSING_IN: ExceptionCode.MISSING_IN}


def _find_exceptions(day: _Day) -> None:
    for one in day.sessions:
        _look_at(day, one)
    for step in day.steps:
        if step.effect in _OF_EFFECT:
            day.flag(_OF_EFFECT[step.effect])
        elif step.effect == Effect.ALREADY_IN and day.terms.double_in_is_exception and step.mark.hint == "in":
            day.flag(ExceptionCode.DOUBLE_IN)
    _look_at_day(day)


def _look_at(day: _Day, session: Session) -> None:
    if session.is_missing_out:
        day.flag(ExceptionCode.MISSING_OUT)
    elif session.end is None:
        return
    elif session.end.is_pending:
        day.flag(ExceptionCode.AUTO_CLOSED)
    elif (session.end.at - session.start.at).total_seconds() > day.terms.max_session:
        day.flag(ExceptionCode.LONG_SESSION)


def _look_at_day(day: _Day) -> None:
    facts, figures, worked = day.facts, day.figures, bool(day.sessions)
    found = {
        ExceptionCode.LATE: figures.late > 0,
        ExceptionCode.EARLY: figures.early > 0,
        ExceptionCode.WORKED_ON_LEAVE: worked and facts.leave is not None and facts.leave.half == Half.WHOLE,
        ExceptionCode.WORKED_ON_HOLIDAY: worked and bool(facts.holiday),
        ExceptionCode.UNSCHEDULED: worked and facts.has_schedule and facts.occurrence is None and not facts.holiday,
        ExceptionCode.CLOCK_SKEW: facts.is_skewed,
        ExceptionCode.PROVISIONAL: figures.status == Status.ABSENT and facts.sync == Sync.PROVISIONAL,
    }
    for code, is_so in found.items():
        if is_so:
            day.flag(code)


# --- What the day was --------------------------------------------------------------------------------


def _status(day: _Day, is_attended: bool) -> Status:
    facts = day.facts
    if facts.leave and facts.leave.half == Half.WHOLE:
        return Status.ON_LEAVE
    if facts.holiday:
        return Status.HOLIDAY
    if day.sessions or is_attended:
        return _of_presence(day)
    if facts.occurrence is None:
        return Status.WEEKEND
    return Status.ABSENT if _is_past(facts) and facts.sync != Sync.WAITING else Status.PENDING


def _of_presence(day: _Day) -> Status:
    figures = day.figures
    if figures.is_open or not figures.required or not any(one.span for one in day.sessions):
        return Status.PRESENT
    half = figures.worked * 100 < figures.required * day.terms.half_day_below_percent
    return Status.HALF_DAY if half or day.facts.leave else Status.PRESENT


def _is_past(facts: Facts) -> bool:
    """Whether the shift's window has ended."""
    own = facts.occurrence
    return own is not None and facts.now is not None and facts.now >= own.owns_until
