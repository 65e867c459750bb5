"""What an organization's own people say about its lines: each one's references compared with everybody else's.

Asked after each enrollment, outside of its transaction. Two things come of it: pairs who could be taken for each other,
and a line of the organization's own, which rises with what was seen and falls only when an owner resets it.
"""

import math
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from django.db import transaction
from django.utils import timezone
from numpy.typing import NDArray

from apps.enrollment import cases
from apps.enrollment.gallery import Gallery, gallery_for
from apps.enrollment.lines import lines_for
from apps.enrollment.models import GalleryVersion, LookAlike, OwnLine, Reference
from apps.organizations import audit
from apps.organizations.models import Organization
from apps.people.models import Person
from apps.recognition.engine import Engine
from apps.recognition.shapes import Matrix, Target

SAMPLED = 5000
"""So many people are compared at most, evenly drawn: the whole matrix of a larger gallery takes seconds."""
ROWS = 512
ENOUGH_ABOVE = 3
"""A line is read off the own people only where so many of them lie above it: below that, one pair of sisters would
close the faces of a whole site. 3 at 1 % are 300 people."""
MOST_PAIRS = 500
_SAME_SCORE = 1e-5
Rows = NDArray[np.int64]
Wanted = Mapping[tuple[UUID, UUID], float]


@dataclass(frozen=True, slots=True)
class Seen:
    """What comparing a gallery with itself showed."""

    best: tuple[float, ...]
    """For each compared person the score of whoever else is nearest."""
    pairs: tuple[tuple[UUID, UUID, float], ...]
    """Pairs at or above the line that was asked for, nearest first, each once, the smaller id first."""
    compared: frozenset[UUID] = frozenset()


def compare(gallery: Gallery, line: float, person_id: UUID | None = None, most: int | None = None) -> Seen:
    """Compare everybody's references with everybody else's template; `person_id` is among those compared in any case.

    Of a gallery larger than `most`, SAMPLED where it is not said, a sample of people is compared with everybody.

    The score is that of one approach: the mean of the person's references against the other's template.
    """
    if len(gallery) < 2:
        return Seen((), ())
    rows = _sample(gallery, person_id, SAMPLED if most is None else most)
    best: list[float] = []
    found: dict[tuple[UUID, UUID], float] = {}
    for start in range(0, len(rows), ROWS):
        block = rows[start : start + ROWS]
        scores = _scores(gallery, block)
        best += scores.max(axis=1).tolist()
        for row, other in np.argwhere(scores >= line):
            pair = _ordered(gallery.person_ids[block[row]], gallery.person_ids[other])
            found[pair] = max(found.get(pair, -1.0), float(scores[row, other]))
    nearest = sorted(found.items(), key=lambda one: -one[1])[:MOST_PAIRS]
    compared = frozenset(gallery.person_ids[row] for row in rows)
    return Seen(tuple(best), tuple((one, other, score) for (one, other), score in nearest), compared)


def _sample(gallery: Gallery, person_id: UUID | None, most: int) -> Rows:
    people = len(gallery)
    rows = np.linspace(0, people - 1, min(people, most)).astype(np.int64)
    if person_id in gallery.person_ids:
        rows = np.append(rows, gallery.person_ids.index(person_id))
    return np.unique(rows)


def _scores(gallery: Gallery, block: Rows) -> Matrix:
    scores = gallery.matrix[block] @ gallery.matrix.T
    if gallery.lengths is not None:
        scores *= gallery.lengths[block][:, None]
    scores[np.arange(len(block)), block] = -1.0
    return np.asarray(scores, dtype=np.float32)


def _ordered(one: UUID, other: UUID) -> tuple[UUID, UUID]:
    return (one, other) if one.int < other.int else (other, one)


def own_line(best: tuple[float, ...], target: Target) -> float | None:
    """The score that at most the target's share of these people reaches; None where they are too few to say."""
    allowed = math.floor(target.share * len(best) + 1e-9)
    if allowed < ENOUGH_ABOVE:
        return None
    return float(np.nextafter(sorted(best, reverse=True)[allowed], math.inf))


def note(organization: Organization, engine: Engine, person_id: UUID) -> None:
    """Compare those who are enrolled in the engine's space, this person among them, and keep what it says.

    A pair is noted from the margin below the line on. No transaction is open while they are compared.
    """
    gallery = gallery_for(organization, engine.space)
    lines = lines_for(organization, engine, len(gallery))
    keep(organization, engine.space, compare(gallery, lines.confirm - lines.margin, person_id))


