"""A calibration that was measured: its tail, whose scores it is from, and the lines that follow."""

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from ..errors import RecognitionError
from ..shapes import Target, Thresholds
from .tail import STEPS, Rate, Tail

VERSION = 1
CURVES = ("expected", "low", "bound", "high")
SURE = 1 / 3
"""Whom nobody asks must pass a stranger at this part of the target, by the bound; by the best estimate of dlib's tail
that is less than a tenth of it."""
SMALLEST_GALLERY = 5


class CalibrationUnreadable(RecognitionError):
    """A file that is not a whole calibration of this version."""


@dataclass(frozen=True, eq=False)
class Measured:
    """The calibration of one engine in one space. Where there is none, the `Calibration` of its entry stands in."""

    engine: str
    space: str
    made_on: date
    people: int
    strangers: int
    tail: Tail
    margin: float
    floor: float
    """Nobody is let through unasked below it, however few are enrolled."""
    provenance: str

    calibrated = True

    @property
    def since(self) -> date:
        return self.made_on

    @property
    def compared(self) -> int:
        """How many people, enrolled or strangers, it rests on."""
        return self.people + self.strangers

    def at(self, people: int, target: Target = Target.ONE) -> Thresholds:
        """Return the lines for a gallery of so many people; they rise with people and with a stricter target."""
        size = max(people, SMALLEST_GALLERY)
        confirm = self.tail.line(size, target.share)
        sure = max(self.floor, self.tail.line(size, target.share * SURE))
        return Thresholds(confirm, sure, self.margin)

    def rate(self, score: float, people: int) -> Rate:
        """Return the share of strangers who would be taken for one of so many people at this line (FPIR)."""
        return self.tail.rate(score, max(1, people))


def to_json(measured: Measured) -> str:
    """Write it as small text."""
    tail = measured.tail
    curves = {name: getattr(tail, name) for name in CURVES}
    kept = {
        "version": VERSION,
        "engine": measured.engine,
        "space": measured.space,
        "made_on": measured.made_on.isoformat(),
        "people": measured.people,
        "strangers": measured.strangers,
        "margin": measured.margin,
        "floor": measured.floor,
        "provenance": measured.provenance,
        "bounds": "interval and bound of 95 %, people resampled",
        "steps": {"first": float(STEPS[0]), "last": float(STEPS[-1]), "count": len(STEPS)},
        "tail": {name: [round(float(score), 6) for score in curve] for name, curve in curves.items()},
    }
    lines = (f" {json.dumps(key)}: {json.dumps(value)}" for key, value in kept.items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


def from_json(text: str) -> Measured:
    """Read it back. Raises CalibrationUnreadable."""
    try:
        kept = json.loads(text)
        if kept["version"] != VERSION:
            raise CalibrationUnreadable("calibration_version", "Made by another version: calibrate again.")
        return Measured(
            engine=str(kept["engine"]),
            space=str(kept["space"]),
            made_on=date.fromisoformat(kept["made_on"]),
            people=int(kept["people"]),
            strangers=int(kept["strangers"]),
            tail=_tail(kept["tail"]),
            margin=float(kept["margin"]),
            floor=float(kept["floor"]),
            provenance=str(kept["provenance"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise CalibrationUnreadable("calibration_unreadable", "The file is damaged: calibrate again.") from error


def _tail(curves: dict[str, Any]) -> Tail:
    return Tail(*(np.asarray(curves[name], dtype=np.float64) for name in CURVES))
