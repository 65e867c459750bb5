"""Writes what derivation finds: sessions and daily records, in the place of what stood there.

Every change of a fact marks the person's days as stale (`mark_stale`); the job reckons them again, from the earliest
stale day until today. What comes out the same is not written.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Min
from django.utils import timezone

from apps.attendance.derivation import Derived, Told, derive
from apps.attendance.knowledge import Knowledge, Known, knowledge_of
from apps.attendance.models import DailyRecord, DayException, PersonState, StaleDay, WorkSession
from apps.attendance.periods import LockedDays, adjust, locked_days
from apps.attendance.rules.days import Figures
from apps.attendance.rules.replay import Session, past_of
from apps.organizations.jobs import job
from apps.organizations.models import Organization
from apps.people.models import Person

ONE_DAY = timedelta(days=1)
AT_ONCE = 100
FIGURES = ("worked", "breaks", "required", "late", "early", "overtime", "first_in", "last_out", "is_open")


@dataclass(frozen=True, slots=True)
class Written:
    """How many records and sessions were made, changed or deleted."""

    records: int = 0
    sessions: int = 0


def mark_stale(*, organization: Organization, person_id: UUID, day: date) -> None:
    """The person's days from the one before this on are to be reckoned again. In the transaction of the change."""
    StaleDay.objects.get_or_create(organization=organization, person_id=person_id, date=day - ONE_DAY)


@job("attendance.recompute", every=timedelta(seconds=10))
def recompute_stale(organization: Organization) -> None:
    """Reckon every stale day again; a few people a transaction."""
    while people := _stale_people(organization):
        for first, some in people.items():
            recompute(organization=organization, people=some, first=first, now=timezone.now())


def _stale_people(organization: Organization) -> dict[date, list[UUID]]:
    """Some people with stale days, by the earliest of them."""
    rows = StaleDay.objects.filter(organization=organization).values_list("person_id").annotate(first=Min("date"))
    found: dict[date, list[UUID]] = {}
    for person_id, first in rows.order_by("first", "person_id")[:AT_ONCE]:
        found.setdefault(first, []).append(person_id)
    return found


def recompute(
    *,
    organization: Organization,
    people: Collection[UUID],
    first: date,
    now: datetime,
) -> Written:
    """Reckon these people's days again from the first until today, and write what changed; one transaction.

    Their state rows are locked, so that no punch comes between what is read and what is written.
    """
    with transaction.atomic():
        _lock(organization, people)
        StaleDay.objects.filter(organization=organization, person__in=people, date__gte=first).delete()
        rows = list(Person.objects.filter(organization=organization, pk__in=people))
        last = now.date() + ONE_DAY
        knowledge = knowledge_of(organization, rows, first, last, now)
        told = Told(first, last, now)
        return write(organization, knowledge, told)


def _lock(organization: Organization, people: Collection[UUID]) -> None:
    states = PersonState.objects.filter(organization=organization, person__in=people)
    list(states.select_for_update().order_by("pk").values_list("pk"))


def write(organization: Organization, knowledge: Knowledge, told: Told) -> Written:
    """Derive everybody's days and store what differs from what stands."""
    records = sessions = 0
    stored, locked = _stored(organization, knowledge), locked_days(organization, knowledge.first)
    states = {
        one.person_id: one
        for one in PersonState.objects.filter(organization=organization, person__in=list(knowledge.people))
    }
    for known in knowledge.people.values():
        derived = derive(known, knowledge.rulebook, told)
        records += _write_records(organization, known, derived, stored.get(known.person.pk, {}), locked)
        sessions += _write_sessions(organization, known, derived, told.first, locked)
        _write_exceptions(organization, known, derived)
        if state := states.get(known.person.pk):
            _write_state(state, derived, told.first)
    return Written(records, sessions)


def _stored(organization: Organization, knowledge: Knowledge) -> dict[UUID, dict[date, DailyRecord]]:
    rows = DailyRecord.objects.filter(
        organization=organization, person__in=list(knowledge.people), attendance_date__gte=knowledge.first
    ).defer("trace")
    found: dict[UUID, dict[date, DailyRecord]] = {}
    for row in rows:
        found.setdefault(row.person_id, {})[row.attendance_date] = row
    return found


# --- Records -----------------------------------------------------------------------------------------


def _write_records(
    organization: Organization,
    known: Known,
    derived: Derived,
    stored: Mapping[date, DailyRecord],
    locked: LockedDays,
) -> int:
    """Write the days that changed; a locked one stands, and what it would be by now is an adjustment."""
    fresh = {
        day: (derived.days.get(day), derived.hashes.get(day, "")) for day in {*stored, *derived.days} if day in locked
    }
    if fresh:
        adjust(organization, known.person, fresh, stored)
    gone = [row.pk for day, row in stored.items() if day not in derived.days and day not in locked]
    changed = {
        day: one
        for day, one in derived.days.items()
        if day not in locked and _differs(stored.get(day), derived.hashes[day])
    }
    old = [stored[day].pk for day in changed if day in stored]
    if gone or old:
        DailyRecord.objects.filter(organization=organization, pk__in=[*gone, *old]).delete()
    DailyRecord.objects.bulk_create(
        [record_of(organization, known, figures, derived.hashes[day]) for day, figures in changed.items()]
    )
    return len(gone) + len(changed)