@transaction.atomic
def keep(organization: Organization, space: str, seen: Seen) -> None:
    """Raise the organization's own line, and write the pairs there are now."""
    _raise_own_line(organization, space, seen.best)
    if _keep_pairs(organization, space, seen):
        # Who needs a second factor is kept beside the gallery.
        GalleryVersion.objects.update_or_create(organization=organization, defaults={"token": uuid.uuid4()})


def _raise_own_line(organization: Organization, space: str, best: tuple[float, ...]) -> None:
    """Keep how many people were compared, and raise the line of each target to what they ask for; none ever falls."""
    OwnLine.objects.get_or_create(organization=organization, space=space)
    own = OwnLine.objects.select_for_update().get(organization=organization, space=space)
    for target in Target:
        found = own_line(best, target)
        if found is not None:
            own.lowest[target.value] = max(found, own.lowest.get(target.value, -1.0))
    own.people = own.scores = len(best)
    own.reckoned_at = timezone.now()
    own.save(update_fields=["lowest", "people", "scores", "reckoned_at"])


@transaction.atomic
def reset_own_line(*, organization: Organization, own_line: OwnLine) -> None:
    """Forget the organization's own line, as an owner decided; the next enrollment begins a new one."""
    old = {f"lowest_{target}": round(line, 3) for target, line in own_line.lowest.items()}
    OwnLine.objects.filter(organization=organization, pk=own_line.pk).update(lowest={}, people=0, scores=0)
    audit.record(
        organization=organization, action="own_line.reset", subject=own_line, old=old | {"people": own_line.people}
    )


def forget_look_alikes(*, organization: Organization, person: Person) -> None:
    """Delete the pairs and the cases of somebody whose references go, and what waits for one of those."""
    forget_pairs(organization=organization, person_id=person.pk)
    cases.forget_cases(organization, person)


@transaction.atomic
def forget_pairs(*, organization: Organization, person_id: UUID) -> None:
    """Delete the pairs of somebody who is enrolled no more."""
    LookAlike.objects.filter(organization=organization, person=person_id).delete()
    LookAlike.objects.filter(organization=organization, other=person_id).delete()


def _keep_pairs(organization: Organization, space: str, seen: Seen) -> bool:
    """Write the pairs there are now, and only those: who was enrolled again may look like nobody any more.

    Whom somebody told apart stays a pair while both are enrolled: straight frames had shown the one as the other, which
    the mean of all references need not. Returns whether they are others than before.
    """
    told = cases.pairs_told_apart(organization, space)
    stay = [(*_ordered(*pair), score) for pair, score in told.items() if pair <= seen.compared]
    pairs = [*stay, *seen.pairs]
    named = {person for one, other, _ in pairs for person in (one, other)}
    # Comparing takes its time: who left, withdrew or was erased meanwhile is noted with nobody.
    still = Reference.objects.filter(organization=organization, space=space, is_active=True, person__in=named)
    here = set(still.values_list("person", flat=True))
    wanted = {(one, other): score for one, other, score in pairs if {one, other} <= here}
    kept = list(LookAlike.objects.filter(organization=organization, space=space))
    known = {(row.person_id, row.other_id): row.similarity for row in kept}
    gone = [row.pk for row in kept if _has_gone(row, wanted, told) and _was_compared(row, seen)]
    LookAlike.objects.filter(organization=organization, pk__in=gone).delete()
    for (one, other), score in wanted.items():
        if abs(known.get((one, other), -2.0) - score) < _SAME_SCORE:
            continue  # most pairs are as they were: an enrollment must not hold the database for hundreds of them
        LookAlike.objects.update_or_create(
            organization=organization, space=space, person_id=one, other_id=other, defaults={"similarity": score}
        )
    return bool(gone) or not wanted.keys() <= known.keys()


def _has_gone(pair: LookAlike, wanted: Wanted, told: Mapping[frozenset[UUID], float]) -> bool:
    ids = (pair.person_id, pair.other_id)
    return ids not in wanted and frozenset(ids) not in told


def _was_compared(pair: LookAlike, seen: Seen) -> bool:
    return not seen.compared.isdisjoint({pair.person_id, pair.other_id})
