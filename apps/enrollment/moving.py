"""The way from one engine to the next: references are taken for it beside the present one's; nobody is compared across.

Spaces are told apart by how they begin (engine_choice.prefix_of); a vector of one is never compared with another's.
"""

import logging
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from apps.enrollment import selectors, services
from apps.enrollment.engine_choice import next_engine_name, prefix_of
from apps.enrollment.errors import EnrollmentError
from apps.enrollment.models import DuplicateCase, EnrollmentSession, LookAlike, OwnLine, Reference, ShadowTally
from apps.organizations import audit
from apps.organizations.models import Organization
from apps.people.models import Person
from apps.recognition.engine import engine_named
from apps.recognition.registry import Entry
from apps.recognition.shapes import Image, Probe, Purpose

MOST_BESIDE = 5
"""So many frames of one segment, or of looks straight ahead, are kept for the next engine; the newest ones."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Moved:
    """How far an organization's people are on their way to an engine."""

    people: int
    """Enrolled with any engine."""
    moved: int
    """Of them, those who have references for this one."""

    @property
    def left(self) -> int:
        return self.people - self.moved

    @property
    def percent(self) -> int:
        return 100 * self.moved // self.people if self.people else 100


def enrolled_people(organization: Organization) -> "QuerySet[Person]":
    """Who has references of any engine."""
    own = Reference.objects.filter(organization=organization, person=OuterRef("pk"), is_active=True)
    return Person.objects.filter(Exists(own), organization=organization, is_active=True)


def with_references_of(organization: Organization, entry: Entry) -> "Exists":
    """The condition that a person has references of this engine."""
    return Exists(
        Reference.objects.filter(
            organization=organization, person=OuterRef("pk"), is_active=True, space__startswith=prefix_of(entry)
        )
    )


def left_behind(organization: Organization, entry: Entry) -> "QuerySet[Person]":
    """Who is enrolled, but not with this engine: they must enroll again, and use their PIN or badge until then."""
    people = enrolled_people(organization).exclude(with_references_of(organization, entry))
    return people.select_related("department", "home_site").order_by("family_name", "given_name", "pk")


def moved(organization: Organization, entry: Entry) -> Moved:
    """How many are enrolled, and how many with this engine."""
    people = enrolled_people(organization)
    return Moved(people.count(), people.filter(with_references_of(organization, entry)).count())


def must_enroll_again(organization: Organization, person: Person, entry: Entry) -> bool:
    """Whether this person's references are all of other engines."""
    return left_behind(organization, entry).filter(pk=person.pk).exists()


# --- While the next engine is filled ----------------------------------------------------------------


def take_beside(organization: Organization, session: EnrollmentSession, image: Image, segment: int | None) -> None:
    """Keep what the next engine sees in a frame that the present one took; whatever it does, the visit goes on."""
    seen = seen_beside(image)
    if seen is None:
        return
    drafts = Reference.objects.filter(
        organization=organization, session=session, space=seen.space, segment=segment, is_active=False
    ).order_by("-created_at")
    try:
        services.add_draft(
            organization=organization,
            session=session,
            probe=seen,
            segment=segment,
            displaced=list(drafts[MOST_BESIDE - 1 :]),
        )
    except EnrollmentError:
        return  # the visit has ended meanwhile, which its own next frame is told


def seen_beside(image: Image) -> Probe | None:
    """What the next engine, which is still tried out, makes of a picture; None without one, and when it fails."""
    name = next_engine_name()
    if not name:
        return None
    try:
        seen = engine_named(name).see(image, Purpose.ENROLL)
    except Exception:  # of an engine that decides nothing yet, no failure may reach a person
        log.exception("the next engine %s failed; the enrollment goes on without it", name)
        return None
    return seen if isinstance(seen, Probe) else None


# --- Afterwards -------------------------------------------------------------------------------------


@transaction.atomic
def forget_references(*, organization: Organization, entry: Entry) -> int:
    """Delete every reference of this engine, and what was reckoned from them; returns how many references."""
    own = {"space__startswith": prefix_of(entry)}
    references = Reference.objects.filter(organization=organization, **own)
    deleted = selectors.taken(references).count()
    references.delete()
    LookAlike.objects.filter(organization=organization, **own).delete()
    OwnLine.objects.filter(organization=organization, **own).delete()
    DuplicateCase.objects.filter(organization=organization, session=None, **own).delete()
    ShadowTally.objects.filter(organization=organization, next_engine=entry.name).delete()
    if deleted:
        services.renew_gallery(organization=organization)
        old = {"engine": entry.name, "references": deleted}
        audit.record(organization=organization, action="references.forget", old=old)
    return deleted
