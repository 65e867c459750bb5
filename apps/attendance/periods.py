"""Pay periods: what is paid together, locked when its grace is over, signed off; later changes become adjustments.

A locked day's record is never written again. What it would be by now, less what it was paid as, stands as an adjustment
in the period that is open, so the same hours are neither lost nor paid twice.
"""

import hashlib
from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.attendance.errors import OutOfReach, PeriodRefused
from apps.attendance.models import Adjustment, DailyRecord, PayPeriod, SignOff, StaleDay
from apps.attendance.rules.days import Figures
from apps.organizations import audit
from apps.organizations.jobs import job
from apps.organizations.models import Organization, User
from apps.people.models import Person
from apps.people.reach import Reach
from apps.people.selectors import people_within

PAID: Final = ("worked", "breaks", "late", "early", "overtime")
"""The figures an adjustment is about, in seconds."""
ONE_DAY: Final = timedelta(days=1)
LONGEST: Final = timedelta(days=92)


# --- Periods -----------------------------------------------------------------------------------------


@audit.held()
def make_period(*, organization: Organization, first: date, last: date, grace_days: int = 3) -> PayPeriod:
    """Make a period beside those there are. Raises PeriodRefused where it overlaps one or is too long."""
    if last < first or last - first > LONGEST:
        raise PeriodRefused(_("A pay period ends after it begins, and has 93 days at most."), code="period_length")
    rows = PayPeriod.objects.filter(organization=organization)
    if rows.filter(first__lte=last, last__gte=first).exists():
        raise PeriodRefused(_("Some of these days belong to another pay period already."), code="period_overlaps")
    made = PayPeriod.objects.create(organization=organization, first=first, last=last, grace_days=grace_days)
    new = {"first": first, "last": last, "grace_days": grace_days}
    audit.record(organization=organization, action="pay_period.make", subject=made, new=new)
    return made


def period_after(period: PayPeriod) -> tuple[date, date]:
    """The days of the next one: a calendar month after a calendar month, else as many days."""
    first = period.last + ONE_DAY
    if period.first.day == 1 and period.last.day == monthrange(period.last.year, period.last.month)[1]:
        return first, first.replace(day=monthrange(first.year, first.month)[1])
    return first, first + (period.last - period.first)


def open_period(organization: Organization) -> PayPeriod:
    """Where adjustments go: the earliest period that is not locked, made where there is none.

    Raises PeriodRefused before the first period was made.
    """
    rows = PayPeriod.objects.filter(organization=organization)
    found = rows.filter(state=PayPeriod.State.OPEN).order_by("first").first()
    if found is not None:
        return found
    newest = rows.order_by("-last").first()
    if newest is None:
        raise PeriodRefused(_("There is no pay period yet: make the first one."), code="period_missing")
    first, last = period_after(newest)
    return make_period(organization=organization, first=first, last=last, grace_days=newest.grace_days)


@audit.held()
def lock_period(*, organization: Organization, period: PayPeriod, by: User | None) -> PayPeriod:
    """Lock a period that is over: its records stand. Raises PeriodRefused."""
    held = PayPeriod.objects.select_for_update().get(organization=organization, pk=period.pk)
    if held.state == PayPeriod.State.LOCKED:
        return held
    if held.last >= timezone.now().date():
        raise PeriodRefused(_("This period is not over yet."), code="period_not_over")
    earlier = PayPeriod.objects.filter(organization=organization, last__lt=held.first, state=PayPeriod.State.OPEN)
    if earlier.exists():
        raise PeriodRefused(_("Lock the earlier period first."), code="period_earlier_open")
    if StaleDay.objects.filter(organization=organization, date__lte=held.last).exists():
        said = _("Some of its days are being reckoned again right now. Try again in a minute.")
        raise PeriodRefused(said, code="period_stale")
    held.state, held.locked_at, held.locked_by = PayPeriod.State.LOCKED, timezone.now(), by
    held.save(update_fields=["state", "locked_at", "locked_by"])
    new = {"first": held.first, "last": held.last}
    audit.record(organization=organization, action="pay_period.lock", subject=held, new=new)
    return held


@job("attendance.lock_periods", every=timedelta(hours=1))
def lock_due(organization: Organization) -> None:
    """Lock what is over its grace, the earliest first; what cannot be yet is tried again."""
    rows = PayPeriod.objects.filter(organization=organization, state=PayPeriod.State.OPEN).order_by("first")
    for period in rows:
        if period.last + timedelta(days=period.grace_days) >= timezone.now().date():
            return
        try:
            lock_period(organization=organization, period=period, by=None)
        except PeriodRefused:
            return


@dataclass(frozen=True, slots=True)
class LockedDays:
    """The days whose records stand."""

    spans: tuple[tuple[date, date], ...] = ()

    def __contains__(self, day: date) -> bool:
        return any(first <= day <= last for first, last in self.spans)


def locked_days(organization: Organization, since: date) -> LockedDays:
    """Those from a day on."""
    rows = PayPeriod.objects.filter(organization=organization, state=PayPeriod.State.LOCKED, last__gte=since)
    return LockedDays(tuple(rows.values_list("first", "last")))


# --- Adjustments -------------------------------------------------------------------------------------


