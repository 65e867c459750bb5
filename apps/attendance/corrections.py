"""Corrections: somebody asks that a day be put right, somebody else decides, and only then the facts grow.

Nothing is edited. An approved correction adds punches by hand, and rulings that make others void; the days are reckoned
again from all facts. A preview derives the same days from the same facts and those that would come, and writes nothing.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.attendance import seals, services
from apps.attendance.derivation import Derived, Told, derive
from apps.attendance.errors import CorrectionRefused, OutOfReach, TimeRefused
from apps.attendance.knowledge import Knowledge, knowledge_of, mark_of
from apps.attendance.models import Correction, CorrectionStep, Hint, Punch, PunchRuling, Source
from apps.attendance.planning import ONE_DAY
from apps.attendance.recompute import FIGURES, recompute
from apps.attendance.rules.clock import local_date
from apps.attendance.rules.days import Figures
from apps.organizations import audit
from apps.organizations.models import Organization, Site, User
from apps.people.models import Person
from apps.people.reach import Reach
from apps.people.selectors import people_within

Act = CorrectionStep.Act
MOST_STEPS = 20
LONGEST_AGO = timedelta(days=400)
"""What is older is put right by whoever runs payroll, not by a form."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One punch to be added (a hint, an instant, a site), or one that exists to be made void."""

    act: str
    punch: Punch | None = None
    direction: str = ""
    occurred_at: datetime | None = None
    site: Site | None = None

    @classmethod
    def add(cls, direction: str, occurred_at: datetime, site: Site) -> "Wish":
        return cls(Act.ADD, direction=direction, occurred_at=occurred_at, site=site)

    @classmethod
    def void(cls, punch: Punch) -> "Wish":
        return cls(Act.VOID, punch=punch)


@dataclass(frozen=True, slots=True)
class DayChange:
    """One day as it stands and as it would be; None where there is no such day."""

    date: date
    before: Figures | None
    after: Figures | None

    @property
    def changed(self) -> tuple[str, ...]:
        """The names of the figures that would change."""
        names = ("status", *FIGURES, "exceptions")
        return tuple(name for name in names if getattr(self.before, name, None) != getattr(self.after, name, None))


# --- Asking ------------------------------------------------------------------------------------------


@audit.held()
def ask(
    *,
    organization: Organization,
    person: Person,
    day: date,
    reason: str,
    wishes: Sequence[Wish],
    by: User,
    reach: Reach,
    batch: UUID | None = None,
) -> Correction:
    """Ask that a person's day be put right. Raises OutOfReach, TimeRefused or CorrectionRefused."""
    if not people_within(organization, reach).filter(pk=person.pk).exists():
        raise OutOfReach(_("You look after nobody of this number. Ask HR to add their department or site to yours."))
    _refuse_unclear(organization, person, reason, wishes)
    correction = Correction.objects.create(
        organization=organization, person=person, attendance_date=day, reason=reason, batch=batch, requested_by=by
    )
    CorrectionStep.objects.bulk_create(
        CorrectionStep(
            organization=organization,
            correction=correction,
            position=position,
            act=wish.act,
            punch=wish.punch,
            direction=wish.direction,
            occurred_at=wish.occurred_at,
            site=wish.site,
        )
        for position, wish in enumerate(wishes)
    )
    new = {"person": person.pk, "date": day, "adds": _count(wishes, Act.ADD), "voids": _count(wishes, Act.VOID)}
    audit.record(organization=organization, action="correction.request", subject=correction, new=new)
    return correction


