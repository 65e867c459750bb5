"""The same figures for parts of the photos: groups of people, the manifest's conditions, and what the gate measured."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..shapes import Quality
from .figures import Answer, Figures, figures
from .references import Probes

Label = Callable[[int], str]
"""The part to which a photo of this place belongs; empty: to none."""


@dataclass(frozen=True)
class Part:
    """One row of a breakdown."""

    of: str
    """What is told apart: group, condition, turned, face, light."""
    name: str
    people: int
    figures: Figures

    def as_json(self) -> dict[str, object]:
        return {"of": self.of, "name": self.name, "people": self.people, **self.figures.as_json()}


def parts(probes: Probes, answers: Sequence[Answer], threshold: float) -> list[Part]:
    """Break single photos down by everything that tells them apart; what does not is left out."""
    labels: dict[str, Label] = {
        "group": lambda place: probes.photos[place].group,
        "condition": lambda place: probes.photos[place].condition,
        "turned": lambda place: _measured(probes, place, turned),
        "face": lambda place: _measured(probes, place, size),
        "light": lambda place: _measured(probes, place, light),
    }
    return [part for of, label in labels.items() for part in _parted(of, label, probes, answers, threshold)]


def by_turn(probes: Probes, answers: Sequence[Answer], threshold: float) -> list[Part]:
    """Break single photos down by how far the head is turned, and by nothing else."""
    return _parted("turned", lambda place: _measured(probes, place, turned), probes, answers, threshold)


def turned(measured: Quality) -> str:
    """By how far the head is turned aside."""
    yaw = abs(measured.pose.yaw)
    return "under 15°" if yaw < 15 else "15 to 30°" if yaw < 30 else "30° and more"


def size(measured: Quality) -> str:
    """By the width of the face."""
    width = measured.face_px
    return "under 80 px" if width < 80 else "80 to 160 px" if width < 160 else "160 px and more"


def light(measured: Quality) -> str:
    """By the mean luma of the face."""
    luma = measured.luma
    return "dark (under 70)" if luma < 70 else "medium (70 to 170)" if luma < 170 else "bright (170 and more)"


def _measured(probes: Probes, place: int, band: Callable[[Quality], str]) -> str:
    measured = probes.seen[place].quality
    return band(measured) if measured else ""


def _parted(of: str, label: Label, probes: Probes, answers: Sequence[Answer], threshold: float) -> list[Part]:
    places: dict[str, list[int]] = {}
    for place in range(len(answers)):
        if name := label(place):
            places.setdefault(name, []).append(place)
    if len(places) < 2 and of != "group":
        return []
    return [_part(of, name, found, probes, answers, threshold) for name, found in sorted(places.items())]


def _part(of: str, name: str, places: list[int], probes: Probes, answers: Sequence[Answer], threshold: float) -> Part:
    people = {probes.photos[place].person for place in places if probes.known[place]}
    return Part(of, name, len(people), figures([answers[place] for place in places], threshold))
