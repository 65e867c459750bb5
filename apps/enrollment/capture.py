"""One frame of an enrollment: looked at, compared with the visit's others, kept as a draft or answered with a hint.

No transaction is open while the engine looks. The rules that need no engine or row are pure functions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from django.utils import timezone

from apps.enrollment import gallery, impostors, selectors, services
from apps.enrollment.lines import lines_for
from apps.enrollment.models import EnrollmentSession
from apps.organizations.models import Organization
from apps.recognition.engine import Engine
from apps.recognition.shapes import Image, Purpose, Refusal, Vector

NEEDED = 5
SPREAD_SECONDS = 0.4
"""Frames closer than this show the same moment; they would make the template no better."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a visit is after one frame. `final` ends it; `code` and `hint` say why a frame was not taken."""

    accepted: int
    needed: int = NEEDED
    code: str = ""
    hint: str = ""
    final: bool = False

    @property
    def complete(self) -> bool:
        return self.accepted >= self.needed and not self.code


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
    """Complete the visit, unless the face belongs to somebody else who is enrolled."""
    others = gallery.gallery_for(organization, engine.space)
    lines = lines_for(organization, engine, len(others))
    if somebody_else(vectors, others, session.person_id, lines.accept or lines.confirm):
        services.cancel_session(organization=organization, session=session)
        hint = "This face is enrolled under another person number. Ask HR to look at both records."
        return Progress(0, code="already_enrolled", hint=hint, final=True)
    accepted = services.complete_session(organization=organization, session=session)
    impostors.note(organization, engine, session.person_id)
    return Progress(accepted)


def same_person(vector: Vector, others: Sequence[Vector], threshold: float) -> bool:
    """Whether a new frame shows whom the earlier frames of the visit show (mean of the similarities)."""
    return not others or float(np.mean([vector @ other for other in others])) >= threshold


def somebody_else(vectors: Sequence[Vector], others: gallery.Gallery, person_id: UUID, threshold: float) -> UUID | None:
    """The other enrolled person whom these frames show, by the mean of the frames' similarities, or None."""
    if not len(others):
        return None
    means = np.mean([others.matrix @ vector for vector in vectors], axis=0)
    means[[other == person_id for other in others.person_ids]] = -1.0
    best = int(np.argmax(means))
    return others.person_ids[best] if means[best] >= threshold else None
