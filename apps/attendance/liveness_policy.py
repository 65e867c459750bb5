"""What a site's liveness policy makes of an approach that named somebody: book, look on, ask for a turn or the PIN.

Pure. Nobody is refused without a way on, and no wording says why in a way that accuses (docs/liveness.md).
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from apps.attendance.models import Liveness
from apps.organizations.models import LivenessPolicy

# Of one person at one camera, within FORGET_SECONDS (turns.py).
MOST_TURNS = 3

Judged = Literal["live", "unsure", "not_live"]


class Act(StrEnum):
    """What comes next."""

    BOOK = "book"
    LOOK_ON = "look_on"
    TURN = "turn"
    PIN = "pin"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of one approach besides whom it names."""

    policy: str
    installed: bool
    """Whether the files of the passive test are there."""
    judged: Judged | None = None
    """What the passive test says; None until enough frames were counted."""
    turned: bool = False
    """Whether the head was turned as asked, by the same person."""
    turn_judged: Judged | None = None
    """What the passive test says of the frames of that turn."""
    asked_in_vain: int = 0
    """Turns that this person was asked for here lately and did not pass."""
    may_turn: bool = True
    """Somebody among several faces, or in front of a page that cannot show it, is not asked to turn."""
    doubtful: bool = False
    """The similarity lies barely above its line."""


@dataclass(frozen=True, slots=True)
class Step:
    """What to do now. `code` says why a PIN or a turn is asked for; `liveness` and `review` go into the punch."""

    act: Act
    code: str = ""
    liveness: str = Liveness.NONE
    review: str = ""


UNSURE, NOT_LIVE, UNAVAILABLE = "liveness_unsure", "not_live", "liveness_unavailable"
TURN_WANTED, TURN_FAILED, NOT_TURNED, LOW_MARGIN = "turn_wanted", "turn_failed", "not_turned", "low_margin"
_CODES = {"unsure": UNSURE, "not_live": NOT_LIVE}


def next_step(evidence: Evidence) -> Step:
    """What this policy asks for next."""
    return _RULES[LivenessPolicy(evidence.policy)](evidence)


def looks(policy: str) -> bool:
    """Whether frames are looked at for pictures of faces, and compared with those of other sessions."""
    return policy in {LivenessPolicy.PASSIVE, LivenessPolicy.STRICT}


def _off(_evidence: Evidence) -> Step:
    return Step(Act.BOOK)


def _attended(evidence: Evidence) -> Step:
    return Step(Act.BOOK, liveness=Liveness.ATTENDED, review=LOW_MARGIN if evidence.doubtful else "")


def _passive(evidence: Evidence) -> Step:
    if not evidence.installed:
        return Step(Act.BOOK, review=UNAVAILABLE)
    if evidence.judged is None:
        return Step(Act.LOOK_ON)
    if evidence.judged == "live":
        return Step(Act.BOOK, liveness=Liveness.PASSIVE)
    code = _CODES[evidence.judged]
    if not evidence.turned:
        return _turn(evidence, code)
    if evidence.turn_judged in {"live", "unsure"}:  # the unsure are whom the turn is for; a picture on a screen is not
        return Step(Act.BOOK, liveness=Liveness.STRICT, review=code)
    return Step(Act.PIN, NOT_LIVE)


def _strict(evidence: Evidence) -> Step:
    if not evidence.installed:
        return Step(Act.PIN, UNAVAILABLE)
    if evidence.judged is None:
        return Step(Act.LOOK_ON)
    if evidence.judged != "live":
        return Step(Act.PIN, _CODES[evidence.judged])  # a turn could not mend it: both are asked for here
    if not evidence.turned:
        return _turn(evidence, TURN_WANTED)
    if evidence.turn_judged != "live":
        return Step(Act.PIN, _CODES[evidence.turn_judged or "unsure"])
    return Step(Act.BOOK, liveness=Liveness.STRICT)


def _turn(evidence: Evidence, code: str) -> Step:
    if evidence.asked_in_vain >= MOST_TURNS:
        return Step(Act.PIN, NOT_TURNED)
    return Step(Act.TURN if evidence.may_turn else Act.PIN, code)


_RULES: dict[LivenessPolicy, Callable[[Evidence], Step]] = {
    LivenessPolicy.OFF: _off,
    LivenessPolicy.PASSIVE: _passive,
    LivenessPolicy.STRICT: _strict,
    LivenessPolicy.ATTENDED: _attended,
}