def _refuse_unclear(organization: Organization, person: Person, reason: str, wishes: Sequence[Wish]) -> None:
    if not reason.strip():
        raise CorrectionRefused(_("Say why: whoever decides has not seen what you saw."), code="reason_missing")
    if not wishes or len(wishes) > MOST_STEPS:
        said = _("Name at least one punch to add or to make void, and at most %(most)d.")
        raise CorrectionRefused(said % {"most": MOST_STEPS}, code="steps_missing")
    now = timezone.now()
    for wish in wishes:
        if wish.act == Act.ADD and wish.occurred_at is not None:
            if wish.occurred_at > now:
                raise TimeRefused(_("That time has not come yet. Enter when the person really came or left."))
            if wish.occurred_at < now - LONGEST_AGO:
                raise TimeRefused(_("That is too long ago to be put right here. Ask HR."), code="too_long_ago")
        elif wish.punch is None or wish.punch.person_id != person.pk:
            raise CorrectionRefused(_("This punch is somebody else's."), code="punch_unknown")
    voids = [wish.punch.pk for wish in wishes if wish.punch is not None]
    void = PunchRuling.objects.filter(organization=organization, punch__in=voids, kind=PunchRuling.Kind.VOID)
    if void.exists():
        raise CorrectionRefused(_("One of these punches does not count already."), code="already_void")


def _count(wishes: Sequence[Wish], act: str) -> int:
    return sum(wish.act == act for wish in wishes)


@audit.held()
def withdraw(*, organization: Organization, correction: Correction, by: User) -> None:
    """Take back what one asked for, before anybody decided. Raises CorrectionRefused."""
    held = _waiting(organization, correction)
    if held.requested_by_id != by.pk:
        raise CorrectionRefused(_("Only who asked can take it back."), code="not_yours")
    _decide(held, Correction.State.WITHDRAWN, by, "")
    audit.record(organization=organization, action="correction.withdraw", subject=held, new={"person": held.person_id})


# --- Deciding ----------------------------------------------------------------------------------------


@audit.held()
def approve(
    *, organization: Organization, correction: Correction, by: User, reach: Reach, note: str = ""
) -> Correction:
    """Write the facts that were asked for, and reckon the days again. Raises OutOfReach, CorrectionRefused."""
    held = _decidable(organization, correction, by, reach)
    state = services.locked_state(organization, held.person)
    for step in _steps(held):
        if step.act == Act.VOID and step.punch is not None:
            _rule_void(step.punch, by, held.reason)
        else:
            punch = punch_of(step, held, by, state.punches + 1)
            step.made = services.book(state, punch)
            step.save(update_fields=["made"])
    _decide(held, Correction.State.APPROVED, by, note)
    new = {"person": held.person_id, "date": held.attendance_date}
    audit.record(organization=organization, action="correction.approve", subject=held, new=new)
    first = min(_days_touched(held)) - ONE_DAY
    recompute(organization=organization, people=[held.person_id], first=first, now=timezone.now())
    return held


@audit.held()
def refuse(*, organization: Organization, correction: Correction, by: User, reach: Reach, note: str) -> Correction:
    """Leave the day as it is, and say why. Raises OutOfReach, CorrectionRefused."""
    held = _decidable(organization, correction, by, reach)
    if not note.strip():
        raise CorrectionRefused(_("Say why not: they will read it."), code="reason_missing")
    _decide(held, Correction.State.REFUSED, by, note)
    new = {"person": held.person_id, "date": held.attendance_date}
    audit.record(organization=organization, action="correction.refuse", subject=held, new=new)
    return held


def _decidable(organization: Organization, correction: Correction, by: User, reach: Reach) -> Correction:
    held = _waiting(organization, correction)
    if not people_within(organization, reach).filter(pk=held.person_id).exists():
        raise OutOfReach(_("You look after nobody of this number. Ask HR to add their department or site to yours."))
    if by.pk in (held.requested_by_id, held.person.user_id):
        raise CorrectionRefused(
            _("Somebody else must decide about what you asked for yourself."), code="own_correction"
        )
    return held


def _waiting(organization: Organization, correction: Correction) -> Correction:
    """The correction as it stands now, locked."""
    rows = Correction.objects.filter(organization=organization, pk=correction.pk).select_for_update(of=("self",))
    held = rows.select_related("person").get()
    if held.state != Correction.State.REQUESTED:
        raise CorrectionRefused(_("Somebody decided about this already."), code="already_decided")
    return held


