"""Durable work: the row in `Job` is the queue, and one loop runs what is due in both modes.

Rooms register what a kind means with `@job`. A job runs at least once, so it must be harmless to run again.
"""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import DatabaseError, close_old_connections, connection, transaction
from django.utils import timezone

from apps.organizations import doors
from apps.organizations.audit import Actor, acting_as, held
from apps.organizations.models import Job, Organization
from apps.organizations.tenancy import acting_for

log = logging.getLogger(__name__)

Work = Callable[..., None]
KINDS: dict[str, Work] = {}
PERIODIC: dict[str, timedelta] = {}
MOST_ATTEMPTS = 8


def job(kind: str, *, every: timedelta | None = None) -> Callable[[Work], Work]:
    """Register what to run for this kind, called as `work(organization=…, **arguments)`; `every` schedules it."""

    def register(work: Work) -> Work:
        KINDS[kind] = work
        if every:
            PERIODIC[kind] = every
        return work

    return register


def enqueue(
    *, organization: Organization, kind: str, key: str = "", due_at: datetime | None = None, **arguments: Any
) -> None:
    """Write down work to be done; an open job of the same kind and key is left as it is."""
    Job.objects.get_or_create(
        organization=organization,
        kind=kind,
        key=key,
        finished_at=None,
        defaults={"arguments": arguments, "due_at": due_at or timezone.now()},
    )


def schedule() -> None:
    """See that every periodic kind has its open row in every organization."""
    for kind, every in PERIODIC.items():
        for organization_id in doors.organizations_lacking_job(kind):
            with acting_for(organization_id):
                organization = Organization.objects.get(pk=organization_id)
                Job.objects.get_or_create(
                    organization=organization, kind=kind, key="", finished_at=None, defaults={"every": every}
                )


def run_due() -> int:
    """Fill up the schedule, then run every job that is due now, in every organization; returns how many ran."""
    schedule()
    ran = 0
    for organization_id in doors.organizations_with_due_jobs(timezone.now()):
        with acting_for(organization_id):
            while _run_next(organization_id):
                ran += 1
    return ran


def run_forever(seconds: float = 5.0) -> None:
    """The loop of both modes: a thread of the embedded server, or `manage.py jobs`."""
    while True:
        try:
            run_due()
        except DatabaseError:
            log.exception("the jobs could not be read; trying again")
        close_old_connections()
        time.sleep(seconds)


def _run_next(organization_id: UUID) -> bool:
    """Take the oldest due job and run it; the row stays locked so that no other loop takes it."""
    with held():
        taken = _take(organization_id)
        if taken is None:
            return False
        try:
            with transaction.atomic(), acting_as(Actor("job", taken.pk)):
                KINDS[taken.kind](organization=taken.organization, **taken.arguments)
        except Exception as error:
            log.exception("job %s of kind %s failed", taken.pk, taken.kind)
            _postpone(taken, error)
        else:
            _finish(taken)
        return True


def _take(organization_id: UUID) -> Job | None:
    due = Job.objects.filter(organization=organization_id, finished_at=None, due_at__lte=timezone.now(), kind__in=KINDS)
    if connection.features.has_select_for_update_skip_locked:
        due = due.select_for_update(skip_locked=True, of=("self",))
    return due.select_related("organization").order_by("due_at").first()


def _finish(done: Job) -> None:
    if done.every:
        done.due_at = timezone.now() + done.every
        done.attempts, done.last_error = 0, ""
    else:
        done.finished_at = timezone.now()
    done.save(update_fields=["due_at", "attempts", "last_error", "finished_at"])


def _postpone(failed: Job, error: Exception) -> None:
    failed.attempts += 1
    failed.last_error = f"{type(error).__name__}: {error}"[:200]
    failed.due_at = timezone.now() + timedelta(seconds=min(3600, 5 * 2**failed.attempts))
    if failed.attempts >= MOST_ATTEMPTS and not failed.every:
        failed.finished_at = timezone.now()
    failed.save(update_fields=["attempts", "last_error", "due_at", "finished_at"])
