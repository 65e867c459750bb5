"""Frames of one track become one decision: accept, confirm or refuse. The rule is pure; its state lives seconds.

The similarities of spread frames are averaged, never the vectors: a renormalised mean vector lifts strangers too
(measured FPIR 1.2 % with one frame, 8 % with the mean vector of five). Errors count per approach, not per frame.
"""

import json
import uuid
from dataclasses import asdict, dataclass, field
from typing import Any

from apps.recognition.shapes import Thresholds
from apps.recognition.short_store import short_store

FRAMES = 3
SPREAD_MS = 500
TRACK_SECONDS = 5.0
TURN_SECONDS = 15.0

ACCEPT, CONFIRM, AMBIGUOUS, UNKNOWN = "accept", "confirm", "ambiguous", "unknown"


@dataclass(frozen=True, slots=True)
class Glimpse:
    """What one frame said: the instant in ms, and the nearest people with their similarity, best first."""

    at_ms: int
    candidates: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The one decision of an approach; `person_id` is None for unknown, and for ambiguous: nobody is named."""

    kind: str
    person_id: str | None
    similarity: float


@dataclass(slots=True)
class Approach:
    """One person in front of one camera, from the first frame to the decision. `answer` is what the page was told."""

    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    glimpses: list[Glimpse] = field(default_factory=list)
    answer: dict[str, Any] | None = None
    reals: list[float] = field(default_factory=list)
    """What the passive test said of each counted frame, 0..1."""
    turn: str = ""
    """The challenge that runs and what was seen of it, as turns.py keeps it; empty while none runs."""
    turned: bool = False
    turn_reals: list[float] = field(default_factory=list)
    """What the passive test said of each frame of the turn that was passed."""
    person: str = ""
    """Whose sighting it was booked as; empty before."""
    named: str = ""
    """Whom its frames named, booked or not."""
    first_ms: int = 0
    """The instant of the first frame that showed somebody; 0 before."""
    tallied: list[str] = field(default_factory=list)
    """The codes that this approach was counted under already."""

    def is_due(self, at_ms: int) -> bool:
        """Whether a frame of this instant would count: it is spread from the last one taken."""
        return not self.glimpses or at_ms - self.glimpses[-1].at_ms >= SPREAD_MS

    def add(self, glimpse: Glimpse) -> bool:
        """Take a frame that is spread from the last one taken; says whether it was."""
        if not self.is_due(glimpse.at_ms):
            return False
        self.glimpses.append(glimpse)
        return True


def decide(glimpses: list[Glimpse], thresholds: Thresholds, frames: int = FRAMES) -> Verdict | None:
    """The decision once enough frames are in, else None.

    A person missing among a frame's candidates counts there with the least similar candidate of that frame, which
    is at least as high as their own: nobody is favoured by it beyond what the frame shows. Where the second-best person
    could be named too and stays behind by less than the margin, nobody is: of two look-alikes each must say who they
    are. Accepted is only whom every frame names: two frames of one person and one of another met the mean (.965 over a
    line of .960, measured).
    """
    if len(glimpses) < frames:
        return None
    people = {person for glimpse in glimpses for person, _ in glimpse.candidates}
    means = {person: sum(_similarity(glimpse, person) for glimpse in glimpses) / len(glimpses) for person in people}
    if not means:
        return Verdict(UNKNOWN, None, 0.0)
    person = max(means, key=lambda one: means[one])
    if means[person] < thresholds.confirm:
        return Verdict(UNKNOWN, None, means[person])
    second = max((mean for one, mean in means.items() if one != person), default=-1.0)
    if second >= thresholds.confirm and means[person] - second < thresholds.margin:
        return Verdict(AMBIGUOUS, None, means[person])
    named = all(_names(glimpse, person, thresholds.confirm) for glimpse in glimpses)
    if named and thresholds.accept is not None and means[person] >= thresholds.accept:
        return Verdict(ACCEPT, person, means[person])
    return Verdict(CONFIRM, person, means[person])


def _names(glimpse: Glimpse, person: str, line: float) -> bool:
    """Whether this frame alone would name the person: nearest of all, and no stranger."""
    return bool(glimpse.candidates) and glimpse.candidates[0][0] == person and glimpse.candidates[0][1] >= line


def reals_of(approach: Approach, person: str, line: float) -> list[float]:
    """What the passive test said of those frames whose face is near enough to this person to be them."""
    # Counted from the end: where the test's files came in the midst of an approach, its first frames have no number.
    looked_at = zip(reversed(approach.glimpses), reversed(approach.reals), strict=False)
    return [real for glimpse, real in looked_at if _similarity(glimpse, person) >= line]


def _similarity(glimpse: Glimpse, person: str) -> float:
    known = dict(glimpse.candidates)
    return known[person] if person in known else min(known.values(), default=-1.0)


def resume(key: str) -> Approach:
    """The approach of this track, or a new one when none was seen for TRACK_SECONDS."""
    kept = short_store().peek(key)
    if kept is None:
        return Approach()
    fields = json.loads(kept)
    fields["glimpses"] = [
        Glimpse(one["at_ms"], tuple((person, similarity) for person, similarity in one["candidates"]))
        for one in fields["glimpses"]
    ]
    return Approach(**fields)


def keep(key: str, approach: Approach) -> None:
    """Remember it for TRACK_SECONDS, while a turn runs for TURN_SECONDS.

    People, similarities, the passive test's numbers and the landmarks of a turn: never a vector or a pixel.
    """
    seconds = TURN_SECONDS if approach.turn else TRACK_SECONDS
    short_store().put(key, json.dumps(asdict(approach)).encode(), seconds)


def track_key(organization_id: uuid.UUID, camera_id: uuid.UUID, track: str) -> str:
    """`track` is unique within the camera: the socket's name and its own count of people."""
    return f"organization.{organization_id}.camera.{camera_id}.track.{track}"
