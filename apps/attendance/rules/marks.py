"""Punches as the rules see them, and what each came to."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from uuid import UUID


class Hint(StrEnum):
    """What a punch asked for; AUTO where somebody was seen and the rules say what that means."""

    AUTO = "auto"
    IN = "in"
    OUT = "out"
    BREAK_START = "break_start"
    BREAK_END = "break_end"


class Policy(StrEnum):
    """How a site or a camera turns a face into a direction."""

    TOGGLE = "toggle"
    FIRST_IN_LAST_OUT = "first_in_last_out"
    ONCE_PER_DAY = "once_per_day"
    DEVICE = "device"
    EXPLICIT = "explicit"


class Effect(StrEnum):
    """What a mark came to. The first four moved the person; the others did not, and say why."""

    IN = "in"
    OUT = "out"
    BREAK_START = "break_start"
    BREAK_END = "break_end"
    ALREADY_IN = "already_in"
    ALREADY_OUT = "already_out"
    ALREADY_ON_BREAK = "already_on_break"
    ATTENDANCE_EXISTS = "attendance_exists"
    MISSING_IN = "missing_in"
    NO_BREAK = "no_break"
    DUPLICATE = "duplicate"
    VOIDED = "voided"


MOVES = frozenset({Effect.IN, Effect.OUT, Effect.BREAK_START, Effect.BREAK_END})


class Standing(StrEnum):
    """Where a person is."""

    OUT = "out"
    IN = "in"
    ON_BREAK = "on_break"


@dataclass(frozen=True, slots=True)
class Mark:
    """One punch. Marks of one instant go by `order`: the device's own count, or that of the person's punches."""

    id: UUID
    at: datetime
    order: int = 0
    hint: Hint = Hint.AUTO
    policy: Policy = Policy.TOGGLE
    zone: str = "UTC"
    source: str = "face"
    is_void: bool = False
    # Made by the job and not approved yet: it closes a session, whose hours do not count until somebody says so.
    is_pending: bool = False

    def __post_init__(self) -> None:
        # Two instants of one zone are compared and subtracted by what the wall shows (PEP 495): an hour is lost or won.
        object.__setattr__(self, "at", self.at.astimezone(UTC))

    @property
    def place(self) -> tuple[datetime, int, str]:
        """Where it stands among a person's marks, whatever order they arrived in."""
        return self.at, self.order, self.id.hex


@dataclass(frozen=True, slots=True)
class Step:
    """What one mark came to, and the day it belongs to."""

    mark: Mark
    effect: Effect
    date: date
