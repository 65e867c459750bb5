"""What a camera's page is told of an approach that named somebody: booked, asked, sent to the PIN.

Every answer is the JSON a page understands (docs/frame-walk.md). No wording says that somebody is not real.
"""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from apps.attendance import approach as rule
from apps.attendance import codes, paths, services
from apps.attendance.approach import Approach
from apps.attendance.errors import PunchRefused
from apps.attendance.models import Source
from apps.attendance.services import UNTESTED, Presence
from apps.organizations.models import Camera
from apps.people.models import Person
from apps.recognition.short_store import short_store

CONFIRM_SECONDS = 15.0
FACE_NOT_ENOUGH = "face_not_enough"
Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Found:
    """Whom an approach named, how near, and what spoke for them being there."""

    camera: Camera
    person: Person
    similarity: float
    at: datetime
    presence: Presence = UNTESTED


def book(found: Found, nonce: str, source: str) -> Answer:
    """Book the sighting and say what came of it."""
    try:
        outcome = services.record_sighting(
            organization=found.camera.organization,
            camera=found.camera,
            person=found.person,
            occurred_at=found.at,
            nonce=nonce,
            source=source,
            similarity=found.similarity,
            presence=found.presence,
        )
    except PunchRefused as error:
        return {"state": "unknown", "code": error.code, "hint": error.message}
    return answer_of(found.camera, outcome)


def answer_of(camera: Camera, outcome: services.Outcome) -> Answer:
    """The page's words for an outcome, in the site's time."""
    punch = outcome.punch
    time = f"{punch.occurred_at.astimezone(camera.site.zone):%H:%M}" if punch else ""
    state = "recognised" if outcome.code == codes.PUNCHED else "already"
    answer = {"state": state, "name": outcome.person.name, "direction": outcome.direction, "time": time}
    return answer if outcome.punched else {**answer, "code": outcome.code}


def send_to_pin(found: Found, approach: Approach, code: str) -> Answer:
    """Keep why the face alone was not enough, and ask for the PIN: the page says no more than that."""
    keep_refusal(found, approach, code)
    hint = _("Your PIN makes sure that it is you.")
    if code == FACE_NOT_ENOUGH:
        hint = _("Your face was recognised. This camera asks for your PIN as well.")
    return {"state": "unsure", "code": code, "hint": hint}


def keep_refusal(found: Found, approach: Approach, code: str) -> None:
    """Leave a sighting of this code and count it, once an approach."""
    if code in approach.tallied:
        return
    approach.tallied.append(code)
    organization = found.camera.organization
    services.count_approach(organization=organization, camera=found.camera, code=code, at=found.at)
    services.record_refusal(
        organization=organization,
        camera=found.camera,
        person=found.person,
        code=code,
        nonce=f"{approach.id}.{code}",
        at=found.at,
        similarity=found.similarity,
        p_real=found.presence.p_real,
    )


def ask(found: Found, key: str, approach: Approach) -> Answer:
    """Ask the person whether it is them; what was found waits for the answer."""
    waiting = {
        "person": str(found.person.pk),
        "similarity": found.similarity,
        "key": key,
        "presence": asdict(found.presence),
        "first_ms": approach.first_ms,
    }
    short_store().put(_confirm_key(found.camera, approach.id), json.dumps(waiting).encode(), CONFIRM_SECONDS)
    expires_ms = int(CONFIRM_SECONDS * 1000)
    return {"state": "confirm", "approach": approach.id, "name": found.person.name, "expires_ms": expires_ms}


def confirm(camera: Camera, approach_id: str, yes: bool, at: datetime) -> Answer:
    """The person's answer: book the punch, or keep that it was not them. Answered once.

    What came of it becomes the answer of the track, or its next frame would ask the same question again.
    """
    kept = short_store().take(_confirm_key(camera, approach_id))
    if kept is None:
        return {
            "state": "unknown",
            "code": "too_late",
            "hint": _("That took too long. Step up again, or use your PIN."),
        }
    waiting = json.loads(kept)
    answer = _confirmed(camera, approach_id, waiting, yes, at)
    person, first_ms = waiting["person"], waiting["first_ms"]
    ended = Approach(id=approach_id, answer=answer, person=person if yes else "", named=person, first_ms=first_ms)
    rule.keep(waiting["key"], ended)
    paths.note_face(camera, ended, answer, at, taps=1)
    return answer


def _confirmed(camera: Camera, approach_id: str, waiting: dict[str, Any], yes: bool, at: datetime) -> Answer:
    person = Person.objects.get(organization=camera.organization, pk=UUID(waiting["person"]))
    if yes:
        found = Found(camera, person, waiting["similarity"], at, Presence(**waiting["presence"]))
        return book(found, approach_id, Source.FACE_CONFIRMED)
    services.record_refusal(
        organization=camera.organization, camera=camera, person=person, code="not_me", nonce=approach_id, at=at
    )
    return {"state": "unknown", "code": "not_me", "hint": _("Sorry. Use your PIN, or ask your supervisor.")}


def _confirm_key(camera: Camera, approach_id: str) -> str:
    return f"organization.{camera.organization_id}.camera.{camera.pk}.confirm.{approach_id}"
