"""Plays a person's marks in their order: what each came to, and the sessions they make (docs/attendance.md).

The same function decides about the punch that is made now and about those of last month, so that a late punch changes
what it would have changed. A day is never closed by a guess: an out that is missing stays missing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from apps.attendance.rules.clock import local_date
from apps.attendance.rules.intervals import Span
from apps.attendance.rules.marks import Effect, Hint, Mark, Policy, Standing, Step
from apps.attendance.rules.shifts import Occurrence, holding
from apps.attendance.rules.terms import DEFAULT_TERMS, Terms, TermsOn


@dataclass(slots=True)
class Rest:
    """A break inside a session; open while `end` is None."""

    start: Mark
    end: Mark | None = None


@dataclass(slots=True)
class Session:
    """From an in to its out: `date` is the day it counts for, `occurrence` the shift it belongs to."""

    date: date
    start: Mark
    occurrence: Occurrence | None
    end: Mark | None = None
    rests: list[Rest] = field(default_factory=list)
    # Nobody came out of it before the next one began, or before it was too old to be meant.
    is_missing_out: bool = False

    @property
    def span(self) -> Span | None:
        """Its time; None while it has no out, or one that nobody approved yet."""
        return (self.start.at, self.end.at) if self.end and not self.end.is_pending else None

    @property
    def breaks(self) -> list[Span]:
        """Breaks that were punched; one that was left open ends with the session."""
        until = self.end.at if self.end else None
        ends = ((one.start.at, one.end.at if one.end else until) for one in self.rests)
        return [(start, end) for start, end in ends if end is not None]


@dataclass(slots=True)
class Timeline:
    """What a person's marks came to, and where they leave the person."""

    steps: list[Step] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)
    standing: Standing = Standing.OUT
    # When the person last moved, and was last seen.
    moved_at: datetime | None = None
    seen_at: datetime | None = None
    # The days on which somebody was counted who is counted once a day.
    attended: set[date] = field(default_factory=set)

    @property
    def open_session(self) -> Session | None:
        return self.sessions[-1] if self.standing != Standing.OUT and self.sessions else None


def replay(marks: Iterable[Mark], occurrences: Sequence[Occurrence], terms_on: TermsOn) -> Timeline:
    """Play marks in their order, whichever they come in, each by the terms of its day.

    `occurrences` are trimmed, those around the marks.
    """
    player = _Player(occurrences, terms_on)
    for mark in sorted(marks, key=lambda one: one.place):
        player.play(mark)
    return player.line


@dataclass(frozen=True, slots=True)
class Past:
    """Where a person's marks left them, as far as the next one needs to know."""

    standing: Standing = Standing.OUT
    moved_at: datetime | None = None
    seen_at: datetime | None = None
    # The last session: when it began, and the day it counts for.
    opened_at: datetime | None = None
    session_date: date | None = None
    # The last day on which they were counted who are counted once a day.
    attended_on: date | None = None


def past_of(line: Timeline) -> Past:
    session = line.sessions[-1] if line.sessions else None
    return Past(
        standing=line.standing,
        moved_at=line.moved_at,
        seen_at=line.seen_at,
        opened_at=session.start.at if session else None,
        session_date=session.date if session else None,
        attended_on=max(line.attended, default=None),
    )


def next_step(past: Past, mark: Mark, occurrences: Sequence[Occurrence], terms_on: TermsOn) -> tuple[Step, Past]:
    """What a mark that is made now comes to, and where it leaves the person; nothing of theirs is later than it."""
    player = _Player(occurrences, terms_on, _resumed(past, mark, occurrences))
    player.play(mark)
    return player.line.steps[-1], past_of(player.line)


def _resumed(past: Past, mark: Mark, occurrences: Sequence[Occurrence]) -> Timeline:
    line = Timeline(standing=past.standing, moved_at=past.moved_at, seen_at=past.seen_at)
    if past.attended_on is not None:
        line.attended.add(past.attended_on)
    if past.opened_at is not None and past.session_date is not None:
        began = replace(mark, at=past.opened_at)
        session = Session(past.session_date, began, holding(occurrences, past.opened_at))
        if past.standing == Standing.OUT and past.moved_at is not None:
            session.end = replace(mark, at=past.moved_at)
        if past.standing == Standing.ON_BREAK and past.moved_at is not None:
            session.rests.append(Rest(replace(mark, at=past.moved_at)))
        line.sessions.append(session)
    return line


def close_old(line: Timeline, now: datetime, terms_on: TermsOn) -> None:
    """Say of a session that is open still that its out is missing, once it is too old to be meant."""
    session = line.open_session
    if session is not None and is_over(session, now, (), terms_on(session.date)):
        session.is_missing_out = True
        line.standing = Standing.OUT


def is_over(session: Session, at: datetime, occurrences: Sequence[Occurrence], terms: Terms) -> bool:
    """Whether an instant can no more belong to this open session.

    It is the session's own until its shift's window ends, and without a shift until it is older than a session may
    be. After the window it still is, unless another shift's window has begun.
    """
    own = session.occurrence
    if own is not None and at < own.owns_until:
        return False
    too_old = at - session.start.at > timedelta(seconds=terms.max_session)
    other = holding(occurrences, at) if own is not None else None
    return too_old or (other is not None and other is not own)


