"""An open challenge as text, for the seconds between two frames."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from ..shapes import Pose
from .challenge import Challenge, Observation, Step


def to_json(challenge: Challenge, observations: Sequence[Observation]) -> str:
    """Pack what is to be kept between two frames."""
    seen = [asdict(one) | {"points": np.asarray(one.points).tolist()} for one in observations]
    return json.dumps({"challenge": asdict(challenge), "observations": seen})


def from_json(text: str) -> tuple[Challenge, tuple[Observation, ...]]:
    """Unpack it again."""
    fields = json.loads(text)
    asked = fields["challenge"]
    challenge = Challenge(asked["nonce"], tuple(Step(step) for step in asked["steps"]), asked["issued_ms"])
    return challenge, tuple(_observation(one) for one in fields["observations"])


def _observation(fields: dict[str, Any]) -> Observation:
    at_ms, similarity, frame_px = fields["at_ms"], fields["similarity"], fields["frame_px"]
    points = np.asarray(fields["points"], np.float32)
    return Observation(at_ms, Pose(**fields["pose"]), points, similarity, tuple(frame_px), fields["p_real"])
