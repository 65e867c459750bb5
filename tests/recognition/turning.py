"""People, clips and pictures that answer a challenge: what the server would have observed of them."""

from collections.abc import Sequence
from dataclasses import replace
from math import cos, radians, sin

import numpy as np

from apps.recognition.liveness.challenge import Challenge, Observation, Step
from apps.recognition.shapes import Points, Pose

LINE = 0.95
FRAME = (640, 480)
_HEAD = np.array([[-32, 0, 0], [32, 0, 0], [0, 38, 30], [-26, 72, 2], [26, 72, 2]], np.float64)
"""Eyes, nose and mouth in millimetres: right, down, towards the camera."""
TURNS = {
    Step.LEFT: Pose(-25.0, 0.0, 0.0),
    Step.RIGHT: Pose(25.0, 0.0, 0.0),
    Step.UP: Pose(0.0, -16.0, 0.0),
    Step.DOWN: Pose(0.0, 16.0, 0.0),
}


def points_of(pose: Pose, *, depth: float = 1.0, scale: float = 1.5) -> Points:
    """The five points of a head turned so; depth 0 is a flat picture of it, tilted."""
    yaw, pitch = radians(-pose.yaw), radians(-pose.pitch)
    head = _HEAD * [1, 1, depth]
    about_y = np.array([[cos(yaw), 0, sin(yaw)], [0, 1, 0], [-sin(yaw), 0, cos(yaw)]])
    about_x = np.array([[1, 0, 0], [0, cos(pitch), -sin(pitch)], [0, sin(pitch), cos(pitch)]])
    return np.asarray((head @ (about_x @ about_y).T)[:, :2] * scale + [320, 200], np.float32)


def seen(at_ms: int, pose: Pose, similarity: float = 0.97, *, depth: float = 1.0) -> Observation:
    """One frame; of a flat picture the detector reads the pose all the same."""
    return Observation(at_ms, pose, points_of(pose, depth=depth), similarity, FRAME)


def straight(at_ms: int, similarity: float = 0.97) -> Observation:
    return seen(at_ms, Pose(2.0, -3.0, 0.0), similarity)


def turned(step: Step, at_ms: int, *, after_ms: int = 0, frames: int = 2, depth: float = 1.0) -> list[Observation]:
    """Frames 100 ms apart that show a step, the first of them `after_ms` after `at_ms`; the head moves meanwhile."""
    first = at_ms + after_ms
    between = [straight(at) for at in range(at_ms + 300, first, 300)]
    return [*between, *(seen(first + 100 * nth, TURNS[step], depth=depth) for nth in range(frames))]


def obeying(steps: Sequence[Step], *, after_ms: int = 900, depth: float = 1.0) -> list[Observation]:
    """Somebody who does as asked, from a question at 0 ms on."""
    frames = [straight(200)]
    for step in steps:
        frames += turned(step, frames[-1].at_ms, after_ms=after_ms, depth=depth)
    return frames


def asked(*steps: Step) -> Challenge:
    return Challenge("a" * 32, steps, issued_ms=0)


def by_somebody_else(frames: Sequence[Observation], similarity: float) -> list[Observation]:
    return [replace(frame, similarity=similarity) for frame in frames]
