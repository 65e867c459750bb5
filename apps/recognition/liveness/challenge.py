"""The active test: turn the head as asked, in an order nobody could know, judged on what the server sees.

Pure: no clock, no randomness but the one that draws the steps, no store. Whoever keeps a challenge keeps its nonce,
takes only frames that carry it, and asks `judge_challenge` about all of them each time one came.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise, product
from math import cos, radians
from typing import Final, Literal

import numpy as np

from ..shapes import Points, Pose
from .parallax import parallax_of

State = Literal["waiting", "passed", "failed"]
Code = Literal["", "interrupted", "out_of_order", "too_early", "too_late", "wrong_turn", "someone_else"]


class Step(StrEnum):
    """Where the head is to turn, as the person says it: their own left."""

    LEFT = "left"
    RIGHT = "right"
    UP = "up"
    DOWN = "down"


SIDEWAYS: Final = (Step.LEFT, Step.RIGHT)
START_MS: Final = 3_000
"""Within so long of the question the face must be seen looking straight: that is what turns are measured from."""
FIRST_MS: Final = 600
"""Nobody turns the head sooner after reading where to; a clip may."""
WINDOW_MS: Final = 3_000
TOTAL_MS: Final = 10_000
GAP_MS: Final = 1_500
"""Between two frames with the face in them; longer is room for a change of person or picture."""
NONCE_BYTES: Final = 16

STRAIGHT_YAW: Final = 15.0
STRAIGHT_ROLL: Final = 20.0
"""Degrees within which a head looks straight. Pitch has no zero of its own: it differs from person to person."""
LEAST_ASIDE: Final = 0.12
LEAST_DOWN: Final = 0.05
LEAST_NARROWED: Final = 0.90
MOST_WIDENED: Final = 1.30
"""What points of a turning head do (parallax.py); sideways the narrowing is a share of what the turn itself explains.

Measured at full scale by tests/recognition/test_liveness_motion.py: all frames of turn_B and turn_E beyond a full turn
aside pass (46); of 360 tilts, 10 to 55 degrees, of 12 flat photos none behind MTCNN and 2 behind YuNet are taken for a
turn aside, of the photos bent by 70 degrees 3 and 8. Up and down part heads from pictures poorly (5 and 17 of 360), so
they never stand alone.
"""
TURN: Final = Pose(yaw=18.0, pitch=10.0, roll=0.0)
"""Degrees from the person's own centre that make a turn; pitch is read short by YuNet's points, so it asks less."""
UP_OR_DOWN_WITHIN: Final = 0.6
"""Share of a full turn sideways beyond which up and down are not read: they drift as the head turns aside."""
CONSECUTIVE: Final = 2
"""Frames that must show a turn; single ones come from a talking mouth."""
TURNED_SLACK: Final = 0.1
"""Share of the way from the line to 1 that a turned face's similarity may lie under the line."""
SOMEONE_ELSE: Final = 0.25
"""The same share, below which CONSECUTIVE frames are another person; a single one is a blurred frame. The real heads of
turn_B and turn_E, turning or not, kept .967 and more where dlib's line for a hundred people is .954."""

# A step up or down alone proves little (a tilted print reads as one, see docs/liveness.md), so each sequence has a turn
# aside; the same turn twice in a row would be one.
SEQUENCES: Final[tuple[tuple[Step, ...], ...]] = tuple(
    steps
    for count in (2, 3)
    for steps in product(Step, repeat=count)
    if all(one != other for one, other in pairwise(steps)) and any(step in SIDEWAYS for step in steps)
)

_TURNS: Final = {
    Step.LEFT: "Turn your head to the left.",
    Step.RIGHT: "Turn your head to the right.",
    Step.UP: "Look up.",
    Step.DOWN: "Look down.",
}
_LOOK_STRAIGHT = "Look straight at the camera."
_FURTHER = "A little further, and only with your head."
_ENDS: Final[dict[Code, str]] = {
    "": "Thank you.",
    "interrupted": "Keep your face in the picture. Once more.",
    "out_of_order": "Something went wrong with the camera. Once more.",
    "too_early": "Wait until the arrow shows, then turn. Once more.",
    "too_late": "That took too long. Once more.",
    "wrong_turn": "That was another way. Once more: follow the arrow.",
    "someone_else": "One person at a time, please. Once more.",
}


