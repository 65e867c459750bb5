"""How long a face is kept: until the person leaves, the days after its last use are over, or consent ends.

One query says who is due, so that what is deleted, what is overdue and what pages promise cannot differ.
"""

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import DateTimeField, Exists, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.attendance.models import PinLock, Punch, Source
from apps.attendance.pins import WINDOW
from apps.enrollment.erasure import destroy_face
from apps.enrollment.models import Consent, PersonKey, Reference
from apps.enrollment.privacy import rules_of
from apps.organizations import audit
from apps.organizations.jobs import job
from apps.organizations.models import Organization
from apps.people.erasure import wipe_log
from apps.people.models import Person
from apps.people.watches import Watch, watches

log = logging.getLogger(__name__)

# The law's longest after the last interaction: Illinois, 740 ILCS 14/15(a), three years.
MOST_DAYS = 1095
EVERY = timedelta(minutes=1)
LATE = timedelta(minutes=10)


def reference_days(organization: Organization) -> timedelta:
    """How long after its last use a face is kept here."""
    return timedelta(days=min(rules_of(organization).reference_days, MOST_DAYS))


def enrolled_people(organization: Organization) -> "QuerySet[Any]":
    """Everybody of whose face anything is kept, with `last_use`: the later of enrollment and the last punch by face."""
    references = Reference.objects.filter(organization=organization, person=OuterRef("pk"))
    keys = PersonKey.objects.filter(organization=organization, person=OuterRef("pk"))
    by_face = Punch.objects.filter(
        organization=organization, person=OuterRef("pk"), source__in=[Source.FACE, Source.FACE_CONFIRMED]
    )
    enrolled = Coalesce(_latest(references, "created_at"), _latest(keys, "made_at"))
    people = Person.objects.filter(Exists(references) | Exists(keys), organization=organization)
    return people.annotate(last_use=Greatest(enrolled, Coalesce(_latest(by_face, "occurred_at"), enrolled)))


def _latest(rows: "QuerySet[Any]", field: str) -> Subquery:
    latest = rows.order_by().values("person").annotate(latest=Max(field)).values("latest")
    return Subquery(latest, output_field=DateTimeField())


def due(organization: Organization, now: datetime) -> "QuerySet[Any]":
    """Whose face must be gone by now."""
    agrees = Consent.objects.filter(organization=organization, person=OuterRef("pk"), withdrawn_at=None)
    unused = Q(last_use__lte=now - reference_days(organization))
    return enrolled_people(organization).filter(Q(is_active=False) | ~Exists(agrees) | unused)


def overdue(organization: Organization) -> int:
    """Of how many people something is kept that should be gone: 0 while the job runs, each minute."""
    return due(organization, timezone.now()).count()


def delete_at(organization: Organization, person: Person) -> datetime | None:
    """When this person's face goes if it is not used again and nothing else ends it; None where nothing is kept."""
    kept = enrolled_people(organization).filter(pk=person.pk).values_list("last_use", flat=True).first()
    return kept + reference_days(organization) if kept else None


@watches
def overdue_faces(organization: Organization) -> Watch:
    """For the privacy pages: more than none for minutes means that the jobs do not run."""
    late = overdue(organization)
    words = _("people whose face should be deleted by now. The jobs of this platform do it each minute: while this "
              "is not 0, they do not run.")  # fmt: skip
    return Watch(words, late, is_bad=late > 0)


@job("attendance.end_retention", every=EVERY)
def end_retention(organization: Organization) -> None:
    """Destroy the references and keys of everybody whose time is over."""
    now = timezone.now()
    people = list(due(organization, now))
    late = [one for one in people if one.last_use <= now - reference_days(organization) - LATE]
    if late:
        log.warning("retention in %s ran late for %d people", organization.pk, len(late))
    for person in people:
        expire_face(organization=organization, person=person)


@audit.held()
def expire_face(*, organization: Organization, person: Person) -> None:
    """Destroy what is kept of this face because its time is over; the person goes on with PIN or badge."""
    references, keys = destroy_face(organization=organization, person=person)
    old = {"references": references, "keys": len(keys)}
    audit.record(organization=organization, action="references.expire", subject=person, old=old)
    transaction.on_commit(wipe_log, robust=True)


@job("attendance.forget_pin_locks", every=timedelta(minutes=5))
def forget_pin_locks(organization: Organization) -> None:
    """Delete what was typed as a number beside a wrong PIN, once it locks and counts no more.

    It may be a number that somebody had before, or a PIN in the wrong field: no later erasure would find it.
    """
    now = timezone.now()
    over = PinLock.objects.filter(organization=organization, first_failure_at__lt=now - WINDOW)
    over.filter(Q(locked_until=None) | Q(locked_until__lte=now)).delete()
