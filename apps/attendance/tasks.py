"""The worker's side of a kiosk: one frame under its ticket becomes one answer to the socket."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

from django.utils import timezone

from apps.attendance import approach as rule
from apps.attendance import identification, last_frames
from apps.attendance.liveness_policy import looks
from apps.attendance.several import answer_faces, takes_several
from apps.attendance.spoof_frames import spoof_frame
from apps.enrollment import shadow
from apps.enrollment.engine_choice import chosen_engine
from apps.organizations.master_key import KeyUnavailable
from apps.organizations.models import Camera
from apps.organizations.notices import send_to_channel
from apps.organizations.selectors import camera_of
from apps.organizations.tasks import frame_task
from apps.recognition import frames
from apps.recognition.decoding import decode_frame
from apps.recognition.errors import FrameRefused, RecognitionError
from apps.recognition.liveness import replay
from apps.recognition.shapes import Image
from apps.recognition.short_store import StoreUnavailable

__all__ = ["identify_frame", "spoof_frame"]  # a worker finds its tasks in this module

log = logging.getLogger(__name__)

FACE_CLOSED = "Face recognition is not available right now. Use your PIN, and tell whoever runs this camera."


@frame_task(name="attendance.identify_frame")
def identify_frame(
    organization_id: str, camera_id: str, ticket: str, seq: int, track: int, channel: str, nonce: str = ""
) -> None:
    """Always answers, or the camera would wait for its watchdog."""
    answer: dict[str, Any] = {"state": "busy", "retry_ms": 1000}
    sent = Sent(channel, track, nonce)
    try:
        answer = _answer(UUID(organization_id), UUID(camera_id), ticket, sent)
    finally:
        send_to_channel(channel, {"type": "frame.result", "seq": seq, "answer": answer})
    for act in sent.afterwards:
        act()


@dataclass(frozen=True, slots=True)
class Sent:
    """Where a frame came from, and what it says of itself."""

    socket: str
    track_number: int
    nonce: str
    afterwards: list[Callable[[], None]] = field(default_factory=list, compare=False, repr=False)
    """What is done with it once its answer was sent."""

    @property
    def track(self) -> str:
        """Two pages of one camera, or a page loaded again, count their people from 1: the socket tells them apart."""
        return f"{self.socket}.{self.track_number}"


def _answer(organization_id: UUID, camera_id: UUID, ticket: str, sent: Sent) -> dict[str, Any]:
    try:
        frame = frames.take(organization_id, ticket)
        if frame is None:
            return {"state": "busy", "code": "late", "retry_ms": 200}
        known = identification.known_answer(organization_id, camera_id, sent.track, timezone.now())
        if known is None and not sent.nonce:
            known = last_frames.unchanged_answer(organization_id, camera_id, sent.socket, frame)
        return known or _of_camera(camera_of(organization_id, camera_id), sent, frame)
    except FrameRefused as error:
        return {"state": "searching", "code": error.code, "hint": error.message}
    except StoreUnavailable as error:
        return {"state": "busy", "code": error.code, "retry_ms": 1000}
    except KeyUnavailable as error:
        return identification.key_closed(error)
    except RecognitionError as error:
        log.error("no face is recognised: %s [%s]", error.message, error.code)
        return {"state": "closed", "code": error.code, "message": FACE_CLOSED}


def _of_camera(camera: Camera | None, sent: Sent, frame: bytes) -> dict[str, Any]:
    if camera is None:
        return {"state": "closed", "code": "camera_retired", "message": "This camera is no longer in use."}
    if closed := identification.face_closed(camera):
        return closed
    if looks(camera.site.liveness_policy):
        where = (camera.organization_id, camera.pk, sent.socket)
        if replay.was_seen(*where, frame):
            return identification.refuse_replayed(camera, sent.track, timezone.now())
        replay.remember(*where, frame)
    return _look(camera, sent, frame)


def _look(camera: Camera, sent: Sent, frame: bytes) -> dict[str, Any]:
    image, at, several = decode_frame(frame), timezone.now(), takes_several(camera)
    place = last_frames.Place(camera.organization_id, camera.pk, sent.socket, sent.socket if several else sent.track)
    trail = last_frames.trail_of(place)
    engine = chosen_engine().following(trail)
    if several:
        answer = answer_faces(camera, sent.socket, engine, image, at, sent.nonce)
    else:
        answer = identification.answer_frame(camera, sent.track, engine, image, at, sent.nonce)
        _shadow(camera, sent, answer, image)
    last_frames.keep(place, trail, frame, answer)
    return answer


def _shadow(camera: Camera, sent: Sent, answer: dict[str, Any], image: Image) -> None:
    """Have the next engine look at the last frame of some of the approaches that were accepted."""
    if answer["state"] != "recognised":
        return
    approach = rule.resume(rule.track_key(camera.organization_id, camera.pk, sent.track))
    if approach.person and shadow.is_sampled(approach.id):
        sent.afterwards.append(partial(shadow.look, camera.organization, UUID(approach.person), image))
