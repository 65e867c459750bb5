"""The worker's side of an enrollment: one frame under its ticket becomes one answer to the socket."""

import logging
from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from apps.enrollment import capture, selectors
from apps.enrollment.engine_choice import chosen_engine
from apps.enrollment.errors import EnrollmentError
from apps.enrollment.photo_frames import conclude_photos, look_at_photo
from apps.enrollment.privacy import require_face_mode
from apps.organizations.master_key import KeyUnavailable
from apps.organizations.notices import send_to_channel
from apps.organizations.tasks import frame_task
from apps.recognition import frames
from apps.recognition.decoding import decode_frame
from apps.recognition.errors import FrameRefused, RecognitionError
from apps.recognition.short_store import StoreUnavailable

__all__ = ["capture_frame", "conclude_photos", "look_at_photo"]  # a worker finds its tasks in this module

log = logging.getLogger(__name__)

# What to do about it stands in the log and on the recognition page; these pages are read by anybody.
FACE_CLOSED = gettext_noop("Face recognition is not available right now. Tell whoever runs this site.")
NO_SEGMENT = -1  # of a frame whose page saw no turn of the head
LATE = {"state": "busy", "code": "late", "retry_ms": 200}


@frame_task(name="enrollment.capture_frame")
def capture_frame(
    organization_id: str, session_id: str, ticket: str, seq: int, channel: str, segment: int = NO_SEGMENT
) -> None:
    """Always answers, or the camera would wait for its watchdog."""
    answer: dict[str, Any] = {"state": "busy", "retry_ms": 1000}
    try:
        answer = _answer(UUID(organization_id), UUID(session_id), ticket, None if segment == NO_SEGMENT else segment)
    finally:
        send_to_channel(channel, {"type": "frame.result", "seq": seq, "answer": answer})


def _answer(organization_id: UUID, session_id: UUID, ticket: str, segment: int | None) -> dict[str, Any]:
    frame = frames.take(organization_id, ticket)
    session = selectors.session_of(organization_id, session_id)
    if frame is None or session is None:
        return LATE
    try:
        require_face_mode(session.organization)
        image = decode_frame(frame)
        progress = capture.take_frame(session.organization, session, chosen_engine(), image, segment)
    except FrameRefused as error:
        return {"state": "collecting", "code": error.code, "hint": error.message}
    except StoreUnavailable as error:
        return {"state": "busy", "code": error.code, "retry_ms": 1000}
    except (RecognitionError, KeyUnavailable) as error:
        log.error("no face is recognised: %s [%s]", error.message, error.code)
        return {"state": "closed", "code": error.code, "message": _(FACE_CLOSED)}
    except EnrollmentError as error:
        return {"state": "refused", "code": error.code, "hint": error.message}
    return {"state": progress.state, **asdict(progress)}