@dataclass(frozen=True, slots=True)
class Challenge:
    """What one person was asked, once."""

    nonce: str
    steps: tuple[Step, ...]
    issued_ms: int


@dataclass(frozen=True, slots=True)
class Observation:
    """What the server saw in one frame that carried the nonce: numbers, never pixels."""

    at_ms: int
    """The server's clock."""
    pose: Pose
    points: Points
    similarity: float
    """To the person the approach named."""
    frame_px: tuple[int, int]
    """Width and height of the frame the points are in."""
    p_real: float | None = None
    """What the passive test says of the frame (passive.py judges it, not this module); None where it is not asked."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a challenge is, and what to tell the person."""

    state: State
    step: Step | None
    """What to do now; None once it is over."""
    code: Code
    """Why it failed; empty otherwise."""
    hint: str
    left: int
    """Steps still to do, this one included."""
    window_ms: int
    """Time left for this step."""


def new_challenge(now_ms: int) -> Challenge:
    """Draw one of the SEQUENCES and a nonce of 128 bits."""
    return Challenge(secrets.token_hex(NONCE_BYTES), secrets.choice(SEQUENCES), now_ms)


def judge_challenge(challenge: Challenge, observations: Sequence[Observation], now_ms: int, line: float) -> Progress:
    """Judge everything seen since the question, oldest first; `line` is the similarity that names a person.

    Passed means: a frame looking straight, then each step in order, each begun FIRST_MS to WINDOW_MS after the one
    before, shown in CONSECUTIVE frames whose points moved as a head's do, the same person throughout, never out of
    sight for GAP_MS, all within TOTAL_MS. Once passed or failed, forget the challenge: a nonce serves once.
    """
    if code := _broken(challenge, observations, now_ms, line):
        return _failed(code)
    watch = _Watch()
    for seen in observations:
        if watch.code or watch.done == len(challenge.steps):
            break
        watch = _after(watch, challenge.steps, seen, line)
    return _progress(watch, challenge, now_ms)


def direction_of(pose: Pose, baseline: Pose) -> Step | None:
    """Return where a head is turned to, against the same person looking straight; None: not far enough to say."""
    aside, down = (pose.yaw - baseline.yaw) / TURN.yaw, (pose.pitch - baseline.pitch) / TURN.pitch
    if abs(aside) >= 1:
        return Step.RIGHT if aside > 0 else Step.LEFT
    if abs(down) >= 1 and abs(aside) < UP_OR_DOWN_WITHIN:
        return Step.DOWN if down > 0 else Step.UP
    return None


def shows(step: Step, baseline: Observation, seen: Observation) -> bool:
    """Whether the five points moved as those of a head turned that way do, and not as those of a tilted picture."""
    moved = parallax_of(baseline.points, seen.points)
    if not _inside(seen) or moved.narrowed > MOST_WIDENED:
        return False
    if step in SIDEWAYS:
        aside = moved.aside if step is Step.LEFT else -moved.aside
        least = LEAST_NARROWED * cos(radians(min(90.0, abs(seen.pose.yaw - baseline.pose.yaw))))
        return aside >= LEAST_ASIDE and moved.narrowed >= least
    down = moved.down if step is Step.DOWN else -moved.down
    return down >= LEAST_DOWN and moved.narrowed >= LEAST_NARROWED


@dataclass(frozen=True, slots=True)
class _Watch:
    """What came of the observations so far."""

    baseline: Observation | None = None
    since_ms: int = 0
    """When the present step was asked for."""
    done: int = 0
    run: int = 0
    """Frames in a row that showed the present step."""
    run_ms: int = 0
    """When the first of them was."""
    wrong: int = 0
    """Frames in a row that showed another."""
    is_short: bool = False
    """The last frame went the right way, but not as a head does or not far enough."""
    code: Code = ""


