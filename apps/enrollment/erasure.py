"""What becomes of a person's face, of the keys that seal it, and of their consents."""

from collections.abc import Sequence
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from apps.enrollment import impostors, selectors, vault
from apps.enrollment.models import (
    Consent,
    DuplicateCase,
    EnrollmentInvitation,
    EnrollmentSession,
    LookAlike,
    PersonKey,
    Reference,
)
from apps.enrollment.privacy import rules_of
from apps.enrollment.services import renew_gallery
from apps.organizations.models import Organization
from apps.people.erasure import Fate, Gone, erases, tells
from apps.people.models import Person


def destroy_face(*, organization: Organization, person: Person) -> tuple[int, list[str]]:
    """Destroy everything kept of this face, and the keys that a copy of it in a backup would need.

    Returns how many references went, and the ids of the keys. Within a minute no process knows the face any more. Who
    waited because they look like this person is asked to come again: nothing is left to compare them with.
    """
    # A frame that is just being kept is waited for, and its vector goes too; a later one finds the visit locked.
    list(visits(organization, person).select_for_update().values_list("pk", flat=True))
    rows = references(organization, person)
    deleted = selectors.taken(rows).count()
    rows.delete()
    keys = vault.destroy_keys(organization, person)
    impostors.forget_look_alikes(organization=organization, person=person)
    renew_gallery(organization=organization)
    return deleted, keys


def _face(organization: Organization, person: Person) -> Sequence[str]:
    return destroy_face(organization=organization, person=person)[1]


@erases(
    PersonKey,
    Fate.DESTROYED,
    _("The keys without which no copy of the face opens, in no backup either"),
    act=_face,
    hands_out=("version", "made_at"),
)
def keys(organization: Organization, person: Person) -> "QuerySet[Any]":
    return PersonKey.objects.filter(organization=organization, person=person)


@erases(
    Reference,
    Fate.DESTROYED,
    _("What is kept of the face: its encrypted references"),
    hands_out=("space", "kind", "segment", "is_active", "created_at"),
)
def references(organization: Organization, person: Person) -> "QuerySet[Any]":
    return Reference.objects.filter(organization=organization, person=person)


@erases(
    LookAlike,
    Fate.DESTROYED,
    _("Notes that somebody looks like them"),
    hands_out=("space", "similarity", "noted_at"),
)
def look_alikes(organization: Organization, person: Person) -> "QuerySet[Any]":
    return LookAlike.objects.filter(Q(person=person) | Q(other=person), organization=organization)


@erases(
    DuplicateCase,
    Fate.DESTROYED,
    _("Questions whether they were enrolled twice"),
    hands_out=("opened_at", "decision", "decided_at"),
)
def duplicate_cases(organization: Organization, person: Person) -> "QuerySet[Any]":
    return DuplicateCase.objects.filter(Q(person=person) | Q(other=person), organization=organization)


@erases(
    EnrollmentInvitation,
    Fate.DESTROYED,
    _("Links with which they could enroll themselves"),
    hands_out=("created_at", "expires_at", "used_at", "revoked_at"),
)
def enrollment_links(organization: Organization, person: Person) -> "QuerySet[Any]":
    return EnrollmentInvitation.objects.filter(organization=organization, person=person)


@erases(
    EnrollmentSession,
    Fate.DESTROYED,
    _("Their visits to the enrollment camera"),
    hands_out=("kind", "state", "started_at", "ended_at"),
)
def visits(organization: Organization, person: Person) -> "QuerySet[Any]":
    return EnrollmentSession.objects.filter(organization=organization, person=person)


def unsigned(gone: Gone) -> dict[str, Any]:
    """A consent without a name; one that was live ends."""
    blank = {"signature": "", "guardian": "", "paper_reference": "", "witness": None}
    return {**blank, "withdrawn_at": Coalesce(F("withdrawn_at"), gone.at)}


@erases(
    Consent,
    Fate.PSEUDONYMISED,
    _("When they agreed to which text, without their signature"),
    becomes=unsigned,
    why=_("It proves that nobody’s face was used without their consent."),
    hands_out=(
        *("given_at", "withdrawn_at", "method", "signature", "guardian", "paper_reference", "witness.email"),
        *("text.version", "text.language", "text.body", "text.what", "text.why", "text.how_long"),
    ),
)
def consents(organization: Organization, person: Person) -> "QuerySet[Any]":
    return Consent.objects.filter(organization=organization, person=person)


@tells("rules_version")
def rules_version(organization: Organization) -> int:
    """Which version of the organization's rules about faces was in force."""
    return rules_of(organization).version
