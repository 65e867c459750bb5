"""The night's work: every site's day is finished after its own midnight, and days on which this did not run after it.

Finishing a day invents nothing. Whoever did not come is absent once their window is over and every camera has spoken;
a session that nobody closed is closed where the rules ask for it, by a punch that says so and waits for approval.
"""

from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from apps.attendance import seals, services
from apps.attendance.models import (
    DailyRecord,
    Direction,
    Hint,
    Punch,
    PunchRuling,
    SiteDay,
    Source,
    WorkSession,
)
from apps.attendance.planning import plans_of
from apps.attendance.recompute import AT_ONCE, ONE_DAY, recompute
from apps.attendance.rules.clock import instant, local_date
from apps.attendance.rules.days import Sync
from apps.attendance.rules.terms import AutoClose, Terms
from apps.attendance.ruling import rulebook_of
from apps.attendance.syncing import SyncBook
from apps.organizations.jobs import job
from apps.organizations.models import Organization, Site
from apps.people.models import Person

MOST_BACK: Final = timedelta(days=400)
"""A site is not finished further back than that: before it there were no rules to finish days by."""
DONE: Final = (SiteDay.State.FINAL, SiteDay.State.PROVISIONAL)


@job("attendance.finish_days", every=timedelta(minutes=5))
def finish_days(organization: Organization) -> None:
    """Finish every day of every site that is over and not finished yet, the earliest first."""
    now = timezone.now()
    for site in Site.objects.filter(organization=organization).order_by("name"):
        for day in days_to_finish(organization, site, now):
            finish_day(organization=organization, site=site, day=day, now=now)


def days_to_finish(organization: Organization, site: Site, now: datetime) -> list[date]:
    """The days of a site that are over by its own clock, and not finished."""
    rows = SiteDay.objects.filter(organization=organization, site=site)
    today = local_date(now, site.zone, rulebook_of(organization).terms_on(now.date(), site.pk).day_boundary)
    newest = rows.order_by("-date").values_list("date", flat=True).first()
    waiting = list(rows.exclude(state__in=DONE).filter(date__lt=today).values_list("date", flat=True))
    begin = newest + ONE_DAY if newest else _first_day(organization, site)
    if begin is None:
        return sorted(waiting)
    begin = max(begin, today - MOST_BACK)
    return sorted({*waiting, *(begin + n * ONE_DAY for n in range((today - begin).days))})


def _first_day(organization: Organization, site: Site) -> date | None:
    punches = Punch.objects.filter(organization=organization, site=site).order_by("attendance_date")
    return punches.values_list("attendance_date", flat=True).first()


def finish_day(*, organization: Organization, site: Site, day: date, now: datetime) -> SiteDay:
    """Reckon a site's day as far as it can be; run again, it goes on with those whose day was not over."""
    told, is_new = SiteDay.objects.get_or_create(organization=organization, site=site, date=day)
    people = people_of(organization, site, day) if is_new or told.problem else _pending(organization, site, day)
    told.people, told.done = len(people), 0
    for start in range(0, len(people), AT_ONCE):
        some = people[start : start + AT_ONCE]
        close_sessions(organization, site, some, day, now)
        recompute(organization=organization, people=some, first=day, now=now)
        told.done += len(some)
        SiteDay.objects.filter(organization=organization, pk=told.pk).update(people=told.people, done=told.done)
    told.problem, told.state = "", _state(organization, site, day, now)
    told.finished_at = now if told.state in DONE else None
    told.save(update_fields=["state", "people", "done", "problem", "finished_at"])
    if told.state in DONE:
        _records(organization, site, day).update(is_final=True)
    return told


def people_of(organization: Organization, site: Site, day: date) -> list[UUID]:
    """Those whose home the site is, and those without one who punched there on the day or are counted there."""
    there = Punch.objects.filter(organization=organization, site=site, attendance_date=day, person=OuterRef("pk"))
    people = Person.objects.filter(organization=organization, is_active=True)
    own = people.filter(Q(home_site=site) | Q(Exists(there), home_site=None))
    return list(own.order_by("pk").values_list("pk", flat=True))


def _records(organization: Organization, site: Site, day: date) -> "QuerySet[DailyRecord]":
    return DailyRecord.objects.filter(organization=organization, site=site, attendance_date=day)


def _pending(organization: Organization, site: Site, day: date) -> list[UUID]:
    """Those whose day was not over when it was looked at last."""
    rows = _records(organization, site, day).filter(Q(status=DailyRecord.Status.PENDING) | Q(is_open=True))
    return list(rows.order_by("person_id").values_list("person_id", flat=True))


def _state(organization: Organization, site: Site, day: date, now: datetime) -> str:
    sync = SyncBook(organization, day, day, now).found(site.pk, day)
    if sync == Sync.WAITING:
        return SiteDay.State.WAITING
    if _pending(organization, site, day):
        return SiteDay.State.OPEN
    return SiteDay.State.PROVISIONAL if sync == Sync.PROVISIONAL else SiteDay.State.FINAL


# --- Closing what nobody closed ----------------------------------------------------------------------


def close_sessions(organization: Organization, site: Site, people: Collection[UUID], day: date, now: datetime) -> int:
    """Book an out where the rules ask for one, for sessions of the day that have none; returns how many."""
    terms = rulebook_of(organization).terms_on(day, site.pk)
    if terms.auto_close == AutoClose.OFF:
        return 0
    rows = WorkSession.objects.filter(
        organization=organization, person__in=people, attendance_date=day, out_at=None
    ).select_related("person", "in_punch__site")
    return sum(_close(one, terms, at) for one in rows if (at := closes_at(organization, one, site, terms)) <= now)


def closes_at(organization: Organization, session: WorkSession, site: Site, terms: Terms) -> datetime:
    """When the rules close a session: an instant that they name, never one that was measured."""
    day, longest = session.attendance_date, session.in_at + timedelta(seconds=terms.max_session)
    if terms.auto_close == AutoClose.FIXED_TIME:
        return max(session.in_at, instant(day, terms.auto_close_at, site.zone))
    if terms.auto_close == AutoClose.SHIFT_END:
        person = session.person
        own = plans_of(organization, [person], day, day, {person.pk: site.zone})[person.pk].on(day)
        return max(session.in_at, own.ends) if own else longest
    return longest


@transaction.atomic
def _close(session: WorkSession, terms: Terms, at: datetime) -> bool:
    nonce = f"auto:{session.in_punch_id}"
    if Punch.objects.filter(organization=session.organization_id, nonce=nonce).exists():
        return False
    site = session.in_punch.site
    state = services.locked_state(session.organization, session.person)
    punch = services.book(
        state,
        Punch(
            organization_id=session.organization_id,
            person=session.person,
            site=site,
            direction=Direction.OUT,
            hint=Hint.OUT,
            source=Source.AUTO,
            policy=site.direction_policy,
            number=state.punches + 1,
            occurred_at=at,
            time_zone=site.time_zone,
            utc_offset_minutes=services.offset_minutes(at, site.zone),
            attendance_date=session.attendance_date,
            nonce=nonce,
        ),
    )
    if not terms.auto_close_needs_approval:
        ruling = PunchRuling(organization_id=punch.organization_id, punch=punch, kind=PunchRuling.Kind.APPROVE)
        seals.sealed_ruling(ruling).save(force_insert=True)
    return True


def progress(organization: Organization, since: date) -> Iterator[SiteDay]:
    """How far the days from one on are, the newest first."""
    rows = SiteDay.objects.filter(organization=organization, date__gte=since).select_related("site")
    yield from rows.order_by("-date", "site__name")
