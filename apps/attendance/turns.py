"""Turning the head as asked: a challenge of one approach, judged on what the server sees in its frames.

What is kept of it are numbers: the challenge, and per frame the instant, the pose, five points and how near the face
was to the person named. Turns asked in vain are counted per person and camera for FORGET_SECONDS, whatever page
they came through: a looped clip meets a random turn by chance sooner or later.
"""

from collections.abc import Sequence
from uuid import UUID

from apps.attendance.answers import Answer
from apps.attendance.approach import Approach
from apps.organizations.models import Camera
from apps.recognition.liveness.challenge import Challenge, Observation, Progress, judge_challenge, new_challenge
from apps.recognition.liveness.packing import from_json, to_json
from apps.recognition.short_store import short_store

FORGET_SECONDS = 600.0
# The page sends the next frame as soon as this one is answered: a turn needs many.
RETRY_MS = 50
# More than fit into a turn's whole time at 15 a second.
MOST_OBSERVATIONS = 160


def begin(approach: Approach, now_ms: int) -> Answer:
    """Ask for a turn; the answer for the page."""
    challenge = new_challenge(now_ms)
    approach.turn = to_json(challenge, ())
    return _answer(challenge, judge_challenge(challenge, (), now_ms, line=1.0))


def watch(
    approach: Approach, seen: Observation | None, nonce: str, now_ms: int, line: float
) -> tuple[Progress, Answer | None]:
    """Take one frame into the turn that runs: how far it is, and the answer for the page while it goes on.

    `approach.turned` says that it is passed, `approach.turn_reals` what the passive test saw meanwhile. A frame that
    does not carry the turn's nonce is of before it was asked.
    """
    challenge, observations = from_json(approach.turn)
    known: Sequence[Observation] = observations
    if seen is not None and nonce == challenge.nonce and len(observations) < MOST_OBSERVATIONS:
        known = (*observations, seen)
    progress = judge_challenge(challenge, known, now_ms, line)
    if progress.state == "waiting":
        approach.turn = to_json(challenge, known)
        return progress, _answer(challenge, progress)
    approach.turn, approach.turned = "", progress.state == "passed"
    approach.turn_reals = [one.p_real for one in known if one.p_real is not None]
    return progress, None


def _answer(challenge: Challenge, progress: Progress) -> Answer:
    return {
        "state": "challenge",
        "nonce": challenge.nonce,
        "step": progress.step or "front",
        "left": progress.left,
        "window_ms": progress.window_ms,
        "hint": progress.hint,
        "retry_ms": RETRY_MS,
    }


def asked_in_vain(camera: Camera, person_id: UUID) -> int:
    """How many turns this person was asked for at this camera lately, and did not pass."""
    return int(short_store().peek(_key(camera, person_id)) or 0)


def count_asked(camera: Camera, person_id: UUID) -> int:
    """Count a turn before it is taken: whoever walks away from one that does not suit a clip has used it up.

    Returns how many that makes, this one included; two pages that ask at the same moment get two numbers.
    """
    return short_store().count(_key(camera, person_id), FORGET_SECONDS)


def forget_asked(camera: Camera, person_id: UUID) -> None:
    """A turn was passed."""
    short_store().take(_key(camera, person_id))


def _key(camera: Camera, person_id: UUID) -> str:
    return f"organization.{camera.organization_id}.camera.{camera.pk}.turns.{person_id}"