def _differs(row: DailyRecord | None, input_hash: str) -> bool:
    return row is None or row.input_hash != input_hash


def record_of(organization: Organization, known: Known, figures: Figures, input_hash: str) -> DailyRecord:
    """The row of a day's figures."""
    own = known.plan.on(figures.date)
    terms = next((line["terms"] for line in figures.trace if line["rule"] == "status"), 0)
    return DailyRecord(
        organization=organization,
        person=known.person,
        attendance_date=figures.date,
        site_id=known.site_id,
        shift_id=UUID(own.shift.key) if own else None,
        rules=terms,
        status=figures.status,
        exceptions=[str(code) for code in figures.exceptions],
        trace=figures.trace,
        input_hash=input_hash,
        is_final=known.finished(figures.date),
        **{name: getattr(figures, name) for name in FIGURES},
    )


# --- Sessions ----------------------------------------------------------------------------------------


def _write_sessions(organization: Organization, known: Known, derived: Derived, first: date, locked: LockedDays) -> int:
    """Replace the person's sessions from this day on, where they differ: deleted before they are made anew.

    Those of a locked day stand as they were paid, with the punches that they were made of.
    """
    every = WorkSession.objects.filter(organization=organization, person=known.person, attendance_date__gte=first)
    rows = [one for one in every if one.attendance_date not in locked]
    taken = {one.in_punch_id for one in every if one.attendance_date in locked}
    fresh = [
        session_of(organization, known, one)
        for one in derived.line.sessions
        if one.date >= first and one.date not in locked and one.start.id not in taken
    ]
    stored = {_content(one): one for one in rows}
    wanted = {_content(one): one for one in fresh}
    gone = [one.pk for content, one in stored.items() if content not in wanted]
    made = [one for content, one in wanted.items() if content not in stored]
    if gone:
        WorkSession.objects.filter(organization=organization, pk__in=gone).delete()
    WorkSession.objects.bulk_create(made)
    return len(gone) + len(made)


def _content(row: WorkSession) -> tuple[object, ...]:
    return row.attendance_date, row.in_punch_id, row.out_punch_id, row.out_at, row.is_missing_out, str(row.breaks)


def session_of(organization: Organization, known: Known, session: Session) -> WorkSession:
    span = session.span
    return WorkSession(
        organization=organization,
        person=known.person,
        attendance_date=session.date,
        in_punch_id=session.start.id,
        out_punch_id=session.end.id if session.end and span else None,
        in_at=session.start.at,
        out_at=span[1] if span else None,
        is_missing_out=session.is_missing_out or bool(session.end and not span),
        breaks=[[start.isoformat(), end.isoformat()] for start, end in session.breaks] if span else [],
    )


# --- Exceptions --------------------------------------------------------------------------------------


def _write_exceptions(organization: Organization, known: Known, derived: Derived) -> None:
    """Open what is new, take back what is no more; what somebody decided stays."""
    wanted = {(day, str(code)) for day, one in derived.days.items() for code in one.exceptions}
    rows = DayException.objects.filter(
        organization=organization, person=known.person, attendance_date__in=list(derived.days)
    )
    stored = {(one.attendance_date, one.code): one for one in rows}
    gone = [one.pk for key, one in stored.items() if key not in wanted and one.state == DayException.State.OPEN]
    if gone:
        DayException.objects.filter(organization=organization, pk__in=gone).delete()
    DayException.objects.bulk_create(
        DayException(organization=organization, person=known.person, attendance_date=day, code=code)
        for day, code in sorted(wanted - set(stored))
    )


# --- Where somebody stands ---------------------------------------------------------------------------


def _write_state(state: PersonState, derived: Derived, first: date) -> None:
    """Put the state, which is a cache beside the facts, where all of them leave the person: a late one may move it."""
    past = past_of(derived.line)
    earlier = state.attended_on if state.attended_on and state.attended_on < first else None
    seen = max((at for at in (past.seen_at, state.seen_at) if at), default=None)
    wanted = {
        "direction": str(past.standing),
        "punched_at": past.moved_at,
        "opened_at": past.opened_at,
        "attendance_date": past.session_date,
        "attended_on": past.attended_on or earlier,
        "seen_at": seen,
    }
    changed = [name for name, value in wanted.items() if getattr(state, name) != value]
    for name in changed:
        setattr(state, name, wanted[name])
    if changed:
        state.save(update_fields=changed)
