"""Rows of cases: one face under two people, open until somebody decides. What a decision does is in duplicates.py."""

from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from apps.enrollment.models import DuplicateCase, EnrollmentSession, Reference
from apps.organizations import audit
from apps.organizations.models import Organization
from apps.people.models import Person

OPEN = DuplicateCase.Decision.OPEN


def cases_of(organization: Organization) -> "QuerySet[DuplicateCase]":
    """Every case, those that wait first."""
    cases = DuplicateCase.objects.filter(organization=organization)
    return cases.select_related(
        "person__department", "person__home_site", "other__department", "other__home_site", "session", "decided_by"
    ).order_by("decided_at", "-opened_at", "id")


def open_cases(organization: Organization) -> "QuerySet[DuplicateCase]":
    """The cases that nobody has decided yet."""
    return DuplicateCase.objects.filter(organization=organization, decision=OPEN)


def waiting_case(organization: Organization, person: Person) -> DuplicateCase | None:
    """The open case that this person's visit waits for, or that a nightly comparison opened about them."""
    about = Q(person=person) | Q(other=person, session=None)
    return open_cases(organization).filter(about).order_by("-opened_at").first()


def told_apart(organization: Organization, person_id: UUID, space: str) -> set[UUID]:
    """Whom somebody decided to be another person than this one: those two are not asked about again."""
    about = Q(person=person_id) | Q(other=person_id)
    rows = _told_apart(organization, space).filter(about).values_list("person_id", "other_id")
    return {one for row in rows for one in row} - {person_id}


def pairs_told_apart(organization: Organization, space: str) -> dict[frozenset[UUID], float]:
    """Every two whom somebody decided to be two people, and how alike they were found."""
    rows = _told_apart(organization, space).values_list("person_id", "other_id", "similarity")
    return {frozenset({one, other}): similarity for one, other, similarity in rows}


def _told_apart(organization: Organization, space: str) -> "QuerySet[DuplicateCase]":
    return DuplicateCase.objects.filter(
        organization=organization, space=space, decision=DuplicateCase.Decision.DIFFERENT_PEOPLE
    )


@audit.held()
def forget_cases(organization: Organization, person: Person) -> None:
    """Delete every case that names somebody whose references go, and what waits for one of them."""
    named = Q(person=person) | Q(other=person)
    waiting = [case.session for case in open_cases(organization).filter(named).select_related("session")]
    DuplicateCase.objects.filter(organization=organization).filter(named).delete()
    for session in waiting:
        if session is not None:
            end_visit(organization, session)
    end_waiting(organization, person.pk)


@audit.held()
def end_waiting(organization: Organization, person_id: UUID) -> None:
    """End the visits of this person that wait, with their cases: another visit takes their place, or none."""
    held = EnrollmentSession.objects.filter(
        organization=organization, person=person_id, state=EnrollmentSession.State.HELD
    )
    for session in held:
        end_visit(organization, session)


@transaction.atomic
def end_visit(organization: Organization, session: EnrollmentSession) -> None:
    """End a visit that waits, and delete what was taken and its open cases; any other stays as it is."""
    locked = EnrollmentSession.objects.select_for_update().get(organization=organization, pk=session.pk)
    if locked.state != EnrollmentSession.State.HELD:
        return
    Reference.objects.filter(organization=organization, session=locked, is_active=False).delete()
    open_cases(organization).filter(session=locked).delete()
    locked.state, locked.ended_at = EnrollmentSession.State.CANCELLED, timezone.now()
    locked.save(update_fields=["state", "ended_at"])
    audit.record(
        organization=organization, action="enrollment.cancel", subject=locked, new={"person": locked.person_id}
    )
