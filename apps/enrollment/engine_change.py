"""An engine change as the operator of the machine makes it, over every organization: how far it is, switch, stop."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from apps.enrollment import moving, nightly, shadow
from apps.enrollment.engine_choice import (
    EngineNotFillable,
    choose_engine,
    chosen_engine_name,
    next_engine_name,
    stop_filling,
)
from apps.enrollment.shadow import Agreement
from apps.organizations import doors
from apps.organizations.models import Organization
from apps.organizations.tenancy import acting_for
from apps.recognition.registry import Entry, entry_named

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Readiness:
    """How far every organization is, and what is missing before the next engine may decide, each as a sentence."""

    people: int
    moved: int
    agreement: Agreement
    missing: tuple[str, ...]


def readiness(entry: Entry) -> Readiness:
    """Look through all organizations: an engine is ready when all have moved and it agreed with the present one."""
    present, agreement = chosen_engine_name() or "", Agreement()
    for one in _in_each(lambda organization: shadow.agreement_of(organization, present, entry.name)):
        agreement += one
    found = _in_each(lambda organization: (organization.slug, moving.moved(organization, entry)))
    missing = [
        f"{slug}: {one.left} of {one.people} people have no references for {entry.name}; they would use PIN or badge."
        for slug, one in found
        if one.left
    ]
    people = sum(one.people for _, one in found)
    if people:
        missing += agreement.lacks()
    return Readiness(people, sum(one.moved for _, one in found), agreement, tuple(missing))


def switch(name: str) -> None:
    """Let the next engine decide. Who looks like whom in its space is reckoned first: nobody is named before it is."""
    entry = entry_named(name)
    _in_each(lambda organization: nightly.compare_in(organization, entry))
    choose_engine(name)


def stop() -> tuple[str, int]:
    """End filling, and delete what was taken for the next engine; its name, empty where none was, and how many."""
    stopped = stop_filling()
    return stopped, _forget(entry_named(stopped)) if stopped else 0


def forget(name: str) -> int:
    """Delete the references of an engine; returns how many. Raises EngineNotFillable for one that is in use."""
    entry = entry_named(name)
    if name in (chosen_engine_name(), next_engine_name()):
        raise EngineNotFillable("engine_in_use", f"{name} is in use: its references are needed.")
    return _forget(entry)


def _forget(entry: Entry) -> int:
    return sum(_in_each(lambda organization: moving.forget_references(organization=organization, entry=entry)))


def _in_each(act: Callable[[Organization], Found]) -> list[Found]:
    """What it gives for every organization, each acted for in turn."""
    found = []
    for organization_id in doors.organization_ids():
        with acting_for(organization_id):
            found.append(act(Organization.objects.get(pk=organization_id)))
    return found
