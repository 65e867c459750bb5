"""Reads of consents, sessions and references."""

from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, QuerySet

from apps.enrollment.engine_choice import prefix_of
from apps.enrollment.languages import DEFAULT_LANGUAGE
from apps.enrollment.models import (
    Consent,
    ConsentText,
    EnrollmentSession,
    LookAlike,
    OwnLine,
    PrivacyRules,
    Reference,
)
from apps.organizations.models import Organization
from apps.people.models import Person
from apps.people.reach import Reach, within
from apps.recognition.registry import Entry

FIRST_BODY = "\n\n".join(
    (
        "We would like to recognise you by your face when you come and go.",
        "Your choice: a PIN, a badge or your supervisor records your time just as well. Saying no has no disadvantage. "
        "You can withdraw at any time; your references are then deleted.",
    )
)
FIRST_WHAT = "What we keep: numbers computed from your face (references), encrypted. We never keep a picture."
FIRST_WHY = "What it is for: to record when you arrive and leave. Nothing else, and nobody else receives it."
FIRST_HOW_LONG = (
    "How long: until you withdraw, until you no longer work here, or until your face was not used for {days} days; "
    "never longer than three years after its last use."
)


def first_text(organization: Organization) -> ConsentText:
    """The text of an organization that has published none, as it is before somebody agrees to it."""
    rules = PrivacyRules.objects.filter(organization=organization).first() or PrivacyRules(organization=organization)
    how_long = FIRST_HOW_LONG.format(days=rules.reference_days)
    return ConsentText(
        organization=organization, version=1, body=FIRST_BODY, what=FIRST_WHAT, why=FIRST_WHY, how_long=how_long
    )


def consent_text_of(organization: Organization, language: str = "") -> ConsentText | None:
    """The newest text in this language; without one in English, or else in whatever was published first."""
    texts = ConsentText.objects.filter(organization=organization).order_by("-version")
    if language:
        return texts.filter(language=language).first()
    own = texts.filter(language=DEFAULT_LANGUAGE).first()
    first = own or texts.order_by("created_at").first()
    return own or (texts.filter(language=first.language).first() if first else None)


def newest_texts(organization: Organization) -> list[ConsentText]:
    """The newest text of each language, by language; none before the first is published."""
    texts = ConsentText.objects.filter(organization=organization).order_by("version")
    return sorted({text.language: text for text in texts}.values(), key=lambda text: text.language)


def consent_texts(organization: Organization) -> "QuerySet[ConsentText]":
    """Every version of every language, the newest first."""
    return ConsentText.objects.filter(organization=organization).order_by("language", "-version")


def text_to_show(organization: Organization, language: str = "") -> ConsentText:
    """The newest text in this language or the organization's own, or the first one, published when agreed to."""
    found = consent_text_of(organization, language) or (consent_text_of(organization) if language else None)
    return found or first_text(organization)


def consents_due(organization: Organization, today: date) -> "QuerySet[Person]":
    """People for whom a guardian agreed, who have come of age, and were not asked themselves yet."""
    live = Consent.objects.filter(organization=organization, person=OuterRef("pk"), withdrawn_at=None)
    people = Person.objects.filter(organization=organization, is_active=True, minor_until__lte=today)
    return people.filter(Exists(live.exclude(guardian="")), ~Exists(live.filter(guardian=""))).order_by(
        "family_name", "given_name"
    )


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


def drafts_of_engine(
    organization: Organization, session: EnrollmentSession, engine: Entry | None
) -> "QuerySet[Reference]":
    """The visit's drafts of this engine: neither those of one filled beside it, nor of one that was set before."""
    drafts = drafts_of(organization, session)
    return drafts.filter(space__startswith=prefix_of(engine)) if engine else drafts


def taken_in(organization: Organization, session: EnrollmentSession) -> int:
    """How many references came of a visit that is complete."""
    return taken(Reference.objects.filter(organization=organization, session=session, is_active=True)).count()


def was_still_alone(organization: Organization, person: Person) -> bool:
    """Whether the active references are of a visit without turning the head that nobody sat beside."""
    still = EnrollmentSession.Kind.STILL
    alone = active_references(organization, person).filter(session__kind=still, session__supervised_by=None)
    return alone.filter(session__started_by=None).exists()


def active_references(organization: Organization, person: Person) -> "QuerySet[Reference]":
    return taken(Reference.objects.filter(organization=organization, person=person, is_active=True))


def taken(references: "QuerySet[Reference]") -> "QuerySet[Reference]":
    """Those that a frame was taken for; what was made of them is not counted again."""
    return references.exclude(kind=Reference.Kind.AGGREGATE)


def searched_references(organization: Organization, space: str) -> "QuerySet[Reference]":
    """What a gallery of this space is made of, each person's beside each other."""
    kinds = (Reference.Kind.SINGLE, Reference.Kind.AGGREGATE)
    return _in_use(organization, space).filter(kind__in=kinds)


def parts(organization: Organization, space: str) -> "QuerySet[Reference]":
    """What the aggregates of this space were made of, each person's beside each other."""
    return _in_use(organization, space).filter(kind=Reference.Kind.PART)


def _in_use(organization: Organization, space: str) -> "QuerySet[Reference]":
    rows = Reference.objects.filter(
        organization=organization, space=space, is_active=True, person__is_active=True, consent__withdrawn_at=None
    )
    return rows.order_by("person_id", "created_at")


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
