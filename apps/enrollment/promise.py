"""What an organization's setting promises about strangers, from the calibration of the engine that runs here.

Nothing of the engine is loaded for it: the lines are data.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from apps.enrollment import selectors
from apps.enrollment.engine_choice import prefix_of
from apps.enrollment.lines import lowest_of, raised, target_of
from apps.enrollment.models import OwnLine
from apps.organizations.models import FalsePositiveTarget, Organization
from apps.recognition.calibration.finding import for_engine
from apps.recognition.calibration.measured import Measured
from apps.recognition.calibration.words import BEYOND, ENOUGH, one_in, plain
from apps.recognition.registry import Entry
from apps.recognition.shapes import Target, Thresholds


@dataclass(frozen=True, slots=True)
class Setting:
    """One of the settings an owner chooses from: what it would come to here, in words."""

    label: Any
    is_chosen: bool
    expected: str
    bound: str


@dataclass(frozen=True, slots=True)
class Promise:
    """What the recognition page says of the lines that hold here."""

    people: int
    sentence: str
    is_measured: bool
    is_enough: bool
    compared: int
    provenance: str
    since: date | None
    space: str
    settings: tuple[Setting, ...]
    raised_by: int
    """From how many of the organization's own people a line comes that lies above the calibration's; 0 for none."""
    own_people: int
    own_scores: int


def promise_of(organization: Organization, entry: Entry) -> Promise:
    """The promise of this organization's setting, for as many people as are enrolled with this engine."""
    calibration = for_engine(entry)
    space, people = space_and_people(organization, entry)
    own = selectors.own_line_of(organization, space)
    target = target_of(organization)
    line = calibration.at(people, target)
    held = raised(line, lowest_of(own, target))
    measured = isinstance(calibration, Measured)
    return Promise(
        people=people,
        sentence=plain(calibration, people, held)
        if people
        else _("Nobody is enrolled yet, so no stranger can be taken for somebody."),
        is_measured=measured,
        is_enough=isinstance(calibration, Measured) and calibration.compared >= ENOUGH,
        compared=calibration.compared if isinstance(calibration, Measured) else 0,
        provenance=calibration.provenance,
        since=calibration.since,
        space=space,
        settings=_settings(calibration, people, target, own) if isinstance(calibration, Measured) else (),
        raised_by=own.people if own and held.confirm > line.confirm else 0,
        own_people=own.people if own else 0,
        own_scores=own.scores if own else 0,
    )


def line_of(organization: Organization, entry: Entry) -> float:
    """The similarity from which somebody is named here, for this organization's setting and size."""
    space, people = space_and_people(organization, entry)
    return lines_of(organization, entry, space, people).confirm


def lines_of(organization: Organization, entry: Entry, space: str, people: int) -> Thresholds:
    """The lines of this space for so many people, from data alone; `lines_for` asks an engine that is loaded."""
    own, target = selectors.own_line_of(organization, space), target_of(organization)
    return raised(for_engine(entry).at(people, target), lowest_of(own, target))


def space_and_people(organization: Organization, entry: Entry) -> tuple[str, int]:
    """The space of this engine that most people are enrolled in, and how many; other weights are another space."""
    own = prefix_of(entry)
    enrolled = selectors.enrolled_by_space(organization)
    people = {str(one["space"]): int(one["people"]) for one in enrolled if str(one["space"]).startswith(own)}
    fullest = max(people, key=lambda space: people[space], default="")
    return fullest, people.get(fullest, 0)


def _settings(calibration: Measured, people: int, chosen: Target, own: OwnLine | None) -> tuple[Setting, ...]:
    shown = []
    for target in Target:
        lines = raised(calibration.at(people, target), lowest_of(own, target))
        rate = calibration.rate(lines.confirm, max(people, 1))
        label = FalsePositiveTarget(target.value).label
        # An estimate far beyond its bound is extrapolated, and nobody should read it as a promise.
        expected = _("far fewer") if rate.expected * BEYOND < rate.bound else one_in(rate.expected)
        shown.append(Setting(label, target == chosen, expected, one_in(rate.bound)))
    return tuple(shown)
