"""What a person's page says about their face besides consent: what waits, and what must be taken again."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from apps.enrollment import cases, moving, selectors
from apps.enrollment.engine_choice import chosen_entry
from apps.organizations.access import OrganizationRequest, Permission, allowed
from apps.people.models import Person


@dataclass(frozen=True, slots=True)
class Note:
    """One sentence, and where somebody who may do something about it finds it."""

    icon: str
    text: str
    url: str = ""
    act: str = ""


def notes_of(request: OrganizationRequest, person: Person) -> list[Note]:
    """The notes on this person's face, for the one who looks; nobody else is named in them."""
    return [note for note in (_waiting(request, person), _again(request, person), _alone(request, person)) if note]


def _waiting(request: OrganizationRequest, person: Person) -> Note | None:
    case = cases.waiting_case(request.organization, person)
    if case is None:
        return None
    url: dict[str, Any] = {}
    if allowed(request, Permission.DECIDE_DUPLICATES):
        url = {"url": reverse("enrollment:duplicate", args=[request.organization.slug, case.pk]), "act": _("Decide")}
    if case.session_id is None:
        text = _("Waits for a decision: this face may be enrolled under two numbers. Until then the PIN is asked for.")
        return Note("users-group", text, **url)
    text = _("Waits for a decision: the face that was shown is enrolled under another number. HR looks at it.")
    return Note("users-group", text, **url)


def _again(request: OrganizationRequest, person: Person) -> Note | None:
    entry = chosen_entry()
    if entry is None or not moving.must_enroll_again(request.organization, person, entry):
        return None
    text = _("Must enroll again: the engine was changed, and no camera recognises this face until then. The PIN works.")
    return Note("refresh", text)


def _alone(request: OrganizationRequest, person: Person) -> Note | None:
    if not selectors.was_still_alone(request.organization, person):
        return None
    text = _(
        "Enrolled on their own phone without turning the head, and nobody sat beside them. Look whether it was them; "
        "if you are in doubt, enroll them again here."
    )
    return Note("eye", text)