@dataclass(slots=True)
class _Player:
    occurrences: Sequence[Occurrence]
    terms_on: TermsOn
    line: Timeline = field(default_factory=Timeline)
    # Those of the day of the mark that is played.
    terms: Terms = DEFAULT_TERMS

    def play(self, mark: Mark) -> None:
        self.terms = self.terms_on(local_date(mark.at, ZoneInfo(mark.zone)))
        if mark.is_void:
            self._step(mark, Effect.VOIDED, self._date(mark))
            return
        open_session = self.line.open_session
        if open_session and is_over(open_session, mark.at, self.occurrences, self.terms):
            open_session.is_missing_out = True
            # Whoever forgot to go out comes anew, however lately a camera saw them.
            self.line.standing, self.line.moved_at, self.line.seen_at = Standing.OUT, None, None
        if mark.policy == Policy.ONCE_PER_DAY and mark.hint == Hint.AUTO:
            self._once(mark)
        elif mark.policy == Policy.FIRST_IN_LAST_OUT and mark.hint == Hint.AUTO:
            self._first_and_last(mark)
        else:
            self._by_standing(mark)
        self.line.seen_at = mark.at

    # --- Policies ------------------------------------------------------------------------------------

    def _once(self, mark: Mark) -> None:
        day = self._date(mark)
        # A later day counts too: a site further west, or a clock that lags at midnight, must not go back a day.
        if day <= max(self.line.attended, default=date.min):
            self._step(mark, Effect.ATTENDANCE_EXISTS, day)
            return
        self.line.attended.add(day)
        self._step(mark, Effect.IN, day)
        self.line.moved_at = mark.at

    def _first_and_last(self, mark: Mark) -> None:
        """The day's first mark is its in, its last one its out; those between are passed over."""
        day = self._date(mark)
        session = self.line.sessions[-1] if self.line.sessions else None
        if session is None or session.date != day or session.is_missing_out:
            self._come(mark)
        elif self._too_soon(self.terms.repeat_window, mark):
            self._step(mark, Effect.ALREADY_OUT if session.end else Effect.ALREADY_IN, day)
        else:
            session.end = mark
            self.line.standing, self.line.moved_at = Standing.OUT, mark.at
            self._step(mark, Effect.OUT, day)

    def _by_standing(self, mark: Mark) -> None:
        act = {Standing.OUT: self._while_out, Standing.IN: self._while_in, Standing.ON_BREAK: self._on_break}
        act[self.line.standing](mark)

    def _while_out(self, mark: Mark) -> None:
        if mark.hint == Hint.AUTO and self._too_soon(self.terms.min_out, mark):
            self._refuse(mark, Effect.ALREADY_OUT)
        elif mark.hint in (Hint.AUTO, Hint.IN):
            self._come(mark)
        elif mark.hint == Hint.OUT:
            repeated = self._within(self.terms.repeat_window, mark, self.line.moved_at)
            self._refuse(mark, Effect.DUPLICATE if repeated else Effect.MISSING_IN)
        else:
            self._refuse(mark, Effect.NO_BREAK)

    def _while_in(self, mark: Mark) -> None:
        if mark.hint == Hint.AUTO and self._too_soon(self.terms.min_session, mark):
            self._refuse(mark, Effect.ALREADY_IN)
        elif mark.hint in (Hint.AUTO, Hint.OUT):
            self._leave(mark)
        elif mark.hint == Hint.IN:
            repeated = self._within(self.terms.repeat_window, mark, self.line.moved_at)
            self._refuse(mark, Effect.DUPLICATE if repeated else Effect.ALREADY_IN)
        elif mark.hint == Hint.BREAK_START:
            self._move(mark, Effect.BREAK_START, Standing.ON_BREAK)
            self.line.sessions[-1].rests.append(Rest(mark))
        else:
            self._refuse(mark, Effect.NO_BREAK)

    def _on_break(self, mark: Mark) -> None:
        if mark.hint == Hint.BREAK_START or (
            mark.hint == Hint.AUTO and self._within(self.terms.repeat_window, mark, self.line.moved_at)
        ):
            self._refuse(mark, Effect.ALREADY_ON_BREAK)
        elif mark.hint == Hint.OUT:
            self._leave(mark)
        else:
            self.line.sessions[-1].rests[-1].end = mark
            self._move(mark, Effect.BREAK_END, Standing.IN)

    # --- Moves ---------------------------------------------------------------------------------------

    def _come(self, mark: Mark) -> None:
        own = holding(self.occurrences, mark.at)
        self.line.sessions.append(Session(self._date(mark), mark, own))
        self._move(mark, Effect.IN, Standing.IN)

    def _leave(self, mark: Mark) -> None:
        self.line.sessions[-1].end = mark
        self._move(mark, Effect.OUT, Standing.OUT)

    def _move(self, mark: Mark, effect: Effect, standing: Standing) -> None:
        self.line.standing, self.line.moved_at = standing, mark.at
        self._step(mark, effect, self.line.sessions[-1].date)

    def _refuse(self, mark: Mark, effect: Effect) -> None:
        session = self.line.open_session
        self._step(mark, effect, session.date if session else self._date(mark))

    def _step(self, mark: Mark, effect: Effect, day: date) -> None:
        self.line.steps.append(Step(mark, effect, day))

    # --- Conditions ----------------------------------------------------------------------------------

    def _date(self, mark: Mark) -> date:
        own = holding(self.occurrences, mark.at)
        return own.date if own else local_date(mark.at, ZoneInfo(mark.zone), self.terms.day_boundary)

    def _too_soon(self, window: int, mark: Mark) -> bool:
        """A face that is still there: moved a moment ago, or seen all the while."""
        moved, seen = self.line.moved_at, self.line.seen_at
        return self._within(window, mark, moved) or self._within(self.terms.min_gap, mark, seen)

    @staticmethod
    def _within(seconds: int, mark: Mark, since: datetime | None) -> bool:
        return since is not None and mark.at - since < timedelta(seconds=seconds)
