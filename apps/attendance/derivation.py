"""From what is known of a person to their work sessions and daily records. Pure: reads nothing, writes nothing."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from functools import partial
from typing import Any

from apps.attendance.knowledge import Known
from apps.attendance.rules.clock import local_date
from apps.attendance.rules.days import Facts, Figures, figures_of
from apps.attendance.rules.marks import Step
from apps.attendance.rules.replay import Session, Timeline, close_old, replay
from apps.attendance.rules.terms import Terms
from apps.attendance.ruling import Rulebook


@dataclass(slots=True)
class Derived:
    """What one person's facts come to: the timeline, and the figures of each day that has any."""

    line: Timeline
    days: dict[date, Figures] = field(default_factory=dict)
    hashes: dict[date, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Told:
    """Which days to tell, and as of when."""

    first: date
    last: date
    now: datetime


def derive(known: Known, rulebook: Rulebook, told: Told) -> Derived:
    """The days from the first to the last on which something was planned, was free or happened."""
    line = replay(known.marks, known.plan.occurrences, partial(rulebook.terms_on, site_id=known.site_id))
    close_old(line, told.now, partial(rulebook.terms_on, site_id=known.site_id))
    steps, sessions = _by_date(line.steps), _by_date(line.sessions)
    derived = Derived(line)
    today = local_date(told.now, known.zone)
    for day in _days(known, {*steps, *sessions}, told, today):
        own_terms = rulebook.terms_on(day, known.site_id)
        of_day = (sessions.get(day, []), steps.get(day, []))
        facts = facts_of(known, day, told, of_day[1])
        figures = figures_of(facts, *of_day, own_terms, is_attended=day in line.attended)
        derived.days[day] = figures
        derived.hashes[day] = hash_of(facts, *of_day, own_terms, figures)
    return derived


def facts_of(known: Known, day: date, told: Told, steps: Sequence[Step]) -> Facts:
    return Facts(
        date=day,
        occurrence=known.plan.on(day),
        leave=known.leaves.get(day),
        holiday=known.holidays.get(day, ""),
        has_schedule=day in known.plan.covered,
        sync=known.sync(day),
        now=told.now,
        is_skewed=any(step.mark.id in known.skewed for step in steps),
    )


def _by_date(rows: Iterable[Any]) -> dict[date, list[Any]]:
    found: dict[date, list[Any]] = {}
    for one in rows:
        found.setdefault(one.date, []).append(one)
    return found


def _days(known: Known, happened: set[date], told: Told, today: date) -> list[date]:
    """Days on which something happened, and those until today on which something was planned or free."""
    planned = known.plan.covered | known.leaves.keys()
    return sorted(day for day in happened | {one for one in planned if one <= today} if told.first <= day <= told.last)


def hash_of(facts: Facts, sessions: list[Session], steps: list[Step], terms: Terms, figures: Figures) -> str:
    """SHA-256 (hex) of all that the day was reckoned from and of what it came to, less the hour it was told at."""
    told = {
        "facts": asdict(facts) | {"now": None},
        "steps": [asdict(one) for one in steps],
        "sessions": [(one.start.id, one.end and one.end.id, one.is_missing_out, one.breaks) for one in sessions],
        "terms": asdict(terms),
        "figures": asdict(figures),
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()
