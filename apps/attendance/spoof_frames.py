"""One frame of a spoof test: looked at as a punch would be, and nothing of it can become one."""

import logging
from statistics import median
from typing import Any
from uuid import UUID

from django.utils import timezone

from apps.attendance import approach as rule
from apps.attendance import spoof_tests
from apps.attendance.approach import Approach, Glimpse
from apps.attendance.liveness_policy import Act, Evidence, next_step
from apps.attendance.models import SpoofTest
from apps.attendance.spoof_tests import SpoofTestRefused, TryOutcome
from apps.enrollment.engine_choice import chosen_engine
from apps.organizations.models import LivenessPolicy, Organization
from apps.organizations.notices import send_to_channel
from apps.organizations.tasks import frame_task
from apps.recognition import frames
from apps.recognition.decoding import decode_frame
from apps.recognition.engine import Engine
from apps.recognition.errors import FrameRefused, RecognitionError
from apps.recognition.liveness import passive
from apps.recognition.shapes import Image, Purpose, Refusal
from apps.recognition.short_store import StoreUnavailable

log = logging.getLogger(__name__)

FACE_CLOSED = "Faces cannot be looked at right now. Tell whoever runs this site."


@frame_task(name="attendance.spoof_frame")
def spoof_frame(organization_id: str, test_id: str, ticket: str, seq: int, attempt: str, channel: str) -> None:
    """Always answers. `attempt` is "<species>.<number>": each try has its own frames."""
    answer: dict[str, Any] = {"state": "busy", "retry_ms": 1000}
    try:
        answer = _answer(UUID(organization_id), UUID(test_id), ticket, f"{channel}.{attempt}")
    finally:
        send_to_channel(channel, {"type": "frame.result", "seq": seq, "answer": answer})


def _answer(organization_id: UUID, test_id: UUID, ticket: str, attempt: str) -> dict[str, Any]:
    frame = frames.take(organization_id, ticket)
    test = test_of(organization_id, test_id)
    if frame is None or test is None:
        return {"state": "busy", "code": "late", "retry_ms": 200}
    key = f"organization.{organization_id}.spoof_test.{test_id}.{attempt}"
    approach = rule.resume(key)
    try:
        answer = approach.answer or _look(test, attempt, approach, chosen_engine(), decode_frame(frame))
    except (FrameRefused, SpoofTestRefused) as error:
        return {"state": "searching", "code": error.code, "hint": error.message}
    except StoreUnavailable as error:
        return {"state": "busy", "code": error.code, "retry_ms": 1000}
    except RecognitionError as error:
        log.error("no face is looked at: %s [%s]", error.message, error.code)
        return {"state": "closed", "code": error.code, "message": FACE_CLOSED}
    rule.keep(key, approach)
    return answer


def test_of(organization_id: Organization | UUID, test_id: UUID) -> SpoofTest | None:
    """A test that runs, with its camera and site; None for absent, foreign and ended alike."""
    running = SpoofTest.objects.filter(organization=organization_id, pk=test_id, ended_at=None)
    return running.select_related("camera__site", "organization").first()


def _look(test: SpoofTest, attempt: str, approach: Approach, engine: Engine, image: Image) -> dict[str, Any]:
    at_ms = int(timezone.now().timestamp() * 1000)
    policy = test.camera.site.liveness_policy
    if not approach.is_due(at_ms):
        return _searching(approach)
    seen = engine.see(image, Purpose.PUNCH)
    if isinstance(seen, Refusal):
        return {"state": "searching", "code": seen.code, "hint": seen.hint}
    if passive.passive_installed():
        real = passive.p_real(image, seen.face)
        if isinstance(real, Refusal):
            return {"state": "searching", "code": real.code, "hint": real.hint}
        approach.reals.append(real)
    approach.add(Glimpse(at_ms, ()))
    if len(approach.glimpses) < rule.FRAMES:
        return _searching(approach)
    approach.answer = _count(test, attempt, outcome_of(policy, approach.reals), approach.reals)
    return approach.answer


def _searching(approach: Approach) -> dict[str, Any]:
    return {"state": "searching", "seen": len(approach.glimpses), "retry_ms": rule.SPREAD_MS}


def outcome_of(policy: str, reals: list[float]) -> TryOutcome:
    """What the camera would have done: a turn of the head is not asked for here, so passing it counts for nobody."""
    asked = LivenessPolicy.PASSIVE if policy == LivenessPolicy.STRICT else policy
    judged = passive.judge(reals) if reals else None
    step = next_step(Evidence(asked, installed=bool(reals), judged=judged))
    return TryOutcome.ACCEPTED if step.act is Act.BOOK else TryOutcome.REFUSED


def _count(test: SpoofTest, attempt: str, outcome: TryOutcome, reals: list[float]) -> dict[str, Any]:
    species = attempt.rsplit(".", 2)[-2]
    spoof_tests.count_try(organization=test.organization, test=test, species=species, outcome=outcome)
    p_real = round(median(reals), 3) if reals else None
    tried = {"state": "tried", "species": species, "outcome": str(outcome), "p_real": p_real}
    return {**tried, "counts": counts(test)}


def counts(test: SpoofTest) -> dict[str, dict[str, int]]:
    """The test's counts as its page reads them."""
    return {
        count.species: {"tries": count.tries, "accepted": count.accepted, "unanswered": count.unanswered}
        for count in spoof_tests.counts_of(test.organization, test)
    }
