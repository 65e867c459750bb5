"""Who may be enrolled from photos: the consent rules of the camera page, and what a run of photos was asked to do."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.enrollment.models import Consent, EnrollmentSession, Reference
from apps.organizations.models import Organization
from apps.people.models import Person

MOST_PHOTOS = 20
"""Photos looked at for one person: more make nobody easier to recognise."""
MOST_NUMBERS = 200
MOST_REFERENCE = 200

# Why nobody is enrolled, in words that say what to do next.
HINTS: dict[str, Any] = {
    "unknown_person": _("Nobody has this number. Add the person first, or rename the file."),
    "left": _("This person has left. Nobody who left is enrolled."),
    "minor": _("A minor: a guardian agrees, by name, on the person’s own page."),
    "no_consent": _("Has not agreed yet. Ask for consent, or say where the signed papers are kept."),
    "consent_due": _("Has come of age, and a guardian agreed before. Ask them themselves, on their own page."),
    "withdrew": _("Ended their consent. If they changed their mind, they agree anew on their own page."),
    "other_way": _("Chose another way to record time. Leave them out; they may change their mind themselves."),
    "enrolled_already": _("Is enrolled already and stays so. Choose “Replace” to take these photos instead."),
    "waiting": _("Waits for a decision: this face is known under another number."),
    "different_person": _("Shows somebody else than the first photo of this number. Look at both."),
    "same_picture": _("The same picture as another one of this person."),
    "too_many_photos": _("Enough photos of this person were used already."),
    "no_usable_photo": _("None of the photos can be used. Take a better one, or use the camera."),
    "held": _("This face is enrolled under another person number. HR looks at both records and decides."),
    "no_face": _("No face was found. Take one with the face looking straight ahead."),
    "two_faces": _("More than one face. Cut the picture to one person."),
    "too_small": _("The face is too small. Use a larger picture, or cut it closer."),
    "cut_off": _("The face is cut off. Use a picture with the whole head."),
    "too_dark": _("The face is too dark. Use a picture in better light."),
    "too_bright": _("The face is too bright. Use a picture in softer light."),
    "blurred": _("The picture is blurred. Use a sharper one."),
    "turned_away": _("The head is turned away. Use one that looks straight ahead."),
    "covered": _("Eyes or mouth are covered. Use one without sunglasses or mask."),
    "photos_lost": _("What was seen of this person was forgotten meanwhile. Send the photos again."),
}


@dataclass(frozen=True, slots=True)
class Terms:
    """What a run of photos was asked to do."""

    dry_run: bool = True
    replaces: bool = False
    """Also those who are enrolled: the photos take the place of what was there."""
    paper_reference: str = ""
    """Where the signed consents are kept; empty where only those count who agreed here."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One person number, and what stands in the way of enrolling them; an empty code is nothing."""

    number: str
    person: Person | None = None
    code: str = ""
    agreed: bool = False

    @property
    def told(self) -> dict[str, str | bool]:
        """What the page is told."""
        name = self.person.name if self.person else ""
        hint = str(HINTS[self.code]) if self.code else ""
        return {"number": self.number, "name": name, "code": self.code, "hint": hint, "agreed": self.agreed}


def standings(organization: Organization | UUID, numbers: Iterable[str], terms: Terms) -> list[Standing]:
    """How each of these numbers stands, in their order. One query."""
    asked = list(dict.fromkeys(numbers))
    people = {row.external_id: row for row in _people(organization).filter(external_id__in=asked)}
    return [_standing(number, people.get(number), terms) for number in asked]


def standing_of(organization: Organization | UUID, person: Person, terms: Terms) -> Standing:
    """How this person stands now."""
    return _standing(person.external_id, _people(organization).filter(pk=person.pk).first(), terms)


def _people(organization: Organization | UUID) -> Any:
    """The people of the organization, each with what stands about their face."""
    own = OuterRef("pk")
    given = Consent.objects.filter(organization=organization, person=own)
    live = given.filter(withdrawn_at=None)
    references = Reference.objects.filter(organization=organization, person=own, is_active=True)
    visits = EnrollmentSession.objects.filter(organization=organization, person=own)
    return Person.objects.filter(organization=organization, erased_at=None).annotate(
        has_agreed=Exists(live),
        guardian_of_newest=Subquery(live.order_by("-given_at").values("guardian")[:1]),
        has_withdrawn=Exists(given.exclude(withdrawn_at=None)),
        is_enrolled=Exists(references),
        is_held=Exists(visits.filter(state=EnrollmentSession.State.HELD)),
    )


def _standing(number: str, row: Any, terms: Terms) -> Standing:
    if row is None:
        return Standing(number, code="unknown_person")
    minor = row.minor_until is not None and row.minor_until > timezone.localdate()
    due = bool(row.guardian_of_newest) and not minor
    agreed = row.has_agreed and not due
    code = obstacle(
        active=row.is_active,
        agreed=agreed,
        minor=minor,
        due=due,
        withdrew=row.has_withdrawn,
        declines=row.declines_face,
        enrolled=row.is_enrolled,
        held=row.is_held,
        terms=terms,
    )
    return Standing(number, row, code, agreed)


def obstacle(
    *,
    active: bool,
    agreed: bool,
    minor: bool,
    enrolled: bool,
    held: bool,
    terms: Terms,
    due: bool = False,
    withdrew: bool = False,
    declines: bool = False,
) -> str:
    """Why a person is not enrolled from photos, or ''. A paper of a minor needs a name that a run cannot give.

    `due`: a guardian agreed, and the person is of age now. A run's paper is about many: it speaks for nobody who has
    said no since they signed one.
    """
    if not active:
        return "left"
    if declines:
        return "other_way"
    if not agreed and minor:
        return "minor"
    if not agreed and withdrew:
        return "withdrew"
    if not agreed and not terms.paper_reference.strip():
        return "consent_due" if due else "no_consent"
    if held:
        return "waiting"
    return "enrolled_already" if enrolled and not terms.replaces else ""
