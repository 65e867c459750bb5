"""The calibrated line on people it was not made with: the photos brought to calibration's five fixed splits."""

from dataclasses import dataclass

import numpy as np

from ..calibration.fitting import Comparisons
from ..calibration.splits import CarriedOver, carried_over
from ..errors import RecognitionError
from ..photos import PhotoSet
from ..shapes import Purpose
from .looking import Looker
from .references import Gallery, Probes

LEAST = 10


class TooFewToSplit(RecognitionError):
    """Halves of so few people would say nothing."""


@dataclass(frozen=True)
class Carried:
    """What the pooled splits came to for one target."""

    target: float
    over: CarriedOver

    def as_json(self) -> dict[str, object]:
        pooled = self.over.pooled
        return {
            "target": self.target,
            "splits": len(self.over.splits),
            "fpir": {
                "hits": pooled.named,
                "of": pooled.strangers,
                "share": pooled.fpir,
                "interval": list(pooled.interval),
            },
            "found": {"hits": pooled.found, "of": pooled.probes, "share": pooled.found / max(1, pooled.probes)},
            "misidentified": pooled.misidentified,
            "thresholds": list(pooled.thresholds),
            "held": self.over.held,
        }


def compared(looker: Looker, photos: PhotoSet, probes: Probes, gallery: Gallery) -> Comparisons:
    """Compare every usable photo with every template, by a punch's recipe.

    The photos that people are enrolled with are compared too, with the others' templates: they count as strangers'.
    """
    names = [probes.photos[place].person for place in probes.vectors()[0]]
    vectors = list(probes.vectors()[1])
    searched = [probes.known[place] for place in probes.vectors()[0]]
    for person in gallery.names:
        for photo in photos.gallery[person]:
            if (vector := looker.look(photo.path, Purpose.PUNCH).vector) is not None:
                names, vectors, searched = [*names, person], [*vectors, vector], [*searched, False]
    _require(len(gallery.names), len(set(names) - set(gallery.names)))
    scores = looker.sight.compare(np.stack(vectors), gallery.templates)
    return Comparisons(scores, names, gallery.names, searched)


def carry(between: Comparisons, targets: list[float], count: int) -> list[Carried]:
    """Tune on one half of each split and judge the other. Raises TooFewToSplit."""
    try:
        return [Carried(target, carried_over(between, target, count)) for target in targets]
    except ValueError as error:
        raise TooFewToSplit("too_few_to_split", f"The photos cannot be split: {error}. Give more people.") from error


def _require(people: int, strangers: int) -> None:
    if people < LEAST or strangers < LEAST:
        raise TooFewToSplit(
            "too_few_to_split",
            f"--splits needs {LEAST} people and {LEAST} strangers with a usable photo; "
            f"there are {people} and {strangers}.",
        )
