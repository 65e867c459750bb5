"""The worker's side of a photo import: a photo under its ticket becomes an answer, a person's photos an enrollment."""

import json
import logging
from collections.abc import Callable
from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from apps.enrollment import photo_import
from apps.enrollment.duplicates import HELD
from apps.enrollment.engine_choice import chosen_engine
from apps.enrollment.photo_import import Refused
from apps.enrollment.photo_rules import HINTS, Terms
from apps.enrollment.photo_trail import Trail
from apps.organizations.audit import Actor, acting_as
from apps.organizations.errors import CodedError
from apps.organizations.models import User
from apps.organizations.notices import send_to_channel
from apps.organizations.tasks import frame_task
from apps.people.models import Person
from apps.recognition import frames
from apps.recognition.decoding import decode_frame
from apps.recognition.errors import FrameRefused, RecognitionError
from apps.recognition.short_store import StoreUnavailable

log = logging.getLogger(__name__)

FACE_CLOSED = gettext_noop("Face recognition is not available right now. Tell whoever runs this site.")
LATE = {"state": "busy", "code": "late", "retry_ms": 200}
BUSY = {"state": "busy", "retry_ms": 1000}
Answer = dict[str, Any]


@frame_task(name="enrollment.look_at_photo")
def look_at_photo(organization_id: str, person_id: str, ticket: str, seq: int, channel: str, trail: str) -> None:
    """Always answers, or the page would wait for its watchdog."""
    answer: Answer = BUSY
    try:
        answer = answered(lambda: _seen(Trail(UUID(organization_id), UUID(person_id), trail), ticket))
    finally:
        send_to_channel(channel, {"type": "frame.result", "seq": seq, "answer": answer})


@frame_task(name="enrollment.conclude_photos")
def conclude_photos(organization_id: str, person_id: str, channel: str, trail: str, terms: str) -> None:
    """End a person's photos; asked again it tells the same, for the first answer may have been lost."""
    answer: Answer = BUSY
    try:
        answer = answered(lambda: _concluded(Trail(UUID(organization_id), UUID(person_id), trail), json.loads(terms)))
    finally:
        send_to_channel(channel, {"type": "photos.concluded", "trail": trail, "answer": answer})


def answered(act: Callable[[], Answer]) -> Answer:
    """What it gives, or in the same form why it gives nothing."""
    try:
        return act()
    except FrameRefused as error:
        return {"state": "refused", "code": error.code, "hint": error.message}
    except StoreUnavailable as error:
        return {**BUSY, "code": error.code}
    except RecognitionError as error:
        log.error("no photo is looked at: %s [%s]", error.message, error.code)
        return {"state": "closed", "code": error.code, "hint": _(FACE_CLOSED)}
    except CodedError as error:
        return {"state": "closed", "code": error.code, "hint": error.message}


def person_of(organization_id: UUID, person_id: UUID) -> Person | None:
    """The person, with the organization; None for absent and foreign alike."""
    return Person.objects.filter(organization=organization_id, pk=person_id).select_related("organization").first()


def _seen(trail: Trail, ticket: str) -> Answer:
    frame = frames.take(trail.organization_id, ticket)
    if frame is None or person_of(trail.organization_id, trail.person_id) is None:
        return LATE
    probes, engine = trail.probes(), chosen_engine()
    accepted = len(photo_import.own_of(probes, engine))
    seen = photo_import.look_with_both(decode_frame(frame), engine, probes)
    if isinstance(seen, Refused):
        return {"state": "refused", "accepted": accepted, **asdict(seen)}
    trail.keep([*probes, *seen])
    return {"state": "taken", "accepted": accepted + 1, "code": "", "hint": ""}


def _concluded(trail: Trail, asked: dict[str, Any]) -> Answer:
    person = person_of(trail.organization_id, trail.person_id)
    if person is None:
        return LATE
    if not trail.is_first():
        return trail.outcome() or BUSY
    answer = answered(lambda: _outcome(trail, person, asked))
    trail.end(answer)
    return answer


def _outcome(trail: Trail, person: Person, asked: dict[str, Any]) -> Answer:
    probes, engine = trail.take(), chosen_engine()
    if len(photo_import.own_of(probes, engine)) < int(asked["accepted"]):
        return {"state": "lost", "used": 0, "code": "photos_lost", "hint": str(HINTS["photos_lost"])}
    terms = Terms(bool(asked["dry_run"]), bool(asked["replaces"]), str(asked["paper_reference"]))
    actor_id = UUID(asked["actor_id"])
    actor = Actor(str(asked["actor_kind"]), actor_id)
    by = User.objects.filter(pk=actor_id).first() if actor.kind == "user" else None
    with acting_as(actor):
        outcome = photo_import.conclude(person.organization, person, probes, engine, terms, by)
    state = "enrolled" if outcome.enrolled else HELD if outcome.code == HELD else "refused"
    return {"state": state, "used": outcome.used, "code": outcome.code, "hint": outcome.hint}