def _decide(correction: Correction, state: str, by: User, note: str) -> None:
    correction.state, correction.decided_by, correction.note = state, by, note
    correction.decided_at = timezone.now()
    correction.save(update_fields=["state", "decided_by", "decided_at", "note"])


def _rule_void(punch: Punch, by: User, reason: str) -> None:
    if PunchRuling.objects.filter(organization=punch.organization_id, punch=punch, kind=PunchRuling.Kind.VOID).exists():
        return  # two corrections asked for it
    ruling = PunchRuling(
        organization_id=punch.organization_id,
        punch=punch,
        kind=PunchRuling.Kind.VOID,
        ruled_by=by,
        reason=reason[:200],
    )
    seals.sealed_ruling(ruling).save(force_insert=True)


def _steps(correction: Correction) -> list[CorrectionStep]:
    rows = CorrectionStep.objects.filter(organization=correction.organization_id, correction=correction)
    return list(rows.select_related("punch", "site").order_by("position"))


def _days_touched(correction: Correction) -> list[date]:
    days = [correction.attendance_date]
    for step in _steps(correction):
        if step.punch is not None:
            days.append(step.punch.attendance_date)
        elif step.occurred_at is not None and step.site is not None:
            days.append(local_date(step.occurred_at, step.site.zone))
    return days


def punch_of(step: CorrectionStep, correction: Correction, by: User | None, number: int) -> Punch:
    """The punch that a step adds, not stored: what is previewed is what is written."""
    if step.occurred_at is None or step.site is None:
        raise CorrectionRefused(_("This step names no time and no site."), code="steps_missing")
    return Punch(
        id=uuid.uuid4(),
        organization_id=correction.organization_id,
        person=correction.person,
        site=step.site,
        direction=Hint.IN if step.direction == Hint.AUTO else step.direction,
        hint=step.direction,
        source=Source.MANUAL,
        policy=step.site.direction_policy,
        number=number,
        occurred_at=step.occurred_at,
        time_zone=step.site.time_zone,
        utc_offset_minutes=services.offset_minutes(step.occurred_at, step.site.zone),
        attendance_date=local_date(step.occurred_at, step.site.zone),
        nonce=f"correction:{step.pk}",
        recorded_by=by,
        reason=correction.reason[:200],
    )


# --- Preview -----------------------------------------------------------------------------------------


def preview(organization: Organization, correction: Correction, now: datetime) -> list[DayChange]:
    """Every day that an approval would change, and how. Writes nothing."""
    first = min(_days_touched(correction)) - ONE_DAY
    knowledge = knowledge_of(organization, [correction.person], first, now.date() + ONE_DAY, now)  # as recompute does
    told = Told(knowledge.first, knowledge.last, now)
    before = _derived(knowledge, correction.person, told)
    _imagine(knowledge, correction)
    after = _derived(knowledge, correction.person, told)
    days = sorted({*before.days, *after.days})
    changes = (DayChange(day, before.days.get(day), after.days.get(day)) for day in days)
    return [one for one in changes if one.changed]


def _derived(knowledge: Knowledge, person: Person, told: Told) -> Derived:
    return derive(knowledge.people[person.pk], knowledge.rulebook, told)


def _imagine(knowledge: Knowledge, correction: Correction) -> None:
    """Put into what is known the facts that an approval would write."""
    known = knowledge.people[correction.person_id]
    number = Punch.objects.filter(organization=correction.organization_id, person=correction.person_id).count()
    gone: set[UUID] = set()
    for step in _steps(correction):
        if step.act == Act.VOID and step.punch_id is not None:
            gone.add(step.punch_id)
        else:
            number += 1
            known.marks.append(mark_of(punch_of(step, correction, None, number)))
    known.marks = [replace(mark, is_void=mark.is_void or mark.id in gone) for mark in known.marks]
