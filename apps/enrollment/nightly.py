"""Every night each organization's people are compared with each other, and what waits too long is ended.

No engine is loaded for it: references are compared, and the lines are data. The gallery is read for it and dropped.
The frames behind each aggregate are opened too, so that an altered one is noticed while a backup still has it whole.
"""

from datetime import timedelta

from apps.enrollment import duplicates, impostors
from apps.enrollment.engine_choice import chosen_entry
from apps.enrollment.gallery import load_gallery, open_parts
from apps.enrollment.promise import lines_of, space_and_people
from apps.organizations import audit
from apps.organizations.jobs import job
from apps.organizations.models import Organization
from apps.recognition.registry import Entry


@job("enrollment.compare_everybody", every=timedelta(days=1))
def compare_everybody(organization: Organization) -> None:
    """Note who looks like whom, and open a case for each two who may be one person. Raises KeyUnavailable."""
    entry = chosen_entry()
    if entry is not None:
        compare_in(organization, entry)


@audit.held()
def compare_in(organization: Organization, entry: Entry) -> None:
    """Compare everybody who is enrolled with this engine, in its space that most are enrolled in."""
    space, people = space_and_people(organization, entry)
    lines = lines_of(organization, entry, space, people)
    seen = impostors.compare(
        load_gallery(organization, space), lines.confirm - lines.margin, most=max(people, impostors.SAMPLED)
    )
    impostors.keep(organization, space, seen)
    named = lines.accept or lines.confirm
    near = {frozenset({one, other}): score for one, other, score in seen.pairs if score >= named}
    for pair, score in near.items():
        one, other = pair
        duplicates.open_between(organization, one, other, space, score)
    duplicates.close_settled(organization=organization, space=space, near=near.keys())
    open_parts(organization, space)


@job("enrollment.end_stale_cases", every=timedelta(hours=1))
def end_stale_cases(organization: Organization) -> None:
    """End what waits for a decision that nobody takes."""
    duplicates.end_stale_cases(organization=organization)
