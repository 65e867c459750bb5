"""How far an enrollment visit is: what its page, its task and its photos are told."""

from dataclasses import dataclass

NEEDED = 5
"""Straight frames of a visit in which nobody turns their head."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a visit is after one frame. `final` ends it; `code` and `hint` say why a frame was not taken."""

    accepted: int
    needed: int = NEEDED
    code: str = ""
    hint: str = ""
    final: bool = False
    segments: tuple[int, ...] = ()
    """Of the ring, filled: 0 to 7, clockwise from up."""
    wanted: tuple[int, ...] = ()
    """Of the ring, still missing; empty where nobody needs to turn."""
    next: int | None = None
    """Where to turn now."""
    straight: bool = True
    """The frames looking straight are in."""
    turns: bool = False
    """The head is turned in this visit."""

    @property
    def complete(self) -> bool:
        return self.accepted >= self.needed and self.straight and not self.wanted and not self.code

    @property
    def state(self) -> str:
        """What the page goes by: collecting, complete or refused."""
        return "refused" if self.final else "complete" if self.complete else "collecting"
