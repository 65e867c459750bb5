"""Reads of consents, sessions and references."""

from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet

from apps.enrollment.models import Consent, ConsentText, EnrollmentSession, Reference
from apps.organizations.models import Organization
from apps.people.models import Person


def consent_text_of(organization: Organization) -> ConsentText | None:
    """The newest version of the text people agree to."""
    return ConsentText.objects.filter(organization=organization).order_by("-version").first()


def live_consent(organization: Organization, person: Person) -> Consent | None:
    """The person's newest consent that was not withdrawn."""
    consents = Consent.objects.filter(organization=organization, person=person, withdrawn_at=None)
    return consents.select_related("text", "witness").order_by("-given_at").first()


def session_of(organization: Organization | UUID, session_id: UUID) -> EnrollmentSession | None:
    sessions = EnrollmentSession.objects.filter(organization=organization, pk=session_id)
    return sessions.select_related("person", "consent", "organization").first()


def drafts_of(organization: Organization, session: EnrollmentSession) -> "QuerySet[Reference]":
    return Reference.objects.filter(organization=organization, session=session, is_active=False).order_by("created_at")


def active_references(organization: Organization, person: Person) -> "QuerySet[Reference]":
    return Reference.objects.filter(organization=organization, person=person, is_active=True)


def enrolled_by_space(organization: Organization) -> list[dict[str, Any]]:
    """For each space: how many people are enrolled in it."""
    rows = Reference.objects.filter(organization=organization, is_active=True)
    counted = rows.values("space").annotate(people=Count("person", distinct=True))
    return [dict(row) for row in counted.order_by("space")]
