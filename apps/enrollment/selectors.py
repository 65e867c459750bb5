"""Reads of consents, sessions and references."""

from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet

from apps.enrollment.models import Consent, ConsentText, EnrollmentSession, LookAlike, OwnLine, Reference
from apps.organizations.models import Organization
from apps.people.models import Person
from apps.people.reach import Reach, within

FIRST_CONSENT_TEXT = "\n\n".join(
    (
        "We would like to recognise you by your face when you come and go.",
        "What we keep: numbers computed from your face (a reference), encrypted. We never keep a picture.",
        "What it is for: to record when you arrive and leave. Nothing else, and nobody else receives it.",
        "How long: until you withdraw, or until you no longer work here.",
        "Your choice: a PIN or your supervisor records your time just as well. Saying no has no disadvantage. "
        "You can withdraw at any time; your references are then deleted.",
    )
)


def consent_text_of(organization: Organization) -> ConsentText | None:
    """The newest version of the text people agree to."""
    return ConsentText.objects.filter(organization=organization).order_by("-version").first()


def text_to_show(organization: Organization) -> ConsentText:
    """The newest text, or the first one, which is published when somebody agrees to it."""
    return consent_text_of(organization) or ConsentText(organization=organization, version=1, body=FIRST_CONSENT_TEXT)


def live_consent(organization: Organization, person: Person) -> Consent | None:
    """The person's newest consent that was not withdrawn."""
    consents = Consent.objects.filter(organization=organization, person=person, withdrawn_at=None)
    return consents.select_related("text", "witness").order_by("-given_at").first()


def session_of(organization: Organization | UUID, session_id: UUID) -> EnrollmentSession | None:
    sessions = EnrollmentSession.objects.filter(organization=organization, pk=session_id)
    return sessions.select_related("person", "consent", "organization").first()


def sessions_within(organization: Organization, reach: Reach) -> "QuerySet[EnrollmentSession]":
    """The visits of people within reach."""
    sessions = EnrollmentSession.objects.filter(within(organization, reach, "person__"), organization=organization)
    return sessions.select_related("person")


def drafts_of(organization: Organization, session: EnrollmentSession) -> "QuerySet[Reference]":
    drafts = Reference.objects.filter(organization=organization, session=session, is_active=False)
    return drafts.select_related("key").order_by("created_at")


def taken_in(organization: Organization, session: EnrollmentSession) -> int:
    """How many references came of a visit that is complete."""
    return Reference.objects.filter(organization=organization, session=session, is_active=True).count()


def active_references(organization: Organization, person: Person) -> "QuerySet[Reference]":
    return Reference.objects.filter(organization=organization, person=person, is_active=True)


def enrolled_by_space(organization: Organization) -> list[dict[str, Any]]:
    """For each space: how many people are enrolled in it."""
    rows = Reference.objects.filter(organization=organization, is_active=True)
    counted = rows.values("space").annotate(people=Count("person", distinct=True))
    return [dict(row) for row in counted.order_by("space")]


def own_line_of(organization: Organization, space: str) -> OwnLine | None:
    """What the organization's own people say about its line in this space; None before anybody was compared."""
    return OwnLine.objects.filter(organization=organization, space=space).first()


def look_alikes_of(organization: Organization, space: str) -> "QuerySet[LookAlike]":
    """Pairs of people who could be taken for each other in this space, the nearest first; who left is in none."""
    pairs = LookAlike.objects.filter(
        organization=organization, space=space, person__is_active=True, other__is_active=True
    )
    return pairs.select_related("person", "other").order_by("-similarity", "id")
