"""How far an enrollment visit is: what its page, its task and its photos are told."""

from dataclasses import dataclass

NEEDED = 5


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a visit is after one frame. `final` ends it; `code` and `hint` say why a frame was not taken."""

    accepted: int
    needed: int = NEEDED
    code: str = ""
    hint: str = ""
    final: bool = False

    @property
    def complete(self) -> bool:
        return self.accepted >= self.needed and not self.code
