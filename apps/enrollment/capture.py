"""One frame of an enrollment: looked at, compared with the visit's others, kept as a draft or answered with a hint.

No transaction is open while the engine looks. Which segment of the ring a frame shows, and which frames are the better
ones, are the pure rules of guided.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from apps.enrollment import duplicates, guided, moving, selectors, services, vault
from apps.enrollment.engine_choice import chosen_entry
from apps.enrollment.errors import FrameOvertaken
from apps.enrollment.models import EnrollmentSession, Reference
from apps.enrollment.progress import NEEDED, Progress
from apps.organizations.models import Organization
from apps.recognition.engine import Engine
from apps.recognition.matching import template
from apps.recognition.shapes import Image, Pose, Probe, Purpose, Refusal, Vector

__all__ = ["NEEDED", "Progress", "Visit", "finish", "same_person", "take_frame"]

OUTVOTED_SECONDS = 5.0
"""So long two straight frames stand against one that disagrees: they may be the ones that were not straight."""
ALONE_HINT = gettext_noop("Only the person who agreed, please. Look straight.")
LESS_HINT = gettext_noop("Turn your head a little less, and only the person who agreed, please.")
SPREAD_SECONDS = 0.4
"""Frames closer than this show the same moment; they would make the template no better."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit as it stands: its drafts, oldest first, and what they come to."""

    organization: Organization
    session: EnrollmentSession
    drafts: tuple[Reference, ...]

    @classmethod
    def of(cls, organization: Organization, session: EnrollmentSession) -> "Visit":
        return cls(organization, session, tuple(selectors.drafts_of_engine(organization, session, chosen_entry())))

    @property
    def turns(self) -> bool:
        return self.session.kind == EnrollmentSession.Kind.GUIDED

    @property
    def straight(self) -> list[Reference]:
        return [draft for draft in self.drafts if draft.segment is None]

    @property
    def segments(self) -> list[int]:
        """Those filled, in the order of their newest frames."""
        return [draft.segment for draft in self.drafts if draft.segment is not None]

    @property
    def has_straight(self) -> bool:
        return len(self.straight) >= (guided.STRAIGHT if self.turns else NEEDED)

    @property
    def wanted(self) -> tuple[int, ...]:
        return guided.missing(self.segments) if self.turns else ()

    @property
    def centre(self) -> Pose:
        """How this person looks straight; (0, 0, 0) before anything was seen of them."""
        return Pose(**({"yaw": 0.0, "pitch": 0.0, "roll": 0.0} | self.session.baseline))

    def is_same_moment(self, drafts: Sequence[Reference]) -> bool:
        """Whether the newest of these drafts was taken just now."""
        return bool(drafts) and seconds_since(drafts[-1]) < SPREAD_SECONDS

    def progress(self, code: str = "", hint: str = "") -> Progress:
        filled = self.segments
        is_turning = self.turns and self.has_straight
        return Progress(
            accepted=len(self.drafts) if self.turns else len(self.straight),
            needed=guided.STRAIGHT + guided.SEGMENTS if self.turns else NEEDED,
            code=code,
            hint=hint,
            segments=tuple(sorted(set(filled))),
            wanted=self.wanted,
            next=guided.next_of(filled, filled[-1] if filled else None) if is_turning else None,
            straight=self.has_straight,
            turns=self.turns,
        )


def seconds_since(draft: Reference) -> float:
    """How long ago a frame was taken."""
    return (timezone.now() - draft.created_at).total_seconds()


def take_frame(
    organization: Organization, session: EnrollmentSession, engine: Engine, image: Image, claimed: int | None = None
) -> Progress:
    """Look at a frame and keep its vector if it is a good one of the same person. Raises EnrollmentError.

    `claimed` is the segment of the ring that the page says it shows; None while the person looks straight, or where the
    page cannot tell. A frame after the last one is told again how the visit ended: its answer may have come too late,
    for everybody is compared with everybody after it, or that may have failed.
    """
    if told := ended(organization, session):
        return told
    visit = Visit.of(organization, session)
    if visit.progress().complete:
        return finish(visit, engine)
    is_straight = claimed is None or not (visit.turns and visit.has_straight)
    if is_straight and visit.is_same_moment(visit.drafts):
        return visit.progress()
    seen = engine.see(image, Purpose.ENROLL)
    if isinstance(seen, Refusal):
        return visit.progress(seen.code, seen.hint)
    vectors = [vault.open_one(draft) for draft in visit.drafts if draft.space == seen.space]
    if not same_person(vault.turned(organization, seen.vector), vectors, engine.thresholds(people=1).confirm):
        hint = ALONE_HINT if claimed is None else LESS_HINT
        return visit.progress("different_person", _(hint))
    try:
        refused = _keep(visit, seen, claimed)
    except FrameOvertaken:
        # The next frame is compared with what came in between.
        return _progress_or_end(Visit.of(organization, session), engine)
    if refused:
        return visit.progress(*refused)
    before, visit = {draft.pk for draft in visit.drafts}, Visit.of(organization, session)
    for draft in visit.drafts:
        if draft.pk not in before:
            moving.take_beside(organization, session, image, draft.segment)
    return _progress_or_end(visit, engine)


