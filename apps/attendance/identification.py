"""One frame of a kiosk, from pixels to an answer: see, search, decide once per approach, book.

No transaction is open while the engine looks. Every answer is the JSON a page understands (docs/frame-walk.md).
"""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.attendance import approach as rule
from apps.attendance import direction as codes
from apps.attendance import services
from apps.attendance.approach import Approach, Glimpse
from apps.attendance.errors import PunchRefused
from apps.attendance.models import Source
from apps.enrollment.gallery import gallery_for
from apps.organizations.models import Camera
from apps.people.models import Person
from apps.recognition.engine import Engine
from apps.recognition.shapes import Image, Purpose, Refusal
from apps.recognition.short_store import short_store

CONFIRM_SECONDS = 15.0
UNKNOWN_HINT = "Look straight at the camera, or use your PIN."


def answer_frame(camera: Camera, track: str, engine: Engine, image: Image, at: datetime) -> dict[str, Any]:
    """Look at a frame and say what the page shall show. A track that is decided is not looked at again."""
    key = rule.track_key(camera.organization_id, camera.pk, track)
    approach = rule.resume(key)
    if approach.answer is None:
        approach.answer = _look(key, camera, approach, engine, image, at)
    if approach.answer["state"] != "searching":
        rule.keep(key, approach)
        return approach.answer
    searching, approach.answer = approach.answer, None
    rule.keep(key, approach)
    return searching


def _look(key: str, camera: Camera, approach: Approach, engine: Engine, image: Image, at: datetime) -> dict[str, Any]:
    organization = camera.organization
    seen = engine.see(image, Purpose.PUNCH)
    if isinstance(seen, Refusal):
        return {"state": "searching", "code": seen.code, "hint": seen.hint}
    gallery = gallery_for(organization, seen.space)
    nearest = tuple((str(one.person_id), one.similarity) for one in gallery.nearest(seen.vector))
    approach.add(Glimpse(int(at.timestamp() * 1000), nearest))
    verdict = rule.decide(approach.glimpses, engine.thresholds(len(gallery)))
    if verdict is None:
        return {"state": "searching", "retry_ms": rule.SPREAD_MS}
    if verdict.kind == rule.UNKNOWN or verdict.person_id is None:
        services.count_approach(organization=organization, camera=camera, code=rule.UNKNOWN, at=at)
        return {"state": "unknown", "code": "unknown", "hint": UNKNOWN_HINT}
    person = Person.objects.get(organization=organization, pk=UUID(verdict.person_id))
    if verdict.kind == rule.CONFIRM:
        return ask(camera, key, approach.id, person, verdict.similarity)
    return book(camera, person, approach.id, Source.FACE, verdict.similarity, at)


def book(
    camera: Camera, person: Person, nonce: str, source: str, similarity: float | None, at: datetime
) -> dict[str, Any]:
    """Book the sighting and say what came of it."""
    try:
        outcome = services.record_sighting(
            organization=camera.organization,
            camera=camera,
            person=person,
            occurred_at=at,
            nonce=nonce,
            source=source,
            similarity=similarity,
        )
    except PunchRefused as error:
        return {"state": "unknown", "code": error.code, "hint": error.message}
    return answer_of(camera, outcome)


def answer_of(camera: Camera, outcome: services.Outcome) -> dict[str, Any]:
    """The page's words for an outcome, in the site's time."""
    punch = outcome.punch
    time = f"{punch.occurred_at.astimezone(camera.site.zone):%H:%M}" if punch else ""
    state = "recognised" if outcome.code == codes.PUNCHED else "already"
    answer = {"state": state, "name": outcome.person.name, "direction": outcome.direction, "time": time}
    return answer if outcome.punched else {**answer, "code": outcome.code}


def ask(camera: Camera, key: str, approach_id: str, person: Person, similarity: float) -> dict[str, Any]:
    """Ask the person whether it is them; what was found waits for the answer."""
    waiting = json.dumps({"person": str(person.pk), "similarity": similarity, "key": key})
    short_store().put(_confirm_key(camera, approach_id), waiting.encode(), CONFIRM_SECONDS)
    return {"state": "confirm", "approach": approach_id, "name": person.name, "expires_ms": int(CONFIRM_SECONDS * 1000)}


def confirm(camera: Camera, approach_id: str, yes: bool, at: datetime) -> dict[str, Any]:
    """The person's answer: book the punch, or keep that it was not them. Answered once.

    What came of it becomes the answer of the track, or its next frame would ask the same question again.
    """
    kept = short_store().take(_confirm_key(camera, approach_id))
    if kept is None:
        return {"state": "unknown", "code": "too_late", "hint": "That took too long. Step up again, or use your PIN."}
    waiting = json.loads(kept)
    answer = _confirmed(camera, approach_id, waiting, yes, at)
    rule.keep(waiting["key"], Approach(id=approach_id, answer=answer))
    return answer


def _confirmed(camera: Camera, approach_id: str, waiting: dict[str, Any], yes: bool, at: datetime) -> dict[str, Any]:
    person = Person.objects.get(organization=camera.organization, pk=UUID(waiting["person"]))
    if yes:
        return book(camera, person, approach_id, Source.FACE_CONFIRMED, waiting["similarity"], at)
    services.record_refusal(
        organization=camera.organization, camera=camera, person=person, code="not_me", nonce=approach_id, at=at
    )
    return {"state": "unknown", "code": "not_me", "hint": "Sorry. Use your PIN, or ask your supervisor."}


def _confirm_key(camera: Camera, approach_id: str) -> str:
    return f"organization.{camera.organization_id}.camera.{camera.pk}.confirm.{approach_id}"
