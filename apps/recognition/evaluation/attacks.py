"""What the passive test makes of live faces and of pictures of faces (ISO/IEC 30107-3), per species, never pooled."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from .. import quality
from ..engine import Engine
from ..errors import WeightsMissing
from ..liveness import passive
from ..liveness.figures import LIVE, Count, Rate, apcer, bpcer, headline
from ..shapes import Image, Refusal
from .intervals import Share
from .presentations import Presentation
from .references import Say

FRAMES: Final = 15
"""So many frames of a clip are looked at, evenly spread."""
Outcome = Literal["live", "unsure", "not_live", "no_answer"]


@dataclass(frozen=True)
class Tried:
    """What one presentation came to."""

    presentation: Presentation
    outcome: Outcome
    median: float | None
    """Of its frames' p_real."""
    refused: tuple[str, ...] = ()
    """Why frames gave no value."""


@dataclass(frozen=True)
class Species:
    """One row: how often which answer was given."""

    name: str
    tries: int
    photos: int
    """Of the tries; a photo is judged by its one value, a clip by the median of its frames'."""
    live: int
    unsure: int
    not_live: int
    unanswered: int
    synthetic: bool
    refusals: dict[str, int]

    @property
    def rate(self) -> Rate:
        """BPCER of live faces, APCER of an attack, of the presentations that were answered.

        Not sure is no acceptance: the person must do more, which counts against the test where they are live.
        """
        return bpcer(self.count) if self.name == LIVE else apcer(self.count)

    @property
    def count(self) -> Count:
        return Count(self.name, self.tries - self.unanswered, self.live, self.unanswered)

    @property
    def without_answer(self) -> Share:
        """Too small, dark, blurred, or no face: the person is told what to mend (non-response)."""
        return Share(self.unanswered, self.tries)

    def as_json(self) -> dict[str, object]:
        rate = self.rate
        return {
            "species": self.name,
            "measure": "BPCER" if self.name == LIVE else "APCER",
            "synthetic": self.synthetic,
            "presentations": self.tries,
            "photos": self.photos,
            "live": self.live,
            "unsure": self.unsure,
            "not_live": self.not_live,
            "rate": {"hits": rate.hits, "of": rate.of, "share": rate.share, "interval": [rate.low, rate.high]},
            "non_response": self.without_answer.as_json(),
            "refusals": self.refusals,
        }


@dataclass(frozen=True)
class Attacked:
    """The whole test."""

    species: list[Species]

    @property
    def worst(self) -> Rate | None:
        return headline([one.count for one in self.species])

    @property
    def synthetic(self) -> bool:
        return any(one.synthetic for one in self.species)

    def as_json(self) -> dict[str, object]:
        worst = self.worst
        return {
            "species": [one.as_json() for one in self.species],
            "worst": worst and {"species": worst.species, "apcer": worst.share, "interval": [worst.low, worst.high]},
            "synthetic_attack_set": self.synthetic,
        }


def attack(engine: Engine, presentations: Sequence[Presentation], say: Say) -> Attacked:
    """Hold each up. Raises WeightsMissing where the passive test is not installed, or WeightsCorrupt."""
    require_passive()
    tried = []
    for count, one in enumerate(presentations, start=1):
        tried.append(try_one(engine, one))
        if count % 20 == 0:
            say(f"{count} of {len(presentations)} presentations")
    return Attacked(tallied(tried))


def require_passive() -> None:
    """Raise WeightsMissing where the passive test is not installed, before hours were spent on other things."""
    if not passive.passive_installed():
        raise WeightsMissing(
            "weights_missing",
            "The passive test's two files are not in the model store: run manage.py facemodels pull --liveness.",
        )


def try_one(engine: Engine, presentation: Presentation) -> Tried:
    """Judge a photo by its value, a clip by the median of at least three."""
    values, refused = [], []
    for image in presentation.frames(FRAMES):
        seen = _looked(engine, image)
        if isinstance(seen, float):
            values.append(seen)
        else:
            refused.append(seen)
    judged = passive.judge(values if presentation.is_clip else values * passive.FRAMES)
    middle = sorted(values)[len(values) // 2] if values else None
    return Tried(presentation, judged or "no_answer", middle, tuple(refused or ["unreadable"] * (not values)))


def tallied(tried: Iterable[Tried]) -> list[Species]:
    """Count by species: the live first, then attacks by name."""
    by_name: dict[str, list[Tried]] = {}
    for one in tried:
        by_name.setdefault(one.presentation.species, []).append(one)
    return [_tally(name, by_name[name]) for name in sorted(by_name, key=lambda name: (name != LIVE, name))]


def _tally(name: str, tried: list[Tried]) -> Species:
    outcomes = Counter(one.outcome for one in tried)
    unanswered = [one for one in tried if one.outcome == "no_answer"]
    return Species(
        name=name,
        tries=len(tried),
        photos=sum(not one.presentation.is_clip for one in tried),
        live=outcomes["live"],
        unsure=outcomes["unsure"],
        not_live=outcomes["not_live"],
        unanswered=len(unanswered),
        synthetic=any(one.presentation.synthetic for one in tried),
        refusals=dict(Counter(Counter(one.refused).most_common(1)[0][0] for one in unanswered if one.refused)),
    )


def _looked(engine: Engine, image: Image) -> float | str:
    face = quality.principal(engine.faces(image), image)
    if face is None:
        return "no_face"
    value = passive.p_real(image, face)
    return value.code if isinstance(value, Refusal) else value
