"""What an organization should have an eye on about privacy; upper rooms add a line each, pages show them all."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from apps.organizations.models import Organization


@dataclass(frozen=True, slots=True)
class Watch:
    """One figure, what it counts, and whether somebody has to do something about it."""

    words: Any
    figure: int
    is_bad: bool


Reading = Callable[[Organization], Watch]
_READINGS: list[Reading] = []


def watches(reading: Reading) -> Reading:
    """Register one more figure."""
    _READINGS.append(reading)
    return reading


def readings(organization: Organization) -> list[Watch]:
    """Every figure as it is now."""
    return [reading(organization) for reading in _READINGS]