def _after(watch: _Watch, steps: tuple[Step, ...], seen: Observation, line: float) -> _Watch:
    if watch.baseline is None:
        if _is_straight(seen) and seen.similarity >= line:
            return replace(watch, baseline=seen, since_ms=seen.at_ms)
        return watch
    step, before = steps[watch.done], steps[watch.done - 1] if watch.done else None
    shown = direction_of(seen.pose, watch.baseline.pose)
    if shown is step:
        same_person = seen.similarity >= line - TURNED_SLACK * (1 - line)
        if same_person and shows(step, watch.baseline, seen):
            return _shown(watch, seen)
        return replace(watch, run=0, wrong=0, is_short=True)
    if shown is None or shown is before:
        return replace(watch, run=0, wrong=0, is_short=False)
    wrong = watch.wrong + 1
    return replace(watch, run=0, wrong=wrong, is_short=False, code="wrong_turn" if wrong >= CONSECUTIVE else "")


def _shown(watch: _Watch, seen: Observation) -> _Watch:
    """One more frame shows the step; with CONSECUTIVE of them it is done, if it began in time."""
    run, run_ms = watch.run + 1, watch.run_ms if watch.run else seen.at_ms
    if run < CONSECUTIVE:
        return replace(watch, run=run, run_ms=run_ms, wrong=0, is_short=False)
    if code := _mistimed(run_ms - watch.since_ms):
        return replace(watch, code=code)
    return _Watch(watch.baseline, since_ms=seen.at_ms, done=watch.done + 1)


def _mistimed(took_ms: int) -> Code:
    if took_ms < FIRST_MS:
        return "too_early"
    return "too_late" if took_ms > WINDOW_MS else ""


def _broken(challenge: Challenge, observations: Sequence[Observation], now_ms: int, line: float) -> Code:
    """Return why these frames are not one unbroken look at one person, or an empty code."""
    times = [challenge.issued_ms, *(seen.at_ms for seen in observations), now_ms]
    if any(later < earlier for earlier, later in pairwise(times)) or len(set(times[1:-1])) < len(observations):
        return "out_of_order"
    strange = [seen.similarity < line - SOMEONE_ELSE * (1 - line) for seen in observations]
    if any(all(strange[at : at + CONSECUTIVE]) for at in range(len(strange) - CONSECUTIVE + 1)):
        return "someone_else"
    if observations and any(later - earlier > GAP_MS for earlier, later in pairwise(times[1:])):
        return "interrupted"
    return ""


def _progress(watch: _Watch, challenge: Challenge, now_ms: int) -> Progress:
    left = len(challenge.steps) - watch.done
    if watch.code:
        return _failed(watch.code)
    if not left:
        return Progress("passed", None, "", _ENDS[""], 0, 0)
    asked_ms, window = (watch.since_ms, WINDOW_MS) if watch.baseline else (challenge.issued_ms, START_MS)
    rest = min(asked_ms + window, challenge.issued_ms + TOTAL_MS) - now_ms
    if rest < 0 and not (watch.run and now_ms <= challenge.issued_ms + TOTAL_MS):
        return _failed("too_late")
    step = challenge.steps[watch.done]
    hint = _LOOK_STRAIGHT if watch.baseline is None else _FURTHER if watch.is_short else _TURNS[step]
    return Progress("waiting", step if watch.baseline else None, "", hint, left, max(0, rest))


def _failed(code: Code) -> Progress:
    return Progress("failed", None, code, _ENDS[code], 0, 0)


def _is_straight(seen: Observation) -> bool:
    return abs(seen.pose.yaw) <= STRAIGHT_YAW and abs(seen.pose.roll) <= STRAIGHT_ROLL and _inside(seen)


def _inside(seen: Observation) -> bool:
    """Whether all five points lie in the frame; a detector also guesses those beyond its edge."""
    points = np.asarray(seen.points)
    return bool((points >= 0).all() and (points < seen.frame_px).all())