def adjust(
    organization: Organization,
    person: Person,
    fresh: Mapping[date, tuple[Figures | None, str]],
    stored: Mapping[date, DailyRecord],
) -> int:
    """Keep beside locked days what they would be by now; returns how many adjustments were made.

    `fresh` has the figures of each locked day and their hash; None and "" where the day would not be there any more.
    The person's state is locked by whoever calls, so two cannot adjust the same day.
    """
    told = _told_before(organization, person, fresh)
    made = []
    for day, (figures, input_hash) in sorted(fresh.items()):
        record, (before, last_hash) = stored.get(day), told.get(day, ({}, None))
        if input_hash == (last_hash if last_hash is not None else (record.input_hash if record else "")):
            continue
        paid = {name: (getattr(record, name) if record else 0) + before.get(name, 0) for name in PAID}
        change = {name: (getattr(figures, name) if figures else 0) - paid[name] for name in PAID}
        made.append(
            Adjustment(
                organization=organization,
                person=person,
                attendance_date=day,
                status=str(figures.status) if figures else "",
                input_hash=input_hash,
                trace=figures.trace if figures else [],
                **change,
            )
        )
    if made:
        period = open_period(organization)
        for one in made:
            one.period = period
        Adjustment.objects.bulk_create(made)
    return len(made)


def _told_before(
    organization: Organization, person: Person, days: Iterable[date]
) -> dict[date, tuple[dict[str, int], str]]:
    """Of each day what its adjustments come to together, and the hash of the newest."""
    rows = Adjustment.objects.filter(organization=organization, person=person, attendance_date__in=list(days))
    found: dict[date, tuple[dict[str, int], str]] = {}
    for one in rows.order_by("made_at", "pk"):
        before, _hash = found.get(one.attendance_date, ({}, ""))
        found[one.attendance_date] = (
            {name: before.get(name, 0) + getattr(one, name) for name in PAID},
            one.input_hash,
        )
    return found


# --- Signing off -------------------------------------------------------------------------------------


def records_hash(organization: Organization, period: PayPeriod, person: Person) -> str:
    """SHA-256 over what a person is paid by in a period: its days, and the adjustments that stand in it."""
    days = DailyRecord.objects.filter(
        organization=organization, person=person, attendance_date__range=(period.first, period.last)
    )
    adjustments = Adjustment.objects.filter(organization=organization, person=person, period=period)
    told = [
        *(f"{day}|{one}" for day, one in days.order_by("attendance_date").values_list("attendance_date", "input_hash")),
        *(f"{day}+{one}" for day, one in adjustments.order_by("pk").values_list("attendance_date", "input_hash")),
    ]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


@audit.held()
def sign_off(
    *, organization: Organization, period: PayPeriod, person: Person, part: str, by: User, reach: Reach
) -> SignOff:
    """Say that a person's period is right, as it stands now. Raises OutOfReach, PeriodRefused."""
    if part == SignOff.Part.EMPLOYEE and person.user_id != by.pk:
        raise PeriodRefused(_("Only the person can sign this part."), code="not_yours")
    if part == SignOff.Part.SUPERVISOR and (
        person.user_id == by.pk or not people_within(organization, reach).filter(pk=person.pk).exists()
    ):
        raise OutOfReach(_("You look after nobody of this number. Ask HR to add their department or site to yours."))
    if period.last >= timezone.now().date():
        raise PeriodRefused(_("This period is not over yet."), code="period_not_over")
    told = records_hash(organization, period, person)
    signed, is_new = SignOff.objects.get_or_create(
        organization=organization,
        period=period,
        person=person,
        part=part,
        records_hash=told,
        defaults={"signed_by": by},
    )
    if is_new:
        new = {"person": person.pk, "first": period.first, "part": part}
        audit.record(organization=organization, action="pay_period.sign", subject=signed, new=new)
    return signed


@dataclass(frozen=True, slots=True)
class Signed:
    """Who signed a person's period: when, and whether it is still what they signed."""

    part: str
    at: datetime
    stands: bool


def signatures(organization: Organization, period: PayPeriod, people: Sequence[Person]) -> dict[UUID, list[Signed]]:
    """The newest signature of each part for each person."""
    rows = SignOff.objects.filter(organization=organization, period=period, person__in=people).order_by("signed_at")
    newest = {(one.person_id, one.part): one for one in rows}
    hashes = {one.pk: records_hash(organization, period, one) for one in people if any(one.pk == k for k, _ in newest)}
    found: dict[UUID, list[Signed]] = {one.pk: [] for one in people}
    for (person_id, part), one in newest.items():
        found[person_id].append(Signed(part, one.signed_at, one.records_hash == hashes[person_id]))
    return found


def totals(organization: Organization, period: PayPeriod) -> list[dict[str, Any]]:
    """Of each person the seconds of the period's days, and of the adjustments paid in it."""
    days = DailyRecord.objects.filter(organization=organization, attendance_date__range=(period.first, period.last))
    adjusted = Adjustment.objects.filter(organization=organization, period=period)
    sums = [Sum(name) for name in PAID]
    found: dict[UUID, dict[str, Any]] = {}
    for rows, kind in ((days, "days"), (adjusted, "adjustments")):
        for person_id, *seconds in rows.order_by().values_list("person_id").annotate(*sums):
            own = found.setdefault(person_id, {"person": person_id, "days": {}, "adjustments": {}})
            own[kind] = dict(zip(PAID, seconds, strict=True))
    return list(found.values())
