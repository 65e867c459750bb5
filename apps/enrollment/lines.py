"""The lines of one organization: its engine's for so many people, never below what its own people ask for."""

from dataclasses import replace

from apps.enrollment import selectors
from apps.enrollment.models import OwnLine
from apps.organizations.models import Organization
from apps.recognition.engine import Engine
from apps.recognition.shapes import Target, Thresholds


def target_of(organization: Organization) -> Target:
    """The share of strangers that the organization allows to be taken for somebody."""
    return Target(organization.false_positive_target)


def lines_for(organization: Organization, engine: Engine, people: int) -> Thresholds:
    """The lines for a gallery of so many people at the organization's target."""
    target = target_of(organization)
    own = selectors.own_line_of(organization, engine.space)
    return raised(engine.thresholds(people, target), lowest_of(own, target))


def lowest_of(own: OwnLine | None, target: Target) -> float:
    """The lowest line that the organization's own people allow at this target; -1 while they say nothing.

    A few hundred people have no line of their own at a strict target: that of a looser one holds there too, or
    choosing more strictly would lower the line.
    """
    lines = own.lowest if own else {}
    return max(
        (float(lines[one.value]) for one in Target if one.value in lines and one.share >= target.share), default=-1.0
    )


def raised(lines: Thresholds, lowest: float) -> Thresholds:
    """The same lines, none below `lowest`."""
    accept = None if lines.accept is None else max(lines.accept, lowest)
    return replace(lines, confirm=max(lines.confirm, lowest), accept=accept)
