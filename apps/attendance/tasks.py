"""The worker's side of a kiosk: one frame under its ticket becomes one answer to the socket."""

import logging
from typing import Any
from uuid import UUID

from django.utils import timezone

from apps.attendance import identification
from apps.enrollment.engine_choice import chosen_engine
from apps.organizations.notices import send_to_channel
from apps.organizations.selectors import camera_of
from apps.organizations.tasks import frame_task
from apps.recognition import frames
from apps.recognition.decoding import decode_frame
from apps.recognition.errors import FrameRefused, RecognitionError
from apps.recognition.short_store import StoreUnavailable

log = logging.getLogger(__name__)

FACE_CLOSED = "Face recognition is not available right now. Use your PIN, and tell whoever runs this camera."


@frame_task(name="attendance.identify_frame")
def identify_frame(organization_id: str, camera_id: str, ticket: str, seq: int, track: int, channel: str) -> None:
    """Always answers, or the camera would wait for its watchdog."""
    answer: dict[str, Any] = {"state": "busy", "retry_ms": 1000}
    try:
        # Two pages of one camera, or a page loaded again, count their people from 1 each: the socket tells them apart.
        answer = _answer(UUID(organization_id), UUID(camera_id), ticket, f"{channel}.{track}")
    finally:
        send_to_channel(channel, {"type": "frame.result", "seq": seq, "answer": answer})


def _answer(organization_id: UUID, camera_id: UUID, ticket: str, track: str) -> dict[str, Any]:
    frame = frames.take(organization_id, ticket)
    if frame is None:
        return {"state": "busy", "code": "late", "retry_ms": 200}
    camera = camera_of(organization_id, camera_id)
    if camera is None:
        return {"state": "closed", "code": "camera_retired", "message": "This camera is no longer in use."}
    try:
        image = decode_frame(frame)
        return identification.answer_frame(camera, track, chosen_engine(), image, timezone.now())
    except FrameRefused as error:
        return {"state": "searching", "code": error.code, "hint": error.message}
    except StoreUnavailable as error:
        return {"state": "busy", "code": error.code, "retry_ms": 1000}
    except RecognitionError as error:
        log.error("no face is recognised: %s [%s]", error.message, error.code)
        return {"state": "closed", "code": error.code, "message": FACE_CLOSED}