def _progress_or_end(visit: Visit, engine: Engine) -> Progress:
    progress = visit.progress()
    return finish(visit, engine) if progress.complete else progress


def ended(organization: Organization, session: EnrollmentSession) -> Progress | None:
    """How a visit ended of which something was kept: complete, or waiting for a decision; None for any other."""
    if session.state == EnrollmentSession.State.HELD:
        return duplicates.waiting()
    taken = selectors.taken_in(organization, session) if session.state == EnrollmentSession.State.COMPLETE else 0
    return Progress(taken) if taken else None


def finish(visit: Visit, engine: Engine) -> Progress:
    """Complete the visit, or hold it where the face belongs to somebody else who is enrolled.

    Told by the straight frames: a turned one is less like anybody, its own person's straight ones among them.
    """
    key = vault.newest_key(visit.organization)
    vectors = [vault.open_as(draft, key) for draft in visit.straight if draft.space == engine.space]
    return duplicates.hold_or_complete(visit.organization, visit.session, engine, vectors, key)


def same_person(vector: Vector, others: Sequence[Vector], threshold: float) -> bool:
    """Whether a new frame shows whom the earlier frames of the visit show: compared with their template.

    A turned head is nearer to the template of straight and turned frames than to the straight ones alone.
    """
    return not others or float(vector @ template(np.stack(others))) >= threshold


def _keep(visit: Visit, seen: Probe, claimed: int | None) -> tuple[str, str] | None:
    """Store what the frame is good for; its code and a hint where it is good for nothing."""
    if not visit.turns:
        _add(visit, seen)
        return None
    if not visit.has_straight:
        return _keep_straight(visit, seen)
    segment = guided.shown(seen.quality.pose, visit.centre, claimed)
    if segment is None:
        return ("turn_more", _("Turn a little further.")) if claimed is not None else None
    _keep_turned(visit, seen, segment)
    return None


def _keep_straight(visit: Visit, seen: Probe) -> tuple[str, str] | None:
    """The person's own centre grows with each straight frame.

    One that lies elsewhere is outvoted by two that agree, for a moment; else it begins the centre anew.
    """
    pose = seen.quality.pose
    is_steady = guided.is_steady(pose, visit.centre)
    outvoted = not is_steady and len(visit.straight) > 1 and seconds_since(visit.straight[-1]) < OUTVOTED_SECONDS
    if outvoted or not guided.is_straight(pose):
        return "look_straight", _("Look straight at the camera.")
    steady = visit.straight if is_steady else []
    others = [draft for draft in visit.straight if draft not in steady]
    centre = guided.centre_with(visit.centre, pose, len(steady) + 1)
    _add(visit, seen, centre=centre, displaced=others)
    return None


def _keep_turned(visit: Visit, seen: Probe, segment: int) -> None:
    """Keep the frame if it is a good one of its segment; a worse one never takes a better one's place."""
    kept = [draft for draft in visit.drafts if draft.segment == segment]
    worths = [guided.worth(draft.face_px, draft.sharpness) for draft in kept]
    new = guided.worth(seen.quality.face_px, seen.quality.sharpness)
    place = guided.displaced(worths, new, same_moment=visit.is_same_moment(kept))
    if place is not None:
        _add(visit, seen, segment=segment, displaced=kept[place : place + 1])


def _add(
    visit: Visit,
    seen: Probe,
    segment: int | None = None,
    centre: Pose | None = None,
    displaced: Sequence[Reference] = (),
) -> None:
    services.add_draft(
        organization=visit.organization,
        session=visit.session,
        probe=seen,
        segment=segment,
        centre=centre,
        displaced=displaced,
        compared=visit.drafts,
    )
    if centre is not None:
        visit.session.baseline = services.baseline_of(centre)
