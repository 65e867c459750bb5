"""Where a person stands and what a mark makes of it now: between the stored state and the pure rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from uuid import UUID

from apps.attendance import codes
from apps.attendance.models import Direction, PersonState, Standing
from apps.attendance.planning import ONE_DAY, plans_of
from apps.attendance.rules.marks import MOVES, Effect, Hint, Mark, Policy
from apps.attendance.rules.marks import Standing as RuleStanding
from apps.attendance.rules.replay import Past, next_step
from apps.attendance.rules.shifts import Occurrence
from apps.attendance.ruling import rulebook_of
from apps.organizations.models import Organization, Site
from apps.people.models import Person

_NOBODY = UUID(int=0)  # a mark that is asked about has no row yet
# An out without an in is a fact all the same: it is kept, and somebody looks at it.
KEPT = MOVES | {Effect.MISSING_IN}
_SAID = {
    Effect.MISSING_IN: Direction.OUT,
    Effect.ALREADY_OUT: Direction.OUT,
    Effect.ALREADY_ON_BREAK: Direction.BREAK_START,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a camera or a person asked for."""

    at: datetime
    site: Site
    policy: str
    hint: str = Hint.AUTO


@dataclass(frozen=True, slots=True)
class Decision:
    """What came of it: the code, the direction it is told as, its day, and where it leaves the person."""

    code: str
    direction: str
    date: date
    is_kept: bool
    past: Past


def decide(organization: Organization, person: Person, state: PersonState, asked: Asked) -> Decision:
    """What this mark comes to after all that the state knows; nothing of the person's may be later than it."""
    occurrences = shifts_around(organization, person, asked)
    terms_on = partial(rulebook_of(organization).terms_on, site_id=person.home_site_id or asked.site.pk)
    mark = Mark(_NOBODY, asked.at, 0, Hint(asked.hint), Policy(asked.policy), asked.site.time_zone)
    step, past = next_step(past_of(state), mark, occurrences, terms_on)
    is_kept = step.effect in KEPT
    code = codes.PUNCHED if is_kept else str(step.effect)
    return Decision(code, direction_of(step.effect), step.date, is_kept, past)


def shifts_around(organization: Organization, person: Person, asked: Asked) -> Sequence[Occurrence]:
    """The person's shifts of the day, the day before and the day after."""
    zone = person.home_site.zone if person.home_site else asked.site.zone
    day = asked.at.astimezone(zone).date()
    return plans_of(organization, [person], day - ONE_DAY, day + ONE_DAY, {person.pk: zone})[person.pk].occurrences


def direction_of(effect: Effect) -> str:
    """How an effect is told: where it moved the person, or where they are already."""
    if effect in MOVES:
        return str(effect)
    return str(_SAID.get(effect, Direction.IN))


def past_of(state: PersonState) -> Past:
    return Past(
        standing=RuleStanding(state.direction),
        moved_at=state.punched_at,
        seen_at=state.seen_at,
        opened_at=state.opened_at,
        session_date=state.attendance_date,
        attended_on=state.attended_on,
    )


def keep(state: PersonState, past: Past, at: datetime) -> None:
    """Write down where a mark left the person; a sighting that came to nothing moves only when they were seen."""
    state.direction, state.punched_at = Standing(past.standing), past.moved_at
    state.opened_at, state.attendance_date, state.attended_on = past.opened_at, past.session_date, past.attended_on
    state.seen_at = max(at, state.seen_at or at)
    state.save(update_fields=["direction", "punched_at", "opened_at", "attendance_date", "attended_on", "seen_at"])
