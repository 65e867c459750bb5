"""One frame of an enrollment: looked at, compared with the visit's others, kept as a draft or answered with a hint.

No transaction is open while the engine looks. The rules that need no engine or row are pure functions.
"""

from collections.abc import Sequence

import numpy as np
from django.utils import timezone

from apps.enrollment import duplicates, gallery, selectors, services
from apps.enrollment.models import EnrollmentSession
from apps.enrollment.progress import NEEDED, Progress
from apps.organizations.models import Organization
from apps.recognition.engine import Engine
from apps.recognition.shapes import Image, Purpose, Refusal, Vector

__all__ = ["NEEDED", "Progress", "finish", "same_person", "take_frame"]

SPREAD_SECONDS = 0.4
"""Frames closer than this show the same moment; they would make the template no better."""


def take_frame(organization: Organization, session: EnrollmentSession, engine: Engine, image: Image) -> Progress:
    """Look at a frame and keep its vector if it is a good one of the same person. Raises EnrollmentError.

    A frame after the last one is told again that the visit is complete: its answer may have come too late, for
    everybody is compared with everybody after it, or that may have failed.
    """
    if session.state == EnrollmentSession.State.COMPLETE and (taken := selectors.taken_in(organization, session)):
        return Progress(taken)
    drafts = list(selectors.drafts_of(organization, session))
    if drafts and (timezone.now() - drafts[-1].created_at).total_seconds() < SPREAD_SECONDS:
        return Progress(len(drafts))
    seen = engine.see(image, Purpose.ENROLL)
    if isinstance(seen, Refusal):
        return Progress(len(drafts), code=seen.code, hint=seen.hint)
    vectors = [gallery.unsealed(draft) for draft in drafts if draft.space == seen.space]
    if not same_person(seen.vector, vectors, engine.thresholds(people=1).confirm):
        return Progress(len(drafts), code="different_person", hint="Only the person who agreed, please. Look straight.")
    services.add_draft(organization=organization, session=session, probe=seen)
    vectors.append(seen.vector)
    if len(vectors) < NEEDED:
        return Progress(len(vectors))
    return finish(organization, session, engine, vectors)


def finish(
    organization: Organization, session: EnrollmentSession, engine: Engine, vectors: Sequence[Vector]
) -> Progress:
    """Complete the visit, or hold it where the face belongs to somebody else who is enrolled."""
    return duplicates.hold_or_complete(organization, session, engine, vectors)


def same_person(vector: Vector, others: Sequence[Vector], threshold: float) -> bool:
    """Whether a new frame shows whom the earlier frames of the visit show (mean of the similarities)."""
    return not others or float(np.mean([vector @ other for other in others])) >= threshold
